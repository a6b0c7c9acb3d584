//! What the program needs of a PostgreSQL is asked at the start, and refused in one line where it is not so.

use super::*;
use crate::store::opening::{Allowed, Refusal};

fn refused(url: &str, opening: Opening) -> String {
    let options =
        Options { address: Address::read(url).unwrap(), office: "otaru".to_owned(), queue: 16, opening };
    match Opened::open(options, now()) {
        Err(OpenFault::Refused(refusal)) => refusal.to_string(),
        other => panic!("{:?}", other.map(drop)),
    }
}

#[test]
fn a_database_that_may_forget_in_a_power_cut_is_refused_unless_a_test_takes_it() {
    let server = Postgres::shared();
    let url = server.database();
    let told = refused(&url, Opening::serving());
    assert!(told.contains("`fsync` is off") && !told.contains('\n'), "{told}");
    drop(open(&url, 16));
}

#[test]
fn a_database_in_another_encoding_is_refused() {
    let server = Postgres::shared();
    let url = server.database();
    let name = url.rsplit('/').next().unwrap();
    server.ask(
        &url.replace(name, "postgres"),
        &format!("create database {name}_latin owner precheck encoding 'LATIN1' template template0"),
    );
    let told = refused(&format!("{url}_latin"), SERVING);
    assert!(told.contains("LATIN1") && told.contains("UTF-8"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_not_as_it_was_asked_for_is_refused() {
    let url = Postgres::shared().database();
    let address = Address::read(&url).unwrap();
    // As a pooler in between leaves it.
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let judged = |lossy| promises::judge(&client, &address, lossy);
    let set = |sql: &'static str| client.batch_execute(sql);
    for (name, value) in address::PROMISES {
        client.batch_execute(&format!("set {name} = '{value}'")).await.unwrap();
    }
    judged(true).await.unwrap();
    for (sql, name) in [
        ("set synchronous_commit = off", "synchronous_commit"),
        ("set synchronous_commit = on; set statement_timeout = 0", "statement_timeout"),
        ("set statement_timeout = '1500ms'; set lock_timeout = 0", "lock_timeout"),
    ] {
        set(sql).await.unwrap();
        let fault = judged(true).await.unwrap_err();
        assert!(
            matches!(&fault, OpenFault::Refused(Refusal::Setting { name: it, .. }) if *it == name),
            "{fault}"
        );
        assert!(fault.to_string().contains("pooler"), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_office_that_a_filled_database_does_not_know_and_a_command_that_finds_none_are_refused() {
    let url = Postgres::shared().database();
    let told = refused(&url, Opening::Beside);
    assert!(told.contains("there is none"), "{told}");
    let lossy = Allowed { lossy: true, ..Allowed::default() };
    assert!(refused(&url, Opening::Serve(lossy)).contains("--new-database"));
    let store = open(&url, 16);
    stored(&store, 1).await;
    let client = administrator(&url).await;
    for forgotten in [false, true] {
        if forgotten {
            client.batch_execute("delete from meta where name like 'office/%'").await.unwrap();
        }
        let options = |opening| Options {
            address: Address::read(&url).unwrap(),
            office: "kushiro".to_owned(),
            queue: 16,
            opening,
        };
        let fault = Opened::open(options(SERVING), now()).map(drop).unwrap_err().to_string();
        assert!(fault.contains("`otaru`") && fault.contains("`kushiro`"), "{fault}");
        if forgotten {
            let opening = Opening::Serve(Allowed { new_office: true, ..lossy });
            drop(
                Opened::open(options(opening), now())
                    .unwrap()
                    .start("key", crate::vault::tests::log_key())
                    .unwrap(),
            );
            drop(Opened::open(options(SERVING), now()).unwrap());
        }
    }
    // A key is known by the rows that it sealed.
    client.batch_execute("delete from meta where name = 'key_id'").await.unwrap();
    let options = Options {
        address: Address::read(&url).unwrap(),
        office: "otaru".to_owned(),
        queue: 16,
        opening: SERVING,
    };
    assert!(Opened::open(options, now()).unwrap().key_id().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_of_a_newer_program_beneath_the_store_acknowledges_nothing() {
    let url = Postgres::shared().database();
    let (store, client) = (open(&url, 16), administrator(&url).await);
    stored(&store, 1).await;
    client.batch_execute("insert into migration values (99, '0099_later', 0)").await.unwrap();
    assert!(matches!(store.look_beneath().await, Err(StoreError::Ground(_))));
    assert!(matches!(store.check().await, Err(StoreError::Ground(_))));
    assert!(matches!(store.standing(), Err(StoreError::Ground(_))));
    client.batch_execute("delete from migration where number = 99").await.unwrap();
    store.look_beneath().await.unwrap();
    store.check().await.unwrap();
}
