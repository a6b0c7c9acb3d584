//! What a manager does to accounts.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;

use super::{PASSWORD, cookie_of, sign_in, signed_in, somebody};
use crate::harness::Server;
use crate::officer::{AtTheDesk, send_form};

/// The link that a page shows once.
pub(super) fn link_in(page: &str) -> String {
    let at = page.find("/desk/invitation/").unwrap_or_else(|| panic!("{page}"));
    page[at..at + "/desk/invitation/".len() + 40].to_owned()
}

pub(super) async fn take(server: &Server, link: &str, password: &str) -> StatusCode {
    let fields = [("name", "余市 次郎"), ("password", password), ("again", password)];
    send_form(server, link, &[], &fields).await.status
}

#[tokio::test]
async fn a_manager_invites_and_the_link_is_good_once_and_for_a_day() {
    let server = Server::start();
    let kyoko = AtTheDesk::manager(&server).await;
    let fields = [("login", "jiro"), ("name", "余市 次郎"), ("role", "officer")];
    let reply = kyoko.post("/desk/staff", &fields).await;
    assert_eq!(reply.status, StatusCode::OK);
    let link = link_in(reply.text());
    assert!(kyoko.page("/desk/staff").await.contains("招待中"));
    let secret = link.rsplit('/').next().unwrap();
    assert_eq!(server.count(&format!("select count(*) from audit where subject like '%{secret}%'")), 0);
    for (login, name, role, field) in [
        ("jiro", "余市 三郎", "officer", "login"),
        ("a b", "余市 三郎", "officer", "login"),
        ("saburo", "\u{202E}", "officer", "name"),
        ("saburo", "余市 三郎", "owner", "role"),
    ] {
        let reply = kyoko.post("/desk/staff", &[("login", login), ("name", name), ("role", role)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(reply.text().contains(&format!("<li><a href=\"#{field}\">")), "{}", reply.text());
        assert!(reply.text().contains(&format!("value=\"{login}\"")));
    }
    server.at("2026-11-25T08:59:59.999+09:00");
    assert!(server.get(&link).await.text().contains("jiro"));
    server.at("2026-11-25T09:00:00+09:00");
    assert_eq!(server.get(&link).await.status, StatusCode::NOT_FOUND);
    assert_eq!(take(&server, &link, PASSWORD).await, StatusCode::NOT_FOUND);
    server.at("2026-11-24T09:01:00+09:00");
    assert_eq!(take(&server, &link, PASSWORD).await, StatusCode::SEE_OTHER);
    assert_eq!(take(&server, &link, PASSWORD).await, StatusCode::NOT_FOUND);
    assert_eq!(sign_in(&server, "jiro", PASSWORD, "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_lost_password_is_replaced_by_a_new_link_and_the_old_sessions_end() {
    let server = Server::start();
    let kyoko = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    let jiro = signed_in(&server, &id, "jiro", "").await;
    let path = format!("/desk/staff/{id}/link");
    let first = link_in(kyoko.post(&path, &[]).await.text());
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    let second = link_in(kyoko.post(&path, &[]).await.text());
    assert_eq!(take(&server, &first, "correct horse 12").await, StatusCode::NOT_FOUND, "the newest alone");
    assert_eq!(take(&server, &second, "correct horse 12").await, StatusCode::SEE_OTHER);
    assert_eq!(sign_in(&server, "jiro", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&server, "jiro", "correct horse 12", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_has_stolen_a_password_a_session_or_a_feed_is_out_when_the_link_is_made() {
    let server = Server::start();
    let kyoko = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    let jiro = signed_in(&server, &id, "jiro", "").await;
    let page = jiro.post("/desk/me/feed", &[]).await;
    let feed = &page.text()[page.text().find("/desk/feed/").unwrap()..];
    let feed = &feed[..feed.find(".ics").unwrap() + 4];
    assert_eq!(server.get(feed).await.status, StatusCode::OK);
    let link = link_in(kyoko.post(&format!("/desk/staff/{id}/link"), &[]).await.text());
    assert_eq!(server.get(feed).await.status, StatusCode::NOT_FOUND);
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&server, "jiro", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    // Also where the link dies without being taken.
    server.at("2026-11-26T09:00:00+09:00");
    assert_eq!(server.get(&link).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sign_in(&server, "jiro", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.count("select count(*) from staff where login = 'jiro' and password is null"), 1);
}

#[tokio::test]
async fn the_only_manager_who_can_sign_in_makes_no_link_that_would_shut_her_out() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Manager).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    let reply = kyoko.post(&format!("/desk/staff/{id}/link"), &[]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
    assert_eq!(sign_in(&server, "kyoko", PASSWORD, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.rows("invitation"), 0);
}

#[tokio::test]
async fn whoever_leaves_is_out_at_once_and_stays_in_what_she_did() {
    let server = Server::start();
    let kyoko = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    let jiro = signed_in(&server, &id, "jiro", "").await;
    let link = link_in(kyoko.post(&format!("/desk/staff/{id}/link"), &[]).await.text());
    let path = format!("/desk/staff/{id}");
    assert_eq!(kyoko.post(&path, &[("act", "end")]).await.header("location"), "/desk/staff?done=ended");
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.get(&link).await.status, StatusCode::NOT_FOUND);
    assert_eq!(sign_in(&server, "jiro", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(kyoko.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(kyoko.post(&path, &[("act", "end")]).await.status, StatusCode::NOT_FOUND);
    assert!(kyoko.page("/desk/staff").await.contains("利用終了"));
    assert!(kyoko.page(&format!("/desk/log?subject={id}")).await.contains("職員の利用終了"));
    // Her login is never somebody else's.
    let reply = kyoko.post("/desk/staff", &[("login", "jiro"), ("name", "x"), ("role", "officer")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_last_manager_who_can_sign_in_neither_leaves_nor_becomes_an_officer() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Manager).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    // Who was only invited cannot sign in yet.
    AtTheDesk::signed_in(&server, "invited", Role::Manager).await;
    let path = format!("/desk/staff/{id}");
    for fields in [[("act", "end"), ("role", "")], [("act", "role"), ("role", "officer")]] {
        let reply = kyoko.post(&path, &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(reply.text().contains("サインインできる管理者が、ほかにいません"));
    }
    let other = somebody(&server, "jiro", Role::Officer).await;
    let reply = kyoko.post(&format!("/desk/staff/{other}"), &[("act", "role"), ("role", "manager")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let reply = kyoko.post(&path, &[("act", "role"), ("role", "officer")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    // The role holds from the next page on.
    assert_eq!(kyoko.get("/desk/staff").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_could_take_an_account_over_wants_the_password_once_more_after_ten_minutes() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Manager).await;
    let other = somebody(&server, "jiro", Role::Officer).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    let path = format!("/desk/staff/{other}/link");
    server.at("2026-11-24T09:09:59.999+09:00");
    assert_eq!(kyoko.get(&path).await.status, StatusCode::OK);
    server.at("2026-11-24T09:10:00+09:00");
    let reply = kyoko.get(&path).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.header("location"), format!("/desk/prove?next=%2Fdesk%2Fstaff%2F{other}%2Flink"));
    assert_eq!(kyoko.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.rows("invitation"), 0);
    let asked = reply.header("location").to_owned();
    assert!(kyoko.page(&asked).await.contains(&format!("value=\"{path}\"")));
    let reply = kyoko.post("/desk/prove", &[("old", "wrong password"), ("next", &path)]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains(&format!("value=\"{path}\"")));
    let reply = kyoko.post("/desk/prove", &[("old", PASSWORD), ("next", "https://example.com/")]).await;
    assert_eq!(reply.header("location"), "/desk");
    // The cookie of before opens nothing any more.
    assert_eq!(kyoko.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    let kyoko = AtTheDesk::with_cookie(&server, cookie_of(&reply), &id);
    assert_eq!(kyoko.post(&path, &[]).await.status, StatusCode::OK);
    assert_eq!(server.rows("invitation"), 1);
}
