//! Article 4(3), bad days: the counsellings of a span of time, and who is elsewhere when.

use precheck_shared::time::Instant;

use super::bookings::{self, DeskBooking, bookings};
use crate::store::StoreError;
use crate::store::sql::{Tx, values};

/// More than an office holds in a day.
const MOST: i64 = 200;

const CONFIRMED: &str = bookings!(
    "where b.office = $1 and b.state in ('confirmed', 'deemed_cancelled') and b.affirmed_at is null
         and b.start_at >= $2 and b.start_at < $3
         and (cast($4 as text) is null or a.officer = $4)
     order by b.start_at, b.id limit $5"
);

const BUSY: &str = "select b.start_at, a.officer
    from booking b join appointment a on a.booking = b.id and a.version = b.arranged_in
    where b.office = $1 and b.state = 'confirmed' and b.start_at >= $2 and b.start_at < $3
        and a.officer is not null";

const LEFT_BEHIND: &str = "select distinct a.officer
    from booking b join appointment a on a.booking = b.id and a.version = b.arranged_in
    join staff s on s.office = b.office and s.id = a.officer
    where b.office = $1 and b.state = 'confirmed' and b.start_at >= $2 and s.ended_at is not null";

const OF_OFFICER: &str = bookings!(
    "where b.office = $1 and b.state = 'confirmed' and b.start_at > $2 and a.officer = $3
     order by b.start_at, b.id limit $4"
);

/// Confirmed counsellings that start in [from, to), of one officer or of all, by time; also those that silence cancelled
/// meanwhile, unless an officer affirmed that: it was the office that failed.
///
/// # Errors
/// Those of the store.
pub async fn confirmed(
    tx: &mut dyn Tx,
    from: Instant,
    to: Instant,
    officer: Option<&str>,
) -> Result<Vec<DeskBooking>, StoreError> {
    let found = tx.rows(CONFIRMED, values![tx.office(), from, to, officer, MOST]).await?;
    bookings::all(tx, &found).await
}

/// Who has left and still has a counselling that starts at a moment or later.
///
/// # Errors
/// Those of the store.
pub async fn left_behind(tx: &mut dyn Tx, from: Instant) -> Result<Vec<String>, StoreError> {
    tx.rows(LEFT_BEHIND, values![tx.office(), from]).await?.iter().map(|row| row.get(0)).collect()
}

/// The counsellings of an officer that have not begun at a moment, by time.
///
/// # Errors
/// Those of the store.
pub async fn coming(tx: &mut dyn Tx, officer: &str, now: Instant) -> Result<Vec<DeskBooking>, StoreError> {
    let found = tx.rows(OF_OFFICER, values![tx.office(), now, officer, MOST]).await?;
    bookings::all(tx, &found).await
}

/// Which officer has a counselling that starts when, in [from, to).
///
/// # Errors
/// Those of the store.
pub async fn busy(tx: &mut dyn Tx, from: Instant, to: Instant) -> Result<Vec<(Instant, String)>, StoreError> {
    let found = tx.rows(BUSY, values![tx.office(), from, to]).await?;
    found.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
