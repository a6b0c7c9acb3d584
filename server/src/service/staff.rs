//! The desk's staff: who may act, and who is signed in. Not in the terms; article 6 wants it.
//!
//! A session is a random cookie, of which the database has a hash. It ends when nobody has acted or typed for as long as the office
//! has set (`desk.idle_minutes`), after nine hours at the latest, and at once when its officer leaves.
//!
//! | what | where |
//! |---|---|
//! | passwords, and which are not taken | [`passwords`] |
//! | one-time passwords, recovery codes | [`codes`], [`own`] |
//! | signing in, giving the password once more | [`sign_in`] |
//! | who guesses is slowed down | [`counting`] |
//! | browsers in which somebody signed in before | [`browsers`] |
//! | that codes are guessed, until it is seen | [`alarms`] |
//! | whose rights come from whom | [`rights`] |
//! | going on after nobody was there, another cookie | [`resume`] |
//! | one-time links | [`invitations`] |
//! | what a manager does to accounts | [`members`] |
//! | what somebody does to her own | [`own`] |

use chrono::TimeDelta;
use precheck_shared::time::Instant;
use sha2::{Digest as _, Sha256};

use super::desk::Officer;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::staff::{self, StoredSession, StoredStaff};
use crate::store::sql;
use crate::vault::{Hash, hex};

pub mod alarms;
pub mod browsers;
pub mod codes;
pub mod counting;
pub mod fault;
pub mod invitations;
pub mod leaving;
pub mod members;
pub mod own;
pub mod passwords;
pub mod resume;
pub mod rights;
pub mod sign_in;

/// No session is longer than a day's work.
const LONGEST: TimeDelta = TimeDelta::hours(9);
/// That a person is there is written down at most so often.
const NOTED: TimeDelta = TimeDelta::minutes(1);
/// Servers on one database whose clocks differ by less sign nobody out.
const APART: TimeDelta = TimeDelta::minutes(1);
/// So long after she gave her password she may do what needs it once more.
const PROVEN: TimeDelta = TimeDelta::minutes(10);

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads requests, confirms, moves, cancels, declines, notes, enters bookings, notifies.
    Officer,
    /// Also suspends and lifts, discloses, exports, sees figures, sets seats and closures, invites and ends staff.
    Manager,
}

/// A signed-in member of the staff.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// As whom she acts.
    pub officer: Officer,
    /// What is shown.
    pub name: String,
    /// What she may do.
    pub role: Role,
    /// Her session's name in lists.
    pub session: String,
    /// When she last gave her password.
    pub proven_at: Instant,
    /// One-time passwords are required of her, and she has none: nothing else is open to her before.
    pub must_enrol: bool,
    /// When the session ends unless she acts.
    pub ends_at: Instant,
    /// Whether her acting puts that off; the longest session ends all the same.
    pub extends: bool,
    /// She is shown nothing (`HEAD`): so nothing is written down of it.
    pub is_shown_nothing: bool,
}

/// Who had a session that opens nothing any more.
#[derive(Debug, Clone)]
pub struct Former {
    /// Who she is.
    pub officer: Officer,
    /// What she signs in with.
    pub login: String,
    /// What is shown.
    pub name: String,
    /// What she may do.
    pub role: Role,
    /// Whether she has one-time passwords.
    pub has_codes: bool,
    /// The session, where nothing but her absence ended it: her password alone opens it again.
    pub(crate) asleep: Option<String>,
}

/// Whether she gave her password lately enough for exports and disclosures.
pub fn is_proven(who: &SignedIn, now: Instant) -> bool {
    who.proven_at <= now + APART && now < who.proven_at + PROVEN
}

impl Role {
    /// `officer`, `manager`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Manager => "manager",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Officer, Self::Manager].into_iter().find(|it| it.as_str() == text)
    }
}

/// Adds somebody who has a password (as a PHC string) already; `None` when the login is taken.
///
/// # Errors
/// `unavailable`.
pub async fn add(
    app: &AppState,
    login: &str,
    name: &str,
    role: Role,
    password: Option<String>,
) -> Result<Option<Officer>, ApiError> {
    let new = somebody(login, name, role, password)?;
    let id = new.id.clone();
    let now = app.clock.now();
    let added =
        sql::write(&*app.store, move |tx| Box::pin(async move { staff::insert(tx, &new, now).await }));
    Ok(if added.await? { Officer::parse(&id) } else { None })
}

