//! The desk: who signs in, with what, and for how long. Article 6.

use axum::http::StatusCode;
use chrono::TimeDelta;
use precheck_server::service::staff::invitations::{Taken, Taking, first_link, take};
use precheck_server::service::staff::{self, Role, passwords};

use crate::harness::{NOW, Reply, Server, Wanted, jst};
use crate::officer::{AtTheDesk, send_form};

#[path = "desk_accounts/browsers.rs"]
mod browsers;
#[path = "desk_accounts/codes.rs"]
mod codes;
#[path = "desk_accounts/guessing.rs"]
mod guessing;
#[path = "desk_accounts/hostile.rs"]
mod hostile;
#[path = "desk_accounts/leaving.rs"]
mod leaving;
#[path = "desk_accounts/log.rs"]
mod log;
#[path = "desk_accounts/members.rs"]
mod members;
#[path = "desk_accounts/pending.rs"]
mod pending;
#[path = "desk_accounts/presence.rs"]
mod presence;
#[path = "desk_accounts/proofs.rs"]
mod proofs;
#[path = "desk_accounts/rights.rs"]
mod rights;
#[path = "desk_accounts/unread.rs"]
mod unread;
#[path = "desk_accounts/shell.rs"]
mod shell;

pub(crate) const PASSWORD: &str = "すみれの花が咲いた頃でした";

/// Somebody who can sign in.
pub(crate) async fn somebody(server: &Server, login: &str, role: Role) -> String {
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let officer = staff::add(&server.state, login, "小樽 京子", role, Some(hash)).await.unwrap().unwrap();
    officer.as_str().to_owned()
}

pub(crate) async fn sign_in(server: &Server, login: &str, password: &str, code: &str) -> Reply {
    let fields = [("login", login), ("password", password), ("code", code), ("next", "/desk")];
    send_form(server, "/desk/sign-in", &[], &fields).await
}

/// Signs in as somebody who can, and goes on in her browser.
pub(crate) async fn signed_in<'a>(server: &'a Server, id: &str, login: &str, code: &str) -> AtTheDesk<'a> {
    let reply = sign_in(server, login, PASSWORD, code).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    AtTheDesk::with_cookie(server, cookie_of(&reply), id)
}

/// The session's cookie that an answer sets.
pub(crate) fn cookie_of(reply: &Reply) -> &str {
    let mut set = reply.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    let cookie = set.find_map(|it| it.split(';').next().unwrap().strip_prefix("desk="));
    cookie.unwrap_or_else(|| panic!("no cookie: {} {}", reply.status, reply.text()))
}

