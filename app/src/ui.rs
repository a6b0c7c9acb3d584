//! The pieces that screens are made of. Markup only: nothing here knows a rule or an office.
//!
//! A screen is put together out of pointers, by functions that are compiled once: views that the compiler makes anew for
//! every shape were a third of the widget's size, and lists of children written out at every place another twentieth.
//! Ids are stable, `f-person-name` for the item at `/person/name`, so that a fault finds its field.

use any_spawner::Executor;
use precheck_shared::texts::replaced;
use reactive_graph::owner::Owner;
use send_wrapper::SendWrapper;
use tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use tachys::html::attribute::custom::custom_attribute;
use tachys::html::element::{ElementChild, custom};
use tachys::html::event::{Custom, on};
use tachys::view::add_attr::AddAnyAttr;
use tachys::view::any_view::{AnyView, AnyViewState, IntoAny};
use tachys::view::{Mountable, Render};
use web_sys::{Element, Event};

pub(crate) mod fields;

/// Anything on a screen; an element can be added to.
pub(crate) struct View(Box<Piece>);

enum Piece {
    Words(String),
    Drawn(Box<dyn Act<(), View>>),
    Element { tag: &'static str, attributes: Vec<AnyAttribute>, children: Vec<AnyView> },
}

/// A closure behind a pointer. Not a `dyn Fn`, whose table names two more functions for each closure there is: 1 kB.
trait Act<A, R> {
    fn act(&mut self, argument: A) -> R;
}

impl<A, R, F: FnMut(A) -> R> Act<A, R> for F {
    fn act(&mut self, argument: A) -> R {
        self(argument)
    }
}

/// An element with a class, or with none where that is empty.
#[inline(never)]
pub(crate) fn el(tag: &'static str, class: &str) -> View {
    let element = View(Box::new(Piece::Element { tag, attributes: Vec::new(), children: Vec::new() }));
    element.set_if(!class.is_empty(), "class", class)
}

/// A `div`.
#[inline(never)]
pub(crate) fn group(class: &str) -> View {
    el("div", class)
}

/// An element around words.
#[inline(never)]
pub(crate) fn words(tag: &'static str, class: &str, content: &str) -> View {
    el(tag, class).says(content)
}

/// Plain words.
#[inline(never)]
pub(crate) fn text(content: &str) -> View {
    View(Box::new(Piece::Words(content.to_owned())))
}

/// Nothing.
#[inline(never)]
pub(crate) fn nothing() -> View {
    text("")
}

/// A part that is drawn anew whenever a state it reads changes.
pub(crate) fn dynamic(mut draw: impl FnMut() -> View + 'static) -> View {
    drawn_by(Box::new(move |()| draw()))
}

#[inline(never)]
fn drawn_by(draw: Box<dyn Act<(), View>>) -> View {
    View(Box::new(Piece::Drawn(draw)))
}

impl View {
    /// The same with one more attribute.
    #[inline(never)]
    pub(crate) fn set(self, name: &'static str, value: &str) -> Self {
        self.attribute(custom_attribute(name, value.to_owned()).into_any_attr())
    }

    /// The same with one more attribute, where it holds.
    #[inline(never)]
    pub(crate) fn set_if(self, holds: bool, name: &'static str, value: &str) -> Self {
        if holds { self.set(name, value) } else { self }
    }

    /// The same with an attribute that follows a state; `None` takes it off.
    pub(crate) fn follow(
        self,
        name: &'static str,
        mut value: impl FnMut() -> Option<String> + 'static,
    ) -> Self {
        self.followed(name, Box::new(move |()| value()))
    }

    #[inline(never)]
    fn followed(self, name: &'static str, value: Box<dyn Act<(), Option<String>>>) -> Self {
        // leptos asks for what could change threads; a browser has one.
        let mut value = SendWrapper::new(value);
        let value: Box<dyn FnMut() -> Option<String> + Send> = Box::new(move || value.act(()));
        self.attribute(custom_attribute(name, value).into_any_attr())
    }

    /// The same with a listener on the element itself.
    pub(crate) fn on(self, event: &'static str, act: impl FnMut(Event) + 'static) -> Self {
        self.heard(event, Box::new(act))
    }

