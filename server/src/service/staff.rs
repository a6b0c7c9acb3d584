//! The desk's staff: who may act, and who is signed in. Not in the terms; article 6 wants it.
//!
//! A session is a random cookie, of which the database has a hash. It ends after 15 minutes without a person's act and after nine
//! hours at the latest, and at once when its officer leaves.
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
//! | one-time links | [`invitations`] |
//! | what a manager does to accounts | [`members`] |
//! | what somebody does to her own | [`own`] |

use chrono::TimeDelta;
use precheck_shared::time::Instant;
use sha2::{Digest as _, Sha256};

use super::desk::Officer;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit;
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
pub mod rights;
pub mod sign_in;

/// A session without a person's act ends.
const IDLE: TimeDelta = TimeDelta::minutes(15);
/// No session is longer than a day's work.
const LONGEST: TimeDelta = TimeDelta::hours(9);
/// That a person is there is written down at most so often.
const NOTED: TimeDelta = TimeDelta::minutes(1);
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
}

/// Whether she gave her password lately enough for exports and disclosures.
pub fn is_proven(who: &SignedIn, now: Instant) -> bool {
    who.proven_at <= now && now < who.proven_at + PROVEN
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

/// A session that begins, and its cookie.
fn new_session(now: Instant, device: &str) -> Result<(String, StoredSession), getrandom::Error> {
    let mut bits = [0; 38];
    getrandom::fill(&mut bits)?;
    let session = StoredSession {
        id: hex(&bits[32..]),
        device: device.to_owned(),
        created_at: now,
        seen_at: now,
        proven_at: now,
        ended_at: None,
    };
    Ok((hex(&bits[..32]), session))
}

/// Whether the clock has ended a session. A clock that was set back makes none longer.
fn is_over(session: &StoredSession, now: Instant) -> bool {
    session.created_at + LONGEST <= now || session.seen_at + IDLE <= now || now < session.created_at
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
    if is_over(&session, now) || session.ended_at.is_some() || found.ended_at.is_some() {
        return Ok(None);
    }
    if by_person && session.seen_at + NOTED <= now {
        let touched =
            sql::write(&*app.store, move |tx| Box::pin(async move { staff::touch(tx, hash, now).await }));
        touched.await?;
    }
    let must_enrol = found.totp.is_none() && (found.totp_required || found.totp_required_of_all);
    let StoredSession { id: session, proven_at, .. } = session;
    Ok(Some(SignedIn { officer, name: found.name, role, session, proven_at, must_enrol }))
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
            audit::append(tx, now, &actor, "signed_out", &actor).await
        })
    });
    Ok(ended.await?)
}

fn hash_of(cookie: &str) -> Hash {
    Sha256::digest(cookie.as_bytes()).into()
}
