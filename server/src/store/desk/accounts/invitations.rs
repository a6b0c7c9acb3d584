//! One-time links: to an account, to a new password, to the first account of all.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};
use crate::vault::Hash;

/// A link as stored.
#[derive(Debug, Clone)]
pub struct StoredInvitation {
    /// Whose; `None` for the first manager, who is nobody yet.
    pub staff: Option<String>,
    /// `officer`, `manager`.
    pub role: String,
    /// With it her one-time passwords go.
    pub without_codes: bool,
    /// An officer, `shell`, or `start`.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// From then on it is dead.
    pub expires_at: Instant,
    /// So it is when it was used.
    pub used_at: Option<Instant>,
}

const MAKE: &str =
    "insert into invitation (office, hash, staff, role, made_by, made_at, expires_at, without_codes)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const BY_HASH: &str =
    "select staff, role, made_by, made_at, expires_at, used_at, without_codes from invitation
    where office = $1 and hash = $2";
const USE: &str = "update invitation set used_at = $3
    where office = $1 and hash = $2 and used_at is null and $3 < expires_at returning 1";
const KILL: &str =
    "delete from invitation where office = $1 and coalesce(staff, '') = $2 and used_at is null";

/// Makes a link.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn make(tx: &mut dyn Tx, hash: Hash, new: &StoredInvitation) -> Result<(), StoreError> {
    let StoredInvitation { staff, role, without_codes, made_by, made_at, expires_at, used_at: _ } = new;
    let values =
        values![tx.office(), hash, staff.clone(), role, made_by, *made_at, *expires_at, *without_codes];
    tx.rows(MAKE, values).await.map(drop)
}

/// A link by the hash of its secret, dead or not.
pub async fn by_hash(tx: &mut dyn Tx, hash: Hash) -> Result<Option<StoredInvitation>, StoreError> {
    let found = tx.rows(BY_HASH, values![tx.office(), hash]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    Ok(Some(StoredInvitation {
        staff: row.get(0)?,
        role: row.get(1)?,
        made_by: row.get(2)?,
        made_at: row.get(3)?,
        expires_at: row.get(4)?,
        used_at: row.get(5)?,
        without_codes: row.get(6)?,
    }))
}

/// Uses a link; false when it is dead.
pub async fn take(tx: &mut dyn Tx, hash: Hash, at: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(USE, values![tx.office(), hash, at]).await?.is_empty())
}

/// Kills the links of somebody that were not used; those to the first account where nobody is named.
pub async fn kill(tx: &mut dyn Tx, staff: Option<&str>) -> Result<(), StoreError> {
    tx.rows(KILL, values![tx.office(), staff.unwrap_or_default()]).await.map(drop)
}
