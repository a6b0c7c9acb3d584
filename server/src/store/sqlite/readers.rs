//! Read-only connections, lent one reader at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};
use tokio::sync::Semaphore;

use super::{BUSY, StoreError};

/// How many there are, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lending {
    pub(super) connections: usize,
    /// A reading that takes longer, its turn included, is given up.
    pub(super) longest: Duration,
}

/// The connections.
pub(super) struct Readers {
    lending: Lending,
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

/// How a reading is stopped for which nobody waits any more.
#[derive(Default)]
struct Stop {
    given_up: bool,
    /// As long as it is under way.
    running: Option<InterruptHandle>,
}

type Stopping = Arc<Mutex<Stop>>;

fn held(stopping: &Stopping) -> MutexGuard<'_, Stop> {
    stopping.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whoever waits for a reading.
struct Waiting(Stopping);

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut stop = held(&self.0);
        stop.given_up = true;
        if let Some(running) = &stop.running {
            running.interrupt();
        }
    }
}

/// Gives its connection back, also when the reading panics.
struct Lent {
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    stopping: Stopping,
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Whoever stops it from here on would stop the next one's.
        held(&self.stopping).running = None;
        let connection = self.connection.take();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(connection);
    }
}

impl Readers {
    /// Makes the connections.
    pub(super) fn open(
        lending: Lending,
        connect: impl Fn() -> Result<Connection, rusqlite::Error>,
    ) -> Result<Self, rusqlite::Error> {
        let connections = (0..lending.connections).map(|_| connect()).collect::<Result<Vec<_>, _>>()?;
        connections.iter().try_for_each(|it| it.busy_timeout(BUSY))?;
        let free = Arc::new(Semaphore::new(lending.connections));
        Ok(Self { lending, idle: Arc::new(Mutex::new(connections)), free })
    }

    /// Waits for the readings under way and closes the connections; later readers are told so.
    pub(super) async fn close(&self) {
        let all = u32::try_from(self.lending.connections).unwrap_or(u32::MAX);
        if let Ok(turns) = self.free.acquire_many(all).await {
            self.free.close();
            drop(turns);
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Reads on a thread that may block. Whoever waits too long is told to come back later. A statement for which nobody waits any
    /// more is stopped; the turn of a reading that hangs elsewhere stays taken.
    pub(super) async fn read<T, F>(&self, look: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let waiting = Waiting(Stopping::default());
        let reading = self.read_in_turn(look, Arc::clone(&waiting.0));
        tokio::time::timeout(self.lending.longest, reading).await.unwrap_or(Err(StoreError::Slow))
    }

    async fn read_in_turn<T, F>(&self, look: F, stopping: Stopping) -> Result<T, StoreError>
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
            let given_up = {
                let mut stop = held(&stopping);
                stop.running = connection.as_ref().map(Connection::get_interrupt_handle);
                stop.given_up
            };
            let lent = Lent { connection, idle, stopping };
            let outcome = match &lent.connection {
                Some(_) if given_up => Err(StoreError::Slow),
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
