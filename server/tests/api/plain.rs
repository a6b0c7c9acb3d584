//! Our own page as the server draws it, over ordinary forms without script, up to the stored request and its receipt.

mod before;
mod first;
mod hostile;
mod languages;
pub(crate) mod person;
mod policy;
mod receipt;
mod refused;

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

#[tokio::test]
async fn article_4_1_pressed_twice_loaded_anew_or_come_back_to_it_is_one_request() {
    let server = Server::start();
    let review = Person::comes_to(&server, "review", "ja").await;
    let (again, back) = (review.pressed("go", "send"), review.pressed("go", "back"));
    let first = review.presses("send").await.receipt();
    // Loaded anew later, when its wishes are too late: the answer is the same.
    server.at("2026-12-04T09:00:00+09:00");
    let second = Person::posts(&server, &again).await;
    assert_eq!((second.reply.status.as_u16(), second.receipt()), (201, first.clone()));
    // Back and on again, in another language, without a change.
    server.at("2026-11-24T09:05:00+09:00");
    let booking = Person::posts(&server, &back).await.reads_in("en").await;
    let third = booking.presses("next").await.presses("send").await;
    assert_eq!(third.receipt(), first);
    assert_eq!(server.rows("booking"), 1);
}

#[tokio::test]
async fn article_4_1_what_was_changed_after_it_was_accepted_is_told_before_it_becomes_another_request() {
    let server = Server::start();
    let review = Person::comes_to(&server, "review", "ja").await;
    let back = review.pressed("go", "back");
    let first = review.presses("send").await.receipt();
    let mut booking = Person::posts(&server, &back).await;
    booking.enters("person-name", "余市 一郎");
    let told = booking.presses("next").await.presses("send").await;
    assert_eq!(told.reply.status, 422);
    told.is_at("review").reads("すでに受け付けています").reads("余市 一郎");
    assert_eq!(server.rows("booking"), 1);
    let other = told.presses("send").await;
    assert_ne!(other.receipt(), first);
    assert_eq!(server.rows("booking"), 2);
}

#[tokio::test]
async fn nothing_entered_is_lost_by_going_back_by_a_change_or_by_another_language() {
    let server = Server::start();
    let mut person = Person::comes_to(&server, "review", "ja").await;
    for step in ["booking", "check", "consent", "conditions"] {
        person = person.presses("back").await;
        person.is_at(step);
        person = person.reads_in("vi").await.reads_in("ja").await;
        person.is_at(step);
    }
    assert_eq!(person.value("eligibility-need"), ["not_sure"]);
    assert_eq!(person.value("person-name"), [NAME]);
    for step in ["consent", "check", "booking", "review"] {
        person = person.presses("next").await;
        person.is_at(step);
    }
    // A change leads back to the review at once.
    person = person.presses("change-check").await;
    person.is_at("check");
    person.enters("checklist-private_room", "by_the_day");
    person = person.presses("next").await;
    person.is_at("review").reads("当日までに準備する");
    // Wishes change places, and one goes.
    person = person.presses("change-booking").await.presses("raise 1").await;
    assert_eq!(person.value("wishes"), [SECOND, START]);
    person = person.presses("remove 1").await;
    assert_eq!(person.value("wishes"), [SECOND]);
    let receipt = person.presses("next").await.presses("send").await;
    assert_eq!(receipt.reply.status, 201, "{}", receipt.text());
}

#[tokio::test]
async fn article_10_3_attendants_are_added_taken_out_and_sent() {
    let server = Server::start();
    let mut person = Person::comes_to(&server, "booking", "ja").await;
    person.fills_in_person().enters("attendants", "yes");
    person = person.wishes_for(START).await.presses("row +").await.presses("row +").await;
    person.enters("attendants-0-kind", "caregiver").enters("attendants-1-kind", "interpreter");
    person
        .enters("attendants-1-language", "英語")
        .enters("attendants-1-count", "２")
        .enters("attendants-2-count", "9");
    person = person.presses("next").await;
    assert_eq!(
        person.faults(),
        ["attendants-2-kind attendants_invalid", "attendants-2-count attendants_invalid"],
        "{}",
        person.text()
    );
    person = person.presses("drop 0").await.presses("drop 1").await;
    assert_eq!(
        (person.value("attendants-0-kind"), person.value("attendants-1-kind").len()),
        (vec!["interpreter"], 0)
    );
    let review = person.presses("next").await;
    review.is_at("review").reads("通訳 ２人").reads("英語");
    assert_eq!(review.presses("send").await.reply.status, 201);
}
