//! What time does to a request by itself, and how the files forget what was erased: the SQL.
//!
//! Erasing a row leaves its bytes in places that no query reaches: free pages, the gaps inside pages from which a row was
//! moved (`secure_delete` clears what is deleted, and not these), older pages in the log, the file as it was before the log
//! was folded in. Therefore the file is built anew from what is left, and the log is cut to nothing. A row of `meta` says how
//! far that is, so that an end of the program in between loses nothing.

use precheck_shared::booking::{Booking, BookingState};
use precheck_shared::time::Instant;
use rusqlite::{Connection, Rows, params};

use super::amiss::{Amiss, number};
use super::{StoreError, bookings, briefly};
use crate::store::Retention;
use crate::store::set_aside::SetAside;

/// Most requests in one transaction: the writes behind it wait.
const BATCH: usize = 200;

/// The row of `meta` that says what the files still have to forget.
const UNFORGOTTEN: &str = "unforgotten";
/// The file is still to be built anew.
const REBUILD: &str = "rebuild";
/// The log is still to be cut.
const FOLD: &str = "fold";

/// A request that is due.
struct Due {
    id: i64,
    number: String,
    version: u32,
    /// Its last wish, or its receipt.
    at: i64,
}

/// Article 4(2): some of the requests whose last wish has passed unanswered. Written as of that moment, whenever it is that
/// the server finds the time.
pub(super) fn lapse(
    connection: &Connection,
    office: &str,
    now: Instant,
    aside: &SetAside,
) -> Result<u64, StoreError> {
    behind(aside, || lapse_some(connection, office, now, aside))
}

/// What lies behind rows that were set aside is reached at once.
fn behind(aside: &SetAside, some: impl Fn() -> Result<u64, StoreError>) -> Result<u64, StoreError> {
    loop {
        let before = aside.count();
        let done = some()?;
        if 0 < done || aside.count() == before {
            return Ok(done);
        }
    }
}

fn lapse_some(
    connection: &Connection,
    office: &str,
    now: Instant,
    aside: &SetAside,
) -> Result<u64, StoreError> {
    let mut due = connection.prepare_cached(
        "select id, reception_number, version, last_wish_at from booking
         where office = ?1 and state = ?2 and last_wish_at <= ?3 order by last_wish_at",
    )?;
    let rows = due.query(params![office, BookingState::Requested.name(), now.timestamp_millis()])?;
    let due = readable(rows, aside)?;
    let mut lapsed = 0;
    for it in due {
        lapsed += u64::from(apart(connection, aside, &it, || lapse_one(connection, office, now, &it))?);
    }
    Ok(lapsed)
}

/// False where the rule is against it.
fn lapse_one(connection: &Connection, office: &str, now: Instant, due: &Due) -> Result<bool, Amiss> {
    let Due { id, version, at, .. } = *due;
    let wishes: Vec<_> = bookings::wishes(connection, id)?.iter().map(|it| it.start).collect();
    let asked = Booking { state: BookingState::Requested, version };
    let after = version.checked_add(1).ok_or_else(last_version)?;
    // The rule has the last word, not the column.
    let Ok(next) = asked.lapse(now, &wishes) else { return Ok(false) };
    connection
        .prepare_cached(
            "update booking set state = ?1, version = ?2, state_at = ?3, kept_since = ?3
             where id = ?4 and version = ?5",
        )?
        .execute(params![next.state.name(), after, at, id, version])?;
    append(connection, office, id, after, at, next.state.name())?;
    Ok(true)
}

/// Article 6: some of the requests whose retention has ended lose the person; their events stay.
pub(super) fn erase(
    connection: &Connection,
    office: &str,
    now: Instant,
    retentions: &[Retention],
    aside: &SetAside,
) -> Result<u64, StoreError> {
    let erased = behind(aside, || erase_some(connection, office, now, retentions, aside))?;
    if 0 < erased {
        bookings::set_meta(connection, UNFORGOTTEN, REBUILD)?;
    }
    Ok(erased)
}

fn erase_some(
    connection: &Connection,
    office: &str,
    now: Instant,
    retentions: &[Retention],
    aside: &SetAside,
) -> Result<u64, StoreError> {
    let mut erased = 0;
    for Retention { state, before } in retentions {
        let mut due = connection.prepare_cached(
            "select id, reception_number, version, received_at from booking
             where office = ?1 and state = ?2 and kept_since < ?3 and erased_at is null and legal_hold = 0
             order by kept_since",
        )?;
        let due = readable(due.query(params![office, state, before.timestamp_millis()])?, aside)?;
        for it in due {
            erased += u64::from(apart(connection, aside, &it, || erase_one(connection, office, now, &it))?);
        }
    }
    Ok(erased)
}

