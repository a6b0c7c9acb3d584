//! Brings a database up to the schema that this program knows, and refuses one that is newer or someone else's. Of several
//! processes that start at once, one does it and the others wait.

use precheck_shared::time::Instant;
use tokio_postgres::{Client, Error, Transaction};

use super::fault::words;

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
    #[error(
        "it is not a database of this program: name another one, or a schema of its own by the role's search_path"
    )]
    Foreign,
    /// Another process has sealed with another key in the same moment.
    #[error(
        "another process sealed with key {needed} first: copy its keys/master.key into this process's data folder"
    )]
    OtherKey {
        /// Id of the key that the database names.
        needed: String,
    },
    /// The engine refused, or does not answer.
    #[error("{0}")]
    Engine(String),
}

impl From<Error> for OpenFault {
    fn from(error: Error) -> Self {
        Self::Engine(words(&error))
    }
}

/// In order; a migration that was published is never changed.
pub(super) const MIGRATIONS: [(&str, &str); 6] = [
    ("0001_initial", include_str!("../../../migrations/postgres/0001_initial.sql")),
    ("0002_retention", include_str!("../../../migrations/postgres/0002_retention.sql")),
    ("0003_arrangement", include_str!("../../../migrations/postgres/0003_arrangement.sql")),
    ("0004_desk", include_str!("../../../migrations/postgres/0004_desk.sql")),
    ("0005_events", include_str!("../../../migrations/postgres/0005_events.sql")),
    ("0006_sign_in", include_str!("../../../migrations/postgres/0006_sign_in.sql")),
];

/// Any number that no other program is likely to use: "precheck" in ASCII.
const TURN: i64 = 0x7072_6563_6865_636B;

/// Runs what is missing, all of it in one transaction: at no moment is the schema between two programs.
pub(super) async fn run(client: &mut Client, now: Instant) -> Result<(), OpenFault> {
    let transaction = client.transaction().await?;
    // Building an index over a large table may take long; waiting for another process's migration as well.
    transaction.batch_execute("set local statement_timeout = 0; set local lock_timeout = '1min'").await?;
    transaction.query_typed("select pg_advisory_xact_lock($1)", &[(&TURN, super::INT8)]).await?;
    let found = known(&transaction).await?;
    for (number, (name, sql)) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| found < *number) {
        transaction.batch_execute(sql).await?;
        let insert = "insert into migration (number, name, applied_at) values ($1, $2, $3)";
        transaction.execute(insert, &[&number, &name, &now.timestamp_millis()]).await?;
    }
    transaction.commit().await?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found < known {
        tracing::info!(found, known, "the database was migrated");
    }
    Ok(())
}

/// The number of a schema that this program knows; 0 for an empty database.
async fn known(transaction: &Transaction<'_>) -> Result<i64, OpenFault> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let tables = "select count(*), count(*) filter (where tablename = 'migration') from pg_tables
        where schemaname = current_schema()";
    let row = transaction.query_one(tables, &[]).await?;
    let found = match (row.try_get::<_, i64>(0)?, row.try_get::<_, i64>(1)?) {
        (0, _) => 0,
        (_, 0) => return Err(OpenFault::Foreign),
        _ => {
            transaction.query_one("select coalesce(max(number), 0) from migration", &[]).await?.try_get(0)?
        }
    };
    if known < found { Err(OpenFault::Newer { found, known }) } else { Ok(found) }
}
