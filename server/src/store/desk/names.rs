//! Article 6: the keyed hashes by which names are found, made anew where a name is folded otherwise than before.

use crate::store::StoreError;
use crate::store::also::{FORGET_NAME, NAME};
use crate::store::sql::{Tx, values};
use crate::vault::{Hash, Sealed};

const FAR: &str = "select value from meta where name = $1";

const CAME_TO: &str = "insert into meta (name, value) values ($1, $2)
    on conflict (name) do update set value = excluded.value";

// Of an erased person neither is left.
const BELOW: &str = "select b.id, b.reception_number, b.key_id, b.sealed from booking b
    where b.office = $1 and b.id < $2 and b.key_id <> '' order by b.id desc limit $3";

/// What all bookings lie below.
const ALL: i64 = i64::MAX;

/// A booking whose person is kept.
#[derive(Debug)]
pub struct Kept {
    /// The row.
    pub id: i64,
    /// Public number.
    pub number: String,
    /// The person.
    pub person: Sealed,
}

/// Names the row of `meta` of an office.
fn mark(tx: &dyn Tx) -> String {
    format!("names of {}", tx.office())
}

/// The booking below which names are not folded this way yet; `None` where all are.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn left(tx: &mut dyn Tx, folding: u32) -> Result<Option<i64>, StoreError> {
    let name = mark(tx);
    let rows = tx.rows(FAR, values![name]).await?;
    let value: String = rows.first().map(|it| it.get(0)).transpose()?.unwrap_or_default();
    // Of a version that folds otherwise nothing is done yet.
    let (of, below) = value.split_once(' ').unwrap_or_default();
    if of != folding.to_string() {
        return Ok(Some(ALL));
    }
    Ok(below.parse().ok())
}

/// Writes down how far it has come; `None`: to the end.
pub async fn came_to(tx: &mut dyn Tx, folding: u32, below: Option<i64>) -> Result<(), StoreError> {
    let name = mark(tx);
    let far = below.map_or_else(|| "done".to_owned(), |it| it.to_string());
    tx.rows(CAME_TO, values![name, format!("{folding} {far}")]).await.map(drop)
}

/// The latest bookings below one.
pub async fn below(tx: &mut dyn Tx, below: i64, most: u32) -> Result<Vec<Kept>, StoreError> {
    let rows = tx.rows(BELOW, values![tx.office(), below, most]).await?;
    let mut kept = Vec::new();
    for row in rows {
        let person = row.sealed(2)?.ok_or(StoreError::Inconsistent("a person"))?;
        kept.push(Kept { id: row.get(0)?, number: row.get(1)?, person });
    }
    Ok(kept)
}

/// These hashes instead of those that there are.
pub async fn replace(tx: &mut dyn Tx, booking: i64, tokens: Vec<Hash>) -> Result<(), StoreError> {
    tx.rows(FORGET_NAME, values![booking]).await?;
    for token in tokens {
        tx.rows(NAME, values![tx.office(), token, booking]).await?;
    }
    Ok(())
}
