//! The receipt: for whoever holds number and code, and nobody else.

use serde_json::{Value, json};

use crate::harness::{Server, body, set, with};

fn address(accepted: &Value) -> String {
    format!("/api/v1/requests/{}", accepted["reception_number"].as_str().unwrap())
}

fn bearer(accepted: &Value) -> String {
    format!("Bearer {}", accepted["receipt_code"].as_str().unwrap())
}

#[tokio::test]
async fn article_4_2_the_receipt_shows_state_wishes_and_what_is_still_to_prepare() {
    let server = Server::start();
    let mut request = body();
    set(&mut request, "/checklist/5/outcome", json!("unknown"));
    set(&mut request, "/checklist/7/outcome", json!("by_the_day"));
    set(&mut request, "/checklist/6/outcome", json!("not_applicable"));
    let accepted = server.post(&request).await.accepted();
    let reply = server.receipt(&accepted).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("cache-control"), "no-store");
    let receipt = reply.json();
    assert_eq!(
        receipt,
        json!({
            "reception_number": accepted["reception_number"],
            "state": "requested",
            "version": 1,
            "received_at": "2026-11-24T09:00:00+09:00",
            "wishes": accepted["wishes"],
            "appointment": null,
            "meeting": null,
            "cancel_channels": ["telephone", "mail"],
            "preparations": ["network", "app_ready"],
            "terms": request["terms"]
        })
    );
    for personal in ["小樽", "1985", "5678901", "駅"] {
        assert!(!reply.text().contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn number_and_code_are_read_forgivingly() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let (path, code) = (address(&accepted), bearer(&accepted));
    let hyphens = code.replace("Bearer ", "bearer ").to_lowercase();
    for (path, code) in [
        (path.replace('-', ""), code.clone()),
        (path.replace("requests/", "requests/%20").to_lowercase(), hyphens),
        (path.replace('-', "%E3%83%BC"), code.replace("Bearer", "BEARER")),
    ] {
        assert_eq!(server.get_with(&path, &[("authorization", &code)]).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn wrong_unknown_unparsable_and_missing_all_look_the_same() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let other = server.post(&body()).await.accepted();
    let (path, code) = (address(&accepted), bearer(&accepted));
    let mut bodies = Vec::new();
    for (path, code) in [
        (path.as_str(), bearer(&other).as_str()),
        (path.as_str(), "Bearer 00000000000000000000000000"),
        (path.as_str(), "Bearer x"),
        (path.as_str(), "Bearer"),
        (path.as_str(), ""),
        (path.as_str(), code.trim_start_matches("Bearer ")),
        (path.as_str(), &code.replace("Bearer", "Basic")),
        ("/api/v1/requests/0000-0000-0", code.as_str()),
        ("/api/v1/requests/7K3M-9QXD-3", code.as_str()),
        ("/api/v1/requests/%FF", code.as_str()),
        ("/api/v1/requests/'%20or%201=1--", code.as_str()),
    ] {
        let reply = server.get_with(path, &[("authorization", code)]).await;
        reply.problem(404, "not_found");
        bodies.push(reply.body);
    }
    let nothing = server.get(&path).await;
    nothing.problem(404, "not_found");
    bodies.push(nothing.body);
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[tokio::test]
async fn a_receipt_that_has_not_changed_is_304_after_authorisation_and_never_before() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let (path, code) = (address(&accepted), bearer(&accepted));
    let tag = server.receipt(&accepted).await.header("etag").to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let reply = server.get_with(&path, &[("authorization", &code), ("if-none-match", &known)]).await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (304, 0));
        assert_eq!((reply.header("etag"), reply.header("cache-control")), (tag.as_str(), "no-store"));
        let stranger = server.get_with(&path, &[("if-none-match", &known)]).await;
        stranger.problem(404, "not_found");
    }
    let changed = server.get_with(&path, &[("authorization", &code), ("if-none-match", "\"x\"")]).await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn article_4_2_a_request_lapses_when_its_last_wish_passes_and_the_tag_changes() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let before = server.at("2026-11-27T12:59:59+09:00").receipt(&accepted).await;
    server.at("2026-11-27T13:00:00+09:00").believe_the_clock().await;
    let after = server.receipt(&accepted).await;
    assert_eq!(before.json()["state"], "requested");
    assert_eq!(after.json()["state"], "lapsed");
    assert_eq!(after.json()["cancel_channels"], json!([]));
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn a_receipt_survives_a_restart() {
    let server = Server::start();
    let accepted = server.post(&with("/wishes", json!(["2026-12-22T15:30:00+09:00"]))).await.accepted();
    let before = server.receipt(&accepted).await;
    let server =
        server.restart(crate::harness::jst(crate::harness::NOW), crate::harness::Wanted::default()).await;
    let after = server.receipt(&accepted).await;
    assert_eq!((before.body, before.headers["etag"].clone()), (after.body, after.headers["etag"].clone()));
}
