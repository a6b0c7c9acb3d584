//! That somebody who has a password guesses one-time passwords: until the account's owner and a manager have seen it.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

/// An alarm as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAlarm {
    /// At whose account.
    pub staff: String,
    /// Her name.
    pub name: String,
    /// When the last of the codes was tried.
    pub at: Instant,
    /// How many were wrong.
    pub failures: u32,
}

const RAISE: &str = "insert into sign_in_alarm (office, staff, at, failures) values ($1, $2, $3, $4)
    on conflict (office, staff) do update
        set at = excluded.at, failures = excluded.failures, seen_by_her = null, seen_by_manager = null";
const OPEN: &str = "select a.staff, s.name, a.at, a.failures
    from sign_in_alarm a join staff s on s.office = a.office and s.id = a.staff
    where a.office = $1 and s.ended_at is null
        and ((a.staff = $2 and a.seen_by_her is null) or ($3 = 1 and a.seen_by_manager is null))
    order by a.at desc, a.staff limit 20";
const SEEN: &str = "update sign_in_alarm
    set seen_by_her = case when staff = $3 then $5 else seen_by_her end,
        seen_by_manager = case when $4 = 1 then $5 else seen_by_manager end
    where office = $1 and staff = $2 and at <= $6 and ($4 = 1 or staff = $3) returning 1";

/// Raises it, also where it was seen before.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn raise(tx: &mut dyn Tx, staff: &str, at: Instant, failures: u32) -> Result<(), StoreError> {
    tx.rows(RAISE, values![tx.office(), staff, at, failures]).await.map(drop)
}

/// What somebody has to see: of her own account, and as a manager of everybody's.
pub async fn open(tx: &mut dyn Tx, reader: &str, manager: bool) -> Result<Vec<StoredAlarm>, StoreError> {
    let found = tx.rows(OPEN, values![tx.office(), reader, manager]).await?;
    let alarm = |row: &crate::store::sql::Row| {
        Ok(StoredAlarm { staff: row.get(0)?, name: row.get(1)?, at: row.get(2)?, failures: row.get(3)? })
    };
    found.iter().map(alarm).collect()
}

/// She has seen it as it was at a moment; false where there is nothing for her to see, or more has happened since.
pub async fn seen(
    tx: &mut dyn Tx,
    staff: &str,
    reader: &str,
    manager: bool,
    shown: Instant,
    now: Instant,
) -> Result<bool, StoreError> {
    let values = values![tx.office(), staff, reader, manager, now, shown];
    Ok(!tx.rows(SEEN, values).await?.is_empty())
}
