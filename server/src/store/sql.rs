//! Statements that both databases understand, written once: for everything off the seekers' path.
//!
//! A request that arrives and an appointment that takes seats have statements of their own in each adapter, where speed and
//! locks decide. The desk's reading, staff, duties and settings are plain SQL in the common dialect: numbered parameters
//! (`$1`), `returning`, `on conflict`, no types but whole numbers, texts and bytes. A truth value is `0` or `1`, except in the
//! columns `joined` and `word_received`, which are compared with `true` and `false`.
//!
//! One piece of work is one transaction. It is an asynchronous function over [`Tx`]; on SQLite it is driven on the thread that
//! holds the connection and never really waits.

use std::pin::Pin;

use precheck_shared::time::Instant;

use super::desk::audit::{self, Log};
use super::{Answer, StoreError};
use crate::clock::from_millis;
use crate::vault::{Hash, Sealed};

/// A value in a statement or a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// None.
    Null,
    /// A whole number, a truth value, or milliseconds since 1970 UTC.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A row as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub(super) Vec<Value>);

/// Later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A transaction under way.
pub trait Tx: Send {
    /// Whose rows are read and written.
    fn office(&self) -> &str;

    /// Runs a statement, whose `$1`, `$2`, … are the values, and gives its rows.
    fn rows(&mut self, sql: &'static str, values: Vec<Value>) -> Later<'_, Result<Vec<Row>, StoreError>>;

    /// Waits until no other transaction has this turn, and keeps it to the end.
    fn turn(&mut self, of: &'static str) -> Later<'_, Result<(), StoreError>>;

    /// What it has to write down.
    fn log(&mut self) -> &mut Log;
}

/// What is to be done in one transaction.
pub type Work = Box<dyn for<'t> FnOnce(&'t mut dyn Tx) -> Later<'t, Result<(), StoreError>> + Send + 'static>;

/// A database that does such work.
pub trait Sql: Send + Sync {
    /// Reads one state of the database, whatever is written meanwhile.
    fn reading(&self, work: Work) -> Answer<'_, ()>;

    /// Reads what takes long, such as figures of a year: with a deadline of its own, and where there can be one on a connection of
    /// its own, so that nobody else's reading waits for it.
    fn counting(&self, work: Work) -> Answer<'_, ()> {
        self.reading(work)
    }

    /// Reads and writes: all of it, or, where the work fails, nothing.
    fn writing(&self, work: Work) -> Answer<'_, ()>;
}

/// Does the work, and at its end writes and binds what the staff's log has of it.
pub(super) async fn whole(tx: &mut dyn Tx, work: Work) -> Result<(), StoreError> {
    work(&mut *tx).await?;
    audit::bind(tx).await
}

/// Reads and gives what was found.
///
/// # Errors
/// Those of the store, and of the work.
pub async fn read<T, F>(sql: &dyn Sql, work: F) -> Result<T, StoreError>
where
    F: for<'t> FnOnce(&'t mut dyn Tx) -> Later<'t, Result<T, StoreError>> + Send + 'static,
    T: Send + 'static,
{
    let (reply, mut found) = tokio::sync::oneshot::channel();
    sql.reading(carried(work, reply)).await?;
    found.try_recv().map_err(|_| StoreError::Unavailable("a reading gave nothing".to_owned()))
}

/// Reads what takes long and gives what was found.
///
/// # Errors
/// Those of the store, and of the work.
pub async fn count<T, F>(sql: &dyn Sql, work: F) -> Result<T, StoreError>
where
    F: for<'t> FnOnce(&'t mut dyn Tx) -> Later<'t, Result<T, StoreError>> + Send + 'static,
    T: Send + 'static,
{
    let (reply, mut found) = tokio::sync::oneshot::channel();
    sql.counting(carried(work, reply)).await?;
    found.try_recv().map_err(|_| StoreError::Unavailable("a reading gave nothing".to_owned()))
}

