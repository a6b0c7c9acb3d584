//! The log, the latest first, a page at a time.

use super::{StoredRow, from_row, rows};
use crate::store::StoreError;
use crate::store::sql::{Tx, values};

const ALL: &str = rows!("where office = $1 and id < $2 order by id desc limit $3");
const BY_ACTOR: &str = rows!("where office = $1 and id < $2 and actor = $4 order by id desc limit $3");
const BY_SUBJECT: &str = rows!("where office = $1 and id < $2 and subject = $4 order by id desc limit $3");
const BY_BOTH: &str =
    rows!("where office = $1 and id < $2 and actor = $4 and subject = $5 order by id desc limit $3");

/// Rows that were written before the one with an id; empty texts stand for everybody and everything.
///
/// # Errors
/// Those of the store.
pub async fn before(
    tx: &mut dyn Tx,
    id: i64,
    actor: &str,
    subject: &str,
    most: i64,
) -> Result<Vec<StoredRow>, StoreError> {
    let found = match (actor, subject) {
        ("", "") => tx.rows(ALL, values![tx.office(), id, most]).await?,
        (actor, "") => tx.rows(BY_ACTOR, values![tx.office(), id, most, actor]).await?,
        ("", subject) => tx.rows(BY_SUBJECT, values![tx.office(), id, most, subject]).await?,
        (actor, subject) => tx.rows(BY_BOTH, values![tx.office(), id, most, actor, subject]).await?,
    };
    found.iter().map(from_row).collect()
}
