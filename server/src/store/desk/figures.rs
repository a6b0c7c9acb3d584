//! Article 5: what the records say in sum. Grouped by the database: a row here is a count, never a person.
//!
//! Weeks begin on Monday in Japan's time and are counted from that of 29 December 1969. Each statement runs along one index of
//! migration 0004, made of the very terms by which it groups: nothing is sorted, and a table is looked at once a group at most.
//! Where many rows are alike, their kinds are found by leaping from one to the next, and only counted.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};

/// A stretch of whole weeks, its end not included.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Its first moment.
    pub from: Instant,
    /// The first moment after it.
    pub to: Instant,
}

/// Bookings that came in during a week.
#[derive(Debug, Clone)]
pub struct Received {
    /// The week.
    pub week: i64,
    /// `widget`, …
    pub channel: String,
    /// Name of the state.
    pub state: String,
    /// Days from receipt to the counselling, as the first of its bucket; `None` where none was ever arranged.
    pub lead: Option<u32>,
    /// How many.
    pub count: u32,
}

/// Counsellings that were arranged for a week.
#[derive(Debug, Clone)]
pub struct Arranged {
    /// The week.
    pub week: i64,
    /// Name of the state.
    pub state: String,
    /// 4(3): a deemed cancellation was affirmed.
    pub affirmed: bool,
    /// How many.
    pub count: u32,
}

/// Visits of one kind.
#[derive(Debug, Clone)]
pub struct Visited {
    /// The furthest step.
    pub step: String,
    /// Family of the system.
    pub os: String,
    /// Family and version of the browser.
    pub browser: String,
    /// How many.
    pub count: u32,
}

/// A week's number.
macro_rules! week {
    ($at:literal) => {
        concat!("(", $at, " + 291600000) / 604800000")
    };
}

/// Days from receipt to the start, by the calendar of Japan.
macro_rules! days {
    () => {
        "(start_at + 32400000) / 86400000 - (received_at + 32400000) / 86400000"
    };
}

const RECEIVED: &str = concat!(
    "select ",
    week!("received_at"),
    ", channel, state, case when start_at is null then null when ",
    days!(),
    " < 1 then 0 when ",
    days!(),
    " < 4 then ",
    days!(),
    " when ",
    days!(),
    " < 8 then 4 when ",
    days!(),
    " < 15 then 8 else 15 end, count(*)
     from booking where office = $1 and ",
    week!("received_at"),
    " >= $2 and ",
    week!("received_at"),
    " < $3 group by 1, 2, 3, 4"
);

const ARRANGED: &str = concat!(
    "select ",
    week!("start_at"),
    ", state, case when affirmed_at is null then 0 else 1 end, count(*)
     from booking where office = $1 and start_at is not null and ",
    week!("start_at"),
    " >= $2 and ",
    week!("start_at"),
    " < $3 group by 1, 2, 3"
);

/// Of each week, how many rows of a table lie in it.
macro_rules! by_week {
    ($table:literal, $at:literal) => {
        concat!(
            "with recursive week (n) as (select cast($2 as bigint) union all select n + 1 from week where n + 1 < $3)
            select n, (select count(*) from ",
            $table,
            " where office = $1 and ",
            $at,
            " >= n * 604800000 - 291600000 and ",
            $at,
            " < (n + 1) * 604800000 - 291600000) from week"
        )
    };
}

/// Of each kind of visit, how many began in the span.
macro_rules! by_kind {
    ($kind:literal, $which:literal) => {
        concat!(
            "with recursive kind (name) as (
                select min(",
            $kind,
            ") from visit where office = $1",
            $which,
            "
                union all
                select (select min(",
            $kind,
            ") from visit where office = $1",
            $which,
            " and ",
            $kind,
            " > kind.name) from kind where kind.name is not null)
            select name, (select count(*) from visit where office = $1",
            $which,
            " and ",
            $kind,
            " = kind.name and began_at >= $2 and began_at < $3) from kind where name is not null"
        )
    };
}

const TAKEN: &str = by_week!("seat_cell", "cell_start");
const VISITS: &str = by_week!("visit", "began_at");
const VISITED: &str = by_kind!("(step || ' ' || os || ' ' || browser)", "");
const CHECKED: &str = by_kind!("checks", " and checks <> ''");

/// The bookings that came in.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn received(tx: &mut dyn Tx, span: Span) -> Result<Vec<Received>, StoreError> {
    let read = |row: &Row| {
        Ok(Received {
            week: row.get(0)?,
            channel: row.get(1)?,
            state: row.get(2)?,
            lead: row.get(3)?,
            count: row.get(4)?,
        })
    };
    by_weeks(tx, RECEIVED, span).await?.iter().map(read).collect()
}

/// The counsellings that were arranged.
pub async fn arranged(tx: &mut dyn Tx, span: Span) -> Result<Vec<Arranged>, StoreError> {
    let read = |row: &Row| {
        Ok(Arranged { week: row.get(0)?, state: row.get(1)?, affirmed: row.get(2)?, count: row.get(3)? })
    };
    by_weeks(tx, ARRANGED, span).await?.iter().map(read).collect()
}

/// The seats taken, by week, each for one cell of the grid.
pub async fn taken(tx: &mut dyn Tx, span: Span) -> Result<Vec<(i64, u32)>, StoreError> {
    by_weeks(tx, TAKEN, span).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The visits, by the week in which they began.
pub async fn visits(tx: &mut dyn Tx, span: Span) -> Result<Vec<(i64, u32)>, StoreError> {
    by_weeks(tx, VISITS, span).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The visits, by their kinds.
pub async fn visited(tx: &mut dyn Tx, span: Span) -> Result<Vec<Visited>, StoreError> {
    let read = |row: &Row| {
        let kind: String = row.get(0)?;
        let mut parts = kind.splitn(3, ' ').map(str::to_owned);
        let mut part = || parts.next().ok_or(StoreError::Inconsistent("visit"));
        Ok(Visited { step: part()?, os: part()?, browser: part()?, count: row.get(1)? })
    };
    let mut visited: Vec<Visited> =
        by_time(tx, VISITED, span).await?.iter().map(read).collect::<Result<_, StoreError>>()?;
    visited.retain(|it| 0 < it.count);
    Ok(visited)
}

/// The verdicts of the checks, `camera=passed,network=failed`, each combination once.
pub async fn checked(tx: &mut dyn Tx, span: Span) -> Result<Vec<(String, u32)>, StoreError> {
    by_time(tx, CHECKED, span).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The number of a week that begins at a moment.
fn week(at: Instant) -> i64 {
    (at.timestamp_millis() + 291_600_000).div_euclid(604_800_000)
}

async fn by_weeks(tx: &mut dyn Tx, sql: &'static str, span: Span) -> Result<Vec<Row>, StoreError> {
    tx.rows(sql, values![tx.office(), week(span.from), week(span.to)]).await
}

async fn by_time(tx: &mut dyn Tx, sql: &'static str, span: Span) -> Result<Vec<Row>, StoreError> {
    tx.rows(sql, values![tx.office(), span.from, span.to]).await
}

#[cfg(test)]
mod tests;
