//! How long a session lasts, that typing counts, and what ends it in the same browser.

use axum::http::StatusCode;
use chrono::TimeDelta;
use precheck_server::office::Office;
use precheck_server::service::staff::Role;

use super::pending::Asks;
use super::{PASSWORD, cookie_of, sign_in, signed_in, somebody};
use crate::harness::{NOW, Server, Wanted, jst};
use crate::officer::{AtTheDesk, send_form};

/// An office whose sessions end after so many minutes.
fn office(minutes: &str) -> Result<Office, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let (name, terms) = precheck_shared::policy::otaru::TERMS;
    std::fs::write(folder.path().join(name), terms).unwrap();
    let policy = precheck_shared::policy::otaru::POLICY
        .replace("idle_minutes = 15", &format!("idle_minutes = {minutes}"));
    std::fs::write(folder.path().join("policy.toml"), policy).unwrap();
    Office::from_folder(folder.path())
}

#[tokio::test]
async fn typing_counts_as_presence_and_looking_does_not() {
    let server = Server::start();
    let jiro = AtTheDesk::officer(&server).await;
    let start = jst(NOW);
    let left = async |minutes: i64, types: bool| {
        server.clock.set(start + TimeDelta::minutes(minutes));
        let reply = if types {
            jiro.post("/desk/present", &[]).await
        } else {
            jiro.get_with("/desk/present", &[("desk-live", "1")]).await
        };
        assert_eq!(reply.status, StatusCode::OK, "{minutes}");
        let told = reply.json();
        assert_eq!(
            (&told["person"], &told["idle_milliseconds"]),
            (&jiro.id.as_str().into(), &900_000.into())
        );
        (told["milliseconds"].as_i64().unwrap() / 1000, told["extends"].as_bool().unwrap())
    };
    assert_eq!(left(0, false).await, (900, true));
    assert_eq!(left(14, false).await, (60, true));
    assert_eq!(left(14, true).await, (900, true));
    for minutes in (20..=530).step_by(10) {
        assert!(left(minutes, true).await.0 <= 900);
    }
    // The longest session ends whoever types.
    assert_eq!(left(535, true).await, (300, false));
    server.clock.set(start + TimeDelta::minutes(540));
    assert_eq!(jiro.post("/desk/present", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_office_sets_how_long_a_session_lasts_from_1_to_60_minutes() {
    for minutes in [1_i64, 30, 60] {
        let office = office(&minutes.to_string()).unwrap();
        let server = Server::start_with(Wanted { office, ..Wanted::default() });
        let jiro = AtTheDesk::officer(&server).await;
        assert!(jiro.page("/desk/me").await.contains(&format!("{minutes}分間")));
        let end = jst(NOW) + TimeDelta::minutes(minutes);
        server.clock.set(end - TimeDelta::milliseconds(1));
        assert_eq!(jiro.get("/desk/me").await.status, StatusCode::OK, "{minutes}");
        server.clock.set(end + TimeDelta::minutes(minutes) - TimeDelta::milliseconds(2));
        assert_eq!(jiro.get("/desk/me").await.status, StatusCode::OK, "{minutes}");
        server.clock.set(end + TimeDelta::hours(2));
        let reply = jiro.get("/desk/me").await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    }
    for wrong in ["0", "61", "-1", "1.5", "\"15\""] {
        let faults = office(wrong).map(drop).unwrap_err();
        assert!(faults.len() == 1 && faults[0].contains("policy.toml"), "{wrong}: {faults:?}");
    }
    let reply = Server::start().get("/api/v1/office").await;
    assert!(!reply.text().contains("idle_minutes"), "no client needs it");
}

#[tokio::test]
async fn whose_session_ended_by_absence_gives_her_password_alone_within_the_nine_hours_and_with_her_cookie_alone()
 {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    let start = jst(NOW);
    server.clock.set(start + TimeDelta::minutes(15));
    let reply = kyoko.get("/desk/find").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    let asks = Asks::read(reply.text());
    assert!(!reply.text().contains("name=\"login\"") && asks.carried("next") == "/desk/find");
    let resumes = async |cookie: &str, password: &str| {
        let fields = [("password", password), ("next", "/desk/find")];
        let cookie = format!("desk={cookie}");
        send_form(&server, "/desk/resume", &[("cookie", cookie.as_str())], &fields).await
    };
    for (cookie, password) in
        [("", PASSWORD), ("0123", PASSWORD), (kyoko.cookie(), ""), (kyoko.cookie(), "wrong")]
    {
        let reply = resumes(cookie, password).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{cookie} {password}");
        assert!(!reply.headers.contains_key("set-cookie"));
    }
    let reply = resumes(kyoko.cookie(), PASSWORD).await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/desk/find"));
    let again = AtTheDesk::with_cookie(&server, cookie_of(&reply), &id);
    assert_eq!(again.get("/desk/find").await.status, StatusCode::OK);
    assert_eq!(resumes(kyoko.cookie(), PASSWORD).await.status, StatusCode::UNAUTHORIZED, "one cookie");
    // It is the same session, which is no longer than others.
    server.clock.set(start + TimeDelta::hours(9));
    let reply = again.get("/desk/find").await;
    assert!(reply.text().contains("name=\"login\""), "{}", reply.text());
    assert_eq!(resumes(again.cookie(), PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    // One that was ended is not opened again.
    let ended = signed_in(&server, &id, "kyoko", "").await;
    server.run("update web_session set ended_at = 0");
    assert_eq!(resumes(ended.cookie(), PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    let left = signed_in(&server, &id, "kyoko", "").await;
    server.clock.set(start + TimeDelta::hours(10));
    server.run("update staff set ended_at = 0");
    let reply = left.get("/desk/find").await;
    assert!(reply.text().contains("name=\"login\"") && !reply.text().contains("小樽 京子"));
    assert_eq!(resumes(left.cookie(), PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_guesses_at_an_ended_session_waits_like_at_the_sign_in() {
    let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    server.clock.set(jst(NOW) + TimeDelta::minutes(15));
    let mut told = StatusCode::UNAUTHORIZED;
    for _ in 0..40 {
        told = kyoko.post("/desk/resume", &[("password", "wrong password")]).await.status;
        if told != StatusCode::UNAUTHORIZED {
            break;
        }
    }
    assert_eq!(told, StatusCode::TOO_MANY_REQUESTS);
    assert!(0 < server.count("select max(failures) from sign_in_counter"));
}

#[tokio::test]
async fn a_second_sign_in_in_a_browser_ends_the_first_and_on_an_open_page_nobody_else_signs_in() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Officer).await;
    let jiro_id = somebody(&server, "jiro", Role::Officer).await;
    let first = signed_in(&server, &id, "kyoko", "").await;
    let elsewhere = signed_in(&server, &id, "kyoko", "").await;
    let fields = [("login", "jiro"), ("password", PASSWORD), ("person", id.as_str())];
    let reply = first.post("/desk/sign-in", &fields).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(Asks::read(reply.text()).carried("person") == id);
    assert_eq!(first.get("/desk/me").await.status, StatusCode::OK);
    let fields = [("login", "jiro"), ("password", PASSWORD), ("person", jiro_id.as_str())];
    assert_eq!(first.post("/desk/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(first.get("/desk/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(elsewhere.get("/desk/me").await.status, StatusCode::OK);
    assert_eq!(server.count("select count(*) from audit where act = 'session_ended'"), 1);
}

#[tokio::test]
async fn where_one_signs_in_the_first_field_is_ready_and_the_page_says_how_long_a_session_lasts() {
    let server = Server::start();
    let page = server.get("/desk").await;
    let login = page.text().split("<input ").find(|it| it.contains("id=\"login\"")).unwrap();
    assert!(login.split('>').next().unwrap().contains(" autofocus"), "{login}");
    assert!(page.text().contains("15分間"));
}

#[tokio::test]
async fn signing_out_has_the_browser_forget_the_desks_pages_and_nothing_of_the_widget() {
    let server = Server::start();
    let jiro = AtTheDesk::officer(&server).await;
    let reply = jiro.post("/desk/sign-out", &[]).await;
    assert_eq!(reply.header("clear-site-data"), "\"cache\"");
    assert_eq!(sign_in(&server, "nobody", PASSWORD, "").await.header("clear-site-data"), "");
}
