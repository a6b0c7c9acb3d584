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

/// Anything on a screen. Boxed, so that code which puts pieces together moves a pointer.
pub(crate) struct View(Box<AnyView>);

impl View {
    fn new(view: AnyView) -> Self {
        Self(Box::new(view))
    }

    /// The view that leptos draws.
    pub(crate) fn into_view(self) -> AnyView {
        *self.0
    }
}

/// The value of an attribute that changes; `None` takes the attribute off.
pub(crate) type Followed = Box<dyn FnMut() -> Option<String> + Send>;

/// What a button does.
pub(crate) type Press = Box<dyn Fn()>;

/// Attributes and listeners of an element.
#[derive(Default)]
pub(crate) struct Attributes(Vec<AnyAttribute>);

/// Attributes that begin with a class.
#[inline(never)]
pub(crate) fn class(name: &'static str) -> Attributes {
    Attributes::default().set("class", name)
}

impl Attributes {
    /// The same with one more attribute.
    pub(crate) fn set(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with(name, value.into())
    }

    #[inline(never)]
    fn with(mut self, name: &'static str, value: String) -> Self {
        self.0.push(custom_attribute(name, value).into_any_attr());
        self
    }

    /// The same with one more attribute, where it holds.
    pub(crate) fn set_if(self, holds: bool, name: &'static str, value: impl Into<String>) -> Self {
        if holds { self.set(name, value) } else { self }
    }

    /// The same with an attribute that follows a state.
    #[inline(never)]
    pub(crate) fn follow(mut self, name: &'static str, value: Followed) -> Self {
        self.0.push(custom_attribute(name, value).into_any_attr());
        self
    }

    /// The same with a listener on the element itself.
    #[inline(never)]
    pub(crate) fn on(mut self, event: &'static str, act: Box<dyn FnMut(Event)>) -> Self {
        self.0.push(on(Custom::<Event>::new(event), act).into_any_attr());
        self
    }
}

/// An element.
#[inline(never)]
pub(crate) fn el(tag: &'static str, attributes: Attributes, children: Vec<View>) -> View {
    let children: Vec<AnyView> = children.into_iter().map(View::into_view).collect();
    View::new(custom(tag).add_any_attr(attributes.0).child(children).into_any())
}

/// Plain words.
pub(crate) fn text(words: impl Into<String>) -> View {
    plain(words.into())
}

#[inline(never)]
fn plain(words: String) -> View {
    View::new(words.into_any())
}

/// An element with a class around words.
pub(crate) fn words(tag: &'static str, name: &'static str, content: impl Into<String>) -> View {
    worded(tag, name, content.into())
}

#[inline(never)]
fn worded(tag: &'static str, name: &'static str, content: String) -> View {
    el(tag, class(name), vec![plain(content)])
}

/// A `div` around other pieces.
#[inline(never)]
pub(crate) fn group(name: &'static str, children: Vec<View>) -> View {
    el("div", class(name), children)
}

/// A part that is drawn anew whenever a state it reads changes.
pub(crate) fn dynamic(draw: impl FnMut() -> View + Send + 'static) -> View {
    drawn_by(Box::new(draw))
}

#[inline(never)]
fn drawn_by(mut draw: Box<dyn FnMut() -> View + Send>) -> View {
    let draw: Box<dyn FnMut() -> AnyView + Send> = Box::new(move || draw().into_view());
    View::new(draw.into_any())
}

/// Nothing.
#[inline(never)]
pub(crate) fn nothing() -> View {
    View::new(().into_any())
}

/// A paragraph for each line of a text.
#[inline(never)]
pub(crate) fn paragraphs(name: &'static str, content: &str) -> Vec<View> {
    content.split('\n').map(|line| words("p", name, line)).collect()
}

/// A button; `name` says how much it weighs: `oc-button`, `oc-button oc-button--plain`, `oc-link`.
pub(crate) fn button(name: &'static str, label: impl Into<String>, press: impl Fn() + 'static) -> View {
    pressed_by(class(name), vec![text(label)], Box::new(press))
}

/// A button with attributes of its own.
#[inline(never)]
pub(crate) fn pressed_by(attributes: Attributes, label: Vec<View>, press: Press) -> View {
    el("button", attributes.set("type", "button").on("click", Box::new(move |_| press())), label)
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
