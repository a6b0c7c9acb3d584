//! The schema: the same steps as on SQLite, each on a database that is in use, by one process.

use std::collections::BTreeSet;

use super::super::migrations::MIGRATIONS;
use super::*;

#[test]
fn both_databases_have_migrations_of_the_same_names() {
    let names = |folder: &str| {
        let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let files =
            std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        files.collect::<BTreeSet<_>>()
    };
    assert_eq!(names("postgres"), names("sqlite"));
    let known: BTreeSet<_> = MIGRATIONS.iter().map(|(name, _)| format!("{name}.sql")).collect();
    assert_eq!(names("postgres"), known);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_names_its_office_and_has_the_columns_that_sqlite_has() {
    let url = Postgres::shared().database();
    drop(open(&url, 16));
    let client = administrator(&url).await;
    let columns = "select table_name || '.' || column_name from information_schema.columns
        where table_schema = 'public'";
    let here: BTreeSet<String> =
        client.query(columns, &[]).await.unwrap().iter().map(|it| it.get(0)).collect();

    let sqlite = rusqlite::Connection::open_in_memory().unwrap();
    for file in
        MIGRATIONS.map(|(name, _)| format!("{}/migrations/sqlite/{name}.sql", env!("CARGO_MANIFEST_DIR")))
    {
        sqlite.execute_batch(&std::fs::read_to_string(file).unwrap()).unwrap();
    }
    let columns = "select t.name || '.' || c.name from sqlite_schema t, pragma_table_info(t.name) c
        where t.type = 'table' and t.name not like 'sqlite_%'";
    let mut query = sqlite.prepare(columns).unwrap();
    let mut there: BTreeSet<String> =
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    // Several processes alone need them.
    there.extend(["idempotency.refused_by", "idempotency.refused_at"].map(str::to_owned));
    assert_eq!(here, there);
    let tables: BTreeSet<_> = here.iter().map(|it| it.split('.').next().unwrap()).collect();
    for table in tables {
        let of_all = ["migration", "meta"].contains(&table);
        assert!(of_all || here.contains(&format!("{table}.office")), "{table}");
    }
}

/// Rows as the first program left them.
const SAMPLE: &str = "
    insert into booking (office, reception_number, receipt_hash, state, version, received_at, last_wish_at, number_hash,
        key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at, own_device, checklist)
    select 'otaru', number, decode(repeat('01', 32), 'hex'), 'requested', 1, n, n, decode(repeat('02', 32), 'hex'),
        'key', 'x', 't', 's', 'explicit', 'ja', n, true, 'camera=passed' from unnest($1::text[]) with ordinality as numbers (number, n)";

const MORE: &str = "
    insert into wish select office, id, 0, received_at, null, null from booking;
    insert into event select office, id, 1, received_at, 'job_seeker', 'received' from booking;
    insert into seat_cell select office, id, 0, id from booking";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_migration_applies_to_a_database_in_use() {
    let url = Postgres::shared().database();
    let client = administrator(&url).await;
    client.batch_execute("set role precheck").await.unwrap();
    client.batch_execute(MIGRATIONS[0].1).await.unwrap();
    client.batch_execute("insert into migration values (1, '0001_initial', 0)").await.unwrap();
    let numbers: Vec<String> = (0..50).map(|n| request(n).number.as_str().to_owned()).collect();
    client.execute(SAMPLE, &[&numbers]).await.unwrap();
    client.batch_execute(MORE).await.unwrap();
    let store = open(&url, 16);
    for number in &numbers {
        let found = store.booking(number).await.unwrap().unwrap();
        assert_eq!((found.state.as_str(), found.wishes.len(), found.appointment), ("requested", 1, None));
    }
    stored(&store, 50).await;
    let rows =
        "select (select count(*) from booking), (select count(*) from wish), max(number) from migration";
    let row = client.query_one(rows, &[]).await.unwrap();
    let known = i64::try_from(MIGRATIONS.len()).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (51, 52, known));
    assert_eq!(store.lapse_due(jst("2026-11-01T00:00:00+09:00")).await.unwrap(), 50);
}

#[test]
fn of_several_processes_that_start_at_once_one_migrates_and_all_have_the_key_of_the_first() {
    let url = Postgres::shared().database();
    let starts: Vec<_> = (0..6)
        .map(|n| {
            let url = url.clone();
            std::thread::spawn(move || {
                try_open(&url, 16, if n % 2 == 0 { "even" } else { "odd" }).map(|_| n % 2)
            })
        })
        .collect();
    let mut started = BTreeSet::new();
    let mut refused = 0;
    for start in starts {
        match start.join().unwrap() {
            Ok(kind) => drop(started.insert(kind)),
            Err(OpenFault::OtherKey { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((started.len(), refused), (1, 3), "those that have sealed with another key are refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_a_newer_program_of_another_one_or_none_at_all_is_refused_in_words() {
    let url = Postgres::shared().database();
    drop(open(&url, 16));
    let client = administrator(&url).await;
    client.batch_execute("insert into migration values (99, '0099_later', 0)").await.unwrap();
    let refused = |url: &str| try_open(url, 16, "key").map(drop).unwrap_err();
    assert!(matches!(refused(&url), OpenFault::Newer { found: 99, .. }));

    let other = Postgres::shared().database();
    administrator(&other).await.batch_execute("create table person (name text)").await.unwrap();
    assert!(matches!(refused(&other), OpenFault::Foreign));

    let missing = refused(&format!("{url}_missing")).to_string();
    assert!(missing.contains("does not exist") && !missing.contains('\n'), "{missing}");
    let nowhere = refused("postgres://precheck@127.0.0.1:1/db").to_string();
    assert!(nowhere.contains("refused") && !nowhere.contains('\n'), "{nowhere}");
}
