//! RULEBOOK, Records: the newest instant that the database has seen, of each office.

use precheck_shared::time::Instant;

use crate::clock::from_millis;
use crate::readiness::Seen;
use crate::store::StoreError;
use crate::store::sql::{Tx, values};

const READ: &str = "select value from meta where name = $1";

const KEEP: &str = "insert into meta (name, value) values ($1, $2)
    on conflict (name) do update set value = excluded.value";

// Each of them is found at the end of an index.
const NEWEST: [&str; 3] = [
    "select max(at) from event where office = $1",
    "select max(began_at) from visit where office = $1",
    "select at from audit where office = $1 order by id desc limit 1",
];

/// What was kept; none where nothing was, or it cannot be read.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn kept(tx: &mut dyn Tx) -> Result<Option<Seen>, StoreError> {
    let name = name(tx);
    let found = tx.rows(READ, values![name]).await?;
    let text: Option<String> = found.first().map(|it| it.get(0)).transpose()?;
    Ok(text.and_then(|it| read(&it)))
}

/// Keeps it.
pub async fn keep(tx: &mut dyn Tx, seen: Seen) -> Result<(), StoreError> {
    let value = format!("{} {}", seen.newest.timestamp_millis(), seen.acceptances);
    let name = name(tx);
    tx.rows(KEEP, values![name, value]).await.map(drop)
}

/// When anything last happened that was written down; what an older program has left.
pub async fn newest_of_all(tx: &mut dyn Tx) -> Result<Option<Instant>, StoreError> {
    let mut newest = None;
    for sql in NEWEST {
        let values = values![tx.office()];
        let found: Option<Instant> = match tx.rows(sql, values).await?.first() {
            Some(row) => row.get(0)?,
            None => None,
        };
        newest = newest.max(found);
    }
    Ok(newest)
}

fn name(tx: &dyn Tx) -> String {
    format!("clock/{}", tx.office())
}

fn read(text: &str) -> Option<Seen> {
    let (newest, acceptances) = text.split_once(' ')?;
    Some(Seen { newest: from_millis(newest.parse().ok()?), acceptances: acceptances.parse().ok()? })
}
