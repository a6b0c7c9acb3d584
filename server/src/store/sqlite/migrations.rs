//! Brings a database up to the schema that this program knows, and refuses one that is newer or someone else's.

use precheck_shared::time::Instant;
use rusqlite::{Connection, TransactionBehavior, params};

/// Why a database cannot be used; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// A later program wrote it.
    #[error(
        "its schema has number {found}, this program knows {known}: start the newer program again, or restore a backup"
    )]
    Newer {
        /// The schema's number.
        found: i64,
        /// The program's.
        known: i64,
    },
    /// It holds other tables.
    #[error("it is not a database of this program: name another file")]
    Foreign,
    /// It does not read through.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// The engine refused.
    #[error("{0}")]
    Engine(rusqlite::Error),
    /// The disk is full.
    #[error("no room on the disk")]
    NoRoom,
    /// The file cannot be written.
    #[error("{0}")]
    File(std::io::Error),
    /// The writer did not start.
    #[error("its writer thread does not start: {0}")]
    Thread(std::io::Error),
}

impl From<rusqlite::Error> for OpenFault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::NoRoom,
            _ => Self::Engine(error),
        }
    }
}

/// In order; a migration that was published is never changed.
const MIGRATIONS: [(&str, &str); 6] = [
    ("0001_initial", include_str!("../../../migrations/sqlite/0001_initial.sql")),
    ("0002_retention", include_str!("../../../migrations/sqlite/0002_retention.sql")),
    ("0003_arrangement", include_str!("../../../migrations/sqlite/0003_arrangement.sql")),
    ("0004_desk", include_str!("../../../migrations/sqlite/0004_desk.sql")),
    ("0005_events", include_str!("../../../migrations/sqlite/0005_events.sql")),
    ("0006_sign_in", include_str!("../../../migrations/sqlite/0006_sign_in.sql")),
];

/// Runs what is missing, each migration in its own transaction.
pub(super) fn run(connection: &mut Connection, now: Instant) -> Result<(), OpenFault> {
    let found = known(connection)?;
    for (number, (name, sql)) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| found < *number) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.execute(
            "insert into migration (number, name, applied_at) values (?1, ?2, ?3)",
            params![number, name, now.timestamp_millis()],
        )?;
        transaction.commit()?;
        tracing::info!(migration = name, "the database was migrated");
    }
    Ok(())
}

/// The number of a schema that this program knows; 0 for an empty database.
pub(super) fn known(connection: &Connection) -> Result<i64, OpenFault> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found = applied(connection)?;
    if known < found { Err(OpenFault::Newer { found, known }) } else { Ok(found) }
}

fn applied(connection: &Connection) -> Result<i64, OpenFault> {
    let tables =
        "select count(*), coalesce(sum(name = 'migration'), 0) from sqlite_schema where type = 'table'";
    let (all, bookkeeping): (i64, i64) =
        connection.query_row(tables, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    match (all, bookkeeping) {
        (0, _) => Ok(0),
        (_, 0) => Err(OpenFault::Foreign),
        _ => Ok(connection.query_row("select coalesce(max(number), 0) from migration", [], |row| row.get(0))?),
    }
}
