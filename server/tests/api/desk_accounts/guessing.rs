//! Whoever guesses is slowed down, and never keeps the owner out; guessed one-time passwords come to an end, and somebody is told.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use precheck_server::serve::Peer;
use precheck_server::service::staff::Role;

use super::codes::enrol;
use super::members::{link_in, take};
use super::{PASSWORD, sign_in, signed_in, somebody};
use crate::harness::{NOW, Reply, Server, Wanted, jst, request};
use crate::officer::{AtTheDesk, send_form};

const WRONG: &str = "wrong password";

const PEER: Peer = Peer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));

/// The cookie of a browser in which somebody has signed in, as it is sent.
fn browser_of(reply: &Reply) -> String {
    let all = reply.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    let set = all.filter(|it| it.contains("desk-browser=")).collect::<Vec<_>>();
    assert_eq!(set.len(), 1, "{set:?}");
    set[0].split(';').next().unwrap().to_owned()
}

async fn sign_in_with(server: &Server, browser: &str, login: &str, password: &str, code: &str) -> Reply {
    let fields = [("login", login), ("password", password), ("code", code)];
    send_form(server, "/desk/sign-in", &[("cookie", browser)], &fields).await
}

#[tokio::test]
async fn the_browsers_cookie_opens_nothing_and_goes_to_the_desk_alone() {
    let origin = Some("https://precheck.example.jp".to_owned());
    for (public_origin, name, secure) in
        [(None, "desk-browser=", false), (origin, "__Secure-desk-browser=", true)]
    {
        let server = Server::start_with(Wanted { public_origin, ..Wanted::default() });
        somebody(&server, "kyoko", Role::Manager).await;
        let reply = sign_in(&server, "kyoko", PASSWORD, "").await;
        let all: Vec<_> = reply.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
        let set = all.iter().find(|it| it.starts_with(name)).unwrap_or_else(|| panic!("{all:?}"));
        for part in ["; Path=/desk;", "; HttpOnly", "; SameSite=Strict", "; Max-Age=34560000"] {
            assert!(set.contains(part), "{set}");
        }
        assert_eq!(set.ends_with("; Secure"), secure, "{set}");
        let cookie = set.split(';').next().unwrap();
        let value = cookie.split('=').nth(1).unwrap();
        for session in [cookie.to_owned(), format!("desk={value}"), format!("__Host-desk={value}")] {
            let reply = server.get_with("/desk/me", &[("cookie", &session)]).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        }
        // The database has a hash of it.
        let hash = if crate::POSTGRES { "encode(hash, 'hex')" } else { "lower(hex(hash))" };
        let same = format!("select count(*) from known_browser where {hash} = '{value}'");
        assert_eq!((server.rows("known_browser"), server.count(&same)), (1, 0));
    }
}

