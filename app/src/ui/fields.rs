//! Form fields: label, "required" as a word, hint above the field, faults below it, all tied together.
//!
//! Text inputs are text inputs: no `type=number`, no placeholder, no `maxlength`, nothing rewritten while a person
//! types. Values are taken on `input`; what they mean is echoed elsewhere.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use super::{Attributes, View, class, dynamic, el, group, id_of, nothing, text, words};
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
    pub(crate) name: String,
    /// The word beside it, 必須 or 任意.
    pub(crate) mark: String,
    /// Which of the two it is.
    pub(crate) required: bool,
    /// The clause it stands on.
    pub(crate) clause: String,
    /// Support above the field.
    pub(crate) hint: String,
}

/// One of several answers.
pub(crate) struct Choice {
    /// Its value.
    pub(crate) value: &'static str,
    /// Its words.
    pub(crate) label: String,
}

/// The faults of one item, below its field.
pub(crate) fn faults_below(faults: Faults, pointer: &str) -> View {
    let pointer = pointer.to_owned();
    let id = format!("{}-fault", id_of(&pointer));
    dynamic(move || {
        let mine: Vec<_> = faults.with(|all| {
            all.iter()
                .filter(|it| it.pointer == pointer)
                .map(|it| {
                    let name = if it.only_asks { "oc-fault oc-fault--asks" } else { "oc-fault" };
                    el("p", class(name), vec![text(format!("＊{} {}", it.message, it.cure))])
                })
                .collect()
        });
        if mine.is_empty() { nothing() } else { el("div", Attributes::default().set("id", id.clone()), mine) }
    })
}

/// Ties a field to its hint and faults.
fn tied(attributes: Attributes, faults: Faults, pointer: &str, has_hint: bool) -> Attributes {
    let (id, pointer) = (id_of(pointer), pointer.to_owned());
    let hint = if has_hint { format!("{id}-hint ") } else { String::new() };
    let at_fault = move |pointer: &str| faults.with(|all| all.iter().any(|it| it.pointer == pointer));
    let described = pointer.clone();
    attributes
        .set("id", id.clone())
        .follow("aria-invalid", Box::new(move || at_fault(&pointer).then(|| "true".to_owned())))
        .follow(
            "aria-describedby",
            Box::new(move || {
                let fault = if at_fault(&described) { format!("{id}-fault") } else { String::new() };
                Some(format!("{hint}{fault}").trim().to_owned()).filter(|it| !it.is_empty())
            }),
        )
}

fn heading(label: &Label<'_>) -> Vec<View> {
    let mut pieces = vec![words("span", "oc-field__name", label.name.clone())];
    if !label.mark.is_empty() {
        let name = if label.required { "oc-mark" } else { "oc-mark oc-mark--optional" };
        pieces.push(words("span", name, label.mark.clone()));
    }
    if !label.clause.is_empty() {
        pieces.push(words("span", "oc-clause", label.clause.clone()));
    }
    pieces
}

fn hint(label: &Label<'_>) -> View {
    if label.hint.is_empty() {
        return nothing();
    }
    let id = format!("{}-hint", id_of(label.pointer));
    el("p", class("oc-hint").set("id", id), vec![text(label.hint.clone())])
}

/// A line of text.
pub(crate) fn line(
    label: &Label<'_>,
    faults: Faults,
    value: String,
    attributes: Attributes,
    changed: Box<dyn Fn(String)>,
) -> View {
    let input = tied(attributes, faults, label.pointer, !label.hint.is_empty())
        .set("class", "oc-input")
        .set("type", "text")
        .set("value", value)
        .on("input", Box::new(move |event| changed(value_of(&event))));
    group(
        "oc-field",
        vec![
            el("label", class("oc-field__label").set("for", id_of(label.pointer)), heading(label)),
            hint(label),
            el("input", input, Vec::new()),
            faults_below(faults, label.pointer),
        ],
    )
}

/// Several lines of text.
pub(crate) fn lines(label: &Label<'_>, faults: Faults, value: String, changed: Box<dyn Fn(String)>) -> View {
    let input = tied(class("oc-input oc-input--lines"), faults, label.pointer, !label.hint.is_empty())
        .set("rows", "3")
        .on("input", Box::new(move |event| changed(value_of(&event))));
    group(
        "oc-field",
        vec![
            el("label", class("oc-field__label").set("for", id_of(label.pointer)), heading(label)),
            hint(label),
            el("textarea", input, vec![text(value)]),
            faults_below(faults, label.pointer),
        ],
    )
}

