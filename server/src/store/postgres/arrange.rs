//! Articles 4(2) and 4(3): a booking as it stands, and its changes: the SQL.
//!
//! A change begins with the booking's own row, on the version that it was decided on: a second one waits there, and then finds
//! another version. Whoever takes seats also takes the office's turn, so that two of them look at seats one after the other;
//! the tables' own constraints forbid the same once more.

use std::collections::HashMap;

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::consent::TermsRef;
use precheck_shared::time::Instant;
use precheck_shared::violation::Code;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement, Transaction};

use super::fault::Fault;
use super::lines::Line;
use super::portable;
use crate::clock::from_millis;
use crate::store::set_aside::SetAside;
use crate::store::{
    Arrangement, Change, Changed, Guard, NewAppointment, StoreError, StoredAppointment, StoredBooking,
    StoredWish, also, outcomes,
};
use crate::vault::{Hash, LogKey, Sealed};

/// Most silences that are told at once.
const BATCH: i64 = 200;

/// What is read of a booking, in the order of [`read`].
macro_rules! bookings_where {
    ($condition:literal) => {
        concat!(
            "select b.reception_number, b.receipt_hash, b.state, b.state_at, b.told_key_id, b.told, b.version,
                 b.received_at, b.checklist, b.terms_id, b.terms_sha256, b.joined, b.word_received,
                 a.version, a.start_at, a.end_at, a.officer, a.key_id, a.meeting,
                 array(select start_at from wish where booking = b.id order by position),
                 array(select gone_code from wish where booking = b.id order by position),
                 array(select gone_clause from wish where booking = b.id order by position),
                 exists(select 1 from duty where booking = b.id and closed_at is null)
             from booking b left join appointment a on a.booking = b.id and a.version = b.arranged_in where ",
            $condition
        )
    };
}

const ONE: &str = bookings_where!("b.office = $1 and b.reception_number = $2 and b.erased_at is null");

const SILENT: &str = bookings_where!(
    "b.office = $1 and b.state = 'confirmed' and not b.joined and not b.word_received and b.start_at <= $2
     and not b.reception_number = any($4)
     order by b.start_at limit $3"
);

/// The booking of a number; one whose person was erased is nobody's.
pub(super) async fn booking(
    line: &mut Line,
    office: &str,
    number: &str,
) -> Result<Option<StoredBooking>, Fault> {
    line.row(ONE, &[&office, &number]).await?.map(|row| read(&row)).transpose()
}

/// Article 4(3): confirmed, begun long enough ago, and nothing heard.
pub(super) async fn silent(
    line: &mut Line,
    office: &str,
    started_by: Instant,
    aside: &SetAside,
) -> Result<Vec<StoredBooking>, Fault> {
    let values: [&(dyn ToSql + Sync); 4] = [&office, &started_by.timestamp_millis(), &BATCH, &aside.all()];
    let rows = line.rows(SILENT, &values).await?;
    let mut found = Vec::new();
    for row in &rows {
        match read(row) {
            Ok(booking) => found.push(booking),
            Err(Fault::Refused(why @ StoreError::Inconsistent(_))) => aside.add(row.try_get(0)?, &why),
            Err(fault) => return Err(fault),
        }
    }
    Ok(found)
}

fn read(row: &Row) -> Result<StoredBooking, Fault> {
    let inconsistent = || Fault::Refused(StoreError::Inconsistent("booking"));
    let version = |at: usize| -> Result<u32, Fault> {
        u32::try_from(row.try_get::<_, i64>(at)?).map_err(|_| inconsistent())
    };
    let sealed = |key_id: usize, bytes: usize| -> Result<Option<Sealed>, Error> {
        let key_id: Option<String> = row.try_get(key_id)?;
        let bytes: Option<Vec<u8>> = row.try_get(bytes)?;
        Ok(key_id.zip(bytes).map(|(key_id, bytes)| Sealed { key_id, bytes }))
    };
    let appointment = match sealed(17, 18)? {
        Some(meeting) => Some(StoredAppointment {
            version: version(13)?,
            start: from_millis(row.try_get(14)?),
            end: from_millis(row.try_get(15)?),
            officer: row.try_get(16)?,
            meeting,
            joined: row.try_get(11)?,
            word_received: row.try_get(12)?,
        }),
        None => None,
    };
    let starts: Vec<i64> = row.try_get(19)?;
    let (codes, clauses): (Vec<Option<String>>, Vec<Option<String>>) = (row.try_get(20)?, row.try_get(21)?);
    let reasons = codes.into_iter().zip(clauses);
    let wishes = starts.into_iter().zip(reasons).map(|(start, (code, clause))| {
        let gone = code.and_then(|it| Code::parse(&it)).map(|code| (code, clause));
        StoredWish { start: from_millis(start), gone }
    });
    Ok(StoredBooking {
        number: ReceptionNumber::parse(row.try_get(0)?).ok_or_else(inconsistent)?,
        receipt_hash: Hash::try_from(row.try_get::<_, &[u8]>(1)?).map_err(|_| inconsistent())?,
        state: row.try_get(2)?,
        state_at: row.try_get::<_, Option<i64>>(3)?.map(from_millis),
        told: sealed(4, 5)?,
        version: version(6)?,
        received_at: from_millis(row.try_get(7)?),
        wishes: wishes.collect(),
        checklist: outcomes::read(row.try_get(8)?),
        terms: TermsRef { id: row.try_get(9)?, sha256: row.try_get(10)? },
        appointment,
        untold: row.try_get(22)?,
    })
}

