//! What lies in the database, read past the program by a connection of our own. All SQL of the simulation stands here.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};

/// A connection that only reads.
pub(crate) struct Witness(Connection);

/// A booking's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: i64,
    pub(crate) number: String,
    pub(crate) state: String,
    pub(crate) version: u32,
    pub(crate) received_at: i64,
    pub(crate) last_wish_at: i64,
    /// The start of what is arranged, or was last.
    pub(crate) start_at: Option<i64>,
    pub(crate) kept_since: Option<i64>,
    pub(crate) erased_at: Option<i64>,
    pub(crate) receipt_hash: [u8; 32],
    /// The device's clock at the confirmation: in a run no two requests have the same.
    pub(crate) entered_at: i64,
}

/// An event's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) version: u32,
    pub(crate) at: i64,
    pub(crate) actor: String,
    pub(crate) kind: String,
    pub(crate) has_words: bool,
}

/// Sums over everything, quick to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) bookings: i64,
    pub(crate) versions: i64,
    pub(crate) events: i64,
}

const COLUMNS: &str =
    "select id, reception_number, state, version, received_at, last_wish_at, start_at, kept_since,
    erased_at, receipt_hash, entered_at from booking";

fn seen(row: &Row<'_>) -> Result<Seen, rusqlite::Error> {
    Ok(Seen {
        id: row.get(0)?,
        number: row.get(1)?,
        state: row.get(2)?,
        version: row.get(3)?,
        received_at: row.get(4)?,
        last_wish_at: row.get(5)?,
        start_at: row.get(6)?,
        kept_since: row.get(7)?,
        erased_at: row.get(8)?,
        receipt_hash: row.get(9)?,
        entered_at: row.get(10)?,
    })
}

impl Witness {
    /// Opens a database that a server has open.
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        connection.set_prepared_statement_cache_capacity(32);
        Self(connection)
    }

    /// Bookings with a greater id, in order.
    pub(crate) fn after(&self, id: i64) -> Vec<Seen> {
        let mut query = self.0.prepare_cached(&format!("{COLUMNS} where id > ?1 order by id")).unwrap();
        query.query_map([id], seen).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The booking of a number.
    pub(crate) fn booking(&self, number: &str) -> Option<Seen> {
        let mut query = self.0.prepare_cached(&format!("{COLUMNS} where reception_number = ?1")).unwrap();
        query.query_row([number], seen).optional().unwrap()
    }

    /// A booking's events, in order.
    pub(crate) fn events(&self, id: i64) -> Vec<Event> {
        let sql = "select version, at, actor, kind, sealed is not null from event where booking = ?1 order by version";
        let mut query = self.0.prepare_cached(sql).unwrap();
        let read = |row: &Row<'_>| {
            let (actor, kind) = (row.get(2)?, row.get(3)?);
            Ok(Event { version: row.get(0)?, at: row.get(1)?, actor, kind, has_words: row.get(4)? })
        };
        query.query_map([id], read).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The cells of the grid in which a booking has seats, in order.
    pub(crate) fn cells(&self, id: i64) -> Vec<i64> {
        self.times("select cell_start from seat_cell where booking = ?1 order by cell_start", id)
    }

    /// The cells in which its officer is taken by it, in order.
    pub(crate) fn officer_cells(&self, id: i64) -> Vec<i64> {
        self.times("select cell_start from officer_cell where booking = ?1 order by cell_start", id)
    }

    fn times(&self, sql: &str, id: i64) -> Vec<i64> {
        let mut query = self.0.prepare_cached(sql).unwrap();
        query.query_map([id], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// How many bookings have a seat in a cell.
    pub(crate) fn taken(&self, cell: i64) -> i64 {
        let sql = "select count(*) from seat_cell where office = 'otaru' and cell_start = ?1";
        self.0.prepare_cached(sql).unwrap().query_row([cell], |row| row.get(0)).unwrap()
    }

    /// The officer of what is arranged.
    pub(crate) fn officer(&self, id: i64) -> Option<String> {
        let sql = "select a.officer from booking b join appointment a on a.booking = b.id and a.version = b.arranged_in
            where b.id = ?1";
        self.0.prepare_cached(sql).unwrap().query_row([id], |row| row.get(0)).optional().unwrap().flatten()
    }

    /// How many counsellings an officer has in a cell, counted from the appointments themselves.
    pub(crate) fn counsellings(&self, officer: &str, from: i64, to: i64) -> i64 {
        let sql = "select count(*) from appointment a join booking b on a.booking = b.id and a.version = b.arranged_in
            where b.start_at < ?3 and ?2 < a.end_at and b.start_at > ?2 - 86400000 and a.officer = ?1
                and b.state in ('confirmed', 'held')";
        let mut query = self.0.prepare_cached(sql).unwrap();
        query.query_row((officer, from, to), |row| row.get(0)).unwrap()
    }

    /// Sums over everything.
    pub(crate) fn sums(&self) -> Sums {
        let sql = "select (select count(*) from booking), (select coalesce(sum(version), 0) from booking),
            (select count(*) from event)";
        let mut query = self.0.prepare_cached(sql).unwrap();
        let read =
            |row: &Row<'_>| Ok(Sums { bookings: row.get(0)?, versions: row.get(1)?, events: row.get(2)? });
        query.query_row([], read).unwrap()
    }
}

impl Witness {
    /// The wishes of a booking that stood when it arrived, in order of preference.
    pub(crate) fn standing_wishes(&self, id: i64) -> Vec<i64> {
        self.times("select start_at from wish where booking = ?1 and gone_code is null order by position", id)
    }
}
