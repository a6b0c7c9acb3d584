//! Article 4(2): what happened to a booking, and which other bookings its number has.

use precheck_shared::time::Instant;

use super::bookings::{self, DeskBooking, bookings};
use crate::store::StoreError;
use crate::store::sql::{Tx, values};
use crate::vault::{Hash, Sealed};

/// An event of a booking.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// The version that it made.
    pub version: u32,
    /// When it happened.
    pub at: Instant,
    /// `clock`, `job_seeker`, or an officer.
    pub actor: String,
    /// What happened.
    pub kind: String,
    /// What the actor wrote about it; `None` also when it was erased.
    pub words: Option<Sealed>,
}

const EVENTS: &str =
    "select version, at, actor, kind, key_id, sealed from event where booking = $1 order by version";

// The sum keeps the database from walking all bookings in the order wanted: those of one number are few.
const OTHERS: &str = bookings!(
    "where b.office = $1 and b.number_hash = $2 and b.id <> $3 and b.erased_at is null
     order by b.received_at + 0 desc, b.id desc limit $4"
);

const MISSED: &str = "select count(*) from booking where office = $1 and number_hash = $2
    and state = 'deemed_cancelled' and affirmed_at is not null and identity_checked = 1";

/// Everything that happened to a booking, the oldest first.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn events(tx: &mut dyn Tx, booking: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let rows = tx.rows(EVENTS, values![booking]).await?;
    let read = rows.iter().map(|row| {
        Ok(StoredEvent {
            version: row.get(0)?,
            at: row.get(1)?,
            actor: row.get(2)?,
            kind: row.get(3)?,
            words: row.sealed(4)?.filter(|it| !it.bytes.is_empty()),
        })
    });
    read.collect()
}

/// The latest other bookings of a number, whatever became of them.
pub async fn others(
    tx: &mut dyn Tx,
    number: Hash,
    but: i64,
    most: u32,
) -> Result<Vec<DeskBooking>, StoreError> {
    let rows = tx.rows(OTHERS, values![tx.office(), number, but, most]).await?;
    bookings::all(tx, &rows).await
}

/// 4(3): affirmed deemed cancellations of a number whose person was compared with the registration: only those count.
pub async fn missed(tx: &mut dyn Tx, number: Hash) -> Result<u32, StoreError> {
    match tx.rows(MISSED, values![tx.office(), number]).await?.first() {
        Some(row) => row.get(0),
        None => Ok(0),
    }
}
