//! Seats taken, by cell of the grid. Confirming writes them; that is the desk's.

use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;
use rusqlite::{Connection, params};

use super::StoreError;
use crate::clock::from_millis;

/// How many seats are taken in each cell of [from, to).
pub(super) fn taken(
    connection: &Connection,
    office: &str,
    from: Instant,
    to: Instant,
) -> Result<Occupancy, StoreError> {
    let mut query = connection.prepare_cached(
        "select cell_start, count(*) from seat_cell
         where office = ?1 and ?2 <= cell_start and cell_start < ?3
         group by cell_start order by cell_start",
    )?;
    let rows = query.query_map(params![office, from.timestamp_millis(), to.timestamp_millis()], |row| {
        let seats: i64 = row.get(1)?;
        Ok((from_millis(row.get(0)?), u16::try_from(seats).unwrap_or(u16::MAX)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
