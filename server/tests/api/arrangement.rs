//! Articles 4(2), 4(3), 10(1): every transition of the rulebook's picture through the service's verbs, every one that it does
//! not have, and what the job seeker sees of it.

use precheck_server::service::{self, ConfirmationAsEntered};
use precheck_server::vault::words_name;
use precheck_shared::cancellation::CancelChannel;
use precheck_shared::violation::Code;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::desk::{Asked, Does, LINK, PASSCODE, REASON, SECOND, START, STATES, code, entered, told, word};
use crate::harness::{NOW, Server};

/// The picture: what can be done in which state.
fn allowed(state: &str) -> &'static [Does] {
    match state {
        "requested" => &[Does::Confirm, Does::Decline, Does::Withdraw],
        "confirmed" => {
            &[Does::Confirm, Does::Contact, Does::Hold, Does::Cancel, Does::CancelByOffice, Does::Stop]
        }
        "deemed_cancelled" => &[Does::Cancel, Does::CancelByOffice, Does::CorrectToHeld],
        _ => &[],
    }
}

#[tokio::test]
async fn article_4_2_the_picture_has_these_transitions_and_no_others() {
    for (state, _, _) in STATES {
        // A server each; a few at a time, since each waits for the disk most of its time.
        let mut acts: JoinSet<()> = Does::ALL.into_iter().map(|does| check(state, does)).collect();
        while let Some(checked) = acts.join_next().await {
            checked.unwrap();
        }
    }
}

async fn check(state: &'static str, does: Does) {
    let server = Server::start();
    let asked = Asked::in_state(&server, state).await;
    let (act, before) = (asked.act(&server).await, server.receipt(&asked.accepted).await);
    let result = does.to(&server, &act).await;
    let after = server.receipt(&asked.accepted).await;
    if allowed(state).contains(&does) {
        assert_eq!(result.ok(), Some(act.version + 1), "{state}: {does:?}");
        assert_eq!(after.json()["state"], does.leads_to(), "{state}: {does:?}");
        assert_eq!(after.json()["version"], act.version + 1);
        assert_ne!(before.header("etag"), after.header("etag"));
    } else {
        assert_eq!(code(result), Some(Code::TransitionNotAllowed), "{state}: {does:?}");
        assert_eq!(before.body, after.body, "{state}: {does:?}");
    }
}

fn meeting() -> Value {
    json!({"id": "123 4567 8901", "link": LINK, "passcode": PASSCODE})
}

#[tokio::test]
async fn article_4_2_the_receipt_of_a_confirmed_request_shows_time_meeting_and_the_ways_to_cancel() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let receipt = server.receipt(&asked.accepted).await.json();
    assert_eq!(
        receipt["appointment"],
        json!({"start": START, "end": "2026-11-26T10:30:00+09:00"}),
        "{receipt:#}"
    );
    assert_eq!(receipt["meeting"], meeting());
    assert_eq!(receipt.get("reason"), None);
    let mut tags = Vec::new();
    for (now, channels) in [
        ("2026-11-25T23:59:59+09:00", json!(["telephone", "mail"])),
        ("2026-11-26T00:00:00+09:00", json!(["telephone"])),
        ("2026-11-26T10:09:59+09:00", json!(["telephone"])),
        ("2026-11-26T10:10:00+09:00", json!([])),
    ] {
        let reply = server.at(now).receipt(&asked.accepted).await;
        assert_eq!(reply.json()["cancel_channels"], channels, "{now}");
        tags.push(reply.header("etag").to_owned());
    }
    tags.dedup();
    assert_eq!(tags.len(), 3, "the tag covers what time changes");
}

#[tokio::test]
async fn article_4_2_meeting_and_reason_are_shown_in_their_states_alone() {
    for (state, _, _) in STATES {
        let server = Server::start();
        let asked = Asked::in_state(&server, state).await;
        let receipt = server.receipt(&asked.accepted).await.json();
        let told = matches!(state, "declined" | "cancelled_by_office" | "stopped");
        assert_eq!(receipt.get("reason"), told.then(|| json!(REASON)).as_ref(), "{state}");
        assert_eq!(receipt["meeting"], if state == "confirmed" { meeting() } else { Value::Null }, "{state}");
        let arranged = !matches!(state, "requested" | "declined" | "withdrawn" | "lapsed");
        assert_eq!(receipt["appointment"].is_object(), arranged, "{state}");
        let open = matches!(state, "requested" | "confirmed");
        assert_eq!(receipt["cancel_channels"] != json!([]), open, "{state}");
    }
}

