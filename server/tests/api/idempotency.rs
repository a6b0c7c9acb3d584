//! A request that is sent twice is one request.

use precheck_server::service::{Act, Officer, person};
use precheck_shared::booking::ReceptionNumber;
use serde_json::{Value, json};

use crate::harness::{Reply, Server, Wanted, body, jst, new_key, set, submission, with};

#[track_caller]
pub(crate) fn is_replay_of(first: &Reply, again: &Reply) {
    assert_eq!(again.status, 201, "{}", again.text());
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_answer_byte_for_byte() {
    let server = Server::start();
    let key = new_key();
    let first = server.post_as(&key, &body()).await;
    is_replay_of(&first, &server.post_as(&key, &body()).await);
    let quoted = format!("\"{}\"", key.to_uppercase());
    is_replay_of(&first, &server.post_as(&quoted, &body()).await);
    assert_eq!(server.rows("booking"), 1);
}

#[tokio::test]
async fn spaces_and_the_order_of_fields_are_no_difference() {
    let server = Server::start();
    let key = new_key();
    let first = server.post_as(&key, &body()).await;
    let Value::Object(fields) = body() else { unreachable!() };
    let turned: Vec<_> =
        fields.iter().rev().map(|(name, value)| format!("\n \"{name}\" : {value:#}")).collect();
    let again = server.send(submission(&key, format!("{{{}}}", turned.join(",")))).await;
    is_replay_of(&first, &again);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused_whatever_that_body_says() {
    let server = Server::start();
    let key = new_key();
    server.post_as(&key, &body()).await.accepted();
    for other in [
        with("/person/name", json!("別人")),
        with("/entered_at", json!("2026-11-24T08:59:59+09:00")),
        with("/person/name", json!("")),
        with("/person/middle_name", json!("x")),
        json!({}),
    ] {
        server.post_as(&key, &other).await.problem(422, "key_reused");
    }
    assert_eq!(server.rows("booking"), 1);
}

#[tokio::test]
async fn a_refusal_leaves_the_key_free() {
    let server = Server::start();
    let key = new_key();
    server.post_as(&key, &with("/person/name", json!(""))).await.problem(422, "name_invalid");
    server.post_as(&key, &with("/language", json!(1))).await.problem(400, "malformed");
    server.post_as(&key, &body()).await.accepted();
}

#[tokio::test]
async fn a_replay_survives_a_restart_the_deadline_and_new_terms() {
    let server = Server::start();
    let key = new_key();
    let first = server.post_as(&key, &body()).await;
    // The wishes have passed, and other terms are in force.
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("policy.toml", precheck_shared::policy::otaru::POLICY),
        ("terms-2023-10-01.txt", precheck_shared::policy::otaru::TERMS.1),
        ("terms-2026-12-01.txt", "第1条（目的）\n改定"),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let office = precheck_server::office::Office::from_folder(folder.path()).unwrap();
    let later = jst("2026-12-02T09:00:00+09:00");
    let server = server.restart(later, Wanted { office, ..Wanted::default() }).await;
    is_replay_of(&first, &server.post_as(&key, &body()).await);
    let mut other = body();
    set(&mut other, "/person/name", json!("別人"));
    server.post_as(&key, &other).await.problem(422, "key_reused");
    server.post(&body()).await.problem(422, "terms_changed");
}

#[tokio::test]
async fn a_key_is_kept_for_14_days() {
    let server = Server::start();
    let key = new_key();
    let first = server.post_as(&key, &body()).await;
    server.at("2026-12-08T08:59:59+09:00").believe_the_clock().await;
    is_replay_of(&first, &server.post_as(&key, &body()).await);
    server.at("2026-12-08T09:00:00+09:00");
    server.post_as(&key, &body()).await.problem(422, "slot_too_late");
    let mut later = with("/wishes", json!(["2026-12-10T10:00:00+09:00"]));
    set(&mut later, "/entered_at", json!("2026-12-08T09:00:00+09:00"));
    let second = server.post_as(&key, &later).await;
    assert_ne!(second.accepted()["reception_number"], first.json()["reception_number"]);
    is_replay_of(&second, &server.post_as(&key, &later).await);
    assert_eq!((server.rows("booking"), server.rows("idempotency")), (2, 1));
}

#[tokio::test]
async fn the_same_request_from_two_tabs_at_once_is_one() {
    let server = Server::start();
    let key = new_key();
    let send = || tower::ServiceExt::oneshot(server.router.clone(), submission(&key, body().to_string()));
    let replies: Vec<_> = (0..20).map(|_| tokio::spawn(send())).collect();
    let mut bodies = Vec::new();
    for reply in replies {
        let reply = reply.await.unwrap().unwrap();
        // Those that come before the first one is decided are told to try again.
        if reply.status() == 201 {
            bodies.push(axum::body::to_bytes(reply.into_body(), usize::MAX).await.unwrap());
        } else {
            assert_eq!(reply.status(), 409);
        }
    }
    bodies.dedup();
    assert_eq!((bodies.len(), server.rows("booking")), (1, 1));
    assert_eq!(server.post_as(&key, &body()).await.accepted()["state"], "requested");
}

#[tokio::test]
async fn a_key_that_is_missing_or_no_uuid_is_told_before_anything_else() {
    let server = Server::start();
    for key in [
        "",
        " ",
        "\"\"",
        "1",
        "x".repeat(36).as_str(),
        "{2f1b5c1e-3b1a-4c5e-9a56-1d2c3b4a5f60}",
        "\"2f1b5c1e-3b1a-4c5e-9a56-1d2c3b4a5f60",
    ] {
        let reply = server.send(submission(key, "no json")).await;
        reply.problem(400, "key_missing");
    }
    let none = crate::harness::request(axum::http::Method::POST, "/api/v1/requests", &[]);
    server.send(none).await.problem(400, "key_missing");
}

#[tokio::test]
async fn the_kept_answer_of_a_replaced_receipt_goes_and_its_key_makes_no_second_request() {
    let server = Server::start();
    let (key, other) = (new_key(), new_key());
    let first = server.post_as(&key, &body()).await.accepted();
    let neighbour = server.post_as(&other, &body()).await;
    let number = ReceptionNumber::parse(first["reception_number"].as_str().unwrap()).unwrap();
    let act = Act { number, version: 1, officer: Officer::parse("o-1").unwrap() };
    let code = person::replace_receipt(&server.state, &act, true, "本人確認済み").await.unwrap();
    assert_eq!(server.count("select count(*) from idempotency where length(answer) > 0"), 1);
    // Neither the dead code nor the new one, which is somebody else's to give.
    let again = server.post_as(&key, &body()).await;
    again.problem(422, "key_reused");
    assert!(!again.text().contains(code.as_str()));
    is_replay_of(&neighbour, &server.post_as(&other, &body()).await);
    assert_eq!(server.rows("booking"), 2);
}
