//! What only the writer's inside shows: batches, savepoints, a commit that fails, a full queue.

use std::sync::mpsc;

use super::*;
use crate::in_flight::KeysInFlight;
use crate::vault::Sealed;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::consent::{ConsentBasis, TermsRef};
use precheck_shared::time::parse_instant;

fn store(queue: usize) -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        path: folder.path().join("a.db"),
        office: "otaru".to_owned(),
        queue,
        opening: Opening::serving(),
    };
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let store = Opened::open(options, now).unwrap().start("key", crate::vault::tests::log_key()).unwrap();
    (folder, store)
}

/// Two handles on one file, for the contract.
pub(crate) fn two() -> crate::store::contract::Two {
    let folder = tempfile::tempdir().unwrap();
    let open = |opening| {
        let options =
            Options { path: folder.path().join("a.db"), office: "otaru".to_owned(), queue: 1024, opening };
        let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
        Arc::new(Opened::open(options, now).unwrap().start("key", crate::vault::tests::log_key()).unwrap())
    };
    crate::store::contract::Two {
        stores: [open(Opening::serving()), open(Opening::Beside)],
        _folder: Some(folder),
    }
}

/// Holds the writer until the sender is dropped, so that what is queued meanwhile becomes one batch.
fn hold(store: &SqliteStore) -> (mpsc::Sender<()>, impl Future<Output = Result<(), StoreError>> + use<>) {
    let (release, held) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let holding = store.writer.write(move |_| {
        started.send(()).unwrap();
        let _ = held.recv();
        Ok(())
    });
    has_started.recv().unwrap();
    (release, holding)
}

fn note(
    store: &SqliteStore,
    name: &'static str,
    fails: bool,
) -> impl Future<Output = Result<(), StoreError>> + use<> {
    store.writer.write(move |connection| {
        bookings::set_meta(connection, name, "1")?;
        if fails { Err(StoreError::NumberTaken) } else { Ok(()) }
    })
}

async fn noted(store: &SqliteStore) -> String {
    let names = |connection: &Connection| {
        let sql =
            "select coalesce(group_concat(name, ' ' order by name), '') from meta where length(name) = 1";
        Ok(connection.query_row(sql, [], |row| row.get(0))?)
    };
    store.readers.read(names).await.unwrap()
}

#[tokio::test]
async fn a_write_that_fails_undoes_itself_and_none_of_its_neighbours() {
    let (_folder, store) = store(16);
    let (release, holding) = hold(&store);
    let batch = [note(&store, "a", false), note(&store, "b", true), note(&store, "c", false)];
    drop(release);
    holding.await.unwrap();
    let [a, b, c] = batch;
    assert!(a.await.is_ok());
    assert!(matches!(b.await, Err(StoreError::NumberTaken)));
    assert!(c.await.is_ok());
    assert_eq!(noted(&store).await, "a c");
}

#[tokio::test]
async fn a_commit_that_fails_is_told_to_the_whole_batch_and_the_next_one_works() {
    let (_folder, store) = store(16);
    let (release, holding) = hold(&store);
    let before = note(&store, "a", false);
    let orphan = store.writer.write(|connection| {
        connection.pragma_update(None, "defer_foreign_keys", true)?;
        connection.execute(
            "insert into wish (office, booking, position, start_at) values ('otaru', 7, 0, 0)",
            [],
        )?;
        Ok(())
    });
    let refused = note(&store, "b", true);
    drop(release);
    holding.await.unwrap();
    assert!(matches!(before.await, Err(StoreError::Unavailable(_))));
    assert!(matches!(orphan.await, Err(StoreError::Unavailable(_))));
    assert!(matches!(refused.await, Err(StoreError::Unavailable(_))));
    assert_eq!(noted(&store).await, "");
    note(&store, "c", false).await.unwrap();
    assert_eq!(noted(&store).await, "c");
}

#[tokio::test]
async fn a_write_that_panics_takes_its_batch_with_it_and_the_writer_goes_on() {
    let (_folder, store) = store(16);
    let (release, holding) = hold(&store);
    let before = note(&store, "a", false);
    let breaks = store.writer.write(|connection| -> Result<(), StoreError> {
        bookings::set_meta(connection, "b", "1")?;
        panic!("in the middle of a write")
    });
    let after = note(&store, "c", false);
    drop(release);
    holding.await.unwrap();
    for told in [before.await, breaks.await, after.await] {
        assert!(matches!(told, Err(StoreError::Unavailable(_))), "{told:?}");
    }
    assert_eq!(noted(&store).await, "");
    note(&store, "d", false).await.unwrap();
    let alone = store.writer.alone(|_| -> Result<(), StoreError> { panic!("between two batches") });
    assert!(matches!(alone.await, Err(StoreError::Unavailable(_))));
    store.check().await.unwrap();
    note(&store, "e", false).await.unwrap();
    assert_eq!(noted(&store).await, "d e");
    store.close().await.unwrap();
}