#[tokio::test]
async fn who_signs_in_gets_a_session_of_her_own_and_comes_to_where_she_wanted_to_go() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let fields = [("login", " ＫＹＯＫＯ "), ("password", PASSWORD), ("code", ""), ("next", "/desk/me?a=b")];
    let agent = ("user-agent", "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0");
    let reply = send_form(&server, "/desk/sign-in", &[agent], &fields).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    assert_eq!(reply.header("location"), "/desk/me?a=b");
    let cookie = reply.header("set-cookie").to_owned();
    assert!(cookie.starts_with("desk=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().trim_start_matches("desk=");
    let page = AtTheDesk::with_cookie(&server, cookie, &id).page("/desk/me").await;
    assert!(page.contains("小樽 京子（職員）") && page.contains("Firefox, Windows"), "{page}");
    assert!(!page.contains("Gecko"), "{page}");
    // What the database has opens nothing.
    assert_eq!(server.count(&format!("select count(*) from web_session where id = '{cookie}'")), 0);
}

#[tokio::test]
async fn behind_https_the_cookie_stays_there_and_with_this_host() {
    let origin = Some("https://precheck.example.jp".to_owned());
    let server = Server::start_with(Wanted { public_origin: origin, ..Wanted::default() });
    somebody(&server, "kyoko", Role::Officer).await;
    let reply = sign_in(&server, "kyoko", PASSWORD, "").await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-desk=") && cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test]
async fn unknown_login_wrong_password_and_somebody_who_left_are_told_the_same() {
    let server = Server::start();
    somebody(&server, "kyoko", Role::Officer).await;
    somebody(&server, "gone", Role::Officer).await;
    server.run("update staff set ended_at = 0 where login = 'gone'");
    AtTheDesk::signed_in(&server, "invited", Role::Officer).await;
    let mut told = Vec::new();
    for (login, password) in [
        ("kyoko", "wrong password"),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("invited", ""),
        ("kyoko", ""),
    ] {
        let reply = sign_in(&server, login, password, "").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{login}");
        assert!(!reply.headers.contains_key("set-cookie"));
        assert!(reply.text().contains(&format!("value=\"{login}\"")), "what was typed stays");
        assert!(!reply.text().contains(PASSWORD));
        told.push(reply.text().replace(login, ""));
    }
    assert!(told.iter().all(|it| *it == told[0]), "{told:#?}");
    assert_eq!(server.count("select count(*) from audit where act = 'sign_in_failed'"), 5);
    assert_eq!(
        server.count("select count(*) from audit where subject = 'unknown'"),
        2,
        "nothing that was typed"
    );
}

#[tokio::test]
async fn who_fails_five_times_waits_one_three_five_ten_seconds_and_never_longer() {
    let server = Server::start();
    somebody(&server, "kyoko", Role::Officer).await;
    let mut now = jst(NOW);
    for _ in 0..5 {
        assert_eq!(sign_in(&server, "kyoko", "wrong password", "").await.status, StatusCode::UNAUTHORIZED);
    }
    for seconds in [1, 3, 5, 10, 10] {
        // Too early, also with the right password; that counts for nothing, and she is told for how long.
        server.clock.set(now + TimeDelta::milliseconds(1));
        let reply = sign_in(&server, "kyoko", PASSWORD, "").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{seconds}");
        assert!(reply.text().contains(&format!("{seconds}秒待ってから")), "{}", reply.text());
        server.clock.set(now + TimeDelta::seconds(seconds) - TimeDelta::milliseconds(1));
        let reply = sign_in(&server, "kyoko", PASSWORD, "").await;
        assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::UNAUTHORIZED, "1"), "{seconds}");
        now += TimeDelta::seconds(seconds);
        server.clock.set(now);
        assert_eq!(sign_in(&server, "kyoko", "wrong password", "").await.status, StatusCode::UNAUTHORIZED);
    }
    server.clock.set(now + TimeDelta::seconds(10));
    assert_eq!(sign_in(&server, "kyoko", PASSWORD, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.rows("sign_in_counter"), 0);
    // A clock that was set back locks nobody out.
    for _ in 0..6 {
        sign_in(&server, "kyoko", "wrong password", "").await;
    }
    server.run("update sign_in_counter set failures = 9, wait_until = 9000000000000");
    assert_eq!(sign_in(&server, "kyoko", PASSWORD, "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_peer_that_tries_again_and_again_is_told_to_wait() {
    let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
    let link = format!("/desk/invitation/{}", "0".repeat(40));
    for _ in 0..20 {
        assert_eq!(server.get(&link).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(server.get(&link).await.status, StatusCode::TOO_MANY_REQUESTS);
    let reply = sign_in(&server, "kyoko", PASSWORD, "").await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(1 <= reply.header("retry-after").parse::<u32>().unwrap());
    assert!(reply.text().contains("value=\"kyoko\""));
}

#[tokio::test]
async fn a_session_ends_after_15_minutes_without_a_person_and_after_nine_hours_at_the_latest() {
    let server = Server::start();
    let jiro = AtTheDesk::officer(&server).await;
    let start = jst(NOW);
    let at = |minutes, seconds| start + TimeDelta::minutes(minutes) + TimeDelta::seconds(seconds);
    let there = async |headers: &[(&str, &str)]| {
        let page = jiro.get_with("/desk/me", headers).await;
        page.status == StatusCode::OK
    };
    server.clock.set(at(14, 59));
    assert!(there(&[]).await);
    // Neither a page that keeps itself up to date by script nor one that is loaded anew by itself is a person.
    let anew = [("sec-fetch-mode", "navigate"), ("sec-fetch-site", "same-origin")];
    server.clock.set(at(25, 0));
    assert!(there(&[("desk-live", "1")]).await && there(&anew).await);
    server.clock.set(at(29, 58));
    assert!(there(&[("desk-live", "1")]).await);
    server.clock.set(at(29, 59));
    assert!(!there(&[]).await);

    let jiro = AtTheDesk::signed_in(&server, "ichiro", Role::Officer).await;
    let start = server.state.clock.now();
    let end = TimeDelta::hours(9);
    let mut passed = TimeDelta::zero();
    while passed < end {
        server.clock.set(start + passed);
        let clicked = [anew.as_slice(), &[("sec-fetch-user", "?1")]].concat();
        assert_eq!(jiro.get_with("/desk/me", &clicked).await.status, StatusCode::OK, "{passed}");
        passed += TimeDelta::minutes(14);
    }
    server.clock.set(start + end - TimeDelta::milliseconds(1));
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::OK);
    server.clock.set(start + end);
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    // Set back by more than servers may differ, the clock opens no session again that it had not seen begin.
    server.clock.set(start - TimeDelta::minutes(1) - TimeDelta::milliseconds(1));
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_signs_out_is_out_and_her_other_sessions_she_ends_one_by_one() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let here = signed_in(&server, &id, "kyoko", "").await;
    let there = signed_in(&server, &id, "kyoko", "").await;
    let jiro = AtTheDesk::officer(&server).await;
    let page = here.page("/desk/me").await;
    let session = page.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    // Nobody ends another's.
    jiro.post("/desk/me/sessions", &[("session", session)]).await;
    assert_eq!(there.get("/desk/me").await.status, StatusCode::OK);
    let reply = here.post("/desk/me/sessions", &[("session", session)]).await;
    assert_eq!(reply.header("location"), "/desk/me?done=session");
    assert_eq!(there.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    let reply = here.post("/desk/sign-out", &[]).await;
    assert!(
        reply.header("set-cookie").starts_with("desk=;") && reply.header("set-cookie").contains("Max-Age=0")
    );
    assert_eq!(here.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(jiro.get("/desk/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_wants_the_old_one_and_ends_the_other_sessions() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let (here, there) =
        (signed_in(&server, &id, "kyoko", "").await, signed_in(&server, &id, "kyoko", "").await);
    let new = "correct horse 12";
    for (old, password, again, field) in [
        ("wrong password", new, new, "old"),
        (PASSWORD, "short", "short", "password"),
        (PASSWORD, new, "correct horse 13", "again"),
    ] {
        let reply =
            here.post("/desk/me/password", &[("old", old), ("password", password), ("again", again)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(reply.text().contains(&format!("<li><a href=\"#{field}\">")), "{}", reply.text());
        assert!(!reply.text().contains(new), "passwords are not shown");
    }
    let reply = here.post("/desk/me/password", &[("old", PASSWORD), ("password", new), ("again", new)]).await;
    assert_eq!(reply.header("location"), "/desk/me?done=password");
    assert_eq!(here.get("/desk/me").await.status, StatusCode::OK);
    assert_eq!(there.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&server, "kyoko", PASSWORD, "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&server, "kyoko", new, "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_first_start_gives_one_link_to_the_first_manager_and_each_start_a_new_one_until_it_is_taken() {
    let server = Server::start();
    let reply = server.get("/desk").await;
    assert!(reply.status == StatusCode::OK && reply.text().contains("precheck-server staff add"));
    let older = first_link(&server.state).await.unwrap().unwrap();
    let secret = first_link(&server.state).await.unwrap().unwrap();
    assert_eq!(server.get(&format!("/desk/invitation/{older}")).await.status, StatusCode::NOT_FOUND);
    let path = format!("/desk/invitation/{secret}");
    assert!(server.get(&path).await.text().contains("name=\"login\""));
    let wrong = [("login", "京子"), ("name", ""), ("password", "short"), ("again", "")];
    let reply = send_form(&server, &path, &[], &wrong).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["login", "name", "password"] {
        assert!(reply.text().contains(&format!("<li><a href=\"#{field}\">")), "{field}");
    }
    assert!(reply.text().contains("value=\"京子\""));
    let right = [("login", "kyoko"), ("name", "小樽 京子"), ("password", PASSWORD), ("again", PASSWORD)];
    let reply = send_form(&server, &path, &[], &right).await;
    assert_eq!(reply.header("location"), "/desk/sign-in?done=password");
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("desk-browser="), "nobody is signed in by it: {cookie}");
    assert_eq!(send_form(&server, &path, &[], &right).await.status, StatusCode::NOT_FOUND);
    assert_eq!(first_link(&server.state).await.unwrap(), None);
    let id = "the first manager";
    assert!(
        signed_in(&server, id, "kyoko", "").await.page("/desk/staff").await.contains("小樽 京子（管理者）")
    );
}

#[tokio::test]
async fn of_many_who_open_the_first_link_one_becomes_the_manager() {
    let server = Server::start();
    let secret = first_link(&server.state).await.unwrap().unwrap();
    let taking = |login: &str| Taking {
        login: login.to_owned(),
        name: "小樽 京子".to_owned(),
        password: PASSWORD.to_owned(),
        again: PASSWORD.to_owned(),
    };
    let (one, other) = (taking("kyoko"), taking("jiro"));
    let (one, other) =
        tokio::join!(take(&server.state, &secret, &one, None), take(&server.state, &secret, &other, None));
    let mut taken = [one.unwrap(), other.unwrap()];
    taken.sort_by_key(|it| *it == Taken::Dead);
    assert!(matches!(taken, [Taken::Done(_), Taken::Dead]));
    assert_eq!(server.rows("staff"), 1);
}
