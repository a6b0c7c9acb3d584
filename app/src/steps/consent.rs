//! Step 2, preamble, articles 3 and 11: the terms in full, two consents, six acknowledgements.
//!
//! Each consent has its document one action away; each acknowledgement opens its article.

use precheck_shared::consent::{Acknowledgement, ConsentSubject};
use precheck_shared::journey::Step;

use super::{clause_words, ending, opening, terms};
use crate::state::App;
use crate::ui::fields::tick;
use crate::ui::{View, button, dynamic, group, nothing, notice, outside_link, words};

pub(crate) fn screen(app: App) -> View {
    app.load_terms();
    let mut pieces = opening(app, Step::Consent);
    pieces.push(dynamic(move || announced(app)));
    pieces.push(dynamic(move || terms::changes(app)));
    pieces.push(dynamic(move || terms::document(app)));
    pieces.push(words("h3", "oc-subheading", app.t("consent.points")));
    pieces.push(group("oc-ticks", Acknowledgement::ALL.map(|it| acknowledgement(app, it)).into()));
    pieces.push(words("h3", "oc-subheading", app.t("consent.agree")));
    // A revision unticks the box, also while it is on the screen.
    pieces.push(dynamic(move || {
        let shown = app.terms.with(|it| it.as_ref().map(|it| it.id.clone()));
        group("oc-ticks", vec![agree_to_terms(app, shown), agree_to_app_terms(app)])
    }));
    pieces.push(ending(app, Step::Consent));
    group("oc-step", pieces)
}

fn acknowledgement(app: App, it: Acknowledgement) -> View {
    let at = it as usize;
    let name = it.as_str();
    let clause = it.clause();
    let anchor = clause.anchor();
    let read = app.fill("consent.read", &[("clause", &clause_words(app, clause))]);
    let ticked = app.form.peek(|form| form.plain.acknowledged[at]);
    tick(
        &format!("/consents/acknowledged/{name}"),
        app.faults,
        app.t(&format!("consent.{name}")),
        ticked,
        vec![button("oc-link", read, move || terms::open_article(app, &anchor))],
        Box::new(move |ticked| app.form.update(|form| form.plain.acknowledged[at] = ticked)),
    )
}

fn agree_to_terms(app: App, shown: Option<String>) -> View {
    let ticked = app.form.peek(|form| form.plain.agreed[0]);
    let version =
        shown.map_or_else(nothing, |id| words("p", "oc-hint", app.fill("consent.version", &[("id", &id)])));
    let read = button("oc-link", app.t("consent.read_terms"), move || terms::open_article(app, "preamble"));
    consent(app, ConsentSubject::Terms, ticked, vec![version, read])
}

fn agree_to_app_terms(app: App) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let ticked = app.form.peek(|form| form.plain.agreed[1]);
    let label = app.fill("consent.read_app_terms", &[("app", &office.policy.app.name)]);
    let link = outside_link(&office.policy.app.terms_url, label, &app.t("link.outside"));
    consent(app, ConsentSubject::AppTerms, ticked, vec![link])
}

fn consent(app: App, subject: ConsentSubject, ticked: bool, beside: Vec<View>) -> View {
    let at = subject as usize;
    let app_name =
        app.office.peek(|it| it.as_ref().map_or_else(String::new, |it| it.policy.app.name.clone()));
    let name = subject.as_str();
    let sentence = app.fill(&format!("consent.{name}"), &[("app", &app_name)]);
    tick(
        &format!("/consents/{name}"),
        app.faults,
        sentence,
        ticked,
        beside,
        Box::new(move |ticked| {
            app.form.update(|form| form.plain.agreed[at] = ticked);
        }),
    )
}

/// A version that is known and not yet in force.
fn announced(app: App) -> View {
    let Some(office) = app.office.get() else { return nothing() };
    let Some(next) = office.terms.announced.first() else { return nothing() };
    let heading = app.fill("consent.announced", &[("date", &next.effective)]);
    notice("info", heading, vec![words("p", "oc-text", app.t("consent.announced.words"))])
}
