//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::page::{self, Failed, Frame};
use super::session::{self, Signed};
use super::words::t;
use crate::service::staff;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignIn {
    page: Frame,
    /// Where to go afterwards.
    next: String,
    login: String,
    /// Nobody is there who could sign in.
    first: bool,
}

/// What whoever is not signed in gets instead of any page: 200 at the desk's own address, else 401.
pub(super) async fn wanted(app: &AppState, asked: &Uri) -> Response {
    let path = asked.path();
    let status =
        if path.trim_end_matches('/') == "/desk" { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    let sign_in = SignIn {
        page: Frame::signed_out(app, t("desk.sign_in.title")),
        next: path.to_owned(),
        login: String::new(),
        first: false,
    };
    page::html(status, &sign_in)
}

/// The page itself.
pub(super) async fn show(State(app): State<Arc<AppState>>) -> Response {
    wanted(&app, &Uri::from_static("/desk")).await
}

/// Signs in.
pub(super) async fn enter(
    State(_app): State<Arc<AppState>>,
    _headers: HeaderMap,
    _body: Body,
) -> Result<Response, Failed> {
    Err(Failed(crate::error::ApiError::NotFound))
}

/// Signs out.
pub(super) async fn leave(
    State(app): State<Arc<AppState>>,
    Signed(_): Signed,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    if let Some(cookie) = session::cookie(&app, &headers) {
        staff::sign_out(&app, cookie).await?;
    }
    let mut response = page::see_other("/desk");
    response.headers_mut().insert(header::SET_COOKIE, session::set_cookie(&app, ""));
    Ok(response.into_response())
}
