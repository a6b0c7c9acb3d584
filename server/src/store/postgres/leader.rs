//! Of all processes on one database, one does time's own acts: the one whose session holds the lock. The lock goes with the
//! session, whatever ends it, and another process has it at its next look.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::{Config, Error};

use super::engine::LONGEST_READ;
use super::lines::Line;
use crate::store::StoreError;

const TAKE: &str = "select pg_try_advisory_lock(
    ('meta'::regclass::oid::bigint << 32) | (hashtext('acts of time of ' || $1)::bigint & 4294967295))";

/// The session that leads, if this process does.
#[derive(Clone, Default)]
pub(super) struct Leader(Arc<Mutex<Option<Line>>>);

impl Leader {
    /// Whether this process leads now, or from now on.
    pub(super) async fn leads(&self, config: &Config, office: &str) -> Result<bool, StoreError> {
        let mut leading = self.0.lock().await;
        if let Some(line) = leading.as_mut() {
            if let Ok(Ok(_)) = timeout(LONGEST_READ, line.row("select 1", &[])).await {
                return Ok(true);
            }
            tracing::warn!("the session that led was lost");
            *leading = None;
        }
        let taken = timeout(LONGEST_READ * 2, take(config, office)).await.map_err(|_| StoreError::Slow)?;
        *leading = taken.map_err(|error| StoreError::Unavailable(super::fault::words(&error)))?;
        Ok(leading.is_some())
    }

    /// Lets another process lead.
    pub(super) async fn resign(&self) {
        self.0.lock().await.take();
    }
}

async fn take(config: &Config, office: &str) -> Result<Option<Line>, Error> {
    let mut line = Line::connect(config).await?;
    let taken = line.row(TAKE, &[&office]).await?.map(|it| it.try_get(0)).transpose()?;
    Ok((taken == Some(true)).then_some(line))
}
