//! What time does to a request by itself: the SQL. Each act is one statement, and takes up no request that another process has
//! just changed.
//!
//! What was erased is gone for every query and every dump from the commit on. Its bytes lie in the table's files until the room
//! is used again, which `vacuum` allows; they are sealed, as they are in the log, in replicas and backups of the server.

use precheck_shared::booking::{Booking, BookingState};
use precheck_shared::time::Instant;
use tokio_postgres::types::ToSql;

use super::bookings;
use super::fault::Fault;
use super::lines::Line;
use crate::clock::from_millis;
use crate::store::set_aside::SetAside;
use crate::store::{Retention, StoreError};

/// Most requests in one transaction.
const BATCH: i64 = 200;

/// Most expired keys in one transaction.
const SWEEP: i64 = 5000;

const DUE: &str = "
    select id, reception_number, version, array(select start_at from wish where wish.booking = booking.id) from booking
    where office = $1 and state = $2 and last_wish_at <= $3 and not reception_number = any($5)
    order by last_wish_at limit $4";

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

/// Requests that are due: which, in which version, under which number.
#[derive(Default)]
struct Due {
    ids: Vec<i64>,
    versions: Vec<i64>,
    numbers: Vec<String>,
}

impl Due {
    fn add(&mut self, id: i64, version: i64, number: String) {
        self.ids.push(id);
        self.versions.push(version);
        self.numbers.push(number);
    }
}

/// Does something with all rows in one statement. Where that fails for what one of them holds, each is done by itself, and
/// those that fail are set aside.
async fn together(
    line: &mut Line,
    sql: &'static str,
    due: &Due,
    values: impl Fn(&[i64], &[i64]) -> Vec<Box<dyn ToSql + Sync + Send>> + Send,
    aside: &SetAside,
) -> Result<u64, Fault> {
    match one_statement(line, sql, &values(&due.ids, &due.versions)).await {
        Err(fault) if fault.is_of_the_row() => {}
        done => return done,
    }
    let mut all = 0;
    for at in 0..due.ids.len() {
        match one_statement(line, sql, &values(&due.ids[at..=at], &due.versions[at..=at])).await {
            Ok(done) => all += done,
            Err(fault) if fault.is_of_the_row() => aside.add(&due.numbers[at], &fault.told()),
            Err(fault) => return Err(fault),
        }
    }
    Ok(all)
}

async fn one_statement(
    line: &mut Line,
    sql: &'static str,
    values: &[Box<dyn ToSql + Sync + Send>],
) -> Result<u64, Fault> {
    let values: Vec<_> = values.iter().map(|it| &**it as &(dyn ToSql + Sync)).collect();
    count(line.row(sql, &values).await?.as_ref())
}

/// Article 4(2): some of the requests whose last wish has passed unanswered. Written as of that moment, whenever it is that
/// the server finds the time.
pub(super) async fn lapse(
    line: &mut Line,
    office: &str,
    now: Instant,
    aside: &SetAside,
) -> Result<u64, Fault> {
    loop {
        let before = aside.count();
        let done = lapse_some(line, office, now, aside).await?;
        // What lies behind rows that were set aside is reached at once.
        if 0 < done || aside.count() == before {
            return Ok(done);
        }
    }
}

async fn lapse_some(line: &mut Line, office: &str, now: Instant, aside: &SetAside) -> Result<u64, Fault> {
    let waiting = BookingState::Requested;
    let values: [&(dyn ToSql + Sync); 5] =
        [&office, &waiting.name(), &now.timestamp_millis(), &BATCH, &aside.all()];
    let found = line.rows(DUE, &values).await?;
    let mut due = Due::default();
    for row in found {
        let (id, number, version): (i64, String, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let wishes: Vec<_> = row.try_get::<_, Vec<i64>>(3)?.into_iter().map(from_millis).collect();
        // Another version has to come after it.
        let Some(counted) = u32::try_from(version).ok().filter(|it| *it < u32::MAX) else {
            aside.add(&number, &StoreError::Inconsistent("booking"));
            continue;
        };
        // The rule has the last word, not the column.
        if (Booking { state: waiting.clone(), version: counted }).lapse(now, &wishes).is_ok() {
            due.add(id, version, number);
        }
    }
    if due.ids.is_empty() {
        return Ok(0);
    }
    let office = office.to_owned();
    let values = move |ids: &[i64], versions: &[i64]| -> Vec<Box<dyn ToSql + Sync + Send>> {
        let lapsed = BookingState::Lapsed.name();
        vec![Box::new(office.clone()), Box::new(lapsed), Box::new(ids.to_vec()), Box::new(versions.to_vec())]
    };
    together(line, LAPSE, &due, values, aside).await
}

const DUE_TO_ERASE: &str = "
    select booking.id, booking.version, booking.reception_number
    from unnest($2::text[], $3::bigint[]) as ended (state, before)
    join booking on booking.office = $1 and booking.state = ended.state
        and booking.kept_since < ended.before and booking.erased_at is null
        and booking.legal_hold = 0 and not booking.reception_number = any($5)
    order by booking.kept_since limit $4";

const ERASE: &str = "
    with due as (
        select id, version from unnest($2::bigint[], $3::bigint[]) as due (id, version)
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
    aside: &SetAside,
) -> Result<u64, Fault> {
    loop {
        let before = aside.count();
        let done = erase_some(line, office, now, ended, aside).await?;
        if 0 < done || aside.count() == before {
            return Ok(done);
        }
    }
}

async fn erase_some(
    line: &mut Line,
    office: &str,
    now: Instant,
    ended: &[Retention],
    aside: &SetAside,
) -> Result<u64, Fault> {
    let states: Vec<&str> = ended.iter().map(|it| it.state).collect();
    let before: Vec<i64> = ended.iter().map(|it| it.before.timestamp_millis()).collect();
    let values: [&(dyn ToSql + Sync); 5] = [&office, &states, &before, &BATCH, &aside.all()];
    let mut due = Due::default();
    for row in line.rows(DUE_TO_ERASE, &values).await? {
        due.add(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    }
    if due.ids.is_empty() {
        return Ok(0);
    }
    let (office, now) = (office.to_owned(), now.timestamp_millis());
    // Whoever has changed one meanwhile, or holds it, has made another version of it.
    let values = move |ids: &[i64], versions: &[i64]| -> Vec<Box<dyn ToSql + Sync + Send>> {
        vec![Box::new(office.clone()), Box::new(ids.to_vec()), Box::new(versions.to_vec()), Box::new(now)]
    };
    together(line, ERASE, &due, values, aside).await
}

/// A mark of a refusal has no age of its own, and is of no use after half a minute.
const FORGET_KEYS: &str = "
    with forgotten as (
        delete from idempotency where ctid = any (array(
            select ctid from idempotency
            where created_at <= $2 and office = $1
                and (refused_at is null or refused_at < clock_timestamp() - interval '1 minute')
            limit $3))
        returning 1
    )
    select count(*) from forgotten";

/// Erases some of the keys that were used at a moment or before, and of the marks of refusals.
pub(super) async fn forget_keys(line: &mut Line, office: &str, since: Instant) -> Result<u64, Fault> {
    count(line.row(FORGET_KEYS, &[&office, &since.timestamp_millis(), &SWEEP]).await?.as_ref())
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
