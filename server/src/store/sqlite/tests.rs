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
    let options = Options { path: folder.path().join("a.db"), office: "otaru".to_owned(), queue };
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let store = Opened::open(options, now).unwrap().start("key").unwrap();
    (folder, store)
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
    assert!(store.kept_answer(key, now - chrono::TimeDelta::days(1)).await.unwrap().is_some());
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
    assert!(store.receipt("x").await.is_err());
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
