//! Article 4(3), bad days: a closure that was announced late, an officer who is away, an app that is down. The counsellings that
//! this hits are one list, each with a proposal; each is cancelled, moved or taken over by an act of its own, on the version that the
//! officer saw, and opens its duty to notify.

use std::collections::HashSet;

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::calendar::{Occupancy, SlotState, cells, day_plan};
use precheck_shared::policy::Policy;
use precheck_shared::time::{HourMinute, Instant, day_of, days, midnight};
use precheck_shared::violation::{Code, Violation};

use super::desk::{Act, Officer};
use super::enter::Offer;
use super::reading::{self, Opened};
use super::staff::SignedIn;
use super::{ConfirmationAsEntered, cancel_by_office, confirm};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::{affected, staff};
use crate::store::sql;

/// Times are proposed on so many days from the bad one or from today on: the same weekday comes twice.
const LOOK_AHEAD: TimeDelta = TimeDelta::days(14);

/// Which counsellings are hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: Instant,
    /// The first moment after it.
    pub to: Instant,
    /// Hers alone: she is away.
    pub officer: Option<String>,
}

/// A counselling that is hit.
#[derive(Debug, Clone)]
pub struct Affected {
    /// It, with its person.
    pub opened: Opened,
    /// When it could take place instead: at the same time a week later, or else as soon as possible.
    pub instead: Option<Instant>,
    /// Who could take it over.
    pub taker: Option<String>,
}

/// All that are hit.
#[derive(Debug, Clone, Default)]
pub struct BadDay {
    /// By time.
    pub all: Vec<Affected>,
    /// Where they could be moved to.
    pub free: Vec<Offer>,
    /// Officers at work, by id and name; the one who is away is none of them.
    pub officers: Vec<(String, String)>,
}

/// What is done about one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// The office cancels it.
    Cancel,
    /// It takes place then; `None` where no time was chosen.
    Move(Option<Instant>),
    /// Somebody else takes it over.
    TakeOver(String),
}

/// One of those that were picked, as of the version that the officer saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// Whose.
    pub number: ReceptionNumber,
    /// As the list showed it.
    pub version: u32,
    /// What is to be done.
    pub remedy: Remedy,
}

/// The counsellings that are hit, with a proposal for each: no two proposals take the same seat or the same officer.
///
/// # Errors
/// `unavailable`.
pub async fn list(app: &AppState, span: &Span) -> Result<BadDay, ApiError> {
    let (now, policy) = (app.clock.now(), app.office.policy());
    let first = day_of(span.from).max(day_of(now));
    let (begin, end) = (midnight(first), midnight(first + LOOK_AHEAD + TimeDelta::days(1)));
    let (of, earliest) = (span.clone(), begin.min(span.from));
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let hit = affected::confirmed(tx, of.from, of.to, of.officer.as_deref()).await?;
            Ok((hit, affected::busy(tx, earliest, end).await?, staff::all(tx).await?))
        })
    });
    let (hit, busy, staff) = read.await?;
    let taken = app.store.occupancy(begin, end).await?;
    let mut room = Room { policy: &policy, taken: (*taken).clone(), busy: busy.into_iter().collect() };
    let free = room.free(now, span, first);
    let at_work =
        staff.into_iter().filter(|it| it.ended_at.is_none() && Some(&it.id) != span.officer.as_ref());
    let officers: Vec<_> = at_work.map(|it| (it.id, it.name)).collect();
    let mut all = Vec::with_capacity(hit.len());
    for booking in hit {
        let Some(made) = &booking.appointment else { continue };
        let officer = made.officer.clone().filter(|it| Some(it) != span.officer.as_ref());
        let instead = room.propose(&free, made.start, officer.as_deref());
        let substitute = span.officer.as_ref().and_then(|_| room.taker(&officers, made.start));
        all.push(Affected { opened: reading::open(app, booking)?, instead, taker: substitute });
    }
    Ok(BadDay { all, free, officers })
}

/// Does what was decided about one of them; the reason is what the job seeker reads of a cancellation. Answers the new version.
///
/// # Errors
/// `not_found`, `stale_version`, what speaks against the new time or officer, `unavailable`.
pub async fn mend(
    app: &AppState,
    who: &SignedIn,
    span: &Span,
    picked: &Picked,
    reason: &str,
) -> Result<u32, ApiError> {
    let act = Act { number: picked.number.clone(), version: picked.version, officer: who.officer.clone() };
    let (start, officer) = match &picked.remedy {
        Remedy::Cancel => return cancel_by_office(app, &act, reason).await,
        Remedy::Move(None) => return Err(refused("/start", "affected_start")),
        Remedy::Move(Some(start)) => (Some(*start), None),
        Remedy::TakeOver(id) => (None, Some(taker(app, span, id).await?)),
    };
    let Opened { booking, .. } = reading::one(app, picked.number.as_str()).await?;
    let (Some(made), Some(meeting)) = (&booking.appointment, reading::meeting(app, &booking)?) else {
        return Err(ApiError::StaleVersion);
    };
    let stays = made.officer.as_deref().filter(|it| Some(*it) != span.officer.as_deref());
    let entered = ConfirmationAsEntered {
        start: start.unwrap_or(made.start),
        meeting: meeting.link.clone().unwrap_or_else(|| meeting.id.to_string()),
        passcode: meeting.passcode,
        officer: officer.or_else(|| stays.and_then(Officer::parse)),
        // It could not have been confirmed otherwise.
        identity_checked: true,
        reason: reason.to_owned(),
        // Accepted when it was confirmed. That another counselling uses the ID then is new, and told.
        accepted: vec![Code::MeetingIdPersonalRoom, Code::MeetingIdOldForm],
    };
    confirm(app, &act, &entered).await
}

