//! Article 6: what was erased leaves no traces in the files of SQLite. What PostgreSQL keeps of it is the business of whoever runs
//! that.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use precheck_server::jobs::Done;
use serde_json::{Value, json};

use crate::acts_of_time::{RETENTION_ENDS, look};
use crate::harness::{NAME, Server, Wanted, body, jst, with};
use crate::process::{Program, command};

#[tokio::test]
async fn article_6_an_answer_that_an_older_program_kept_goes_with_its_request_too() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    server.at("2026-11-24T09:00:01+09:00").post(&body()).await.accepted();
    server.database().execute("update idempotency set booking = null", []).unwrap();
    server.database().execute("update booking set state = 'confirmed' where id = 2", []).unwrap();
    let (store, now) = (&server.state.store, jst(RETENTION_ENDS));
    assert_eq!(store.lapse_due(now).await.unwrap(), 1);
    let ended =
        precheck_server::store::Retention { state: "lapsed", before: jst("2026-11-28T00:00:00+09:00") };
    assert_eq!(store.erase_due(now, vec![ended]).await.unwrap(), 1);
    assert_eq!(server.rows("idempotency"), 1);
}

/// Every piece of what is to be forgotten, wherever it may begin.
const PIECE: usize = 16;

fn pieces(server: &Server, erased: bool) -> HashSet<[u8; PIECE]> {
    let database = server.database();
    let of = |sql: &str| {
        let mut query = database.prepare(sql).unwrap();
        let rows = query.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    let compare = if erased { "<" } else { ">=" };
    let due = format!("booking where last_wish_at {compare} 1797000000000");
    let mut all = Vec::new();
    for column in ["sealed", "number_hash", "receipt_hash"] {
        all.extend(of(&format!("select {column} from {due}")));
    }
    // Kept answers go by the clock, also those of requests that stay.
    for column in if erased { ["answer", "fingerprint"].as_slice() } else { &[] } {
        all.extend(of(&format!("select {column} from idempotency where booking in (select id from {due})")));
    }
    all.iter().flat_map(|it| it.as_chunks::<PIECE>().0).copied().collect()
}

/// How many of them lie anywhere in the database's files.
fn found(folder: &Path, wanted: &HashSet<[u8; PIECE]>) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_file());
    let files: Vec<_> = files.map(|it| std::fs::read(it).unwrap()).collect();
    let seen = files.iter().flat_map(|it| it.array_windows::<PIECE>()).filter(|it| wanted.contains(*it));
    seen.collect::<HashSet<_>>().len()
}

/// Requests whose retention ends, and between them such whose does not.
async fn mixed(server: &Server) -> Vec<Value> {
    let mut staying = Vec::new();
    for at in 0..90 {
        let mut request =
            if at % 3 == 0 { with("/wishes", json!(["2026-12-22T15:30:00+09:00"])) } else { body() };
        request["person"]["job_seeker_number"] = json!(format!("01234-{at:07}"));
        // Of every length, so that rows move within and between pages.
        request["attendants"][0]["note"] = json!("駅".repeat(at));
        let accepted = server.post(&request).await.accepted();
        if at % 3 == 0 {
            staying.push(accepted);
        }
    }
    staying
}

#[tokio::test]
async fn article_6_nothing_that_was_erased_lies_in_the_database_or_its_journal_any_more() {
    let server = Server::start();
    let staying = mixed(&server).await;
    let (going, kept) = (pieces(&server, true), pieces(&server, false));
    assert!(2000 < going.len() && 700 < kept.len(), "{} {}", going.len(), kept.len());
    assert_eq!(found(server.folder.path(), &going), going.len(), "the search finds what is there");
    assert_eq!(look(&server, RETENTION_ENDS).await, (90, 60));
    assert_eq!(found(server.folder.path(), &going), 0);
    assert_eq!(found(server.folder.path(), &kept), kept.len());
    for accepted in &staying {
        assert_eq!(server.receipt(accepted).await.status, 200);
    }
    server.post(&body()).await;
    let folder = server.restart(jst(RETENTION_ENDS), Wanted::default()).await.folder;
    assert_eq!(found(folder.path(), &going), 0);
}

#[tokio::test]
async fn article_6_an_end_of_the_program_between_erasing_and_forgetting_loses_neither() {
    let server = Server::start();
    mixed(&server).await;
    let going = pieces(&server, true);
    let store = &server.state.store;
    let (now, before) = (jst(RETENTION_ENDS), jst("2026-11-28T00:00:00+09:00"));
    while 0 < store.lapse_due(now).await.unwrap() {}
    let ended = precheck_server::store::Retention { state: "lapsed", before };
    assert_eq!(store.erase_due(now, vec![ended]).await.unwrap(), 60);
    let server = server.restart(now, Wanted::default()).await;
    assert_eq!(look(&server, RETENTION_ENDS).await, (0, 0));
    assert_eq!(found(server.folder.path(), &going), 0);
}

#[tokio::test]
async fn article_6_while_somebody_reads_the_log_it_is_cut_later() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    let going = pieces(&server, true);
    let reader = server.database();
    reader.execute_batch("begin; select count(*) from booking").unwrap();
    let done = server.at(RETENTION_ENDS).look().await;
    assert_eq!(done, Done { lapsed: 1, deemed: 0, erased: 1, forgotten: false });
    // Meanwhile the server goes on.
    let mut other = with("/wishes", json!(["2027-01-12T10:00:00+09:00"]));
    other["person"]["job_seeker_number"] = json!("01234-0000001");
    server.post(&other).await.accepted();
    reader.execute_batch("commit").unwrap();
    assert_eq!(look(&server, RETENTION_ENDS).await, (0, 0));
    assert_eq!(found(server.folder.path(), &going), 0);
}

#[test]
fn the_program_catches_up_when_it_starts_and_tells_counts_alone() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let accepted = [program.post(), program.post()];
    program.signal("-TERM");
    let later = ["--clock", "2027-01-05T09:00:00+09:00"];
    let accepted_by_hand = command(data.path()).args(later).args(["clock", "accept"]).output().unwrap();
    let said = String::from_utf8(accepted_by_hand.stdout).unwrap();
    assert!(
        accepted_by_hand.status.success() && said.contains("accepted as right: 2027-01-05T09:00:"),
        "{said}"
    );
    let mut child = command(data.path()).args(later).spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = log.into_iter().find(|it| it.contains("time's own acts")).unwrap();
    assert!(told.contains("lapsed=2 erased=2"), "{told}");
    for secret in [NAME, accepted[0]["reception_number"].as_str().unwrap()] {
        assert!(!told.contains(secret), "{told}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(crate::harness::events_in(data.path()).len(), 6);
}
