//! Going on where nobody was there for a while; and another cookie for the same session.
//!
//! A session in which nobody acted is over, but its cookie still tells whose it was: with it the password alone opens the session
//! again, until its longest duration ends. Whoever has one of the two alone gets nothing. Each time that somebody shows who she is
//! the cookie changes, so that one that was taken before is worth nothing afterwards.

use super::sign_in::Outcome;
use super::{Former, has_gone_by, hash_of, idle, new_cookie};
use crate::error::ApiError;
use crate::service::desk::Officer;
use crate::service::staff::{Role, SignedIn};
use crate::state::AppState;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::{accounts, staff};
use crate::store::sql;

/// Whose session a cookie was that opens nothing any more; nobody's where she has left.
///
/// # Errors
/// `unavailable`.
pub async fn former(app: &AppState, cookie: &str) -> Result<Option<Former>, ApiError> {
    let (hash, now) = (hash_of(cookie), app.clock.now());
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { staff::of_session(tx, hash).await }));
    let Some((found, session)) = found.await? else { return Ok(None) };
    let (Some(officer), Some(role)) = (Officer::parse(&found.id), Role::parse(&found.role)) else {
        return Ok(None);
    };
    if found.ended_at.is_some() || found.password.is_none() {
        return Ok(None);
    }
    let is_asleep =
        session.ended_at.is_none() && !has_gone_by(&session, now) && session.seen_at + idle(app) <= now;
    let asleep = is_asleep.then_some(session.id);
    Ok(Some(Former {
        officer,
        login: found.login,
        name: found.name,
        role,
        has_codes: found.totp.is_some(),
        asleep,
    }))
}

/// Opens a session again in which nobody acted, and gives its new cookie; wrong as well where the session is over for good.
///
/// # Errors
/// `unavailable`.
pub async fn resume(app: &AppState, former: &Former, password: &str) -> Result<Outcome<String>, ApiError> {
    let Some(session) = former.asleep.clone() else { return Ok(Outcome::Wrong) };
    // Guessing here is slowed down like guessing at the sign-in.
    match super::sign_in::knows(app, &former.login, &session, password).await? {
        Outcome::Done(()) => {}
        Outcome::Wrong => return Ok(Outcome::Wrong),
        Outcome::Wait(seconds) | Outcome::CodesWait(seconds) => return Ok(Outcome::Wait(seconds)),
    }
    let cookie = new_cookie()?;
    let (id, hash, now) = (former.officer.as_str().to_owned(), hash_of(&cookie), app.clock.now());
    // Whoever has one-time passwords proves herself with one of them.
    let proves = !former.has_codes;
    let opened = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            if !accounts::resume(tx, &id, &session, hash, now).await? {
                return Ok(false);
            }
            if proves {
                accounts::prove(tx, &id, &session, now).await?;
            }
            audit::append(tx, now, &id, "session_resumed", Subject::staff(&id));
            Ok(true)
        })
    });
    Ok(if opened.await? { Outcome::Done(cookie) } else { Outcome::Wrong })
}

/// Gives her session another cookie; `None` when it has ended meanwhile.
///
/// # Errors
/// `unavailable`.
pub async fn renew(app: &AppState, who: &SignedIn) -> Result<Option<String>, ApiError> {
    let cookie = new_cookie()?;
    let (id, session, hash) = (who.officer.as_str().to_owned(), who.session.clone(), hash_of(&cookie));
    let renewed = sql::write(&*app.store, move |tx| {
        Box::pin(async move { accounts::renew(tx, &id, &session, hash).await })
    });
    Ok(renewed.await?.then_some(cookie))
}

/// Ends the session whose place a new one takes in the same browser, whoever's it was.
///
/// # Errors
/// `unavailable`.
pub async fn replace(app: &AppState, cookie: &str) -> Result<(), ApiError> {
    let (hash, now) = (hash_of(cookie), app.clock.now());
    let ended = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let Some((found, session)) = staff::of_session(tx, hash).await? else { return Ok(()) };
            if session.ended_at.is_some() {
                return Ok(());
            }
            staff::end_session(tx, hash, now).await?;
            audit::append(tx, now, &found.id, "session_ended", Subject::staff(&found.id));
            Ok(())
        })
    });
    Ok(ended.await?)
}
