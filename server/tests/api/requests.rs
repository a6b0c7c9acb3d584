//! Article 4(1): a request arrives.

use precheck_server::ids::{Ids, SystemIds};
use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use serde_json::{Value, json};
use std::sync::Mutex;

use crate::harness::{Server, Wanted, body, set, with};

#[tokio::test]
async fn article_4_1_a_request_that_every_rule_accepts_is_stored_and_answered_with_its_receipt() {
    let server = Server::start();
    let reply = server.post(&body()).await;
    let accepted = reply.accepted();
    let number = accepted["reception_number"].as_str().unwrap();
    assert!(ReceptionNumber::parse(number).is_some_and(|it| it.to_string() == number), "{number}");
    assert!(ReceiptCode::parse(accepted["receipt_code"].as_str().unwrap()).is_some());
    assert_eq!(accepted["state"], "requested");
    assert_eq!(
        accepted["wishes"],
        json!([
            {"start": "2026-11-26T10:00:00+09:00", "code": null, "clause": null},
            {"start": "2026-11-27T13:00:00+09:00", "code": null, "clause": null}
        ])
    );
    assert_eq!(reply.header("location"), format!("/api/v1/requests/{number}"));
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(!reply.headers.contains_key("idempotent-replayed"));
    for (table, rows) in [("booking", 1), ("wish", 2), ("event", 1), ("idempotency", 1)] {
        assert_eq!(server.rows(table), rows, "{table}");
    }
}

#[tokio::test]
async fn instants_of_any_offset_are_understood_and_japans_is_answered() {
    let server = Server::start();
    let accepted = server.post(&with("/wishes", json!(["2026-11-26T01:00:00Z"]))).await.accepted();
    assert_eq!(accepted["wishes"][0]["start"], "2026-11-26T10:00:00+09:00");
}

#[tokio::test]
async fn optional_items_may_be_missing_or_null() {
    let server = Server::start();
    let mut smallest = body();
    smallest.as_object_mut().unwrap().retain(|name, _| name != "attendants" && name != "accepted_findings");
    server.post(&smallest).await.accepted();
    let mut nulls = body();
    for (pointer, value) in [
        ("/attendants", json!([{"kind": "other", "language": null, "count": 5, "note": null}])),
        ("/accepted_findings", Value::Null),
        ("/checklist/0/detail", Value::Null),
        ("/checklist/1/detail", json!("Firefox 140")),
    ] {
        set(&mut nulls, pointer, value);
    }
    server.post(&nulls).await.accepted();
    server.post(&with("/attendants", Value::Null)).await.accepted();
}

#[tokio::test]
async fn several_open_requests_of_one_number_are_accepted_without_a_word() {
    let server = Server::start();
    let first = server.post(&body()).await.accepted();
    let second = server.post(&body()).await.accepted();
    assert_ne!(first["reception_number"], second["reception_number"]);
    assert_ne!(first["receipt_code"], second["receipt_code"]);
    let same = server.count("select count(distinct number_hash) from booking");
    assert_eq!(same, 1);
}

#[tokio::test]
async fn article_4_1_the_deadline_is_judged_when_the_server_receives_the_request() {
    let server = Server::start();
    let monday = with("/wishes", json!(["2026-11-30T10:00:00+09:00"]));
    server.at("2026-11-27T17:14:59+09:00").post(&monday).await.accepted();
    let late = server.at("2026-11-27T17:15:00+09:00").post(&monday).await;
    assert_eq!(late.problem(422, "slot_too_late")["clause"], "4(1)");
    assert_eq!(late.violations(), ["/wishes/0 slot_too_late"]);
}

#[tokio::test]
async fn a_wish_that_has_gone_meanwhile_does_not_refuse_one_that_stands() {
    let server = Server::start();
    server.at("2026-11-25T17:15:00+09:00");
    let accepted = server.post(&body()).await.accepted();
    let expected = json!([
        {"start": "2026-11-26T10:00:00+09:00", "code": "slot_too_late", "clause": "4(1)"},
        {"start": "2026-11-27T13:00:00+09:00", "code": null, "clause": null}
    ]);
    assert_eq!(accepted["wishes"], expected);
    assert_eq!(server.receipt(&accepted).await.json()["wishes"], expected);

    server.at("2026-11-26T17:15:00+09:00");
    let none_stands = server.post(&body()).await;
    none_stands.problem(422, "slot_too_late");
    assert_eq!(none_stands.violations(), ["/wishes/0 slot_too_late", "/wishes/1 slot_too_late"]);
}

