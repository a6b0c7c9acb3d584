//! The log: what is in it, who reads it, and that nobody changes it unseen. Article 6.

use axum::http::StatusCode;
use precheck_server::jobs;
use precheck_server::service::audit::chain::{Verified, verify};
use precheck_server::service::staff::Role;

use super::{PASSWORD, sign_in, somebody};
use crate::harness::Server;
use crate::officer::AtTheDesk;

async fn verified(server: &Server) -> Verified {
    jobs::once(&server.state).await.unwrap();
    verify(&server.state).await.unwrap()
}

#[tokio::test]
async fn a_row_that_is_changed_taken_out_or_put_in_is_found_at_its_place() {
    let server = Server::start();
    somebody(&server, "saburo", Role::Officer).await;
    for _ in 0..3 {
        sign_in(&server, "saburo", PASSWORD, "").await;
    }
    let jiro = AtTheDesk::officer(&server).await;
    for _ in 0..6 {
        jiro.post("/desk/me/feed", &[]).await;
    }
    let whole = verified(&server).await;
    assert_eq!((whole.intact, whole.broken_at, whole.waiting), (9, None, 0));
    // More of it leaves what is bound as it is.
    jiro.post("/desk/me/feed", &[]).await;
    assert_eq!(verify(&server.state).await.unwrap(), Verified { waiting: 1, ..whole.clone() });
    let longer = verified(&server).await;
    assert!(longer.intact == 10 && longer.fingerprint != whole.fingerprint);

    let changes = [
        ("subject = 'o-0'", "subject"),
        ("actor = 'o-0'", "actor"),
        ("act = 'signed_out'", "act"),
        ("at = at + 1", "at"),
    ];
    for (change, column) in changes {
        server.run("drop table if exists kept; create table kept as select * from audit where place = 4");
        server.run(&format!("update audit set {change} where place = 4"));
        let found = verify(&server.state).await.unwrap();
        assert_eq!((found.intact, found.broken_at), (3, Some(4)), "{column}");
        server.run(&format!("update audit set {column} = (select {column} from kept) where place = 4"));
        assert!(verify(&server.state).await.unwrap().is_intact(), "{column}");
    }
    server.run("update audit set place = -1 where place = 7; update audit set place = 7 where place = 8");
    server.run("update audit set place = 8 where place = -1");
    assert_eq!(verify(&server.state).await.unwrap().broken_at, Some(7), "in another order");
    server.run("delete from audit where place = 2");
    assert_eq!(verify(&server.state).await.unwrap().broken_at, Some(2));
    let manager = AtTheDesk::manager(&server).await;
    assert!(manager.page("/desk/log/check").await.contains("2件目で、記録が書かれたときと変わっています"));
}

#[tokio::test]
async fn the_log_is_read_by_officer_and_subject_fifty_rows_at_a_time_and_that_is_in_it_too() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let jiro = AtTheDesk::officer(&server).await;
    for _ in 0..60 {
        jiro.post("/desk/me/feed", &[]).await;
    }
    let rows = |page: &str| page.matches("<tr><td>").count();
    let first = manager.page("/desk/log").await;
    assert_eq!(rows(&first), 50);
    assert!(first.contains("購読用アドレスの作成") && first.contains("小樽 次郎（o-"), "{first}");
    let older = first.split("href=\"/desk/log?").nth(1).unwrap().split('"').next().unwrap();
    let older = format!("/desk/log?{}", older.replace("&#38;", "&").replace("&amp;", "&"));
    assert_eq!(rows(&manager.page(&older).await), 10);
    assert_eq!(rows(&manager.page(&format!("/desk/log?actor={}", jiro.id)).await), 50);
    let own = manager.page(&format!("/desk/log?actor={}", manager.id)).await;
    assert_eq!(rows(&own), 3);
    assert!(own.contains("操作の記録の閲覧"));
    assert_eq!(rows(&manager.page("/desk/log?subject=7K3M9QXD2").await), 0);
    assert_eq!(rows(&manager.page("/desk/log?subject=7K3M9QXD2").await), 1);
    for odd in ["before=x", "before=-1", "actor=%22%3E%3Cscript%3E", "subject=%00", "subject=%FF"] {
        assert_eq!(manager.get(&format!("/desk/log?{odd}")).await.status, StatusCode::OK, "{odd}");
    }
}
