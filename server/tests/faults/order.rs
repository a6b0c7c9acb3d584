//! Synced before it is promised: read off the calls that the programs make of the system, one request at a time.
//!
//! The check is shown to find fault first: a small program that promises before its log is synced is traced in the same way
//! and refused, and the same one with a log that is synced is not. What a database's client does is checked on two lines
//! of an invented trace.

use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;

use std::io::{Read as _, Write as _};

use precheck_shared::outbox::Verdict;
use rusqlite::Connection;

use crate::client::PATIENCE;
use crate::ledger::{Ledger, Tally};
use crate::site::{Engine, Site};
use crate::trace::{self, Call};
use crate::tracer::{self, Tracer};

/// SQLite's log.
const LOG: &str = "precheck.db-wal";

/// PostgreSQL's log.
const SEGMENTS: &str = "/pg_wal/";

/// The sockets on which the server talks to PostgreSQL.
const SOCKETS: &str = "<UNIX-STREAM:";

/// PostgreSQL's "ready, and in no transaction", as strace writes it: whatever was asked is committed.
const COMMITTED: &str = r"Z\0\0\0\5I";

/// How this program is told to be the careless writer, and how careless.
pub(crate) const CARELESS: &str = "PRECHECK_FAULTS_CARELESS";

/// A client of a database that asks, and is told.
const TOLD: &str = "\
    7 1.000000 sendto(9<UNIX-STREAM:[1->2]>, \"B\"..., 600, 0, NULL, 0) = 600 <0.000010>\n\
    7 1.000500 recvfrom(9<UNIX-STREAM:[1->2]>, \"C\\0Z\\0\\0\\0\\5I\", 99, 0, NULL, NULL) = 50 <0.000010>\n";

/// What it promises.
const PROMISE: &str =
    "7 1.000400 writev(8<TCP:[1->2]>, [{iov_base=\"HTTP/1.1 201 Created\"}], 1) = 99 <0.000010>\n";

/// One request after the other, each promised only after its row was synced.
pub(crate) async fn synced_before_promised(site: &Site, requests: usize) -> Tally {
    let mut wrong = careless(site).await;
    let (file, database_file) = (site.path().join("calls"), site.path().join("database-calls"));
    let watch = match site.postmaster() {
        Some(process) => Some(Tracer::watching(process, site.path(), &database_file).await),
        None => None,
    };
    let program = site.start_through(&tracer::watched(&file));
    let ledger = Arc::<Ledger>::default();
    for _ in 0..requests {
        let sent = ledger.send(program.address, &ledger.open(), PATIENCE).await;
        assert_eq!(sent, Verdict::Delivered);
    }
    drop(program);
    let mut calls = tracer::read(&file).await;
    let found = match site.engine() {
        Engine::Sqlite => vec![trace::kept(&calls, LOG)],
        Engine::Postgres => {
            drop(watch);
            for setting in ["fsync", "synchronous_commit"] {
                assert_eq!(site.cluster().ask(&format!("show {setting}")), "on", "{setting}");
            }
            let confirmed = trace::confirmed(&calls, SOCKETS, COMMITTED);
            calls.extend(trace::read(&std::fs::read_to_string(&database_file).unwrap()));
            calls.sort_by_key(|it| it.began);
            vec![confirmed, trace::kept(&calls, SEGMENTS)]
        }
    };
    for found in found {
        match found {
            Ok(promises) if promises == requests => {}
            Ok(promises) => wrong.push(format!("{promises} promises seen of {requests}")),
            Err(fault) => wrong.push(fault),
        }
    }
    let program = site.start();
    let mut tally = ledger.settle(program.address, site).await;
    program.stop();
    tally.wrong.extend(wrong);
    tally.note = format!("{} calls read, {}", calls.len(), tracer::version());
    tally
}

/// What the check says of a program that syncs, and of one that does not; nothing where it says what it should.
async fn careless(site: &Site) -> Vec<String> {
    let mut wrong = Vec::new();
    for (synchronous, expected) in [("full", true), ("normal", false)] {
        let folder = site.path().join(synchronous);
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("calls");
        let watched = tracer::watched(&file);
        let mut writer = Command::new(&watched[0]);
        writer.args(&watched[1..]).arg(std::env::current_exe().unwrap());
        let mut writer = tracer::start(writer.env(CARELESS, synchronous).current_dir(&folder));
        assert!(writer.0.wait().unwrap().success());
        let calls: Vec<Call> = tracer::read(&file).await;
        let found = trace::kept(&calls, LOG);
        if found.is_ok() != expected {
            wrong.push(format!("the check itself is wrong about synchronous = {synchronous}: {found:?}"));
        }
    }
    for (promise, expected) in [(PROMISE.replace(".0004", ".0006"), true), (PROMISE.to_owned(), false)] {
        let found = trace::confirmed(&trace::read(&format!("{TOLD}{promise}")), SOCKETS, COMMITTED);
        if found.is_ok() != expected {
            wrong.push(format!("the check itself is wrong about {promise}: {found:?}"));
        }
    }
    wrong
}

/// Three rows, a promise after each, in the folder where it stands.
pub(crate) fn write_carelessly(synchronous: &str) {
    let database = Connection::open("precheck.db").unwrap();
    database.pragma_update(None, "journal_mode", "wal").unwrap();
    database.execute_batch("create table booking (id integer primary key)").unwrap();
    database.pragma_update(None, "synchronous", synchronous).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut asker = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut answerer, _) = listener.accept().unwrap();
    for _ in 0..3 {
        database.execute("insert into booking default values", []).unwrap();
        answerer.write_all(b"HTTP/1.1 201 Created\r\n\r\n").unwrap();
        let mut promise = [0; 24];
        asker.read_exact(&mut promise).unwrap();
    }
}
