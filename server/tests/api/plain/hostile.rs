//! What a form carries is believed by nobody: steps left out, values that no page offers, keys of others, endless lists.

use super::person::{Person, post};
use crate::desk::START;
use crate::harness::Server;

#[tokio::test]
async fn articles_2_to_10_no_step_can_be_left_out_by_a_form_of_ones_own() {
    let server = Server::start();
    for (name, value, step) in [
        ("eligibility-registered", "no", "conditions"),
        ("eligibility-need", "no", "conditions"),
        ("eligibility-equipped", "", "conditions"),
        ("terms-sha256", "0", "consent"),
        ("checklist-camera", "failed", "check"),
        ("checklist-camera", "not_applicable", "check"),
        ("checklist-secure_context", "passed", ""),
        ("own_device", "maybe", "check"),
        ("person-name", "\"<b>", "booking"),
        ("wishes", "2026-11-26T10:15:00+09:00", "booking"),
        ("wishes", "tomorrow", "booking"),
        ("accepted", "name_invalid", ""),
    ] {
        for button in ["send", "next"] {
            let mut review = Person::comes_to(&server, "review", "ja").await;
            review.forges(name, value).forges("key", &crate::harness::new_key());
            let mut form = review.form.clone();
            form.push(("go".to_owned(), button.to_owned()));
            let before = server.rows("booking");
            let answer = Person::posts(&server, &form).await;
            if step.is_empty() {
                assert_eq!(answer.reply.status, 201, "{name}: {}", answer.text());
                continue;
            }
            assert_eq!((answer.reply.status.as_u16(), server.rows("booking")), (422, before), "{name}");
            answer.is_at(step);
            assert!(!answer.text().contains("<b>"));
        }
    }
    let passed = server.count("select count(*) from booking where checklist like '%secure_context%passed%'");
    assert_eq!(passed, 0, "what only a program finds is not taken from a form");
}

#[tokio::test]
async fn forms_that_no_page_has_made_are_answered_in_words() {
    let server = Server::start();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for form in [
        vec![],
        vec![field("at", "receipt"), field("go", "send")],
        vec![field("at", "review"), field("go", "send")],
        vec![field("at", "review"), field("go", "send"), field("key", "no key")],
        vec![
            field("at", "booking"),
            field("go", "wish \u{0}<b>"),
            field("day", "9999-99-99"),
            field("rows", "-1"),
        ],
        vec![field("at", "booking"), field("go", "day 0000-00-00")],
        vec![field("at", "booking"), field("go", "raise 99"), field("wishes", START)],
        vec![field("at", "booking"), field("go", "drop 4294967296")],
        vec![field("at", "check"), field("go", "change-receipt")],
        vec![field("language", "xx"), field("lang", "\"><b>"), field("theme", "\"><b>")],
        (0..2000).map(|at| field("wishes", &at.to_string())).collect(),
    ] {
        let answer = post(&server, "/", &form).await;
        assert!(matches!(answer.status.as_u16(), 200 | 400 | 422), "{form:?}: {}", answer.status);
        assert!(answer.text().starts_with("<!doctype html>") && !answer.text().contains("<b>"), "{form:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let long = vec![field("person-name", &"a".repeat(70_000))];
    let answer = post(&server, "/", &long).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("長すぎます"));
    assert_eq!(server.rows("booking"), 0);
}

#[tokio::test]
async fn another_persons_key_opens_nothing_of_hers() {
    let server = Server::start();
    let hers = Person::comes_to(&server, "review", "ja").await;
    let key = hers.value("key").concat();
    let (number, code) = hers.presses("send").await.receipt();
    let mut stranger = Person::comes_to(&server, "review", "ja").await;
    stranger.forges("key", &key).forges("person-name", "知らない人");
    let told = stranger.presses("send").await;
    assert_eq!(told.reply.status, 422);
    assert!(!told.text().contains(&number) && !told.text().contains(&code));
}
