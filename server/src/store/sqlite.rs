//! The store on SQLite, inside the process: one writer thread, a few read-only connections.
//!
//! WAL with `synchronous = full`: a committed transaction survives a power cut. This process is the only one that books
//! seats, so seats taken are remembered between reads until a write changes them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::Instant;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use uuid::Uuid;

use self::lock::Lock;
use self::readers::{Lending, Readers};
use self::writer::Writer;
use super::ground::{FilesLook, Ground};
use super::opening::{self, Opening, Refusal};
use super::set_aside::SetAside;
use super::sql::{Sql, Work};
use super::{
    Answer, Change, Changed, KeptAnswer, NewBooking, Retention, Store, StoreError, StoredBooking, Submitted,
};
use crate::in_flight::HeldKey;
use crate::vault::{KeyWatch, LogKey};

pub mod copy;

mod amiss;
mod arrange;
mod bookings;
mod due;
#[cfg(unix)]
mod files;
mod lock;
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

/// For what people ask for. A receipt takes some 20 µs on one of them.
const READING: Lending = Lending { connections: 2, longest: LONGEST_READ };

/// For figures and whatever else reads all that there is.
const COUNTING: Lending = Lending { connections: 1, longest: Duration::from_secs(10) };

/// A write that has not begun by then never does.
const LONGEST_WRITE: Duration = Duration::from_secs(2);

/// Bytes of a trial after a failure: what the largest request needs, and not the trifle for which there is always room.
const TRIAL: usize = 80 * 1024;

/// `pragma synchronous`, as a number.
const FULL: i64 = 2;

/// Bytes that the log keeps on the disk when it begins anew. A reader that takes long makes it grow far beyond that.
const LONGEST_LOG: i64 = 8 * 1024 * 1024;

/// How the store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database file.
    pub path: PathBuf,
    /// Whose rows are read and written.
    pub office: String,
    /// Most writes that wait.
    pub queue: usize,
    /// Who opens it.
    pub opening: Opening,
}

/// A database that is open and migrated, before anything is written under a key.
pub struct Opened {
    connection: Connection,
    options: Options,
    lock: Option<Lock>,
    /// The file, opened before the connection was.
    file: Option<File>,
    key: Option<KeyWatch>,
}

/// The store.
pub struct SqliteStore {
    office: Arc<str>,
    /// Binds the rows of the staff's log.
    log_key: LogKey,
    writer: Writer,
    aside: SetAside,
    readers: Readers,
    counters: Readers,
    /// Grows with every change of the seats taken.
    seats_version: Arc<AtomicU64>,
    seats: Mutex<Option<KnownSeats>>,
    /// Given back when the store is closed.
    lock: Mutex<Option<Lock>>,
    /// Last: it outlives the connections.
    ground: Arc<Ground>,
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
    /// Opens the file; the server makes it where it is missing, brings its schema up to date, and is the only one.
    pub fn open(options: Options, now: Instant) -> Result<Self, OpenFault> {
        let Options { path, office, opening, .. } = &options;
        if !path.exists() {
            opening.may_create()?;
        }
        let lock = if opening.serves() { Some(Lock::take(path)?) } else { None };
        if opening.serves() {
            make_private(path).map_err(OpenFault::File)?;
        }
        let file = if opening.serves() { Some(File::open(path).map_err(OpenFault::File)?) } else { None };
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        migrations::admit(&connection, *opening)?;
        make_durable(&connection)?;
        migrations::run(&mut connection, now)?;
        opening.admit(office, &offices(&connection)?)?;
        Ok(Self { connection, options, lock, file, key: None })
    }

    /// Watches the key as well.
    #[must_use]
    pub fn watching(self, key: KeyWatch) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Id of the key that this database's sealed data needs; `None` when nothing was ever sealed.
    pub fn key_id(&self) -> Result<Option<String>, OpenFault> {
        let named = bookings::meta(&self.connection, "key_id")?;
        if named.is_some() {
            return Ok(named);
        }
        Ok(self.connection.query_row(opening::KEY_OF_ROWS, [], |row| row.get(0)).optional()?)
    }

    /// Starts the writer and the readers; what is sealed from now on needs the key with this id, and the staff's log is bound
    /// with the other one.
    pub fn start(self, key_id: &str, log_key: LogKey) -> Result<SqliteStore, OpenFault> {
        let Options { path, office, queue, opening } = self.options;
        if opening.serves() {
            bookings::set_meta(&self.connection, "key_id", key_id)?;
            remember(&self.connection, &office)?;
        }
        let files = look_at(&path, self.file, &self.connection)?;
        let ground = Arc::new(Ground::new(files, self.key, migrations::newest()));
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let [readers, counters] =
            [READING, COUNTING].map(|it| Readers::open(it, || connect(&path, read_only)));
        let (readers, counters) = (readers?, counters?);
        self.connection.busy_timeout(BUSY)?;
        Ok(SqliteStore {
            office: office.into(),
            log_key,
            writer: Writer::start(self.connection, queue, Arc::clone(&ground)).map_err(OpenFault::Thread)?,
            aside: SetAside::default(),
            readers,
            counters,
            seats_version: Arc::default(),
            seats: Mutex::default(),
            lock: Mutex::new(self.lock),
            ground,
        })
    }
}

