//! The pieces that screens are made of. Markup only: nothing here knows a rule or an office.
//!
//! A view is its element, made at once by leptos' renderer, and what follows states or listens inside it. Everything is put together
//! by functions that are compiled once: leptos' own views, which the compiler makes anew for every shape, were a third of the
//! widget's size, and still a fifteenth with all shapes erased.
//! Ids are stable, `f-person-name` for the item at `/person/name`, so that a fault finds its field.

use std::mem;

use any_spawner::Executor;
use precheck_shared::texts::{replaced, ruby};
use reactive_graph::effect::RenderEffect;
use reactive_graph::owner::{Owner, on_cleanup};
use tachys::dom::document;
use tachys::renderer::Rndr;
use tachys::renderer::types::{Element, Node};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Event;

use crate::js::{call, get_text, once, set};

pub(crate) mod fields;

/// Anything on a screen; an element can be added to. Let go of, it no longer follows any state and hears nothing.
pub(crate) struct View(Box<Made>);

struct Made {
    piece: Piece,
    kept: Vec<Kept>,
}

/// What there is of a view in the document.
enum Piece {
    Words(Node),
    Element(Element),
    Drawn(Effect),
}

/// What a view, or anything inside it, needs for as long as it is there.
#[expect(dead_code, reason = "never looked at: it ends when it is let go")]
enum Kept {
    Effect(Effect),
    Listener(Listener),
}

/// What is done anew whenever a state that it reads changes; the one that draws keeps its view. Of one kind, since leptos' part of it
/// is compiled anew for every other.
type Effect = RenderEffect<Option<View>>;

/// A closure that an element calls; taken off the element when it is let go.
struct Listener {
    element: Element,
    event: &'static str,
    heard: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let heard = self.heard.as_ref().unchecked_ref();
        // Refused only where it was not heard in the first place.
        let _removed = self.element.remove_event_listener_with_callback(self.event, heard);
    }
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
    // leptos' own call would stop at what is never refused here, and print it: tags are constants.
    let element = document().create_element(tag).unwrap_or_else(JsCast::unchecked_into);
    made(Piece::Element(element)).set_if(!class.is_empty(), "class", class)
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

/// Words, and above those that have a reading, the reading.
#[inline(never)]
pub(crate) fn text(content: &str) -> View {
    let Some(_) = ruby::first_read(content) else { return plain(content) };
    let (mut all, mut rest) = (el("span", ""), content);
    while let Some([before, base, reading, behind]) = ruby::first_read(rest) {
        // Names of buttons and fields, and what is read out, are the words alone: a voice knows how to say them.
        let above = el("rt", "").set("aria-hidden", "true").with(plain(reading));
        all.add(plain(before));
        all.add(el("ruby", "").with(plain(base)).with(above));
        rest = behind;
    }
    all.with(plain(rest))
}

/// Letters as they are.
#[inline(never)]
pub(crate) fn plain(content: &str) -> View {
    made(Piece::Words(Rndr::create_text_node(content).into()))
}

/// Nothing.
#[inline(never)]
pub(crate) fn nothing() -> View {
    plain("")
}

/// A part that is drawn now, and anew whenever a state that it reads has changed.
pub(crate) fn dynamic(mut draw: impl FnMut() -> View + 'static) -> View {
    drawn_by(Box::new(move |()| draw()))
}

#[inline(never)]
fn drawn_by(mut draw: Box<dyn Act<(), View>>) -> View {
    made(Piece::Drawn(RenderEffect::new(move |before: Option<Option<View>>| {
        let view = draw.act(());
        Some(match before.flatten() {
            Some(before) => before.replaced_by(view),
            None => view,
        })
    })))
}

#[inline(never)]
fn made(piece: Piece) -> View {
    View(Box::new(Made { piece, kept: Vec::new() }))
}

/// Runs something now, and again whenever a state that it reads has changed; for as long as the page is there.
pub(crate) fn run_on_change(mut act: impl FnMut() + 'static) {
    mem::forget(followed_by(Box::new(move |()| act())));
}

#[inline(never)]
fn followed_by(mut act: Box<dyn Act<(), ()>>) -> Effect {
    RenderEffect::new(move |_| {
        act.act(());
        None
    })
}

