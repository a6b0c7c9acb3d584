//! Articles 4(1) to 4(3): what an officer does with a request.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;
use precheck_shared::booking::ReceptionNumber;
use serde_json::json;

use super::{INVITATION, act, confirmation, confirmed, is_done, is_refused, path, receipt};
use crate::desk::{Asked, LINK, PASSCODE, REASON, SECOND, START};
use crate::harness::{NUMBER, Server, body, set};
use crate::officer::AtTheDesk;

#[tokio::test]
async fn article_4_2_an_invitation_is_pasted_and_the_receipt_shows_time_link_and_passcode() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    is_done(&act(&desk, &asked, "confirm", &confirmation(START, INVITATION)).await, "confirm");
    let told = receipt(&desk, &asked).await;
    assert_eq!(told["appointment"]["start"], START);
    assert_eq!(
        told["meeting"],
        json!({"id": "812 3456 7890", "link": "https://us02web.zoom.us/j/81234567890?pwd=Abc0Def1.1", "passcode": "k7;Qx_9"})
    );
}

#[tokio::test]
async fn article_4_3_on_the_day_mail_is_refused_and_the_telephone_is_taken() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = confirmed(&desk).await;
    server.at("2026-11-26T09:00:00+09:00");
    let desk = AtTheDesk::signed_in(&server, "saburo", Role::Officer).await;
    let mail = [("channel", "mail"), ("word_at", "2026-11-26T08:00")];
    let refused = act(&desk, &asked, "cancel", &mail).await;
    is_refused(&refused, "当日のキャンセルは電話のみ");
    assert!(refused.text().contains("value=\"2026-11-26T08:00\""));
    let early = [("channel", "telephone"), ("word_at", "2026-11-26T10:00")];
    is_refused(&act(&desk, &asked, "cancel", &early).await, "これからの日時");
    is_done(&act(&desk, &asked, "cancel", &[("channel", "telephone")]).await, "cancel");
    assert_eq!(asked.state(&server).await, "cancelled");
}

#[tokio::test]
async fn article_4_3_a_silence_is_affirmed_only_where_the_seeker_had_been_told() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let untold = confirmed(&desk).await;
    let told = Asked::send(&server).await;
    is_done(&act(&desk, &told, "confirm", &confirmation(START, INVITATION)).await, "confirm");
    is_done(&act(&desk, &told, "notified", &[("channel", "telephone")]).await, "notified");
    server.at("2026-11-26T10:10:00+09:00");
    let desk = AtTheDesk::signed_in(&server, "saburo", Role::Officer).await;
    is_refused(&act(&desk, &untold, "affirm", &[]).await, "お知らせした記録がない");
    // Telling her now comes too late.
    is_done(&act(&desk, &untold, "notified", &[("channel", "mail")]).await, "notified");
    is_refused(&act(&desk, &untold, "affirm", &[]).await, "お知らせした記録がない");
    is_done(&act(&desk, &untold, "cancel-office", &[("reason", "連絡もれ")]).await, "cancel-office");
    is_done(&act(&desk, &told, "affirm", &[]).await, "affirm");
    assert_eq!(server.count("select count(*) from booking where affirmed_at is not null"), 1);
    let page = desk.page(&path(&untold)).await;
    assert!(page.contains("連絡のない取消し扱い 1件"), "{page}");
    // What was affirmed can still turn out to be wrong.
    is_refused(&act(&desk, &told, "correct-held", &[("reason", " ")]).await, "理由が入力されていません");
    is_done(&act(&desk, &told, "correct-held", &[("reason", "入室記録あり")]).await, "correct-held");
    assert_eq!(told.state(&server).await, "held");
    assert!(!desk.page(&path(&untold)).await.contains("連絡のない取消し扱い 1件"));
}

#[tokio::test]
async fn article_4_3_joined_in_time_no_silence_arises() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = confirmed(&desk).await;
    server.at("2026-11-26T10:09:59+09:00");
    let desk = AtTheDesk::signed_in(&server, "saburo", Role::Officer).await;
    is_done(&act(&desk, &asked, "joined", &[]).await, "joined");
    server.at("2026-11-26T10:40:00+09:00");
    let desk = AtTheDesk::signed_in(&server, "shiro", Role::Officer).await;
    assert_eq!(asked.state(&server).await, "confirmed");
    is_done(&act(&desk, &asked, "held", &[]).await, "held");
    assert_eq!(asked.state(&server).await, "held");
}

