//! Article 4(2): who has to be told of what, and who has told it.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

/// That the seeker has to be told, or was told, of a version of her booking.
#[derive(Debug, Clone)]
pub struct Duty {
    /// The booking's version that she did not know of.
    pub version: u32,
    /// What she had to be told: `confirmed`, `moved`, ….
    pub kind: String,
    /// Since when.
    pub opened_at: Instant,
    /// Until when.
    pub closed_at: Option<Instant>,
    /// An officer, `job_seeker` who opened the receipt, or `clock` when a later change took its place.
    pub closed_by: Option<String>,
    /// `telephone`, `mail`, `counter`, `receipt`, `later`.
    pub channel: Option<String>,
}

const OF: &str = "select version, kind, opened_at, closed_at, closed_by, channel from duty
    where booking = $1 order by version";

const OPENED: &str = "update duty set closed_at = $3, closed_by = 'job_seeker', channel = 'receipt'
    where booking = (select id from booking where office = $1 and reception_number = $2)
        and version <= $4 and closed_at is null";

const LAST: &str = "select d.closed_at from duty d join booking b on b.id = d.booking
    where b.office = $1 and b.reception_number = $2 order by d.version desc limit 1";

/// All duties of a booking, the oldest first.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn of(tx: &mut dyn Tx, booking: i64) -> Result<Vec<Duty>, StoreError> {
    let rows = tx.rows(OF, values![booking]).await?;
    let read = rows.iter().map(|row| {
        Ok(Duty {
            version: row.get(0)?,
            kind: row.get(1)?,
            opened_at: row.get(2)?,
            closed_at: row.get(3)?,
            closed_by: row.get(4)?,
            channel: row.get(5)?,
        })
    });
    read.collect()
}

/// The seeker opened her receipt, which showed this version.
pub async fn opened(tx: &mut dyn Tx, number: &str, at: Instant, version: u32) -> Result<(), StoreError> {
    tx.rows(OPENED, values![tx.office(), number, at, version]).await.map(drop)
}

/// Whether the seeker had been told of the last thing that she had to be told by then.
pub async fn was_told_by(tx: &mut dyn Tx, number: &str, by: Instant) -> Result<bool, StoreError> {
    let rows = tx.rows(LAST, values![tx.office(), number]).await?;
    let Some(last) = rows.first() else { return Ok(true) };
    let closed: Option<Instant> = last.get(0)?;
    Ok(closed.is_some_and(|it| it <= by))
}
