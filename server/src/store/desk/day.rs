//! The day, the week, and what waits for somebody: in portable statements.
//!
//! Every list has an index of its own (migration 0004) and is read by the page; persons are opened for the rows that are shown,
//! and for no others.

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::Instant;

use super::bookings::{self, DeskBooking, bookings};
use crate::store::StoreError;
use crate::store::sql::{Tx, Value, values};

mod feed;
mod found;

pub use feed::{of_feed, whose_feed};
pub use found::{by_name, by_number_hash, wished_on};

/// What waits for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// 4(2): requests that are not arranged yet, the earliest last wish first.
    Waiting,
    /// 4(2): who has still to be told of what.
    Duties,
    /// 4(3): silences that nobody has affirmed or corrected.
    Silences,
    /// 2(3): counsellings that nobody holds yet, or any more.
    Officerless,
    /// 4(2): counsellings of days before that were neither held nor cancelled.
    Unfinished,
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// How many rows at most.
    pub rows: u32,
    /// How many before them are left out.
    pub after: u32,
}

/// What makes a waiting request special.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// The booking.
    pub booking: i64,
    /// 4(1): another open request has the same job-seeker number.
    pub doubled: bool,
    /// 4(3), 10(1): the number is refused or suspended.
    pub suspended: bool,
}

/// 10(1): a suspension that a manager has to look at once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// From which booking it was made.
    pub number: ReceptionNumber,
    /// `conduct`, `silence`
    pub kind: String,
    /// When it was made.
    pub made_at: Instant,
    /// When a manager last looked at it.
    pub reviewed_at: Instant,
}

const OF_DAYS: &str = bookings!(
    "where b.office = $1 and $2 <= b.start_at and b.start_at < $3 order by b.start_at, b.reception_number"
);
const SEATED: &str = bookings!(
    "where b.office = $1 and $2 <= b.start_at and b.start_at < $3
        and b.state in ('confirmed', 'held', 'deemed_cancelled', 'stopped')
    order by b.start_at, b.reception_number"
);

// The part is cut out of the index before any booking is read: the last page costs what the first one does.
const WAITING: &str = bookings!(
    "where b.id in (select x.id from booking x
        where x.office = $1 and x.state = 'requested' and $4 < x.last_wish_at
        order by x.last_wish_at, x.id limit $2 offset $3)
    order by b.last_wish_at, b.id"
);
const HOW_MANY_WAIT: &str =
    "select count(*) from booking b where b.office = $1 and b.state = 'requested' and $2 < b.last_wish_at";
// `case` has the other requests found by their number, and not by their states.
const MARKS: &str = "select b.id,
        case when exists (select 1 from booking o
            where o.office = b.office and o.number_hash = b.number_hash and o.id <> b.id
                and case o.state when 'requested' then $4 < o.last_wish_at
                    when 'confirmed' then $4 < o.start_at else false end)
            then 1 else 0 end,
        case when exists (select 1 from suspension s
            where s.office = b.office and s.number_hash = b.number_hash and s.lifted_at is null
                and (s.ends is null or $5 < s.ends))
            then 1 else 0 end
    from booking b
    where b.id in (select x.id from booking x
        where x.office = $1 and x.state = 'requested' and $4 < x.last_wish_at
        order by x.last_wish_at, x.id limit $2 offset $3)";

const DUTIES: &str = bookings!(
    "where d.opened_at is not null and b.id in (select x.booking from duty x
        where x.office = $1 and x.closed_at is null order by x.opened_at, x.booking limit $2 offset $3)
    order by d.opened_at, b.id"
);
const HOW_MANY_DUTIES: &str = "select count(*) from duty d where d.office = $1 and d.closed_at is null";

const SILENCES: &str = bookings!(
    "where b.office = $1 and b.state = 'deemed_cancelled' and b.affirmed_at is null
    order by b.start_at, b.id limit $2 offset $3"
);
// Every silence has a start; to say so leads to the index of those that nobody has affirmed.
const HOW_MANY_SILENCES: &str = "select count(*) from booking b
    where b.office = $1 and b.state = 'deemed_cancelled' and b.affirmed_at is null and b.start_at is not null";

// What is still to be held by somebody who has left is nobody's.
const OFFICERLESS: &str = bookings!(
    "where b.office = $1 and b.state = 'confirmed' and $4 <= b.start_at and (a.officer is null or exists (
        select 1 from staff s where s.office = b.office and s.id = a.officer and s.ended_at is not null))
    order by b.start_at, b.id limit $2 offset $3"
);
const HOW_MANY_OFFICERLESS: &str =
    "select count(*) from booking b join appointment a on a.booking = b.id and a.version = b.arranged_in
    where b.office = $1 and b.state = 'confirmed' and $2 <= b.start_at and (a.officer is null or exists (
        select 1 from staff s where s.office = b.office and s.id = a.officer and s.ended_at is not null))";

const SILENT: &str = bookings!(
    "where b.office = $1 and b.state = 'confirmed' and b.start_at <= $2
        and b.joined = false and b.word_received = false
    order by b.start_at, b.id limit $3"
);

