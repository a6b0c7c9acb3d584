//! The chain through the log: each row's hash is made of the row and of the hash before, with a key that is not in the database.
//!
//! A row that was changed, taken out or put in breaks it at that place. Rows taken from its end leave no break: whoever wants to
//! know keeps the number and the fingerprint of the last row, which every verification tells.

use std::fmt;

use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::audit::{self, StoredRow};
use crate::store::sql;
use crate::vault::{Hash, LogKey, hex, same};

/// Rows that get their places in one transaction.
const AT_ONCE: i64 = 200;
/// Rows that are verified in one reading.
const READ_AT_ONCE: i64 = 2000;

/// What a verification has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// So many rows hold, from the first.
    pub intact: i64,
    /// The place of the first that does not.
    pub broken_at: Option<i64>,
    /// Fingerprint of the last row that holds.
    pub fingerprint: String,
    /// Rows that have no place yet.
    pub waiting: i64,
}

impl Verified {
    /// Whether all of it holds.
    pub fn is_intact(&self) -> bool {
        self.broken_at.is_none()
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { intact, broken_at, fingerprint, waiting } = self;
        match broken_at {
            None => write!(f, "The log is intact: {intact} rows, the last with fingerprint {fingerprint}")?,
            Some(place) => write!(f, "The log is broken at row {place}; intact before it: {intact} rows")?,
        }
        if 0 < *waiting { write!(f, "; {waiting} more are not bound yet") } else { Ok(()) }
    }
}

/// Gives rows without a place theirs; whether more may be waiting.
///
/// # Errors
/// Those of the store.
pub async fn extend(app: &AppState) -> Result<bool, StoreError> {
    // Most looks find nothing, and write nothing.
    let waiting = sql::read(&*app.store, |tx| Box::pin(async { audit::unchained(tx, 1).await }));
    if waiting.await?.is_empty() {
        return Ok(false);
    }
    let key = app.vault.log_key();
    let extended = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("audit").await?;
            let last = audit::last(tx).await?;
            let (mut place, mut hash) = match last.map(|it| (it.place, it.hash)) {
                Some((Some(place), Some(hash))) => (place, hash),
                _ => (0, beginning(&key, tx.office())),
            };
            let rows = audit::unchained(tx, AT_ONCE).await?;
            for row in &rows {
                place += 1;
                hash = bound(&key, &hash, place, row);
                audit::chain(tx, row.id, place, hash).await?;
            }
            Ok(i64::try_from(rows.len()) == Ok(AT_ONCE))
        })
    });
    extended.await
}

/// Reads the whole chain.
///
/// # Errors
/// `unavailable`.
pub async fn verify(app: &AppState) -> Result<Verified, ApiError> {
    let key = app.vault.log_key();
    let mut hash = beginning(&key, app.office.id());
    let (mut intact, mut broken_at) = (0, None);
    while broken_at.is_none() {
        let rows = sql::read(&*app.store, move |tx| {
            Box::pin(async move { audit::chained(tx, intact, READ_AT_ONCE).await })
        });
        let rows = rows.await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let place = intact + 1;
            let made = bound(&key, &hash, place, row);
            let holds = row.place == Some(place) && row.hash.is_some_and(|it| same(&it, &made));
            if !holds {
                broken_at = Some(place);
                break;
            }
            (intact, hash) = (place, made);
        }
    }
    let waiting = sql::read(&*app.store, |tx| Box::pin(async { audit::waiting(tx).await }));
    let fingerprint = hex(&hash[..6]);
    Ok(Verified { intact, broken_at, fingerprint, waiting: waiting.await? })
}

fn beginning(key: &LogKey, office: &str) -> Hash {
    key.bind(&[0; 32], &[office])
}

fn bound(key: &LogKey, previous: &Hash, place: i64, row: &StoredRow) -> Hash {
    let [place, id, at] = [place, row.id, row.at.timestamp_millis()].map(|it| it.to_string());
    key.bind(previous, &[&place, &id, &at, &row.actor, &row.act, &row.subject])
}
