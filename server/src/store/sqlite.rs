//! The store on SQLite, inside the process: one writer thread, a few read-only connections.
//!
//! WAL with `synchronous = full`: a committed transaction survives a power cut. This process is the only one that books
//! seats, so seats taken are remembered between reads until a write changes them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use self::readers::Readers;
use self::writer::Writer;
use super::set_aside::SetAside;
use super::sql::{Sql, Work};
use super::{
    Answer, Change, Changed, KeptAnswer, NewBooking, Retention, Store, StoreError, StoredBooking, Submitted,
};
use crate::in_flight::HeldKey;

pub mod copy;

mod amiss;
mod arrange;
mod bookings;
mod due;
mod migrations;
mod portable;
mod readers;
mod seats;
mod writer;

#[cfg(test)]
pub(super) mod tests;

pub use migrations::OpenFault;

/// How long a lock of another process is waited for at the start, and for a backup.
const BUSY_AT_START: Duration = Duration::from_secs(5);

/// The same while serving. The writes behind one that waits are waiting as well.
const BUSY: Duration = Duration::from_millis(1500);

/// The same, and readers as well, for what nobody waits for: the writes behind it do.
const SHORT: Duration = Duration::from_millis(50);

/// A reading that takes longer is given up. One of these and one write are less than the 3 s in which a request is answered.
const LONGEST_READ: Duration = Duration::from_millis(750);

/// A write that has not begun by then never does.
const LONGEST_WRITE: Duration = Duration::from_secs(2);

/// Bytes of a trial after a failure: what the largest request needs, and not the trifle for which there is always room.
const TRIAL: usize = 80 * 1024;

/// How the store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database file; made where it is missing.
    pub path: PathBuf,
    /// Whose rows are read and written.
    pub office: String,
    /// Most writes that wait.
    pub queue: usize,
}

/// A database that is open and migrated, before anything is written under a key.
pub struct Opened {
    connection: Connection,
    options: Options,
}

/// The store.
pub struct SqliteStore {
    office: Arc<str>,
    writer: Writer,
    aside: SetAside,
    readers: Readers,
    /// Grows with every change of the seats taken.
    seats_version: Arc<AtomicU64>,
    seats: Mutex<Option<KnownSeats>>,
}

struct KnownSeats {
    version: u64,
    from: Instant,
    to: Instant,
    taken: Arc<Occupancy>,
}

/// Tells, when it is dropped, that seats taken may have changed.
struct SeatsChange(Arc<AtomicU64>);

impl Drop for SeatsChange {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl Opened {
    /// Opens the file and brings its schema up to date.
    pub fn open(options: Options, now: Instant) -> Result<Self, OpenFault> {
        make_private(&options.path).map_err(OpenFault::File)?;
        let mut connection = connect(&options.path, OpenFlags::default())?;
        migrations::run(&mut connection, now)?;
        Ok(Self { connection, options })
    }

    /// Id of the key that this database's sealed data needs; `None` when nothing was ever sealed.
    pub fn key_id(&self) -> Result<Option<String>, OpenFault> {
        Ok(bookings::meta(&self.connection, "key_id")?)
    }

    /// Starts the writer and the readers; what is sealed from now on needs the key with this id.
    pub fn start(self, key_id: &str) -> Result<SqliteStore, OpenFault> {
        bookings::set_meta(&self.connection, "key_id", key_id)?;
        let Options { path, office, queue } = self.options;
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let readers = Readers::open(|| connect(&path, read_only))?;
        self.connection.busy_timeout(BUSY)?;
        Ok(SqliteStore {
            office: office.into(),
            writer: Writer::start(self.connection, queue).map_err(OpenFault::Thread)?,
            aside: SetAside::default(),
            readers,
            seats_version: Arc::default(),
            seats: Mutex::default(),
        })
    }
}

/// SQLite gives its log files the rights of the database.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_| ())
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.busy_timeout(BUSY_AT_START)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if !flags.contains(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        // Answers whose time is over are not left on free pages; what else erasing needs is `due`'s.
        connection.pragma_update(None, "secure_delete", true)?;
    }
    Ok(connection)
}

/// Does what nobody waits for, without waiting long for others.
fn briefly<T>(connection: &Connection, act: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    connection.busy_timeout(SHORT)?;
    let done = act();
    connection.busy_timeout(BUSY)?;
    done
}

impl SqliteStore {
    fn known_seats(&self, version: u64, from: Instant, to: Instant) -> Option<Arc<Occupancy>> {
        let known = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = known.as_ref().filter(|it| (it.version, it.from, it.to) == (version, from, to));
        fitting.map(|it| Arc::clone(&it.taken))
    }

    fn remember_seats(&self, known: KnownSeats) {
        *self.seats.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

impl Sql for SqliteStore {
    fn reading(&self, work: Work) -> Answer<'_, ()> {
        let office = Arc::clone(&self.office);
        Box::pin(self.readers.read(move |connection| {
            // Of one state: nothing is committed between two of its statements.
            let transaction = connection.unchecked_transaction()?;
            let done = portable::drive(connection, &office, work);
            transaction.rollback()?;
            done
        }))
    }

    fn writing(&self, work: Work) -> Answer<'_, ()> {
        let office = Arc::clone(&self.office);
        Box::pin(self.writer.write(move |connection| portable::drive(connection, &office, work)))
    }
}

