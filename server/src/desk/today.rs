//! The first screen: the counsellings of the day, the next one large, and what waits for somebody.
//!
//! Articles 4(1) to 4(3). The acts are forms of the request's own page (`desk/request`), which come back here.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use precheck_shared::time::{Instant, day_of};

use self::rows::{Contact, Row};
use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session::Signed;
use super::words::{dates, fill, fill1, t, t2};
use crate::service::day::{self, Listed, PAGE, Page};
use crate::service::staff::{Role, SignedIn, alarms};
use crate::state::AppState;
use crate::store::desk::accounts::alarms::StoredAlarm;
use crate::store::desk::day::{List, Review};

pub(super) mod rows;

#[derive(Template)]
#[template(path = "desk/today.html")]
struct Today {
    page: Frame,
    /// The day, and its address.
    date: String,
    day: String,
    /// Minutes of silence that make a cancellation.
    grace: u16,
    /// Those that have begun and those that begin next, the reader's own first.
    next: Vec<Row>,
    counsellings: Vec<Row>,
    waiting: Section,
    duties: Section,
    silences: Section,
    officerless: Section,
    unfinished: Section,
    reviews: Vec<Reviewed>,
    /// Something is wrong with the log of the staff's acts, and the reader is a manager.
    log_notice: bool,
    alarms: Vec<Alarm>,
}

/// That somebody guesses one-time passwords of an account.
struct Alarm {
    staff: String,
    /// Milliseconds of the last try, as the form sends them.
    at: String,
    words: String,
}

/// A list on the first screen.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) rows: Vec<Row>,
    pub(super) total: u32,
    /// Whether there are more than these.
    pub(super) more: bool,
}

/// A suspension that has to be looked at.
struct Reviewed {
    number: String,
    address: String,
    kind: String,
    /// When it was made, and looked at last.
    dates: String,
}

impl Section {
    pub(super) fn of(now: Instant, page: &Page) -> Self {
        Self {
            rows: page.rows.iter().map(|it| Row::of(now, it)).collect(),
            total: page.total,
            more: PAGE < page.total,
        }
    }
}

impl From<&Review> for Reviewed {
    fn from(it: &Review) -> Self {
        let (made, reviewed) = (dates().date(day_of(it.made_at)), dates().date(day_of(it.reviewed_at)));
        Self {
            number: it.number.to_string(),
            address: format!("/desk/requests/{}", it.number.as_str()),
            kind: t2("desk.day.review.", &it.kind),
            dates: fill("desk.day.review.dates", &[("made", &made), ("reviewed", &reviewed)]),
        }
    }
}

impl Alarm {
    fn of(who: &SignedIn, it: &StoredAlarm) -> Self {
        let own = if it.staff == who.officer.as_str() { "own" } else { "other" };
        let (at, count) = (dates().date_time(it.at), it.failures.to_string());
        let words = fill(
            &format!("desk.alarm.{own}"),
            &[("name", it.name.as_str()), ("at", at.as_str()), ("count", count.as_str())],
        );
        Self { staff: it.staff.clone(), at: it.at.timestamp_millis().to_string(), words }
    }
}

/// Shows it.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let now = app.clock.now();
    let today = day::today(&app, &who, now).await?;
    let section = |list: List| {
        let found = today.lists.iter().find(|it| it.0 == list);
        found.map(|it| Section::of(now, &it.1)).unwrap_or_default()
    };
    let done = done(Fields::of_query(uri.query()).get("done"));
    let page = Frame { live: true, done, ..Frame::new(&app, &who, t("desk.today.title"), "today") };
    let template = Today {
        page,
        date: dates().date(day_of(now)),
        day: day_of(now).to_string(),
        grace: app.office.policy().cancellation.grace_minutes,
        next: next(now, &who, &today.counsellings).into_iter().map(|it| Row::of(now, it)).collect(),
        counsellings: today.counsellings.iter().map(|it| Row::of(now, it)).collect(),
        waiting: section(List::Waiting),
        duties: section(List::Duties),
        silences: section(List::Silences),
        officerless: section(List::Officerless),
        unfinished: section(List::Unfinished),
        reviews: today.reviews.iter().map(Reviewed::from).collect(),
        log_notice: who.role == Role::Manager
            && !(app.log_watch.unseen().is_empty() && app.log_watch.findings().is_empty()),
        alarms: alarms::open(&app, &who).await?.iter().map(|it| Alarm::of(&who, it)).collect(),
    };
    Ok(page::live(&headers, &template))
}

/// What an act said that came back here, where it is a word of ours.
fn done(word: &str) -> Option<String> {
    let known = |area: &str| {
        let key = format!("desk.{area}.done.{word}");
        let words = t(&key);
        (words != key).then(|| words.to_owned())
    };
    ["day", "request"].into_iter().find_map(known)
}

/// The counsellings under way, and those that begin next; the reader's own before nobody's, nobody's before others'.
fn next<'a>(now: Instant, who: &SignedIn, all: &'a [Listed]) -> Vec<&'a Listed> {
    let span = |it: &Listed| it.booking.appointment.as_ref().map(|it| (it.start, it.end));
    let open = || all.iter().filter(|it| it.state == "confirmed");
    let first = open().filter_map(span).map(|it| it.0).filter(|it| now < *it).min();
    let wanted = |it: &&Listed| {
        span(it).is_some_and(|(start, end)| (start <= now && now < end) || Some(start) == first)
    };
    let mut next: Vec<_> = open().filter(wanted).collect();
    next.sort_by_key(|it| {
        let officer = it.booking.appointment.as_ref().and_then(|it| it.officer.as_deref());
        let whose = match officer {
            Some(it) if it == who.officer.as_str() => 0,
            None => 1,
            Some(_) => 2,
        };
        (span(it), whose)
    });
    next
}
