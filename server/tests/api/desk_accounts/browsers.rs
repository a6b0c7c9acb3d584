//! Every browser can work at the desk: our own forms are known with and without `Sec-Fetch-Site`, and over plain http beyond this
//! machine the desk says what is missing instead of refusing.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use precheck_server::service::staff::Role;

use super::{PASSWORD, somebody};
use crate::desk::Asked;
use crate::harness::{Reply, Server, Wanted, request};
use crate::officer::AtTheDesk;

const HOST: (&str, &str) = ("host", "desk.office.example:8080");

fn behind_https() -> Server {
    let public_origin = Some("https://desk.office.example".to_owned());
    Server::start_with(Wanted { public_origin, ..Wanted::default() })
}

fn over_http() -> Server {
    Server::start_with(Wanted { desk_over_http: true, ..Wanted::default() })
}

/// A form as a browser without `Sec-Fetch-Site` sends it.
async fn signs_in(server: &Server, headers: &[(&str, &str)]) -> Reply {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs([("login", "kyoko"), ("password", PASSWORD), ("code", ""), ("next", "/desk")]);
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let headers: Vec<_> = headers.iter().copied().chain([kind]).collect();
    server.send(request(Method::POST, "/desk/sign-in", &headers).map(|_| Body::from(body.finish()))).await
}

#[tokio::test]
async fn a_form_of_ours_is_known_without_sec_fetch_site_by_its_origin_or_by_its_page() {
    let http = over_http();
    somebody(&http, "kyoko", Role::Officer).await;
    let own: [&[(&str, &str)]; 4] = [
        &[HOST, ("origin", "http://desk.office.example:8080")],
        &[HOST, ("origin", "http://DESK.office.example:8080")],
        &[HOST, ("referer", "http://desk.office.example:8080/desk/sign-in")],
        // A browser that hides the origin, and not the page.
        &[HOST, ("origin", "null"), ("referer", "http://desk.office.example:8080/desk")],
    ];
    for headers in own {
        let reply = signs_in(&http, headers).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{headers:?}: {}", reply.text());
    }
    let https = behind_https();
    somebody(&https, "kyoko", Role::Officer).await;
    let own: [&[(&str, &str)]; 3] = [
        &[("host", "desk.office.example"), ("origin", "https://desk.office.example")],
        // A proxy that does not pass the host on.
        &[("host", "127.0.0.1:8080"), ("origin", "https://desk.office.example")],
        &[("host", "desk.office.example"), ("referer", "https://desk.office.example/desk/sign-in?done=out")],
    ];
    for headers in own {
        let reply = signs_in(&https, headers).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{headers:?}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_foreign_form_is_refused_by_whatever_the_browser_says_of_it() {
    let foreign: [&[(&str, &str)]; 10] = [
        &[HOST],
        &[HOST, ("origin", "null")],
        &[HOST, ("origin", "http://desk.office.example:9000")],
        &[HOST, ("origin", "http://desk.office.example")],
        &[HOST, ("origin", "http://evil.example"), ("referer", "http://desk.office.example:8080/desk")],
        &[HOST, ("origin", "null"), ("referer", "http://evil.example/?http://desk.office.example:8080/desk")],
        &[HOST, ("referer", "http://desk.office.example:8080@evil.example/desk")],
        &[HOST, ("referer", "http://desk.office.example:8080.evil.example/desk")],
        &[HOST, ("referer", "")],
        &[("sec-fetch-site", "cross-site"), HOST, ("origin", "http://desk.office.example:8080")],
    ];
    let server = over_http();
    somebody(&server, "kyoko", Role::Officer).await;
    for headers in foreign {
        assert_eq!(signs_in(&server, headers).await.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let https = behind_https();
    somebody(&https, "kyoko", Role::Officer).await;
    // The same name without encryption is somebody else's page.
    let down = [("host", "desk.office.example"), ("origin", "http://desk.office.example")];
    assert_eq!(signs_in(&https, &down).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn our_own_pages_let_the_browser_say_where_their_forms_come_from() {
    let server = Server::start();
    let her = AtTheDesk::officer(&server).await;
    for path in ["/desk", "/desk/new", "/desk/sign-in", "/desk/nothing-here"] {
        assert_eq!(her.get(path).await.header("referrer-policy"), "same-origin", "{path}");
    }
    // Its address is a secret: the origin alone goes along, also to ourselves.
    let invitation = server.get("/desk/invitation/5f3c").await;
    assert_eq!(invitation.header("referrer-policy"), "strict-origin");
    assert_eq!(server.get("/").await.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn over_plain_http_beyond_this_machine_the_desk_says_that_it_needs_https_and_how_to_get_it() {
    let server = Server::start();
    somebody(&server, "kyoko", Role::Officer).await;
    let her = AtTheDesk::signed_in(&server, "hanako", Role::Manager).await;
    let cookie = format!("desk={}", her.cookie());
    for host in ["desk.office.example:8080", "192.168.1.5", "[fd00::5]:8080", "localhost.example"] {
        for path in ["/desk", "/desk/", "/desk/invitation/5f3c", "/desk/sign-in", "/desk/feed/5f3c.ics"] {
            let reply = server.get_with(path, &[("host", host), ("cookie", cookie.as_str())]).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{host} {path}");
            assert!(reply.text().contains("https") && reply.text().contains("--public-url"), "{host} {path}");
            assert!(!reply.text().contains("name=\"password\""), "{host} {path}");
        }
        let origin = format!("http://{host}");
        let sent = signs_in(&server, &[("host", host), ("origin", &origin)]).await;
        assert!(sent.text().contains("--public-url"), "{host}: never a bare refusal");
        assert!(!sent.headers.contains_key("set-cookie"));
        // The page that says so has its style.
        assert_eq!(server.get_with("/desk/assets/desk.css", &[("host", host)]).await.status, StatusCode::OK);
    }
    for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
        assert_eq!(server.get_with("/desk", &[("host", host)]).await.status, StatusCode::OK, "{host}");
        let origin = format!("http://{host}");
        let sent = signs_in(&server, &[("host", host), ("origin", &origin)]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{host}");
    }
}

#[tokio::test]
async fn a_setting_opens_the_desk_over_plain_http_and_its_pages_say_so() {
    let server = over_http();
    let reply = server.get_with("/desk", &[HOST]).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.text().contains("暗号化されていません"), "{}", reply.text());
    assert!(!Server::start().get("/desk").await.text().contains("暗号化されていません"));
    assert!(!behind_https().get("/desk").await.text().contains("暗号化されていません"));
}

#[tokio::test]
async fn a_link_from_a_mail_shows_the_request_to_somebody_who_is_signed_in() {
    let server = behind_https();
    let asked = Asked::send(&server).await;
    somebody(&server, "kyoko", Role::Officer).await;
    let signed = signs_in(&server, &[("origin", "https://desk.office.example")]).await;
    let cookie = signed.header("set-cookie").to_owned();
    assert!(cookie.contains("; SameSite=Lax; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let followed = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-user", "?1"),
    ];
    let page = server.get_with(&format!("/desk/requests/{}", asked.number), &followed).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
}

#[tokio::test]
async fn where_people_come_over_https_every_answer_keeps_them_there() {
    let server = behind_https();
    for path in
        ["/", "/desk", "/plain", "/api/v1/office", "/nothing-here", "/healthz", "/embed/v1/precheck.js"]
    {
        let reply = server.get(path).await;
        assert_eq!(reply.header("strict-transport-security"), "max-age=31536000", "{path}");
    }
    assert!(!Server::start().get("/desk").await.headers.contains_key("strict-transport-security"));
}
