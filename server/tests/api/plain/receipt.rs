//! The receipt opened again: by a form, never by an address.

use precheck_server::service::{self, Act};
use precheck_shared::booking::ReceptionNumber;

use super::person::{Person, post};
use crate::desk::{LINK, START, entered, officer};
use crate::harness::{Server, Wanted};

async fn held(server: &Server) -> (String, String) {
    Person::comes_to(server, "review", "ja").await.presses("send").await.receipt()
}

#[tokio::test]
async fn article_4_2_number_and_code_open_it_however_they_are_typed() {
    let server = Server::start();
    let (number, code) = held(&server).await;
    let link = format!("https://precheck.example.jp/#/receipt/{}/{code}", number.replace('-', ""));
    let wide: String = code.chars().map(|it| char::from_u32(u32::from(it) + 0xFEE0).unwrap()).collect();
    for (typed, secret) in [
        (number.as_str(), code.as_str()),
        (&number.to_lowercase().replace('-', " "), &code.to_lowercase()),
        (&number, &wide),
        ("", &link),
        (&link, ""),
    ] {
        let mut person = Person::opens(&server, "/receipt?lang=ja").await;
        person.enters("number", typed).enters("code", secret);
        let receipt = person.presses("open").await;
        assert_eq!(receipt.reply.status, 200, "{typed} {secret}");
        receipt.reads("申込みを受け付けました").reads("取消し・キャンセルの方法");
        // In another language, and anew.
        let receipt = receipt.reads_in("en").await;
        receipt.reads("Your request has been received").reads(&number);
        assert_eq!(receipt.presses("refresh").await.receipt(), (number.clone(), code.clone()));
    }
}

#[tokio::test]
async fn a_receipt_that_is_unknown_or_has_another_code_is_the_same_and_what_was_typed_stays() {
    let server = Server::start();
    let (number, code) = held(&server).await;
    let other = code.chars().rev().collect::<String>();
    let mut pages = Vec::new();
    for (typed, secret) in [(number.as_str(), other.as_str()), ("7K3M-9QXD-2", &code), ("?", "?"), ("", "")] {
        let mut person = Person::opens(&server, "/receipt?lang=ja").await;
        person.enters("number", typed).enters("code", secret);
        let told = person.presses("open").await;
        assert_eq!(told.reply.status, 404);
        told.reads("受付票が見つかりませんでした");
        assert_eq!((told.value("number"), told.value("code")), (vec![typed], vec![secret]));
        let summary =
            told.text().split_once("oc-summary").unwrap().1.split_once("<h2 class=\"oc-heading\"").unwrap().0;
        pages.push(summary.to_owned());
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "nothing tells them apart");
}

#[tokio::test]
async fn article_4_2_a_confirmed_counselling_shows_when_how_to_join_and_gives_its_calendar_file() {
    let server = Server::start_with(Wanted {
        public_origin: Some("https://precheck.example.jp".to_owned()),
        ..Wanted::default()
    });
    let (number, code) = held(&server).await;
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let form = vec![field("lang", "en"), field("number", &number), field("code", &code)];
    let none = post(&server, "/receipt/appointment.ics", &form).await;
    assert_eq!(none.status, 404, "nothing is confirmed");
    let parsed = ReceptionNumber::parse(&number).unwrap();
    let act = Act { number: parsed, version: 1, officer: officer("o-1") };
    service::confirm(&server.state, &act, &entered(START)).await.unwrap();
    let shown = post(&server, "/receipt", &form).await;
    let text = shown.text();
    for words in [
        LINK.replace('&', "&#38;").as_str(),
        "123 4567 8901",
        "Thursday 26 November 2026, 10:00～10:30 (Japan time)",
    ] {
        assert!(text.contains(words), "{words}: {}", text.split_once("<main").unwrap().1);
    }
    assert!(text.contains("formaction=\"/receipt/appointment.ics\""));
    let file = post(&server, "/receipt/appointment.ics", &form).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "text/calendar; charset=utf-8"));
    assert_eq!(file.header("cache-control"), "no-store");
    assert!(
        file.text().starts_with("BEGIN:VCALENDAR")
            && file.header("content-disposition").contains("attachment")
    );
    // On the day by telephone alone; after ten minutes of silence no more, and nothing to join.
    server.at("2026-11-26T08:00:00+09:00");
    assert!(post(&server, "/receipt", &form).await.text().contains("Your counselling is today"));
    server.at("2026-11-26T10:10:00+09:00");
    let silent = post(&server, "/receipt", &form).await;
    assert!(
        silent.text().contains("data-state=\"deemed_cancelled\"") && !silent.text().contains("zoom.us/j/")
    );
}

#[tokio::test]
async fn looking_up_receipts_is_limited_as_elsewhere() {
    let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let form = vec![field("number", "7K3M-9QXD-2"), field("code", "0")];
    let mut last = None;
    for _ in 0..60 {
        let answer = post(&server, "/receipt", &form).await;
        if answer.status == 429 {
            last = Some(answer);
            break;
        }
        assert_eq!(answer.status, 404);
    }
    let last = last.unwrap();
    assert!(last.text().contains("7K3M-9QXD-2") && !last.header("retry-after").is_empty());
}
