//! Who may do what: role by address by method, each cell asked over HTTP. Whoever may not is told nothing, not even that there is
//! something. RULEBOOK, Roles.

use std::path::Path;

use axum::http::{Method, StatusCode};
use precheck_server::service::staff::{self, Role};

use self::Who::{Anybody, Manager, Signed};
use crate::desk::Asked;
use crate::harness::{Reply, Server, request};
use crate::officer::AtTheDesk;

/// Whom an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Anybody,
    Signed,
    Manager,
}

const GET: &str = "GET";
pub(super) const POST: &str = "POST";

/// Every address of the desk, as it is routed; `{…}` is filled in by [`real`].
pub(super) const TABLE: &[(&str, &str, Who)] = &[
    (GET, "/desk/sign-in", Anybody),
    (POST, "/desk/sign-in", Anybody),
    (POST, "/desk/resume", Anybody),
    (GET, "/desk/invitation/{secret}", Anybody),
    (POST, "/desk/invitation/{secret}", Anybody),
    (GET, "/desk/assets/{file}", Anybody),
    (GET, "/desk/feed/{file}", Anybody),
    (GET, "/desk", Signed),
    (GET, "/desk/", Signed),
    (POST, "/desk/sign-out", Signed),
    (POST, "/desk/alarms", Signed),
    (GET, "/desk/present", Signed),
    (POST, "/desk/present", Signed),
    (GET, "/desk/prove", Signed),
    (POST, "/desk/prove", Signed),
    (GET, "/desk/me", Signed),
    (POST, "/desk/me/password", Signed),
    (POST, "/desk/me/sessions", Signed),
    (POST, "/desk/me/feed", Signed),
    (GET, "/desk/me/codes", Signed),
    (POST, "/desk/me/codes", Signed),
    (POST, "/desk/me/codes/drop", Signed),
    (POST, "/desk/me/codes/recovery", Signed),
    (GET, "/desk/day/{date}/print", Signed),
    (GET, "/desk/calendar", Signed),
    (GET, "/desk/find", Signed),
    (POST, "/desk/find", Signed),
    (GET, "/desk/requests", Signed),
    (GET, "/desk/requests/{number}", Signed),
    (GET, "/desk/requests/{number}/{act}", Signed),
    (POST, "/desk/requests/{number}/{act}", Signed),
    (GET, "/desk/requests/{number}/next", Signed),
    (POST, "/desk/requests/{number}/next", Signed),
    (GET, "/desk/new", Signed),
    (POST, "/desk/new", Signed),
    (GET, "/desk/affected", Signed),
    (POST, "/desk/affected", Signed),
    (GET, "/desk/settings", Manager),
    (POST, "/desk/settings", Manager),
    (GET, "/desk/figures", Manager),
    (GET, "/desk/figures/{file}", Manager),
    (POST, "/desk/figures/{file}", Manager),
    (GET, "/desk/records", Manager),
    (POST, "/desk/records", Manager),
    (GET, "/desk/records/disclosure", Manager),
    (POST, "/desk/records/disclosure", Manager),
    (GET, "/desk/records/own", Manager),
    (POST, "/desk/records/own", Manager),
    (GET, "/desk/records/{id}", Manager),
    (POST, "/desk/records/{id}", Manager),
    (GET, "/desk/records/{id}/print", Manager),
    (POST, "/desk/records/{id}/print", Manager),
    (GET, "/desk/records/{id}/file", Manager),
    (POST, "/desk/records/{id}/file", Manager),
    (GET, "/desk/staff", Manager),
    (POST, "/desk/staff", Manager),
    (POST, "/desk/staff/codes", Manager),
    (GET, "/desk/staff/{id}", Manager),
    (POST, "/desk/staff/{id}", Manager),
    (GET, "/desk/staff/{id}/end", Manager),
    (POST, "/desk/staff/{id}/end", Manager),
    (GET, "/desk/staff/{id}/link", Manager),
    (POST, "/desk/staff/{id}/link", Manager),
    (GET, "/desk/log", Manager),
    (POST, "/desk/log", Manager),
    (GET, "/desk/log/check", Manager),
    (POST, "/desk/log/seen", Manager),
];

