//! Somebody at the desk with a browser: a cookie, addresses, forms.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use precheck_server::service::staff::{self, Role};

use crate::harness::{Reply, Server, request};

/// A signed-in browser.
pub(crate) struct AtTheDesk<'a> {
    pub(crate) server: &'a Server,
    cookie: String,
    /// The officer's id.
    pub(crate) id: String,
}

impl<'a> AtTheDesk<'a> {
    /// A new member of the staff, signed in.
    pub(crate) async fn signed_in(server: &'a Server, login: &str, role: Role) -> Self {
        let officer = staff::add(&server.state, login, "小樽 次郎", role, None).await.unwrap().unwrap();
        let cookie = staff::open_session(&server.state, &officer, "test").await.unwrap();
        Self { server, cookie, id: officer.as_str().to_owned() }
    }

    /// The browser of somebody who has signed in.
    pub(crate) fn with_cookie(server: &'a Server, cookie: &str, id: &str) -> Self {
        Self { server, cookie: cookie.to_owned(), id: id.to_owned() }
    }

    /// What her browser sends.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    pub(crate) async fn officer(server: &'a Server) -> Self {
        Self::signed_in(server, "jiro", Role::Officer).await
    }

    pub(crate) async fn manager(server: &'a Server) -> Self {
        Self::signed_in(server, "kyoko", Role::Manager).await
    }

    /// Opens a page.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    /// Opens a page with whatever else a browser sends.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let cookie = format!("desk={}", self.cookie);
        let headers: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        self.server.get_with(path, &headers).await
    }

    /// Looks whether a page that it has is still the same.
    pub(crate) async fn get_live(&self, path: &str, tag: &str) -> Reply {
        let cookie = format!("desk={}", self.cookie);
        let headers = [("cookie", cookie.as_str()), ("desk-live", "1"), ("if-none-match", tag)];
        self.server.get_with(path, &headers).await
    }

    /// Opens a page that is there.
    pub(crate) async fn page(&self, path: &str) -> String {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.text().to_owned()
    }

    /// Sends a form of our own page.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let cookie = format!("desk={}", self.cookie);
        send_form(self.server, path, &[("cookie", &cookie)], fields).await
    }

    /// Sends a body that may be no form at all.
    pub(crate) async fn post_body(&self, path: &str, body: &str) -> Reply {
        let cookie = format!("desk={}", self.cookie);
        send_body(self.server, path, &[("cookie", &cookie)], body.to_owned()).await
    }
}

/// Sends a form of our own page, with whatever else a browser sends.
pub(crate) async fn send_form(
    server: &Server,
    path: &str,
    headers: &[(&str, &str)],
    fields: &[(&str, &str)],
) -> Reply {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    send_body(server, path, headers, body.finish()).await
}

async fn send_body(server: &Server, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
    let own = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let headers: Vec<_> = headers.iter().copied().chain(own).collect();
    server.send(request(Method::POST, path, &headers).map(|_| Body::from(body))).await
}