#[tokio::test]
async fn a_full_slot_is_told_by_the_seats_that_are_taken() {
    let server = Server::start();
    let full = server.post(&body()).await.accepted();
    let cell = crate::harness::jst("2026-11-26T10:00:00+09:00").timestamp_millis();
    for seat in [1, 2] {
        let taken = format!(
            "insert into seat_cell (office, cell_start, seat, booking) values ('otaru', {cell}, {seat}, 1)"
        );
        server.run(&taken);
    }
    assert!(full["wishes"][0]["code"].is_null());
    let server = server.restart(crate::harness::jst(crate::harness::NOW), Wanted::default()).await;
    let gone = server.post(&body()).await.accepted();
    assert_eq!(
        gone["wishes"][0],
        json!({
            "start": "2026-11-26T10:00:00+09:00",
            "code": "slot_full",
            "clause": null,
            "basis": "office_setting"
        })
    );
    assert_eq!(server.receipt(&gone).await.json()["wishes"], gone["wishes"]);
    let refused = server.post(&with("/wishes", json!(["2026-11-26T10:00:00+09:00"]))).await;
    assert_eq!(refused.problem(422, "slot_full")["basis"], "office_setting");
    let slots = server.get("/api/v1/slots?from=2026-11-26&to=2026-11-26").await.json();
    assert_eq!(slots["days"][0]["slots"][0]["state"], "full");
    assert_eq!(slots["days"][0]["slots"][1]["state"], "free");
}

/// Draws the same number a few times, then other ones.
struct Repeating(Mutex<u32>, u32);

impl Ids for Repeating {
    fn reception_number(&self) -> Result<ReceptionNumber, getrandom::Error> {
        let mut drawn = self.0.lock().unwrap();
        *drawn += 1;
        Ok(ReceptionNumber::from_bits(u64::from(drawn.saturating_sub(self.1))))
    }

    fn receipt_code(&self) -> Result<ReceiptCode, getrandom::Error> {
        SystemIds.receipt_code()
    }
}

#[tokio::test]
async fn a_reception_number_that_is_taken_is_drawn_again() {
    let ids = Box::new(Repeating(Mutex::new(0), 5));
    let server = Server::start_with(Wanted { ids, ..Wanted::default() });
    let first = server.post(&body()).await.accepted();
    let second = server.post(&body()).await.accepted();
    assert_ne!(first["reception_number"], second["reception_number"]);
    assert_eq!((server.rows("booking"), server.rows("idempotency")), (2, 2));
}

#[tokio::test]
async fn when_no_number_is_free_the_client_comes_back_later_and_nothing_is_stored() {
    let server =
        Server::start_with(Wanted { ids: Box::new(Repeating(Mutex::new(0), 100)), ..Wanted::default() });
    server.post(&body()).await.accepted();
    server.post(&body()).await.problem(503, "unavailable");
    assert_eq!((server.rows("booking"), server.rows("wish"), server.rows("idempotency")), (1, 2, 1));
}

/// Breaks where no one expects it.
struct Breaking;

impl Ids for Breaking {
    fn reception_number(&self) -> Result<ReceptionNumber, getrandom::Error> {
        panic!("broken on purpose by a test")
    }

    fn receipt_code(&self) -> Result<ReceiptCode, getrandom::Error> {
        SystemIds.receipt_code()
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_as_unavailable_and_the_next_one_works() {
    let server = Server::start_with(Wanted { ids: Box::new(Breaking), ..Wanted::default() });
    server.post(&body()).await.problem(503, "unavailable");
    assert_eq!(server.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn many_requests_at_once_are_all_stored() {
    let server = Server::start();
    let mut replies = Vec::new();
    for _ in 0..60 {
        let router = server.router.clone();
        let request = crate::harness::submission(&crate::harness::new_key(), body().to_string());
        replies.push(tokio::spawn(tower::ServiceExt::oneshot(router, request)));
    }
    for reply in replies {
        assert_eq!(reply.await.unwrap().unwrap().status(), 201);
    }
    assert_eq!(server.rows("booking"), 60);
}

#[tokio::test]
async fn a_store_that_has_ended_is_unavailable() {
    let server = Server::start();
    assert_eq!(server.get("/readyz").await.status, 200);
    server.state.store.close().await.unwrap();
    server.post(&body()).await.problem(503, "unavailable");
    server.get("/readyz").await.problem(503, "unavailable");
    assert_eq!(server.get("/healthz").await.status, 200);
}
