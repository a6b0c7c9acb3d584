//! What only PostgreSQL shows: several processes, lost connections, unknown outcomes.

use std::time::{Duration, Instant as Moment};

use private_postgres::{Durability, Postgres};
use tokio_postgres::{Client, NoTls};

use super::engine::LONGEST_WRITE;
use super::*;
use crate::in_flight::KeysInFlight;
use crate::store::contract::{Two, jst, key, now, request, since, stored, submit};

mod faults;
mod migrating;
mod promising;

/// The tests' PostgreSQL does not wait for the disk.
const SERVING: Opening =
    Opening::Serve(opening::Allowed { new_database: true, new_office: false, lossy: true });

/// As one process opens it.
fn open(url: &str, queue: usize) -> PostgresStore {
    try_open(url, queue, "key").unwrap_or_else(|fault| panic!("{fault}"))
}

fn try_open(url: &str, queue: usize, key_id: &str) -> Result<PostgresStore, OpenFault> {
    let options =
        Options { address: Address::read(url).unwrap(), office: "otaru".to_owned(), queue, opening: SERVING };
    Opened::open(options, now())?.start(key_id, crate::vault::tests::log_key())
}

/// A store whose writes wait for a lock longer than a slow machine takes to see them wait.
fn open_patient(url: &str) -> Arc<PostgresStore> {
    let address = Address::read(url).unwrap().patient();
    let options = Options { address, office: "otaru".to_owned(), queue: 16, opening: SERVING };
    Arc::new(Opened::open(options, now()).unwrap().start("key", crate::vault::tests::log_key()).unwrap())
}

/// Two handles on a database of its own, for the contract.
pub(crate) fn two() -> Two {
    let url = Postgres::shared().database();
    Two { stores: [Arc::new(open(&url, 1024)), Arc::new(open(&url, 1024))], _folder: None }
}