#[tokio::test]
async fn a_stranger_who_tries_without_end_does_not_keep_her_out_of_the_browser_that_she_knows() {
    let server = Server::start();
    somebody(&server, "kyoko", Role::Officer).await;
    somebody(&server, "jiro", Role::Officer).await;
    let browser = browser_of(&sign_in(&server, "kyoko", PASSWORD, "").await);
    let hers = async |password: &str| sign_in_with(&server, &browser, "kyoko", password, "").await;
    let mut now = jst(NOW);
    for _ in 0..12 {
        sign_in(&server, "kyoko", WRONG, "").await;
        now += TimeDelta::seconds(5);
        server.clock.set(now);
    }
    let strangers = sign_in(&server, "kyoko", PASSWORD, "").await;
    assert!(strangers.text().contains("秒待ってから"), "{}", strangers.text());
    assert_eq!(hers(PASSWORD).await.status, StatusCode::SEE_OTHER);
    // It has a counter of its own, and is known to its own accounts alone.
    for _ in 0..5 {
        assert!(!hers(WRONG).await.text().contains("秒待ってから"));
    }
    assert!(hers(PASSWORD).await.text().contains("1秒待ってから"));
    for _ in 0..5 {
        sign_in(&server, "jiro", WRONG, "").await;
    }
    assert!(sign_in_with(&server, &browser, "jiro", PASSWORD, "").await.text().contains("1秒待ってから"));
    for invented in ["desk-browser=0123456789abcdef0123456789abcdef", "desk-browser=", "desk-browser=x"] {
        let reply = sign_in_with(&server, invented, "jiro", PASSWORD, "").await;
        assert!(reply.text().contains("秒待ってから"), "{invented}");
    }
    // Two people of one office use one browser.
    server.clock.set(now + TimeDelta::seconds(60));
    let both = browser_of(&sign_in_with(&server, &browser, "jiro", PASSWORD, "").await);
    assert_eq!(both, browser);
    assert_eq!(hers(PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.rows("known_browser"), 2);
}

#[tokio::test]
async fn whether_somebody_has_a_login_is_not_told_by_the_waits() {
    let server = Server::start();
    somebody(&server, "kyoko", Role::Officer).await;
    AtTheDesk::signed_in(&server, "invited", Role::Officer).await;
    somebody(&server, "gone", Role::Officer).await;
    server.run("update staff set ended_at = 0 where login = 'gone'");
    let logins = ["kyoko", "nobody", "invited", "gone"];
    let mut now = jst(NOW);
    for step in 0..40 {
        let mut told = Vec::new();
        for login in logins {
            let reply = sign_in(&server, login, WRONG, "").await;
            let waits = reply.header("retry-after").to_owned();
            told.push((reply.status, waits, reply.text().replace(login, "")));
        }
        assert!(told.iter().all(|it| *it == told[0]), "{step}: {told:#?}");
        // An hour later all of it is forgotten, of everybody.
        now += if step == 25 { TimeDelta::hours(2) } else { TimeDelta::seconds(2) };
        server.clock.set(now);
    }
    // No password, no code, and what is counted is not kept for good.
    assert_eq!(server.rows("sign_in_counter"), 4);
    server.clock.set(now + TimeDelta::hours(2));
    sign_in(&server, "another", WRONG, "").await;
    assert_eq!(server.rows("sign_in_counter"), 1);
}

#[tokio::test]
async fn a_known_browser_is_forgotten_with_a_new_link_and_the_one_that_takes_it_is_known() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    let browser = browser_of(&sign_in(&server, "jiro", PASSWORD, "").await);
    let link = link_in(manager.post(&format!("/desk/staff/{id}/link"), &[]).await.text());
    assert_eq!(server.rows("known_browser"), 0);
    let fields = [("name", "余市 次郎"), ("password", "correct horse 12"), ("again", "correct horse 12")];
    let taken = send_form(&server, &link, &[], &fields).await;
    let new = browser_of(&taken);
    assert_ne!(new, browser);
    for _ in 0..6 {
        sign_in(&server, "jiro", WRONG, "").await;
    }
    let reply = sign_in_with(&server, &browser, "jiro", "correct horse 12", "").await;
    assert!(reply.text().contains("秒待ってから"));
    let reply = sign_in_with(&server, &new, "jiro", "correct horse 12", "").await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    // Whoever leaves is forgotten.
    manager.post(&format!("/desk/staff/{id}"), &[("act", "end")]).await;
    let leaves = server.count("select count(*) from staff where ended_at is not null");
    assert_eq!(server.rows("known_browser"), 1 - leaves);
}

/// A sign-in from an address.
async fn from(server: &Server, last: u8, login: &str, browser: &str) -> Reply {
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("cookie", browser),
    ];
    let body = format!("login={login}&password=wrong+password");
    let mut request = request(Method::POST, "/desk/sign-in", &headers).map(|_| Body::from(body));
    request.extensions_mut().insert(Peer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))));
    server.send(request).await
}

