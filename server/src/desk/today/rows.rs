//! A booking in a list, in words: what every page of the day, the week and the found shows of it.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use precheck_shared::time::{HourMinute, Instant, day_of, midnight};

use crate::desk::words::{fill, fill1, t, t2};
use crate::service::day::Listed;
use crate::service::reading::{AttendantRecord, Person};
use crate::store::StoredWish;

/// A row.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Row {
    /// As people say it.
    pub(in crate::desk) number: String,
    /// Its page.
    pub(in crate::desk) address: String,
    pub(in crate::desk) version: u32,
    pub(in crate::desk) name: String,
    /// The name of its state, for the style, and in words.
    pub(in crate::desk) state: String,
    pub(in crate::desk) state_words: String,
    /// `10:00`, `10:30` of the appointment; empty while nothing is arranged.
    pub(in crate::desk) start: String,
    pub(in crate::desk) end: String,
    /// The day of the appointment.
    pub(in crate::desk) date: String,
    pub(in crate::desk) officer: String,
    /// Article 10: what is still to be prepared.
    pub(in crate::desk) preparations: Vec<String>,
    /// Article 10(3).
    pub(in crate::desk) attendants: Vec<String>,
    /// Of the interface, where it is not Japanese.
    pub(in crate::desk) language: Option<String>,
    pub(in crate::desk) received: String,
    /// In order of preference, those that had gone marked.
    pub(in crate::desk) wishes: Vec<String>,
    /// 4(1): until when it can be completed at all, without a reason: the waiting stand in this order.
    pub(in crate::desk) until: Option<String>,
    /// What to look at: a kind for the style, and words.
    pub(in crate::desk) flags: Vec<(&'static str, String)>,
    /// 4(2): of what she has to be told, and since when.
    pub(in crate::desk) duty: Option<(String, String)>,
    /// 4(3): what has become of the silence.
    pub(in crate::desk) contact: Contact,
}

/// 4(3): whether anything was heard of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::desk) enum Contact {
    /// It does not matter: nothing is arranged, or all is over.
    Over,
    /// It has not begun.
    Ahead,
    /// It has begun so many minutes ago, and nothing was heard.
    Silent(i64),
    /// Word came in.
    Word,
    /// The talk has begun.
    Joined,
}

impl Row {
    /// A booking at `now`.
    pub(in crate::desk) fn of(now: Instant, it: &Listed) -> Self {
        let booking = &it.booking;
        let made = booking.appointment.as_ref();
        let time = |at: Instant| HourMinute::of(at).to_string();
        let duty = booking.duty.as_ref();
        // One deadline for each: the one by which the list is ordered. Of what was too late at receipt the last wish is never one.
        let last = booking.wishes.iter().map(|it| it.start).max();
        let until = last.filter(|it| now < midnight(day_of(*it))).map(until);
        Self {
            number: booking.number.to_string(),
            address: format!("/desk/requests/{}", booking.number.as_str()),
            version: booking.version,
            name: name_of(it.person.as_ref(), booking.person.is_some()),
            state_words: t2("desk.state.", &it.state),
            state: it.state.clone(),
            start: made.map(|it| time(it.start)).unwrap_or_default(),
            end: made.map(|it| time(it.end)).unwrap_or_default(),
            date: made.map(|it| short_date(day_of(it.start))).unwrap_or_default(),
            officer: officer(now, it),
            preparations: booking
                .checklist
                .iter()
                .filter(|it| it.1.leaves_work())
                .map(|it| t(&it.0.words()).to_owned())
                .collect(),
            attendants: it.person.iter().flat_map(|it| &it.attendants).map(attendant).collect(),
            language: (booking.language != "ja").then(|| t2("language.", &booking.language)),
            received: short(booking.received_at),
            wishes: booking.wishes.iter().map(wish).collect(),
            flags: flags(it, until.is_none()),
            until,
            duty: duty.map(|(kind, since)| (t2("desk.day.duty.", kind), short(*since))),
            contact: contact(now, it),
        }
    }
}

