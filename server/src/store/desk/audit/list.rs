//! The log, the latest first, a page at a time.

use super::{StoredRow, Subject, from_row, rows};
use crate::store::StoreError;
use crate::store::sql::{Tx, values};

/// Which rows; all of them where nothing is named.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of an actor.
    pub actor: Option<String>,
    /// On a subject.
    pub subject: Option<Subject>,
}

const ALL: &str = rows!("where office = $1 and id < $2 order by id desc limit $3");
const BY_ACTOR: &str = rows!("where office = $1 and id < $2 and actor = $4 order by id desc limit $3");
const BY_SUBJECT: &str = rows!("where office = $1 and id < $2 and subject = $4 order by id desc limit $3");
const BY_BOTH: &str =
    rows!("where office = $1 and id < $2 and actor = $4 and subject = $5 order by id desc limit $3");

/// Rows that were written before the one with an id.
///
/// # Errors
/// Those of the store.
pub async fn before(
    tx: &mut dyn Tx,
    id: i64,
    wanted: &Wanted,
    most: i64,
) -> Result<Vec<StoredRow>, StoreError> {
    let office = tx.office().to_owned();
    let found = match (&wanted.actor, wanted.subject.as_ref().map(ToString::to_string)) {
        (None, None) => tx.rows(ALL, values![office, id, most]).await?,
        (Some(actor), None) => tx.rows(BY_ACTOR, values![office, id, most, actor]).await?,
        (None, Some(subject)) => tx.rows(BY_SUBJECT, values![office, id, most, subject]).await?,
        (Some(actor), Some(subject)) => tx.rows(BY_BOTH, values![office, id, most, actor, subject]).await?,
    };
    found.iter().map(from_row).collect()
}
