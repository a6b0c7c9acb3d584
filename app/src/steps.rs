//! The six steps. Each shows what the rules say and takes what a person answers; none decides.

use std::pin::Pin;
use std::rc::Rc;

use precheck_shared::api::OfficeView;
use precheck_shared::clause::Clause;
use precheck_shared::journey::Step;
use precheck_shared::policy::Telephone;
use precheck_shared::texts::ruby;

use crate::browser::clipboard::copy;
use crate::browser::spawn;
use crate::signal::State;
use crate::state::App;
use crate::ui::fields::Label;
use crate::ui::{View, add_paragraphs, button, dynamic, el, group, nothing, outside_link, text, words};

pub(crate) mod attendants;
pub(crate) mod booking;
pub(crate) mod calendar;
pub(crate) mod check;
pub(crate) mod conditions;
pub(crate) mod consent;
pub(crate) mod moving;
pub(crate) mod receipt;
pub(crate) mod review;
pub(crate) mod terms;

/// A step's frame with its heading, which takes the focus, and its opening words.
pub(crate) fn opening(app: App, step: Step) -> View {
    let name = step.as_str();
    let mut frame = group("oc-step").with(heading(app, &[name, ".heading"].concat()));
    add_paragraphs(&mut frame, "oc-text", app.t(&[name, ".lead"].concat()));
    frame
}

/// The heading of a screen.
pub(crate) fn heading(app: App, key: &str) -> View {
    app.words("h2", "oc-heading", key).set("tabindex", "-1").set("data-heading", "")
}

/// "Continue" and "Back".
pub(crate) fn ending(app: App, step: Step) -> View {
    let mut ending = group("oc-ending").with(dynamic(move || {
        let label = if app.returning.get() { "button.to_review" } else { "button.next" };
        button("oc-button", app.t(label), move || app.go_on(step))
    }));
    if let Some(previous) = (step as usize).checked_sub(1).and_then(|at| Step::ALL.get(at).copied()) {
        ending.add(back(app, previous));
    }
    ending
}

/// "Back" to a step.
pub(crate) fn back(app: App, to: Step) -> View {
    button("oc-button oc-button--plain", app.t("button.back"), move || app.go(to))
}

/// A field's label with its clause, in the language chosen.
pub(crate) fn label<'a>(app: App, pointer: &'a str, key: &'a str, clause: Option<Clause>) -> Label<'a> {
    Label {
        pointer,
        name: app.t(key),
        mark: app.t("field.required"),
        required: true,
        clause: clause.map_or_else(String::new, |it| clause_words(app, it)),
        hint: app.t_or(&[key, ".hint"].concat(), ""),
    }
}

/// The same for an item that may be left out.
pub(crate) fn optional<'a>(app: App, pointer: &'a str, key: &'a str, clause: Option<Clause>) -> Label<'a> {
    Label { mark: app.t("field.optional"), required: false, ..label(app, pointer, key, clause) }
}

/// 「第4条(1)」, "Article 4(1)", "Điều 4(1)".
pub(crate) fn clause_words(app: App, clause: Clause) -> String {
    let cited = if app.reads_kanji() { clause.in_japanese() } else { clause.to_string() };
    app.fill("clause", &[("clause", &app.texts().read(cited, None))])
}

/// A part's heading.
pub(crate) fn subheading(app: App, key: &str) -> View {
    app.words("h3", "oc-subheading", key)
}

/// A wish's place in the order of preference.
pub(crate) fn nth_wish(app: App, at: usize) -> String {
    app.count("wishes.nth", at + 1)
}

/// The office's name, in letters that the language reads.
pub(crate) fn office_name(app: App, office: &'static OfficeView) -> &'static str {
    if app.is_japanese() { &office.name } else { &office.policy.office.name_en }
}

/// A button that copies a text, and what came of it. `what` names the words `WHAT.copy`, `WHAT.copied`, `WHAT.not_copied`, or
/// only what is copied.
pub(crate) fn copying(app: App, what: &'static str, text_of_it: impl Fn() -> String + 'static) -> View {
    copying_of(app, what, Rc::new(text_of_it))
}

fn copying_of(app: App, what: &'static str, text_of_it: Rc<dyn Fn() -> String>) -> View {
    let words = move |end: &str| match app.texts().find(&[what, end].concat()) {
        Some(words) => words.to_owned(),
        None => app.fill(&["copying", end].concat(), &[("item", app.t(what))]),
    };
    telling(app, what, &words(".copy"), move || {
        let copied = copy(&app.root, what, &ruby::plain(&text_of_it()));
        Box::pin(async move { words(if copied.await.is_some() { ".copied" } else { ".not_copied" }) })
    })
}

/// A button for what takes a moment; below it stands what came of it, which is said as well.
pub(crate) fn telling(
    app: App,
    name: &'static str,
    label: &str,
    act: impl Fn() -> Pin<Box<dyn Future<Output = String>>> + 'static,
) -> View {
    let told = State::new(String::new());
    let act = button("oc-button oc-button--plain", label, move || tell(app, told, act()));
    // What is read out is said by the live region already.
    let told = dynamic(move || text(&told.get()));
    group("").with(act.set("data-act", name)).with(el("p", "oc-hint").set("aria-hidden", "true").with(told))
}

fn tell(app: App, told: State<String>, coming: Pin<Box<dyn Future<Output = String>>>) {
    spawn(async move {
        told.set(coming.await);
        told.peek(|it| app.say(it));
    });
}

/// Steps, numbered, from the lines of a text.
pub(crate) fn numbered(steps: &str) -> View {
    let mut list = el("ol", "oc-list oc-list--steps");
    for step in steps.split('\n') {
        list.add(words("li", "oc-list__item", step));
    }
    list
}

/// The office's telephone and address, or the words to ask for them.
pub(crate) fn contact(app: App) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let contact = &office.contact;
    let name = words("p", "oc-contact__name", office_name(app, office));
    let mut pieces = group("oc-contact").with(name);
    if contact.telephone.is_empty() {
        pieces.add(app.para("contact.ask"));
    } else {
        let (opens, closes) = (contact.opens.to_string(), contact.closes.to_string());
        let hours = app.fill("contact.hours", &[("from", &opens), ("to", &closes)]);
        let mut line = el("p", "oc-text");
        match Telephone::read(&contact.telephone) {
            Some(telephone) => {
                let number = app.fill("contact.telephone", &[("number", telephone.number)]);
                line.add(words("a", "oc-link", &number).set("href", &telephone.link()));
                line = line.says(" ").says(telephone.then);
            }
            None => line = line.says(&app.fill("contact.telephone", &[("number", &contact.telephone)])),
        }
        pieces.add(line.says(" ").says(&hours));
    }
    if !contact.address.is_empty() {
        pieces.add(words("p", "oc-text", &contact.address));
    }
    if !contact.relay_url.is_empty() {
        let link = outside_link(&contact.relay_url, app.t("contact.relay"), app.t("link.outside"));
        pieces.add(el("p", "oc-text").with(link));
    }
    if !contact.extra_channel.is_empty() {
        pieces.add(words("p", "oc-text", &contact.extra_channel));
    }
    pieces
}
