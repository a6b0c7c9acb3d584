//! Portable statements on PostgreSQL.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Statement, Transaction};

use super::fault::Fault;
use super::lines::Line;
use crate::store::StoreError;
use crate::store::desk::audit::{self, Log, NewRow};
use crate::store::sql::{self, Later, Row, Tx, Value, Work};
use crate::vault::LogKey;

/// A turn is a lock of the office's that lasts until the end of the transaction.
const TURN: &str = "select 1 from (select pg_advisory_xact_lock(
    ('meta'::regclass::oid::bigint << 32) | (hashtext($2 || ' of ' || $1)::bigint & 4294967295))) as turn";

/// A connection in a transaction.
struct Asking<'a> {
    office: Arc<str>,
    line: &'a mut Line,
    /// What the engine said, for whoever decides whether anything can have been stored.
    fault: Option<Fault>,
    log: Log,
}

impl Tx for Asking<'_> {
    fn office(&self) -> &str {
        &self.office
    }

    fn rows(&mut self, sql: &'static str, values: Vec<Value>) -> Later<'_, Result<Vec<Row>, StoreError>> {
        Box::pin(async move {
            match self.line.rows(sql, &borrowed(&values)).await {
                Ok(rows) => rows.iter().map(read).collect(),
                Err(error) => {
                    let fault = Fault::from(error);
                    let told = fault.told();
                    self.fault.get_or_insert(fault);
                    Err(told)
                }
            }
        })
    }

    fn turn(&mut self, of: &'static str) -> Later<'_, Result<(), StoreError>> {
        let values = vec![Value::from(self.office()), Value::from(of)];
        Box::pin(async { self.rows(TURN, values).await.map(drop) })
    }

    fn log(&mut self) -> &mut Log {
        &mut self.log
    }
}

/// The same inside a transaction of this adapter's own, whose statements were prepared before it began.
struct Within<'a> {
    office: &'a str,
    transaction: &'a Transaction<'a>,
    statements: &'a HashMap<&'static str, Statement>,
    fault: Option<Fault>,
    log: Log,
}

impl Tx for Within<'_> {
    fn office(&self) -> &str {
        self.office
    }

    fn rows(&mut self, sql: &'static str, values: Vec<Value>) -> Later<'_, Result<Vec<Row>, StoreError>> {
        Box::pin(async move {
            let values: Vec<&(dyn ToSql + Sync)> =
                values.iter().map(|it| it as &(dyn ToSql + Sync)).collect();
            let found = match self.statements.get(sql) {
                Some(statement) => self.transaction.query(statement, &values).await,
                None => self.transaction.query(sql, &values).await,
            };
            match found {
                Ok(rows) => rows.iter().map(read).collect(),
                Err(error) => {
                    let fault = Fault::from(error);
                    let told = fault.told();
                    self.fault.get_or_insert(fault);
                    Err(told)
                }
            }
        })
    }

    fn turn(&mut self, of: &'static str) -> Later<'_, Result<(), StoreError>> {
        let values = vec![Value::from(self.office), Value::from(of)];
        Box::pin(async { self.rows(TURN, values).await.map(drop) })
    }

    fn log(&mut self) -> &mut Log {
        &mut self.log
    }
}

/// Prepares what [`note`] runs, before a transaction begins.
pub(super) async fn prepare_notes(
    line: &mut Line,
) -> Result<HashMap<&'static str, Statement>, tokio_postgres::Error> {
    let mut prepared = HashMap::new();
    for sql in audit::BINDING.into_iter().chain([TURN]) {
        prepared.insert(sql, line.statement(sql).await?);
    }
    Ok(prepared)
}

/// Writes and binds a row of the staff's log. It comes last in its transaction.
pub(super) async fn note(
    transaction: &Transaction<'_>,
    statements: &HashMap<&'static str, Statement>,
    office: &str,
    key: &LogKey,
    row: NewRow,
) -> Result<(), Fault> {
    let mut within = Within { office, transaction, statements, fault: None, log: Log::new(key.clone()) };
    within.log.push(row);
    let done = audit::bind(&mut within).await;
    done.map_err(|error| within.fault.take().unwrap_or_else(|| error.into()))
}

/// The values of a statement, as the driver takes them.
pub(super) fn borrowed(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|it| it as &(dyn ToSql + Sync)).collect()
}

/// The same on a connection that is in a transaction.
pub(super) async fn note_on(
    line: &mut Line,
    office: &Arc<str>,
    key: &LogKey,
    row: NewRow,
) -> Result<(), Fault> {
    let mut asking = Asking { office: Arc::clone(office), line, fault: None, log: Log::new(key.clone()) };
    asking.log.push(row);
    let done = audit::bind(&mut asking).await;
    done.map_err(|error| asking.fault.take().unwrap_or_else(|| error.into()))
}

/// Does the work in a transaction that begins with a statement.
pub(super) async fn perform(
    line: &mut Line,
    office: &Arc<str>,
    key: &LogKey,
    begin: &str,
    work: Work,
) -> Result<(), Fault> {
    line.client.batch_execute(begin).await?;
    let mut asking = Asking { office: Arc::clone(office), line, fault: None, log: Log::new(key.clone()) };
    let done = sql::whole(&mut asking, work).await;
    let fault = asking.fault.take();
    match (done, fault) {
        (Ok(()), _) => Ok(line.client.batch_execute("commit").await?),
        // The session may have ended, so that nothing can be said to it any more.
        (Err(_), Some(fault)) if !fault.is_certain() => Err(fault),
        (Err(error), _) => {
            line.client.batch_execute("rollback").await?;
            Err(error.into())
        }
    }
}

fn read(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let value = |at: usize| -> Result<Value, tokio_postgres::Error> {
        Ok(match *row.columns()[at].type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(at)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(i64::from).into(),
            Type::BOOL => row.try_get::<_, Option<bool>>(at)?.into(),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(at)?.into(),
            _ => row.try_get::<_, Option<String>>(at)?.into(),
        })
    };
    let values: Result<_, _> = (0..row.len()).map(value).collect();
    values.map(Row).map_err(|_| StoreError::Inconsistent("a row of the desk"))
}

/// Each value goes out as the type that the statement wants in its place.
impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(it) => match *wanted {
                Type::BOOL => (*it != 0).to_sql(wanted, out),
                Type::INT4 => i32::try_from(*it)?.to_sql(wanted, out),
                Type::INT8 => it.to_sql(wanted, out),
                _ => Err(format!("a number where {wanted} is wanted").into()),
            },
            // A text of this engine has no NUL: what is looked for with one is not there.
            Self::Text(it) if <String as ToSql>::accepts(wanted) && it.contains('\0') => {
                it.replace('\0', "\u{FFFD}").to_sql(wanted, out)
            }
            Self::Text(it) if <String as ToSql>::accepts(wanted) => it.to_sql(wanted, out),
            Self::Blob(it) if *wanted == Type::BYTEA => it.to_sql(wanted, out),
            _ => Err(format!("another value where {wanted} is wanted").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
