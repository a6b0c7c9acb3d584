//! The receipt: for whoever holds number and code, and nobody else.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::harness::{Server, Wanted, body, request, set, with};

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

/// A proxy in front has its own sign-in in `Authorization`: the code comes in a header of its own.
#[tokio::test]
async fn the_code_in_a_header_of_its_own_is_as_good_as_the_bearer() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let path = address(&accepted);
    let (bearer, code) = (bearer(&accepted), accepted["receipt_code"].as_str().unwrap());
    let spelled = code.to_lowercase();
    for headers in [
        &[("precheck-receipt-code", code)][..],
        &[("Precheck-Receipt-Code", &spelled)],
        &[("authorization", "Basic cHJveHk6cGFzcw=="), ("precheck-receipt-code", code)],
        &[("authorization", "Negotiate abc"), ("precheck-receipt-code", code)],
        &[("authorization", &bearer), ("precheck-receipt-code", code)],
        &[("authorization", &bearer), ("precheck-receipt-code", &spelled)],
    ] {
        let reply = server.get_with(&path, headers).await;
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"), "{headers:?}");
        let tag = reply.header("etag").to_owned();
        let again = server.get_with(&path, &[headers, &[("if-none-match", &tag)]].concat()).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{headers:?}");
    }
}

#[tokio::test]
async fn two_codes_that_differ_look_like_a_wrong_one_wherever_a_receipt_is_asked_for() {
    let server = Server::start();
    let accepted = server.post(&body()).await.accepted();
    let other = server.post(&body()).await.accepted();
    let code = |of: &Value| of["receipt_code"].as_str().unwrap().to_owned();
    let (own, others) = (code(&accepted), code(&other));
    let mut bodies = Vec::new();
    for below in ["", "/appointment.ics", "/qr?page=https://precheck.example.jp/"] {
        let path = address(&accepted) + below;
        for headers in [
            &[("authorization", bearer(&accepted)), ("precheck-receipt-code", others.clone())][..],
            &[("authorization", bearer(&other)), ("precheck-receipt-code", own.clone())],
            &[("authorization", bearer(&accepted)), ("precheck-receipt-code", "x".to_owned())],
            &[("authorization", bearer(&accepted)), ("precheck-receipt-code", String::new())],
            &[("authorization", "Bearer x".to_owned()), ("precheck-receipt-code", own.clone())],
            &[("precheck-receipt-code", own.clone()), ("precheck-receipt-code", own.clone())],
            &[("precheck-receipt-code", bearer(&accepted))],
            &[("precheck-receipt-code", others.clone())],
            &[("precheck-receipt-code", "x".to_owned())],
            &[("precheck-receipt-code", String::new())],
        ] {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = server.get_with(&path, &headers).await;
            reply.problem(404, "not_found");
            bodies.push(reply.body);
        }
    }
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

/// Every way that looks a receipt up, with a code.
fn ways(number: &str, code: &str) -> Vec<(&'static str, Request<Body>)> {
    let bearer = format!("Bearer {code}");
    let get = |method: Method, below: &str| {
        request(method, &format!("/api/v1/requests/{number}{below}"), &[("authorization", &bearer)])
    };
    let own = |below: &str| {
        let headers = [("authorization", "Basic cHJveHk6cGFzcw=="), ("precheck-receipt-code", code)];
        request(Method::GET, &format!("/api/v1/requests/{number}{below}"), &headers)
    };
    let form = |path: &str, more: &str| {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let fields = format!("number={number}&code={code}{more}");
        request(Method::POST, path, &headers).map(|_| Body::from(fields))
    };
    vec![
        ("the receipt", get(Method::GET, "")),
        ("its head", get(Method::HEAD, "")),
        ("the appointment", get(Method::GET, "/appointment.ics")),
        ("the QR code", get(Method::GET, "/qr?page=https://precheck.example.jp/")),
        ("the receipt, by the code's own header", own("")),
        ("the appointment, by the code's own header", own("/appointment.ics")),
        ("the QR code, by the code's own header", own("/qr?page=https://precheck.example.jp/")),
        ("the form", form("/receipt", "")),
        ("the form at its other address", form("/receipt/", "")),
        ("the form, shown once more in another language", form("/receipt", "&language=en&shown=1")),
        ("the form's appointment", form("/receipt/appointment.ics", "")),
        ("the form's appointment in a language", form("/receipt/appointment.ics", "&language=ja")),
    ]
}

#[tokio::test]
async fn every_way_that_looks_a_receipt_up_is_counted_with_all_the_others() {
    let count = ways("x", "x").len();
    for first in 0..count {
        let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
        let accepted = server.post(&body()).await.accepted();
        let text = |name: &str| accepted[name].as_str().unwrap().to_owned();
        let (number, code) = (text("reception_number"), text("receipt_code"));
        let wrong = "0".repeat(code.len());
        let mut tries = 0;
        loop {
            let (way, asked) = ways(&number, &wrong).swap_remove(first);
            let status = server.send(asked).await.status.as_u16();
            if status == 429 {
                break;
            }
            assert_eq!(status, 404, "{way}");
            tries += 1;
            assert!(tries < 100, "{way} is not counted");
        }
        assert!((30..60).contains(&tries), "{tries}");
        // Nor does the right code get through, by whatever way.
        for (way, asked) in ways(&number, &code) {
            assert_eq!(server.send(asked).await.status, 429, "{way}");
        }
    }
}

#[test]
fn there_is_no_other_way_to_a_receipt() {
    // Whoever holds a number alone gets a booking at the desk and by time's own acts, which are no receipts.
    let service = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service");
    let of = |file: &str| std::fs::read_to_string(service.join(file)).unwrap();
    let (receipt, calendar) = (of("receipt.rs"), of("calendar.rs"));
    assert_eq!(receipt.matches("store.booking(").count(), 1, "one function looks a receipt up");
    assert_eq!(calendar.matches("store.booking(").count(), 0);
    for folder in ["src/api", "src/plain"] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = if path.is_file() { std::fs::read_to_string(&path).unwrap() } else { String::new() };
            assert!(!text.contains("store.booking("), "{}", path.display());
        }
    }
}
