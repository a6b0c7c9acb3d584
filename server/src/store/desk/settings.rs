//! Article 4(1): seats and closures of single days, as the desk sets them.

use chrono::NaiveDate;
use precheck_shared::policy::Closure;
use precheck_shared::time::{Day, Instant, parse_date};

use crate::office::DeskOverlay;
use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};

const SEATS: &str = "select day, seats from seats_of_day where office = $1 and day >= $2 order by day";

const CLOSURES: &str = "select day, reason from closure where office = $1 and day >= $2 order by day";

const SET_SEATS: &str = "insert into seats_of_day (office, day, seats, set_by, set_at) values ($1, $2, $3, $4, $5)
    on conflict (office, day) do update set seats = excluded.seats, set_by = excluded.set_by, set_at = excluded.set_at";

const DROP_SEATS: &str = "delete from seats_of_day where office = $1 and day = $2 returning seats";

const CLOSE: &str = "insert into closure (office, day, reason, set_by, set_at) values ($1, $2, $3, $4, $5)
    on conflict (office, day) do update set reason = excluded.reason, set_by = excluded.set_by, set_at = excluded.set_at";

const REOPEN: &str = "delete from closure where office = $1 and day = $2 returning reason";

/// What is set for a day and those after it.
///
/// # Errors
/// Those of the store.
pub async fn overlay(tx: &mut dyn Tx, from: NaiveDate) -> Result<DeskOverlay, StoreError> {
    let mut overlay = DeskOverlay::default();
    for row in tx.rows(SEATS, values![tx.office(), from.to_string()]).await? {
        overlay.seats.push((day(&row)?, row.get(1)?));
    }
    for row in tx.rows(CLOSURES, values![tx.office(), from.to_string()]).await? {
        overlay.closures.push(Closure { date: Day(day(&row)?), reason: row.get(1)? });
    }
    Ok(overlay)
}

fn day(row: &Row) -> Result<NaiveDate, StoreError> {
    parse_date(&row.get::<String>(0)?).ok_or(StoreError::Inconsistent("a day of the desk"))
}

/// Sets the seats of a day; `None`: the files' number counts again. False when that was so already.
///
/// # Errors
/// Those of the store.
pub async fn set_seats(
    tx: &mut dyn Tx,
    day: NaiveDate,
    seats: Option<u16>,
    by: &str,
    at: Instant,
) -> Result<bool, StoreError> {
    match seats {
        Some(seats) => {
            tx.rows(SET_SEATS, values![tx.office(), day.to_string(), seats, by, at]).await?;
            Ok(true)
        }
        None => Ok(!tx.rows(DROP_SEATS, values![tx.office(), day.to_string()]).await?.is_empty()),
    }
}

/// Closes a day; `None` takes the closure back. False when there was none.
///
/// # Errors
/// Those of the store.
pub async fn set_closure(
    tx: &mut dyn Tx,
    day: NaiveDate,
    reason: Option<&str>,
    by: &str,
    at: Instant,
) -> Result<bool, StoreError> {
    match reason {
        Some(reason) => {
            tx.rows(CLOSE, values![tx.office(), day.to_string(), reason, by, at]).await?;
            Ok(true)
        }
        None => Ok(!tx.rows(REOPEN, values![tx.office(), day.to_string()]).await?.is_empty()),
    }
}
