//! The six steps. Each shows what the rules say and takes what a person answers; none decides.

use precheck_shared::clause::Clause;
use precheck_shared::journey::Step;

use crate::state::App;
use crate::ui::fields::Label;
use crate::ui::{View, button, class, dynamic, el, group, nothing, paragraphs, text, words};

pub(crate) mod attendants;
pub(crate) mod booking;
pub(crate) mod calendar;
pub(crate) mod check;
pub(crate) mod conditions;
pub(crate) mod consent;
pub(crate) mod receipt;
pub(crate) mod review;
pub(crate) mod terms;

/// A step's heading, which takes the focus, and its opening words.
pub(crate) fn opening(app: App, step: Step) -> Vec<View> {
    let name = step.as_str();
    let heading = class("oc-heading").set("tabindex", "-1").set("data-heading", "");
    let mut pieces = vec![el("h2", heading, vec![text(app.t(&format!("{name}.heading")))])];
    pieces.extend(paragraphs("oc-text", &app.t(&format!("{name}.lead"))));
    pieces
}

/// "Continue" and "Back".
pub(crate) fn ending(app: App, step: Step) -> View {
    let previous = (step as usize).checked_sub(1).and_then(|at| Step::ALL.get(at).copied());
    group(
        "oc-ending",
        vec![
            dynamic(move || {
                let label = if app.returning.get() { "button.to_review" } else { "button.next" };
                button("oc-button", app.t(label), move || app.go_on(step))
            }),
            previous.map_or_else(nothing, |it| {
                button("oc-button oc-button--plain", app.t("button.back"), move || app.go(it))
            }),
        ],
    )
}

/// A field's label with its clause, in the language chosen.
pub(crate) fn label<'a>(app: App, pointer: &'a str, key: &str, clause: Option<Clause>) -> Label<'a> {
    let hint = app.t_or(&format!("{key}.hint"), "empty");
    Label {
        pointer,
        name: app.t(key),
        mark: app.t("field.required"),
        required: true,
        clause: clause.map_or_else(String::new, |it| clause_words(app, it)),
        hint: if hint == "empty" { String::new() } else { hint },
    }
}

/// 「第4条(1)」 or "Article 4(1)".
pub(crate) fn clause_words(app: App, clause: Clause) -> String {
    if app.is_japanese() {
        clause.in_japanese()
    } else {
        app.fill("clause", &[("clause", &clause.to_string())])
    }
}

/// The office's telephone and address, or the words to ask for them.
pub(crate) fn contact(app: App) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let contact = &office.contact;
    let name = if app.is_japanese() { office.name.clone() } else { office.policy.office.name_en.clone() };
    let mut pieces = vec![words("p", "oc-contact__name", name)];
    let hours = app
        .fill("contact.hours", &[("from", &contact.opens.to_string()), ("to", &contact.closes.to_string())]);
    if contact.telephone.is_empty() {
        pieces.push(words("p", "oc-text", app.t("contact.ask")));
    } else {
        let dialled: String =
            contact.telephone.chars().filter(|it| it.is_ascii_digit() || *it == '+').collect();
        let link = class("oc-link").set("href", format!("tel:{dialled}"));
        let number = app.fill("contact.telephone", &[("number", &contact.telephone)]);
        pieces.push(el(
            "p",
            class("oc-text"),
            vec![el("a", link, vec![text(number)]), text(format!(" {hours}"))],
        ));
    }
    if !contact.address.is_empty() {
        pieces.push(words("p", "oc-text", contact.address.clone()));
    }
    if !contact.relay_url.is_empty() {
        pieces.push(el(
            "p",
            class("oc-text"),
            vec![crate::ui::outside_link(&contact.relay_url, app.t("contact.relay"), &app.t("link.outside"))],
        ));
    }
    if !contact.extra_channel.is_empty() {
        pieces.push(words("p", "oc-text", contact.extra_channel.clone()));
    }
    group("oc-contact", pieces)
}