    #[inline(never)]
    fn heard(self, event: &'static str, mut act: Box<dyn Act<Event, ()>>) -> Self {
        let act: Box<dyn FnMut(Event)> = Box::new(move |event| act.act(event));
        self.attribute(on(Custom::<Event>::new(event), act).into_any_attr())
    }

    /// The same with something that a press of it does.
    pub(crate) fn press(self, act: impl Fn() + 'static) -> Self {
        self.on("click", move |_| act())
    }

    #[inline(never)]
    fn attribute(mut self, attribute: AnyAttribute) -> Self {
        if let Piece::Element { attributes, .. } = &mut *self.0 {
            attributes.push(attribute);
        }
        self
    }

    /// The same with a child.
    #[inline(never)]
    pub(crate) fn with(mut self, child: Self) -> Self {
        self.add(child);
        self
    }

    /// The same with words.
    #[inline(never)]
    pub(crate) fn says(self, content: &str) -> Self {
        self.with(text(content))
    }

    /// Adds a child.
    #[inline(never)]
    pub(crate) fn add(&mut self, child: Self) {
        if let Piece::Element { children, .. } = &mut *self.0 {
            children.push(child.into_view());
        }
    }

    /// The view that leptos draws.
    fn into_view(self) -> AnyView {
        match *self.0 {
            Piece::Words(words) => words.into_any(),
            Piece::Drawn(draw) => {
                // As above: one thread.
                let mut draw = SendWrapper::new(draw);
                let draw: Box<dyn FnMut() -> AnyView + Send> = Box::new(move || draw.act(()).into_view());
                draw.into_any()
            }
            Piece::Element { tag, attributes, children } => {
                custom(tag).add_any_attr(attributes).child(children).into_any()
            }
        }
    }
}

/// A view on the page; dropped, it is taken off again, and everything that it started stops.
pub(crate) struct Mounted {
    view: AnyViewState,
    _owner: Owner,
}

/// Puts a view into an element.
pub(crate) fn mount(parent: &Element, draw: impl FnOnce() -> View) -> Mounted {
    // A second widget on the page finds the executor there already.
    let _known = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let view = owner.with(|| {
        let mut view = draw().into_view().build();
        view.mount(parent, None);
        view
    });
    Mounted { view, _owner: owner }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.view.unmount();
    }
}

/// Adds a paragraph for each line of a text.
#[inline(never)]
pub(crate) fn add_paragraphs(to: &mut View, class: &str, content: &str) {
    for line in content.split('\n') {
        to.add(words("p", class, line));
    }
}

/// A button; `class` says how much it weighs: `oc-button`, `oc-button oc-button--plain`, `oc-link`.
pub(crate) fn button(class: &str, label: &str, act: impl Fn() + 'static) -> View {
    bare_button(class).says(label).press(act)
}

/// A button that says and does nothing yet.
#[inline(never)]
pub(crate) fn bare_button(class: &str) -> View {
    el("button", class).set("type", "button")
}

/// A link to another page, opened beside this one so that nothing entered is lost.
#[inline(never)]
pub(crate) fn outside_link(url: &str, label: &str, hint: &str) -> View {
    el("a", "oc-link")
        .set("href", url)
        .set("target", "_blank")
        .set("rel", "noopener noreferrer")
        .says(label)
        .with(words("span", "oc-hidden", hint))
        .with(words("span", "oc-outside", ""))
}

/// A coloured box with a heading; `kind` is `info`, `good`, `warn` or `bad`, said by its heading's words as well.
#[inline(never)]
pub(crate) fn notice(kind: &str, heading: &str) -> View {
    group("oc-notice").set("data-kind", kind).with(words("p", "oc-notice__heading", heading))
}

/// A row of a description list with words.
#[inline(never)]
pub(crate) fn row(term: &str, value: &str) -> View {
    row_of(term, row_value().says(value))
}

/// A row of a description list.
#[inline(never)]
pub(crate) fn row_of(term: &str, value: View) -> View {
    group("oc-row").with(words("dt", "oc-row__term", term)).with(value)
}

/// What stands in a row.
#[inline(never)]
pub(crate) fn row_value() -> View {
    el("dd", "oc-row__value")
}

/// The id of the field for the item at a pointer.
pub(crate) fn id_of(pointer: &str) -> String {
    ["f", &replaced(pointer, "/", "-")].concat()
}
