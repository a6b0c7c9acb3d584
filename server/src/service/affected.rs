//! Article 4(3), bad days: a closure that was announced late, an officer who is away, an app that is down. The counsellings that
//! this hits are one list, each with a proposal; each is cancelled, moved or taken over by an act of its own, on the version that the
//! officer saw. What the job seeker has to be told of opens its duty to notify; who counsels is nothing of that.

use std::collections::HashSet;

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::calendar::{Occupancy, SlotState, cells, day_plan};
use precheck_shared::policy::Policy;
use precheck_shared::time::{HourMinute, Instant, day_of, days, midnight};
use precheck_shared::violation::{Code, Violation};

use super::arrange::readable;
use super::desk::{Act, Officer};
use super::enter::Offer;
use super::reading::{self, Opened};
use super::staff::SignedIn;
use super::{ConfirmationAsEntered, cancel_by_office, confirm};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::staff::StoredStaff;
use crate::store::desk::{affected, seats, staff};
use crate::store::sql::{self, Tx};

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
    /// Who can be away: everybody at work, and who has left and has counsellings all the same.
    pub away: Vec<(String, String)>,
    /// Everybody who works at the desk, or did, by id and name.
    pub everybody: Vec<(String, String)>,
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

/// The counsellings that are hit, with a proposal for each: no two proposals take the same seat or the same officer. All of it is read
/// in one transaction.
///
/// # Errors
/// An officer whom nobody knows: nothing would be hit, and somebody would believe it. `unavailable`.
pub async fn list(app: &AppState, span: &Span) -> Result<BadDay, ApiError> {
    let (now, policy) = (app.clock.now(), app.office.policy());
    let first = day_of(span.from).max(day_of(now));
    let (begin, end) = (midnight(first), midnight(first + LOOK_AHEAD + TimeDelta::days(1)));
    let (of, earliest) = (span.clone(), begin.min(span.from));
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let hit = affected::confirmed(tx, of.from, of.to, of.officer.as_deref()).await?;
            let busy = affected::busy(tx, earliest, end).await?;
            Ok((hit, busy, seats::taken(tx, begin, end).await?, People::read(tx, now).await?))
        })
    });
    let (hit, busy, taken, people) = read.await?;
    if span.officer.as_ref().is_some_and(|it| people.staff.iter().all(|of| of.id != *it)) {
        return Err(refused("/officer", "affected_away"));
    }
    let mut room = Room { policy: &policy, taken, busy: busy.into_iter().collect() };
    let free = room.free(now, span, first);
    let bad = people.bad_day(span.officer.as_ref());
    let mut all = Vec::with_capacity(hit.len());
    for booking in hit {
        let Some(made) = &booking.appointment else { continue };
        // Who has left holds nothing at another time either.
        let at_work = |it: &String| bad.officers.iter().any(|of| of.0 == *it) || !people.knows(it);
        let officer = made.officer.clone().filter(|it| Some(it) != span.officer.as_ref() && at_work(it));
        let instead = room.propose(&free, made.start, officer.as_deref());
        let substitute = span.officer.as_ref().and_then(|_| room.taker(&bad.officers, made.start));
        all.push(Affected { opened: reading::open(app, booking), instead, taker: substitute });
    }
    Ok(BadDay { all, free, ..bad })
}

/// The same without any counselling, for a span that is not known yet.
///
/// # Errors
/// `unavailable`.
pub async fn none(app: &AppState) -> Result<BadDay, ApiError> {
    let now = app.clock.now();
    let people = sql::read(&*app.store, move |tx| Box::pin(async move { People::read(tx, now).await }));
    Ok(people.await?.bad_day(None))
}

/// Who works at the desk, or did.
struct People {
    staff: Vec<StoredStaff>,
    /// Who has left, and still has counsellings that are to come.
    missed: Vec<String>,
}

impl People {
    async fn read(tx: &mut dyn Tx, now: Instant) -> Result<Self, StoreError> {
        let missed = affected::left_behind(tx, midnight(day_of(now))).await?;
        Ok(Self { staff: staff::all(tx).await?, missed })
    }

    fn knows(&self, id: &str) -> bool {
        self.staff.iter().any(|it| it.id == id)
    }

    /// A bad day on which she is away.
    fn bad_day(&self, away: Option<&String>) -> BadDay {
        let named = |it: &StoredStaff| (it.id.clone(), it.name.clone());
        let at_work = self.staff.iter().filter(|it| it.ended_at.is_none());
        let wanted =
            |it: &&StoredStaff| it.ended_at.is_none() || self.missed.contains(&it.id) || Some(&it.id) == away;
        BadDay {
            officers: at_work.filter(|it| Some(&it.id) != away).map(named).collect(),
            away: self.staff.iter().filter(wanted).map(named).collect(),
            everybody: self.staff.iter().map(named).collect(),
            ..BadDay::default()
        }
    }
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
    // Accepted when it was confirmed.
    let mut accepted = vec![Code::MeetingIdPersonalRoom, Code::MeetingIdOldForm];
    let (start, officer) = match &picked.remedy {
        Remedy::Cancel => return cancel_by_office(app, &act, reason).await,
        Remedy::Move(None) => return Err(refused("/start", "affected_start")),
        Remedy::Move(Some(start)) => (Some(*start), None),
        Remedy::TakeOver(id) => {
            // Its time stays; at a new one the ID may be in use, which is told.
            accepted.push(Code::MeetingIdInUse);
            (None, Some(taker(app, span, id).await?))
        }
    };
    let Opened { booking, .. } = reading::one(app, picked.number.as_str()).await?;
    let Some(made) = booking.appointment.as_ref().filter(|_| booking.version == picked.version) else {
        return Err(ApiError::StaleVersion);
    };
    let meeting = readable(reading::meeting(app, &booking))?;
    let stays = made.officer.as_deref().filter(|it| Some(*it) != span.officer.as_deref());
    let stays = at_work(app, stays).await?;
    let entered = ConfirmationAsEntered {
        start: start.unwrap_or(made.start),
        meeting: meeting.link.clone().unwrap_or_else(|| meeting.id.to_string()),
        passcode: meeting.passcode,
        officer: officer.or(stays),
        // It could not have been confirmed otherwise.
        identity_checked: true,
        reason: reason.to_owned(),
        accepted,
    };
    confirm(app, &act, &entered).await
}

/// Who keeps it, unless she has left; whether she leaves at this moment is for the change itself.
async fn at_work(app: &AppState, id: Option<&str>) -> Result<Option<Officer>, ApiError> {
    let Some(id) = id.map(str::to_owned) else { return Ok(None) };
    let wanted = id.clone();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::by_id(tx, &wanted).await }));
    let left = found.await?.is_some_and(|it| it.ended_at.is_some());
    Ok(Officer::parse(&id).filter(|_| !left))
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
