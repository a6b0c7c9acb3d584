//! What becomes of an account of the desk: failures, passwords, one-time passwords, sessions, role, end.

use precheck_shared::time::Instant;

use super::staff::StoredSession;
use crate::store::StoreError;
use crate::store::sql::{Tx, values};
use crate::vault::{Hash, Sealed};

pub mod alarms;
pub mod browsers;
pub mod counters;
pub mod invitations;
pub mod rights;

const TAKE_STEP: &str = "update staff set totp_step = $3
    where office = $1 and id = $2 and coalesce(totp_step, -1) < $3 returning 1";
const PASSWORD: &str = "update staff set password = $3, name = $4 where office = $1 and id = $2";
const NO_PASSWORD: &str = "update staff set password = null where office = $1 and id = $2";
const TOTP: &str =
    "update staff set totp_key_id = $3, totp = $4, totp_step = $5 where office = $1 and id = $2";
const TOTP_REQUIRED: &str = "update staff set totp_required = $3 where office = $1 and id = $2";
const ROLE: &str = "update staff set role = $3 where office = $1 and id = $2";
const HOLD: &str = "update staff set name = name where office = $1 and id = $2";
const LEAVE: &str =
    "update staff set ended_at = $3, feed_hash = null where office = $1 and id = $2 and ended_at is null";
const FEED: &str = "update staff set feed_hash = $3 where office = $1 and id = $2";
const HAS_FEED: &str = "select feed_hash is not null from staff where office = $1 and id = $2";
const ANYBODY: &str = "select 1 from staff where office = $1 order by id limit 1";
const MANAGERS: &str = "select id from staff
    where office = $1 and role = 'manager' and ended_at is null and password is not null order by id";
const SET: &str = "insert into desk_setting (office, name, value) values ($1, $2, $3)
    on conflict (office, name) do update set value = excluded.value";

const USE_RECOVERY: &str = "update recovery_code set used_at = $4
    where office = $1 and staff = $2 and hash = $3 and used_at is null returning 1";
const FORGET_RECOVERY: &str = "delete from recovery_code where office = $1 and staff = $2";
const KEEP_RECOVERY: &str = "insert into recovery_code (office, staff, hash) values ($1, $2, $3)";
const RECOVERY_LEFT: &str =
    "select count(*) from recovery_code where office = $1 and staff = $2 and used_at is null";

const SESSIONS: &str = "select id, device, created_at, seen_at, proven_at, ended_at from web_session
    where office = $1 and staff = $2 and ended_at is null order by seen_at desc, id";
const END_NAMED: &str = "update web_session set ended_at = $4
    where office = $1 and staff = $2 and id = $3 and ended_at is null returning 1";
const END_OTHERS: &str = "update web_session set ended_at = $4
    where office = $1 and staff = $2 and id <> $3 and ended_at is null";
const FORGET_SESSIONS: &str = "delete from web_session where office = $1 and staff = $2 and created_at < $3";
const RENEW: &str = "update web_session set hash = $4
    where office = $1 and staff = $2 and id = $3 and ended_at is null returning 1";
const RESUME: &str = "update web_session set hash = $4, seen_at = $5
    where office = $1 and staff = $2 and id = $3 and ended_at is null returning 1";
const PROVE: &str = "update web_session set proven_at = $4
    where office = $1 and staff = $2 and id = $3 and ended_at is null returning 1";

/// Uses the one-time password of a step; false when it or a later one was used.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn take_step(tx: &mut dyn Tx, staff: &str, step: i64) -> Result<bool, StoreError> {
    Ok(!tx.rows(TAKE_STEP, values![tx.office(), staff, step]).await?.is_empty())
}

/// Takes her password away.
pub async fn take_password(tx: &mut dyn Tx, staff: &str) -> Result<(), StoreError> {
    tx.rows(NO_PASSWORD, values![tx.office(), staff]).await.map(drop)
}

/// Sets password and name.
pub async fn set_password(
    tx: &mut dyn Tx,
    staff: &str,
    password: &str,
    name: &str,
) -> Result<(), StoreError> {
    tx.rows(PASSWORD, values![tx.office(), staff, password, name]).await.map(drop)
}

/// Sets the secret of the one-time passwords and the last step that was used, or takes both away.
pub async fn set_totp(tx: &mut dyn Tx, staff: &str, secret: Option<(Sealed, i64)>) -> Result<(), StoreError> {
    let (secret, step) = secret.unzip();
    let (key_id, bytes) = secret.map(|it| (it.key_id, it.bytes)).unzip();
    tx.rows(TOTP, values![tx.office(), staff, key_id, bytes, step]).await.map(drop)
}

/// Requires one-time passwords of her, or no longer.
pub async fn require_totp(tx: &mut dyn Tx, staff: &str, required: bool) -> Result<(), StoreError> {
    tx.rows(TOTP_REQUIRED, values![tx.office(), staff, required]).await.map(drop)
}

/// Requires them of everybody, or no longer.
pub async fn require_totp_of_all(tx: &mut dyn Tx, required: bool) -> Result<(), StoreError> {
    let value = if required { "yes" } else { "no" };
    tx.rows(SET, values![tx.office(), "totp_required", value]).await.map(drop)
}

