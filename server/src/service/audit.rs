//! Who read or changed what at the desk. Article 6: seen by signed-in staff only, and that it was seen is kept.
//!
//! A change is written down in its own transaction (see `store::also`); a reading by [`note`].

pub mod chain;

use super::staff::SignedIn;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit;
use crate::store::sql;

/// Writes down that somebody read, exported or printed something.
///
/// # Errors
/// `unavailable`: then it is not shown either.
pub async fn note(app: &AppState, who: &SignedIn, act: &'static str, subject: &str) -> Result<(), ApiError> {
    let (now, actor, subject) = (app.clock.now(), who.officer.as_str().to_owned(), subject.to_owned());
    let noted = sql::write(&*app.store, move |tx| {
        Box::pin(async move { audit::append(tx, now, &actor, act, &subject).await })
    });
    Ok(noted.await?)
}
