//! Article 4(1): seats taken, read with whatever else stands on a page.

use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

const TAKEN: &str = "select cell_start, count(*) from seat_cell
    where office = $1 and $2 <= cell_start and cell_start < $3
    group by cell_start order by cell_start";

/// How many seats are taken in each cell of [from, to).
///
/// # Errors
/// Those of the store.
pub async fn taken(tx: &mut dyn Tx, from: Instant, to: Instant) -> Result<Occupancy, StoreError> {
    let rows = tx.rows(TAKEN, values![tx.office(), from, to]).await?;
    let cell = |row: &crate::store::sql::Row| {
        let seats: i64 = row.get(1)?;
        Ok((row.get(0)?, u16::try_from(seats).unwrap_or(u16::MAX)))
    };
    rows.iter().map(cell).collect()
}
