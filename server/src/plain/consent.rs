//! Step 2, preamble, articles 3 and 11: the terms in full, six acknowledgements, two consents.
//!
//! The Japanese text is shown unchanged in every language: it governs, and the page says so.

use askama::Template;
use precheck_shared::clause::{Clause, Place};
use precheck_shared::consent::{Acknowledgement, ConsentSubject};
use precheck_shared::terms::{self, LineKind, Terms};

use super::entry::Entry;
use super::fields::{Tick, outside};
use super::page::{Frame, Framed, office_name};
use super::words::Html;
use crate::service::JudgedBy;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "plain/consent.html")]
pub(super) struct ConsentStep {
    page: Frame,
    articles: Vec<Article>,
    changes: Vec<Change>,
    version: String,
    announced: Option<Html>,
    points: Vec<Tick>,
    consents: Vec<Tick>,
    returning: bool,
}

/// An article of the published text.
struct Article {
    anchor: String,
    heading: String,
    /// Class and words.
    lines: Vec<(&'static str, String)>,
    /// Our own words, marked as such.
    point: Html,
}

/// What a revision changed in an article.
struct Change {
    heading: String,
    removed: Vec<String>,
    added: Vec<String>,
}

/// The version that a form is about is the one that it shows. Where another one was agreed to, its box is open again.
pub(super) fn follow_version(by: &JudgedBy<'_>, entry: &mut Entry) {
    let (id, sha256) = (entry.get("terms-id").to_owned(), entry.get("terms-sha256"));
    if !id.is_empty() && (id != by.terms.id || sha256 != by.terms.sha256) {
        entry.remove("consents-terms");
        entry.set("terms-before", &id);
    }
    entry.set("terms-id", &by.terms.id);
    entry.set("terms-sha256", &by.terms.sha256);
}

impl Framed for ConsentStep {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

pub(super) fn page(app: &AppState, by: &JudgedBy<'_>, page: Frame, entry: &Entry) -> ConsentStep {
    let words = page.words;
    let before =
        Some(entry.get("terms-before")).filter(|it| *it != by.terms.id).and_then(|it| app.office.terms(it));
    let tick = |id: String, label: Html, beside: Html| Tick {
        ticked: !entry.get(&id).is_empty(),
        faults: page.faults.at(&id),
        id,
        label,
        beside,
    };
    let point = |it: Acknowledgement| {
        let (name, clause) = (it.as_str(), it.clause());
        let cited = words.clause_text(clause);
        let read = words.fill("consent.read", &[("clause", &cited)]);
        let beside = Html::made(&Read { anchor: clause.anchor(), words: read });
        tick(format!("consents-acknowledged-{name}"), words.t(&format!("consent.{name}")), beside)
    };
    let app_name = &by.policy.app.name;
    let consent = |it: ConsentSubject| {
        let name = it.as_str();
        let values = [("app", app_name.as_str()), ("office", office_name(words, &by.policy))];
        let label = words.fill(&format!("consent.{name}"), &values);
        let beside = match it {
            ConsentSubject::Terms => {
                Html::made(&Read { anchor: "terms".to_owned(), words: words.t("consent.read_terms") })
            }
            ConsentSubject::AppTerms => outside(
                words,
                &by.policy.app.terms_url,
                words.fill("consent.read_app_terms", &[("app", app_name)]),
            ),
        };
        tick(format!("consents-{name}"), label, beside)
    };
    let points = Acknowledgement::ALL.into_iter().map(point).collect();
    let consents = ConsentSubject::ALL.into_iter().map(consent).collect();
    let announced = app
        .office
        .terms_announced(by.now)
        .first()
        .map(|it| words.fill("consent.announced", &[("date", &words.texts.date(it.effective))]));
    ConsentStep {
        articles: by.terms.articles().iter().map(|it| article(&page, it)).collect(),
        changes: before.map(|it| changes(it, by.terms)).unwrap_or_default(),
        version: by.terms.id.clone(),
        announced,
        points,
        consents,
        returning: !entry.get("returning").is_empty(),
        page,
    }
}

/// A link to an article on the same page.
#[derive(Template)]
#[template(
    ext = "html",
    source = "<p class=\"oc-hint\"><a class=\"oc-link\" href=\"#{{ anchor }}\">{{ words }}</a></p>"
)]
struct Read {
    anchor: String,
    words: Html,
}

fn article(page: &Frame, article: &terms::Article<'_>) -> Article {
    let clause = Clause { place: article.place, paragraph: None, item: None };
    let class = |kind: LineKind| match kind {
        LineKind::Paragraph => "oc-terms__line oc-terms__line--paragraph",
        LineKind::Item => "oc-terms__line oc-terms__line--item",
        _ => "oc-terms__line",
    };
    let is_heading = |kind: LineKind| matches!(kind, LineKind::Title | LineKind::Heading);
    let heading = article.lines.iter().find(|it| is_heading(it.kind)).map(|it| it.words().to_owned());
    let lines = article.lines.iter().filter(|it| !is_heading(it.kind));
    Article {
        anchor: clause.anchor(),
        heading: heading.unwrap_or_default(),
        lines: lines.map(|it| (class(it.kind), it.words().to_owned())).collect(),
        point: page.words.t_or(&format!("point.{clause}"), ""),
    }
}

/// Article 11: what differs from the version that was agreed to.
fn changes(before: &Terms, now: &Terms) -> Vec<Change> {
    let first = |terms: &Terms, place: Place| {
        let articles = terms.articles();
        let article = articles.iter().find(|it| it.place == place);
        article.and_then(|it| it.lines.first()).map(|it| it.words().to_owned())
    };
    let change = |it: terms::ArticleChange<Place>| Change {
        heading: first(now, it.place).or_else(|| first(before, it.place)).unwrap_or_default(),
        removed: it.removed,
        added: it.added,
    };
    terms::changes(before, now).into_iter().map(change).collect()
}
