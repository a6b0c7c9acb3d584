//! What a calendar feed is made of.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::desk::bookings::{self, DeskBooking, bookings};
use crate::store::sql::{Tx, values};
use crate::vault::Hash;

const WHOSE: &str =
    "select s.id from staff s where s.office = $1 and s.feed_hash = $2 and s.ended_at is null";

pub(super) const OF_FEED: &str = bookings!(
    "where b.office = $1 and $2 <= b.start_at and b.start_at < $3 and b.state in ('confirmed', 'held')
        and (a.officer is null or a.officer = $4 or exists (
            select 1 from staff s where s.office = b.office and s.id = a.officer and s.ended_at is not null))
    order by b.start_at, b.reception_number"
);

/// Whose feed has an address with this hash; nobody's, when she left.
///
/// # Errors
/// Those of the store, as below.
pub async fn whose_feed(tx: &mut dyn Tx, hash: Hash) -> Result<Option<String>, StoreError> {
    let found = tx.rows(WHOSE, values![tx.office(), hash]).await?;
    found.first().map(|it| it.get(0)).transpose()
}

/// Counsellings in [from, to) that are an officer's, or nobody's: yet, or any more.
pub async fn of_feed(
    tx: &mut dyn Tx,
    from: Instant,
    to: Instant,
    officer: &str,
) -> Result<Vec<DeskBooking>, StoreError> {
    let found = tx.rows(OF_FEED, values![tx.office(), from, to, officer]).await?;
    bookings::all(tx, &found).await
}
