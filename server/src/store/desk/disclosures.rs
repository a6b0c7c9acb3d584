//! Articles 5(2) and 6: disclosures. A row is never changed but by approval and export, and never deleted.

use precheck_shared::time::Instant;

use super::bookings::{self, DeskBooking, bookings};
use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};
use crate::vault::{Hash, Sealed};

/// A disclosure as stored.
#[derive(Debug, Clone)]
pub struct StoredDisclosure {
    /// The row.
    pub id: i64,
    /// `lawful`, `own`.
    pub kind: String,
    /// Who asked, on what ground, what scope.
    pub sealed: Sealed,
    /// The manager who made it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// The other manager who approved it, and when.
    pub approved: Option<(String, Instant)>,
    /// Who exported it first, and when.
    pub exported: Option<(String, Instant)>,
}

macro_rules! disclosures {
    ($rest:literal) => {
        concat!(
            "select id, kind, key_id, sealed, made_by, made_at, approved_by, approved_at, exported_by, exported_at \
             from disclosure ",
            $rest
        )
    };
}

const INSERT: &str = "insert into disclosure (office, kind, key_id, sealed, made_by, made_at)
    values ($1, $2, $3, $4, $5, $6) returning id";
const ONE: &str = disclosures!("where office = $1 and id = $2");
const LATEST: &str = disclosures!("where office = $1 and id < $2 order by id desc limit 50");
const APPROVE: &str = "update disclosure set approved_by = $3, approved_at = $4
    where office = $1 and id = $2 and approved_by is null and made_by <> $3 returning 1";
const EXPORTED: &str = "update disclosure set exported_by = $3, exported_at = $4
    where office = $1 and id = $2 and exported_by is null";

const OF_NUMBER: &str = bookings!(
    "where b.office = $1 and b.number_hash = $2 and b.erased_at is null order by b.received_at, b.id limit $3"
);
// The weeks lead to the index of the figures (migration 0004); the moments are exact.
const RECEIVED: &str = bookings!(
    "where b.office = $1 and (b.received_at + 291600000) / 604800000 >= (cast($2 as bigint) + 291600000) / 604800000
         and (b.received_at + 291600000) / 604800000 <= (cast($3 as bigint) + 291600000) / 604800000
         and b.received_at >= $2 and b.received_at < $3 and b.erased_at is null
     order by b.received_at, b.id limit $4"
);

const SETTING: &str = "select value from desk_setting where office = $1 and name = $2";
const SET: &str = "insert into desk_setting (office, name, value) values ($1, $2, $3)
    on conflict (office, name) do update set value = excluded.value";

/// Makes one, and gives its number.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn insert(
    tx: &mut dyn Tx,
    kind: &str,
    sealed: &Sealed,
    by: &str,
    at: Instant,
) -> Result<i64, StoreError> {
    let values = values![tx.office(), kind, &sealed.key_id, sealed.bytes.clone(), by, at];
    let made = tx.rows(INSERT, values).await?;
    made.first().ok_or(StoreError::Inconsistent("disclosure"))?.get(0)
}

/// One of them.
pub async fn one(tx: &mut dyn Tx, id: i64) -> Result<Option<StoredDisclosure>, StoreError> {
    tx.rows(ONE, values![tx.office(), id]).await?.first().map(from_row).transpose()
}

/// Fifty, the newest first, before one of them.
pub async fn latest(tx: &mut dyn Tx, before: i64) -> Result<Vec<StoredDisclosure>, StoreError> {
    tx.rows(LATEST, values![tx.office(), before]).await?.iter().map(from_row).collect()
}

/// Another manager approves it; false where she made it, or it is approved already.
pub async fn approve(tx: &mut dyn Tx, id: i64, by: &str, at: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(APPROVE, values![tx.office(), id, by, at]).await?.is_empty())
}

/// It was exported; the first time is kept.
pub async fn exported(tx: &mut dyn Tx, id: i64, by: &str, at: Instant) -> Result<(), StoreError> {
    tx.rows(EXPORTED, values![tx.office(), id, by, at]).await.map(drop)
}

/// The bookings of a number whose person is not erased, the oldest first.
pub async fn of_number(tx: &mut dyn Tx, number: Hash, most: u32) -> Result<Vec<DeskBooking>, StoreError> {
    let rows = tx.rows(OF_NUMBER, values![tx.office(), number, most]).await?;
    bookings::all(tx, &rows).await
}

/// The bookings that came in within a time, likewise.
pub async fn received(
    tx: &mut dyn Tx,
    from: Instant,
    to: Instant,
    most: u32,
) -> Result<Vec<DeskBooking>, StoreError> {
    let rows = tx.rows(RECEIVED, values![tx.office(), from, to, most]).await?;
    bookings::all(tx, &rows).await
}

/// A switch of the desk.
pub async fn setting(tx: &mut dyn Tx, name: &str) -> Result<Option<String>, StoreError> {
    let found = tx.rows(SETTING, values![tx.office(), name]).await?;
    found.first().map(|row| row.get(0)).transpose()
}

/// Sets a switch of the desk.
pub async fn set(tx: &mut dyn Tx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.rows(SET, values![tx.office(), name, value]).await.map(drop)
}

fn from_row(row: &Row) -> Result<StoredDisclosure, StoreError> {
    Ok(StoredDisclosure {
        id: row.get(0)?,
        kind: row.get(1)?,
        sealed: row.sealed(2)?.ok_or(StoreError::Inconsistent("disclosure"))?,
        made_by: row.get(4)?,
        made_at: row.get(5)?,
        approved: row.get::<Option<String>>(6)?.zip(row.get::<Option<Instant>>(7)?),
        exported: row.get::<Option<String>>(8)?.zip(row.get::<Option<Instant>>(9)?),
    })
}
