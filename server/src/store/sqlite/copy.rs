//! A copy of the database while a server writes to it, and a look into one that nobody writes to.
//!
//! `VACUUM INTO` rather than the online backup interface: it reads one snapshot as well, so that no writer waits for it
//! and none makes it begin again; it reads every row instead of pages; and free pages, where erased data may still lie in
//! a database of an older program, do not travel. It needs more processor time for that.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::migrations::{self, OpenFault};
use crate::vault::{Sealed, answer_name, person_name_of};

/// What a finished copy holds.
#[derive(Debug)]
pub struct Contents {
    /// Number of its schema.
    pub schema: i64,
    /// Requests of all offices in it.
    pub requests: i64,
    /// Id of the key that opens what is sealed in it; `None` when nothing was ever sealed.
    pub key_id: Option<String>,
    /// Something sealed with that key, and the name under which it opens.
    pub sealed: Option<(String, Sealed)>,
}

/// Writes everything that is committed now into `target`, an empty file. The file is not synced.
pub fn copy(database: &Path, target: &Path) -> Result<(), OpenFault> {
    // Writable, so that the last one to close it folds the log, as the server does; without a server running, a reader
    // would leave a log behind that belongs to the account that made the backup.
    let connection = open(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrations::known(&connection)?;
    let target = target.to_str().ok_or_else(|| OpenFault::File(not_unicode()))?;
    connection.execute("vacuum into ?1", [target])?;
    // The number by which a running server knows its own file is not the copy's.
    open(Path::new(target), OpenFlags::SQLITE_OPEN_READ_WRITE)?.pragma_update(None, "user_version", 0)?;
    Ok(())
}

/// Reads a copy through: whether it is whole, of this program, and what it holds.
pub fn inspect(file: &Path) -> Result<Contents, OpenFault> {
    let connection = open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let schema = migrations::known(&connection)?;
    let whole: String = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(OpenFault::Damaged(whole.replace('\n', " ")));
    }
    if let Some(table) =
        connection.query_row("pragma foreign_key_check", [], |row| row.get::<_, String>(0)).optional()?
    {
        return Err(OpenFault::Damaged(format!("a row of {table} belongs to none")));
    }
    let key_id = super::bookings::meta(&connection, "key_id")?;
    let requests = connection.query_row("select count(*) from booking", [], |row| row.get(0))?;
    let sealed = match &key_id {
        Some(key_id) => newest_sealed(&connection, key_id)?,
        None => None,
    };
    Ok(Contents { schema, requests, key_id, sealed })
}

/// The newest request, or else an answer kept for repetitions.
fn newest_sealed(connection: &Connection, key_id: &str) -> Result<Option<(String, Sealed)>, rusqlite::Error> {
    let sealed = |bytes| Sealed { key_id: key_id.to_owned(), bytes };
    let booking = connection
        .query_row(
            "select office, reception_number, sealed from booking
             where key_id = ?1 and 0 < length(sealed) order by id desc limit 1",
            [key_id],
            |row| {
                let (office, number): (String, String) = (row.get(0)?, row.get(1)?);
                Ok((person_name_of(&office, &number), sealed(row.get(2)?)))
            },
        )
        .optional()?;
    if booking.is_some() {
        return Ok(booking);
    }
    let answer = "select office, key, answer from idempotency where key_id = ?1 limit 1";
    let read = |row: &rusqlite::Row<'_>| {
        let (office, key): (String, [u8; 16]) = (row.get(0)?, row.get(1)?);
        Ok((answer_name(&office, uuid::Uuid::from_bytes(key)), sealed(row.get(2)?)))
    };
    connection.query_row(answer, [key_id], read).optional()
}

/// Neither made where it is missing, nor read as an address.
fn open(file: &Path, access: OpenFlags) -> Result<Connection, OpenFault> {
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(super::BUSY_AT_START)?;
    Ok(connection)
}

fn not_unicode() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidFilename, "its name is not Unicode")
}
