//! Looking changes nothing: no `HEAD` at any address, and no page that a browser fetches before anybody opens it.

use axum::http::{Method, StatusCode};
use precheck_server::service::staff::Role;

use crate::any_64_kb::{TABLE, real};
use crate::desk::Asked;
use crate::harness::{Server, request};
use crate::officer::AtTheDesk;

/// Everything that is stored, in words.
fn stored(server: &Server) -> String {
    let database = server.database();
    let mut tables =
        database.prepare("select name from sqlite_master where type = 'table' order by name").unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let mut all = Vec::new();
    for table in tables.collect::<Vec<_>>() {
        let mut rows = database.prepare(&format!("select * from {table} order by 1")).unwrap();
        let columns = rows.column_count();
        let mut found = rows.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|it| row.get_ref(it).unwrap()).collect();
            all.push(format!("{table} {values:?}"));
        }
    }
    all.join("\n")
}

#[tokio::test]
async fn head_at_any_address_of_the_desk_answers_as_a_look_would_and_changes_nothing() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let manager = AtTheDesk::signed_in(&server, "kyoko", Role::Manager).await;
    // Later than the last time that her presence was noted.
    server.at("2026-11-24T09:05:00+09:00");
    let before = stored(&server);
    assert!(before.contains("web_session") && before.contains("audit"), "{before}");
    let cookie = format!("desk={}", manager.cookie());
    let routes = TABLE.iter().filter(|it| it.0.starts_with("/desk") && it.1.contains(&"GET"));
    let paths: Vec<_> = routes.map(|it| real(it.0, asked.number.as_str(), &manager.id)).collect();
    assert!(25 < paths.len());
    let mut heads = Vec::new();
    for path in &paths {
        let head = server.send(request(Method::HEAD, path, &[("cookie", &cookie)])).await;
        assert!(head.body.is_empty(), "{path}");
        assert_eq!(stored(&server), before, "{path}");
        heads.push(head.status);
    }
    for (path, head) in paths.iter().zip(heads) {
        assert_eq!(manager.get(path).await.status, head, "{path}");
    }
}

#[tokio::test]
async fn a_page_that_a_browser_fetches_ahead_of_need_is_not_given_and_not_noted() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let manager = AtTheDesk::manager(&server).await;
    let before = stored(&server);
    let path = format!("/desk/requests/{}", asked.number.as_str());
    for ahead in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        let reply = manager.get_with(&path, &[ahead]).await;
        assert_eq!(
            (reply.status, reply.text().contains("小樽　花子")),
            (StatusCode::FORBIDDEN, false),
            "{ahead:?}"
        );
    }
    assert_eq!(stored(&server), before);
    assert!(manager.page(&path).await.contains("小樽　花子"));
    assert_ne!(stored(&server), before, "that she has seen it is noted");
}

#[tokio::test]
async fn head_of_a_receipt_tells_nobody_anything() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let before = stored(&server);
    let code = format!("Bearer {}", asked.accepted["receipt_code"].as_str().unwrap());
    let headers = [("authorization", code.as_str())];
    for below in ["", "/appointment.ics"] {
        let path = format!("/api/v1/requests/{}{below}", asked.number.as_str());
        assert_eq!(server.send(request(Method::HEAD, &path, &headers)).await.status, 200);
        assert_eq!(stored(&server), before, "{path}");
    }
    assert_eq!(server.receipt(&asked.accepted).await.status, 200);
    assert_ne!(stored(&server), before, "that she has opened it is noted");
}
