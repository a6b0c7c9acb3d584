//! Requests as they arrive, and kept answers: the SQL.
//!
//! The unique key of `idempotency` decides between processes. A request is stored by one statement, which waits there for
//! another one that holds the same key, and then does nothing.

use std::sync::Arc;

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::Instant;
use tokio_postgres::Row;
use uuid::Uuid;

use super::fault::Fault;
use super::lines::Line;
use super::portable;
use crate::store::{KeptAnswer, NewBooking, StoreError, Submitted, also, outcomes};
use crate::vault::{LogKey, Sealed};

/// A key that nobody has, or had so long ago, or has only refused. Half a minute is longer than a request lives between its
/// judgement and its write.
const SUBMIT: &str = "
    with kept as (
        insert into idempotency as known (office, key, fingerprint, key_id, answer, created_at, booking)
        values ($1, $2, $3, $4, $5, $6, nextval('booking_id_seq'))
        on conflict on constraint idempotency_key do update
        set fingerprint = excluded.fingerprint, key_id = excluded.key_id, answer = excluded.answer,
            created_at = excluded.created_at, booking = excluded.booking, refused_by = null, refused_at = null
        where known.created_at <= $7 and (known.refused_by is null or known.refused_by = $8
            or known.refused_at < clock_timestamp() - interval '30 seconds')
        returning booking
    ), stored as (
        insert into booking (
            id, office, reception_number, receipt_hash, state, version, received_at, last_wish_at, number_hash, key_id,
            sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at, own_device, checklist,
            channel, entered_by, next_of, proposed_officer, identity_checked)
        select booking, $1, $9, $10, 'requested', 1, $6, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $25, $26, (select id from booking where office = $1 and reception_number = $27), $28, $29
        from kept
    ), asked as (
        insert into wish (office, booking, position, start_at, gone_code, gone_clause)
        select $1, booking, position - 1, start_at, gone_code, gone_clause
        from kept, unnest($22::bigint[], $23::text[], $24::text[])
            with ordinality as wished (start_at, gone_code, gone_clause, position)
    ), told as (
        insert into event (office, booking, version, at, actor, kind)
        select $1, booking, 1, $6, coalesce($26, 'job_seeker'), 'received' from kept
    ), found_by as (
        insert into name_token (office, token, booking)
        select distinct $1, token, booking from kept, unnest($30::bytea[]) as tokens (token)
    )
    select booking from kept";

/// Leaves a mark under a key that keeps no answer.
const REFUSE: &str = "
    insert into idempotency as known
        (office, key, fingerprint, key_id, answer, created_at, refused_by, refused_at)
    values ($1, $2, '', '', '', 0, $4, clock_timestamp())
    on conflict on constraint idempotency_key do update
    set fingerprint = '', key_id = '', answer = '', created_at = 0, booking = null, refused_by = $4,
        refused_at = clock_timestamp()
    where known.created_at <= $3
    returning 1";

const KEPT: &str = "
    select fingerprint, key_id, answer from idempotency
    where office = $1 and key = $2 and $3 < created_at and refused_by is null";

/// Stores a request with its event and its kept answer, unless the key is known. `process` tells this process from others. What an
/// officer entered is noted in the same transaction, and stored only where it still follows what she saw.
pub(super) async fn submit(
    line: &mut Line,
    process: i64,
    (office, key): (&Arc<str>, &LogKey),
    new: &NewBooking,
    keys_since: Instant,
) -> Result<Submitted, Fault> {
    if new.entered.is_none() {
        return store(line, process, office, new, keys_since).await;
    }
    line.client.batch_execute("begin").await?;
    match store_and_note(line, process, (office, key), new, keys_since).await {
        Ok(Submitted::Stored) => {
            line.client.batch_execute("commit").await?;
            Ok(Submitted::Stored)
        }
        // The session may have ended, so that nothing can be said to it any more.
        Err(fault) if !fault.is_certain() => Err(fault),
        other => {
            line.client.batch_execute("rollback").await?;
            other
        }
    }
}

async fn store_and_note(
    line: &mut Line,
    process: i64,
    (office, key): (&Arc<str>, &LogKey),
    new: &NewBooking,
    keys_since: Instant,
) -> Result<Submitted, Fault> {
    let submitted = store(line, process, office, new, keys_since).await?;
    if submitted != Submitted::Stored {
        return Ok(submitted);
    }
    if let Some((_, values)) = also::follows(office, new)
        && line.rows(also::STAYS_IN_VERSION, &portable::borrowed(&values)).await?.is_empty()
    {
        return Ok(Submitted::Stale);
    }
    if let Some(row) = also::entered(new) {
        portable::note_on(line, office, key, row).await?;
    }
    Ok(Submitted::Stored)
}