/// The database's administrator, beside the store.
async fn administrator(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(&Postgres::as_administrator(url), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Cuts the sessions of the store that fit, as a network or an administrator does.
async fn cut(client: &Client, which: &str) -> i64 {
    let cut = format!(
        "select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and {which}) as cut"
    );
    client.query_one(&cut, &[]).await.unwrap().get(0)
}

/// Waits until a query is true, asking again and again.
async fn until(client: &Client, query: &str) {
    let (began, mut pause) = (Moment::now(), tokio::time::interval(Duration::from_millis(5)));
    while !client.query_one(query, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(began.elapsed() < Duration::from_secs(20), "never: {query}");
        pause.tick().await;
    }
}

const WAITS_FOR_A_LOCK: &str = "select exists (select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock')";

/// The answer to a request that another process has written and not yet committed.
async fn hold_the_key(client: &Client, n: u64) {
    client.batch_execute("begin").await.unwrap();
    let kept = request(n).kept;
    let insert = "insert into idempotency (office, key, fingerprint, key_id, answer, created_at)
        values ('otaru', $1, $2, $3, $4, $5)";
    let key = kept.key.as_bytes().as_slice();
    let (hash, at) = (kept.fingerprint.as_slice(), now().timestamp_millis());
    client.execute(insert, &[&key, &hash, &kept.answer.key_id, &kept.answer.bytes, &at]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_has_refused_another_that_had_judged_it_before_does_not_store() {
    let two = two();
    assert_eq!(two.first().refuse(key(1), since()).await.unwrap(), None);
    // Judged as fine by the other one before that.
    assert!(matches!(submit(two.second(), request(1)).await, Err(StoreError::KeyInProgress)));
    assert_eq!(two.second().booking(request(1).number.as_str()).await.unwrap(), None);
    // Refused by both, each may store what comes next.
    assert_eq!(two.second().refuse(key(1), since()).await.unwrap(), None);
    stored(two.second(), 1).await;
    assert_eq!(two.first().refuse(key(1), since()).await.unwrap(), Some(request(1).kept));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_counts_for_half_a_minute_and_its_mark_is_swept_up_later() {
    let url = Postgres::shared().database();
    let (first, second, client) = (open(&url, 16), open(&url, 16), administrator(&url).await);
    let age = |seconds: u32| {
        format!("update idempotency set refused_at = clock_timestamp() - interval '{seconds} seconds'")
    };
    for (seconds, in_progress) in [(29, true), (31, false)] {
        assert_eq!(first.refuse(key(seconds.into()), since()).await.unwrap(), None);
        client.batch_execute(&age(seconds)).await.unwrap();
        let again = submit(&second, request(seconds.into())).await;
        assert_eq!(matches!(again, Err(StoreError::KeyInProgress)), in_progress, "{again:?}");
    }
    for (seconds, left) in [(59, 2), (61, 1)] {
        client.batch_execute(&format!("{} where refused_at is not null", age(seconds))).await.unwrap();
        assert_eq!(first.forget_keys(since()).await.unwrap(), u64::try_from(2 - left).unwrap());
        let rows = client.query_one("select count(*) from idempotency", &[]).await.unwrap();
        assert_eq!(rows.get::<_, i64>(0), left);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_refusal_and_a_request_that_race_in_two_processes_one_is_told_of_the_other() {
    let two = two();
    for round in 0..200 {
        let (first, second) = (Arc::clone(&two.stores[0]), Arc::clone(&two.stores[1]));
        let refusing = tokio::spawn(async move { first.refuse(key(round), since()).await.unwrap() });
        let storing = tokio::spawn(async move { submit(&*second, request(round)).await });
        match (refusing.await.unwrap(), storing.await.unwrap()) {
            (Some(kept), Ok(Submitted::Stored)) => assert_eq!(kept, request(round).kept),
            (None, Err(StoreError::KeyInProgress)) => {}
            other => panic!("round {round}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_several_processes_leads_and_another_when_its_session_is_cut_or_it_ends() {
    let url = Postgres::shared().database();
    let (first, second, client) = (open(&url, 16), open(&url, 16), administrator(&url).await);
    for _ in 0..3 {
        assert!(first.leads().await.unwrap());
        assert!(!second.leads().await.unwrap());
    }
    // Another office has jobs of its own.
    let opening = Opening::Serve(opening::Allowed { new_database: false, new_office: true, lossy: true });
    let address = Address::read(&url).unwrap();
    let options = Options { address, office: "sapporo".to_owned(), queue: 16, opening };
    assert!(
        Opened::open(options, now())
            .unwrap()
            .start("key", crate::vault::tests::log_key())
            .unwrap()
            .leads()
            .await
            .unwrap()
    );

    let holder = "pid in (select pid from pg_locks where locktype = 'advisory' and granted)";
    assert!(1 <= cut(&client, holder).await);
    until(
        &client,
        "select not exists (select from pg_locks where locktype = 'advisory' and database =
        (select oid from pg_database where datname = current_database()))",
    )
    .await;
    assert!(second.leads().await.unwrap());
    assert!(!first.leads().await.unwrap());
    second.close().await.unwrap();
    let (began, mut pause) = (Moment::now(), tokio::time::interval(Duration::from_millis(5)));
    while !first.leads().await.unwrap() {
        assert!(began.elapsed() < Duration::from_secs(20), "nobody leads");
        pause.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_that_another_process_has_taken_are_seen_at_once() {
    use crate::store::contract::{confirm, done};
    let two = two();
    let (from, to) = (jst("2026-11-26T00:00:00+09:00"), jst("2026-11-27T00:00:00+09:00"));
    let ten = jst("2026-11-26T10:00:00+09:00");
    stored(two.first(), 1).await;
    assert_eq!(two.second().occupancy(from, to).await.unwrap().taken(ten), 0);
    done(two.first(), confirm(1, 1, "2026-11-26T10:00:00+09:00", 1, None)).await;
    assert_eq!(two.second().occupancy(from, to).await.unwrap().taken(ten), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_constraints_forbid_what_a_change_overlooks() {
    let url = Postgres::shared().database();
    let (store, client) = (open(&url, 16), administrator(&url).await);
    stored(&store, 1).await;
    stored(&store, 2).await;
    let seat = |cell: &str, seat: i64| {
        let sql = format!("insert into seat_cell values ('otaru', {cell}, {seat}, 1)");
        let client = &client;
        async move { client.batch_execute(&sql).await }
    };
    seat("0", 0).await.unwrap();
    assert!(seat("0", 0).await.is_err() && seat("0", 1).await.is_ok() && seat("1", 0).await.is_ok());
    let officer = "insert into officer_cell values ('otaru', 'officer-1', 0, 1)";
    client.batch_execute(officer).await.unwrap();
    assert!(client.batch_execute(officer).await.is_err());
    for wrong in [
        "update booking set state = 'x'",
        "update booking set receipt_hash = ''",
        "update booking set reception_number = 'x'",
        "insert into wish select office, booking, 9, start_at from wish limit 1",
        "insert into appointment values ('otaru', 1, 1, 5, 5, null, '', '')",
        "delete from booking",
    ] {
        assert!(client.batch_execute(wrong).await.is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_commit_reaches_the_disk_before_its_answer_and_nothing_waits_for_long() {
    let store = open(&Postgres::shared().database(), 16);
    let settings = store.engine.write(None, |mut line: Line| async move {
        let sql =
            "select current_setting('synchronous_commit') || ' ' || current_setting('statement_timeout')
            || ' ' || current_setting('lock_timeout')";
        let row = line.row(sql, &[]).await;
        let read = row.map(|it| it.unwrap().get::<_, String>(0)).map_err(Fault::from);
        (line, read)
    });
    assert_eq!(settings.await.unwrap(), "on 1500ms 1400ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_cannot_write() {
    let store = open(&Postgres::shared().database(), 16);
    let written = store.engine.read(with!(line, bookings::try_out(&mut line, 0)));
    assert!(matches!(written.await, Err(StoreError::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn article_6_what_the_engine_says_of_a_fault_quotes_no_row() {
    let url = Postgres::shared().database();
    let (store, client) = (open(&url, 16), administrator(&url).await);
    client
        .batch_execute("alter table booking add constraint never check (reception_number = '')")
        .await
        .unwrap();
    let told = submit(&store, request(1)).await.unwrap_err().to_string();
    assert!(told.contains("never") && told.contains("23514"), "{told}");
    assert!(!told.contains(request(1).number.as_str()) && !told.contains('\n'), "{told}");
}
