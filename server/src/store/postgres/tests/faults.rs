//! Lost connections, hanging servers, held locks: told in time, nothing stored behind anybody's back, healed by itself.

use super::*;

/// Within this time every call is answered, whatever the database does.
const ANSWERED: Duration = Duration::from_secs(3);

async fn in_time<T>(asked: impl Future<Output = T>) -> T {
    tokio::time::timeout(ANSWERED, asked).await.expect("an answer in time")
}

/// Waits until nobody holds the key any more.
async fn let_go(keys: &KeysInFlight, n: u64) {
    let began = Moment::now();
    while keys.hold(key(n)).is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "the key is never let go");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_connection_is_cut_is_unavailable_and_its_key_is_let_go_once_that_is_decided() {
    let url = Postgres::shared().database();
    let (store, client, other) = (open(&url, 16), administrator(&url).await, administrator(&url).await);
    let keys = KeysInFlight::default();
    hold_the_key(&other, 1).await;
    let sent = store.submit(Box::new(request(1)), since(), keys.hold(key(1)).unwrap());
    let sent = tokio::spawn(sent);
    until(&client, WAITS_FOR_A_LOCK).await;
    assert_eq!(cut(&client, "wait_event_type = 'Lock'").await, 1);
    let told = in_time(sent).await.unwrap();
    assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    let_go(&keys, 1).await;
    other.batch_execute("rollback").await.unwrap();
    stored(&store, 1).await;
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
async fn a_repetition_at_another_process_waits_for_the_first_and_gets_its_answer() {
    let url = Postgres::shared().database();
    let (first, second, client, other) =
        (open(&url, 16), open(&url, 16), administrator(&url).await, administrator(&url).await);
    // Something that the first one waits for after it has taken its key.
    other.batch_execute("begin; lock table event in access exclusive mode").await.unwrap();
    let storing = tokio::spawn(async move { submit(&first, request(1)).await });
    until(&client, WAITS_FOR_A_LOCK).await;
    let refusing = tokio::spawn(async move { second.refuse(key(1), since()).await });
    until(
        &client,
        "select count(*) = 2 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'",
    )
    .await;
    other.batch_execute("rollback").await.unwrap();
    assert_eq!(storing.await.unwrap().unwrap(), Submitted::Stored);
    assert_eq!(refusing.await.unwrap().unwrap(), Some(request(1).kept), "never refused beside a booking");
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
            let (n, stored) = sent.await.unwrap();
            if stored { acknowledged.push(n) } else { unanswered.push(n) }
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_answers_at_once_and_what_waits_is_done_or_told_in_time() {
    let url = Postgres::shared().database();
    let (store, client, other) = (open(&url, 4), administrator(&url).await, administrator(&url).await);
    other.batch_execute("begin; lock table booking in access exclusive mode").await.unwrap();
    let store = Arc::new(store);
    let send = |n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { in_time(submit(&*store, request(n))).await })
    };
    let writing: Vec<_> = (0..u64::from(WRITERS)).map(send).collect();
    let all = format!(
        "select count(*) = {WRITERS} from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'"
    );
    until(&client, &all).await;
    let waiting: Vec<_> = (100..120).map(send).collect();
    let mut full = 0;
    for sent in waiting {
        match sent.await.unwrap() {
            Err(StoreError::Full) => full += 1,
            Err(StoreError::Slow) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((14..=16).contains(&full), "{full}: four wait, or had waited for the first four");
    for sent in writing {
        assert!(matches!(sent.await.unwrap(), Err(StoreError::Slow)));
    }
    other.batch_execute("rollback").await.unwrap();
    store.check().await.unwrap();
    let rows = client.query_one("select count(*) from booking", &[]).await.unwrap().get::<_, i64>(0);
    assert_eq!(rows, 0, "nothing is stored behind anybody's back");
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
    let (store, client, other) =
        (Arc::new(open(&url, 16)), administrator(&url).await, administrator(&url).await);
    other.batch_execute("begin; lock table event in access exclusive mode").await.unwrap();
    let of_task = Arc::clone(&store);
    let sent = tokio::spawn(async move { submit(&*of_task, request(1)).await });
    until(&client, WAITS_FOR_A_LOCK).await;
    let of_task = Arc::clone(&store);
    let closing = tokio::spawn(async move { of_task.close().await });
    other.batch_execute("rollback").await.unwrap();
    closing.await.unwrap().unwrap();
    assert_eq!(sent.await.unwrap().unwrap(), Submitted::Stored);
    let sessions = "select not exists (select from pg_stat_activity
        where datname = current_database() and application_name = 'precheck-server')";
    until(&client, sessions).await;
}