/// The first of them that read, so many as one transaction takes; the others are set aside.
fn readable(mut rows: Rows<'_>, aside: &SetAside) -> Result<Vec<Due>, StoreError> {
    let mut found = Vec::new();
    while found.len() < BATCH {
        let Some(row) = rows.next()? else { break };
        let number = number(row, 1)?;
        if aside.has(&number) {
            continue;
        }
        let read =
            || Ok(Due { id: row.get(0)?, number: number.clone(), version: row.get(2)?, at: row.get(3)? });
        match read().map_err(|error: rusqlite::Error| error.into()) {
            Ok(due) => found.push(due),
            Err(Amiss::OfRow(why)) => aside.add(&number, &why),
            Err(Amiss::Of(error)) => return Err(error),
        }
    }
    Ok(found)
}

/// Does something with one row, or nothing where the row is amiss.
fn apart(
    connection: &Connection,
    aside: &SetAside,
    due: &Due,
    act: impl FnOnce() -> Result<bool, Amiss>,
) -> Result<bool, StoreError> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]).map(|_| ());
    run("savepoint one_row")?;
    let done = match act() {
        Ok(done) => done,
        Err(Amiss::OfRow(why)) => {
            run("rollback to one_row")?;
            aside.add(&due.number, &why);
            false
        }
        Err(Amiss::Of(error)) => return Err(error),
    };
    run("release one_row")?;
    Ok(done)
}

fn last_version() -> Amiss {
    Amiss::OfRow("its version is the last one that there is".to_owned())
}

fn erase_one(connection: &Connection, office: &str, now: Instant, due: &Due) -> Result<bool, Amiss> {
    let (booking, received_at) = (due.id, due.at);
    let version = due.version.checked_add(1).ok_or_else(last_version)?;
    let erased_at = now.timestamp_millis();
    connection
        .prepare_cached(
            "update booking set sealed = x'', key_id = '', number_hash = zeroblob(32), receipt_hash = zeroblob(32),
                 told = null, told_key_id = null, version = ?1, erased_at = ?2
             where id = ?3",
        )?
        .execute(params![version, erased_at, booking])?;
    // What people wrote about her goes; that something happened, when, and by whose act stays.
    connection
        .prepare_cached(
            "update event set key_id = null, sealed = null where booking = ?1 and sealed is not null",
        )?
        .execute([booking])?;
    // Nor how she was met; when and by whom stays.
    connection
        .prepare_cached(
            "update appointment set key_id = '', meeting = x'', meeting_hash = null where booking = ?1",
        )?
        .execute([booking])?;
    connection.prepare_cached("delete from name_token where booking = ?1")?.execute([booking])?;
    // An older program did not write whose answer it is.
    connection
        .prepare_cached(
            "delete from idempotency
             where office = ?1 and created_at = ?2 and (booking = ?3 or booking is null)",
        )?
        .execute(params![office, received_at, booking])?;
    append(connection, office, booking, version, erased_at, "erased")?;
    Ok(true)
}

/// An event of the server's own clock.
fn append(
    connection: &Connection,
    office: &str,
    booking: i64,
    version: u32,
    at: i64,
    kind: &str,
) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached(
            "insert into event (office, booking, version, at, actor, kind) values (?1, ?2, ?3, ?4, 'clock', ?5)",
        )?
        .execute(params![office, booking, version, at, kind])?;
    Ok(())
}

/// Makes the files forget what was erased; false when a reader still needs the log, and it is to be tried again.
pub(super) fn forget(connection: &Connection) -> Result<bool, StoreError> {
    let Some(left) = bookings::meta(connection, UNFORGOTTEN)? else { return Ok(true) };
    briefly(connection, || rebuild_and_fold(connection, &left))
}

fn rebuild_and_fold(connection: &Connection, left: &str) -> Result<bool, StoreError> {
    if left == REBUILD {
        connection.execute_batch("vacuum")?;
        bookings::set_meta(connection, UNFORGOTTEN, FOLD)?;
    }
    let busy: bool = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if !busy {
        connection.execute("delete from meta where name = ?1", [UNFORGOTTEN])?;
    }
    Ok(!busy)
}
