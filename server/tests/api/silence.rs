//! Article 4(3): silence becomes a cancellation at exactly ten minutes after the start, by the server's clock, once only, and
//! never after word came in or the talk had begun; people correct it.

use precheck_server::jobs::Done;
use precheck_server::service::{self, ConfirmationAsEntered};
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::cancellation::CancelChannel;
use precheck_shared::violation::Code;
use serde_json::json;
use tokio::task::JoinSet;

use crate::desk::{Asked, Does, REASON, START, code, entered, officer, told, word};
use crate::harness::{Server, Wanted, jst};

const LAST: &str = "2026-11-26T10:09:59.999+09:00";
const OVER: &str = "2026-11-26T10:10:00+09:00";
const DEEMED: &str = "3 2026-11-26 10:10:00 clock deemed_cancelled";

/// How many silences one look finds.
async fn look(server: &Server, now: &str) -> u64 {
    let done = server.at(now).look().await;
    assert_eq!(done, Done { deemed: done.deemed, forgotten: true, ..Done::default() });
    done.deemed
}

#[tokio::test]
async fn article_4_3_silence_is_a_cancellation_at_ten_minutes_and_not_before() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    assert_eq!(look(&server, LAST).await, 0);
    assert_eq!(asked.state(&server).await, "confirmed");
    assert_eq!(look(&server, OVER).await, 1);
    assert_eq!(look(&server, OVER).await, 0);
    assert_eq!(server.events().last().unwrap(), DEEMED);
    assert_eq!((server.rows("event"), server.rows("seat_cell")), (3, 0));
}

#[tokio::test]
async fn article_4_3_the_receipt_says_the_same_before_and_after_it_is_written_down() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let before = server.at(LAST).receipt(&asked.accepted).await;
    let derived = server.at(OVER).receipt(&asked.accepted).await;
    assert_eq!(server.rows("event"), 2);
    assert_eq!(derived.json()["state"], "deemed_cancelled");
    assert_eq!((&derived.json()["meeting"], &derived.json()["cancel_channels"]), (&json!(null), &json!([])));
    assert_ne!(before.header("etag"), derived.header("etag"));
    assert_eq!(look(&server, OVER).await, 1);
    let stored = server.receipt(&asked.accepted).await;
    assert_eq!((derived.body, &derived.headers["etag"]), (stored.body, &stored.headers["etag"]));
}

#[tokio::test]
async fn article_4_3_word_or_a_talk_that_has_begun_stops_the_silence_for_good() {
    for joined in [false, true] {
        let server = Server::start();
        let asked = Asked::confirmed(&server).await;
        let act = asked.act(server.at(LAST)).await;
        assert_eq!(told(&service::note_contact(&server.state, &act, joined).await), "done");
        for now in [OVER, "2026-11-26T12:00:00+09:00", "2026-12-26T12:00:00+09:00"] {
            assert_eq!(look(&server, now).await, 0, "{now}");
            assert_eq!(asked.state(&server).await, "confirmed", "{now}");
        }
        let kind = if joined { "joined" } else { "word_received" };
        assert_eq!(server.events().last().unwrap(), &format!("3 2026-11-26 10:09:59 o-1 {kind}"));
    }
}

#[tokio::test]
async fn article_4_3_word_the_days_before_counts_too_also_when_the_meeting_data_change_and_not_for_another_time()
 {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let act = asked.act(&server).await;
    assert_eq!(told(&service::note_contact(&server.state, &act, false).await), "done");
    let other = ConfirmationAsEntered { meeting: "98765432109".to_owned(), ..entered(START) };
    assert_eq!(told(&asked.confirm(&server, &other).await), "done");
    assert_eq!(look(&server, OVER).await, 0);
    let moved = ConfirmationAsEntered { reason: REASON.to_owned(), ..entered("2026-11-27T10:00:00+09:00") };
    assert_eq!(told(&asked.confirm(&server, &moved).await), "done");
    assert_eq!(look(&server, "2026-11-27T10:09:59+09:00").await, 0);
    assert_eq!(look(&server, "2026-11-27T10:10:00+09:00").await, 1);
}

#[tokio::test]
async fn article_4_3_when_the_server_was_down_at_that_moment_it_is_dated_to_it_all_the_same() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let now = "2026-11-30T08:00:00+09:00";
    let server = server.restart(jst(now), Wanted::default()).await;
    server.believe_the_clock().await;
    assert_eq!(asked.state(&server).await, "deemed_cancelled");
    assert_eq!(look(&server, now).await, 1);
    assert_eq!(server.events().last().unwrap(), DEEMED);
    let server = server.restart(jst(now), Wanted::default()).await;
    assert_eq!(look(&server, now).await, 0);
}

#[tokio::test]
async fn article_4_3_a_great_many_silences_are_found_at_one_look() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let mut copies = String::from("begin;");
    for bits in 1..=450 {
        let number = ReceptionNumber::from_bits(bits);
        let copy = format!(
            "insert into booking (office, reception_number, receipt_hash, state, version, received_at, last_wish_at,
                 number_hash, key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at,
                 own_device, checklist, arranged_in, start_at)
             select office, '{}', receipt_hash, state, version, received_at, last_wish_at,
                 number_hash, key_id, sealed, terms_id, terms_sha256, consent_basis, consent_language, entered_at,
                 own_device, checklist, arranged_in, start_at from booking where id = 1;",
            number.as_str()
        );
        copies.push_str(&copy);
    }
    copies.push_str(
        "insert into appointment (office, booking, version, start_at, end_at, key_id, meeting)
         select a.office, b.id, a.version, a.start_at, a.end_at, a.key_id, a.meeting
             from appointment a, booking b where b.id <> a.booking;
         commit",
    );
    server.run(&copies);
    assert_eq!(look(&server, OVER).await, 451);
    assert_eq!(asked.state(&server).await, "deemed_cancelled");
}

