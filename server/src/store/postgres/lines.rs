//! Connections, lent one at a time, made anew where one was lost.
//!
//! A connection that was given up in the middle of something leaves a session behind, of which nobody here knows what it
//! still does: a commit may be on its way, and even the command itself may still lie in a network's buffer. [`Lines::is_over`]
//! ends that session at the server; afterwards it is decided what was stored.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement};

use super::fault::words;
use crate::store::StoreError;

/// A whole exchange with the server, a new connection included, for what nobody waits for.
const PATIENCE: Duration = Duration::from_secs(3);

/// The name of a session at the server: the process's number, and when it began, since numbers come back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    process: i32,
    began: i64,
}

const OWN_SESSION: &str = "select pid, (extract(epoch from backend_start) * 1000000)::bigint
    from pg_stat_activity where pid = pg_backend_pid()";

const END_SESSION: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where pid = $1 and (extract(epoch from backend_start) * 1000000)::bigint = $2";

const SESSION_IS_OVER: &str = "select not exists (select from pg_stat_activity
    where pid = $1 and (extract(epoch from backend_start) * 1000000)::bigint = $2)";

/// A connection, with the statements that it has prepared.
pub(super) struct Line {
    pub(super) client: Client,
    pub(super) session: Session,
    statements: HashMap<&'static str, Statement>,
    driver: AbortHandle,
}

impl Line {
    /// Connects, on the runtime that this is called on.
    pub(super) async fn connect(config: &Config) -> Result<Self, Error> {
        let (client, connection) = config.connect(NoTls).await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = words(&error), "a connection to the database ended");
            }
        });
        let driver = driver.abort_handle();
        let own = client.query_typed_one(OWN_SESSION, &[]).await?;
        let session = Session { process: own.try_get(0)?, began: own.try_get(1)? };
        Ok(Self { client, session, statements: HashMap::new(), driver })
    }

    /// A statement, prepared once for each connection.
    pub(super) async fn statement(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// All rows of a statement, in one exchange once it is prepared.
    pub(super) async fn rows(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let statement = self.statement(sql).await?;
        self.client.query(&statement, values).await
    }

    /// The only row of a statement, if any.
    pub(super) async fn row(
        &mut self,
        sql: &'static str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, Error> {
        let statement = self.statement(sql).await?;
        self.client.query_opt(&statement, values).await
    }
}

/// Without a word to the server: where that matters, nobody answers any more.
impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Connections of one kind.
pub(super) struct Lines {
    config: Config,
    most: u32,
    idle: Mutex<Vec<Line>>,
    free: Arc<Semaphore>,
}

/// A connection that goes back by [`Lent::give_back`], and is closed otherwise.
pub(super) struct Lent {
    pub(super) line: Line,
    lines: Arc<Lines>,
    turn: OwnedSemaphorePermit,
}

impl Lent {
    /// For whoever comes next, unless it has ended meanwhile.
    pub(super) fn give_back(self) {
        if !self.line.client.is_closed() {
            self.lines.idle.lock().unwrap_or_else(PoisonError::into_inner).push(self.line);
        }
        drop(self.turn);
    }

    /// Does something with it.
    pub(super) async fn during<T, A, F>(self, act: A) -> (Self, T)
    where
        A: FnOnce(Line) -> F,
        F: Future<Output = (Line, T)>,
    {
        let Self { line, lines, turn } = self;
        let (line, outcome) = act(line).await;
        (Self { line, lines, turn }, outcome)
    }
}

impl Lines {
    /// At most so many connections; `first` is one of them.
    pub(super) fn new(config: Config, most: u32, first: Option<Line>) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(most as usize));
        Arc::new(Self { config, most, idle: Mutex::new(first.into_iter().collect()), free })
    }

    /// One connection for one piece of work. Waits for its turn, so that whoever calls bounds the time.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Lent, StoreError> {
        let turn = Arc::clone(&self.free).acquire_owned().await;
        let turn = turn.map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
        let line = match self.idle() {
            Some(line) => line,
            None => Line::connect(&self.config).await.map_err(|it| StoreError::Unavailable(words(&it)))?,
        };
        Ok(Lent { line, lines: Arc::clone(self), turn })
    }

    fn idle(&self) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|it| !it.client.is_closed())
    }

    /// Waits until all are given back, or the time is over, and closes them; later borrowers are told so.
    pub(super) async fn close(&self, until: Instant) {
        let all = tokio::time::timeout_at(until, self.free.acquire_many(self.most)).await;
        self.free.close();
        drop(all);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Ends a session that was given up, and waits until the server knows it no more, however long that takes. After a restart
    /// of the server no session of before is left.
    pub(super) async fn is_over(&self, session: Session) {
        let mut pause = tokio::time::interval(Duration::from_millis(100));
        loop {
            pause.tick().await;
            match tokio::time::timeout(PATIENCE, self.end(session)).await {
                Ok(Ok(true)) => return,
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(error = words(&error), "a lost session cannot be looked for yet");
                    pause = seconds(1);
                }
                Err(_) => pause = seconds(1),
            }
        }
    }

    async fn end(&self, session: Session) -> Result<bool, Error> {
        let line = Line::connect(&self.config).await?;
        let client = &line.client;
        let Session { process, began } = &session;
        let who: [(&(dyn ToSql + Sync), Type); 2] = [(process, Type::INT4), (began, Type::INT8)];
        client.query_typed(END_SESSION, &who).await?;
        client.query_typed_one(SESSION_IS_OVER, &who).await?.try_get(0)
    }
}

/// The next tick comes a pause from now, not at once.
fn seconds(pause: u64) -> tokio::time::Interval {
    let pause = Duration::from_secs(pause);
    tokio::time::interval_at(Instant::now() + pause, pause)
}