/// Who has it; that she has left, where somebody else has to hold it.
fn officer(now: Instant, it: &Listed) -> String {
    let Some(whose) = &it.officer else { return t("desk.day.officer.nobody").to_owned() };
    let name = whose.name.as_deref().unwrap_or(t("desk.officer.unknown"));
    let is_over = it.booking.appointment.as_ref().is_none_or(|it| it.end <= now);
    if whose.left && !is_over { fill1("desk.officer.left", "name", name) } else { name.to_owned() }
}

fn contact(now: Instant, it: &Listed) -> Contact {
    match &it.booking.appointment {
        Some(made) if it.state == "confirmed" => match made {
            made if made.joined => Contact::Joined,
            made if made.word_received => Contact::Word,
            made if now < made.start => Contact::Ahead,
            made => Contact::Silent((now - made.start).num_minutes()),
        },
        _ => Contact::Over,
    }
}

/// 4(1): a wish is completed by 24:00 of the day before.
fn until(wish: Instant) -> String {
    let before = day_of(wish) - TimeDelta::days(1);
    fill1("desk.day.until", "date", &short_date(before))
}

fn wish(it: &StoredWish) -> String {
    let when = short(it.start);
    match &it.gone {
        Some((code, _)) => {
            fill("desk.day.wish.gone", &[("when", &when), ("why", &t2("desk.day.gone.", code.as_str()))])
        }
        None => when,
    }
}

fn flags(it: &Listed, late: bool) -> Vec<(&'static str, String)> {
    let booking = &it.booking;
    let waits = it.state == "requested";
    let say = |key: &str| t(key).to_owned();
    let mut flags = Vec::new();
    if it.suspended {
        flags.push(("bad", say("desk.day.flag.suspended")));
    }
    if it.doubled {
        flags.push(("todo", say("desk.day.flag.doubled")));
    }
    if waits && late {
        flags.push(("bad", say("desk.day.flag.late")));
    }
    if it.person.as_ref().is_some_and(|it| !it.attendants.is_empty()) {
        flags.push(("plain", say("desk.day.flag.attendants")));
    }
    if booking.channel != "widget" {
        flags.push(("plain", t2("desk.day.channel.", &booking.channel)));
    }
    if waits && booking.proposed_officer.is_some() {
        flags.push(("plain", say("desk.day.flag.proposed")));
    }
    if it.state == "confirmed" && booking.duty.is_some() {
        flags.push(("todo", say("desk.day.flag.untold")));
    }
    flags
}

/// A name; words where there is none.
fn name_of(person: Option<&Person>, is_kept: bool) -> String {
    match person {
        Some(person) => person.name.clone(),
        None if is_kept => t("desk.day.unreadable").to_owned(),
        None => t("desk.day.erased").to_owned(),
    }
}

fn attendant(it: &AttendantRecord) -> String {
    let kind = t2("attendants.", &it.kind);
    let count = it.count.to_string();
    let key = if it.language.is_empty() { "desk.day.attendant" } else { "desk.day.attendant.language" };
    fill(key, &[("kind", &kind), ("language", &it.language), ("count", &count)])
}

/// 11月26日（木）10:00
pub(in crate::desk) fn short(at: Instant) -> String {
    let time = HourMinute::of(at).to_string();
    fill("date.with_time", &[("date", &short_date(day_of(at))), ("time", &time)])
}

/// 11月26日（木）: as `Texts::short_date` says it, out of a table, since a page has hundreds of them.
fn short_date(day: NaiveDate) -> String {
    let month = t2("month.", &day.month().to_string());
    let weekday = t2("weekday.", &day.weekday().number_from_monday().to_string());
    fill("date.short", &[("month", &month), ("day", &day.day().to_string()), ("weekday", &weekday)])
}
