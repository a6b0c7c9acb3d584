//! The log of what the staff read and changed.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Row, Tx, values};
use crate::vault::Hash;

pub mod list;

/// A row as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// In the order in which they were written.
    pub id: i64,
    /// When.
    pub at: Instant,
    /// An officer's id, `anybody`, `shell`.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub subject: String,
    /// Where it stands in the chain, from 1.
    pub place: Option<i64>,
    /// What binds it to the rows before.
    pub hash: Option<Hash>,
}

/// The columns of [`StoredRow`].
macro_rules! rows {
    ($rest:literal) => {
        concat!("select id, at, actor, act, subject, place, hash from audit ", $rest)
    };
}
pub(crate) use rows;

const LAST: &str = rows!("where office = $1 and place is not null order by place desc limit 1");
const UNCHAINED: &str = rows!("where office = $1 and place is null order by id limit $2");
const CHAIN: &str = "update audit set place = $3, hash = $4 where office = $1 and id = $2";
const CHAINED: &str = rows!("where office = $1 and place > $2 order by place limit $3");
const WAITING: &str = "select count(*) from audit where office = $1 and place is null";

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

/// The last row of the chain.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn last(tx: &mut dyn Tx) -> Result<Option<StoredRow>, StoreError> {
    tx.rows(LAST, values![tx.office()]).await?.first().map(from_row).transpose()
}

/// Rows without a place, in the order in which they were written.
pub async fn unchained(tx: &mut dyn Tx, most: i64) -> Result<Vec<StoredRow>, StoreError> {
    tx.rows(UNCHAINED, values![tx.office(), most]).await?.iter().map(from_row).collect()
}

/// Gives a row its place.
pub async fn chain(tx: &mut dyn Tx, id: i64, place: i64, hash: Hash) -> Result<(), StoreError> {
    tx.rows(CHAIN, values![tx.office(), id, place, hash]).await.map(drop)
}

/// Rows of the chain behind a place.
pub async fn chained(tx: &mut dyn Tx, behind: i64, most: i64) -> Result<Vec<StoredRow>, StoreError> {
    tx.rows(CHAINED, values![tx.office(), behind, most]).await?.iter().map(from_row).collect()
}

/// How many rows have no place yet.
pub async fn waiting(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    let found = tx.rows(WAITING, values![tx.office()]).await?;
    found.first().map_or(Ok(0), |it| it.get(0))
}

fn from_row(row: &Row) -> Result<StoredRow, StoreError> {
    Ok(StoredRow {
        id: row.get(0)?,
        at: row.get(1)?,
        actor: row.get(2)?,
        act: row.get(3)?,
        subject: row.get(4)?,
        place: row.get(5)?,
        hash: row.get(6)?,
    })
}
