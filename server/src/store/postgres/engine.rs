//! Reads and writes on a runtime of their own, each with a deadline.
//!
//! Nothing that was begun depends on whoever asked: she may have gone away, or been told that it takes too long. A write that
//! has not begun by its deadline never does. One that has begun and of which nobody knows the end, because the connection was
//! lost or hangs, keeps what goes with it (the key that is held) until the server no longer knows its session: then it is
//! stored, or it never will be.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Semaphore, TryAcquireError, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::fault::Fault;
use super::lines::{Line, Lines};
use crate::in_flight::HeldKey;
use crate::store::StoreError;
use crate::store::ground::Ground;

/// A reading that takes longer is given up. One of these and one write are less than the 3 s in which a request is answered.
pub(super) const LONGEST_READ: Duration = Duration::from_millis(750);

/// A write that has not begun by then never does, and whoever waits is told.
pub(super) const LONGEST_WRITE: Duration = Duration::from_secs(2);

/// A write that was begun and is not answered by then has no connection any more: the server itself cuts each statement
/// earlier (`statement_timeout`).
const LOST: Duration = Duration::from_secs(6);

/// What is under way when the store is closed gets this long.
const CLOSING: Duration = Duration::from_secs(8);

/// Commits that reach the disk together: PostgreSQL flushes its log once for all that wait. With the others 17 connections a
/// process at most: five processes fit into the hundred that PostgreSQL takes by default.
pub(super) const WRITERS: u32 = 12;

/// A receipt takes some 100 µs on one of them.
pub(super) const READERS: u32 = 3;

/// The runtime, the connections, the queue.
pub(super) struct Engine {
    runtime: Background,
    pub(super) writers: Arc<Lines>,
    readers: Arc<Lines>,
    waiting: Arc<Semaphore>,
    faults: Arc<Faults>,
    ground: Arc<Ground>,
}

/// How many writes have failed, and how many had when a trial last went well.
#[derive(Default)]
struct Faults {
    seen: AtomicU64,
    proven: AtomicU64,
}

impl Engine {
    pub(super) fn new(
        runtime: Background,
        writers: Arc<Lines>,
        readers: Arc<Lines>,
        queue: usize,
        ground: Arc<Ground>,
    ) -> Self {
        let waiting = Arc::new(Semaphore::new(queue));
        Self { runtime, writers, readers, waiting, faults: Arc::default(), ground }
    }

    /// Where something has failed since the last trial: how much, for [`Self::proven`].
    pub(super) fn unproven(&self) -> Option<u64> {
        let seen = self.faults.seen.load(Ordering::Acquire);
        (seen != self.faults.proven.load(Ordering::Acquire)).then_some(seen)
    }

    /// An error where nothing is taken in any more, or where something has failed since the last trial.
    pub(super) fn standing(&self) -> Result<(), StoreError> {
        if self.waiting.is_closed() {
            return Err(closed());
        }
        match self.unproven() {
            Some(_) => Err(StoreError::Unavailable("a write has failed since the last check".to_owned())),
            None => Ok(()),
        }
    }

    /// A trial that began after so many faults went well.
    pub(super) fn proven(&self, seen: u64) {
        // Of several trials the first one tells.
        if self.faults.proven.fetch_max(seen, Ordering::AcqRel) < seen {
            tracing::info!("writes are possible again");
        }
    }

