//! Article 5(1): the record of use. What may be recorded is, once for each tab and month; nothing that tells who somebody is.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use precheck_server::serve::Peer;
use serde_json::{Value, json};

use crate::harness::{Reply, Server, Wanted, jst, request, set};

const VISITS: &str = "/api/v1/visits";
/// As browsers make it, like a version 4 UUID.
pub(crate) const TAB: &str = "5c9a1f0e-6b1d-4c0e-9a57-1f2e3d4c5b6a";

pub(crate) fn visit(tab: &str, step: &str) -> Value {
    json!({"tab": tab, "step": step, "os": "windows", "browser": "chrome", "browser_major": 156, "checks": {}})
}

fn sent(headers: &[(&str, &str)], body: &Value) -> Request<Body> {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    request(Method::POST, VISITS, &all).map(|_| Body::from(body.to_string()))
}

async fn report(server: &Server, body: &Value) -> Reply {
    server.send(sent(&[], body)).await
}

async fn taken(server: &Server, body: &Value) {
    let reply = report(server, body).await;
    assert_eq!((reply.status, reply.body.len()), (StatusCode::NO_CONTENT, 0), "{}", reply.text());
    // A beacon comes from an office's page too, and its answer is not to be kept back there.
    assert_eq!(reply.header("cross-origin-resource-policy"), "cross-origin");
}

#[tokio::test]
async fn article_5_1_a_tab_has_one_record_a_month_with_the_furthest_step_and_the_last_verdicts() {
    let server = Server::start();
    taken(&server, &visit(TAB, "consent")).await;
    let mut checked = visit(TAB, "booking");
    set(&mut checked, "/checks", json!({"camera": "failed", "secure_context": "passed"}));
    server.at("2026-11-24T09:03:00+09:00");
    taken(&server, &checked).await;
    // Going back is no step on.
    server.at("2026-11-24T09:05:00+09:00");
    taken(&server, &visit(TAB, "check")).await;
    assert_eq!(server.rows("visit"), 1);
    let began = jst("2026-11-24T09:00:00+09:00").timestamp_millis();
    let seen = jst("2026-11-24T09:05:00+09:00").timestamp_millis();
    let kept = format!(
        "select count(*) from visit where step = 'booking' and began_at = {began} and seen_at = {seen} and month = '2026-11'
         and os = 'windows' and browser = 'chrome 156' and checks = 'secure_context=passed,camera=failed'"
    );
    assert_eq!(server.count(&kept), 1);
    for step in ["review", "receipt", "conditions"] {
        taken(&server, &visit(TAB, step)).await;
    }
    assert_eq!(server.count("select count(*) from visit where step = 'receipt'"), 1);
    taken(&server, &visit(&TAB.replace('5', "8"), "consent")).await;
    assert_eq!(server.rows("visit"), 2);
}

#[tokio::test]
async fn article_5_1_months_do_not_join() {
    let server = Server::start();
    for now in ["2026-11-30T23:59:59+09:00", "2026-12-01T00:00:00+09:00"] {
        taken(server.at(now), &visit(TAB, "consent")).await;
    }
    assert_eq!(server.count("select count(distinct month) from visit"), 2);
    assert_eq!(server.count("select count(distinct pseudonym) from visit"), 2);
    // Another office's server, which has another key, makes another pseudonym.
    let other = Server::start();
    let vaults = [&server, &other].map(|it| it.state.vault.pseudonym("2026-11", TAB));
    assert_ne!(vaults[0], vaults[1]);
}

#[tokio::test]
async fn article_5_1_on_a_shared_device_there_is_no_pseudonym_and_only_the_first_report_counts() {
    let server = Server::start();
    for step in ["consent", "check", "booking", "review", "receipt", "consent"] {
        taken(&server, &visit("", step)).await;
    }
    assert_eq!(server.rows("visit"), 2);
    assert_eq!(server.count("select count(*) from visit where pseudonym is null and step = 'consent'"), 2);
}

#[tokio::test]
async fn article_5_1_neither_address_nor_user_agent_nor_the_tabs_value_is_stored() {
    let server = Server::start();
    let headers = [
        ("user-agent", "Mozilla/5.0 Kakushi/7.0"),
        ("x-forwarded-for", "203.0.113.77"),
        ("referer", "https://himitsu.example/"),
    ];
    let mut sent = sent(&headers, &visit(TAB, "consent"));
    sent.extensions_mut().insert(Peer("203.0.113.78".parse().unwrap()));
    assert_eq!(server.send(sent).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.rows("visit"), 1);
    let texts = "month || step || os || browser || checks";
    for secret in ["Kakushi", "203.0.113", "himitsu", &TAB[..8]] {
        let found = format!("select count(*) from visit where {texts} like '%{secret}%'");
        assert_eq!(server.count(&found), 0, "{secret}");
    }
    assert_eq!(server.count("select length(pseudonym) from visit"), 32);
    if crate::POSTGRES {
        return;
    }
    server.state.store.close().await.unwrap();
    for entry in std::fs::read_dir(server.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        for secret in ["Kakushi", "203.0.113", "himitsu", TAB] {
            let found = bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
            assert!(!found, "{}: {secret}", path.display());
        }
    }
}