async fn store(
    line: &mut Line,
    process: i64,
    office: &str,
    new: &NewBooking,
    keys_since: Instant,
) -> Result<Submitted, Fault> {
    let KeptAnswer { key, fingerprint, answer } = &new.kept;
    let starts: Vec<i64> = new.wishes.iter().map(|it| it.start.timestamp_millis()).collect();
    let codes: Vec<Option<&str>> =
        new.wishes.iter().map(|it| it.gone.as_ref().map(|(code, _)| code.as_str())).collect();
    let clauses: Vec<Option<&str>> =
        new.wishes.iter().map(|it| it.gone.as_ref().and_then(|(_, clause)| clause.as_deref())).collect();
    let entered = new.entered.as_ref();
    let tokens: Vec<&[u8]> = new.name_tokens.iter().map(<[u8; 32]>::as_slice).collect();
    let stored = line
        .row(
            SUBMIT,
            &[
                &office,
                &key.as_bytes().as_slice(),
                &fingerprint.as_slice(),
                &answer.key_id,
                &answer.bytes,
                &new.received_at.timestamp_millis(),
                &keys_since.timestamp_millis(),
                &process,
                &new.number.as_str(),
                &new.receipt_hash.as_slice(),
                &new.last_wish_at.timestamp_millis(),
                &new.number_hash.as_slice(),
                &new.person.key_id,
                &new.person.bytes,
                &new.terms.id,
                &new.terms.sha256,
                &new.basis.as_str(),
                &new.language,
                &new.entered_at.timestamp_millis(),
                &new.own_device,
                &outcomes::written(&new.checklist),
                &starts,
                &codes,
                &clauses,
                &entered.map_or("widget", |it| it.channel),
                &entered.map(|it| it.by.as_str()),
                &entered.and_then(|it| it.next_of.as_ref()).map(ReceptionNumber::as_str),
                &entered.and_then(|it| it.proposed_officer.as_deref()),
                &i64::from(entered.is_some_and(|it| it.identity_checked)),
                &tokens,
            ],
        )
        .await;
    match stored {
        Ok(Some(_)) => return Ok(Submitted::Stored),
        Ok(None) => {}
        Err(error) => {
            let fault = Fault::from(error);
            let taken = fault.constraint() == Some("booking_reception_number");
            return Err(if taken { StoreError::NumberTaken.into() } else { fault });
        }
    }
    match kept(line, office, *key, keys_since).await? {
        Some(kept) => Ok(Submitted::KeyKnown(kept)),
        // Another process has just refused it, or what was there has just been erased.
        None => Err(StoreError::KeyInProgress.into()),
    }
}

/// The answer kept under a key; where there is none, the key is marked as refused.
pub(super) async fn refuse(
    line: &mut Line,
    process: i64,
    office: &str,
    key: Uuid,
    keys_since: Instant,
) -> Result<Option<KeptAnswer>, Fault> {
    let since = keys_since.timestamp_millis();
    let marked = line.row(REFUSE, &[&office, &key.as_bytes().as_slice(), &since, &process]).await?;
    if marked.is_some() {
        return Ok(None);
    }
    match kept(line, office, key, keys_since).await? {
        Some(kept) => Ok(Some(kept)),
        None => Err(StoreError::KeyInProgress.into()),
    }
}

async fn kept(
    line: &mut Line,
    office: &str,
    key: Uuid,
    keys_since: Instant,
) -> Result<Option<KeptAnswer>, Fault> {
    let values = (key.as_bytes().as_slice(), keys_since.timestamp_millis());
    let found = line.row(KEPT, &[&office, &values.0, &values.1]).await?;
    Ok(found.map(|row| read_kept(key, &row)).transpose()?)
}

fn read_kept(key: Uuid, row: &Row) -> Result<KeptAnswer, StoreError> {
    let fault = || StoreError::Inconsistent("idempotency");
    let hash: &[u8] = row.try_get(0).map_err(|_| fault())?;
    let answer =
        Sealed { key_id: row.try_get(1).map_err(|_| fault())?, bytes: row.try_get(2).map_err(|_| fault())? };
    Ok(KeptAnswer { key, fingerprint: hash.try_into().map_err(|_| fault())?, answer })
}

const META: &str = "select value from meta where name = $1";

/// The first value stays; what is there afterwards is answered.
const FIRST_META: &str = "
    with mine as (insert into meta (name, value) values ($1, $2) on conflict do nothing returning value)
    select value from mine union all select value from meta where name = $1 limit 1";

/// A value of the database about itself.
pub(super) async fn meta(line: &mut Line, name: &str) -> Result<Option<String>, Fault> {
    let found = line.row(META, &[&name]).await?;
    Ok(found.map(|it| it.try_get(0)).transpose()?)
}

/// Sets a value of the database about itself unless it has one, and tells which it has.
pub(super) async fn set_first(line: &mut Line, name: &str, value: &str) -> Result<String, Fault> {
    // Of two at once, one may see neither its own nor the other's row; then the other's is there at the next look.
    match line.row(FIRST_META, &[&name, &value]).await? {
        Some(row) => Ok(row.try_get(0)?),
        None => meta(line, name).await?.ok_or(Fault::Refused(StoreError::Inconsistent("meta"))),
    }
}

/// Takes the locks that a request takes, and so waits for whoever keeps one from it, but touches none of its rows.
const TRIAL: &str = "
    with of_bookings as (update booking set version = version where false),
        of_wishes as (update wish set position = position where false),
        of_events as (update event set version = version where false),
        of_keys as (update idempotency set created_at = created_at where false)
    insert into meta (name, value)
    select 'checked', coalesce(string_agg(md5(part::text), ''), '1') from generate_series(1, $1::bigint) as parts (part)
    on conflict (name) do update set value = excluded.value
    returning length(value)::bigint";

/// Writes and reads so many pieces of 32 bytes that cannot be made smaller, or a trifle.
pub(super) async fn try_out(line: &mut Line, pieces: i64) -> Result<(), Fault> {
    let written = line.row(TRIAL, &[&pieces]).await?.map(|it| it.try_get::<_, i64>(0)).transpose()?;
    if written == Some((pieces * 32).max(1)) { Ok(()) } else { Err(StoreError::Inconsistent("meta").into()) }
}
