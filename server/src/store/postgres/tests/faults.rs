//! Lost connections, hanging servers, held locks: told in time, nothing stored behind anybody's back, healed by itself.

use super::*;

/// Within this time every call is answered, whatever the database does.
const ANSWERED: Duration = Duration::from_secs(3);

async fn in_time<T>(asked: impl Future<Output = T>) -> T {
    tokio::time::timeout(ANSWERED, asked).await.expect("an answer in time")
}

/// Waits until nobody holds the key any more.
async fn let_go(keys: &KeysInFlight, n: u64) {
    let (began, mut pause) = (Moment::now(), tokio::time::interval(Duration::from_millis(5)));
    while keys.hold(key(n)).is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "the key is never let go");
        pause.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_connection_is_cut_is_unavailable_and_its_key_is_let_go_once_that_is_decided() {
    let url = Postgres::shared().database();
    let (store, client, other) = (open_patient(&url), administrator(&url).await, administrator(&url).await);
    let keys = KeysInFlight::default();
    hold_the_key(&other, 1).await;
    let (of_task, held) = (Arc::clone(&store), keys.hold(key(1)).unwrap());
    let sent = tokio::spawn(async move { of_task.submit(Box::new(request(1)), since(), held).await });
    until(&client, WAITS_FOR_A_LOCK).await;
    assert_eq!(cut(&client, "wait_event_type = 'Lock'").await, 1);
    let told = in_time(sent).await.unwrap();
    assert!(matches!(told, Err(StoreError::Unavailable(_) | StoreError::Slow)), "{told:?}");
    let_go(&keys, 1).await;
    other.batch_execute("rollback").await.unwrap();
    stored(&*store, 1).await;
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_held_by_somebody_else_is_told_in_time_and_nothing_is_stored_later() {
    let url = Postgres::shared().database();
    let (store, other) = (open(&url, 16), administrator(&url).await);
    let keys = KeysInFlight::default();
    hold_the_key(&other, 1).await;
    let told = in_time(store.submit(Box::new(request(1)), since(), keys.hold(key(1)).unwrap())).await;
    assert!(matches!(told, Err(StoreError::Slow)), "{told:?}");
    // Decided: the server has given it up.
    let_go(&keys, 1).await;
    other.batch_execute("rollback").await.unwrap();
    assert_eq!(store.booking(request(1).number.as_str()).await.unwrap(), None);
    stored(&store, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_waits_for_another_process_that_is_storing_under_its_key_and_finds_its_answer() {
    let url = Postgres::shared().database();
    let (store, client, other) = (open_patient(&url), administrator(&url).await, administrator(&url).await);
    hold_the_key(&other, 1).await;
    let of_task = Arc::clone(&store);
    let refusing = tokio::spawn(async move { of_task.refuse(key(1), since()).await });
    until(&client, WAITS_FOR_A_LOCK).await;
    other.batch_execute("commit").await.unwrap();
    let told = match refusing.await.unwrap() {
        // On a slow machine she is told to come again, and does.
        Err(StoreError::Slow) => store.refuse(key(1), since()).await,
        told => told,
    };
    assert_eq!(told.unwrap(), Some(request(1).kept), "never refused beside a booking");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_somebody_locks_a_table_that_requests_need_the_store_is_not_ready() {
    let url = Postgres::shared().database();
    let (store, other) = (open(&url, 16), administrator(&url).await);
    for table in ["booking", "wish", "event", "idempotency", "meta"] {
        store.check().await.unwrap();
        other.batch_execute(&format!("begin; lock table {table} in access exclusive mode")).await.unwrap();
        assert!(in_time(store.check()).await.is_err(), "{table}");
        other.batch_execute("rollback").await.unwrap();
        store.check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_that_were_cut_are_made_anew_without_anybody_noticing() {
    let url = Postgres::shared().database();
    let (store, client) = (open(&url, 64), administrator(&url).await);
    for round in 0..5 {
        let many = (0..10).map(|n| {
            let asked = submit(&store, request(round * 10 + n));
            async { asked.await.unwrap() }
        });
        for asked in many {
            assert_eq!(asked.await, Submitted::Stored);
        }
        store.booking("x").await.unwrap();
        assert!(1 <= cut(&client, "application_name = 'precheck-server'").await);
        until(
            &client,
            "select not exists (select from pg_stat_activity
            where datname = current_database() and application_name = 'precheck-server')",
        )
        .await;
        // One may be lent at the very moment of the cut; whoever gets it is told, and nobody after that.
        let _ = store.check().await;
        store.check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_cut_short_under_load_loses_nothing_that_was_answered_and_doubles_nothing() {
    let server = Postgres::start(Durability::Disk).unwrap();
    let url = server.database();
    let stores = [Arc::new(open(&url, 1024)), Arc::new(open(&url, 1024))];
    let mut acknowledged = Vec::new();
    for round in 0..3_u64 {
        let sending: Vec<_> = (0..40)
            .map(|n| {
                let (store, n) = (Arc::clone(&stores[(n % 2) as usize]), round * 1000 + n);
                tokio::spawn(async move {
                    let told = in_time(submit(&*store, request(n))).await;
                    (n, matches!(told, Ok(Submitted::Stored)))
                })
            })
            .collect();
        let stopped = server.crash();
        stopped.unwrap();
        let mut unanswered = Vec::new();
        for sent in sending {
            let (n, answered) = sent.await.unwrap();
            if answered { acknowledged.push(n) } else { unanswered.push(n) }
        }
        let began = Moment::now();
        while stores[0].check().await.is_err() || stores[1].check().await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "not healed");
        }
        // Those repeat, at the other process.
        for n in unanswered {
            let again = submit(&*stores[((n + 1) % 2) as usize], request(n)).await.unwrap();
            assert!(matches!(&again, Submitted::Stored) || again == Submitted::KeyKnown(request(n).kept));
            acknowledged.push(n);
        }
    }
    for n in &acknowledged {
        assert!(stores[0].booking(request(*n).number.as_str()).await.unwrap().is_some(), "{n} is lost");
    }
    let client = administrator(&url).await;
    let rows = client.query_one("select count(*) from booking", &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(usize::try_from(rows).unwrap(), acknowledged.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_answering_is_told_in_time_and_the_key_stays_held_until_it_is_decided() {
    let server = Postgres::start(Durability::Memory).unwrap();
    let store = open(&server.database(), 16);
    stored(&store, 1).await;
    let keys = KeysInFlight::default();
    server.freeze().unwrap();
    let began = Moment::now();
    let told = in_time(store.submit(Box::new(request(2)), since(), keys.hold(key(2)).unwrap())).await;
    assert!(matches!(told, Err(StoreError::Slow)), "{told:?}");
    assert!(LONGEST_WRITE <= began.elapsed());
    assert!(matches!(in_time(store.booking("x")).await, Err(StoreError::Slow)));
    assert!(in_time(store.check()).await.is_err(), "not ready");
    // It may be stored yet: nobody is told anything else meanwhile.
    assert!(keys.hold(key(2)).is_none());
    // Longer than the connection is waited for.
    let given_up = began + Duration::from_secs(7);
    tokio::time::timeout_at(given_up.into(), std::future::pending::<()>()).await.unwrap_err();
    assert!(keys.hold(key(2)).is_none(), "its session is not known to have ended");
    server.thaw().unwrap();
    let_go(&keys, 2).await;
    let began = Moment::now();
    while store.check().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(20), "not healed");
    }
    let again = submit(&store, request(2)).await.unwrap();
    assert!(matches!(&again, Submitted::Stored) || again == Submitted::KeyKnown(request(2).kept));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_everything_is_unavailable_at_once_and_it_heals() {
    let server = Postgres::start(Durability::Memory).unwrap();
    let store = open(&server.database(), 16);
    stored(&store, 1).await;
    server.stop().unwrap();
    assert!(in_time(store.check()).await.is_err());
    assert!(matches!(in_time(submit(&store, request(2))).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(in_time(store.booking("x")).await, Err(StoreError::Unavailable(_))));
    assert!(in_time(store.leads()).await.is_err());
    server.start_again().unwrap();
    store.check().await.unwrap();
    stored(&store, 2).await;
    assert!(store.leads().await.unwrap());
}

/// Takes every connection for writing until the sender is dropped.
async fn hold_all_lines(store: &PostgresStore) -> tokio::sync::watch::Sender<()> {
    let (release, held) = tokio::sync::watch::channel(());
    for _ in 0..WRITERS {
        let (begin, has_begun) = tokio::sync::oneshot::channel();
        let mut held = held.clone();
        drop(store.engine.write(None, move |line: Line| async move {
            begin.send(()).unwrap();
            let _ = held.changed().await;
            (line, Ok(()))
        }));
        // One after the other: a new connection takes its time, and the queue is short.
        has_begun.await.unwrap();
    }
    release
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_answers_at_once_and_what_waits_is_done() {
    let store = Arc::new(open(&Postgres::shared().database(), 4));
    let release = hold_all_lines(&store).await;
    // Polled or not, they stand in the queue.
    let waiting: Vec<_> = (0..4).map(|n| store.lapse_due(now() - chrono::TimeDelta::days(n))).collect();
    assert!(matches!(submit(&*store, request(9)).await, Err(StoreError::Full)));
    drop(release);
    for write in waiting {
        write.await.unwrap();
    }
    stored(&*store, 9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_was_answered_while_it_waited_is_never_done() {
    let store = open(&Postgres::shared().database(), 4);
    let keys = KeysInFlight::default();
    let release = hold_all_lines(&store).await;
    let told = in_time(store.submit(Box::new(request(1)), since(), keys.hold(key(1)).unwrap())).await;
    assert!(matches!(told, Err(StoreError::Slow)), "{told:?}");
    let_go(&keys, 1).await;
    drop(release);
    store.check().await.unwrap();
    assert_eq!(store.booking(request(1).number.as_str()).await.unwrap(), None);
    stored(&store, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failure_only_a_trial_as_large_as_a_request_shows_that_it_has_healed() {
    let url = Postgres::shared().database();
    let (store, client) = (open(&url, 16), administrator(&url).await);
    let size = || async {
        let row = client.query_one("select length(value)::bigint from meta where name = 'checked'", &[]);
        row.await.unwrap().get::<_, i64>(0)
    };
    store.check().await.unwrap();
    assert_eq!(size().await, 1);
    // A disk with room for a trifle alone.
    let full = "alter table meta add constraint full_disk check (length(value) < 1000) not valid;
        alter table booking add constraint full_disk check (false) not valid";
    client.batch_execute(full).await.unwrap();
    assert!(submit(&store, request(1)).await.is_err());
    for _ in 0..2 {
        assert!(store.check().await.is_err(), "a trifle still fits, a request does not");
    }
    let room = "alter table meta drop constraint full_disk; alter table booking drop constraint full_disk";
    client.batch_execute(room).await.unwrap();
    store.check().await.unwrap();
    assert_eq!(size().await, TRIAL * 32);
    store.check().await.unwrap();
    assert_eq!(size().await, 1, "healed: a trifle again");
    stored(&store, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_finishes_what_is_under_way() {
    let url = Postgres::shared().database();
    let (store, client, other) = (open_patient(&url), administrator(&url).await, administrator(&url).await);
    other.batch_execute("begin; lock table event in access exclusive mode").await.unwrap();
    let of_task = Arc::clone(&store);
    let sent = tokio::spawn(async move { submit(&*of_task, request(1)).await });
    until(&client, WAITS_FOR_A_LOCK).await;
    let of_task = Arc::clone(&store);
    let closing = tokio::spawn(async move { of_task.close().await });
    other.batch_execute("rollback").await.unwrap();
    closing.await.unwrap().unwrap();
    assert!(matches!(sent.await.unwrap(), Ok(Submitted::Stored) | Err(StoreError::Slow)));
    let rows = client.query_one("select count(*) from booking", &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(rows, 1);
    let sessions = "select not exists (select from pg_stat_activity
        where datname = current_database() and application_name = 'precheck-server')";
    until(&client, sessions).await;
}
