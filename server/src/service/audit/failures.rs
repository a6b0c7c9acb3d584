//! Sign-ins that failed: some rows of the log an hour for each account, and the rest as one number when the hour is over. So
//! nobody without an account writes to the log without end, and what was typed is never in it.

use precheck_shared::time::Instant;

use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::audit::failures::{self, Tally};
use crate::store::desk::audit::{self, Subject, Word};
use crate::store::sql::{self, Tx};

/// Rows of one account, or of all logins that nobody has, in an hour.
const ROWS: u32 = 10;
/// Who fails has not signed in.
const ACTOR: &str = "anybody";
const ACT: &str = "sign_in_failed";

/// Writes a failure down, in whatever transaction counts it; `whose` is an id, `None` where nobody has the login.
///
/// # Errors
/// Those of the store.
pub async fn note(tx: &mut dyn Tx, now: Instant, whose: Option<&str>) -> Result<(), StoreError> {
    let subject = whose.map_or(Subject::Word(Word::Unknown), Subject::staff);
    tx.turn("failures").await?;
    let (of, hour) = (subject.to_string(), hour_of(now));
    let kept = failures::read(tx, &of).await?;
    let count = if let Some(kept) = kept.filter(|it| it.hour == hour) {
        kept.count.saturating_add(1)
    } else {
        settle(tx, now).await?;
        1
    };
    if count <= ROWS {
        audit::append(tx, now, ACTOR, ACT, subject);
    }
    failures::keep(tx, &Tally { of, hour, count }).await
}

/// Tells the numbers of the hours that are over.
///
/// # Errors
/// Those of the store.
pub async fn tell(app: &AppState) -> Result<(), StoreError> {
    let now = app.clock.now();
    let waiting = sql::read(&*app.store, |tx| Box::pin(async { failures::all(tx).await })).await?;
    if waiting.iter().all(|it| it.hour == hour_of(now)) {
        return Ok(());
    }
    let told = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("failures").await?;
            settle(tx, now).await
        })
    });
    told.await
}

async fn settle(tx: &mut dyn Tx, now: Instant) -> Result<(), StoreError> {
    for over in failures::all(tx).await?.into_iter().filter(|it| it.hour != hour_of(now)) {
        let more = over.count.saturating_sub(ROWS);
        if let Some(subject) = Subject::read(&over.of).filter(|_| 0 < more) {
            audit::append(tx, now, ACTOR, ACT, Subject::Times(Box::new(subject), more));
        }
        failures::forget(tx, &over.of).await?;
    }
    Ok(())
}

fn hour_of(now: Instant) -> i64 {
    now.timestamp().div_euclid(3600)
}
