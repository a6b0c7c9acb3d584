//! The writer thread and its group commit.
//!
//! Whatever waits is taken as one batch: one transaction, a savepoint for each write, one commit, one fsync; then all
//! are answered. A write that fails undoes itself alone. A commit that fails is told to the whole batch, and nothing
//! of it was stored. Since the thread is the only writer, every write sees all that were answered before it.
//!
//! A write has a deadline. Whoever waits is answered then at the latest, and a write that has not begun by then never
//! does: nothing is stored behind the back of somebody who was told that it was not. One that has begun and hangs is
//! decided later; whatever goes with it (the key that is held) stays held until then.
//!
//! A write that panics takes its batch with it, and not the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{mpsc, oneshot};

use super::{LONGEST_WRITE, StoreError, migrations};
use crate::log_once::Folded;
use crate::panics;
use crate::store::ground::Ground;

/// Most writes in one transaction: enough to make the fsync cheap, few enough to keep the first one waiting briefly.
const BATCH: usize = 256;

/// Batches that were not committed.
static FAILED: Folded = Folded::new();

/// The way to the thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    faults: Arc<Faults>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

/// How many batches or writes have failed, and how many had when a trial last went well.
#[derive(Default)]
struct Faults {
    seen: AtomicU64,
    proven: AtomicU64,
}

enum Message {
    Write(Box<dyn Write>),
    /// Between two batches, outside of any transaction.
    Alone(Box<dyn FnOnce(&Connection) + Send>),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// A write and its answer.
trait Write: Send {
    /// Whether its time is not over yet.
    fn in_time(&self) -> bool;
    /// Does it inside the batch's transaction, unless its time is over; false when it is to be undone.
    fn perform(&mut self, connection: &Connection) -> bool;
    /// Whether the engine failed to do it.
    fn failed(&self) -> bool;
    /// Tells the outcome, which counts only when the batch was committed.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<F, T> {
    act: Option<F>,
    deadline: Instant,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Write for Task<F, T>
where
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn in_time(&self) -> bool {
        Instant::now() < self.deadline
    }

    fn perform(&mut self, connection: &Connection) -> bool {
        let act = self.act.take().filter(|_| self.in_time());
        self.outcome = act.map(|act| act(connection));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn failed(&self) -> bool {
        matches!(self.outcome, Some(Err(StoreError::Unavailable(_))))
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let never_done = || Err(StoreError::Slow);
        let Self { outcome, reply, .. } = *self;
        // Whoever asked may have gone away; what was committed stays.
        let _ = reply.send(committed.and_then(|()| outcome.unwrap_or_else(never_done)));
    }
}

impl Writer {
    pub(super) fn start(connection: Connection, queue: usize, ground: Arc<Ground>) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(queue);
        let faults = Arc::<Faults>::default();
        let of_thread = Arc::clone(&faults);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(connection, receiver, &of_thread, &ground))?;
        Ok(Self { queue: sender, faults, thread: std::sync::Mutex::new(Some(thread)) })
    }

    /// Where something has failed since the last trial: how much, for [`Self::proven`].
    pub(super) fn unproven(&self) -> Option<u64> {
        let seen = self.faults.seen.load(Ordering::Acquire);
        (seen != self.faults.proven.load(Ordering::Acquire)).then_some(seen)
    }

    /// An error where nothing is taken in any more, or where something has failed since the last trial.
    pub(super) fn standing(&self) -> Result<(), StoreError> {
        if self.queue.is_closed() {
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

    /// Queues a write and waits until it is committed, or its time is over. A full queue answers at once.
    pub(super) fn write<F, T>(&self, act: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<F, T>
    where
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let deadline = Instant::now() + LONGEST_WRITE;
        let task = Box::new(Task { act: Some(act), deadline, outcome: None, reply });
        let decided = self.queued(Message::Write(task), answer);
        async move { tokio::time::timeout_at(deadline.into(), decided).await.unwrap_or(Err(StoreError::Slow)) }
    }

    /// The same without a deadline, for what SQLite refuses inside a transaction; it is not undone when it fails halfway.
    pub(super) fn alone<F, T>(&self, act: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<F, T>
    where
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let act = Box::new(move |connection: &Connection| {
            let _ = reply.send(act(connection));
        });
        self.queued(Message::Alone(act), answer)
    }

    fn queued<T: Send>(
        &self,
        message: Message,
        answer: oneshot::Receiver<Result<T, StoreError>>,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T> {
        let queued = self.queue.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Full,
            mpsc::error::TrySendError::Closed(_) => closed(),
        });
        async move {
            queued?;
            answer.await.unwrap_or_else(|_| Err(closed()))
        }
    }

    /// Finishes what is queued, folds the log into the database, ends the thread.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).await.is_err() {
            return Ok(());
        }
        let folded = answer.await.unwrap_or_else(|_| Err(closed()));
        let thread = self.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // The thread has sent its last message; joining waits for the file to be closed.
        thread.map(JoinHandle::join);
        folded
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the writer has ended, or given this up".to_owned())
}

