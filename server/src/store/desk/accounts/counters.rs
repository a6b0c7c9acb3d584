//! Failed sign-ins in a row, by the keyed hash of what is counted.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};
use crate::vault::Hash;

/// A counter as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredCounter {
    /// Failed tries in a row.
    pub failures: u32,
    /// Until then the next one waits.
    pub wait_until: Option<Instant>,
    /// Wrong one-time passwords since the last right one.
    pub code_failures: u32,
    /// Until then the next one-time password waits.
    pub code_wait_until: Option<Instant>,
    /// When the last try began.
    pub tried_at: Instant,
}

const ONE: &str = "select failures, wait_until, code_failures, code_wait_until, tried_at from sign_in_counter
    where office = $1 and key = $2";
const KEEP: &str = "insert into sign_in_counter
        (office, key, failures, wait_until, code_failures, code_wait_until, tried_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (office, key) do update set failures = excluded.failures, wait_until = excluded.wait_until,
        code_failures = excluded.code_failures, code_wait_until = excluded.code_wait_until,
        tried_at = excluded.tried_at";
const CLEAR: &str = "delete from sign_in_counter where office = $1 and key = $2";
const SWEEP: &str = "delete from sign_in_counter where office = $1 and tried_at < $2 and code_failures = 0";

/// A counter; `None` where nothing failed.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn one(tx: &mut dyn Tx, key: Hash) -> Result<Option<StoredCounter>, StoreError> {
    let found = tx.rows(ONE, values![tx.office(), key]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    Ok(Some(StoredCounter {
        failures: row.get(0)?,
        wait_until: row.get(1)?,
        code_failures: row.get(2)?,
        code_wait_until: row.get(3)?,
        tried_at: row.get(4)?,
    }))
}

/// Keeps it.
pub async fn keep(tx: &mut dyn Tx, key: Hash, new: StoredCounter) -> Result<(), StoreError> {
    let StoredCounter { failures, wait_until, code_failures, code_wait_until, tried_at } = new;
    let values = values![tx.office(), key, failures, wait_until, code_failures, code_wait_until, tried_at];
    tx.rows(KEEP, values).await.map(drop)
}

/// Nothing has failed.
pub async fn clear(tx: &mut dyn Tx, key: Hash) -> Result<(), StoreError> {
    tx.rows(CLEAR, values![tx.office(), key]).await.map(drop)
}

/// Forgets those whose last try was before, but for the guessed one-time passwords.
pub async fn sweep(tx: &mut dyn Tx, before: Instant) -> Result<(), StoreError> {
    tx.rows(SWEEP, values![tx.office(), before]).await.map(drop)
}
