//! Article 4(1) proviso: during a counselling the next one is booked, from its record and with nothing retyped. Article 2(3): the same
//! officer is proposed.

use chrono::{Datelike as _, TimeDelta};
use precheck_shared::booking::{BookingRequest, Meeting, ReceptionNumber};
use precheck_shared::calendar::last_day;
use precheck_shared::clause::paragraph;
use precheck_shared::journey::{self, Draft, PersonEntry};
use precheck_shared::person::AttendantEntry;
use precheck_shared::time::{HourMinute, Instant, day_of, midnight, parse_instant};
use precheck_shared::violation::{Code, Violation};
use serde_json::json;
use uuid::Uuid;

use super::{Entered, Offer, keep, offers, said};
use crate::error::ApiError;
use crate::service::arrange::pasted_meeting;
use crate::service::desk::{Act, Officer};
use crate::service::reading::{self, Opened, Person};
use crate::service::staff::SignedIn;
use crate::service::submit::by_the_rules;
use crate::service::{ConfirmationAsEntered, confirm};
use crate::state::AppState;
use crate::store::desk::{affected, bookings, seats, staff};
use crate::store::{EnteredAtDesk, sql};

/// A counselling with what is proposed for the next one.
#[derive(Debug, Clone)]
pub struct Following {
    /// The counselling.
    pub of: Opened,
    /// Times that can be wished for now.
    pub offers: Vec<Offer>,
    /// The same weekday and time, a week later or as soon after it as there is room.
    pub start: Option<Instant>,
    /// Its officer, if she still works here: id and name.
    pub officer: Option<(String, String)>,
    /// How it is joined.
    pub meeting: Option<Meeting>,
}

/// What an officer enters for the next one.
#[derive(Debug, Clone, Default)]
pub struct NextAsEntered {
    /// RFC 3339.
    pub start: String,
    /// It is to be arranged at once; also so where a meeting is named.
    pub at_once: bool,
    /// The meeting is the same as that of this counselling.
    pub same_meeting: bool,
    /// Meeting ID or join link.
    pub meeting: String,
    /// Passcode, if there is one.
    pub passcode: String,
    /// Please-check findings that the officer saw and went on.
    pub accepted: Vec<Code>,
}

/// What became of arranging it at once.
#[derive(Debug, Clone)]
pub enum AtOnce {
    /// It was not asked for: the request waits.
    Waits,
    /// A time is arranged.
    Confirmed,
    /// The request stands, and waits.
    Refused(ApiError),
}

/// What is proposed for the next one, read in one transaction.
///
/// # Errors
/// `not_found`, also for an erased person; `transition_not_allowed` unless the talk has begun or was held, and
/// where the person cannot be read; `unavailable`.
pub async fn following(app: &AppState, number: &str) -> Result<Following, ApiError> {
    let (now, policy) = (app.clock.now(), app.office.policy());
    let (today, end) = (midnight(day_of(now)), midnight(last_day(&policy, now) + TimeDelta::days(1)));
    let wanted = number.to_owned();
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let Some(booking) = bookings::one(tx, &wanted).await? else { return Ok(None) };
            let officer = match booking.appointment.as_ref().and_then(|it| it.officer.as_ref()) {
                Some(id) => staff::by_id(tx, id).await?.filter(|it| it.ended_at.is_none()),
                None => None,
            };
            let busy = affected::busy(tx, now, end).await?;
            let taken = seats::taken(tx, today, end).await?;
            Ok(Some((booking, officer.map(|it| (it.id, it.name)), busy, taken)))
        })
    });
    let (booking, officer, busy, taken) = read.await?.ok_or(ApiError::NotFound)?;
    let of = reading::open(app, booking);
    if of.person.is_nothing() {
        return Err(ApiError::NotFound);
    }
    let before = match (&of.booking.appointment, of.booking.state.as_str()) {
        (Some(made), "held") => made.start,
        (Some(made), "confirmed") if made.joined => made.start,
        _ => return Err(forbidden("next")),
    };
    if of.person.is_damaged() {
        return Err(forbidden("unreadable"));
    }
    let offers = offers(&policy, &taken, now);
    let is_free = |start: &Instant| {
        officer.as_ref().is_none_or(|it| !busy.iter().any(|at| at.0 == *start && at.1 == it.0))
    };
    let open: Vec<Instant> = offers.iter().flat_map(|it| &it.starts).map(|it| it.0).filter(is_free).collect();
    let alike = |it: &&Instant| {
        day_of(before) < day_of(**it)
            && day_of(before).weekday() == day_of(**it).weekday()
            && HourMinute::of(before) == HourMinute::of(**it)
    };
    let later = |it: &&Instant| before + TimeDelta::days(7) <= **it;
    let found = open.iter().find(alike).or_else(|| open.iter().find(later)).or_else(|| open.first());
    let start = found.copied();
    let meeting = reading::meeting(app, &of.booking).into_read();
    Ok(Following { of, offers, start, officer, meeting })
}

