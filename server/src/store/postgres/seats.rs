//! Seats taken, by cell of the grid. Never remembered: other processes book as well.

use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;

use super::fault::Fault;
use super::lines::Line;
use crate::clock::from_millis;

const TAKEN: &str = "
    select cell_start, count(*) from seat_cell
    where office = $1 and $2 <= cell_start and cell_start < $3
    group by cell_start order by cell_start";

/// How many seats are taken in each cell of [from, to).
pub(super) async fn taken(
    line: &mut Line,
    office: &str,
    from: Instant,
    to: Instant,
) -> Result<Occupancy, Fault> {
    let rows = line.rows(TAKEN, &[&office, &from.timestamp_millis(), &to.timestamp_millis()]).await?;
    let taken = rows.iter().map(|row| {
        let seats: i64 = row.try_get(1)?;
        Ok((from_millis(row.try_get(0)?), u16::try_from(seats).unwrap_or(u16::MAX)))
    });
    taken.collect()
}
