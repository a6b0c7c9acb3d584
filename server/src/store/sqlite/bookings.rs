//! Requests as they arrive, and kept answers: the SQL.

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::Instant;
use precheck_shared::violation::Code;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::{StoreError, portable};
use crate::clock::from_millis;
use crate::store::{KeptAnswer, NewBooking, StoredWish, Submitted, also, outcomes};
use crate::vault::{LogKey, Sealed};

/// Most expired keys in one transaction: the writes behind it wait.
const SWEEP: u32 = 500;

/// Stores a request with its event and its kept answer, unless the key is known.
pub(super) fn submit(
    connection: &Connection,
    office: &str,
    key: &LogKey,
    new: &NewBooking,
    keys_since: Instant,
) -> Result<Submitted, StoreError> {
    if let Some(kept) = kept(connection, office, new.kept.key, keys_since)? {
        return Ok(Submitted::KeyKnown(kept));
    }
    if let Some((sql, values)) = also::follows(office, new)
        && portable::rows(connection, sql, &values)?.is_empty()
    {
        return Ok(Submitted::Stale);
    }
    let booking = insert_booking(connection, office, new)?;
    insert_wishes(connection, office, booking, &new.wishes)?;
    let actor = new.entered.as_ref().map_or("job_seeker", |it| &it.by);
    connection
        .prepare_cached(
            "insert into event (office, booking, version, at, actor, kind)
             values (?1, ?2, 1, ?3, ?4, 'received')",
        )?
        .execute(params![office, booking, new.received_at.timestamp_millis(), actor])?;
    let mut name = connection.prepare_cached(
        "insert into name_token (office, token, booking) values (?1, ?2, ?3) on conflict do nothing",
    )?;
    for token in &new.name_tokens {
        name.execute(params![office, token, booking])?;
    }
    keep(connection, office, booking, new)?;
    if let Some(row) = also::entered(new) {
        portable::note(connection, office, key, row)?;
    }
    Ok(Submitted::Stored)
}

fn insert_booking(connection: &Connection, office: &str, new: &NewBooking) -> Result<i64, StoreError> {
    let entered = new.entered.as_ref();
    connection
        .prepare_cached(
            "insert into booking (
                 office, reception_number, receipt_hash, state, version, received_at, last_wish_at, number_hash,
                 key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at, own_device,
                 checklist, channel, entered_by, next_of, proposed_officer, identity_checked)
             values (?1, ?2, ?3, 'requested', 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 (select id from booking where office = ?1 and reception_number = ?18), ?19, ?20)",
        )?
        .execute(params![
            office,
            new.number.as_str(),
            new.receipt_hash,
            new.received_at.timestamp_millis(),
            new.last_wish_at.timestamp_millis(),
            new.number_hash,
            new.person.key_id,
            new.person.bytes,
            new.terms.id,
            new.terms.sha256,
            new.basis.as_str(),
            new.language,
            new.entered_at.timestamp_millis(),
            new.own_device,
            outcomes::written(&new.checklist),
            entered.map_or("widget", |it| it.channel),
            entered.map(|it| &it.by),
            entered.and_then(|it| it.next_of.as_ref()).map(ReceptionNumber::as_str),
            entered.and_then(|it| it.proposed_officer.as_ref()),
            entered.is_some_and(|it| it.identity_checked),
        ])?;
    Ok(connection.last_insert_rowid())
}

fn insert_wishes(
    connection: &Connection,
    office: &str,
    booking: i64,
    wishes: &[StoredWish],
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "insert into wish (office, booking, position, start_at, gone_code, gone_clause)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (position, wish) in (0_i64..).zip(wishes) {
        let (code, clause) = match &wish.gone {
            Some((code, clause)) => (Some(code.as_str()), clause.as_deref()),
            None => (None, None),
        };
        insert.execute(params![office, booking, position, wish.start.timestamp_millis(), code, clause])?;
    }
    Ok(())
}

/// A key whose time is over may be used again before the sweep has found it; then its row is overwritten.
fn keep(connection: &Connection, office: &str, booking: i64, new: &NewBooking) -> Result<(), StoreError> {
    let KeptAnswer { key, fingerprint, answer } = &new.kept;
    connection
        .prepare_cached(
            "insert or replace into idempotency (office, key, fingerprint, key_id, answer, created_at, booking)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            office,
            key.as_bytes(),
            fingerprint,
            answer.key_id,
            answer.bytes,
            new.received_at.timestamp_millis(),
            booking,
        ])?;
    Ok(())
}

/// The answer kept under a key.
pub(super) fn kept(
    connection: &Connection,
    office: &str,
    key: Uuid,
    keys_since: Instant,
) -> Result<Option<KeptAnswer>, StoreError> {
    let mut query = connection.prepare_cached(
        "select fingerprint, key_id, answer from idempotency
         where office = ?1 and key = ?2 and ?3 < created_at",
    )?;
    let kept = query.query_row(params![office, key.as_bytes(), keys_since.timestamp_millis()], |row| {
        let answer = Sealed { key_id: row.get(1)?, bytes: row.get(2)? };
        Ok(KeptAnswer { key, fingerprint: row.get(0)?, answer })
    });
    Ok(kept.optional()?)
}

/// Whether a key was used at a moment or before.
pub(super) fn is_any_key_before(
    connection: &Connection,
    office: &str,
    since: Instant,
) -> Result<bool, StoreError> {
    let mut query = connection
        .prepare_cached("select exists(select 1 from idempotency where created_at <= ?1 and office = ?2)")?;
    Ok(query.query_row(params![since.timestamp_millis(), office], |row| row.get(0))?)
}

/// Erases some of the keys that were used at a moment or before.
pub(super) fn forget_keys(connection: &Connection, office: &str, since: Instant) -> Result<u64, StoreError> {
    let forgotten = connection
        .prepare_cached(
            "delete from idempotency where rowid in (
                 select rowid from idempotency where created_at <= ?1 and office = ?2 limit ?3)",
        )?
        .execute(params![since.timestamp_millis(), office, SWEEP])?;
    Ok(forgotten.try_into().unwrap_or(u64::MAX))
}

/// The wishes of a booking, in order of preference.
pub(super) fn wishes(connection: &Connection, booking: i64) -> Result<Vec<StoredWish>, StoreError> {
    let mut query = connection.prepare_cached(
        "select start_at, gone_code, gone_clause from wish where booking = ?1 order by position",
    )?;
    let read = |row: &Row<'_>| {
        let code: Option<String> = row.get(1)?;
        let clause = row.get(2)?;
        let gone = code.and_then(|it| Code::parse(&it)).map(|code| (code, clause));
        Ok(StoredWish { start: from_millis(row.get(0)?), gone })
    };
    let rows = query.query_map([booking], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A value of the database about itself.
pub(super) fn meta(connection: &Connection, name: &str) -> Result<Option<String>, rusqlite::Error> {
    connection.query_row("select value from meta where name = ?1", [name], |row| row.get(0)).optional()
}

/// Sets a value of the database about itself.
pub(super) fn set_meta(connection: &Connection, name: &str, value: &str) -> Result<(), rusqlite::Error> {
    connection.execute("insert or replace into meta (name, value) values (?1, ?2)", [name, value]).map(|_| ())
}
