//! Read-only connections, lent one reader at a time.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{BUSY, LONGEST_READ, StoreError};

/// A receipt takes some 20 µs on one of them.
const READERS: usize = 2;

/// The connections.
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

/// Gives its connection back, also when the reading panics.
struct Lent {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let connection = self.connection.take();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(connection);
    }
}

impl Readers {
    /// Makes the connections.
    pub(super) fn open(
        connect: impl Fn() -> Result<Connection, rusqlite::Error>,
    ) -> Result<Self, rusqlite::Error> {
        let connections = (0..READERS).map(|_| connect()).collect::<Result<Vec<_>, _>>()?;
        connections.iter().try_for_each(|it| it.busy_timeout(BUSY))?;
        Ok(Self { idle: Arc::new(Mutex::new(connections)), free: Arc::new(Semaphore::new(READERS)) })
    }

    /// Waits for the readings under way and closes the connections; later readers are told so.
    pub(super) async fn close(&self) {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        if let Ok(turns) = self.free.acquire_many(all).await {
            self.free.close();
            drop(turns);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Reads on a thread that may block. Whoever waits longer than [`LONGEST_READ`] is told to come back later; the turn of a
    /// reading that hangs stays taken.
    pub(super) async fn read<T, F>(&self, look: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        tokio::time::timeout(LONGEST_READ, self.read_in_turn(look)).await.unwrap_or(Err(StoreError::Slow))
    }

    async fn read_in_turn<T, F>(&self, look: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let unavailable = |why: &str| StoreError::Unavailable(why.to_owned());
        let turn = Arc::clone(&self.free).acquire_owned().await;
        let turn = turn.map_err(|_| unavailable("the readers are closed"))?;
        let idle = Arc::clone(&self.idle);
        let reading = tokio::task::spawn_blocking(move || {
            let connection = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let lent = Lent { connection, idle };
            let outcome = match &lent.connection {
                Some(connection) => look(connection),
                None => Err(StoreError::Unavailable("no connection is idle".to_owned())),
            };
            drop(lent);
            drop(turn);
            outcome
        });
        reading.await.unwrap_or_else(|_| Err(unavailable("a read did not finish")))
    }
}