/// Runs something when the view that is being drawn is drawn anew, or taken off.
pub(crate) fn at_the_end(act: impl FnOnce() + 'static) {
    // As the browser's function: leptos asks for what could change threads.
    let act = once(act);
    on_cleanup(move || {
        call(&act, "call", &[]);
    });
}

impl View {
    /// The same with one more attribute.
    #[inline(never)]
    pub(crate) fn set(self, name: &'static str, value: &str) -> Self {
        if let Piece::Element(element) = &self.0.piece {
            Rndr::set_attribute(element, name, &ruby::plain(value));
        }
        self
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
    fn followed(mut self, name: &'static str, mut value: Box<dyn Act<(), Option<String>>>) -> Self {
        if let Piece::Element(element) = &self.0.piece {
            let element = element.clone();
            let mut before = None;
            let effect = followed_by(Box::new(move |()| {
                let now = value.act(());
                if now != before {
                    match &now {
                        Some(now) => Rndr::set_attribute(&element, name, now),
                        None => Rndr::remove_attribute(&element, name),
                    }
                    before = now;
                }
            }));
            self.0.kept.push(Kept::Effect(effect));
        }
        self
    }

    /// The same with a listener on the element itself.
    pub(crate) fn on(self, event: &'static str, act: impl FnMut(Event) + 'static) -> Self {
        self.heard(event, Box::new(act))
    }

    #[inline(never)]
    fn heard(mut self, event: &'static str, mut act: Box<dyn Act<Event, ()>>) -> Self {
        if let Piece::Element(element) = &self.0.piece {
            let heard = Closure::<dyn FnMut(Event)>::new(move |event| act.act(event));
            // Never refused: the closure is a function.
            let _added = element.add_event_listener_with_callback(event, heard.as_ref().unchecked_ref());
            self.0.kept.push(Kept::Listener(Listener { element: element.clone(), event, heard }));
        }
        self
    }

    /// The same with something that a press of it does.
    pub(crate) fn press(self, act: impl Fn() + 'static) -> Self {
        self.on("click", move |_| act())
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
        let Made { piece: Piece::Element(parent), kept } = &mut *self.0 else { return };
        Rndr::insert_node(parent, &child.node(), None);
        let Made { piece, kept: inside } = *child.0;
        kept.extend(inside);
        if let Piece::Drawn(effect) = piece {
            kept.push(Kept::Effect(effect));
        }
    }

    /// The view's place in the document.
    fn node(&self) -> Node {
        match &self.0.piece {
            Piece::Words(node) => node.clone(),
            Piece::Element(element) => element.clone().into(),
            Piece::Drawn(effect) => {
                let drawn = effect.with_value_mut(|it| it.as_ref().map(Self::node));
                drawn.flatten().unwrap_or_else(|| JsValue::NULL.unchecked_into())
            }
        }
    }

    /// The view that stands at this one's place from now on: the other one, or this one with its words.
    #[inline(never)]
    fn replaced_by(self, other: Self) -> Self {
        let (before, after) = (self.node(), other.node());
        if let (Piece::Words(_), Piece::Words(_)) = (&self.0.piece, &other.0.piece) {
            // Who listens is told of changed words, not of other ones, and of those that stay not at all.
            let words = get_text(&after, "data");
            if get_text(&before, "data") != words {
                set(&before, "data", &words.into());
            }
            return self;
        }
        call(&before, "replaceWith", &[after.into()]);
        other
    }
}

/// A view on the page; dropped, it is taken off again, and everything that it started stops.
pub(crate) struct Mounted {
    view: View,
    _owner: Owner,
}

/// Puts a view into an element.
pub(crate) fn mount(parent: &Element, draw: impl FnOnce() -> View) -> Mounted {
    // A second widget on the page finds the executor there already.
    let _known = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let view = owner.with(draw);
    Rndr::insert_node(parent, &view.node(), None);
    Mounted { view, _owner: owner }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        Rndr::remove(&self.view.node());
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
        .with(el("span", "oc-outside").set("aria-hidden", "true"))
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