impl Store for SqliteStore {
    fn submit(&self, booking: Box<NewBooking>, keys_since: Instant, held: HeldKey) -> Answer<'_, Submitted> {
        let office = Arc::clone(&self.office);
        // The outcome carries the key past the commit; a write that failed has nothing to wait for.
        let written = self.writer.write(move |connection| {
            bookings::submit(connection, &office, &booking, keys_since).map(|submitted| (submitted, held))
        });
        Box::pin(async { written.await.map(|(submitted, _)| submitted) })
    }

    fn refuse(&self, key: Uuid, keys_since: Instant) -> Answer<'_, Option<KeptAnswer>> {
        // This process is the only one: nobody else has the key in work.
        let office = Arc::clone(&self.office);
        Box::pin(self.readers.read(move |connection| bookings::kept(connection, &office, key, keys_since)))
    }

    fn booking(&self, number: &str) -> Answer<'_, Option<StoredBooking>> {
        let (office, number) = (Arc::clone(&self.office), number.to_owned());
        Box::pin(self.readers.read(move |connection| arrange::booking(connection, &office, &number)))
    }

    fn change(&self, change: Box<Change>) -> Answer<'_, Changed> {
        let office = Arc::clone(&self.office);
        let seats = SeatsChange(Arc::clone(&self.seats_version));
        // The outcome carries the notice past the commit, also when nobody waits for it.
        let written = self.writer.write(move |connection| {
            arrange::change(connection, &office, &change).map(|changed| (changed, seats))
        });
        Box::pin(async { written.await.map(|(changed, _)| changed) })
    }

    fn silent(&self, started_by: Instant) -> Answer<'_, Vec<StoredBooking>> {
        let (office, aside) = (Arc::clone(&self.office), self.aside.clone());
        Box::pin(
            self.readers.read(move |connection| arrange::silent(connection, &office, started_by, &aside)),
        )
    }

    fn set_aside(&self, number: &ReceptionNumber, why: &'static str) {
        self.aside.add(number.as_str(), &why);
    }

    fn leads(&self) -> Answer<'_, bool> {
        Box::pin(async { Ok(true) })
    }

    fn occupancy(&self, from: Instant, to: Instant) -> Answer<'_, Arc<Occupancy>> {
        Box::pin(async move {
            // The version is taken before the read: a change in between makes the next call read again.
            let version = self.seats_version.load(Ordering::Acquire);
            if let Some(taken) = self.known_seats(version, from, to) {
                return Ok(taken);
            }
            let office = Arc::clone(&self.office);
            let taken =
                self.readers.read(move |connection| seats::taken(connection, &office, from, to)).await?;
            let taken = Arc::new(taken);
            self.remember_seats(KnownSeats { version, from, to, taken: Arc::clone(&taken) });
            Ok(taken)
        })
    }

    fn lapse_due(&self, now: Instant) -> Answer<'_, u64> {
        let (office, aside) = (Arc::clone(&self.office), self.aside.clone());
        Box::pin(self.writer.write(move |connection| due::lapse(connection, &office, now, &aside)))
    }

    fn erase_due(&self, now: Instant, ended: Vec<Retention>) -> Answer<'_, u64> {
        let (office, aside) = (Arc::clone(&self.office), self.aside.clone());
        Box::pin(self.writer.write(move |connection| due::erase(connection, &office, now, &ended, &aside)))
    }

    fn forget_keys(&self, since: Instant) -> Answer<'_, u64> {
        let office = Arc::clone(&self.office);
        Box::pin(async move {
            // Looked for without a transaction that writes, since there is nothing to forget nearly always.
            let of = Arc::clone(&office);
            let is_old =
                self.readers.read(move |connection| bookings::is_any_key_before(connection, &of, since));
            if !is_old.await? {
                return Ok(0);
            }
            self.writer.write(move |connection| bookings::forget_keys(connection, &office, since)).await
        })
    }

    fn forget_erased(&self) -> Answer<'_, bool> {
        Box::pin(self.writer.alone(due::forget))
    }

    fn check(&self) -> Answer<'_, ()> {
        let faults = self.writer.unproven();
        // The next check after one that went well makes the row small again.
        let size = if faults.is_some() { TRIAL } else { 1 };
        let written = self.writer.write(move |connection| {
            bookings::set_meta(connection, "checked", &"1".repeat(size))?;
            match bookings::meta(connection, "checked")? {
                Some(read) if read.len() == size => Ok(()),
                _ => Err(StoreError::Inconsistent("meta")),
            }
        });
        Box::pin(async move {
            written.await?;
            if let Some(faults) = faults {
                self.writer.proven(faults);
            }
            Ok(())
        })
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async {
            // The last connection that closes removes the log.
            self.readers.close().await;
            self.writer.close().await
        })
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::SqliteFailure(failure, Some(message)) = &error
            && failure.code == rusqlite::ErrorCode::ConstraintViolation
            && message.contains("booking.reception_number")
        {
            return Self::NumberTaken;
        }
        // The message names tables and columns, never values.
        Self::Unavailable(error.to_string())
    }
}
