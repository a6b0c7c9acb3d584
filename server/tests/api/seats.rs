//! Article 4(1), not more counsellings at a time than officers; article 2(3), no officer twice at a time; and no act on what
//! somebody else has changed meanwhile. Whatever two officers press at the same moment.

use std::sync::Arc;

use precheck_server::office::Office;
use precheck_server::service::{self, ConfirmationAsEntered};
use precheck_shared::cancellation::CancelChannel;
use precheck_shared::violation::Code;

use crate::desk::{Asked, Does, REASON, SECOND, START, code, entered, officer, told, word};
use crate::harness::{NOW, Server, Wanted};

fn with_officer(start: &str, id: &str) -> ConfirmationAsEntered {
    ConfirmationAsEntered { officer: Some(officer(id)), ..entered(start) }
}

/// What the calendar shows of a slot.
async fn slot(server: &Server, start: &str) -> String {
    let day = start.get(..10).unwrap();
    let shown = server.get(&format!("/api/v1/slots?from={day}&to={day}")).await.json();
    let slots = shown["days"][0]["slots"].as_array().unwrap().clone();
    let found = slots.iter().find(|it| it["start"] == start).unwrap();
    found["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn article_4_1_a_slot_shows_free_few_full_as_counsellings_are_confirmed_and_cancelled() {
    let server = Server::start();
    assert_eq!(slot(&server, START).await, "free");
    let first = Asked::confirmed(&server).await;
    assert_eq!(slot(&server, START).await, "few");
    let second = Asked::confirmed(&server).await;
    assert_eq!(slot(&server, START).await, "full");
    let third = Asked::send(&server).await;
    assert_eq!(told(&third.confirm(&server, &entered(START)).await), "/start slot_full");
    assert_eq!(third.state(&server).await, "requested");
    let called = word(CancelChannel::Telephone, NOW);
    let act = first.act(&server).await;
    assert_eq!(told(&service::cancel(&server.state, &act, called, "").await), "done");
    assert_eq!(slot(&server, START).await, "few");
    assert_eq!(told(&third.confirm(&server, &entered(START)).await), "done");
    let act = second.act(&server).await;
    assert_eq!(told(&service::hold(&server.state, &act).await), "done");
    assert_eq!(slot(&server, START).await, "full", "a time that was used stays taken");
}

#[tokio::test]
async fn article_4_1_every_other_end_gives_the_seat_back() {
    for does in [Does::Cancel, Does::CancelByOffice, Does::Stop] {
        let server = Server::start();
        let asked = Asked::confirmed(&server).await;
        assert_eq!(server.rows("seat_cell"), 1);
        let act = asked.act(&server).await;
        assert_eq!(told(&does.to(&server, &act).await), "done");
        assert_eq!(server.rows("seat_cell"), 0, "{does:?}");
        assert_eq!(slot(&server, START).await, "free", "{does:?}");
    }
}

#[tokio::test]
async fn article_4_1_a_move_frees_the_seat_before_and_one_that_fails_keeps_it() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    for _ in 0..2 {
        let other = Asked::send(&server).await;
        assert_eq!(told(&other.confirm(&server, &entered(SECOND)).await), "done");
    }
    assert_eq!(told(&asked.confirm(&server, &entered(SECOND)).await), "/start slot_full");
    assert_eq!((slot(&server, START).await.as_str(), server.rows("seat_cell")), ("few", 3));
    let later = "2026-11-27T13:30:00+09:00";
    assert_eq!(told(&asked.confirm(&server, &entered(later)).await), "done");
    assert_eq!((slot(&server, START).await.as_str(), slot(&server, later).await.as_str()), ("free", "few"));
}

#[tokio::test]
async fn article_4_2_other_meeting_data_need_no_further_seat() {
    let server = Server::start();
    let (asked, _) = (Asked::confirmed(&server).await, Asked::confirmed(&server).await);
    let other = ConfirmationAsEntered { meeting: "98765432109".to_owned(), ..entered(START) };
    assert_eq!(told(&asked.confirm(&server, &other).await), "done");
    assert_eq!(server.rows("seat_cell"), 2);
}

/// Otaru with starts every ten minutes.
fn on_a_fine_grid() -> Office {
    let folder = tempfile::tempdir().unwrap();
    let otaru = "../shared/offices/otaru";
    let policy = std::fs::read_to_string(format!("{otaru}/policy.toml")).unwrap();
    let fine = policy.replace("grid_minutes = 30", "grid_minutes = 10");
    assert_ne!(policy, fine);
    std::fs::write(folder.path().join("policy.toml"), fine).unwrap();
    let terms = "terms-2023-10-01.txt";
    std::fs::copy(format!("{otaru}/{terms}"), folder.path().join(terms)).unwrap();
    Office::from_folder(folder.path()).unwrap()
}