fn run(connection: Connection, mut queue: mpsc::Receiver<Message>, faults: &Faults, ground: &Ground) {
    while let Some(first) = queue.blocking_recv() {
        let mut batch = Vec::with_capacity(BATCH);
        let mut next = Some(first);
        let (mut alone, mut closing) = (None, None);
        while let Some(message) = next {
            match message {
                Message::Write(write) => batch.push(write),
                Message::Alone(act) => alone = Some(act),
                Message::Close(reply) => closing = Some(reply),
            }
            let more = batch.len() < BATCH && alone.is_none() && closing.is_none();
            next = if more { queue.try_recv().ok() } else { None };
        }
        // Those whose time is over would wait for a lock that nobody needs any more.
        batch.retain(|it| it.in_time());
        if !batch.is_empty() {
            guarded(&connection, faults, || commit_together(&connection, batch, faults, ground));
        }
        if let Some(act) = alone {
            guarded(&connection, faults, || act(&connection));
        }
        if let Some(reply) = closing {
            queue.close();
            let _ = reply.send(fold(connection, ground));
            return;
        }
    }
}

/// Does it, and goes on where it panics: nothing of it is stored, and whoever waits for it is told to come back, since the way to
/// her answer is dropped. Whatever a panic leaves behind is on the connection, and ends with its transaction.
fn guarded(connection: &Connection, faults: &Faults, act: impl FnOnce()) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(act)) else { return };
    tracing::error!(
        panic = panics::said(&*panic),
        "THE WRITER PANICKED; nothing of that batch is stored, and it goes on"
    );
    undo(connection);
    faults.seen.fetch_add(1, Ordering::AcqRel);
}

fn undo(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("rollback")
    {
        tracing::error!(%error, "the failed batch could not be rolled back");
    }
}

fn commit_together(
    connection: &Connection,
    mut batch: Vec<Box<dyn Write>>,
    faults: &Faults,
    ground: &Ground,
) {
    let committed =
        ground.stands().and_then(|()| transact(connection, &mut batch, ground)).inspect_err(|error| {
            tell(batch.len(), error);
            undo(connection);
        });
    // It may have been lost during the commit: that is there for us alone then.
    let committed = committed.and_then(|()| ground.stands());
    if committed.is_err() || batch.iter().any(|it| it.failed()) {
        // Before the answers: whoever has got one finds the store not ready.
        faults.seen.fetch_add(1, Ordering::AcqRel);
    }
    for write in batch {
        write.answer(committed.clone());
    }
}

fn tell(writes: usize, error: &StoreError) {
    // What was lost beneath is told by whoever found it.
    if !matches!(error, StoreError::Ground(_))
        && let Some(left_out) = FAILED.admit(&error.to_string())
    {
        tracing::error!(writes, %error, left_out, "a batch was not committed");
    }
}

fn transact(
    connection: &Connection,
    batch: &mut [Box<dyn Write>],
    ground: &Ground,
) -> Result<(), StoreError> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]).map(|_| ());
    run("begin immediate")?;
    // Nobody migrates it from here to the commit.
    ground.found_schema(migrations::number(connection)?);
    ground.stands()?;
    for write in batch {
        run("savepoint one_write")?;
        if !write.perform(connection) {
            // A full disk or a broken file may have ended the whole transaction; then this fails, and the batch with it.
            run("rollback to one_write")?;
        }
        run("release one_write")?;
    }
    Ok(run("commit")?)
}

fn fold(connection: Connection, ground: &Ground) -> Result<(), StoreError> {
    if let Err(lost) = ground.stands() {
        // What lies at the paths is somebody else's: our log stays out of it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        return Err(lost);
    }
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error.into())
}
