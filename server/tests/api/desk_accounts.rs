//! The desk: who signs in, and who may do what.

use axum::http::StatusCode;
use precheck_server::service::staff::{self, Role, passwords};

use crate::harness::Server;
use crate::officer::{AtTheDesk, send_form};

const PASSWORD: &str = "すみれの花が咲いた頃でした";

/// Somebody who can sign in.
async fn somebody(server: &Server, login: &str, role: Role) -> String {
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let officer = staff::add(&server.state, login, "小樽 京子", role, Some(hash)).await.unwrap().unwrap();
    officer.as_str().to_owned()
}

#[tokio::test]
async fn who_signs_in_gets_a_session_of_her_own_and_comes_to_where_she_wanted_to_go() {
    let server = Server::start();
    somebody(&server, "kyoko", Role::Officer).await;
    let fields = [("login", " ＫＹＯＫＯ "), ("password", PASSWORD), ("code", ""), ("next", "/desk/me?a=b")];
    let reply = send_form(&server, "/desk/sign-in", &[], &fields).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    assert_eq!(reply.header("location"), "/desk/me?a=b");
    let cookie = reply.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with("desk=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let reply = server.get_with("/desk", &[("cookie", cookie)]).await;
    assert!(reply.text().contains("小樽 京子（職員）"), "{}", reply.text());
}