fn booking(key: Uuid, now: Instant) -> Box<NewBooking> {
    let sealed = || Sealed { key_id: "key".to_owned(), bytes: vec![0] };
    Box::new(NewBooking {
        number: ReceptionNumber::from_bits(1),
        receipt_hash: [0; 32],
        received_at: now,
        last_wish_at: now,
        number_hash: [0; 32],
        person: sealed(),
        terms: TermsRef::default(),
        basis: ConsentBasis::Explicit,
        language: "ja".to_owned(),
        entered_at: now,
        own_device: true,
        checklist: Vec::new(),
        wishes: Vec::new(),
        kept: KeptAnswer { key, fingerprint: [0; 32], answer: sealed() },
        name_tokens: Vec::new(),
        entered: None,
    })
}

#[tokio::test]
async fn the_key_of_a_request_is_held_until_its_batch_is_committed_also_when_nobody_waits() {
    let (_folder, store) = store(16);
    let (keys, key) = (KeysInFlight::default(), Uuid::from_u128(1));
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let (release, holding) = hold(&store);
    drop(store.submit(booking(key, now), now, keys.hold(key).unwrap()));
    // Of the same batch: when this one has begun, the request is written and not yet committed.
    let (commit, held) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let neighbour = store.writer.write(move |_| {
        started.send(()).unwrap();
        let _ = held.recv();
        Ok(())
    });
    drop(release);
    has_started.recv().unwrap();
    assert!(keys.hold(key).is_none());
    drop(commit);
    holding.await.unwrap();
    neighbour.await.unwrap();
    assert!(keys.hold(key).is_some());
    assert!(store.refuse(key, now - chrono::TimeDelta::days(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_write_that_was_answered_while_it_waited_is_never_done_and_a_repetition_is() {
    let (_folder, store) = store(16);
    let (keys, key) = (KeysInFlight::default(), Uuid::from_u128(1));
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let since = now - chrono::TimeDelta::days(1);
    let (release, holding) = hold(&store);
    let told = store.submit(booking(key, now), now, keys.hold(key).unwrap()).await;
    assert!(matches!(told, Err(StoreError::Slow)));
    // Until the writer has given it up, a repetition is told to come back.
    assert!(keys.hold(key).is_none());
    drop(release);
    assert!(matches!(holding.await, Ok(()) | Err(StoreError::Slow)));
    note(&store, "a", false).await.unwrap();
    assert!(store.refuse(key, since).await.unwrap().is_none());
    let again = store.submit(booking(key, now), since, keys.hold(key).unwrap()).await;
    assert!(matches!(again, Ok(Submitted::Stored)), "{again:?}");
}

#[tokio::test]
async fn a_write_whose_batch_had_begun_before_it_was_answered_and_itself_had_not_is_never_done_either() {
    let (_folder, store) = store(16);
    let (keys, key) = (KeysInFlight::default(), Uuid::from_u128(1));
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let (release, holding) = hold(&store);
    let (commit, held) = mpsc::channel::<()>();
    let neighbour = store.writer.write(move |_| {
        let _ = held.recv();
        Ok(())
    });
    let told = store.submit(booking(key, now), now, keys.hold(key).unwrap());
    drop(release);
    holding.await.unwrap();
    assert!(matches!(told.await, Err(StoreError::Slow)));
    drop(commit);
    assert!(matches!(neighbour.await, Ok(()) | Err(StoreError::Slow)));
    note(&store, "a", false).await.unwrap();
    assert!(keys.hold(key).is_some());
    assert!(store.refuse(key, now - chrono::TimeDelta::days(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_write_that_hangs_half_done_is_answered_in_time_and_holds_its_key_until_it_is_decided() {
    let (_folder, store) = store(16);
    let (keys, key) = (KeysInFlight::default(), Uuid::from_u128(1));
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let since = now - chrono::TimeDelta::days(1);
    let (release, holding) = hold(&store);
    let first = store.submit(booking(key, now), since, keys.hold(key).unwrap());
    // Of the same batch: when this one has begun, the request is written and not yet committed.
    let (commit, held) = mpsc::channel::<()>();
    let neighbour = store.writer.write(move |_| {
        let _ = held.recv();
        Ok(())
    });
    drop(release);
    holding.await.unwrap();
    let told = tokio::time::timeout(LONGEST_WRITE * 2, first).await.expect("an answer in time");
    assert!(matches!(told, Err(StoreError::Slow)));
    assert!(matches!(neighbour.await, Err(StoreError::Slow)));
    assert!(keys.hold(key).is_none(), "a repetition is told to come back");
    drop(commit);
    note(&store, "a", false).await.unwrap();
    let again = store.submit(booking(key, now), since, keys.hold(key).unwrap()).await;
    assert!(matches!(again, Ok(Submitted::KeyKnown(_))), "{again:?}");
}

/// As a file that was made read-only answers, on any system and for any account.
async fn read_only(store: &SqliteStore, on: bool) {
    let set = move |connection: &Connection| Ok(connection.pragma_update(None, "query_only", on)?);
    store.writer.alone(set).await.unwrap();
}

#[tokio::test]
async fn a_file_made_read_only_is_unavailable_until_it_is_writable_and_what_was_refused_is_not_stored() {
    let (_folder, store) = store(16);
    note(&store, "a", false).await.unwrap();
    store.check().await.unwrap();
    read_only(&store, true).await;
    assert!(matches!(note(&store, "b", false).await, Err(StoreError::Unavailable(_))));
    assert!(store.check().await.is_err());
    assert_eq!(noted(&store).await, "a", "reading goes on");
    read_only(&store, false).await;
    store.check().await.unwrap();
    note(&store, "c", false).await.unwrap();
    assert_eq!(noted(&store).await, "a c");
}

async fn checked(store: &SqliteStore) -> usize {
    let read = |connection: &Connection| Ok(bookings::meta(connection, "checked")?);
    store.readers.read(read).await.unwrap().map_or(0, |it| it.len())
}

#[tokio::test]
async fn after_a_failure_only_a_trial_as_large_as_a_request_shows_that_it_has_healed() {
    let (_folder, store) = store(16);
    store.check().await.unwrap();
    assert_eq!(checked(&store).await, 1);
    let pages = |most: &'static str| {
        move |connection: &Connection| {
            // A disk with room for a trifle: rows can be replaced, and nothing can grow.
            let count: i64 = connection.query_row("pragma page_count", [], |row| row.get(0))?;
            let most = if most == "these" { count } else { 1 << 30 };
            Ok(connection.query_row(&format!("pragma max_page_count = {most}"), [], |_| Ok(()))?)
        }
    };
    store.writer.alone(pages("these")).await.unwrap();
    let large = store.writer.write(|connection| Ok(bookings::set_meta(connection, "b", &"x".repeat(TRIAL))?));
    assert!(matches!(large.await, Err(StoreError::Unavailable(_))));
    note(&store, "a", false).await.unwrap();
    for _ in 0..2 {
        assert!(store.check().await.is_err(), "a trifle still fits, a request does not");
    }
    store.writer.alone(pages("any")).await.unwrap();
    store.check().await.unwrap();
    assert_eq!(checked(&store).await, TRIAL);
    store.check().await.unwrap();
    assert_eq!(checked(&store).await, 1, "healed: a trifle again");
}

#[tokio::test]
async fn forgetting_what_was_erased_waits_for_no_lock_that_keeps_requests_waiting() {
    let (folder, store) = store(16);
    let rebuild = |connection: &Connection| Ok(bookings::set_meta(connection, "unforgotten", "rebuild")?);
    store.writer.write(rebuild).await.unwrap();
    let other = Connection::open(folder.path().join("a.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let began = std::time::Instant::now();
    assert!(store.forget_erased().await.is_err());
    assert!(began.elapsed() < BUSY, "{:?}", began.elapsed());
    drop(other);
    // The patience of the writes is as before.
    let patience = |connection: &Connection| {
        Ok(connection.query_row("pragma busy_timeout", [], |row| row.get::<_, u32>(0))?)
    };
    assert_eq!(u128::from(store.writer.write(patience).await.unwrap()), BUSY.as_millis());
    assert!(store.forget_erased().await.unwrap());
}

#[tokio::test]
async fn a_reading_that_hangs_is_answered_in_time_and_so_are_those_behind_it() {
    let (_folder, store) = store(16);
    let (release, held) = mpsc::channel::<()>();
    let held = Arc::new(Mutex::new(held));
    for _ in 0..3 {
        let held = Arc::clone(&held);
        let hangs = store.readers.read(move |_| {
            let _ = held.lock().unwrap().recv();
            Ok(())
        });
        let told = tokio::time::timeout(LONGEST_READ * 2, hangs).await.expect("an answer in time");
        assert!(matches!(told, Err(StoreError::Slow)));
    }
    drop(release);
    assert_eq!(noted(&store).await, "");
}

#[tokio::test]
async fn what_takes_long_has_a_deadline_of_its_own_and_holds_nobody_elses_reading() {
    const { assert!(LONGEST_READ.as_millis() * 10 < COUNTING.longest.as_millis()) };
    let (_folder, store) = store(16);
    let (release, held) = mpsc::channel::<()>();
    let long = store.counters.read(move |_| {
        let _ = held.recv();
        Ok(())
    });
    let beside = async {
        // Until it is told, the other one counts.
        let read = noted(&store).await;
        drop(release);
        read
    };
    let (counted, read) = tokio::join!(long, beside);
    assert_eq!((counted.is_ok(), read.as_str()), (true, ""));
    let asked = crate::store::sql::count(&store, |tx| {
        Box::pin(async move { tx.rows("select 1", Vec::new()).await.map(|it| it.len()) })
    });
    assert_eq!(asked.await.unwrap(), 1);
}

#[tokio::test]
async fn a_statement_for_which_nobody_waits_any_more_is_stopped_and_its_turn_is_free() {
    let (folder, _store) = store(16);
    let lending = Lending { connections: 1, longest: Duration::from_millis(50) };
    let path = folder.path().join("a.db");
    let readers = Readers::open(lending, || connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)).unwrap();
    let for_ever = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n";
    let endless = readers.read(move |connection| Ok(connection.query_row(for_ever, [], |_| Ok(()))?));
    assert!(matches!(endless.await, Err(StoreError::Slow)));
    // Whose turn comes next may have to wait for the end of the other, so it asks until it has it.
    let mut asked = 0;
    while readers.read(|_| Ok(())).await.is_err() {
        asked += 1;
        assert!(asked < 200, "the turn stays taken");
    }
    readers.close().await;
}

#[tokio::test]
async fn a_full_queue_answers_at_once_and_what_is_queued_is_done() {
    let (_folder, store) = store(2);
    let (release, holding) = hold(&store);
    let queued = [note(&store, "a", false), note(&store, "b", false)];
    assert!(matches!(note(&store, "c", false).await, Err(StoreError::Full)));
    drop(release);
    holding.await.unwrap();
    for write in queued {
        write.await.unwrap();
    }
    assert_eq!(noted(&store).await, "a b");
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_takes_in_nothing_more() {
    let (folder, store) = store(16);
    let (release, holding) = hold(&store);
    let queued = note(&store, "a", false);
    drop(release);
    store.close().await.unwrap();
    holding.await.unwrap();
    queued.await.unwrap();
    assert!(matches!(note(&store, "b", false).await, Err(StoreError::Unavailable(_))));
    assert!(store.booking("x").await.is_err());
    assert!(!folder.path().join("a.db-wal").exists());
    store.close().await.unwrap();
}

#[tokio::test]
async fn every_commit_reaches_the_disk_before_its_answer() {
    let (_folder, store) = store(16);
    let settings = store
        .writer
        .write(|connection| {
            let text = |name: &str| {
                connection.query_row(&format!("pragma {name}"), [], |row| row.get::<_, String>(0))
            };
            let number =
                |name: &str| connection.query_row(&format!("pragma {name}"), [], |row| row.get::<_, i64>(0));
            Ok((text("journal_mode")?, number("synchronous")?, number("foreign_keys")?))
        })
        .await
        .unwrap();
    // 2 is FULL: the log is synced at each commit.
    assert_eq!(settings, ("wal".to_owned(), 2, 1));
}

#[tokio::test]
async fn readers_cannot_write() {
    let (_folder, store) = store(16);
    let written = store.readers.read(|connection| Ok(bookings::set_meta(connection, "x", "1")?)).await;
    assert!(written.is_err());
}

#[test]
fn every_table_is_strict_and_names_its_office() {
    let (folder, store) = store(1);
    drop(store);
    let connection = Connection::open(folder.path().join("a.db")).unwrap();
    let mut query = connection
        .prepare("select name, sql from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
        .unwrap();
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    for row in rows {
        let (name, sql) = row.unwrap();
        assert!(sql.contains("strict"), "{name}");
        assert!(["migration", "meta"].contains(&name.as_str()) || sql.contains("office "), "{name}");
    }
}