// Few are still confirmed of all that lie behind: found by their state, not by their start.
const UNFINISHED: &str = bookings!(
    "where b.office = $1 and b.state = 'confirmed' and +b.start_at < $4
        and (b.joined = true or b.word_received = true)
    order by +b.start_at, b.id limit $2 offset $3"
);
const HOW_MANY_UNFINISHED: &str = "select count(*) from booking b
    where b.office = $1 and b.state = 'confirmed' and +b.start_at < $2
        and (b.joined = true or b.word_received = true)";

const REVIEWS: &str = "select b.reception_number, s.kind, s.made_at, s.reviewed_at
    from suspension s join booking b on b.id = s.booking
    where s.office = $1 and s.lifted_at is null and (s.ends is null or $2 < s.ends) and s.reviewed_at < $3
    order by s.reviewed_at, s.id limit 50";

impl List {
    /// In the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Duties, Self::Silences, Self::Officerless, Self::Unfinished];

    /// Its name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Duties => "duties",
            Self::Silences => "silences",
            Self::Officerless => "officerless",
            Self::Unfinished => "unfinished",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Its rows, how many there are, and whether both depend on the time.
    fn statements(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::Waiting => (WAITING, HOW_MANY_WAIT, true),
            Self::Duties => (DUTIES, HOW_MANY_DUTIES, false),
            Self::Silences => (SILENCES, HOW_MANY_SILENCES, false),
            Self::Officerless => (OFFICERLESS, HOW_MANY_OFFICERLESS, true),
            Self::Unfinished => (UNFINISHED, HOW_MANY_UNFINISHED, true),
        }
    }
}

/// Counsellings that start in [from, to), in every state.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn of_days(tx: &mut dyn Tx, from: Instant, to: Instant) -> Result<Vec<DeskBooking>, StoreError> {
    let found = tx.rows(OF_DAYS, values![tx.office(), from, to]).await?;
    bookings::all(tx, &found).await
}

/// Those of them that took or take a seat at their time.
pub async fn seated(tx: &mut dyn Tx, from: Instant, to: Instant) -> Result<Vec<DeskBooking>, StoreError> {
    let found = tx.rows(SEATED, values![tx.office(), from, to]).await?;
    bookings::all(tx, &found).await
}

/// 4(3): confirmed counsellings that began by a moment and of which nothing was heard, the oldest first.
pub async fn silent(tx: &mut dyn Tx, by: Instant, most: u32) -> Result<Vec<DeskBooking>, StoreError> {
    let found = tx.rows(SILENT, values![tx.office(), by, most]).await?;
    bookings::all(tx, &found).await
}

/// A part of a list as of a moment: for the waiting, now; for counsellings, the beginning of the day.
pub async fn part(
    tx: &mut dyn Tx,
    list: List,
    at: Instant,
    cut: Cut,
) -> Result<(Vec<DeskBooking>, u32), StoreError> {
    let (rows, how_many, timely) = list.statements();
    let at = timely.then(|| Value::from(at));
    let (mut wanted, mut counted) = (values![tx.office(), cut.rows, cut.after], values![tx.office()]);
    wanted.extend(at.clone());
    counted.extend(at);
    let found = tx.rows(rows, wanted).await?;
    let total = total(tx, cut, found.len(), how_many, counted).await?;
    Ok((bookings::all(tx, &found).await?, total))
}

/// The marks of the waiting requests of the same part. `today` is a day as text.
pub async fn marks(tx: &mut dyn Tx, now: Instant, today: &str, cut: Cut) -> Result<Vec<Marks>, StoreError> {
    let values = values![tx.office(), cut.rows, cut.after, now, today];
    let found = tx.rows(MARKS, values).await?;
    let mark = |row: &crate::store::sql::Row| {
        Ok(Marks { booking: row.get(0)?, doubled: row.get(1)?, suspended: row.get(2)? })
    };
    found.iter().map(mark).collect()
}

/// Suspensions that stand today and were looked at before a moment, the oldest first.
pub async fn reviews(tx: &mut dyn Tx, today: &str, before: Instant) -> Result<Vec<Review>, StoreError> {
    let found = tx.rows(REVIEWS, values![tx.office(), today, before]).await?;
    let review = |row: &crate::store::sql::Row| {
        let number = ReceptionNumber::parse(&row.get::<String>(0)?);
        Ok(Review {
            number: number.ok_or(StoreError::Inconsistent("booking"))?,
            kind: row.get(1)?,
            made_at: row.get(2)?,
            reviewed_at: row.get(3)?,
        })
    };
    found.iter().map(review).collect()
}

/// How many rows a list has, of which a part was read: counted only where there can be more than were read.
async fn total(
    tx: &mut dyn Tx,
    cut: Cut,
    read: usize,
    how_many: &'static str,
    values: Vec<Value>,
) -> Result<u32, StoreError> {
    let read = u32::try_from(read).unwrap_or(cut.rows);
    if read < cut.rows && (0 < read || cut.after == 0) {
        return Ok(cut.after.saturating_add(read));
    }
    let found = tx.rows(how_many, values).await?;
    found.first().ok_or(StoreError::Inconsistent("a number of rows"))?.get(0)
}

#[cfg(test)]
mod tests;