    /// Does a write and waits until it is committed, or its time is over. A full queue answers at once.
    pub(super) fn write<T, A, F>(
        &self,
        held: Option<HeldKey>,
        act: A,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, A, F>
    where
        A: FnOnce(Line) -> F + Send + 'static,
        F: Future<Output = (Line, Result<T, Fault>)> + Send + 'static,
        T: Send + 'static,
    {
        let deadline = Instant::now() + LONGEST_WRITE;
        let (reply, answer) = oneshot::channel();
        let queued = self.ground.stands().and_then(|()| {
            Arc::clone(&self.waiting).try_acquire_owned().map_err(|error| match error {
                TryAcquireError::NoPermits => StoreError::Full,
                TryAcquireError::Closed => closed(),
            })
        });
        let queued = queued.map(|place| {
            let (lines, faults) = (Arc::clone(&self.writers), Arc::clone(&self.faults));
            let ground = Arc::clone(&self.ground);
            let written = async move {
                let told = |outcome: Result<T, StoreError>, decided: Option<HeldKey>| {
                    // Before the answer as well: whoever has got one may come again at once.
                    drop(decided);
                    if matches!(outcome, Err(StoreError::Unavailable(_) | StoreError::Slow)) {
                        // Before the answer: whoever has got one finds the store not ready.
                        faults.seen.fetch_add(1, Ordering::AcqRel);
                    }
                    // Whoever asked may have gone away; what was committed stays.
                    let _ = reply.send(outcome);
                };
                let lent = match timeout_at(deadline, lines.lend()).await {
                    Ok(Ok(lent)) => lent,
                    Ok(Err(error)) => return told(Err(error), held),
                    Err(_) => return told(Err(StoreError::Slow), held),
                };
                drop(place);
                let session = lent.line.session;
                let lost = match timeout(LOST, lent.during(act)).await {
                    Ok((lent, Ok(done))) => {
                        lent.give_back();
                        // It may have been lost meanwhile: nobody can read it after a restart then.
                        return told(ground.stands().map(|()| done), held);
                    }
                    Ok((lent, Err(fault))) if fault.is_certain() => {
                        lent.give_back();
                        return told(Err(fault.into()), held);
                    }
                    Ok((_, Err(fault))) => fault.into(),
                    Err(_) => StoreError::Slow,
                };
                tracing::warn!(%lost, "nobody knows yet whether a write was stored");
                told(Err(lost), None);
                lines.is_over(session).await;
                drop(held);
            };
            self.runtime.handle().spawn(written);
        });
        async move {
            queued?;
            match timeout_at(deadline, answer).await {
                Ok(answer) => answer.unwrap_or_else(|_| Err(closed())),
                Err(_) => Err(StoreError::Slow),
            }
        }
    }

    /// Reads, within [`LONGEST_READ`].
    pub(super) fn read<T, A, F>(
        &self,
        act: A,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, A, F>
    where
        A: FnOnce(Line) -> F + Send + 'static,
        F: Future<Output = (Line, Result<T, Fault>)> + Send + 'static,
        T: Send + 'static,
    {
        let lines = Arc::clone(&self.readers);
        let reading = self.runtime.handle().spawn(timeout(LONGEST_READ, async move {
            let (lent, read) = lines.lend().await?.during(act).await;
            if read.as_ref().err().is_none_or(Fault::is_certain) {
                lent.give_back();
            }
            Ok(read?)
        }));
        async { reading.await.unwrap_or_else(|_| Ok(Err(closed()))).unwrap_or(Err(StoreError::Slow)) }
    }

    /// Does something on the connections' runtime that has no deadline but its own.
    pub(super) async fn apart<T: Send + 'static>(
        &self,
        act: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.runtime.handle().spawn(act).await.unwrap_or_else(|_| Err(closed()))
    }

    /// Finishes what is under way and takes in nothing more.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.waiting.close();
        let (writers, readers) = (Arc::clone(&self.writers), Arc::clone(&self.readers));
        let until = Instant::now() + CLOSING;
        self.apart(async move {
            readers.close(until).await;
            writers.close(until).await;
            Ok(())
        })
        .await
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// The runtime on which the connections live. It may be dropped on another one, where waiting for its end is not allowed.
pub(super) struct Background(Option<Runtime>);

impl Background {
    pub(super) fn start() -> std::io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("postgres").enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    fn handle(&self) -> &Handle {
        match &self.0 {
            Some(runtime) => runtime.handle(),
            None => unreachable!("it is taken when this is dropped"),
        }
    }

    /// Does the work of the start and waits for it, on whatever thread the caller is; `None` when it panicked.
    pub(super) fn wait_for<T: Send + 'static>(
        &self,
        act: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (reply, answer) = mpsc::channel();
        self.handle().spawn(async move {
            let _ = reply.send(act.await);
        });
        answer.recv().ok()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