/// Only who takes seats waits for the office's turn, which lasts until the end of the transaction.
const TURN: &str = "select pg_advisory_xact_lock(
    ('meta'::regclass::oid::bigint << 32) | (hashtext('seats of ' || $1)::bigint & 4294967295))";

/// Of the same time with other meeting data word still counts.
const CHANGE: &str = "
    with changed as (
        update booking
        set version = $4, state_at = case when state = $5 then state_at else $6 end, state = $5,
            told_key_id = $7, told = $8, kept_since = $9,
            word_received = case when $14 and start_at is distinct from $12 then false else word_received or $10 end,
            joined = case when $14 and start_at is distinct from $12 then false else joined or $11 end,
            arranged_in = case when $14 then $4 else arranged_in end,
            start_at = coalesce($12, start_at)
        where office = $1 and reception_number = $2 and version = $3 and erased_at is null
        returning id
    ), told as (
        insert into event (office, booking, version, at, actor, kind, key_id, sealed)
        select $1, id, $4, $6, $13, $15, $16, $17 from changed
    )
    select id from changed";

const FREE_SEATS: &str = "delete from seat_cell where booking = $1";
const FREE_OFFICER: &str = "delete from officer_cell where booking = $1";

/// The lowest free seat of every cell that has one. Seats beyond those that the office has now count as taken: it may have had
/// more of them.
const TAKE_SEATS: &str = "
    insert into seat_cell (office, cell_start, seat, booking)
    select $1, wanted.cell_start, (
            select free.seat from generate_series(0, wanted.seats - 1) as free (seat)
            where not exists (select from seat_cell as taken
                where taken.office = $1 and taken.cell_start = wanted.cell_start and taken.seat = free.seat)
            order by free.seat limit 1
        ), $2
    from unnest($3::bigint[], $4::bigint[]) as wanted (cell_start, seats)
    where (select count(*) from seat_cell as taken
        where taken.office = $1 and taken.cell_start = wanted.cell_start) < wanted.seats";

const TAKE_OFFICER: &str = "
    insert into officer_cell (office, officer, cell_start, booking)
    select $1, $2, cell_start, $3 from unnest($4::bigint[]) as wanted (cell_start)
    on conflict on constraint officer_cell_taken_once do nothing";

const APPOINT: &str = "
    insert into appointment (office, booking, version, start_at, end_at, officer, key_id, meeting)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Does a change, or tells what speaks against it.
pub(super) async fn change(
    line: &mut Line,
    office: &str,
    key: &LogKey,
    change: &Change,
) -> Result<Changed, Fault> {
    let mut statements = Vec::new();
    for sql in [TURN, CHANGE, FREE_SEATS, FREE_OFFICER, TAKE_SEATS, TAKE_OFFICER, APPOINT] {
        statements.push(line.statement(sql).await?);
    }
    let noting = portable::prepare_notes(line).await?;
    let transaction = line.client.transaction().await?;
    let act = Act { transaction: &transaction, statements, noting, office, key, change };
    match act.perform().await {
        Ok(Changed::Done(version)) => {
            transaction.commit().await?;
            Ok(Changed::Done(version))
        }
        Ok(refused) => {
            transaction.rollback().await?;
            Ok(refused)
        }
        // What the checks before had seen free was taken past them; the constraints have the last word.
        Err(fault) => match fault.constraint() {
            Some("seat_cell_taken_once") => Ok(Changed::SlotFull),
            Some("officer_cell_taken_once") => Ok(Changed::OfficerBusy),
            Some("event_version" | "appointment_version") => Ok(Changed::Stale),
            _ => Err(fault),
        },
    }
}

/// A booking that a change rests on beside its own, and its version.
type Other<'a> = (&'a str, u32);

/// Those before the change's own booking, and those behind it, by number.
fn others(change: &Change) -> (Vec<Other<'_>>, Vec<Other<'_>>) {
    let mut all = Vec::new();
    for guard in &change.guards {
        if let Guard::Booking { number, version } = guard {
            all.push((number.as_str(), *version));
        }
    }
    all.sort_unstable();
    all.into_iter().partition(|it| it.0 < change.number.as_str())
}

