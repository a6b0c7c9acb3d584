//! What is looked for: a person's bookings by her number or her name, and who wishes for a day.

use precheck_shared::time::Instant;

use super::{Cut, total};
use crate::store::StoreError;
use crate::store::desk::bookings::{self, DeskBooking, bookings};
use crate::store::sql::{Tx, Value, values};
use crate::vault::Hash;

// The latest have the highest ids; in their order both indexes give them without sorting.
pub(super) const BY_NUMBER: &str =
    bookings!("where b.office = $1 and b.number_hash = $4 order by b.id desc limit $2 offset $3");
pub(super) const HOW_MANY_BY_NUMBER: &str =
    "select count(*) from booking b where b.office = $1 and b.number_hash = $2";

pub(super) const BY_NAME: &str = bookings!(
    "where b.id in (select n.booking from name_token n
        where n.office = $1 and n.token = $4 order by n.booking desc limit $2 offset $3)
    order by b.id desc"
);
pub(super) const HOW_MANY_BY_NAME: &str =
    "select count(*) from name_token n where n.office = $1 and n.token = $2";

// A name in several parts has few bearers: they may be sorted.
pub(super) const BY_PARTS: &str = bookings!(
    "where b.id in (select distinct n.booking from name_token n
        where n.office = $1 and n.token in ($4, $5, $6, $7, $8, $9, $10, $11)
        order by n.booking desc limit $2 offset $3)
    order by b.id desc"
);
pub(super) const HOW_MANY_BY_PARTS: &str = "select count(distinct n.booking) from name_token n
    where n.office = $1 and n.token in ($2, $3, $4, $5, $6, $7, $8, $9)";

/// The most hashes that one name is looked for under.
const WAYS: usize = 8;

pub(super) const WISHED_ON: &str = bookings!(
    "where b.office = $1 and b.state = 'requested' and $4 < b.last_wish_at and $5 <= b.last_wish_at
        and exists (select 1 from wish w where w.booking = b.id and $5 <= w.start_at and w.start_at < $6)
    order by b.last_wish_at, b.id limit $2 offset $3"
);
pub(super) const HOW_MANY_WISHED_ON: &str = "select count(*) from booking b
    where b.office = $1 and b.state = 'requested' and $2 < b.last_wish_at and $3 <= b.last_wish_at
        and exists (select 1 from wish w where w.booking = b.id and $3 <= w.start_at and w.start_at < $4)";

/// The bookings of a job-seeker number, the latest first, and how many there are.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn by_number_hash(
    tx: &mut dyn Tx,
    hash: Hash,
    cut: Cut,
) -> Result<(Vec<DeskBooking>, u32), StoreError> {
    found(tx, (BY_NUMBER, HOW_MANY_BY_NUMBER), cut, values![hash]).await
}

/// The bookings of a name, likewise, under any of up to eight hashes.
pub async fn by_name(
    tx: &mut dyn Tx,
    tokens: &[Hash],
    cut: Cut,
) -> Result<(Vec<DeskBooking>, u32), StoreError> {
    match tokens {
        [] => Ok((Vec::new(), 0)),
        [token] => found(tx, (BY_NAME, HOW_MANY_BY_NAME), cut, values![*token]).await,
        _ => {
            let tokens = tokens.iter().cycle().take(WAYS).map(|it| Value::from(*it)).collect();
            found(tx, (BY_PARTS, HOW_MANY_BY_PARTS), cut, tokens).await
        }
    }
}

/// The waiting requests with a wish in [from, to), the oldest deadline first.
pub async fn wished_on(
    tx: &mut dyn Tx,
    now: Instant,
    (from, to): (Instant, Instant),
    cut: Cut,
) -> Result<(Vec<DeskBooking>, u32), StoreError> {
    found(tx, (WISHED_ON, HOW_MANY_WISHED_ON), cut, values![now, from, to]).await
}

/// `$1` is the office; the part of the list and what is looked for follow, and the latter alone where it is counted.
async fn found(
    tx: &mut dyn Tx,
    (rows, how_many): (&'static str, &'static str),
    cut: Cut,
    wanted: Vec<Value>,
) -> Result<(Vec<DeskBooking>, u32), StoreError> {
    let (mut asked, mut counted) = (values![tx.office(), cut.rows, cut.after], values![tx.office()]);
    asked.extend(wanted.iter().cloned());
    counted.extend(wanted);
    let found = tx.rows(rows, asked).await?;
    let total = total(tx, cut, found.len(), how_many, counted).await?;
    Ok((bookings::all(tx, &found).await?, total))
}
