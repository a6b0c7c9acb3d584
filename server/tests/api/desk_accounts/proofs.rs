//! Whatever makes rights wants the password once more, and a second manager's approval comes from somebody independent.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;

use super::codes::enrol;
use super::members::{link_in, take};
use super::{PASSWORD, sign_in, signed_in, somebody};
use crate::desk::Asked;
use crate::harness::Server;
use crate::officer::{AtTheDesk, send_form};

const NEW: &str = "correct horse 12";

#[tokio::test]
async fn every_act_that_makes_rights_wants_the_password_once_more_after_ten_minutes() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Manager).await;
    let other = somebody(&server, "jiro", Role::Officer).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    server.at("2026-11-24T09:10:00+09:00");
    let one = format!("/desk/staff/{other}");
    let (link, end) = (format!("{one}/link"), format!("{one}/end"));
    let acts: &[(&str, &[(&str, &str)])] = &[
        ("/desk/staff", &[("login", "puppet"), ("name", "x"), ("role", "manager")]),
        ("/desk/staff", &[("login", "puppet"), ("name", "x"), ("role", "officer")]),
        ("/desk/staff/codes", &[("required", "no")]),
        ("/desk/staff/codes", &[("required", "yes")]),
        (&one, &[("act", "role"), ("role", "manager")]),
        (&one, &[("act", "require_codes")]),
        (&one, &[("act", "free_codes")]),
        (&one, &[("act", "end")]),
        (&end, &[]),
        (&link, &[]),
        ("/desk/me/feed", &[]),
        ("/desk/me/codes", &[("code", "123456")]),
        ("/desk/me/codes/drop", &[]),
        ("/desk/me/codes/recovery", &[]),
        ("/desk/records", &[("approval", "")]),
        ("/desk/records/1", &[]),
    ];
    let (before, staff) = (server.rows("audit"), "select count(*) from staff where role = 'manager'");
    for (path, fields) in acts {
        let reply = kyoko.post(path, fields).await;
        let asks = reply.header("location").starts_with("/desk/prove?next=")
            || reply.text().contains("action=\"/desk/prove\"");
        assert!(asks, "{path} {fields:?}: {} {}", reply.status, reply.text());
    }
    for path in ["/desk/me/codes", link.as_str(), end.as_str()] {
        let reply = kyoko.get(path).await;
        let asks = reply.header("location").starts_with("/desk/prove?next=")
            || reply.text().contains("action=\"/desk/prove\"");
        assert!(asks, "{path}: {}", reply.status);
    }
    assert_eq!((server.rows("audit"), server.rows("staff"), server.count(staff)), (before, 2, 1));
    // An officer likewise, for her own account.
    let jiro = AtTheDesk::signed_in(&server, "saburo", Role::Officer).await;
    server.at("2026-11-24T09:20:00+09:00");
    assert_ne!(jiro.post("/desk/me/feed", &[]).await.status, StatusCode::OK);
    assert_eq!(server.count("select count(*) from staff where feed_hash is not null"), 0);
}

#[tokio::test]
async fn who_has_to_set_up_codes_gives_her_password_once_more_where_she_signed_in_long_ago() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    let jiro = signed_in(&server, &id, "jiro", "").await;
    manager.post(&format!("/desk/staff/{id}"), &[("act", "require_codes")]).await;
    server.at("2026-11-24T09:10:00+09:00");
    assert_eq!(jiro.get("/desk/me/codes").await.header("location"), "/desk/prove?next=%2Fdesk%2Fme%2Fcodes");
    assert!(jiro.page("/desk/prove").await.contains("name=\"old\""));
    let fields = [("old", PASSWORD), ("next", "/desk/me/codes")];
    let reply = jiro.post("/desk/prove", &fields).await;
    assert_eq!(reply.header("location"), "/desk/me/codes", "{}", reply.text());
    let cookie = reply.header("set-cookie").split(';').next().unwrap_or_default().trim_start_matches("desk=");
    let cookie = if cookie.is_empty() { jiro.cookie() } else { cookie };
    enrol(&AtTheDesk::with_cookie(&server, cookie, &id)).await;
}

