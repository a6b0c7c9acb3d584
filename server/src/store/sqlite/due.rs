//! What time does to a request by itself, and how the files forget what was erased: the SQL.
//!
//! Erasing a row leaves its bytes in places that no query reaches: free pages, the gaps inside pages from which a row was
//! moved (`secure_delete` clears what is deleted, and not these), older pages in the log, the file as it was before the log
//! was folded in. Therefore the file is built anew from what is left, and the log is cut to nothing. A row of `meta` says how
//! far that is, so that an end of the program in between loses nothing.

use precheck_shared::booking::{Booking, BookingState};
use precheck_shared::time::Instant;
use rusqlite::{Connection, params};

use super::{StoreError, bookings, briefly};
use crate::store::Retention;

/// Most requests in one transaction: the writes behind it wait.
const BATCH: u32 = 200;

/// The row of `meta` that says what the files still have to forget.
const UNFORGOTTEN: &str = "unforgotten";
/// The file is still to be built anew.
const REBUILD: &str = "rebuild";
/// The log is still to be cut.
const FOLD: &str = "fold";

/// Article 4(2): some of the requests whose last wish has passed unanswered. Written as of that moment, whenever it is that
/// the server finds the time.
pub(super) fn lapse(connection: &Connection, office: &str, now: Instant) -> Result<u64, StoreError> {
    let waiting = BookingState::Requested;
    let mut lapsed = 0;
    let mut due = connection.prepare_cached(
        "select id, version, last_wish_at from booking
         where office = ?1 and state = ?2 and last_wish_at <= ?3 order by last_wish_at limit ?4",
    )?;
    let due: Vec<(i64, u32, i64)> = due
        .query_map(params![office, waiting.name(), now.timestamp_millis(), BATCH], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    for (booking, version, last_wish_at) in due {
        let wishes: Vec<_> = bookings::wishes(connection, booking)?.iter().map(|it| it.start).collect();
        let asked = Booking { state: waiting.clone(), version };
        // The rule has the last word, not the column.
        let Ok(next) = asked.lapse(now, &wishes) else { continue };
        connection
            .prepare_cached(
                "update booking set state = ?1, version = ?2, state_at = ?3, kept_since = ?3
                 where id = ?4 and version = ?5",
            )?
            .execute(params![next.state.name(), next.version, last_wish_at, booking, version])?;
        append(connection, office, booking, next.version, last_wish_at, next.state.name())?;
        lapsed += 1;
    }
    Ok(lapsed)
}

/// Article 6: some of the requests whose retention has ended lose the person; their events stay.
pub(super) fn erase(
    connection: &Connection,
    office: &str,
    now: Instant,
    retentions: &[Retention],
) -> Result<u64, StoreError> {
    let mut erased = 0;
    for Retention { state, before } in retentions {
        let mut due = connection.prepare_cached(
            "select id, version, received_at from booking
             where office = ?1 and state = ?2 and kept_since < ?3 and erased_at is null and legal_hold = 0
             order by kept_since limit ?4",
        )?;
        let due: Vec<(i64, u32, i64)> = due
            .query_map(params![office, state, before.timestamp_millis(), BATCH], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        for (booking, version, received_at) in due {
            erase_one(connection, office, now, booking, version + 1, received_at)?;
            erased += 1;
        }
    }
    if 0 < erased {
        bookings::set_meta(connection, UNFORGOTTEN, REBUILD)?;
    }
    Ok(erased)
}

fn erase_one(
    connection: &Connection,
    office: &str,
    now: Instant,
    booking: i64,
    version: u32,
    received_at: i64,
) -> Result<(), StoreError> {
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
    append(connection, office, booking, version, erased_at, "erased")
}

/// An event of the server's own clock.
fn append(
    connection: &Connection,
    office: &str,
    booking: i64,
    version: u32,
    at: i64,
    kind: &str,
) -> Result<(), StoreError> {
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
