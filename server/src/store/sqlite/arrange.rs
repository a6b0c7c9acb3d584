//! Articles 4(2) and 4(3): a booking as it stands, and its changes: the SQL.
//!
//! One writer does one change after the other, so what is looked up inside a change still holds when it is written. The
//! tables' own constraints forbid the same once more.

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::consent::TermsRef;
use precheck_shared::time::Instant;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::StoreError;
use super::amiss::{Amiss, number};
use super::bookings::wishes;
use super::portable;
use crate::clock::from_millis;
use crate::store::set_aside::SetAside;
use crate::store::{
    Arrangement, Cell, Change, Changed, NewAppointment, StoredAppointment, StoredBooking, also, outcomes,
};
use crate::vault::{LogKey, Sealed};

/// Most silences that are told at once.
const BATCH: usize = 200;

const COLUMNS: &str =
    "b.id, b.reception_number, b.receipt_hash, b.state, b.state_at, b.told_key_id, b.told, b.version,
    b.received_at, b.checklist, b.terms_id, b.terms_sha256, b.joined, b.word_received,
    a.version, a.start_at, a.end_at, a.officer, a.key_id, a.meeting,
    exists(select 1 from duty where booking = b.id and closed_at is null)
    from booking b left join appointment a on a.booking = b.id and a.version = b.arranged_in";

/// The booking of a number; one whose person was erased is nobody's.
pub(super) fn booking(
    connection: &Connection,
    office: &str,
    number: &str,
) -> Result<Option<StoredBooking>, StoreError> {
    let sql =
        format!("select {COLUMNS} where b.office = ?1 and b.reception_number = ?2 and b.erased_at is null");
    let found = connection.prepare_cached(&sql)?.query_row(params![office, number], read).optional()?;
    found.map(|it| with_wishes(connection, it)).transpose()
}

/// Article 4(3): confirmed, begun long enough ago, and nothing heard.
pub(super) fn silent(
    connection: &Connection,
    office: &str,
    started_by: Instant,
    aside: &SetAside,
) -> Result<Vec<StoredBooking>, StoreError> {
    let sql = format!(
        "select {COLUMNS}
         where b.office = ?1 and b.state = 'confirmed' and b.joined = 0 and b.word_received = 0 and b.start_at <= ?2
         order by b.start_at"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query(params![office, started_by.timestamp_millis()])?;
    let mut found = Vec::new();
    while found.len() < BATCH {
        let Some(row) = rows.next()? else { break };
        let number = number(row, 1)?;
        if aside.has(&number) {
            continue;
        }
        let booking = read(row).map_err(Amiss::from);
        match booking.and_then(|it| with_wishes(connection, it).map_err(Amiss::from)) {
            Ok(booking) => found.push(booking),
            Err(Amiss::OfRow(why)) => aside.add(&number, &why),
            Err(Amiss::Of(error)) => return Err(error),
        }
    }
    Ok(found)
}

/// A row as read; its number is checked when its wishes are fetched.
type Found = (i64, String, StoredBooking);

fn read(row: &Row<'_>) -> Result<Found, rusqlite::Error> {
    let sealed = |key_id: usize, bytes: usize| -> Result<Option<Sealed>, rusqlite::Error> {
        let key_id: Option<String> = row.get(key_id)?;
        let bytes: Option<Vec<u8>> = row.get(bytes)?;
        Ok(key_id.zip(bytes).map(|(key_id, bytes)| Sealed { key_id, bytes }))
    };
    let appointment = match (row.get::<_, Option<u32>>(14)?, sealed(18, 19)?) {
        (Some(version), Some(meeting)) => Some(StoredAppointment {
            version,
            start: from_millis(row.get(15)?),
            end: from_millis(row.get(16)?),
            officer: row.get(17)?,
            meeting,
            joined: row.get(12)?,
            word_received: row.get(13)?,
        }),
        _ => None,
    };
    let checklist: String = row.get(9)?;
    let booking = StoredBooking {
        number: ReceptionNumber::from_bits(0),
        receipt_hash: row.get(2)?,
        state: row.get(3)?,
        state_at: row.get::<_, Option<i64>>(4)?.map(from_millis),
        told: sealed(5, 6)?,
        version: row.get(7)?,
        received_at: from_millis(row.get(8)?),
        wishes: Vec::new(),
        checklist: outcomes::read(&checklist),
        terms: TermsRef { id: row.get(10)?, sha256: row.get(11)? },
        appointment,
        untold: row.get(20)?,
    };
    Ok((row.get(0)?, row.get(1)?, booking))
}

fn with_wishes(connection: &Connection, (id, number, booking): Found) -> Result<StoredBooking, StoreError> {
    let number = ReceptionNumber::parse(&number).ok_or(StoreError::Inconsistent("booking"))?;
    Ok(StoredBooking { number, wishes: wishes(connection, id)?, ..booking })
}

/// Does a change, or tells what speaks against it.
pub(super) fn change(
    connection: &Connection,
    office: &str,
    key: &LogKey,
    change: &Change,
) -> Result<Changed, StoreError> {
    let found = connection
        .prepare_cached(
            "select id from booking
             where office = ?1 and reception_number = ?2 and version = ?3 and erased_at is null",
        )?
        .query_row(params![office, change.number.as_str(), change.version], |row| row.get(0));
    let Some(booking) = found.optional()? else { return Ok(Changed::Stale) };
    let version = change.version + 1;
    for ((sql, values), refused) in also::guards(office, booking, change) {
        if portable::rows(connection, sql, &values)?.is_empty() {
            return Ok(refused);
        }
    }
    match &change.appointment {
        Arrangement::Kept => {}
        Arrangement::Contact { joined } => {
            let noted = "update booking set word_received = 1, joined = max(joined, ?2) where id = ?1";
            connection.prepare_cached(noted)?.execute(params![booking, joined])?;
        }
        Arrangement::Made(made) => match arrange(connection, office, booking, version, made)? {
            Changed::Done(_) => {}
            refused => return Ok(refused),
        },
        Arrangement::Freed => give_back(connection, booking)?,
    }
    let told = change.told.as_ref();
    connection
        .prepare_cached(
            "update booking
             set version = ?2, state_at = case when state = ?3 then state_at else ?4 end, state = ?3,
                 told_key_id = ?5, told = ?6, kept_since = ?7
             where id = ?1",
        )?
        .execute(params![
            booking,
            version,
            change.state,
            change.at.timestamp_millis(),
            told.map(|it| &it.key_id),
            told.map(|it| &it.bytes),
            change.kept_since.map(|it| it.timestamp_millis()),
        ])?;
    let words = change.words.as_ref();
    connection
        .prepare_cached(
            "insert into event (office, booking, version, at, actor, kind, key_id, sealed)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            office,
            booking,
            version,
            change.at.timestamp_millis(),
            change.actor,
            change.kind,
            words.map(|it| &it.key_id),
            words.map(|it| &it.bytes),
        ])?;
    for (sql, values) in also::statements(office, booking, version, change) {
        portable::rows(connection, sql, &values)?;
    }
    if let Some(row) = also::noted(change) {
        portable::note(connection, office, key, row)?;
    }
    Ok(Changed::Done(version))
}

