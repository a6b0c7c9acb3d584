//! The desk's day: the counsellings, and what waits for somebody. Articles 4(2), 4(3), 10(1).
//!
//! What fell due by itself counts here as everywhere: a silence that has lasted long enough is shown as one before anything has
//! written it down. Only the persons of the rows that are shown are opened, and a damaged one hides none of the others.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate, TimeDelta};
use precheck_shared::policy::Policy;
use precheck_shared::time::{Instant, day_of, midnight};

use super::clock;
use super::reading::{self, Person};
use super::staff::{Role, SignedIn};
use super::standing;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::bookings::DeskBooking;
use crate::store::desk::day::{self, Cut, List, Marks, Review};
use crate::store::desk::staff;
use crate::store::sql::{self, Tx};
use crate::store::{StoreError, StoredAppointment, StoredBooking};
use crate::vault::Sealed;

pub mod feed;
pub mod find;
pub mod week;

/// Rows on a page.
pub const PAGE: u32 = 50;

/// A suspension is put before a manager so many months after she last looked at it.
const REVIEWED_AFTER: Months = Months::new(12);

/// A booking in a list, as it stands now.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What is stored.
    pub booking: DeskBooking,
    /// The person; `None` when she was erased, or cannot be read.
    pub person: Option<Person>,
    /// The name of its state as time has made it.
    pub state: String,
    /// Who has its appointment.
    pub officer: Option<Whose>,
    /// 4(1): another open request has the same job-seeker number.
    pub doubled: bool,
    /// 4(3), 10(1): the number is refused or suspended.
    pub suspended: bool,
}

/// Somebody of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// Her name; `None` for whom nobody knows.
    pub name: Option<String>,
    /// She has left.
    pub left: bool,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<Listed>,
    /// How many rows the list has.
    pub total: u32,
    /// From 1.
    pub number: u32,
}

/// The first screen.
#[derive(Debug)]
pub struct Today {
    /// The counsellings of the day, by time.
    pub counsellings: Vec<Listed>,
    /// What waits, the first page of each list, in the order of [`List::ALL`].
    pub lists: Vec<(List, Page)>,
    /// 10(1): what a manager has to look at once more; empty for an officer.
    pub reviews: Vec<Review>,
}

/// Who works at the desk, or did, by id.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, Whose>);

impl Page {
    /// How many pages the list has: one where it is empty.
    pub fn pages(&self) -> u32 {
        self.total.div_ceil(PAGE).max(1)
    }
}

impl Names {
    pub(super) async fn read(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let whose =
            |it: staff::StoredStaff| (it.id, Whose { name: Some(it.name), left: it.ended_at.is_some() });
        Ok(Self(staff::all(tx).await?.into_iter().map(whose).collect()))
    }

    fn of(&self, id: &str) -> Whose {
        self.0.get(id).cloned().unwrap_or(Whose { name: None, left: false })
    }
}

/// The day as it stands now: at the moment that the page is about, too.
///
/// # Errors
/// `unavailable`.
pub async fn today(app: &AppState, who: &SignedIn, now: Instant) -> Result<Today, ApiError> {
    let due_at = clock::due_at(app, now).await?;
    let today = day_of(now);
    let manager = Role::Manager <= who.role;
    let (cut, silent_since) = (cut_of(1), silent_since(app, due_at));
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let names = Names::read(tx).await?;
            let counsellings = day::of_days(tx, midnight(today), midnight(next(today))).await?;
            let mut lists = Vec::new();
            for list in List::ALL {
                lists.push((list, day::part(tx, list, as_of(list, due_at), cut).await?));
            }
            let marks = day::marks(tx, now, &today.to_string(), cut).await?;
            let reviews = if manager {
                day::reviews(tx, &today.to_string(), midnight(next(today - REVIEWED_AFTER))).await?
            } else {
                Vec::new()
            };
            let silent = day::silent(tx, silent_since, cut.rows).await?;
            Ok((names, counsellings, lists, marks, (reviews, silent)))
        })
    });
    let (names, counsellings, read, marks, (reviews, silent)) = read.await?;
    let mut silent = Some(silent);
    let mut lists = Vec::new();
    for (list, (rows, total)) in read {
        let mut page = Page { rows: listed(app, due_at, &names, rows), total, number: 1 };
        match list {
            List::Waiting => mark(&mut page.rows, &marks),
            List::Silences => {
                not_yet_written(&mut page, listed(app, due_at, &names, silent.take().unwrap_or_default()));
            }
            List::Officerless => without_those_over(&mut page),
            List::Duties | List::Unfinished => {}
        }
        lists.push((list, page));
    }
    Ok(Today { counsellings: listed(app, due_at, &names, counsellings), lists, reviews })
}

