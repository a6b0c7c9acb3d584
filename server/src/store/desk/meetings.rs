//! Article 4(2): meeting IDs that are used twice at a time.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};
use crate::vault::Hash;

const IN_USE: &str =
    "select 1 from booking b join appointment a on a.booking = b.id and a.version = b.arranged_in
    where b.office = $1 and b.state = 'confirmed' and a.meeting_hash = $2
        and b.start_at < $4 and $3 < a.end_at and b.start_at > $3 - 86400000 and b.reception_number <> $5
    limit 1";

/// Whether a confirmed counselling of another booking in [start, end) has the same meeting ID.
///
/// # Errors
/// Those of the store.
pub async fn is_in_use(
    tx: &mut dyn Tx,
    meeting: Hash,
    start: Instant,
    end: Instant,
    but: &str,
) -> Result<bool, StoreError> {
    let values = values![tx.office(), meeting, start, end, but];
    Ok(!tx.rows(IN_USE, values).await?.is_empty())
}