/// Somebody at work who is not the one away.
async fn taker(app: &AppState, span: &Span, id: &str) -> Result<Officer, ApiError> {
    let wanted = id.to_owned();
    let found =
        sql::read(&*app.store, move |tx| Box::pin(async move { staff::by_id(tx, &wanted).await })).await?;
    let at_work = found.is_some_and(|it| it.ended_at.is_none()) && span.officer.as_deref() != Some(id);
    Officer::parse(id).filter(|_| at_work).ok_or_else(|| refused("/officer", "affected_officer"))
}

fn refused(pointer: &str, what: &'static str) -> ApiError {
    let violations = vec![Violation::of_setting(Code::Malformed, pointer).variant(what)];
    ApiError::Refused { violations, terms: None }
}

/// Whether somebody has to look at the counsellings of a day after its seats or its closure were set: some stand on a day that is
/// closed, or more at a time than there are seats.
///
/// # Errors
/// `unavailable`.
pub async fn are_hit(app: &AppState, day: NaiveDate) -> Result<bool, ApiError> {
    let policy = app.office.policy();
    let (from, to) = (midnight(day), midnight(day + TimeDelta::days(1)));
    let taken = app.store.occupancy(from, to).await?;
    let closed = precheck_shared::calendar::closed(&policy, day).is_some();
    let mut all = precheck_shared::calendar::starts(&policy)
        .flat_map(|time| cells(&policy, precheck_shared::time::at(day, time)));
    Ok(all.any(|(cell, seats)| if closed { 0 < taken.taken(cell) } else { seats < taken.taken(cell) }))
}

/// Seats and officers, with what was proposed already.
struct Room<'a> {
    policy: &'a Policy,
    taken: Occupancy,
    busy: HashSet<(Instant, String)>,
}

impl Room<'_> {
    /// Free times outside the span, by day; also on days that are too near to be wished for, for which the reason speaks.
    fn free(&self, now: Instant, span: &Span, first: NaiveDate) -> Vec<Offer> {
        let plans = days(first, first + LOOK_AHEAD).map(|it| day_plan(self.policy, &self.taken, now, it));
        let offers = plans.map(|plan| {
            let ahead = plan.slots.iter().filter(|it| {
                it.state != SlotState::Full && now < it.start && !(span.from..span.to).contains(&it.start)
            });
            Offer { starts: ahead.map(|it| (it.start, it.state == SlotState::Few)).collect() }
        });
        offers.filter(|it| !it.starts.is_empty()).collect()
    }

    /// A time for a counselling that was at `before`; it is taken from then on.
    fn propose(&mut self, free: &[Offer], before: Instant, officer: Option<&str>) -> Option<Instant> {
        let is_free = |start: &Instant| {
            let has_seat = cells(self.policy, *start).all(|(cell, seats)| self.taken.taken(cell) < seats);
            has_seat && officer.is_none_or(|it| !self.busy.contains(&(*start, it.to_owned())))
        };
        let alike = |start: &&Instant| {
            day_of(before) < day_of(**start)
                && day_of(before).weekday() == day_of(**start).weekday()
                && HourMinute::of(before) == HourMinute::of(**start)
        };
        let open: Vec<Instant> =
            free.iter().flat_map(|it| &it.starts).map(|it| it.0).filter(is_free).collect();
        let found = open.iter().find(alike).or_else(|| open.first()).copied()?;
        for (cell, _) in cells(self.policy, found) {
            self.taken.insert(cell, self.taken.taken(cell).saturating_add(1));
        }
        self.busy.extend(officer.map(|it| (found, it.to_owned())));
        Some(found)
    }

    /// Somebody who is free at a time; she is not from then on.
    fn taker(&mut self, officers: &[(String, String)], start: Instant) -> Option<String> {
        let found =
            officers.iter().map(|it| &it.0).find(|it| !self.busy.contains(&(start, (*it).clone())))?;
        self.busy.insert((start, found.clone()));
        Some(found.clone())
    }
}