/// Gives her another role.
pub async fn set_role(tx: &mut dyn Tx, staff: &str, role: &str) -> Result<(), StoreError> {
    tx.rows(ROLE, values![tx.office(), staff, role]).await.map(drop)
}

/// Keeps her row to the end of the transaction: whoever gives her a counselling waits (`store::also`).
pub async fn hold(tx: &mut dyn Tx, staff: &str) -> Result<(), StoreError> {
    tx.rows(HOLD, values![tx.office(), staff]).await.map(drop)
}

/// She leaves; her feed with her.
pub async fn leave(tx: &mut dyn Tx, staff: &str, at: Instant) -> Result<(), StoreError> {
    tx.rows(LEAVE, values![tx.office(), staff, at]).await.map(drop)
}

/// Gives her calendar feed another address, or none.
pub async fn set_feed(tx: &mut dyn Tx, staff: &str, hash: Option<Hash>) -> Result<(), StoreError> {
    tx.rows(FEED, values![tx.office(), staff, hash]).await.map(drop)
}

/// Whether her calendar feed has an address.
pub async fn has_feed(tx: &mut dyn Tx, staff: &str) -> Result<bool, StoreError> {
    let found = tx.rows(HAS_FEED, values![tx.office(), staff]).await?;
    found.first().map_or(Ok(false), |it| it.get(0))
}

/// Whether there is anybody at all.
pub async fn anybody(tx: &mut dyn Tx) -> Result<bool, StoreError> {
    Ok(!tx.rows(ANYBODY, values![tx.office()]).await?.is_empty())
}

/// The managers who can sign in.
pub async fn managers(tx: &mut dyn Tx) -> Result<Vec<String>, StoreError> {
    tx.rows(MANAGERS, values![tx.office()]).await?.iter().map(|it| it.get(0)).collect()
}

/// Uses a recovery code; false when there is none like it.
pub async fn use_recovery(tx: &mut dyn Tx, staff: &str, code: Hash, at: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(USE_RECOVERY, values![tx.office(), staff, code, at]).await?.is_empty())
}

/// Keeps these recovery codes in the place of all before.
pub async fn keep_recovery(tx: &mut dyn Tx, staff: &str, codes: Vec<Hash>) -> Result<(), StoreError> {
    tx.rows(FORGET_RECOVERY, values![tx.office(), staff]).await?;
    for code in codes {
        tx.rows(KEEP_RECOVERY, values![tx.office(), staff, code]).await?;
    }
    Ok(())
}

/// How many recovery codes she has not used.
pub async fn recovery_left(tx: &mut dyn Tx, staff: &str) -> Result<u32, StoreError> {
    let found = tx.rows(RECOVERY_LEFT, values![tx.office(), staff]).await?;
    found.first().map_or(Ok(0), |it| it.get(0))
}

/// Her sessions that nobody ended, the latest first; some may be over by the clock.
pub async fn sessions(tx: &mut dyn Tx, staff: &str) -> Result<Vec<StoredSession>, StoreError> {
    let found = tx.rows(SESSIONS, values![tx.office(), staff]).await?;
    let session = |row: &crate::store::sql::Row| {
        Ok(StoredSession {
            id: row.get(0)?,
            device: row.get(1)?,
            created_at: row.get(2)?,
            seen_at: row.get(3)?,
            proven_at: row.get(4)?,
            ended_at: row.get(5)?,
        })
    };
    found.iter().map(session).collect()
}

/// Ends one of her sessions by its name; false when she has none like it.
pub async fn end_named(tx: &mut dyn Tx, staff: &str, session: &str, at: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(END_NAMED, values![tx.office(), staff, session, at]).await?.is_empty())
}

/// Ends all her sessions but one; all where that is named `""`.
pub async fn end_others(tx: &mut dyn Tx, staff: &str, but: &str, at: Instant) -> Result<(), StoreError> {
    tx.rows(END_OTHERS, values![tx.office(), staff, but, at]).await.map(drop)
}

/// Forgets her sessions that were opened before.
pub async fn forget_sessions(tx: &mut dyn Tx, staff: &str, before: Instant) -> Result<(), StoreError> {
    tx.rows(FORGET_SESSIONS, values![tx.office(), staff, before]).await.map(drop)
}

/// Gives a session another cookie; false when it is over.
pub async fn renew(tx: &mut dyn Tx, staff: &str, session: &str, hash: Hash) -> Result<bool, StoreError> {
    Ok(!tx.rows(RENEW, values![tx.office(), staff, session, hash]).await?.is_empty())
}

/// She is there again: a session has another cookie from now on; false when it was ended.
pub async fn resume(
    tx: &mut dyn Tx,
    staff: &str,
    session: &str,
    hash: Hash,
    at: Instant,
) -> Result<bool, StoreError> {
    Ok(!tx.rows(RESUME, values![tx.office(), staff, session, hash, at]).await?.is_empty())
}

/// She gave her password once more; false when the session is over.
pub async fn prove(tx: &mut dyn Tx, staff: &str, session: &str, at: Instant) -> Result<bool, StoreError> {
    Ok(!tx.rows(PROVE, values![tx.office(), staff, session, at]).await?.is_empty())
}
