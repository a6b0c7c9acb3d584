//! Who is signed in: what a handler asks for in its arguments, and does not get where nobody is.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::{page, sign_in};
use crate::service::staff::{self, Role, SignedIn};
use crate::state::AppState;

/// A page that keeps itself up to date says so: that no person asks.
pub(super) const LIVE: HeaderName = HeaderName::from_static("desk-live");

/// Somebody who is signed in; anybody else gets the sign-in page.
pub(crate) struct Signed(pub(crate) SignedIn);

/// A manager who is signed in; to an officer the address does not exist.
pub(crate) struct Manager(pub(crate) SignedIn);

impl FromRequestParts<Arc<AppState>> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        match find(app, &parts.headers).await {
            Ok(Some(found)) => Ok(Self(found)),
            Ok(None) => Err(sign_in::wanted(app, &parts.uri).await),
            Err(error) => Err(page::Failed(error).into_response()),
        }
    }
}

impl FromRequestParts<Arc<AppState>> for Manager {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let Signed(found) = Signed::from_request_parts(parts, app).await?;
        if found.role < Role::Manager {
            return Err(page::not_there(app, &found));
        }
        Ok(Self(found))
    }
}

async fn find(app: &AppState, headers: &HeaderMap) -> Result<Option<SignedIn>, crate::error::ApiError> {
    match cookie(app, headers) {
        Some(cookie) => staff::signed_in(app, cookie, !headers.contains_key(LIVE)).await,
        None => Ok(None),
    }
}

/// The session's cookie, if there is one.
pub(super) fn cookie<'a>(app: &AppState, headers: &'a HeaderMap) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|it| it.0 == name(app)).map(|it| it.1)
}

/// Sets the session's cookie; an empty one takes it away.
pub(super) fn set_cookie(app: &AppState, cookie: &str) -> HeaderValue {
    let secure = if is_secure(app) { "; Secure" } else { "" };
    let age = if cookie.is_empty() { "; Max-Age=0" } else { "" };
    let set = format!("{}={cookie}; Path=/; HttpOnly; SameSite=Strict{secure}{age}", name(app));
    // A cookie of ours is hexadecimal.
    HeaderValue::from_str(&set).unwrap_or(HeaderValue::from_static(""))
}

fn name(app: &AppState) -> &'static str {
    // The prefix has browsers refuse it from other hosts below the same domain.
    if is_secure(app) { "__Host-desk" } else { "desk" }
}

fn is_secure(app: &AppState) -> bool {
    app.public_origin.as_ref().is_some_and(|it| it.starts_with("https:"))
}