/// Books the next one, and arranges it at once where its meeting is known. Safe to repeat with the same key.
///
/// # Errors
/// As [`following`], and everything that speaks against time and meeting, all at once; `key_reused`, `key_in_progress`. Once it is
/// booked, what speaks against arranging it is told beside it.
pub async fn enter(
    app: &AppState,
    who: &SignedIn,
    key: Uuid,
    number: &ReceptionNumber,
    entered: &NextAsEntered,
) -> Result<(Entered, AtOnce), ApiError> {
    let held = app.in_flight.hold(key).ok_or(ApiError::KeyInProgress)?;
    let now = app.clock.now();
    let judged = judge(app, now, number, entered).await;
    let (judged, confirmation) = match judged {
        Ok((following, request, confirmation)) => {
            let officer = following.officer.map(|it| it.0);
            let at_desk = EnteredAtDesk {
                channel: "counselling",
                by: who.officer.as_str().to_owned(),
                next_of: Some(number.clone()),
                next_of_version: Some(following.of.booking.version),
                proposed_officer: officer,
                // The counselling could not have been confirmed otherwise.
                identity_checked: true,
            };
            (Ok((at_desk, request)), confirmation)
        }
        Err(error) => (Err(error), None),
    };
    let form =
        Draft { wishes: vec![entered.start.clone()], accepted: entered.accepted.clone(), ..Draft::default() };
    let more =
        json!([number.as_str(), entered.at_once, entered.same_meeting, entered.meeting, entered.passcode]);
    let booked = keep(app, (now, &held), (key, &said(&form, &more)), judged).await?;
    let at_once = match confirmation {
        Some(confirmation) => arrange(app, who, &booked, &confirmation).await?,
        None => AtOnce::Waits,
    };
    Ok((booked, at_once))
}

async fn arrange(
    app: &AppState,
    who: &SignedIn,
    booked: &Entered,
    confirmation: &ConfirmationAsEntered,
) -> Result<AtOnce, ApiError> {
    if booked.replayed && reading::one(app, booked.number.as_str()).await?.booking.state == "confirmed" {
        return Ok(AtOnce::Confirmed);
    }
    let act = Act { number: booked.number.clone(), version: 1, officer: who.officer.clone() };
    Ok(match confirm(app, &act, confirmation).await {
        Ok(_) => AtOnce::Confirmed,
        Err(error) => AtOnce::Refused(error),
    })
}

/// What the rules make of it, and how it is arranged where that is asked for.
async fn judge(
    app: &AppState,
    now: Instant,
    number: &ReceptionNumber,
    entered: &NextAsEntered,
) -> Result<(Following, BookingRequest, Option<ConfirmationAsEntered>), ApiError> {
    let following = following(app, number.as_str()).await?;
    let person = following.of.person.clone().into_read().unwrap_or_default();
    let request =
        by_the_rules(app, now, |rules| journey::complete_next(rules, &draft(&person, entered))).await;
    let confirmation = confirmation(app, &following, entered);
    match (request, confirmation) {
        (Ok(request), Ok(confirmation)) => Ok((following, request, confirmation)),
        (Err(ApiError::Refused { mut violations, terms }), Err(more)) => {
            violations.extend(more);
            Err(ApiError::Refused { violations, terms })
        }
        (Err(error), _) => Err(error),
        (Ok(_), Err(violations)) => Err(ApiError::Refused { violations, terms: None }),
    }
}

/// The person of the record, with the time that was chosen.
fn draft(person: &Person, entered: &NextAsEntered) -> Draft {
    let attendant = |it: &reading::AttendantRecord| AttendantEntry {
        kind: it.kind.clone(),
        language: it.language.clone(),
        count: Some(it.count.into()),
        note: it.note.clone(),
    };
    let before = person.accepted_findings.iter().filter_map(|it| Code::parse(it));
    Draft {
        person: PersonEntry {
            name: person.name.clone(),
            birth_date: person.birth_date.clone(),
            job_seeker_number: person.job_seeker_number.clone(),
        },
        wishes: vec![entered.start.clone()],
        attendants: person.attendants.iter().map(attendant).collect(),
        accepted: before.chain(entered.accepted.iter().copied()).collect(),
        ..Draft::default()
    }
}

/// How it is arranged at once; `None` where no meeting is named.
fn confirmation(
    app: &AppState,
    following: &Following,
    entered: &NextAsEntered,
) -> Result<Option<ConfirmationAsEntered>, Vec<Violation>> {
    let mut accepted = entered.accepted.clone();
    let (meeting, passcode) = match &following.meeting {
        Some(same) if entered.same_meeting => {
            // Accepted when this counselling was confirmed.
            accepted.extend([Code::MeetingIdPersonalRoom, Code::MeetingIdOldForm]);
            (same.link.clone().unwrap_or_else(|| same.id.to_string()), same.passcode.clone())
        }
        _ if entered.meeting.trim().is_empty() && !entered.at_once => return Ok(None),
        _ => (entered.meeting.clone(), entered.passcode.clone()),
    };
    let (_, mut findings) =
        pasted_meeting(&app.office.policy().app, &meeting, &passcode).map_err(|it| vec![it])?;
    findings.retain(|it| !accepted.contains(&it.code));
    match parse_instant(&entered.start) {
        Some(start) if findings.is_empty() => Ok(Some(ConfirmationAsEntered {
            start,
            meeting,
            passcode,
            officer: following.officer.as_ref().and_then(|it| Officer::parse(&it.0)),
            identity_checked: true,
            reason: String::new(),
            accepted,
        })),
        // A time that cannot be read is told by the rules.
        _ if findings.is_empty() => Ok(None),
        _ => Err(findings),
    }
}

fn forbidden(why: &'static str) -> ApiError {
    let violation = Violation::of_clause(paragraph(4, 1), Code::TransitionNotAllowed, "/state").variant(why);
    ApiError::Refused { violations: vec![violation], terms: None }
}