#[tokio::test]
async fn a_beacon_calls_its_json_plain_text() {
    let server = Server::start();
    let headers = [("content-type", "text/plain;charset=UTF-8"), ("sec-fetch-site", "same-origin")];
    let beacon = request(Method::POST, VISITS, &headers);
    let report = r#"{"step":"consent","os":"windows","browser":"chrome","browser_major":156}"#;
    assert_eq!(server.send(beacon.map(|_| Body::from(report))).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.rows("visit"), 1);
}

#[tokio::test]
async fn what_is_no_report_is_malformed_and_nothing_of_it_is_stored_or_sent_back() {
    let server = Server::start();
    for (pointer, value) in [
        ("/tab", json!("short")),
        ("/tab", json!("x".repeat(65))),
        ("/tab", json!("<script>alert(1)</script>--")),
        ("/tab", json!(7)),
        ("/step", json!("landing")),
        ("/step", json!(null)),
        ("/os", json!("Windows NT 10.0")),
        ("/browser", json!("Mozilla/5.0")),
        ("/browser_major", json!(0)),
        ("/browser_major", json!(1000)),
        ("/browser_major", json!("156")),
        ("/checks", json!(["camera"])),
        ("/checks/camera", json!("broken")),
        ("/checks/camera", json!({"outcome": "passed", "detail": "Hanako's camera"})),
        ("/checks/kamera", json!("passed")),
        ("/user_agent", json!("Mozilla/5.0")),
        ("/address", json!("192.0.2.1")),
    ] {
        let mut body = visit(TAB, "consent");
        set(&mut body, pointer, value.clone());
        let problem = report(&server, &body).await.problem(400, "malformed");
        let told = problem.to_string();
        assert!(!told.contains("script") && !told.contains("Hanako"), "{told}");
    }
    let twice = visit(TAB, "check").to_string().replace("{}", r#"{"camera":"passed","camera":"failed"}"#);
    let headers = [("content-type", "application/json")];
    let reply = server.send(request(Method::POST, VISITS, &headers).map(|_| Body::from(twice))).await;
    reply.problem(400, "malformed");
    report(&server, &json!([])).await.problem(400, "malformed");
    let long = json!({"tab": "x".repeat(70_000)});
    report(&server, &long).await.problem(413, "malformed");
    server.get(VISITS).await.problem(405, "malformed");
    assert_eq!(server.rows("visit"), 0);
}

#[tokio::test]
async fn a_page_of_somebody_else_records_nothing_and_one_that_may_embed_does() {
    let server = Server::start_with(Wanted { origins: &["https://www.example.jp"], ..Wanted::default() });
    let body = visit(TAB, "consent");
    for headers in [
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        [("sec-fetch-site", "same-site"), ("origin", "null")],
    ] {
        server.send(sent(&headers, &body)).await.problem(403, "not_allowed");
    }
    assert_eq!(server.rows("visit"), 0);
    let embedded = [("sec-fetch-site", "cross-site"), ("origin", "https://www.example.jp")];
    assert_eq!(server.send(sent(&embedded, &body)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.rows("visit"), 1);
}

#[tokio::test]
async fn reports_have_a_limit_of_their_own() {
    let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
    let body = visit(TAB, "consent");
    let mut passed = 0;
    let refused = loop {
        let reply = report(&server, &body).await;
        if reply.status != StatusCode::NO_CONTENT {
            break reply;
        }
        passed += 1;
        assert!(passed < 1000, "no limit");
    };
    refused.problem(429, "rate_limited");
    assert!(60 <= passed, "{passed}");
    let mut other = sent(&[], &body);
    other.extensions_mut().insert(Peer("192.0.2.9".parse().unwrap()));
    assert_eq!(server.send(other).await.status, StatusCode::NO_CONTENT);
    server.post(&crate::harness::body()).await.accepted();
}

#[tokio::test]
async fn article_6_records_of_use_are_deleted_after_90_days() {
    let server = Server::start();
    let now = jst("2026-11-24T23:59:59+09:00");
    taken(server.at("2026-11-24T23:59:59+09:00"), &visit(TAB, "consent")).await;
    taken(server.at("2026-11-25T00:00:00+09:00"), &visit("", "consent")).await;
    let last = now + chrono::TimeDelta::days(90);
    server.clock.set(last);
    server.look().await;
    assert_eq!(server.rows("visit"), 2);
    server.clock.set(last + chrono::TimeDelta::seconds(1));
    server.look().await;
    assert_eq!(server.rows("visit"), 1);
    assert_eq!(server.count("select count(*) from visit where pseudonym is null"), 1);
}
