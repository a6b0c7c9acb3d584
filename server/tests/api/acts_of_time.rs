//! What time does by itself: requests lapse, and what is known of a person ends. Each test moves the clock and has the
//! server look at it once.

use precheck_server::jobs::Done;
use precheck_server::office::Office;
use serde_json::json;

use crate::harness::{Server, Wanted, body, jst, new_key, with};

/// The sample's last wish.
const LAST_WISH: &str = "2026-11-27T13:00:00+09:00";
/// The first moment of the 31st day after it.
pub(crate) const RETENTION_ENDS: &str = "2026-12-28T00:00:00+09:00";

pub(crate) async fn look(server: &Server, now: &str) -> (u64, u64) {
    let Done { lapsed, deemed, erased, forgotten } = server.at(now).look().await;
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
    server.at(LAST_WISH).believe_the_clock().await;
    let derived = server.receipt(&accepted).await;
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
    server.run(
            "with recursive copy (n) as (select 1 union all select n + 1 from copy where n < 20)
             insert into booking (office, reception_number, receipt_hash, state, version, received_at, last_wish_at,
                 number_hash, key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at,
                 own_device, checklist)
             select office, reception_number || n, receipt_hash, state, version, received_at, last_wish_at,
                 number_hash, key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at,
                 own_device, checklist from booking, copy",
    );
    assert_eq!(look(&server, LAST_WISH).await, (630, 0));
}

#[tokio::test]
async fn article_4_2_only_a_request_that_waits_lapses() {
    let server = Server::start();
    server.post(&body()).await.accepted();
    server.run("update booking set state = 'withdrawn'");
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