#[tokio::test]
async fn one_address_fills_neither_the_line_of_passwords_nor_the_share_of_a_known_browser() {
    let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
    somebody(&server, "kyoko", Role::Officer).await;
    let browser = browser_of(&sign_in(&server, "kyoko", PASSWORD, "").await);
    let logins: Vec<_> = (0..12).map(|it| format!("nobody{it}")).collect();
    let four = |first: usize| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|it| from(&server, 1, &logins[first + it], ""));
        async move {
            let all = tokio::join!(a, b, c, d);
            [all.0.status, all.1.status, all.2.status, all.3.status]
        }
    };
    let attack = async { tokio::join!(four(0), four(4), four(8)) };
    let (attack, other, hers) =
        tokio::join!(attack, from(&server, 2, "nobody", ""), from(&server, 1, "kyoko", &browser));
    let attack = [attack.0, attack.1, attack.2].concat();
    let count = |status| attack.iter().filter(|it| **it == status).count();
    assert_eq!(count(StatusCode::UNAUTHORIZED) + count(StatusCode::TOO_MANY_REQUESTS), 12, "{attack:?}");
    assert!(1 <= count(StatusCode::TOO_MANY_REQUESTS), "{attack:?}");
    assert_eq!((other.status, hers.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    // The address has used up its share; her browser has one of its own.
    for _ in 0..20 {
        let mut request = request(Method::GET, &format!("/desk/invitation/{}", "0".repeat(40)), &[]);
        request.extensions_mut().insert(PEER);
        server.send(request).await;
    }
    assert_eq!(from(&server, 1, "kyoko", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from(&server, 1, "kyoko", &browser).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guessed_codes_come_to_an_end_somebody_is_told_and_a_recovery_code_still_opens() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let id = somebody(&server, "jiro", Role::Officer).await;
    let (device, recovery) = enrol(&signed_in(&server, &id, "jiro", "").await).await;
    let mut now = jst(NOW);
    let first = sign_in(&server, "jiro", PASSWORD, &recovery[0]).await;
    let browser = browser_of(&first);
    let mut guess = async |wait: i64| {
        now += TimeDelta::seconds(wait);
        server.clock.set(now);
        // Six digits that the device does not show.
        let right: u32 = device.code(&server).parse().unwrap();
        sign_in(&server, "jiro", PASSWORD, &format!("{:06}", (right + 500_000) % 1_000_000)).await
    };
    for count in 1..=20 {
        assert!(!manager.page("/desk").await.contains("誤った確認コード"), "{count}");
        let reply = guess(12).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert!(!reply.text().contains("約15分"), "{count}");
    }
    let reply = guess(12).await;
    assert!(reply.text().contains("あと約15分は確認コードを受け付けません"), "{}", reply.text());
    for (wait, told) in [(900, "約60分"), (3600, "約180分"), (10_800, "約180分"), (10_800, "約180分")]
    {
        assert!(!guess(wait).await.text().contains("確認コードを受け付けません"), "{told}");
        assert!(guess(12).await.text().contains(told), "{told}");
    }
    // Without the password nothing of it is told.
    let stranger = sign_in(&server, "jiro", WRONG, "000000").await;
    assert!(!stranger.text().contains("受け付けません"), "{}", stranger.text());
    // The right one waits too, but not in the browser that she knows, and a recovery code nowhere.
    server.clock.set(server.state.clock.now() + TimeDelta::seconds(40));
    let right = device.code(&server);
    assert_eq!(sign_in(&server, "jiro", PASSWORD, &right).await.status, StatusCode::UNAUTHORIZED);
    let hers = sign_in_with(&server, &browser, "jiro", PASSWORD, &right).await;
    assert_eq!(hers.status, StatusCode::SEE_OTHER, "{}", hers.text());
    server.clock.set(server.state.clock.now() + TimeDelta::seconds(40));
    let reply = sign_in(&server, "jiro", PASSWORD, &recovery[1]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());

    let cookie = hers.header("set-cookie").split(';').next().unwrap().trim_start_matches("desk=").to_owned();
    let jiro = AtTheDesk::with_cookie(&server, &cookie, &id);
    let manager = AtTheDesk::signed_in(&server, "later", Role::Manager).await;
    let other = AtTheDesk::signed_in(&server, "other", Role::Officer).await;
    let told = "誤った確認コードが24回";
    let form = |page: &str| {
        let at = page.split("name=\"at\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        at.to_owned()
    };
    let hers = jiro.page("/desk").await;
    assert!(hers.contains(told) && hers.contains("あなたのサインイン名"), "{hers}");
    assert!(manager.page("/desk").await.contains("小樽 京子さんのサインイン名"));
    assert!(!other.page("/desk").await.contains("誤った確認コード"));
    // Nobody else makes it go, and each sees it herself.
    let seen = [("staff", id.as_str()), ("at", &form(&hers))];
    other.post("/desk/alarms", &seen).await;
    assert!(jiro.page("/desk").await.contains(told));
    assert_eq!(jiro.post("/desk/alarms", &seen).await.header("location"), "/desk");
    assert!(!jiro.page("/desk").await.contains(told));
    assert!(manager.page("/desk").await.contains(told));
    manager.post("/desk/alarms", &seen).await;
    assert!(!manager.page("/desk").await.contains(told));
    assert_eq!(server.count("select count(*) from audit where act = 'alarm_seen'"), 2);
}

#[tokio::test]
async fn in_a_session_the_password_is_guessed_no_faster_and_strangers_do_not_keep_her_from_giving_it() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    for _ in 0..8 {
        sign_in(&server, "kyoko", WRONG, "").await;
    }
    let prove =
        async |password: &str| kyoko.post("/desk/prove", &[("old", password), ("next", "/desk")]).await;
    for _ in 0..5 {
        assert!(prove(WRONG).await.text().contains("確認コードが違います"));
    }
    let reply = prove(PASSWORD).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("1秒待ってから"), "{}", reply.text());
    let fields = [("old", PASSWORD), ("password", "correct horse 12"), ("again", "correct horse 12")];
    let reply = kyoko.post("/desk/me/password", &fields).await;
    assert!(reply.text().contains("1秒待ってから"), "{}", reply.text());
    server.clock.set(jst(NOW) + TimeDelta::seconds(1));
    assert_eq!(prove(PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn her_own_page_shows_when_signing_in_failed() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    assert!(kyoko.page("/desk/me").await.contains("最近のサインインの失敗</h3>\n<p>ありません。"));
    server.at("2026-11-24T09:01:00+09:00");
    sign_in(&server, "kyoko", WRONG, "").await;
    let page = kyoko.page("/desk/me").await;
    assert!(page.contains("<li>2026年11月24日（火） 09:01</li>"), "{page}");
}

#[tokio::test]
async fn passwords_that_are_tried_first_are_refused_in_words_that_name_the_kind() {
    let server = Server::start();
    let manager = AtTheDesk::manager(&server).await;
    let fields = [("login", "boss"), ("name", "余市 次郎"), ("role", "officer")];
    let link = link_in(manager.post("/desk/staff", &fields).await.text());
    for (password, words) in [
        ("password123!", "多くの人が使っているパスワード"),
        ("Password123!", "多くの人が使っているパスワード"),
        ("iloveyou12345", "多くの人が使っているパスワード"),
        ("letmein12345", "多くの人が使っているパスワード"),
        ("welcome12345", "多くの人が使っているパスワード"),
        ("qwertyuiopasdfgh", "キーボードの並び"),
        ("1qaz2wsx3edc4rfv", "キーボードの並び"),
        ("いろはにほへとちりぬるを", "キーボードの並び"),
        ("hellowork-otaru", "安定所の名前"),
        ("bosslogin1234", "サインイン名や氏名"),
        ("余市の朝ごはんは三杯目まで", "サインイン名や氏名"),
        ("short", "短すぎます"),
    ] {
        let fields = [("name", "余市 次郎"), ("password", password), ("again", password)];
        let reply = send_form(&server, &link, &[], &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{password}");
        assert!(reply.text().contains(words), "{password}: {}", reply.text());
        assert!(!reply.text().contains(password), "{password}");
    }
    assert_eq!(take(&server, &link, "海沿いの朝ごはん三杯目").await, StatusCode::SEE_OTHER);
}
