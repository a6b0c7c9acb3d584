//! Who gave whom rights: an invitation, a manager's role, a new link.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

const GIVE: &str = "insert into right_given (office, staff, given_by, given_at) values ($1, $2, $3, $4)";
const SINCE: &str =
    "select staff, given_by from right_given where office = $1 and given_at > $2 group by staff, given_by";

/// Somebody has them from somebody.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn give(tx: &mut dyn Tx, staff: &str, by: &str, at: Instant) -> Result<(), StoreError> {
    tx.rows(GIVE, values![tx.office(), staff, by, at]).await.map(drop)
}

/// Who has them from whom since a moment.
pub async fn since(tx: &mut dyn Tx, from: Instant) -> Result<Vec<(String, String)>, StoreError> {
    let found = tx.rows(SINCE, values![tx.office(), from]).await?;
    found.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
