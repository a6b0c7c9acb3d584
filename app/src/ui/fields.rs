//! Form fields: label, "required" as a word, hint above the field, faults below it, all tied together.
//!
//! Text inputs are text inputs: no `type=number`, no placeholder, no `maxlength`, nothing rewritten while a person
//! types. Values are taken on `input`; what they mean is echoed elsewhere.

use std::rc::Rc;

use precheck_shared::texts::ruby;
use web_sys::Event;

use super::{View, dynamic, el, group, id_of, nothing, plain, words};
use crate::js::{get, get_text};
use crate::signal::State;

/// A fault as a field shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    /// Pointer of the item.
    pub(crate) pointer: String,
    /// What is the matter.
    pub(crate) message: String,
    /// What to do.
    pub(crate) cure: String,
    /// The code by which it is confirmed, where it is only asked about.
    pub(crate) code: String,
    /// Only asked about.
    pub(crate) only_asks: bool,
}

/// The faults of the screen.
pub(crate) type Faults = State<Vec<Shown>>;

/// What every field says.
pub(crate) struct Label<'a> {
    /// Pointer of the item.
    pub(crate) pointer: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// The word beside it, 必須 or 任意.
    pub(crate) mark: &'a str,
    /// Which of the two it is.
    pub(crate) required: bool,
    /// The clause it stands on.
    pub(crate) clause: String,
    /// Support above the field.
    pub(crate) hint: &'a str,
}

/// One of several answers.
pub(crate) struct Choice {
    /// Its value.
    pub(crate) value: &'static str,
    /// Its words.
    pub(crate) label: &'static str,
}

fn is_at_fault(faults: Faults, pointer: &str) -> bool {
    faults.with(|all| all.iter().any(|it| it.pointer == pointer))
}

/// The faults of one item, below its field.
pub(crate) fn faults_below(faults: Faults, pointer: &str) -> View {
    let pointer = pointer.to_owned();
    dynamic(move || {
        if !is_at_fault(faults, &pointer) {
            return nothing();
        }
        let mut mine = group("").set("id", &(id_of(&pointer) + "-fault"));
        faults.peek(|all| {
            for it in all.iter().filter(|it| it.pointer == pointer) {
                let name = if it.only_asks { "oc-fault oc-fault--asks" } else { "oc-fault" };
                mine.add(words("p", name, &["＊", &it.message, " ", &it.cure].concat()));
            }
        });
        mine
    })
}

/// A question that was answered is no longer at fault; whether the answer will do is told at the next "continue".
#[inline(never)]
pub(crate) fn answered(faults: Faults, pointer: &str) {
    if faults.peek(|all| all.iter().any(|it| it.pointer == pointer)) {
        faults.update(|all| all.retain(|it| it.pointer != pointer));
    }
}

/// Ties a field to its hint and faults.
fn tied(field: View, faults: Faults, label: &Label<'_>) -> View {
    let pointer = label.pointer.to_owned();
    described(field.set("id", &id_of(&pointer)), faults, label)
        .follow("aria-invalid", Box::new(move || is_at_fault(faults, &pointer).then(|| "true".to_owned())))
}

fn described(field: View, faults: Faults, label: &Label<'_>) -> View {
    let (pointer, has_hint) = (label.pointer.to_owned(), !label.hint.is_empty());
    field.follow("aria-describedby", move || {
        let id = id_of(&pointer);
        match (has_hint, is_at_fault(faults, &pointer)) {
            (false, false) => None,
            (true, false) => Some(id + "-hint"),
            (false, true) => Some(id + "-fault"),
            (true, true) => Some([&id, "-hint ", &id, "-fault"].concat()),
        }
    })
}

/// A label's name, mark and clause, in the element that carries them.
fn named(mut heading: View, label: &Label<'_>) -> View {
    heading.add(words("span", "oc-field__name", label.name));
    // A space before each, or they are heard as one word.
    if !label.mark.is_empty() {
        let name = if label.required { "oc-mark" } else { "oc-mark oc-mark--optional" };
        heading = heading.says(" ").with(words("span", name, label.mark));
    }
    if !label.clause.is_empty() {
        heading = heading.says(" ").with(words("span", "oc-clause", &label.clause));
    }
    heading
}

fn hint(label: &Label<'_>) -> View {
    if label.hint.is_empty() {
        return nothing();
    }
    words("p", "oc-hint", label.hint).set("id", &(id_of(label.pointer) + "-hint"))
}

/// The frame of a field around what is typed into or chosen from.
fn framed(label: &Label<'_>, faults: Faults, field: View) -> View {
    group("oc-field")
        .with(named(el("label", "oc-field__label").set("for", &id_of(label.pointer)), label))
        .with(hint(label))
        .with(tied(field, faults, label))
        .with(faults_below(faults, label.pointer))
}

/// Tells the value of a field whenever it changes.
fn told(
    field: View,
    faults: Faults,
    pointer: &str,
    event: &'static str,
    changed: Box<dyn Fn(String)>,
) -> View {
    let pointer = pointer.to_owned();
    field.on(event, move |event| {
        answered(faults, &pointer);
        changed(value_of(&event));
    })
}