#[tokio::test]
async fn article_4_2_a_duty_is_closed_by_opening_the_receipt_or_by_telling() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = confirmed(&desk).await;
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("お知らせが済んでいません"));
    for words in ["小樽　花子 様", "ミーティングID：123 4567 8901", LINK, "当日は電話でご連絡ください"]
    {
        assert!(page.contains(&words.replace('&', "&#38;")), "{words}: {page}");
    }
    receipt(&desk, &asked).await;
    let page = desk.page(&path(&asked)).await;
    assert!(!page.contains("お知らせが済んでいません"));
    assert!(page.contains("受付票を本人が開いた"), "{page}");
    assert_eq!(
        server.count("select count(*) from duty where closed_by = 'job_seeker' and channel = 'receipt'"),
        1
    );
    // Another office's look at a receipt that has nothing to tell writes nothing.
    receipt(&desk, &asked).await;
    is_refused(
        &act(&desk, &asked, "notified", &[("channel", "telephone")]).await,
        "お知らせが必要なことはありません",
    );
    is_done(&act(&desk, &asked, "cancel-office", &[("reason", REASON)]).await, "cancel-office");
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("取り消した日時") && page.contains(REASON));
    is_done(&act(&desk, &asked, "notified", &[("channel", "counter")]).await, "notified");
    assert!(desk.page(&path(&asked)).await.contains("方法：窓口"));
    assert_eq!(server.count("select count(*) from duty where closed_at is null"), 0);
    // What was noted beside keeps what she reads, and until when it is kept.
    assert_eq!(receipt(&desk, &asked).await["reason"], REASON);
}

#[tokio::test]
async fn article_4_1_confirming_one_offers_to_withdraw_the_others_of_the_number() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let other = Asked::send(&server).await;
    let asked = Asked::send(&server).await;
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains(&other.number.to_string()) && page.contains("ほかに進行中の申込み 1件"));
    is_done(&act(&desk, &asked, "confirm", &confirmation(START, LINK)).await, "confirm");
    let double = format!("{}:1", other.number.as_str());
    assert!(desk.page(&path(&asked)).await.contains(&format!("value=\"{double}\"")));
    is_done(
        &act(&desk, &asked, "doubles", &[("double", &double), ("channel", "telephone")]).await,
        "doubles",
    );
    assert_eq!(other.state(&server).await, "withdrawn");
    // Nobody else's is touched from here.
    let mut foreign = body();
    set(&mut foreign, "/person/job_seeker_number", json!("99999-1234567"));
    let foreign = server.post(&foreign).await.accepted();
    let number = ReceptionNumber::parse(foreign["reception_number"].as_str().unwrap()).unwrap();
    let double = format!("{}:1", number.as_str());
    let reply = act(&desk, &asked, "doubles", &[("double", &double)]).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(server.receipt(&foreign).await.json()["state"], "requested");
}

#[tokio::test]
async fn article_4_1_doubles_are_withdrawn_only_as_they_were_seen_and_from_the_page_as_it_was_seen() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let other = Asked::send(&server).await;
    let asked = confirmed(&desk).await;
    let double = format!("{}:1", other.number.as_str());
    let seen = [("version", "2"), ("double", double.as_str()), ("channel", "telephone")];
    // The number of the page's own request is corrected meanwhile: it was another person's.
    let person =
        [("name", "余市 一郎"), ("birth_date", "昭和60年4月1日"), ("job_seeker_number", "99999-1234567")];
    is_done(&act(&desk, &asked, "person", &person).await, "person");
    let stale = desk.post(&format!("{}/doubles", path(&asked)), &seen).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    assert_eq!(other.state(&server).await, "requested");
    // Corrected back, the other one has changed.
    let person = [("name", "余市 一郎"), ("birth_date", "昭和60年4月1日"), ("job_seeker_number", NUMBER)];
    is_done(&act(&desk, &asked, "person", &person).await, "person");
    is_done(&act(&desk, &other, "note", &[("reason", "電話あり")]).await, "note");
    let stale = act(&desk, &asked, "doubles", &seen[1..]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text());
    assert_eq!(other.state(&server).await, "requested");
    let double = format!("{}:2", other.number.as_str());
    let seen = [("double", double.as_str()), ("channel", "telephone")];
    is_done(&act(&desk, &asked, "doubles", &seen).await, "doubles");
    assert_eq!(other.state(&server).await, "withdrawn");
}