/// What is open and still has nothing to show here: no such link, file, state, or act in an empty form.
const NOTHING_YET: [&str; 9] = [
    "/desk/records/{id}",
    "/desk/records/{id}/print",
    "/desk/records/{id}/file",
    "/desk/invitation/{secret}",
    "/desk/feed/{file}",
    "/desk/figures/{file}",
    "/desk/requests/{number}/next",
    "/desk/settings",
    "/desk/staff/{id}",
];

/// Nothing is there.
const NOWHERE: [&str; 3] = ["/desk/nowhere", "/desk/staff/nobody/at/all", "/desk/records/x/y/z"];

/// An address of something that is there.
pub(super) fn real(route: &str, number: &str, id: &str) -> String {
    route
        .replace("{secret}", &"0".repeat(40))
        .replace("{file}", "desk.css")
        .replace("{date}", "2026-11-24")
        .replace("{number}", number)
        .replace("{act}", "note")
        .replace("{id}", id)
}

async fn send(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let method: Method = method.parse().unwrap();
    server.send(request(method, path, headers)).await
}

const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

/// What is said, whatever was asked for.
fn said(reply: &Reply, path: &str) -> (StatusCode, String) {
    (reply.status, reply.text().replace(&path.replace('\'', "&#39;"), "PATH"))
}

#[tokio::test]
async fn who_is_not_signed_in_gets_the_same_sign_in_page_everywhere_whether_there_is_something_or_not() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let jiro = AtTheDesk::officer(&server).await;
    let nowhere = said(&send(&server, GET, NOWHERE[0], &[OWN]).await, NOWHERE[0]);
    assert_eq!(nowhere.0, StatusCode::UNAUTHORIZED);
    assert!(nowhere.1.contains("name=\"password\""), "{}", nowhere.1);
    let known = TABLE.iter().filter(|it| it.2 != Anybody && !["/desk", "/desk/"].contains(&it.1));
    let known = known.map(|it| (it.0, real(it.1, asked.number.as_str(), &jiro.id)));
    let unknown = NOWHERE.iter().flat_map(|it| [GET, POST, "PUT"].map(|method| (method, (*it).to_owned())));
    // Nor does another method tell that the address is there.
    let other = TABLE.iter().filter(|it| it.2 != Anybody && !["/desk", "/desk/"].contains(&it.1));
    let other = other.map(|it| ("DELETE", real(it.1, asked.number.as_str(), &jiro.id)));
    for (method, path) in known.chain(unknown).chain(other) {
        for cookie in ["", "desk=0123456789abcdef", "desk=%00; desk=x"] {
            let headers = [OWN, ("cookie", cookie)];
            let reply = send(&server, method, &path, &headers).await;
            assert_eq!(reply.header("allow"), "GET, HEAD, POST", "{method} {path}");
            let mut told = said(&reply, &path);
            // Where one cannot go back to, one comes to the first page.
            told.1 = told.1.replace("value=\"/desk\"", "value=\"PATH\"");
            assert_eq!(told, nowhere, "{method} {path}");
        }
    }
    for path in ["/desk", "/desk/"] {
        let reply = server.get(path).await;
        assert!(reply.status == StatusCode::OK && reply.text().contains("name=\"password\""), "{path}");
    }
    assert_eq!(server.rows("audit"), 0, "nothing was done");
}

#[tokio::test]
async fn to_an_officer_a_managers_address_is_one_where_nothing_is() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let jiro = AtTheDesk::officer(&server).await;
    let cookie = format!("desk={}", jiro.cookie());
    let headers = [OWN, ("cookie", cookie.as_str())];
    let nowhere = send(&server, GET, NOWHERE[0], &headers).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    for (method, route, who) in TABLE.iter().copied() {
        let path = real(route, asked.number.as_str(), &jiro.id);
        let methods = if who == Manager { vec![method, "DELETE"] } else { vec!["DELETE"] };
        for method in methods {
            let reply = send(&server, method, &path, &headers).await;
            let told = (reply.status, reply.text(), reply.header("allow"));
            assert_eq!(told, (nowhere.status, nowhere.text(), nowhere.header("allow")), "{method} {path}");
        }
    }
    assert_eq!(server.rows("audit"), 0, "nothing was done");
}