#[tokio::test]
async fn article_4_2_a_correction_takes_the_reason_of_the_state_before_away() {
    let server = Server::start();
    let asked = Asked::in_state(&server, "deemed_cancelled").await;
    let act = asked.act(&server).await;
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, " 回線の障害 ").await), "done");
    assert_eq!(server.receipt(&asked.accepted).await.json()["reason"], "回線の障害");
}

#[tokio::test]
async fn article_4_2_a_moved_counselling_has_its_new_time_and_meeting() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let other = ConfirmationAsEntered {
        meeting: "９８７ ６５４３ ２１０９".to_owned(),
        passcode: String::new(),
        ..entered(SECOND)
    };
    assert_eq!(told(&asked.confirm(&server, &other).await), "done");
    let receipt = server.receipt(&asked.accepted).await.json();
    assert_eq!(receipt["appointment"]["start"], SECOND);
    assert_eq!(receipt["meeting"], json!({"id": "987 6543 2109", "link": null, "passcode": ""}));
    assert_eq!(receipt["version"], 3);
}

#[tokio::test]
async fn article_4_1_a_timely_wish_is_confirmed_without_a_reason_until_24_00_of_the_day_before() {
    for (now, start, reason, expected) in [
        ("2026-11-25T23:59:59+09:00", START, "", "done"),
        ("2026-11-26T00:00:00+09:00", START, " ", "/reason reason_missing"),
        ("2026-11-26T00:00:00+09:00", START, REASON, "done"),
        ("2026-11-26T09:59:59+09:00", START, REASON, "done"),
        ("2026-11-26T10:00:00+09:00", START, REASON, "/start slot_too_late"),
        // No wish: judged as a wish of this moment.
        ("2026-11-25T17:14:59+09:00", "2026-11-26T11:00:00+09:00", "", "done"),
        ("2026-11-25T17:15:00+09:00", "2026-11-26T11:00:00+09:00", "", "/reason reason_missing"),
        ("2026-11-25T17:15:00+09:00", "2026-11-26T11:00:00+09:00", REASON, "done"),
        (NOW, "2026-11-28T10:00:00+09:00", "", "/reason reason_missing"),
        (NOW, "2026-11-28T10:00:00+09:00", REASON, "done"),
        (NOW, "2026-11-26T10:10:00+09:00", REASON, "/start slot_off_grid"),
    ] {
        let server = Server::start();
        let asked = Asked::send(&server).await;
        server.at(now);
        let entered = ConfirmationAsEntered { reason: reason.to_owned(), ..entered(start) };
        assert_eq!(told(&asked.confirm(&server, &entered).await), expected, "{now} {start} {reason}");
    }
}

#[tokio::test]
async fn article_4_2_everything_against_a_confirmation_is_told_at_once_and_nothing_is_changed() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let before = server.receipt(&asked.accepted).await.body;
    let wrong = ConfirmationAsEntered {
        meeting: "http://zoom.us/j/12345678901".to_owned(),
        identity_checked: false,
        ..entered("2026-11-28T10:00:00+09:00")
    };
    assert_eq!(
        told(&asked.confirm(&server, &wrong).await),
        "/reason reason_missing, /state transition_not_allowed, /meeting meeting_invalid"
    );
    assert_eq!(server.receipt(&asked.accepted).await.body, before);
    assert_eq!((server.rows("event"), server.rows("seat_cell"), server.rows("appointment")), (1, 0, 0));
}

#[tokio::test]
async fn article_4_2_a_meeting_id_that_asks_to_be_checked_goes_on_when_it_was() {
    for (id, finding) in [("1234567890", Code::MeetingIdPersonalRoom), ("123456789", Code::MeetingIdOldForm)]
    {
        let server = Server::start();
        let asked = Asked::send(&server).await;
        let mut entered = ConfirmationAsEntered { meeting: id.to_owned(), ..entered(START) };
        let open = format!("/meeting {}", finding.as_str());
        assert_eq!(told(&asked.confirm(&server, &entered).await), open);
        entered.accepted = vec![Code::NameUnusualCharacters];
        assert_eq!(told(&asked.confirm(&server, &entered).await), open);
        entered.accepted = vec![finding];
        assert_eq!(told(&asked.confirm(&server, &entered).await), "done");
    }
}

#[tokio::test]
async fn article_4_3_mail_on_the_day_is_closed_unless_excepted_with_a_reason() {
    for (channel, at, reason, expected) in [
        (CancelChannel::Mail, "2026-11-25T23:59:59+09:00", "", "done"),
        (CancelChannel::Mail, "2026-11-26T00:00:00+09:00", "", "/channel cancel_channel_closed"),
        (CancelChannel::Mail, "2026-11-26T00:00:00+09:00", REASON, "done"),
        (CancelChannel::Telephone, "2026-11-26T09:00:00+09:00", "", "done"),
        (CancelChannel::Telephone, "2026-11-26T09:00:01+09:00", "", "/state transition_not_allowed"),
    ] {
        let server = Server::start();
        let asked = Asked::confirmed(&server).await;
        let act = asked.act(server.at("2026-11-26T09:00:00+09:00")).await;
        let result = service::cancel(&server.state, &act, word(channel, at), reason).await;
        assert_eq!(told(&result), expected, "{channel:?} {at} {reason}");
    }
}