/// Writes and gives what came of it.
///
/// # Errors
/// Those of the store, and of the work: then nothing is written.
pub async fn write<T, F>(sql: &dyn Sql, work: F) -> Result<T, StoreError>
where
    F: for<'t> FnOnce(&'t mut dyn Tx) -> Later<'t, Result<T, StoreError>> + Send + 'static,
    T: Send + 'static,
{
    let (reply, mut found) = tokio::sync::oneshot::channel();
    sql.writing(carried(work, reply)).await?;
    found.try_recv().map_err(|_| StoreError::Unavailable("a writing gave nothing".to_owned()))
}

fn carried<T, F>(work: F, reply: tokio::sync::oneshot::Sender<T>) -> Work
where
    F: for<'t> FnOnce(&'t mut dyn Tx) -> Later<'t, Result<T, StoreError>> + Send + 'static,
    T: Send + 'static,
{
    Box::new(move |tx| {
        let done = work(tx);
        Box::pin(async move {
            // Whoever asked may have gone away.
            let _ = reply.send(done.await?);
            Ok(())
        })
    })
}

/// The values of a statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Value::from($value)),*] };
}
pub(crate) use values;

/// What can be read out of a row.
pub trait Column: Sized {
    /// The value, unless it is of another kind.
    fn of(value: &Value) -> Option<Self>;
}

impl Row {
    /// The value at a place, from 0.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`]: no version of this program writes that.
    pub fn get<T: Column>(&self, at: usize) -> Result<T, StoreError> {
        self.0.get(at).and_then(T::of).ok_or(StoreError::Inconsistent("a row of the desk"))
    }

    /// A sealed piece whose key's id stands at a place, and whose bytes follow.
    ///
    /// # Errors
    /// As above.
    pub fn sealed(&self, at: usize) -> Result<Option<Sealed>, StoreError> {
        let (key_id, bytes): (Option<String>, Option<Vec<u8>>) = (self.get(at)?, self.get(at + 1)?);
        Ok(key_id.zip(bytes).map(|(key_id, bytes)| Sealed { key_id, bytes }))
    }
}

impl Column for i64 {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(it) => Some(*it),
            _ => None,
        }
    }
}

impl Column for u32 {
    fn of(value: &Value) -> Option<Self> {
        i64::of(value)?.try_into().ok()
    }
}

impl Column for u16 {
    fn of(value: &Value) -> Option<Self> {
        i64::of(value)?.try_into().ok()
    }
}

impl Column for bool {
    fn of(value: &Value) -> Option<Self> {
        i64::of(value).map(|it| it != 0)
    }
}

impl Column for Instant {
    fn of(value: &Value) -> Option<Self> {
        i64::of(value).map(from_millis)
    }
}

impl Column for String {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Text(it) => Some(it.clone()),
            _ => None,
        }
    }
}

impl Column for Vec<u8> {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(it) => Some(it.clone()),
            _ => None,
        }
    }
}

impl Column for Hash {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(it) => it.as_slice().try_into().ok(),
            _ => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

impl From<i64> for Value {
    fn from(it: i64) -> Self {
        Self::Int(it)
    }
}

impl From<u32> for Value {
    fn from(it: u32) -> Self {
        Self::Int(it.into())
    }
}

impl From<u16> for Value {
    fn from(it: u16) -> Self {
        Self::Int(it.into())
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Int(it.into())
    }
}

impl From<Instant> for Value {
    fn from(it: Instant) -> Self {
        Self::Int(it.timestamp_millis())
    }
}

impl From<&str> for Value {
    fn from(it: &str) -> Self {
        Self::Text(it.to_owned())
    }
}

impl From<String> for Value {
    fn from(it: String) -> Self {
        Self::Text(it)
    }
}

impl From<&String> for Value {
    fn from(it: &String) -> Self {
        Self::Text(it.clone())
    }
}

impl From<Hash> for Value {
    fn from(it: Hash) -> Self {
        Self::Blob(it.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(it: Vec<u8>) -> Self {
        Self::Blob(it)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}
