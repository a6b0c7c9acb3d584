//! The log of what the staff read and changed.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

/// Also used inside a change of a booking.
pub(crate) const APPEND: &str =
    "insert into audit (office, at, actor, act, subject) values ($1, $2, $3, $4, $5)";

/// Appends a row; its place in the chain is given later.
///
/// # Errors
/// Those of the store.
pub async fn append(
    tx: &mut dyn Tx,
    at: Instant,
    actor: &str,
    act: &str,
    subject: &str,
) -> Result<(), StoreError> {
    let values = values![tx.office(), at, actor, act, subject];
    tx.rows(APPEND, values).await.map(drop)
}
