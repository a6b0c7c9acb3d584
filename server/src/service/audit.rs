//! Who read or changed what at the desk. Article 6: seen by signed-in staff only, and that it was seen is kept.
//!
//! A change is written down in its own transaction (see `store::also`); a reading by [`note`].

pub mod chain;

use super::staff::SignedIn;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit::{self, StoredRow};
use crate::store::sql;

/// Writes down that somebody read, exported or printed something.
///
/// # Errors
/// `unavailable`: then it is not shown either.
pub async fn note(app: &AppState, who: &SignedIn, act: &'static str, subject: &str) -> Result<(), ApiError> {
    if who.is_shown_nothing {
        return Ok(());
    }
    let (now, actor, subject) = (app.clock.now(), who.officer.as_str().to_owned(), subject.to_owned());
    let noted = sql::write(&*app.store, move |tx| {
        Box::pin(async move { audit::append(tx, now, &actor, act, &subject).await })
    });
    Ok(noted.await?)
}

/// A page of the log: so many rows written before the one with an id, of one actor or on one subject where that is not empty. It
/// is written down in its turn, so that nobody looks through the log unseen.
///
/// # Errors
/// `unavailable`: then it is not shown either.
pub async fn page(
    app: &AppState,
    who: &SignedIn,
    before: i64,
    actor: &str,
    subject: &str,
    most: usize,
) -> Result<Vec<StoredRow>, ApiError> {
    let (actor, subject) = (actor.to_owned(), subject.to_owned());
    let (now, reader) = (app.clock.now(), who.officer.as_str().to_owned());
    if who.is_shown_nothing {
        return Ok(Vec::new());
    }
    let found = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let found = audit::list::before(tx, before, &actor, &subject, most).await?;
            let looked_for =
                [actor, subject].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
            let looked_for = if looked_for.is_empty() { "log".to_owned() } else { looked_for };
            audit::append(tx, now, &reader, "log_read", &looked_for).await?;
            Ok(found)
        })
    });
    Ok(found.await?)
}
