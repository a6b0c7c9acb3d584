//! Step 5: check your answers, change any of them, and send.

use askama::Template;
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::consent::{Acknowledgement, ConsentSubject};
use precheck_shared::eligibility::Condition;
use precheck_shared::journey::{Step, wishes_of};
use precheck_shared::person::{AttendantKind, BirthDate, JobSeekerNumber};
use precheck_shared::time::{day_of, parse_instant};

use super::check::said;
use super::entry::{Entry, asked};
use super::fields::Rows;
use super::page::{Frame, Framed};
use super::words::Html;
use crate::service::JudgedBy;

#[derive(Template)]
#[template(path = "plain/review.html")]
pub(super) struct ReviewStep {
    page: Frame,
    sections: Vec<Section>,
    gone: Vec<Html>,
    again: bool,
}

/// A part of the answers with "change".
struct Section {
    step: &'static str,
    name: Html,
    rows: Rows,
}

impl Framed for ReviewStep {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

pub(super) fn page(by: &JudgedBy<'_>, page: Frame, entry: &Entry) -> ReviewStep {
    let words = page.words;
    let section = |step: Step, key: &str, rows: Vec<(Html, Html)>| Section {
        step: step.as_str(),
        name: words.t(key),
        rows: Rows { rows },
    };
    let wishes = entry.wishes();
    let rows_of_wishes = wishes.iter().enumerate().map(|(at, it)| {
        let when = parse_instant(it).map_or_else(|| Html::of(it), |it| words.date_time(it));
        (words.count("wishes.nth", at + 1), when)
    });
    let sections = vec![
        section(Step::Booking, "review.person", person(by, &page, entry)),
        section(Step::Booking, "review.wishes", rows_of_wishes.collect()),
        section(Step::Booking, "review.attendants", attendants(&page, entry)),
        section(Step::Check, "review.check", checks(&page, entry)),
        section(Step::Conditions, "review.conditions", conditions(&page, entry)),
        section(Step::Consent, "review.consent", consents(&page)),
    ];
    let draft = entry.draft();
    let gone = wishes_of(by.rules(), &draft).unwrap_or_default().into_iter().filter_map(|it| {
        let why = it.gone?;
        Some(Html::of(&format!("{}　{}", words.texts.date_time(it.start), why.message(words.texts))))
    });
    let again = !page.alert.is_empty();
    ReviewStep { sections, gone: gone.collect(), again, page }
}

fn person(by: &JudgedBy<'_>, page: &Frame, entry: &Entry) -> Vec<(Html, Html)> {
    let (words, today) = (page.words, day_of(by.now));
    let birth = BirthDate::parse(today, today, &entry.birth_line());
    let number = JobSeekerNumber::parse(entry.get("person-job_seeker_number"));
    vec![
        (words.t("booking.name"), Html::of(entry.get("person-name").trim())),
        (
            words.t("booking.birth_date"),
            birth.map_or_else(|_| Html::of(&entry.birth_line()), |(it, _)| words.birth(it.date())),
        ),
        (
            words.t("booking.number"),
            number.map_or_else(
                |_| Html::of(entry.get("person-job_seeker_number")),
                |(it, _)| Html::of(it.as_str()),
            ),
        ),
    ]
}

fn attendants(page: &Frame, entry: &Entry) -> Vec<(Html, Html)> {
    let words = page.words;
    if !entry.attended() {
        return vec![(words.t("attendants"), words.t("attendants.no"))];
    }
    let row = |at: usize| {
        let kind = AttendantKind::ALL.iter().find(|it| it.as_str() == entry.row(at, "kind"));
        let kind = kind.map(|it| words.texts.get(&format!("attendants.{}", it.as_str())).to_owned());
        let told = words.fill(
            "review.attendant",
            &[("kind", &kind.unwrap_or_default()), ("n", entry.row(at, "count").trim())],
        );
        let more =
            ["language", "note"].map(|it| entry.row(at, it).trim()).into_iter().filter(|it| !it.is_empty());
        let all = std::iter::once(told).chain(more.map(Html::of));
        (words.count("attendants.nth", at + 1), Html::join(all.map(super::fields::paragraph)))
    };
    (0..entry.rows()).map(row).collect()
}

fn checks(page: &Frame, entry: &Entry) -> Vec<(Html, Html)> {
    let words = page.words;
    let own = if entry.get("own_device") == "no" { "check.own_device.no" } else { "check.own_device.yes" };
    let row = |item: Item| {
        let outcome = Outcome::parse(entry.outcome(item));
        (words.t(&item.words()), outcome.map(|it| said(page, item, it)).unwrap_or_default())
    };
    std::iter::once((words.t("check.own_device"), words.t(own))).chain(asked().map(row)).collect()
}

fn conditions(page: &Frame, entry: &Entry) -> Vec<(Html, Html)> {
    let words = page.words;
    let row = |it: Condition| {
        let (name, answer) = (it.as_str(), entry.get(&format!("eligibility-{}", it.as_str())));
        let said = words.t_or(&format!("conditions.{name}.{answer}"), &format!("answer.{answer}"));
        (words.t(&format!("conditions.{name}.short")), said)
    };
    Condition::ALL.map(row).into()
}

fn consents(page: &Frame) -> Vec<(Html, Html)> {
    let words = page.words;
    let row = |name: &str, said: &str| (words.t(&format!("consent.{name}.short")), words.t(said));
    let agreed = ConsentSubject::ALL.map(|it| row(it.as_str(), "review.agreed"));
    let acknowledged = Acknowledgement::ALL.map(|it| row(it.as_str(), "review.acknowledged"));
    agreed.into_iter().chain(acknowledged).collect()
}