/// Somebody new.
fn somebody(
    login: &str,
    name: &str,
    role: Role,
    password: Option<String>,
) -> Result<StoredStaff, getrandom::Error> {
    let mut bits = [0; 6];
    getrandom::fill(&mut bits)?;
    Ok(StoredStaff {
        id: format!("o-{}", hex(&bits)),
        login: login.to_owned(),
        name: name.to_owned(),
        role: role.as_str().to_owned(),
        password,
        totp: None,
        totp_step: None,
        totp_required: false,
        totp_required_of_all: false,
        ended_at: None,
    })
}

/// Opens a session and gives its cookie. Whoever calls has made sure who it is.
///
/// # Errors
/// `unavailable`.
pub async fn open_session(app: &AppState, officer: &Officer, device: &str) -> Result<String, ApiError> {
    let (cookie, session) = new_session(app.clock.now(), device)?;
    let (hash, officer) = (hash_of(&cookie), officer.as_str().to_owned());
    let opened = sql::write(&*app.store, move |tx| {
        Box::pin(async move { staff::open_session(tx, hash, &officer, &session).await })
    });
    opened.await?;
    Ok(cookie)
}

/// The cookie of a session.
fn new_cookie() -> Result<String, getrandom::Error> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)?;
    Ok(hex(&bits))
}

/// A session that begins, and its cookie.
fn new_session(now: Instant, device: &str) -> Result<(String, StoredSession), getrandom::Error> {
    let mut bits = [0; 6];
    getrandom::fill(&mut bits)?;
    let session = StoredSession {
        id: hex(&bits),
        device: device.to_owned(),
        created_at: now,
        seen_at: now,
        proven_at: now,
        ended_at: None,
    };
    Ok((new_cookie()?, session))
}

/// How long a session lives without a person's act.
pub fn idle(app: &AppState) -> TimeDelta {
    TimeDelta::minutes(app.office.files().desk.idle_minutes.into())
}

/// That a person is there is written down at most so often: her session is never much shorter than the office has set.
fn noted(app: &AppState) -> TimeDelta {
    NOTED.min(idle(app) / 4)
}

/// Whether the clock has ended a session. A clock that was set back by more than clocks differ makes none longer.
fn is_over(app: &AppState, session: &StoredSession, now: Instant) -> bool {
    has_gone_by(session, now) || session.seen_at + idle(app) <= now
}

/// Whether not even the password alone opens a session again.
fn has_gone_by(session: &StoredSession, now: Instant) -> bool {
    session.created_at + LONGEST <= now || now + APART < session.created_at
}

/// Whose session a cookie is. `by_person` tells whether a person asks, or a page that keeps itself up to date.
///
/// # Errors
/// `unavailable`.
pub async fn signed_in(app: &AppState, cookie: &str, by_person: bool) -> Result<Option<SignedIn>, ApiError> {
    let (hash, now) = (hash_of(cookie), app.clock.now());
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::of_session(tx, hash).await }));
    let Some((found, session)) = found.await? else { return Ok(None) };
    let (Some(officer), Some(role)) = (Officer::parse(&found.id), Role::parse(&found.role)) else {
        return Ok(None);
    };
    if is_over(app, &session, now) || session.ended_at.is_some() || found.ended_at.is_some() {
        return Ok(None);
    }
    let is_noted = by_person && session.seen_at + noted(app) <= now;
    if is_noted {
        let touched =
            sql::write(&*app.store, move |tx| Box::pin(async move { staff::touch(tx, hash, now).await }));
        touched.await?;
    }
    let must_enrol = found.totp.is_none() && (found.totp_required || found.totp_required_of_all);
    let seen_at = if is_noted { now } else { session.seen_at };
    let (idle_end, last) = (seen_at + idle(app), session.created_at + LONGEST);
    let (ends_at, extends) = (idle_end.min(last), idle_end < last);
    let StoredSession { id: session, proven_at, .. } = session;
    Ok(Some(SignedIn {
        officer,
        name: found.name,
        role,
        session,
        proven_at,
        must_enrol,
        ends_at,
        extends,
        is_shown_nothing: false,
    }))
}

/// Ends the session of a cookie.
///
/// # Errors
/// `unavailable`.
pub async fn sign_out(app: &AppState, who: &SignedIn, cookie: &str) -> Result<(), ApiError> {
    let (hash, now, actor) = (hash_of(cookie), app.clock.now(), who.officer.as_str().to_owned());
    let ended = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            staff::end_session(tx, hash, now).await?;
            audit::append(tx, now, &actor, "signed_out", Subject::staff(&actor));
            Ok(())
        })
    });
    Ok(ended.await?)
}

fn hash_of(cookie: &str) -> Hash {
    Sha256::digest(cookie.as_bytes()).into()
}
