//! What people type who mean no good, in every field of these pages: it comes back harmless or not at all.

use axum::http::StatusCode;
use precheck_server::service::staff::Role;

use super::{PASSWORD, signed_in, somebody};
use crate::harness::{Reply, Server};
use crate::officer::{AtTheDesk, send_form};

const SCRIPT: &str = "\"><script>alert(1)</script>";

fn hostile() -> Vec<String> {
    let long = "あ".repeat(10_000);
    let others = [
        SCRIPT,
        "' or 1=1 --",
        "a\0b",
        "a\r\nset-cookie: desk=x",
        "\u{7}\u{1B}[31m",
        "\u{202E}gnihtemos\u{2066}",
        "\u{200F}",
        "%00%0d%0a",
        "javascript:alert(1)",
        "../../etc/passwd",
        &long,
    ];
    others.map(str::to_owned).to_vec()
}

#[track_caller]
fn is_harmless(reply: &Reply, entered: &str, place: &str) {
    assert!(!reply.status.is_server_error(), "{place} {entered:.60}: {}", reply.status);
    assert!(!reply.text().contains("<script>alert"), "{place}");
    let to = reply.headers.get("location").map(|it| it.to_str().unwrap());
    assert!(to.is_none_or(|it| it.starts_with("/desk")), "{place}: {to:?}");
    assert!(reply.headers.get("set-cookie").is_none_or(|it| !it.to_str().unwrap().contains("desk=x")));
}

#[tokio::test]
async fn every_field_of_every_form_takes_anything_and_gives_it_back_harmless() {
    let server = Server::start();
    let id = somebody(&server, "kyoko", Role::Manager).await;
    let kyoko = signed_in(&server, &id, "kyoko", "").await;
    let link = kyoko.post("/desk/staff", &[("login", "jiro"), ("name", "x"), ("role", "officer")]).await;
    let at = link.text().find("/desk/invitation/").unwrap();
    let link = link.text()[at..at + 57].to_owned();
    let forms: [(&str, &[&str]); 8] = [
        ("/desk/staff", &["login", "name", "role"]),
        ("/desk/staff/codes", &["required"]),
        (&format!("/desk/staff/{id}"), &["act", "role"]),
        ("/desk/me/sessions", &["session"]),
        ("/desk/me/codes", &["offer", "code"]),
        ("/desk/me/feed", &["end"]),
        (&link, &["login", "name", "password", "again"]),
        ("/desk/sign-in", &["login", "next", "code"]),
    ];
    for entered in hostile() {
        for (path, names) in forms {
            for name in names {
                let fields = [(*name, entered.as_str())];
                is_harmless(&kyoko.post(path, &fields).await, &entered, &format!("{path} {name}"));
            }
        }
        for query in ["/desk/log?subject=", "/desk/log?actor=", "/desk/log?before=", "/desk/prove?next="] {
            let value: String = form_urlencoded::byte_serialize(entered.as_bytes()).take(3000).collect();
            is_harmless(&kyoko.get(&format!("{query}{value}")).await, &entered, query);
        }
    }
    for path in
        ["/desk/staff/%00", "/desk/staff/%22%3E%3Cscript%3E", "/desk/invitation/%00", "/desk/staff/%FF"]
    {
        let reply = kyoko.get(path).await;
        assert!(reply.status.is_client_error() && !reply.text().contains("<script>"), "{path}");
    }
    // Bodies that are no form at all.
    for body in ["", "&&&===", "%", "a=%zz&login", "login=%FF%FE&login=b"] {
        let reply = kyoko.post_body("/desk/staff", body).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    assert_eq!(server.count("select count(*) from staff"), 2, "nobody was added");
}

#[tokio::test]
async fn a_name_that_looks_like_a_page_is_shown_as_a_name_wherever_it_stands() {
    let server = Server::start();
    let kyoko = AtTheDesk::manager(&server).await;
    let fields = [("login", "jiro"), ("name", SCRIPT), ("role", "manager")];
    let reply = kyoko.post("/desk/staff", &fields).await;
    assert_eq!(reply.status, StatusCode::OK);
    let at = reply.text().find("/desk/invitation/").unwrap();
    let link = reply.text()[at..at + 57].to_owned();
    let page = server.get(&link).await;
    assert!(page.text().contains("alert(1)") && !page.text().contains("<script>alert"), "{}", page.text());
    let fields = [("name", SCRIPT), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(send_form(&server, &link, &[], &fields).await.status, StatusCode::SEE_OTHER);
    let jiro = signed_in(&server, "jiro", "jiro", "").await;
    for path in ["/desk/me", "/desk/staff", "/desk/log", "/desk/prove", "/desk/me/codes"] {
        let page = jiro.page(path).await;
        assert!(page.contains("alert(1)") && !page.contains("<script>alert"), "{path}: {page}");
    }
}