#[tokio::test]
async fn article_2_3_no_officer_has_two_counsellings_at_a_time_overlapping_ones_included() {
    let server = Server::start_with(Wanted { office: on_a_fine_grid(), ..Wanted::default() });
    let (first, second) = (Asked::send(&server).await, Asked::send(&server).await);
    assert_eq!(told(&first.confirm(&server, &with_officer(START, "o-7")).await), "done");
    for overlapping in [START, "2026-11-26T10:20:00+09:00"] {
        let refused = second.confirm(&server, &with_officer(overlapping, "o-7")).await;
        assert_eq!(told(&refused), "/officer slot_full", "{overlapping}");
    }
    assert_eq!(server.rows("seat_cell"), 3);
    assert_eq!(told(&second.confirm(&server, &with_officer(START, "o-8")).await), "done");
    let next = with_officer("2026-11-26T10:30:00+09:00", "o-7");
    assert_eq!(told(&second.confirm(&server, &next).await), "done");
    // The first one's officer is free again when the first one is.
    let act = first.act(&server).await;
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
    assert_eq!(told(&second.confirm(&server, &with_officer(START, "o-7")).await), "done");
}

#[tokio::test]
async fn article_4_2_an_act_on_another_version_than_the_one_seen_changes_nothing() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let before = server.receipt(&asked.accepted).await.body;
    for does in Does::ALL {
        for version in [0, 1, 3, u32::MAX] {
            let result = does.to(&server, &asked.act_on(version)).await;
            assert_eq!(code(result), Some(Code::StaleVersion), "{does:?} on {version}");
        }
    }
    assert_eq!(server.receipt(&asked.accepted).await.body, before);
    assert_eq!((server.rows("event"), server.rows("appointment")), (2, 1));
}

/// Does two acts at the same moment.
async fn at_once<A, B>(one: A, other: B) -> [String; 2]
where
    A: Future<Output = Result<u32, precheck_server::error::ApiError>> + Send + 'static,
    B: Future<Output = Result<u32, precheck_server::error::ApiError>> + Send + 'static,
{
    let (one, other) = (tokio::spawn(one), tokio::spawn(other));
    [told(&one.await.unwrap()), told(&other.await.unwrap())]
}

fn sorted(mut both: [String; 2]) -> [String; 2] {
    both.sort();
    both
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn article_4_1_of_two_officers_who_give_the_last_seat_away_one_does_100_times_of_100() {
    let server = Server::start();
    Asked::confirmed(&server).await;
    for _ in 0..100 {
        let (one, other) = (Asked::send(&server).await, Asked::send(&server).await);
        let confirm = |asked: &Asked| {
            let (app, act) = (Arc::clone(&server.state), asked.act_on(1));
            async move { service::confirm(&app, &act, &entered(START)).await }
        };
        let both = at_once(confirm(&one), confirm(&other)).await;
        assert_eq!(sorted(both), ["/start slot_full", "done"]);
        assert_eq!(server.rows("seat_cell"), 2);
        let winner = if one.state(&server).await == "confirmed" { &one } else { &other };
        let act = winner.act(&server).await;
        assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn article_2_3_of_two_officers_who_enter_the_same_one_for_the_same_time_one_does() {
    let server = Server::start();
    for _ in 0..30 {
        let (one, other) = (Asked::send(&server).await, Asked::send(&server).await);
        let confirm = |asked: &Asked| {
            let (app, act) = (Arc::clone(&server.state), asked.act_on(1));
            async move { service::confirm(&app, &act, &with_officer(START, "o-7")).await }
        };
        let both = at_once(confirm(&one), confirm(&other)).await;
        assert_eq!(sorted(both), ["/officer slot_full", "done"]);
        let winner = if one.state(&server).await == "confirmed" { &one } else { &other };
        let act = winner.act(&server).await;
        assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn article_4_2_of_two_who_move_and_cancel_at_the_same_moment_the_second_is_told_to_look_again() {
    let server = Server::start();
    for _ in 0..50 {
        let asked = Asked::confirmed(&server).await;
        let (app, act) = (Arc::clone(&server.state), asked.act_on(2));
        let moved = async move { service::confirm(&app, &act, &entered(SECOND)).await };
        let (app, act) = (Arc::clone(&server.state), asked.act_on(2));
        let cancelled = async move { service::cancel_by_office(&app, &act, REASON).await };
        assert_eq!(sorted(at_once(moved, cancelled).await), ["done", "stale_version"]);
        let taken = server.rows("seat_cell");
        match asked.state(&server).await.as_str() {
            "confirmed" => {
                assert_eq!(taken, 1);
                let act = asked.act(&server).await;
                assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
            }
            "cancelled_by_office" => assert_eq!(taken, 0),
            other => panic!("{other}"),
        }
    }
}
