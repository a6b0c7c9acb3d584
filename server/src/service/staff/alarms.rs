//! That somebody who has the password of an account guesses its one-time passwords: told on the first page of the account's owner
//! and of the managers, until she and one of them have seen it.

use precheck_shared::time::Instant;

use super::{Role, SignedIn};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::accounts::alarms::{self, StoredAlarm};
use crate::store::desk::audit::{self, Subject};
use crate::store::sql;

/// What she has to see.
///
/// # Errors
/// `unavailable`.
pub async fn open(app: &AppState, who: &SignedIn) -> Result<Vec<StoredAlarm>, ApiError> {
    let (id, manager) = (who.officer.as_str().to_owned(), who.role == Role::Manager);
    let found =
        sql::read(&*app.store, move |tx| Box::pin(async move { alarms::open(tx, &id, manager).await }));
    Ok(found.await?)
}

/// She has seen the one of an account as it was shown; what has happened since is told anew.
///
/// # Errors
/// `unavailable`.
pub async fn seen(app: &AppState, who: &SignedIn, staff: &str, shown: Instant) -> Result<(), ApiError> {
    let (id, manager) = (who.officer.as_str().to_owned(), who.role == Role::Manager);
    let (staff, now) = (staff.to_owned(), app.clock.now());
    let done = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            if alarms::seen(tx, &staff, &id, manager, shown, now).await? {
                audit::append(tx, now, &id, "alarm_seen", Subject::staff(&staff));
            }
            Ok(())
        })
    });
    Ok(done.await?)
}