#[tokio::test]
async fn article_4_3_an_act_after_ten_minutes_finds_a_silence_whether_anything_has_written_it_down_or_not() {
    for written in [false, true] {
        let mut acts: JoinSet<()> =
            Does::ALL.into_iter().map(|does| act_after_a_silence(written, does)).collect();
        while let Some(checked) = acts.join_next().await {
            checked.unwrap();
        }
    }
}

async fn act_after_a_silence(written: bool, does: Does) {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    server.at(OVER);
    if written {
        assert_eq!(look(&server, OVER).await, 1);
    }
    // Whoever saw it before the silence looks again.
    assert_eq!(code(does.to(&server, &asked.act_on(2)).await), Some(Code::StaleVersion), "{does:?}");
    let result = does.to(&server, &asked.act_on(3)).await;
    if matches!(does, Does::Cancel | Does::CancelByOffice | Does::CorrectToHeld) {
        assert_eq!(result.ok(), Some(4), "{does:?}");
        assert_eq!(asked.state(&server).await, does.leads_to());
    } else {
        assert_eq!(code(result), Some(Code::TransitionNotAllowed), "{does:?}");
    }
    assert_eq!(server.events()[2], DEEMED);
}

#[tokio::test]
async fn article_4_2_an_act_after_the_last_wish_finds_a_lapse_whether_anything_has_written_it_down_or_not() {
    for does in Does::ALL {
        let server = Server::start();
        let asked = Asked::send(&server).await;
        server.at("2026-11-27T13:00:00+09:00").believe_the_clock().await;
        assert_eq!(
            code(does.to(&server, &asked.act_on(2)).await),
            Some(Code::TransitionNotAllowed),
            "{does:?}"
        );
        assert_eq!(server.events()[1], "2 2026-11-27 13:00:00 clock lapsed");
        let done = server.look().await;
        assert_eq!(done, Done { forgotten: true, ..Done::default() });
    }
}

#[tokio::test]
async fn article_4_3_a_silence_is_corrected_with_a_reason_alone() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    assert_eq!(look(&server, OVER).await, 1);
    let (app, act) = (&server.state, asked.act_on(3));
    let called = word(CancelChannel::Telephone, "2026-11-25T09:00:00+09:00");
    assert_eq!(told(&service::correct_to_held(app, &act, " ").await), "/reason reason_missing");
    assert_eq!(told(&service::cancel(app, &act, called, "").await), "/reason reason_missing");
    assert_eq!(told(&service::cancel_by_office(app, &act, "").await), "/reason reason_missing");
    assert_eq!(told(&service::correct_to_held(app, &act, REASON).await), "done");
    assert_eq!(asked.state(&server).await, "held");
}

#[tokio::test]
async fn article_4_3_a_counselling_that_was_held_after_all_needs_no_seat() {
    let server = Server::start();
    let with = |id: &str| ConfirmationAsEntered {
        officer: Some(officer(id)),
        reason: REASON.to_owned(),
        ..entered("2026-11-26T10:30:00+09:00")
    };
    let asked = Asked::send(&server).await;
    assert_eq!(told(&asked.confirm(&server, &with("o-7")).await), "done");
    assert_eq!(look(&server, "2026-11-26T10:40:00+09:00").await, 1);
    // Both seats and the officer are given to others, for a time that cannot be moved to any more; the store does not mind.
    server.run(
        "insert into seat_cell (office, cell_start, seat, booking)
             select office, start_at, 0, booking from appointment;
         insert into seat_cell (office, cell_start, seat, booking)
             select office, start_at, 1, booking from appointment;
         insert into officer_cell (office, officer, cell_start, booking)
             select office, officer, start_at, booking from appointment",
    );
    let act = asked.act(&server).await;
    assert_eq!(told(&service::correct_to_held(&server.state, &act, REASON).await), "done");
    assert_eq!((server.rows("seat_cell"), server.rows("officer_cell")), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn article_4_3_of_word_and_silence_at_the_same_moment_one_comes_first_and_the_other_finds_it() {
    for _ in 0..30 {
        let server = Server::start();
        let asked = Asked::confirmed(&server).await;
        server.at(LAST);
        let (app, act) = (server.state.clone(), asked.act_on(2));
        let noted = tokio::spawn(async move { service::note_contact(&app, &act, false).await });
        tokio::task::yield_now().await;
        let silences = look(&server, OVER).await;
        let noted = told(&noted.await.unwrap());
        match asked.state(&server).await.as_str() {
            "confirmed" => assert_eq!((noted.as_str(), silences), ("done", 0)),
            // The clock's look wrote it down, or the officer's act, which was then judged after the ten minutes.
            "deemed_cancelled" => assert!(noted == "stale_version" && silences <= 1, "{noted} {silences}"),
            other => panic!("{other}"),
        }
        assert_eq!(server.rows("event"), 3);
    }
}