/// A disclosure that waits for approval, made by a manager; its address.
async fn waiting(server: &Server, manager: &AtTheDesk<'_>) -> String {
    let asked = Asked::send(server).await;
    manager.post("/desk/records", &[("approval", "on")]).await;
    let number = asked.number.to_string();
    let fields = [
        ("asked_by", "小樽警察署"),
        ("ground", "刑事訴訟法第197条第2項"),
        ("reason", "照会書"),
        ("scope", "numbers"),
        ("numbers", number.as_str()),
        ("items", "identity"),
    ];
    let made = manager.post("/desk/records/disclosure", &fields).await;
    made.header("location").split('?').next().unwrap().to_owned()
}

/// Invites somebody as a manager, who takes the link and signs in.
async fn invited<'a>(server: &'a Server, by: &AtTheDesk<'_>, login: &str) -> AtTheDesk<'a> {
    let fields = [("login", login), ("name", "余市 次郎"), ("role", "manager")];
    let link = link_in(by.post("/desk/staff", &fields).await.text());
    assert_eq!(take(server, &link, NEW).await, StatusCode::SEE_OTHER);
    let reply = sign_in(server, login, NEW, "").await;
    let cookie = reply.header("set-cookie").split(';').next().unwrap().trim_start_matches("desk=").to_owned();
    AtTheDesk::with_cookie(server, &cookie, login)
}

#[track_caller]
fn is_refused(reply: &crate::harness::Reply) {
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
    assert!(reply.text().contains("つながりがあるため、承認できません"), "{}", reply.text());
}

#[tokio::test]
async fn article_5_2_a_manager_whom_another_one_invited_approves_nothing_of_hers_for_30_days() {
    let server = Server::start();
    let kyoko = AtTheDesk::manager(&server).await;
    let at = waiting(&server, &kyoko).await;
    let puppet = invited(&server, &kyoko, "puppet").await;
    is_refused(&puppet.post(&at, &[]).await);
    // Nor over somebody in between, nor a sister, nor the other way round.
    let second = invited(&server, &puppet, "second").await;
    is_refused(&second.post(&at, &[]).await);
    let of_puppet = waiting(&server, &puppet).await;
    is_refused(&kyoko.post(&of_puppet, &[]).await);
    is_refused(&second.post(&of_puppet, &[]).await);
    assert_eq!(server.count("select count(*) from audit where act = 'disclosure_approved'"), 0);
    // Somebody else does.
    let third = AtTheDesk::signed_in(&server, "third", Role::Manager).await;
    assert_eq!(third.post(&of_puppet, &[]).await.status, StatusCode::SEE_OTHER);
    // And she too, afterwards.
    server.at("2026-12-24T08:59:59+09:00");
    let reply = send_form(&server, "/desk/sign-in", &[], &[("login", "puppet"), ("password", NEW)]).await;
    let cookie = reply.header("set-cookie").split(';').next().unwrap().trim_start_matches("desk=").to_owned();
    let puppet = AtTheDesk::with_cookie(&server, &cookie, "puppet");
    is_refused(&puppet.post(&at, &[]).await);
    server.at("2026-12-24T09:00:00+09:00");
    assert_eq!(puppet.post(&at, &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn article_5_2_nor_does_one_who_has_her_role_or_a_new_link_from_her() {
    let server = Server::start();
    let kyoko = AtTheDesk::manager(&server).await;
    let at = waiting(&server, &kyoko).await;
    let promoted = AtTheDesk::officer(&server).await;
    let old = AtTheDesk::signed_in(&server, "old", Role::Manager).await;
    let path = format!("/desk/staff/{}", promoted.id);
    let reply = kyoko.post(&path, &[("act", "role"), ("role", "manager")]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    is_refused(&promoted.post(&at, &[]).await);
    let link = link_in(kyoko.post(&format!("/desk/staff/{}/link", old.id), &[]).await.text());
    assert_eq!(take(&server, &link, NEW).await, StatusCode::SEE_OTHER);
    let old = signed_in_with_new(&server, "old").await;
    is_refused(&old.post(&at, &[]).await);
}

async fn signed_in_with_new<'a>(server: &'a Server, login: &str) -> AtTheDesk<'a> {
    let reply = sign_in(server, login, NEW, "").await;
    let cookie = reply.header("set-cookie").split(';').next().unwrap().trim_start_matches("desk=").to_owned();
    AtTheDesk::with_cookie(server, &cookie, login)
}