#[tokio::test]
async fn article_4_2_the_officer_is_named_or_changed_without_a_duty_to_notify() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = confirmed(&desk).await;
    receipt(&desk, &asked).await;
    is_done(&act(&desk, &asked, "assign", &[("officer", &desk.id)]).await, "assign");
    assert_eq!(server.count("select count(*) from duty"), 1);
    let officers = format!("select count(*) from officer_cell where officer = '{}'", desk.id);
    assert_eq!(server.count(&officers), 1);
    assert_eq!(receipt(&desk, &asked).await["meeting"]["passcode"], "");
    // Other meeting data is something that she has to know.
    let mut other = confirmation(START, "123 4567 8902");
    other.push(("passcode", PASSCODE));
    is_done(&act(&desk, &asked, "confirm", &other).await, "confirm");
    assert_eq!(
        server.count("select count(*) from duty where kind = 'meeting_changed' and closed_at is null"),
        1
    );
}

#[tokio::test]
async fn article_4_2_a_counselling_is_moved_with_its_seat_and_a_duty_takes_the_place_of_the_one_before() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = confirmed(&desk).await;
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("name=\"date\" type=\"date\" value=\"2026-11-26\""), "{page}");
    is_done(&act(&desk, &asked, "confirm", &confirmation(SECOND, LINK)).await, "confirm");
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("日時が変わりましたので") && page.contains("後の変更のお知らせに含めた"), "{page}");
    assert_eq!(server.rows("seat_cell"), 1);
    assert_eq!(receipt(&desk, &asked).await["appointment"]["start"], SECOND);
    // A time that has no seat left is refused at its place, with all that was entered.
    for _ in 0..2 {
        let other = Asked::send(&server).await;
        let mut entered = confirmation(START, LINK);
        entered.push(("accepted", "meeting_id_in_use"));
        is_done(&act(&desk, &other, "confirm", &entered).await, "confirm");
    }
    let full = act(&desk, &asked, "confirm", &confirmation(START, "123 4567 8909")).await;
    is_refused(&full, "href=\"#start\"");
    assert!(full.text().contains("value=\"123 4567 8909\""));
}

#[tokio::test]
async fn articles_4_2_and_10_1_taken_back_word_and_stopped() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let word = [("channel", "mail"), ("word_at", "2026-11-24T08:59")];
    is_done(&act(&desk, &asked, "withdraw", &word).await, "withdraw");
    assert_eq!(asked.state(&server).await, "withdrawn");
    let page = desk.page(&path(&asked)).await;
    assert!(
        page.contains("方法：メール") && page.contains("連絡を受けた日時：2026年11月24日（火） 08:59"),
        "{page}"
    );
    let asked = confirmed(&desk).await;
    is_done(&act(&desk, &asked, "word", &[]).await, "word");
    assert!(desk.page(&path(&asked)).await.contains("連絡あり"));
    is_refused(&act(&desk, &asked, "stop", &[]).await, "理由が入力されていません");
    is_done(&act(&desk, &asked, "stop", &[("reason", "目的外の利用")]).await, "stop");
    assert_eq!(receipt(&desk, &asked).await["reason"], "目的外の利用");
}

#[tokio::test]
async fn article_4_3_a_silence_is_corrected_to_a_cancellation_with_a_reason() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = confirmed(&desk).await;
    server.at("2026-11-26T11:00:00+09:00");
    let desk = AtTheDesk::signed_in(&server, "saburo", Role::Officer).await;
    let word = [("channel", "telephone"), ("word_at", "2026-11-25T16:00")];
    is_refused(&act(&desk, &asked, "cancel", &word).await, "理由が入力されていません");
    let mut because = word.to_vec();
    because.push(("reason", "前日に電話あり。記録もれ"));
    is_done(&act(&desk, &asked, "cancel", &because).await, "cancel");
    assert_eq!(asked.state(&server).await, "cancelled");
}