/// Takes a seat in every cell, and the officer; nothing is written where one is missing.
fn arrange(
    connection: &Connection,
    office: &str,
    booking: i64,
    version: u32,
    made: &NewAppointment,
) -> Result<Changed, StoreError> {
    let mut seats = Vec::with_capacity(made.cells.len());
    for cell in &made.cells {
        match free_seat(connection, office, booking, *cell)? {
            Some(seat) => seats.push((cell.start, seat)),
            None => return Ok(Changed::SlotFull),
        }
        let Some(officer) = &made.officer else { continue };
        let busy = connection
            .prepare_cached(
                "select 1 from officer_cell
                 where office = ?1 and officer = ?2 and cell_start = ?3 and booking <> ?4",
            )?
            .exists(params![office, officer, cell.start.timestamp_millis(), booking])?;
        if busy {
            return Ok(Changed::OfficerBusy);
        }
    }
    give_back(connection, booking)?;
    for (start, seat) in seats {
        let start = start.timestamp_millis();
        connection
            .prepare_cached(
                "insert into seat_cell (office, cell_start, seat, booking) values (?1, ?2, ?3, ?4)",
            )?
            .execute(params![office, start, seat, booking])?;
        if let Some(officer) = &made.officer {
            connection
                .prepare_cached(
                    "insert into officer_cell (office, officer, cell_start, booking) values (?1, ?2, ?3, ?4)",
                )?
                .execute(params![office, officer, start, booking])?;
        }
    }
    connection
        .prepare_cached(
            "insert into appointment (office, booking, version, start_at, end_at, officer, key_id, meeting)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            office,
            booking,
            version,
            made.start.timestamp_millis(),
            made.end.timestamp_millis(),
            made.officer,
            made.meeting.key_id,
            made.meeting.bytes,
        ])?;
    connection
        .prepare_cached(
            // Of the same time with other meeting data word still counts.
            "update booking set arranged_in = ?2, joined = case when start_at = ?3 then joined else 0 end,
                 word_received = case when start_at = ?3 then word_received else 0 end, start_at = ?3
             where id = ?1",
        )?
        .execute(params![booking, version, made.start.timestamp_millis()])?;
    Ok(Changed::Done(version))
}

/// The lowest seat that no other booking has.
fn free_seat(
    connection: &Connection,
    office: &str,
    booking: i64,
    cell: Cell,
) -> Result<Option<u16>, StoreError> {
    let mut query = connection.prepare_cached(
        "select seat from seat_cell where office = ?1 and cell_start = ?2 and booking <> ?3 order by seat",
    )?;
    let taken = query.query_map(params![office, cell.start.timestamp_millis(), booking], |row| row.get(0))?;
    let taken: Vec<u16> = taken.collect::<Result<_, _>>()?;
    // Seats beyond those that the office has now count as taken: it may have had more of them.
    let room = taken.len() < usize::from(cell.seats);
    Ok((0..cell.seats).find(|it| room && !taken.contains(it)))
}

fn give_back(connection: &Connection, booking: i64) -> Result<(), StoreError> {
    connection.prepare_cached("delete from seat_cell where booking = ?1")?.execute([booking])?;
    connection.prepare_cached("delete from officer_cell where booking = ?1")?.execute([booking])?;
    Ok(())
}
