//! The way without script, over ordinary forms, up to the stored request and its receipt.

mod person;

use crate::desk::{SECOND, START};
use crate::harness::{NAME, Server};
use person::Person;
use serde_json::json;

#[tokio::test]
async fn articles_2_to_4_1_lead_by_ordinary_forms_to_a_stored_request_and_its_receipt() {
    let server = Server::start();
    let review = Person::comes_to(&server, "review", "ja").await;
    for words in [
        NAME,
        "1985年(昭和60年)4月1日",
        "01234-5678901",
        "2026年11月26日（木） 10:00",
        "2026年11月27日（金） 13:00",
    ] {
        review.reads(words);
    }
    assert_eq!(server.rows("booking"), 0, "nothing is kept before it is sent");
    let receipt = review.presses("send").await;
    assert_eq!(receipt.reply.status, 201, "{}", receipt.text());
    let (number, code) = receipt.receipt();
    receipt.reads(&number).reads(&code).reads("まだ予約は決まっていません").reads("アプリの準備");
    let held = json!({"reception_number": number, "receipt_code": code});
    let stored = server.receipt(&held).await.json();
    assert_eq!(stored["state"], "requested");
    let wished: Vec<_> = stored["wishes"].as_array().unwrap().iter().map(|it| it["start"].clone()).collect();
    assert_eq!(wished, [START, SECOND]);
    // What this page cannot find out is not said to be good.
    assert_eq!(stored["preparations"], json!(["secure_context", "browser_kind", "app_ready"]));
    let explicit = "consent_basis = 'explicit' and terms_id = 'otaru-2023-10-01' and consent_language = 'ja' and own_device = 1";
    assert_eq!(server.count(&format!("select count(*) from booking where {explicit}")), 1);
}