#[tokio::test]
async fn article_4_2_reasons_that_the_seeker_reads_are_needed() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let act = asked.act(&server).await;
    assert_eq!(told(&service::decline(&server.state, &act, " ").await), "/reason reason_missing");
    let asked = Asked::confirmed(&server).await;
    let act = asked.act(&server).await;
    assert_eq!(told(&service::stop(&server.state, &act, "").await), "/reason reason_missing");
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, "").await), "/reason reason_missing");
}

#[tokio::test]
async fn article_4_2_the_history_names_who_did_what_and_when() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    for (now, does) in
        [("2026-11-25T09:00:00+09:00", Does::Confirm), ("2026-12-01T14:05:00+09:00", Does::Contact)]
    {
        let act = asked.act(server.at(now)).await;
        assert_eq!(told(&does.to(&server, &act).await), "done");
    }
    let act = asked.act(&server).await;
    let same =
        ConfirmationAsEntered { meeting: "98765432109".to_owned(), ..entered("2026-12-01T14:00:00+09:00") };
    assert_eq!(told(&service::confirm(&server.state, &act, &same).await), "done");
    let act = asked.act(server.at("2026-12-01T14:31:00+09:00")).await;
    assert_eq!(told(&service::hold(&server.state, &act).await), "done");
    assert_eq!(
        server.events(),
        [
            "1 2026-11-24 09:00:00 job_seeker received",
            "2 2026-11-24 09:00:00 o-1 confirmed",
            "3 2026-11-25 09:00:00 o-1 moved",
            "4 2026-12-01 14:05:00 o-1 word_received",
            "5 2026-12-01 14:05:00 o-1 meeting_changed",
            "6 2026-12-01 14:31:00 o-1 held",
        ]
    );
}

/// What was written about the change to a version, as the history keeps it.
fn words(server: &Server, asked: &Asked, version: u32) -> Value {
    let sealed = server.sealed(&format!("event where version = {version}"));
    let name = words_name("otaru", &asked.number, version);
    serde_json::from_slice(&server.state.vault.open(&name, &sealed).unwrap()).unwrap()
}

#[tokio::test]
async fn article_4_1_the_reason_of_an_exception_and_the_word_of_a_cancellation_are_kept() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let exception = ConfirmationAsEntered {
        meeting: "1234567890".to_owned(),
        reason: format!(" {REASON} "),
        accepted: vec![Code::MeetingIdPersonalRoom],
        ..entered("2026-11-28T10:00:00+09:00")
    };
    assert_eq!(told(&asked.confirm(&server, &exception).await), "done");
    assert_eq!(
        words(&server, &asked, 2),
        json!({
            "reason": REASON,
            "excepted": ["slot_not_business_day"],
            "accepted": ["meeting_id_personal_room"],
        })
    );
    let act = asked.act(&server).await;
    let mail = word(CancelChannel::Mail, "2026-11-24T08:30:00+09:00");
    assert_eq!(told(&service::cancel(&server.state, &act, mail, "").await), "done");
    assert_eq!(words(&server, &asked, 3), json!({"channel": "mail", "word_at": "2026-11-24T08:30:00+09:00"}));
}

#[tokio::test]
async fn an_act_on_what_is_unknown_is_not_found() {
    let server = Server::start();
    let asked = Asked::send(&Server::start()).await;
    for does in Does::ALL {
        assert_eq!(code(does.to(&server, &asked.act_on(1)).await), Some(Code::NotFound), "{does:?}");
    }
}

#[tokio::test]
async fn article_4_2_a_meeting_id_that_another_counselling_has_at_the_same_time_asks_to_be_checked() {
    let server = Server::start();
    let first = Asked::confirmed(&server).await;
    let asked = Asked::send(&server).await;
    let at = |start: &str, accepted: &[Code]| ConfirmationAsEntered {
        accepted: accepted.to_vec(),
        ..entered(start)
    };
    let again = at(START, &[]);
    assert_eq!(told(&asked.confirm(&server, &again).await), "/meeting meeting_id_in_use");
    assert_eq!(told(&asked.confirm(&server, &at(SECOND, &[])).await), "done", "at another time");
    assert_eq!(told(&first.confirm(&server, &again).await), "done", "its own");
    assert_eq!(told(&asked.confirm(&server, &at(START, &[Code::MeetingIdInUse])).await), "done");
}
