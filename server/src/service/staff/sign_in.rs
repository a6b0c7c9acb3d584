//! Signing in, and giving the password once more for what needs it.
//!
//! Whoever fails five times in a row waits before the next try counts: 1, 3, 5, then 10 seconds, never longer, so that nobody is
//! locked out by a stranger. A try is written down as failed before it is judged: many at once do not slip past the count. Unknown
//! login, wrong password, wrong code, too early: the answer is always the same, and takes as long.

use chrono::TimeDelta;
use precheck_shared::time::Instant;

use super::{SignedIn, codes, fault, hash_of, new_session, passwords};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::staff::{self, StoredSession, StoredStaff};
use crate::store::desk::{accounts, audit};
use crate::store::sql::{self, Tx};
use crate::vault::Hash;

/// Sessions that were opened longer ago are forgotten at the next sign-in.
const KEPT: TimeDelta = TimeDelta::days(30);

/// As typed.
#[derive(Clone)]
pub struct Entered {
    /// What she signs in with.
    pub login: String,
    /// Her password.
    pub password: String,
    /// A one-time password or a recovery code; empty where she has none.
    pub code: String,
}

/// What is used up beside the password.
enum Second {
    None,
    Step(i64),
    Recovery(Hash),
}

/// What the password opens.
enum Opens {
    Session(Hash, StoredSession),
    Proof(String),
    /// Nothing, and whoever asks is signed in: without the code.
    Nothing,
}

/// Signs in and gives the cookie of the new session; `None` when something of it is wrong, or too early.
///
/// # Errors
/// `unavailable`.
pub async fn sign_in(app: &AppState, entered: &Entered, device: &str) -> Result<Option<String>, ApiError> {
    let (cookie, session) = new_session(app.clock.now(), device)?;
    let opened = opened(app, entered, Opens::Session(hash_of(&cookie), session)).await?;
    Ok(opened.then_some(cookie))
}

/// She gives her password once more, in her session; false when something of it is wrong, or too early.
///
/// # Errors
/// `unavailable`.
pub async fn prove(app: &AppState, who: &SignedIn, password: &str, code: &str) -> Result<bool, ApiError> {
    let id = who.officer.as_str().to_owned();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::by_id(tx, &id).await }));
    let Some(found) = found.await? else { return Ok(false) };
    let entered = Entered { login: found.login, password: password.to_owned(), code: code.to_owned() };
    opened(app, &entered, Opens::Proof(who.session.clone())).await
}

/// Whether a password is that of a login, counted like a sign-in.
pub(super) async fn knows(app: &AppState, login: &str, password: &str) -> Result<bool, ApiError> {
    let entered = Entered { login: login.to_owned(), password: password.to_owned(), code: String::new() };
    opened(app, &entered, Opens::Nothing).await
}

async fn opened(app: &AppState, entered: &Entered, opens: Opens) -> Result<bool, ApiError> {
    let (login, now) = (fault::folded(&entered.login), app.clock.now());
    let begun = sql::write(&*app.store, move |tx| Box::pin(async move { begin(tx, &login, now).await }));
    let Begun { whose, may } = begun.await?;
    let kept = may.as_ref().and_then(|it| it.password.clone());
    let fits = passwords::fits(&entered.password, kept).await?;
    let second = match may.as_ref().filter(|_| fits) {
        Some(_) if matches!(opens, Opens::Nothing) => Some(Second::None),
        Some(found) => second(app, found, &entered.code, now)?,
        None => None,
    };
    let done = match may.zip(second) {
        Some((found, second)) => {
            let finished = sql::write(&*app.store, move |tx| {
                Box::pin(async move { finish(tx, &found, second, opens, now).await })
            });
            finished.await?
        }
        None => false,
    };
    if !done {
        let subject = whose.unwrap_or_else(|| "unknown".to_owned());
        let noted = sql::write(&*app.store, move |tx| {
            Box::pin(async move { audit::append(tx, now, "anybody", "sign_in_failed", &subject).await })
        });
        noted.await?;
    }
    Ok(done)
}

/// A try.
struct Begun {
    /// Whose account it is at.
    whose: Option<String>,
    /// Hers, if it counts.
    may: Option<StoredStaff>,
}

/// Writes a try down as failed; it does not count when she has to wait.
async fn begin(tx: &mut dyn Tx, login: &str, now: Instant) -> Result<Begun, StoreError> {
    tx.turn("staff").await?;
    let found = staff::by_login(tx, login).await?.filter(|it| it.ended_at.is_none());
    let whose = found.as_ref().map(|it| it.id.clone());
    let may = found.filter(|it| !waits(it, now));
    if let Some(it) = &may {
        let failures = it.failures.saturating_add(1);
        accounts::failed(tx, &it.id, failures, wait_after(failures).map(|it| now + it)).await?;
    }
    Ok(Begun { whose, may })
}

/// A clock that was set back makes no wait longer.
fn waits(found: &StoredStaff, now: Instant) -> bool {
    found.wait_until.is_some_and(|until| now < until && until <= now + TimeDelta::seconds(10))
}

fn wait_after(failures: u32) -> Option<TimeDelta> {
    let seconds = match failures {
        0..5 => return None,
        5 => 1,
        6 => 3,
        7 => 5,
        _ => 10,
    };
    Some(TimeDelta::seconds(seconds))
}

/// What is to be used up beside the password; `None` when the code is certainly wrong.
fn second(app: &AppState, found: &StoredStaff, code: &str, now: Instant) -> Result<Option<Second>, ApiError> {
    let Some(sealed) = &found.totp else { return Ok(Some(Second::None)) };
    let secret = app.vault.open(&super::own::totp_name(app, &found.id), sealed)?;
    let step = codes::step_of(&secret, code, now, found.totp_step).map(Second::Step);
    Ok(step.or_else(|| (!code.trim().is_empty()).then(|| Second::Recovery(codes::recovery_hash(code)))))
}

/// Uses up what is used once, and opens what is to be opened, if nothing has changed meanwhile.
async fn finish(
    tx: &mut dyn Tx,
    found: &StoredStaff,
    second: Second,
    opens: Opens,
    now: Instant,
) -> Result<bool, StoreError> {
    tx.turn("staff").await?;
    let id = found.id.as_str();
    let same =
        |it: &StoredStaff| it.ended_at.is_none() && it.password == found.password && it.totp == found.totp;
    if !staff::by_id(tx, id).await?.is_some_and(|it| same(&it)) {
        return Ok(false);
    }
    let used = match second {
        Second::None => true,
        Second::Step(step) => accounts::take_step(tx, id, step).await?,
        Second::Recovery(code) => accounts::use_recovery(tx, id, code, now).await?,
    };
    if !used {
        return Ok(false);
    }
    if matches!(second, Second::Recovery(_)) {
        audit::append(tx, now, id, "recovery_used", id).await?;
    }
    accounts::clear_failures(tx, id).await?;
    match opens {
        Opens::Session(hash, session) => {
            accounts::forget_sessions(tx, id, now - KEPT).await?;
            staff::open_session(tx, hash, id, &session).await?;
            audit::append(tx, now, id, "signed_in", id).await?;
            Ok(true)
        }
        Opens::Nothing => Ok(true),
        Opens::Proof(session) => {
            audit::append(tx, now, id, "proven", id).await?;
            accounts::prove(tx, id, &session, now).await
        }
    }
}