struct Act<'a> {
    transaction: &'a Transaction<'a>,
    /// In the order of their constants.
    statements: Vec<Statement>,
    /// Those of the staff's log.
    noting: HashMap<&'static str, Statement>,
    office: &'a str,
    key: &'a LogKey,
    change: &'a Change,
}

impl Act<'_> {
    async fn perform(&self) -> Result<Changed, Fault> {
        let Self { transaction, statements, office, change, .. } = self;
        let made = match &change.appointment {
            Arrangement::Made(made) => Some(made),
            _ => None,
        };
        if made.is_some() {
            transaction.query(&statements[0], &[office]).await?;
        }
        let (word, joined) = match change.appointment {
            Arrangement::Contact { joined } => (true, joined),
            _ => (false, false),
        };
        let version = change.version + 1;
        let (told, words) = (change.told.as_ref(), change.words.as_ref());
        let values: [&(dyn ToSql + Sync); 17] = [
            office,
            &change.number.as_str(),
            &i64::from(change.version),
            &i64::from(version),
            &change.state,
            &change.at.timestamp_millis(),
            &told.map(|it| it.key_id.as_str()),
            &told.map(|it| it.bytes.as_slice()),
            &change.kept_since.map(|it| it.timestamp_millis()),
            &word,
            &joined,
            &made.map(|it| it.start.timestamp_millis()),
            &change.actor,
            &made.is_some(),
            &change.kind,
            &words.map(|it| it.key_id.as_str()),
            &words.map(|it| it.bytes.as_slice()),
        ];
        // Whoever holds several bookings takes them in the order of their numbers: nobody waits for each other.
        let (before, behind) = others(change);
        if !self.stay(&before).await? {
            return Ok(Changed::Stale);
        }
        let changed = transaction.query_opt(&statements[1], &values).await?;
        let Some(changed) = changed else { return Ok(Changed::Stale) };
        let booking: i64 = changed.try_get(0)?;
        if !self.stay(&behind).await? {
            return Ok(Changed::Stale);
        }
        if let Some(officer) = made.and_then(|it| it.officer.as_ref()) {
            transaction.query(also::STAYS_AT_WORK, &[office, officer]).await?;
        }
        for ((sql, values), refused) in also::guards(office, booking, change) {
            if transaction.query(sql, &portable::borrowed(&values)).await?.is_empty() {
                return Ok(refused);
            }
        }
        match &change.appointment {
            Arrangement::Kept | Arrangement::Contact { .. } => {}
            Arrangement::Freed => self.give_back(booking).await?,
            Arrangement::Made(made) => {
                self.give_back(booking).await?;
                match self.arrange(booking, version, made).await? {
                    Changed::Done(_) => {}
                    refused => return Ok(refused),
                }
            }
        }
        for (sql, values) in also::statements(office, booking, version, change) {
            transaction.query(sql, &portable::borrowed(&values)).await?;
        }
        if let Some(row) = also::noted(change) {
            portable::note(transaction, &self.noting, office, self.key, row).await?;
        }
        Ok(Changed::Done(version))
    }

    /// Whether all these bookings are in these versions, and stay so to the end of the transaction.
    async fn stay(&self, others: &[(&str, u32)]) -> Result<bool, Fault> {
        for (number, version) in others {
            let values: [&(dyn ToSql + Sync); 3] = [&self.office, number, &i64::from(*version)];
            if self.transaction.query(also::STAYS_IN_VERSION, &values).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn give_back(&self, booking: i64) -> Result<(), Fault> {
        self.transaction.execute(&self.statements[2], &[&booking]).await?;
        self.transaction.execute(&self.statements[3], &[&booking]).await?;
        Ok(())
    }

    /// Takes a seat in every cell, and the officer.
    async fn arrange(&self, booking: i64, version: u32, made: &NewAppointment) -> Result<Changed, Fault> {
        let Self { transaction, statements, office, .. } = self;
        let starts: Vec<i64> = made.cells.iter().map(|it| it.start.timestamp_millis()).collect();
        let seats: Vec<i64> = made.cells.iter().map(|it| i64::from(it.seats)).collect();
        let taken = transaction.execute(&statements[4], &[office, &booking, &starts, &seats]).await?;
        if taken < starts.len() as u64 {
            return Ok(Changed::SlotFull);
        }
        if let Some(officer) = &made.officer {
            let taken = transaction.execute(&statements[5], &[office, officer, &booking, &starts]).await?;
            if taken < starts.len() as u64 {
                return Ok(Changed::OfficerBusy);
            }
        }
        let values: [&(dyn ToSql + Sync); 8] = [
            office,
            &booking,
            &i64::from(version),
            &made.start.timestamp_millis(),
            &made.end.timestamp_millis(),
            &made.officer,
            &made.meeting.key_id,
            &made.meeting.bytes,
        ];
        transaction.execute(&statements[6], &values).await?;
        Ok(Changed::Done(version))
    }
}
