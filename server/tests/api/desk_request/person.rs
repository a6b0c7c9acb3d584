//! Articles 6 and 10(3): the person, her attendants, her receipt.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;
use serde_json::json;

use super::{act, is_done, is_refused, path};
use crate::desk::{Asked, REASON};
use crate::harness::Server;
use crate::officer::AtTheDesk;

#[tokio::test]
async fn article_6_typing_errors_are_corrected_as_an_event_and_found_again() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let right = [
        ("name", "小樽　華子"),
        ("birth_date", "S60.4.2"),
        ("job_seeker_number", "０１２３４－５６７８９０２"),
    ];
    let wrong = [("name", ""), ("birth_date", "昭和64年1月8日"), ("job_seeker_number", "12")];
    let refused = act(&desk, &asked, "person", &wrong).await;
    is_refused(&refused, "href=\"#person-name\"");
    is_refused(&refused, "href=\"#person-job_seeker_number\"");
    assert!(refused.text().contains("value=\"昭和64年1月8日\""));
    let hash = "select count(distinct number_hash) from booking";
    let other = Asked::send(&server).await;
    assert_eq!(server.count(hash), 1);
    is_done(&act(&desk, &asked, "person", &right).await, "person");
    assert_eq!(server.count(hash), 2);
    let page = desk.page(&path(&asked)).await;
    for shown in ["小樽　花子 → 小樽　華子", "01234-5678902", "1985年(昭和60年)4月2日"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(!desk.page(&path(&other)).await.contains(&asked.number.to_string()), "it is another number now");
    let same = act(&desk, &asked, "person", &right).await;
    assert_eq!(same.header("location"), path(&asked), "nothing to correct is no event");
    let short = [("name", "小樽　華子2"), ("birth_date", "S60.4.2"), ("job_seeker_number", "01234-5678902")];
    let asks = act(&desk, &asked, "person", &short).await;
    is_refused(&asks, "数字または絵文字");
    assert!(asks.text().contains("name=\"accepted\" value=\"name_unusual_characters\""));
    let mut seen = short.to_vec();
    seen.push(("accepted", "name_unusual_characters"));
    is_done(&act(&desk, &asked, "person", &seen).await, "person");
}

#[tokio::test]
async fn article_10_3_attendants_are_added_later() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let wrong = [("0-kind", "caregiver"), ("0-count", "9"), ("0-note", "x\u{7}")];
    let refused = act(&desk, &asked, "attendants", &wrong).await;
    is_refused(&refused, "href=\"#attendants-0-count\"");
    // A line left empty in between is nobody.
    let right = [("0-kind", ""), ("1-kind", "caregiver"), ("1-count", "2"), ("1-note", "<i>家族</i>")];
    is_done(&act(&desk, &asked, "attendants", &right).await, "attendants");
    let page = desk.page(&path(&asked)).await;
    assert!(page.contains("介助者 2人、&#60;i&#62;家族&#60;/i&#62;"), "{page}");
}

#[tokio::test]
async fn article_4_2_a_lost_receipt_is_replaced_and_the_old_code_dies() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    is_refused(&act(&desk, &asked, "receipt-sheet", &[]).await, "本人であることの確認");
    assert_eq!(server.receipt(&asked.accepted).await.status, StatusCode::OK);
    let sheet = act(&desk, &asked, "receipt-sheet", &[("checked", "1"), ("reason", "求職受付票")]).await;
    assert_eq!(sheet.status, StatusCode::OK);
    let (_, code) = sheet.text().split_once(&format!("#/receipt/{}/", asked.number.as_str())).unwrap();
    let code = &code[..26];
    assert!(sheet.text().contains("<svg") && sheet.header("cache-control").contains("no-store"));
    assert_eq!(server.receipt(&asked.accepted).await.status, StatusCode::NOT_FOUND);
    let mut fresh = asked.accepted.clone();
    fresh["receipt_code"] = json!(code);
    assert_eq!(server.receipt(&fresh).await.status, StatusCode::OK);
    assert!(!desk.page(&path(&asked)).await.contains(code), "shown once");
    let back = desk.get(&format!("{}/receipt-sheet", path(&asked))).await;
    assert_eq!(back.header("location"), path(&asked));
}

#[tokio::test]
async fn article_6_a_legal_hold_stops_the_erasure_until_it_is_lifted() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let asked = Asked::send(&server).await;
    is_done(&act(&manager, &asked, "decline", &[("reason", REASON)]).await, "decline");
    is_refused(&act(&manager, &asked, "legal-hold", &[]).await, "理由が入力されていません");
    is_done(&act(&manager, &asked, "legal-hold", &[("reason", "照会中")]).await, "legal-hold");
    server.at("2027-03-31T09:00:00+09:00");
    assert_eq!(server.look().await.erased, 0);
    let manager = AtTheDesk::signed_in(&server, "saburo", Role::Manager).await;
    assert!(manager.page(&path(&asked)).await.contains("消去を止めています"));
    is_done(&act(&manager, &asked, "legal-hold-end", &[("reason", "終了")]).await, "legal-hold-end");
    // Acts beside the state do not begin its retention anew.
    assert_eq!(server.look().await.erased, 1);
}
