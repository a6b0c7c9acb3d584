//! The pieces that screens are made of. Markup only: nothing here knows a rule or an office.
//!
//! Every piece is built by one plain function of data, not by a type of its own: views that the compiler makes anew
//! for every shape were a third of the widget's size. Ids are stable, `f-person-name` for the item at
//! `/person/name`, so that a fault finds its field.

use leptos::ev::Custom;
use leptos::html::custom;
use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::tachys::html::attribute::custom::custom_attribute;
use leptos::tachys::html::event::on;
use web_sys::Event;

pub(crate) mod fields;

/// Anything on a screen.
pub(crate) type View = AnyView;

/// Attributes and listeners of an element.
#[derive(Default)]
pub(crate) struct Attributes(Vec<AnyAttribute>);

/// Attributes that begin with a class.
pub(crate) fn class(name: &'static str) -> Attributes {
    Attributes::default().set("class", name)
}

impl Attributes {
    /// The same with one more attribute.
    pub(crate) fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push(custom_attribute(name, value.into()).into_any_attr());
        self
    }

    /// The same with one more attribute, where it holds.
    pub(crate) fn set_if(self, holds: bool, name: &'static str, value: impl Into<String>) -> Self {
        if holds { self.set(name, value) } else { self }
    }

    /// The same with an attribute that follows a signal; `None` takes it off.
    pub(crate) fn follow(
        mut self,
        name: &'static str,
        value: impl Fn() -> Option<String> + Send + 'static,
    ) -> Self {
        let value: Box<dyn FnMut() -> Option<String> + Send> = Box::new(value);
        self.0.push(custom_attribute(name, value).into_any_attr());
        self
    }

    /// The same with a listener on the element itself.
    pub(crate) fn on(mut self, event: &'static str, act: impl FnMut(Event) + 'static) -> Self {
        let act: Box<dyn FnMut(Event)> = Box::new(act);
        self.0.push(on(Custom::<Event>::new(event), act).into_any_attr());
        self
    }
}

/// An element.
pub(crate) fn el(tag: &'static str, attributes: Attributes, children: Vec<View>) -> View {
    custom(tag).add_any_attr(attributes.0).child(children).into_any()
}

/// Plain words.
pub(crate) fn text(words: impl Into<String>) -> View {
    words.into().into_any()
}

/// An element with a class around words.
pub(crate) fn words(tag: &'static str, name: &'static str, content: impl Into<String>) -> View {
    el(tag, class(name), vec![text(content)])
}

/// A `div` around other pieces.
pub(crate) fn group(name: &'static str, children: Vec<View>) -> View {
    el("div", class(name), children)
}

/// A part that is drawn anew whenever a signal it reads changes.
pub(crate) fn dynamic(draw: impl FnMut() -> View + Send + 'static) -> View {
    let draw: Box<dyn FnMut() -> View + Send> = Box::new(draw);
    draw.into_any()
}

/// Nothing.
pub(crate) fn nothing() -> View {
    ().into_any()
}

/// A paragraph for each line of a text.
pub(crate) fn paragraphs(name: &'static str, content: &str) -> Vec<View> {
    content.split('\n').map(|line| words("p", name, line)).collect()
}

/// A button; `name` says how much it weighs: `oc-button`, `oc-button oc-button--plain`, `oc-link`.
pub(crate) fn button(name: &'static str, label: impl Into<String>, press: impl Fn() + 'static) -> View {
    el("button", class(name).set("type", "button").on("click", move |_| press()), vec![text(label)])
}

/// A link to another page, opened beside this one so that nothing entered is lost.
pub(crate) fn outside_link(url: &str, label: impl Into<String>, hint: &str) -> View {
    let attributes =
        class("oc-link").set("href", url).set("target", "_blank").set("rel", "noopener noreferrer");
    el("a", attributes, vec![text(label), words("span", "oc-hidden", hint), words("span", "oc-outside", "")])
}

/// A coloured box with a heading; `kind` is `info`, `good`, `warn` or `bad`, said by its heading's words as well.
pub(crate) fn notice(kind: &'static str, heading: impl Into<String>, mut children: Vec<View>) -> View {
    children.insert(0, words("p", "oc-notice__heading", heading));
    el("div", class("oc-notice").set("data-kind", kind), children)
}

/// A row of a description list.
pub(crate) fn row(term: impl Into<String>, values: Vec<View>) -> View {
    group("oc-row", vec![words("dt", "oc-row__term", term), el("dd", class("oc-row__value"), values)])
}

/// The id of the field for the item at a pointer.
pub(crate) fn id_of(pointer: &str) -> String {
    format!("f{}", pointer.replace('/', "-"))
}
