//! Step 2, preamble, articles 3 and 11: the terms in full, two consents, six acknowledgements.
//!
//! Each consent has its document one action away; each acknowledgement opens its article.

use precheck_shared::consent::{Acknowledgement, ConsentSubject};
use precheck_shared::journey::Step;
use precheck_shared::time::parse_date;

use super::{clause_words, ending, office_name, opening, subheading, terms};
use crate::state::App;
use crate::ui::fields::tick;
use crate::ui::{View, button, dynamic, group, nothing, notice, outside_link, words};

pub(crate) fn screen(app: App) -> View {
    app.load_terms();
    let mut points = group("oc-ticks");
    for it in Acknowledgement::ALL {
        points.add(acknowledgement(app, it));
    }
    opening(app, Step::Consent)
        .with(dynamic(move || announced(app)))
        .with(dynamic(move || terms::changes(app)))
        .with(dynamic(move || terms::document(app)))
        .with(subheading(app, "consent.points"))
        .with(points)
        .with(subheading(app, "consent.agree"))
        // A revision unticks the box, also while it is on the screen.
        .with(dynamic(move || {
            let shown = app.terms.get().map(|it| it.id.as_str());
            group("oc-ticks").with(agree_to_terms(app, shown)).with(agree_to_app_terms(app))
        }))
        .with(ending(app, Step::Consent))
}

fn acknowledgement(app: App, it: Acknowledgement) -> View {
    let at = it as usize;
    let name = it.as_str();
    let clause = it.clause();
    let anchor = clause.anchor();
    let read = app.fill("consent.read", &[("clause", &clause_words(app, clause))]);
    let ticked = app.form.peek(|form| form.plain.acknowledged[at]);
    tick(
        &["/consents/acknowledged/", name].concat(),
        app.faults,
        app.t(&["consent.", name].concat()),
        ticked,
        vec![button("oc-link", &read, move || terms::open_article(app, &anchor))],
        Box::new(move |ticked| app.form.update(|form| form.plain.acknowledged[at] = ticked)),
    )
}

fn agree_to_terms(app: App, shown: Option<&str>) -> View {
    let version = match shown {
        Some(id) => words("p", "oc-hint", &app.fill("consent.version", &[("id", id)])),
        None => nothing(),
    };
    let read = button("oc-link", app.t("consent.read_terms"), move || terms::open_article(app, "preamble"));
    consent(app, ConsentSubject::Terms, vec![version, read])
}

fn agree_to_app_terms(app: App) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let label = app.fill("consent.read_app_terms", &[("app", &office.policy.app.name)]);
    let link = outside_link(&office.policy.app.terms_url, &label, app.t("link.outside"));
    consent(app, ConsentSubject::AppTerms, vec![link])
}

fn consent(app: App, subject: ConsentSubject, beside: Vec<View>) -> View {
    let at = subject as usize;
    let Some(office) = app.office.get_now() else { return nothing() };
    let name = subject.as_str();
    tick(
        &["/consents/", name].concat(),
        app.faults,
        &app.fill(
            &["consent.", name].concat(),
            &[("app", &office.policy.app.name), ("office", office_name(app, office))],
        ),
        app.form.peek(|form| form.plain.agreed[at]),
        beside,
        Box::new(move |ticked| app.form.update(|form| form.plain.agreed[at] = ticked)),
    )
}

/// A version that is known and not yet in force.
fn announced(app: App) -> View {
    let Some(office) = app.office.get() else { return nothing() };
    let Some(next) = office.terms.announced.first() else { return nothing() };
    let Some(effective) = parse_date(&next.effective) else { return nothing() };
    let date = app.texts().date(effective);
    notice("info", &app.fill("consent.announced", &[("date", &date)]))
        .with(app.para("consent.announced.words"))
}
