//! What time does by itself: requests lapse, and what is known of a person ends. Each test moves the clock and has the
//! server look at it once.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use precheck_server::jobs::{self, Done};
use precheck_server::office::Office;
use serde_json::{Value, json};

use crate::harness::{NAME, Server, Wanted, body, jst, new_key, with};
use crate::process::{Program, command};

/// The sample's last wish.
const LAST_WISH: &str = "2026-11-27T13:00:00+09:00";
/// The first moment of the 31st day after it.
const RETENTION_ENDS: &str = "2026-12-28T00:00:00+09:00";

async fn look(server: &Server, now: &str) -> (u64, u64) {
    let Done { lapsed, deemed, erased, forgotten } = jobs::once(&server.at(now).state).await.unwrap();
    assert!(forgotten);
    assert_eq!(deemed, 0);
    (lapsed, erased)
}

const RECEIVED: &str = "1 2026-11-24 09:00:00 job_seeker received";
const LAPSED: &str = "2 2026-11-27 13:00:00 clock lapsed";

#[tokio::test]
async fn article_4_2_a_request_lapses_by_the_servers_clock_when_its_last_wish_passes_and_not_before() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    assert_eq!(look(&server, "2026-11-27T12:59:59+09:00").await, (0, 0));
    assert_eq!(server.events(), [RECEIVED]);
    assert_eq!(look(&server, LAST_WISH).await, (1, 0));
    assert_eq!(server.events(), [RECEIVED, LAPSED]);
}

#[tokio::test]
async fn article_4_2_the_receipt_of_a_lapsed_request_says_the_same_before_and_after_it_is_written_down() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let derived = server.at(LAST_WISH).receipt(&accepted).await;
    assert_eq!(look(&server, LAST_WISH).await, (1, 0));
    let stored = server.receipt(&accepted).await;
    assert_eq!(derived.json()["state"], "lapsed");
    assert_eq!((derived.body, &derived.headers["etag"]), (stored.body, &stored.headers["etag"]));
}

#[tokio::test]
async fn article_4_2_what_fell_due_during_a_pause_is_written_as_of_its_moment_and_once_only() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    server.post(&with("/wishes", json!(["2026-12-22T15:30:00+09:00"]))).await.accepted();
    let server = server.restart(jst("2026-12-10T08:00:00+09:00"), Wanted::default()).await;
    assert_eq!(look(&server, "2026-12-10T08:00:00+09:00").await, (1, 0));
    for again in ["2026-12-10T08:00:00+09:00", "2026-11-24T09:00:00+09:00", "2026-12-22T15:29:59+09:00"] {
        assert_eq!(look(&server, again).await, (0, 0), "{again}");
    }
    let server = server.restart(jst("2026-12-11T08:00:00+09:00"), Wanted::default()).await;
    assert_eq!(look(&server, "2026-12-11T08:00:00+09:00").await, (0, 0));
    assert_eq!(server.events(), [RECEIVED, LAPSED, RECEIVED]);
}

#[tokio::test]
async fn article_4_2_more_than_one_transaction_takes_lapse_at_one_look() {
    let server = Server::start();
    for _ in 0..30 {
        server.post(&body()).await.accepted();
    }
    server
        .database()
        .execute_batch(
            "with recursive copy (n) as (select 1 union all select n + 1 from copy where n < 20)
             insert into booking (office, reception_number, receipt_hash, state, version, received_at, last_wish_at,
                 number_hash, key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at,
                 own_device, checklist)
             select office, reception_number || n, receipt_hash, state, version, received_at, last_wish_at,
                 number_hash, key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at,
                 own_device, checklist from booking, copy",
        )
        .unwrap();
    assert_eq!(look(&server, LAST_WISH).await, (630, 0));
}

#[tokio::test]
async fn article_4_2_only_a_request_that_waits_lapses() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    server.database().execute("update booking set state = 'withdrawn'", []).unwrap();
    assert_eq!(look(&server, LAST_WISH).await, (0, 0));
}

#[tokio::test]
async fn article_6_a_lapsed_request_is_erased_when_30_days_have_passed_and_its_receipt_is_unknown() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    assert_eq!(look(&server, "2026-12-27T23:59:59+09:00").await, (1, 0));
    assert_eq!(server.receipt(&accepted).await.status, 200);
    assert_eq!(look(&server, RETENTION_ENDS).await, (0, 1));
    let gone = server.receipt(&accepted).await;
    gone.problem(404, "not_found");
    let unknown = server.get("/api/v1/requests/0000-0000-0").await;
    assert_eq!(gone.body, unknown.body);
    // The history stays, without the person, and says so.
    assert_eq!(server.events(), [RECEIVED, LAPSED, "3 2026-12-28 00:00:00 clock erased"]);
    assert_eq!((server.rows("booking"), server.rows("wish"), server.rows("idempotency")), (1, 2, 0));
}

#[tokio::test]
async fn article_6_what_fell_due_during_a_pause_is_erased_at_the_first_look_and_once_only() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    let server = server.restart(jst("2027-03-01T08:00:00+09:00"), Wanted::default()).await;
    assert_eq!(look(&server, "2027-03-01T08:00:00+09:00").await, (1, 1));
    assert_eq!(look(&server, "2027-03-02T08:00:00+09:00").await, (0, 0));
    assert_eq!(server.events(), [RECEIVED, LAPSED, "3 2027-03-01 08:00:00 clock erased"]);
}

#[tokio::test]
async fn article_6_an_erased_request_sent_again_is_judged_anew_and_tells_nothing_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let otaru = "../shared/offices/otaru";
    let policy = std::fs::read_to_string(format!("{otaru}/policy.toml")).unwrap();
    let short = policy.replace("closed_request_days = 30", "closed_request_days = 3");
    std::fs::write(folder.path().join("policy.toml"), short).unwrap();
    let terms = "terms-2023-10-01.txt";
    std::fs::copy(format!("{otaru}/{terms}"), folder.path().join(terms)).unwrap();
    let office = Office::from_folder(folder.path()).unwrap();
    let server = Server::start_with(Wanted { office, ..Wanted::default() });
    let (key, late) = (new_key(), with("/wishes", json!(["2026-12-01T10:00:00+09:00"])));
    server.post_as(&key, &body()).await.accepted();
    server.post(&late).await.accepted();
    // The answer would be kept for three days more, but for this.
    assert_eq!(look(&server, "2026-12-01T00:00:00+09:00").await, (1, 1));
    assert_eq!(server.rows("idempotency"), 1, "the neighbour's stays");
    server.post_as(&key, &body()).await.problem(422, "slot_too_late");
}

#[tokio::test]
async fn article_6_an_answer_that_an_older_program_kept_goes_with_its_request_too() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    server.at("2026-11-24T09:00:01+09:00").post(&body()).await.accepted();
    server.database().execute("update idempotency set booking = null", []).unwrap();
    server.database().execute("update booking set state = 'confirmed' where id = 2", []).unwrap();
    assert_eq!(look(&server, RETENTION_ENDS).await, (1, 1));
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
    for column in ["answer", "fingerprint"] {
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
    assert!(2000 < going.len() && 1000 < kept.len(), "{} {}", going.len(), kept.len());
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
    let done = jobs::once(&server.at(RETENTION_ENDS).state).await.unwrap();
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
    let mut child = command(data.path()).args(["--clock", "2027-01-05T09:00:00+09:00"]).spawn().unwrap();
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