/// A line of text; `input` is the element with what is particular about it.
pub(crate) fn line(
    label: &Label<'_>,
    faults: Faults,
    value: &str,
    input: View,
    changed: Box<dyn Fn(String)>,
) -> View {
    framed(
        label,
        faults,
        told(input.set("type", "text").set("value", value), faults, label.pointer, "input", changed),
    )
}

/// The element for a line of text.
pub(crate) fn input() -> View {
    unread("input", "oc-input")
}

/// An element for text that no spelling help sends away: what is typed here is about a person, and goes to nobody but the office.
fn unread(tag: &'static str, name: &str) -> View {
    el(tag, name).set("spellcheck", "false").set("autocorrect", "off")
}

/// Several lines of text.
pub(crate) fn lines(label: &Label<'_>, faults: Faults, value: &str, changed: Box<dyn Fn(String)>) -> View {
    let area = unread("textarea", "oc-input oc-input--lines").with(plain(value)).set("rows", "3");
    framed(label, faults, told(area, faults, label.pointer, "input", changed))
}

/// One answer out of several.
pub(crate) fn choice(
    label: &Label<'_>,
    faults: Faults,
    choices: Vec<Choice>,
    chosen: &str,
    changed: impl Fn(&'static str) + 'static,
) -> View {
    fieldset(label, faults, answers(label.pointer, faults, choices, chosen, changed))
}

/// The frame of a question around its answers.
pub(crate) fn fieldset(label: &Label<'_>, faults: Faults, content: View) -> View {
    // A fieldset is described by its hint and faults; its id is left to its first answer.
    described(el("fieldset", "oc-field oc-group"), faults, label)
        .with(named(el("legend", "oc-field__label"), label))
        .with(hint(label))
        .with(content)
        .with(faults_below(faults, label.pointer))
}

/// The answers alone, inside a fieldset.
pub(crate) fn answers(
    pointer: &str,
    faults: Faults,
    choices: Vec<Choice>,
    chosen: &str,
    changed: impl Fn(&'static str) + 'static,
) -> View {
    answers_of(pointer, faults, choices, chosen, &(Rc::new(changed) as Rc<dyn Fn(&'static str)>))
}

fn answers_of(
    pointer: &str,
    faults: Faults,
    choices: Vec<Choice>,
    chosen: &str,
    changed: &Rc<dyn Fn(&'static str)>,
) -> View {
    let id = id_of(pointer);
    let mut answers = group("oc-choices");
    for (at, answer) in choices.into_iter().enumerate() {
        let (changed, pointer) = (changed.clone(), pointer.to_owned());
        // The first answer carries the item's own id, so that a fault leads to it.
        let own = if at == 0 { id.clone() } else { format!("{id}-{at}") };
        let input = el("input", "oc-choice__input")
            .set("type", "radio")
            .set("name", &id)
            .set("id", &own)
            .set("value", answer.value)
            .set_if(answer.value == chosen, "checked", "")
            .on("change", move |_| {
                answered(faults, &pointer);
                changed(answer.value);
            });
        answers.add(el("label", "oc-choice").set("for", &own).with(input).with(words(
            "span",
            "oc-choice__label",
            answer.label,
        )));
    }
    answers
}

/// A box to tick, with its faults; more can be added beside its words.
pub(crate) fn tick(
    pointer: &str,
    faults: Faults,
    words_of_it: &str,
    ticked: bool,
    beside: Vec<View>,
    changed: Box<dyn Fn(bool)>,
) -> View {
    let own = pointer.to_owned();
    let label = Label { pointer, name: "", mark: "", required: false, clause: String::new(), hint: "" };
    let input = el("input", "oc-choice__input").set("type", "checkbox").set_if(ticked, "checked", "").on(
        "change",
        move |event| {
            answered(faults, &own);
            changed(is_ticked(&event));
        },
    );
    let answer = el("label", "oc-choice oc-choice--tick")
        .set("for", &id_of(pointer))
        .with(tied(input, faults, &label))
        .with(words("span", "oc-choice__label", words_of_it));
    let mut tick = group("oc-tick").with(answer);
    for it in beside {
        tick.add(it);
    }
    tick.with(faults_below(faults, pointer))
}

/// A list to choose from; value and words of each.
pub(crate) fn select(
    label: &Label<'_>,
    faults: Faults,
    choices: &[(String, String)],
    chosen: &str,
    changed: Box<dyn Fn(String)>,
) -> View {
    let mut list = el("select", "oc-input oc-input--select");
    for (value, label) in choices {
        // Nothing but letters fits in there.
        let answer = el("option", "").with(plain(&ruby::plain(label)));
        list.add(answer.set("value", value).set_if(value == chosen, "selected", ""));
    }
    framed(label, faults, told(list, faults, label.pointer, "change", changed))
}

/// The value of the field that an event is about.
fn value_of(event: &Event) -> String {
    get(event, "target").map_or_else(String::new, |it| get_text(&it, "value"))
}

fn is_ticked(event: &Event) -> bool {
    get(event, "target").and_then(|it| get(&it, "checked")).is_some_and(|it| it.is_truthy())
}