#[cfg(unix)]
fn look_at(path: &Path, file: Option<File>, connection: &Connection) -> Result<Option<FilesLook>, OpenFault> {
    let Some(file) = file else { return Ok(None) };
    let files = files::Files::of(path, file, connection)?;
    Ok(Some(Box::new(move || files.look())))
}

// Elsewhere a file that is open can be neither moved nor removed.
#[cfg(not(unix))]
fn look_at(_: &Path, _: Option<File>, _: &Connection) -> Result<Option<FilesLook>, OpenFault> {
    Ok(None)
}

/// The offices that the database knows.
fn offices(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let all = |sql: &str| connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect();
    let known: Vec<String> =
        all("select substr(name, 8) from meta where name like 'office/%' order by name")?;
    if known.is_empty() { all(opening::OFFICES_OF_ROWS) } else { Ok(known) }
}

/// Those of its rows, and the one that uses it now.
fn remember(connection: &Connection, office: &str) -> Result<(), rusqlite::Error> {
    for known in offices(connection)?.iter().map(String::as_str).chain([office]) {
        let name = format!("{}{known}", opening::OFFICE);
        connection.execute("insert or ignore into meta (name, value) values (?1, '1')", [name])?;
    }
    Ok(())
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
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.busy_timeout(BUSY_AT_START)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// What makes a commit outlast a power cut is asked for, and then asked back: where it cannot be had, nothing is served.
fn make_durable(connection: &Connection) -> Result<(), OpenFault> {
    let text =
        |pragma: &str| connection.query_row(&format!("pragma {pragma}"), [], |row| row.get::<_, String>(0));
    let encoding = text("encoding")?;
    if encoding != "UTF-8" {
        return Err(Refusal::Encoding(encoding).into());
    }
    let mode = text("journal_mode = wal")?;
    if mode != "wal" {
        let why = format!("its journal is `{mode}` and cannot be `wal` there; put it on a local disk");
        return Err(Refusal::Lossy(why).into());
    }
    connection.pragma_update(None, "synchronous", "full")?;
    let synchronous: i64 = connection.query_row("pragma synchronous", [], |row| row.get(0))?;
    if synchronous != FULL {
        return Err(Refusal::Lossy(format!("`synchronous` is {synchronous} and not {FULL}")).into());
    }
    connection.pragma_update(None, "journal_size_limit", LONGEST_LOG)?;
    // Answers whose time is over are not left on free pages; what else erasing needs is `due`'s.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(())
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

/// Nothing is committed between two of its statements.
fn of_one_state(
    connection: &Connection,
    office: &Arc<str>,
    key: &LogKey,
    work: Work,
) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    let done = portable::drive(connection, office, key, work);
    transaction.rollback()?;
    done
}

impl Sql for SqliteStore {
    fn reading(&self, work: Work) -> Answer<'_, ()> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        Box::pin(self.readers.read(move |connection| of_one_state(connection, &office, &key, work)))
    }

    fn counting(&self, work: Work) -> Answer<'_, ()> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        Box::pin(self.counters.read(move |connection| of_one_state(connection, &office, &key, work)))
    }

    fn writing(&self, work: Work) -> Answer<'_, ()> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        Box::pin(self.writer.write(move |connection| portable::drive(connection, &office, &key, work)))
    }
}

impl Store for SqliteStore {
    fn submit(&self, booking: Box<NewBooking>, keys_since: Instant, held: HeldKey) -> Answer<'_, Submitted> {
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        // The outcome carries the key past the commit; a write that failed has nothing to wait for.
        let written = self.writer.write(move |connection| {
            bookings::submit(connection, &office, &key, &booking, keys_since)
                .map(|submitted| (submitted, held))
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
        let (office, key) = (Arc::clone(&self.office), self.log_key.clone());
        let seats = SeatsChange(Arc::clone(&self.seats_version));
        // The outcome carries the notice past the commit, also when nobody waits for it.
        let written = self.writer.write(move |connection| {
            arrange::change(connection, &office, &key, &change).map(|changed| (changed, seats))
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
        let ground = Arc::clone(&self.ground);
        Box::pin(self.writer.alone(move |connection| {
            ground.stands()?;
            due::forget(connection)
        }))
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

    fn look_beneath(&self) -> Answer<'_, ()> {
        let look = self.readers.read(|connection| Ok(migrations::number(connection)?));
        Box::pin(async {
            // Before: files that are not ours any more have a schema that says nothing.
            self.ground.stands()?;
            self.ground.found_schema(look.await?);
            self.ground.stands()
        })
    }

    fn standing(&self) -> Result<(), StoreError> {
        self.ground.stands()?;
        self.writer.standing()
    }

    fn close(&self) -> Answer<'_, ()> {
        Box::pin(async {
            // The last connection that closes removes the log.
            self.counters.close().await;
            self.readers.close().await;
            let closed = self.writer.close().await;
            drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
            closed
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