/// A page of a list.
///
/// # Errors
/// `unavailable`.
pub async fn list(app: &AppState, list: List, number: u32, now: Instant) -> Result<Page, ApiError> {
    let cut = cut_of(number);
    let due_at = clock::due_at(app, now).await?;
    let silent_since = silent_since(app, due_at);
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let part = day::part(tx, list, as_of(list, due_at), cut).await?;
            let marks = match list {
                List::Waiting => day::marks(tx, now, &day_of(now).to_string(), cut).await?,
                _ => Vec::new(),
            };
            let silent = match list {
                List::Silences => day::silent(tx, silent_since, cut.rows).await?,
                _ => Vec::new(),
            };
            Ok((Names::read(tx).await?, part, marks, silent))
        })
    });
    let (names, (rows, total), marks, silent) = read.await?;
    let mut page = Page { rows: listed(app, due_at, &names, rows), total, number };
    match list {
        List::Waiting => mark(&mut page.rows, &marks),
        List::Silences if number == page.pages() => {
            not_yet_written(&mut page, listed(app, due_at, &names, silent));
        }
        List::Officerless => without_those_over(&mut page),
        List::Silences | List::Duties | List::Unfinished => {}
    }
    Ok(page)
}

/// 4(3): who began by then has been silent long enough.
fn silent_since(app: &AppState, now: Instant) -> Instant {
    now - TimeDelta::minutes(i64::from(app.office.policy().cancellation.grace_minutes))
}

/// 4(3): silences that have lasted long enough, though nothing has written that down yet.
fn not_yet_written(page: &mut Page, mut silent: Vec<Listed>) {
    silent.retain(|it| it.state == "deemed_cancelled" && it.booking.state == "confirmed");
    page.total += u32::try_from(silent.len()).unwrap_or_default();
    page.rows.extend(silent);
}

/// 4(3): whom nobody has to counsel any more, though nothing has written that down yet.
fn without_those_over(page: &mut Page) {
    let before = page.rows.len();
    page.rows.retain(|it| it.state == it.booking.state);
    page.total -= u32::try_from(before - page.rows.len()).unwrap_or_default().min(page.total);
}

/// Bookings with their persons, as they stand at `now`.
pub(super) fn listed(app: &AppState, now: Instant, names: &Names, rows: Vec<DeskBooking>) -> Vec<Listed> {
    let policy = &*app.office.policy();
    rows.into_iter().map(|it| one(app, policy, now, names, it)).collect()
}

fn one(app: &AppState, policy: &Policy, now: Instant, names: &Names, booking: DeskBooking) -> Listed {
    let person = reading::person(app, &booking).into_read();
    let officer = booking.appointment.as_ref().and_then(|it| it.officer.as_deref());
    let officer = officer.map(|it| names.of(it));
    Listed {
        state: state_at(policy, now, &booking),
        booking,
        person,
        officer,
        doubled: false,
        suspended: false,
    }
}

/// The name of the state as time has made it by `now`; as it is stored where the rows contradict each other.
fn state_at(policy: &Policy, now: Instant, booking: &DeskBooking) -> String {
    let stored = as_stored(booking);
    let due = standing::as_stored(policy, &stored)
        .ok()
        .and_then(|it| standing::fell_due(policy, now, &stored, &it));
    due.map_or_else(|| booking.state.clone(), |it| it.next.state.name().to_owned())
}

/// As much of it as the rules of time look at.
pub(super) fn as_stored(booking: &DeskBooking) -> StoredBooking {
    let nothing = || Sealed { key_id: String::new(), bytes: Vec::new() };
    let appointment = booking.appointment.as_ref().map(|it| StoredAppointment {
        version: it.version,
        start: it.start,
        end: it.end,
        officer: it.officer.clone(),
        meeting: nothing(),
        joined: it.joined,
        word_received: it.word_received,
    });
    StoredBooking {
        number: booking.number.clone(),
        receipt_hash: [0; 32],
        state: booking.state.clone(),
        state_at: booking.state_at,
        told: None,
        version: booking.version,
        received_at: booking.received_at,
        wishes: booking.wishes.clone(),
        checklist: Vec::new(),
        terms: booking.terms.clone(),
        appointment,
        untold: booking.duty.is_some(),
    }
}

fn mark(rows: &mut [Listed], marks: &[Marks]) {
    for row in rows {
        if let Some(found) = marks.iter().find(|it| it.booking == row.booking.id) {
            (row.doubled, row.suspended) = (found.doubled, found.suspended);
        }
    }
}

/// The moment that a list is about.
fn as_of(list: List, now: Instant) -> Instant {
    match list {
        List::Officerless | List::Unfinished => midnight(day_of(now)),
        List::Waiting | List::Duties | List::Silences => now,
    }
}

pub(super) fn cut_of(page: u32) -> Cut {
    Cut { rows: PAGE, after: page.saturating_sub(1).saturating_mul(PAGE) }
}

fn next(day: NaiveDate) -> NaiveDate {
    day + TimeDelta::days(1)
}