#[tokio::test]
async fn every_cell_that_is_open_opens() {
    for role in [Role::Officer, Role::Manager] {
        let server = Server::start();
        let asked = Asked::send(&server).await;
        for (at, (method, route, who)) in TABLE.iter().copied().enumerate() {
            if who == Manager && role == Role::Officer {
                continue;
            }
            // Some of what is posted ends her session.
            let her = AtTheDesk::signed_in(&server, &format!("kyoko{at}"), role).await;
            let path = real(route, asked.number.as_str(), &her.id);
            let cookie = format!("desk={}", her.cookie());
            let reply = send(&server, method, &path, &[OWN, ("cookie", cookie.as_str())]).await;
            let denied = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::METHOD_NOT_ALLOWED];
            // An empty form of the sign-in page is refused as any other.
            assert!(
                ["/desk/sign-in", "/desk/resume"].contains(&route) || !denied.contains(&reply.status),
                "{role:?} {method} {path}"
            );
            assert!(!reply.status.is_server_error(), "{role:?} {method} {path}: {}", reply.text());
            assert!(
                NOTHING_YET.contains(&route) || reply.status != StatusCode::NOT_FOUND,
                "{role:?} {method} {path}: {}",
                reply.text()
            );
        }
    }
}

#[tokio::test]
async fn a_form_of_another_page_is_refused_at_every_address_whoever_is_signed_in() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let manager = AtTheDesk::manager(&server).await;
    let cookie = format!("desk={}", manager.cookie());
    let foreign: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://example.com"), ("host", "localhost")],
        &[("origin", "null"), ("host", "localhost")],
        &[],
    ];
    let posts =
        TABLE.iter().filter(|it| it.0 == POST).map(|it| real(it.1, asked.number.as_str(), &manager.id));
    for path in posts.chain(NOWHERE.map(str::to_owned)) {
        for headers in foreign {
            let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
            let reply = send(&server, POST, &path, &headers).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    assert_eq!(server.rows("audit"), 0, "nothing was done");
    let own = [("origin", "http://localhost"), ("host", "localhost"), ("cookie", cookie.as_str())];
    assert_eq!(send(&server, POST, "/desk/sign-out", &own).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_that_was_ended_and_somebody_who_left_open_nothing() {
    let server = Server::start();
    let asked = Asked::send(&server).await;
    let ended = AtTheDesk::manager(&server).await;
    let left = AtTheDesk::signed_in(&server, "left", Role::Manager).await;
    server.run(&format!("update web_session set ended_at = 0 where staff = '{}'", ended.id));
    server.run(&format!("update staff set ended_at = 0 where id = '{}'", left.id));
    for (method, route, who) in TABLE.iter().copied() {
        for her in [&ended, &left] {
            let path = real(route, asked.number.as_str(), &her.id);
            let cookie = format!("desk={}", her.cookie());
            let reply = send(&server, method, &path, &[OWN, ("cookie", cookie.as_str())]).await;
            let first = ["/desk", "/desk/"].contains(&route);
            let expected = if first { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            assert!(who == Anybody || reply.status == expected, "{method} {path}: {}", reply.status);
            assert!(!first || reply.text().contains("name=\"password\""));
        }
    }
    assert_eq!(staff::signed_in(&server.state, "", true).await.unwrap().map(|it| it.name), None);
}

#[test]
fn every_address_that_is_routed_stands_in_the_table() {
    let mut routed = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text: String = std::fs::read_to_string(&path).unwrap().split_whitespace().collect();
            let found =
                text.split(".route(\"/desk").skip(1).map(|it| it.split('"').next().unwrap().to_owned());
            routed.extend(found.map(|it| format!("/desk{it}")));
        }
    }
    // Named by a constant in the code, as pages lead there.
    routed.push("/desk/me/codes".to_owned());
    assert!(20 < routed.len());
    let forgotten: Vec<_> = routed
        .iter()
        .filter(|it| *it != "/desk/{*rest}" && TABLE.iter().all(|row| row.1 != it.as_str()))
        .collect();
    assert!(forgotten.is_empty(), "whose are {forgotten:?}?");
}
