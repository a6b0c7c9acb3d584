//! How often a sign-in failed, by account and hour: what is told beyond some rows as one number.

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

/// A count that is kept until its hour is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Whose, as the log's subject.
    pub of: String,
    /// Hours since 1970.
    pub hour: i64,
    /// So often.
    pub count: u32,
}

const NAME: &str = "failed ";
const READ: &str = "select name, value from desk_setting where office = $1 and name = $2";
// Compared as a whole: what `<` means between texts is each database's own business.
const ALL: &str = "select name, value from desk_setting
    where office = $1 and substr(name, 1, 7) = 'failed ' order by name limit 100";
const SET: &str = "insert into desk_setting (office, name, value) values ($1, $2, $3)
    on conflict (office, name) do update set value = excluded.value";
const FORGET: &str = "delete from desk_setting where office = $1 and name = $2";

/// The count of an account, if there is one.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn read(tx: &mut dyn Tx, of: &str) -> Result<Option<Tally>, StoreError> {
    let found = tx.rows(READ, values![tx.office(), format!("{NAME}{of}")]).await?;
    Ok(found.first().and_then(from_row))
}

/// All counts.
pub async fn all(tx: &mut dyn Tx) -> Result<Vec<Tally>, StoreError> {
    Ok(tx.rows(ALL, values![tx.office()]).await?.iter().filter_map(from_row).collect())
}

/// Keeps a count.
pub async fn keep(tx: &mut dyn Tx, tally: &Tally) -> Result<(), StoreError> {
    let value = format!("{} {}", tally.hour, tally.count);
    tx.rows(SET, values![tx.office(), format!("{NAME}{}", tally.of), value]).await.map(drop)
}

/// Forgets a count that was told.
pub async fn forget(tx: &mut dyn Tx, of: &str) -> Result<(), StoreError> {
    tx.rows(FORGET, values![tx.office(), format!("{NAME}{of}")]).await.map(drop)
}

fn from_row(row: &crate::store::sql::Row) -> Option<Tally> {
    let (name, value): (String, String) = (row.get(0).ok()?, row.get(1).ok()?);
    let (hour, count) = value.split_once(' ')?;
    let of = name.strip_prefix(NAME)?.to_owned();
    Some(Tally { of, hour: hour.parse().ok()?, count: count.parse().ok()? })
}
