//! Portable statements on SQLite: the work is driven on the thread that holds the connection.
//!
//! A connection cannot be shared with a future that may move between threads. So the work asks by a letter box, which is
//! emptied whenever it waits; it waits for nothing else.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::StoreError;
use crate::store::desk::audit::{Log, NewRow};
use crate::store::sql::{self, Later, Row, Tx, Value, Work};
use crate::vault::LogKey;

type Question = (&'static str, Vec<Value>);

#[derive(Default)]
struct LetterBox {
    question: Option<Question>,
    answer: Option<Result<Vec<Row>, StoreError>>,
}

/// The end of the letter box that the work has.
struct Asking {
    office: Arc<str>,
    letters: Arc<Mutex<LetterBox>>,
    log: Log,
}

/// An answer of the connection.
struct Answering {
    question: Option<Question>,
    letters: Arc<Mutex<LetterBox>>,
}

impl Tx for Asking {
    fn office(&self) -> &str {
        &self.office
    }

    fn rows(&mut self, sql: &'static str, values: Vec<Value>) -> Later<'_, Result<Vec<Row>, StoreError>> {
        Box::pin(Answering { question: Some((sql, values)), letters: Arc::clone(&self.letters) })
    }

    fn turn(&mut self, _: &'static str) -> Later<'_, Result<(), StoreError>> {
        // There is one writer, and it does one transaction after the other.
        Box::pin(async { Ok(()) })
    }

    fn log(&mut self) -> &mut Log {
        &mut self.log
    }
}

impl Future for Answering {
    type Output = Result<Vec<Row>, StoreError>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let question = self.question.take();
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        if question.is_some() {
            letters.question = question;
            return Poll::Pending;
        }
        letters.answer.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// Does the work on the connection, inside whatever transaction that is in.
pub(super) fn drive(
    connection: &Connection,
    office: &Arc<str>,
    key: &LogKey,
    work: Work,
) -> Result<(), StoreError> {
    let letters = Arc::<Mutex<LetterBox>>::default();
    let log = Log::new(key.clone());
    let mut asking = Asking { office: Arc::clone(office), letters: Arc::clone(&letters), log };
    let mut working = std::pin::pin!(sql::whole(&mut asking, work));
    loop {
        if let Poll::Ready(done) = working.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
        let question = letters.lock().unwrap_or_else(PoisonError::into_inner).question.take();
        let (sql, values) =
            question.ok_or(StoreError::Unavailable("the work waits for something else".to_owned()))?;
        let answer = rows(connection, sql, &values);
        letters.lock().unwrap_or_else(PoisonError::into_inner).answer = Some(answer);
    }
}

/// Writes and binds a row of the staff's log, inside whatever transaction the connection is in.
pub(super) fn note(
    connection: &Connection,
    office: &str,
    key: &LogKey,
    row: NewRow,
) -> Result<(), StoreError> {
    let work: Work = Box::new(move |tx| {
        tx.log().push(row);
        Box::pin(async { Ok(()) })
    });
    drive(connection, &Arc::from(office), key, work)
}

/// Runs one statement.
pub(super) fn rows(connection: &Connection, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    for (value, number) in values.iter().zip(1..) {
        // One that the statement does not name is an error of ours, and would be one of PostgreSQL.
        let place = statement.parameter_index(&format!("${number}"))?;
        let place = place.ok_or(StoreError::Inconsistent("a statement's parameters"))?;
        match value {
            Value::Null => statement.raw_bind_parameter(place, rusqlite::types::Null)?,
            Value::Int(it) => statement.raw_bind_parameter(place, it)?,
            Value::Text(it) => statement.raw_bind_parameter(place, it)?,
            Value::Blob(it) => statement.raw_bind_parameter(place, it)?,
        }
    }
    let columns = statement.column_count();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let read = |at| {
            Ok(match row.get_ref(at)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(it) => Value::Int(it),
                ValueRef::Text(it) => Value::Text(String::from_utf8_lossy(it).into_owned()),
                ValueRef::Blob(it) => Value::Blob(it.to_vec()),
                ValueRef::Real(_) => return Err(StoreError::Inconsistent("a number with a fraction")),
            })
        };
        rows.push(Row((0..columns).map(read).collect::<Result<_, StoreError>>()?));
    }
    Ok(rows)
}
