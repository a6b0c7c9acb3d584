//! The office's data: settings, terms, calendar.

use axum::http::Method;
use precheck_shared::policy::otaru;
use serde_json::json;

use crate::harness::{NOW, Server, Wanted, jst, request};

const SHA256: &str = "2deaf231d6471079f83cf1980d33b7282dae3a5a16b06dc736fc1817440cfff0";

fn two_versions() -> precheck_server::office::Office {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("policy.toml", otaru::POLICY),
        (otaru::TERMS.0, otaru::TERMS.1),
        ("terms-2027-04-01.txt", "第1条（目的）\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    precheck_server::office::Office::from_folder(folder.path()).unwrap()
}

#[tokio::test]
async fn the_office_tells_its_policy_its_terms_and_the_time() {
    let server = Server::start_with(Wanted { office: two_versions(), ..Wanted::default() });
    let reply = server.get("/api/v1/office").await;
    assert_eq!((reply.header("cache-control"), reply.header("precheck-time")), ("no-cache", NOW));
    let office = reply.json();
    assert_eq!(office["id"], "otaru");
    assert_eq!(office["server_time"], NOW);
    assert_eq!(office["policy"]["booking"]["days_ahead"], 28);
    assert_eq!(
        office["terms"]["in_force"],
        json!({"id": "otaru-2023-10-01", "sha256": SHA256, "effective": "2023-10-01"})
    );
    assert_eq!(office["terms"]["announced"][0]["id"], "otaru-2027-04-01");
    // Scripts read the digest with a search for the first key of that name.
    let first = reply.text().split("\"sha256\":\"").nth(1).unwrap();
    assert!(first.starts_with(SHA256));
}

#[tokio::test]
async fn supplement_new_terms_are_in_force_from_their_day_on() {
    let server = Server::start_with(Wanted { office: two_versions(), ..Wanted::default() });
    let before = server.at("2027-03-31T23:59:59+09:00").get("/api/v1/office").await;
    let after = server.at("2027-04-01T00:00:00+09:00").get("/api/v1/office").await;
    assert_eq!(before.json()["terms"]["in_force"]["id"], "otaru-2023-10-01");
    assert_eq!(after.json()["terms"]["in_force"]["id"], "otaru-2027-04-01");
    assert_eq!(after.json()["terms"]["announced"], json!([]));
    assert_ne!(before.header("etag"), after.header("etag"));
}

#[tokio::test]
async fn the_offices_tag_covers_all_but_the_time() {
    let server = Server::start();
    let first = server.get("/api/v1/office").await;
    server.at("2026-11-24T10:00:00+09:00");
    let tag = first.header("etag").to_owned();
    // Answers that differ in a byte have no strong tag in common.
    assert!(tag.starts_with("W/\""), "{tag}");
    assert_eq!(server.get("/api/v1/office").await.header("etag"), tag);
    for known in [tag.clone(), format!("W/{tag}"), format!("\"a\",{tag}"), "*".to_owned()] {
        let reply = server.get_with("/api/v1/office", &[("if-none-match", &known)]).await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (304, 0), "{known}");
        assert_eq!(reply.header("precheck-time"), "2026-11-24T10:00:00+09:00");
    }
    assert_eq!(server.get_with("/api/v1/office", &[("if-none-match", "\"a\"")]).await.status, 200);
    let head = server.send(request(Method::HEAD, "/api/v1/office", &[])).await;
    assert_eq!((head.status.as_u16(), head.body.len(), head.header("etag")), (200, 0, tag.as_str()));
}

#[tokio::test]
async fn a_clock_before_all_terms_makes_the_office_unavailable() {
    let server = Server::start();
    server.at("2020-01-01T00:00:00+09:00").get("/api/v1/office").await.problem(503, "unavailable");
}

#[tokio::test]
async fn the_terms_are_served_exactly_as_published() {
    let server = Server::start();
    let text = server.get("/api/v1/terms/otaru-2023-10-01/text").await;
    assert_eq!((text.text(), text.header("content-type")), (otaru::TERMS.1, "text/plain; charset=utf-8"));
    let tag = text.header("etag").to_owned();
    let known = server.get_with("/api/v1/terms/otaru-2023-10-01/text", &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, 304);
}

#[tokio::test]
async fn the_terms_are_served_by_article_with_their_clauses() {
    let server = Server::start();
    let terms = server.get("/api/v1/terms/otaru-2023-10-01").await.json();
    assert_eq!((&terms["sha256"], &terms["effective"]), (&json!(SHA256), &json!("2023-10-01")));
    let articles = terms["articles"].as_array().unwrap();
    let clauses: Vec<_> = articles.iter().map(|it| it["clause"].as_str().unwrap()).collect();
    assert_eq!(clauses.join(" "), "preamble 1 2 3 4 5 6 7 8 9 10 11 12 supplement");
    assert_eq!(articles[4]["anchor"], "article-4");
    assert_eq!(articles[0]["lines"][0]["kind"], "title");
    let fourth = articles[4]["lines"].as_array().unwrap();
    assert!(
        fourth.iter().any(|it| it["clause"] == "4(1)③" && it["kind"] == "item" && it["text"] == "③ 求職番号")
    );
}