/// One answer out of several.
pub(crate) fn choice(
    label: &Label<'_>,
    faults: Faults,
    choices: Vec<Choice>,
    chosen: &str,
    changed: Rc<dyn Fn(&'static str)>,
) -> View {
    let id = id_of(label.pointer);
    let answers = choices.into_iter().enumerate().map(|(at, answer)| {
        let changed = changed.clone();
        // The first answer carries the item's own id, so that a fault leads to it.
        let own = if at == 0 { id.clone() } else { format!("{id}-{at}") };
        let input = class("oc-choice__input")
            .set("type", "radio")
            .set("name", id.clone())
            .set("id", own.clone())
            .set("value", answer.value)
            .set_if(answer.value == chosen, "checked", "")
            .on("change", Box::new(move |_| changed(answer.value)));
        el(
            "label",
            class("oc-choice").set("for", own),
            vec![el("input", input, Vec::new()), words("span", "oc-choice__label", answer.label)],
        )
    });
    let answers = group("oc-choices", answers.collect());
    let described = tied_group(class("oc-field oc-group"), faults, label);
    el(
        "fieldset",
        described,
        vec![
            el("legend", class("oc-field__label"), heading(label)),
            hint(label),
            answers,
            faults_below(faults, label.pointer),
        ],
    )
}

/// A fieldset is described by its hint and faults; its id is left to its first answer.
fn tied_group(attributes: Attributes, faults: Faults, label: &Label<'_>) -> Attributes {
    let (id, pointer) = (id_of(label.pointer), label.pointer.to_owned());
    let hint = if label.hint.is_empty() { String::new() } else { format!("{id}-hint ") };
    attributes.follow(
        "aria-describedby",
        Box::new(move || {
            let at_fault = faults.with(|all| all.iter().any(|it| it.pointer == pointer));
            let fault = if at_fault { format!("{id}-fault") } else { String::new() };
            Some(format!("{hint}{fault}").trim().to_owned()).filter(|it| !it.is_empty())
        }),
    )
}

/// A box to tick, with anything beside its words.
pub(crate) fn tick(
    pointer: &str,
    faults: Faults,
    words_of_it: String,
    ticked: bool,
    beside: Vec<View>,
    changed: Box<dyn Fn(bool)>,
) -> View {
    let input = tied(class("oc-choice__input"), faults, pointer, false)
        .set("type", "checkbox")
        .set_if(ticked, "checked", "")
        .on("change", Box::new(move |event| changed(input_of(&event).is_some_and(|it| it.checked()))));
    let label = el(
        "label",
        class("oc-choice oc-choice--tick").set("for", id_of(pointer)),
        vec![el("input", input, Vec::new()), words("span", "oc-choice__label", words_of_it)],
    );
    let mut children = vec![label];
    children.extend(beside);
    children.push(faults_below(faults, pointer));
    group("oc-tick", children)
}

/// A list to choose from.
pub(crate) fn select(
    label: &Label<'_>,
    faults: Faults,
    choices: Vec<(String, String)>,
    chosen: &str,
    changed: Box<dyn Fn(String)>,
) -> View {
    let options = choices.into_iter().map(|(value, label)| {
        let chosen = value == chosen;
        el(
            "option",
            Attributes::default().set("value", value).set_if(chosen, "selected", ""),
            vec![text(label)],
        )
    });
    let list = tied(class("oc-input oc-input--select"), faults, label.pointer, !label.hint.is_empty())
        .on("change", Box::new(move |event| changed(value_of(&event))));
    group(
        "oc-field",
        vec![
            el("label", class("oc-field__label").set("for", id_of(label.pointer)), heading(label)),
            hint(label),
            el("select", list, options.collect()),
            faults_below(faults, label.pointer),
        ],
    )
}

fn input_of(event: &Event) -> Option<HtmlInputElement> {
    event.target()?.dyn_into().ok()
}

/// The value of the field that an event is about.
fn value_of(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        return input.value();
    }
    if let Some(area) = target.dyn_ref::<HtmlTextAreaElement>() {
        return area.value();
    }
    target.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value).unwrap_or_default()
}
