//! What is ended in a database that is older than what its server knows.

use precheck_shared::time::Instant;

use crate::store::StoreError;
use crate::store::sql::{Tx, values};

const SESSIONS: &str = "update web_session set ended_at = $2 where office = $1 and ended_at is null";
const LINKS: &str = "delete from invitation where office = $1 and used_at is null";
const FEEDS: &str = "update staff set feed_hash = null where office = $1 and feed_hash is not null";
const PASSWORD: &str = "update staff set password = null where office = $1 and id = $2";
const LAST_RESTORE: &str = "select at from audit
    where office = $1 and subject = 'log' and act = 'database_restored' order by id desc limit 1";

/// Ends every session, every link that was not used, and every address of a calendar feed.
///
/// # Errors
/// Those of the store, as of all below.
pub async fn end_all(tx: &mut dyn Tx, at: Instant) -> Result<(), StoreError> {
    tx.rows(SESSIONS, values![tx.office(), at]).await?;
    tx.rows(LINKS, values![tx.office()]).await?;
    tx.rows(FEEDS, values![tx.office()]).await.map(drop)
}

/// Takes somebody's password away: a new link makes another.
pub async fn end_password(tx: &mut dyn Tx, staff: &str) -> Result<(), StoreError> {
    tx.rows(PASSWORD, values![tx.office(), staff]).await.map(drop)
}

/// When a server last found the database to be an older one.
pub async fn last(tx: &mut dyn Tx) -> Result<Option<Instant>, StoreError> {
    tx.rows(LAST_RESTORE, values![tx.office()]).await?.first().map(|it| it.get(0)).transpose()
}
