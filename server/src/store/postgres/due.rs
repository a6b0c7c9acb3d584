//! What time does to a request by itself: the SQL. Each act is one statement, and takes up no request that another process has
//! just changed.
//!
//! What was erased is gone for every query and every dump from the commit on. Its bytes lie in the table's files until the room
//! is used again, which `vacuum` allows; they are sealed, as they are in the log, in replicas and backups of the server.

use chrono::TimeDelta;
use precheck_shared::booking::{Booking, BookingState};
use precheck_shared::time::Instant;

use super::bookings;
use super::fault::Fault;
use super::lines::Line;
use crate::clock::from_millis;
use crate::store::{Retention, StoreError};

/// Most requests in one transaction.
const BATCH: i64 = 200;

/// Most expired keys in one transaction.
const SWEEP: i64 = 5000;

const DUE: &str = "
    select id, version, array(select start_at from wish where wish.booking = booking.id) from booking
    where office = $1 and state = $2 and last_wish_at <= $3 order by last_wish_at limit $4";

const LAPSE: &str = "
    with lapsed as (
        update booking set state = $2, version = booking.version + 1, state_at = last_wish_at, kept_since = last_wish_at
        from unnest($3::bigint[], $4::bigint[]) as due (id, version)
        where booking.id = due.id and booking.version = due.version
        returning booking.id, booking.version, booking.last_wish_at
    ), told as (
        insert into event (office, booking, version, at, actor, kind)
        select $1, id, version, last_wish_at, 'clock', $2 from lapsed
    )
    select count(*) from lapsed";

/// Article 4(2): some of the requests whose last wish has passed unanswered. Written as of that moment, whenever it is that
/// the server finds the time.
pub(super) async fn lapse(line: &mut Line, office: &str, now: Instant) -> Result<u64, Fault> {
    let waiting = BookingState::Requested;
    let found = line.rows(DUE, &[&office, &waiting.name(), &now.timestamp_millis(), &BATCH]).await?;
    let (mut ids, mut versions) = (Vec::new(), Vec::new());
    for row in found {
        let (id, version): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let wishes: Vec<_> = row.try_get::<_, Vec<i64>>(2)?.into_iter().map(from_millis).collect();
        let counted = u32::try_from(version).map_err(|_| StoreError::Inconsistent("booking"))?;
        // The rule has the last word, not the column.
        if (Booking { state: waiting.clone(), version: counted }).lapse(now, &wishes).is_ok() {
            ids.push(id);
            versions.push(version);
        }
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let lapsed = BookingState::Lapsed.name();
    count(line.row(LAPSE, &[&office, &lapsed, &ids, &versions]).await?.as_ref())
}

const ERASE: &str = "
    with due as (
        select booking.id, booking.version
        from unnest($2::text[], $3::bigint[]) as ended (state, before)
        join booking on booking.office = $1 and booking.state = ended.state
            and booking.kept_since < ended.before and booking.erased_at is null
            and booking.legal_hold = 0
        order by booking.kept_since limit $5
    ), erased as (
        update booking
        set sealed = '', key_id = '', number_hash = decode(repeat('00', 32), 'hex'),
            receipt_hash = decode(repeat('00', 32), 'hex'), told = null, told_key_id = null,
            version = booking.version + 1, erased_at = $4
        from due where booking.id = due.id and booking.version = due.version and booking.erased_at is null
        returning booking.id, booking.version
    ), silenced as (
        update event set key_id = null, sealed = null
        from erased where event.booking = erased.id and event.sealed is not null
    ), unmet as (
        update appointment set key_id = '', meeting = '', meeting_hash = null
        from erased where appointment.booking = erased.id
    ), unfound as (
        delete from name_token using erased where name_token.booking = erased.id
    ), unanswered as (
        delete from idempotency using erased where idempotency.booking = erased.id
    ), told as (
        insert into event (office, booking, version, at, actor, kind)
        select $1, id, version, $4, 'clock', 'erased' from erased
    ), noted as (
        insert into meta (name, value) select 'unforgotten', 'vacuum' where exists (select from erased)
        on conflict (name) do nothing
    )
    select count(*) from erased";

/// Article 6: some of the requests whose retention has ended lose the person; their events stay, without what people wrote.
pub(super) async fn erase(
    line: &mut Line,
    office: &str,
    now: Instant,
    ended: &[Retention],
) -> Result<u64, Fault> {
    sweep(line).await?;
    let states: Vec<&str> = ended.iter().map(|it| it.state).collect();
    let before: Vec<i64> = ended.iter().map(|it| it.before.timestamp_millis()).collect();
    let erased = line.row(ERASE, &[&office, &states, &before, &now.timestamp_millis(), &BATCH]).await?;
    count(erased.as_ref())
}

const SWEEP_KEYS: &str = "
    delete from idempotency where ctid = any (array(
        select ctid from idempotency
        where created_at <= (select max(created_at) from idempotency) - $1
            and (refused_at is null or refused_at < clock_timestamp() - interval '1 minute')
        limit $2))";

/// Erases some of the keys that were used more than 14 days before the newest one, and of the marks of refusals.
async fn sweep(line: &mut Line) -> Result<(), Fault> {
    let kept_for = TimeDelta::days(crate::service::KEY_DAYS).num_milliseconds();
    let statement = line.statement(SWEEP_KEYS).await?;
    line.client.execute(&statement, &[&kept_for, &SWEEP]).await?;
    Ok(())
}

fn count(row: Option<&tokio_postgres::Row>) -> Result<u64, Fault> {
    let counted = row.map(|it| it.try_get::<_, i64>(0)).transpose()?;
    Ok(counted.and_then(|it| u64::try_from(it).ok()).unwrap_or_default())
}

/// Frees the room of what was erased. On a connection of its own: it may take minutes with a large table, and is refused
/// inside a transaction.
pub(super) async fn forget(line: &mut Line) -> Result<bool, Fault> {
    if bookings::meta(line, "unforgotten").await?.is_none() {
        return Ok(true);
    }
    line.client.batch_execute("set statement_timeout = 0").await?;
    line.client
        .batch_execute("vacuum booking, event, appointment, idempotency, name_token, suspension")
        .await?;
    line.client.execute("delete from meta where name = 'unforgotten'", &[]).await?;
    Ok(true)
}