#[tokio::test]
async fn unknown_terms_are_not_found() {
    let server = Server::start();
    for id in ["otaru-2020-01-01", "x", "%FF", "..%2F..%2Fetc%2Fpasswd"] {
        server.get(&format!("/api/v1/terms/{id}")).await.problem(404, "not_found");
        server.get(&format!("/api/v1/terms/{id}/text")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn article_4_1_the_calendar_says_per_day_whether_why_not_and_until_when() {
    let server = Server::start();
    let days = server.get("/api/v1/slots?from=2026-11-21&to=2026-12-23").await.json()["days"].clone();
    let day = |date: &str| days.as_array().unwrap().iter().find(|it| it["date"] == date).cloned().unwrap();
    assert_eq!(days.as_array().unwrap().len(), 33);
    for (date, code, clause, slots) in [
        ("2026-11-21", json!("slot_not_business_day"), json!("4(1)"), 0),
        ("2026-11-23", json!("slot_not_business_day"), json!("4(1)"), 0),
        ("2026-11-24", json!("slot_too_late"), json!("4(1)"), 10),
        ("2026-11-25", json!(null), json!(null), 10),
        ("2026-12-22", json!(null), json!(null), 10),
        ("2026-12-23", json!("slot_too_far"), json!(null), 10),
    ] {
        let found = day(date);
        assert_eq!((&found["code"], &found["clause"]), (&code, &clause), "{date}");
        let from_setting = !code.is_null() && clause.is_null();
        assert_eq!(found.get("basis"), from_setting.then_some(&json!("office_setting")), "{date}");
        assert_eq!(
            (found["bookable"].as_bool(), found["message"].is_null()),
            (Some(code.is_null()), code.is_null())
        );
        assert_eq!(found["slots"].as_array().unwrap().len(), slots, "{date}");
    }
    assert_eq!(day("2026-11-25")["request_before"], "2026-11-24T17:15:00+09:00");
    assert_eq!(day("2026-11-25")["slots"][0], json!({"start": "2026-11-25T10:00:00+09:00", "state": "free"}));
}

#[tokio::test]
async fn without_a_range_the_calendar_runs_from_today_to_the_last_bookable_day() {
    let server = Server::start();
    let dates = |reply: crate::harness::Reply| {
        let days = reply.json()["days"].as_array().unwrap().clone();
        let date = |at: usize| days[at]["date"].as_str().unwrap().to_owned();
        (date(0), date(days.len() - 1))
    };
    let expected = ("2026-11-24".to_owned(), "2026-12-22".to_owned());
    assert_eq!(dates(server.get("/api/v1/slots").await), expected);
    assert_eq!(dates(server.get("/api/v1/slots?from=2026-12-01").await).0, "2026-12-01");
    assert_eq!(
        dates(server.get("/api/v1/slots?to=2026-11-30").await),
        ("2026-11-24".into(), "2026-11-30".into())
    );
}

#[tokio::test]
async fn a_range_that_cannot_be_meant_is_malformed() {
    let server = Server::start();
    for query in [
        "from=2026-11-26&to=2026-11-25",
        "from=2026-11-01&to=2027-01-02",
        "from=2026-02-30",
        "from=",
        "from=26-11-2026",
        "day=2026-11-26",
        "from=2026-11-26&from=2026-11-27",
        "from=%FF",
    ] {
        server.get(&format!("/api/v1/slots?{query}")).await.problem(400, "malformed");
    }
    assert_eq!(server.get("/api/v1/slots?from=2026-11-01&to=2027-01-01").await.status, 200);
    for far in ["0000-01-01", "9999-12-31"] {
        assert_eq!(server.get(&format!("/api/v1/slots?from={far}&to={far}")).await.status, 200, "{far}");
    }
}

#[tokio::test]
async fn the_calendars_messages_speak_the_language_that_is_asked_for() {
    let server = Server::start();
    let message =
        |reply: crate::harness::Reply| reply.json()["days"][0]["message"].as_str().unwrap().to_owned();
    let path = "/api/v1/slots?from=2026-11-21&to=2026-11-21";
    let english = server.get_with(path, &[("accept-language", "en")]).await;
    assert_eq!(english.header("vary"), "accept-language");
    assert_ne!(message(english), message(server.get(path).await));
    assert_eq!(jst(NOW), jst("2026-11-24T00:00:00Z"));
}
