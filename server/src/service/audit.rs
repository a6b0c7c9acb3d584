//! Who read or changed what at the desk. Article 6: seen by signed-in staff only, and that it was seen is kept.
//!
//! A change is written down in its own transaction (see `store::also`); a reading by [`note`]. Rows are bound as they are written
//! (see `store::desk::audit`); [`chain`] tells whether they still are.

pub mod chain;
pub mod endings;
pub mod failures;
pub mod finding;
pub mod start;
pub mod watch;

use super::staff::SignedIn;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit::list::Wanted;
use crate::store::desk::audit::{self, StoredRow, Subject, Word};
use crate::store::sql;

/// Writes down that somebody read, exported or printed something.
///
/// # Errors
/// `unavailable`: then it is not shown either.
pub async fn note(
    app: &AppState,
    who: &SignedIn,
    act: &'static str,
    subject: Subject,
) -> Result<(), ApiError> {
    if who.is_shown_nothing {
        return Ok(());
    }
    let (now, actor) = (app.clock.now(), who.officer.as_str().to_owned());
    let noted = sql::write(&*app.store, move |tx| {
        audit::append(tx, now, &actor, act, subject);
        Box::pin(async { Ok(()) })
    });
    Ok(noted.await?)
}

/// A page of the log: so many rows written before the one with an id, of one actor or on one subject where that is wanted. It is
/// written down in its turn, so that nobody looks through the log unseen.
///
/// # Errors
/// `unavailable`: then it is not shown either.
pub async fn page(
    app: &AppState,
    who: &SignedIn,
    before: i64,
    wanted: Wanted,
    most: usize,
) -> Result<Vec<StoredRow>, ApiError> {
    let (now, reader) = (app.clock.now(), who.officer.as_str().to_owned());
    if who.is_shown_nothing {
        return Ok(Vec::new());
    }
    let found = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let found = audit::list::before(tx, before, &wanted, most).await?;
            let about = wanted.subject.or_else(|| wanted.actor.as_deref().map(Subject::staff));
            audit::append(tx, now, &reader, "log_read", about.unwrap_or(Subject::Word(Word::Log)));
            Ok(found)
        })
    });
    Ok(found.await?)
}
