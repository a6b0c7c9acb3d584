//! Articles 4(3) and 10(1): suspended and refused numbers.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;
use precheck_server::store::desk::suspensions;
use precheck_server::store::sql;
use precheck_shared::booking::ReceptionNumber;
use serde_json::json;

use super::{act, confirmation, is_done, is_refused, path};
use crate::desk::{Asked, LINK, START};
use crate::harness::{Server, body, jst, set};
use crate::officer::AtTheDesk;

#[tokio::test]
async fn articles_4_3_and_10_1_a_manager_suspends_a_number_and_lifts_that() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let officer = AtTheDesk::officer(&server).await;
    let asked = Asked::send(&server).await;
    let later = Asked::send(&server).await;
    let entered = [("kind", "conduct"), ("reason", "<script>脅迫</script>"), ("ends", "2027-04-01")];
    for act_ in ["suspend", "lift", "review", "legal-hold", "legal-hold-end"] {
        let reply = act(&officer, &asked, act_, &entered).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{act_}");
    }
    assert_eq!(server.rows("suspension"), 0);
    is_refused(&act(&manager, &asked, "suspend", &[("ends", "2026-11-24")]).await, "href=\"#suspend-ends\"");
    is_done(&act(&manager, &asked, "suspend", &entered).await, "suspend");
    let flagged = officer.page(&path(&later)).await;
    assert!(
        flagged.contains("利用停止中の求職番号") && flagged.contains("&#60;script&#62;脅迫"),
        "{flagged}"
    );
    assert!(flagged.contains("2027年4月1日（木）に終わる"));
    // Received like any other, and confirmed or not as an officer decides.
    is_done(&act(&officer, &later, "confirm", &confirmation(START, LINK)).await, "confirm");
    is_done(&act(&manager, &later, "review", &[("suspension", "1")]).await, "review");
    let refused = act(&manager, &later, "lift", &[("suspension", "1")]).await;
    is_refused(&refused, "href=\"#lift-reason-1\"");
    assert!(refused.text().contains("aria-describedby=\"lift-reason-1-fault\""));
    is_done(&act(&manager, &later, "lift", &[("suspension", "1"), ("reason", "話し合い済み")]).await, "lift");
    let page = officer.page(&path(&asked)).await;
    assert!(!page.contains("利用停止中の求職番号") && page.contains("話し合い済み"));
    let twice = act(&manager, &asked, "lift", &[("suspension", "1"), ("reason", "x")]).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert_eq!(server.count("select count(*) from audit where act = 'suspended'"), 1);
}

#[tokio::test]
async fn article_10_1_a_suspension_ends_by_its_date_and_outlives_the_booking_it_came_from() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let asked = Asked::send(&server).await;
    is_done(
        &act(&manager, &asked, "suspend", &[("reason", "目的外"), ("ends", "2027-04-01")]).await,
        "suspend",
    );
    is_done(&act(&manager, &asked, "decline", &[("reason", "停止中")]).await, "decline");
    server.at("2027-03-31T09:00:00+09:00");
    server.look().await;
    let manager = AtTheDesk::signed_in(&server, "saburo", Role::Manager).await;
    let erased = manager.page(&path(&asked)).await;
    assert!(erased.contains("個人情報は消去されました") && !erased.contains("利用停止中"), "{erased}");
    let mut next = body();
    set(&mut next, "/wishes", json!(["2027-04-05T10:00:00+09:00"]));
    let accepted = server.post(&next).await.accepted();
    let number = ReceptionNumber::parse(accepted["reception_number"].as_str().unwrap()).unwrap();
    let next = Asked { accepted, number };
    assert!(manager.page(&path(&next)).await.contains("利用停止中の求職番号"));
    server.at("2027-04-01T00:00:00+09:00");
    let manager = AtTheDesk::signed_in(&server, "shiro", Role::Manager).await;
    let page = manager.page(&path(&next)).await;
    assert!(!page.contains("利用停止中の求職番号") && page.contains("目的外"), "{page}");
    // Number and reason are kept until then, and no longer; that there was one stays.
    server.look().await;
    assert!(!manager.page(&path(&next)).await.contains("目的外"));
    assert_eq!(server.count("select count(*) from suspension where key_id = '' and made_at > 0"), 1);
}

#[tokio::test]
async fn article_10_1_a_suspension_comes_before_a_manager_every_year() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let asked = Asked::send(&server).await;
    for reason in ["一", "二", "三"] {
        is_done(
            &act(&manager, &asked, "suspend", &[("kind", "silence"), ("reason", reason)]).await,
            "suspend",
        );
    }
    assert!(manager.page(&path(&asked)).await.contains("無断キャンセルのため"));
    is_done(&act(&manager, &asked, "lift", &[("suspension", "2"), ("reason", "誤り")]).await, "lift");
    server.at("2027-11-01T09:00:00+09:00");
    let manager = AtTheDesk::signed_in(&server, "saburo", Role::Manager).await;
    is_done(&act(&manager, &asked, "review", &[("suspension", "3")]).await, "review");
    server.at("2027-11-25T09:00:00+09:00");
    let due = sql::read(&*server.state.store, move |tx| {
        let (before, today) = (jst("2026-11-25T00:00:00+09:00"), "2027-11-25".parse().unwrap());
        Box::pin(async move { suspensions::due_for_review(tx, before, today).await })
    });
    let due: Vec<_> = due.await.unwrap().into_iter().map(|it| (it.id, it.from)).collect();
    assert_eq!(due, [(1, asked.number.as_str().to_owned())]);
}
