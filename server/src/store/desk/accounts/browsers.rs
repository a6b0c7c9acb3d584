//! Browsers in which somebody has signed in before, by the hash of a cookie that opens nothing.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};
use crate::vault::Hash;

const IS_KNOWN: &str =
    "select 1 from known_browser where office = $1 and hash = $2 and staff = $3 and used_at >= $4";
const IS_ANYBODYS: &str = "select 1 from known_browser where office = $1 and hash = $2 limit 1";
const REMEMBER: &str = "insert into known_browser (office, hash, staff, used_at) values ($1, $2, $3, $4)
    on conflict (office, hash, staff) do update set used_at = excluded.used_at";
const FORGET: &str = "delete from known_browser where office = $1 and staff = $2";
const FORGET_OTHERS: &str = "delete from known_browser where office = $1 and staff = $2 and hash <> $3";
const FORGET_OLDEST: &str = "delete from known_browser where office = $1 and staff = $2 and hash not in (
        select hash from known_browser where office = $1 and staff = $2 order by used_at desc, hash limit $3)";

/// Whether she has signed in with this browser, and since then.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn is_known(tx: &mut dyn Tx, hash: Hash, staff: &str, since: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(IS_KNOWN, values![tx.office(), hash, staff, since]).await?.is_empty())
}

/// Whether it is a browser of ours at all.
pub async fn is_anybodys(tx: &mut dyn Tx, hash: Hash) -> Result<bool, StoreError> {
    Ok(!tx.rows(IS_ANYBODYS, values![tx.office(), hash]).await?.is_empty())
}

/// She has signed in with it; of her browsers so many are remembered, those that she used last.
pub async fn remember(
    tx: &mut dyn Tx,
    hash: Hash,
    staff: &str,
    at: Instant,
    most: u32,
) -> Result<(), StoreError> {
    tx.rows(REMEMBER, values![tx.office(), hash, staff, at]).await?;
    tx.rows(FORGET_OLDEST, values![tx.office(), staff, most]).await.map(drop)
}

/// Forgets her browsers, all but one where that is named.
pub async fn forget(tx: &mut dyn Tx, staff: &str, but: Option<Hash>) -> Result<(), StoreError> {
    match but {
        Some(hash) => tx.rows(FORGET_OTHERS, values![tx.office(), staff, hash]).await.map(drop),
        None => tx.rows(FORGET, values![tx.office(), staff]).await.map(drop),
    }
}
