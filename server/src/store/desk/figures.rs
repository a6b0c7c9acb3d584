//! Article 5: what the records say in sum. Grouped by the database: a row here is a count, never a person.
//!
//! Weeks begin on Monday in Japan's time and are counted from that of 29 December 1969. Each statement reads one stretch of one
//! index.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};

/// A stretch of time, its end not included.
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

/// Visits that began in a week.
#[derive(Debug, Clone)]
pub struct Visited {
    /// The week.
    pub week: i64,
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
     from booking where office = $1 and received_at >= $2 and received_at < $3 group by 1, 2, 3, 4"
);

const ARRANGED: &str = concat!(
    "select ",
    week!("start_at"),
    ", state, case when affirmed_at is null then 0 else 1 end, count(*)
     from booking where office = $1 and start_at >= $2 and start_at < $3 group by 1, 2, 3"
);

const TAKEN: &str = concat!(
    "select ",
    week!("cell_start"),
    ", count(*) from seat_cell where office = $1 and cell_start >= $2 and cell_start < $3 group by 1"
);

const VISITED: &str = concat!(
    "select ",
    week!("began_at"),
    ", step, os, browser, count(*)
     from visit where office = $1 and began_at >= $2 and began_at < $3 group by 1, 2, 3, 4"
);

const CHECKED: &str = "select checks, count(*)
     from visit where office = $1 and began_at >= $2 and began_at < $3 and checks <> '' group by 1";

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
    rows(tx, RECEIVED, span).await?.iter().map(read).collect()
}

/// The counsellings that were arranged.
pub async fn arranged(tx: &mut dyn Tx, span: Span) -> Result<Vec<Arranged>, StoreError> {
    let read = |row: &Row| {
        Ok(Arranged { week: row.get(0)?, state: row.get(1)?, affirmed: row.get(2)?, count: row.get(3)? })
    };
    rows(tx, ARRANGED, span).await?.iter().map(read).collect()
}

/// The seats taken, by week, each for one cell of the grid.
pub async fn taken(tx: &mut dyn Tx, span: Span) -> Result<Vec<(i64, u32)>, StoreError> {
    rows(tx, TAKEN, span).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The visits.
pub async fn visited(tx: &mut dyn Tx, span: Span) -> Result<Vec<Visited>, StoreError> {
    let read = |row: &Row| {
        Ok(Visited {
            week: row.get(0)?,
            step: row.get(1)?,
            os: row.get(2)?,
            browser: row.get(3)?,
            count: row.get(4)?,
        })
    };
    rows(tx, VISITED, span).await?.iter().map(read).collect()
}

/// The verdicts of the checks, `camera=passed,network=failed`, each combination once.
pub async fn checked(tx: &mut dyn Tx, span: Span) -> Result<Vec<(String, u32)>, StoreError> {
    rows(tx, CHECKED, span).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

async fn rows(tx: &mut dyn Tx, sql: &'static str, span: Span) -> Result<Vec<Row>, StoreError> {
    tx.rows(sql, values![tx.office(), span.from, span.to]).await
}
