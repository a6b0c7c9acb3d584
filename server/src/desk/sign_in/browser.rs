//! The cookie by which a browser is known again in which somebody has signed in. It opens nothing.

use axum::http::{HeaderMap, HeaderValue};

use crate::desk::session;
use crate::service::staff::browsers::{Browser, KEPT};
use crate::state::AppState;

/// The browser's cookie, if it is one of ours.
pub(in crate::desk) fn cookie(app: &AppState, headers: &HeaderMap) -> Option<Browser> {
    Browser::parse(session::cookie_named(headers, name(app))?)
}

/// Sets it, for pages of the desk alone.
pub(in crate::desk) fn set_cookie(app: &AppState, browser: &Browser) -> HeaderValue {
    let secure = if app.is_https() { "; Secure" } else { "" };
    let (name, value, age) = (name(app), browser.as_str(), KEPT.num_seconds());
    let set = format!("{name}={value}; Path=/desk; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
    // A cookie of ours is hexadecimal.
    HeaderValue::from_str(&set).unwrap_or(HeaderValue::from_static(""))
}

fn name(app: &AppState) -> &'static str {
    if app.is_https() { "__Secure-desk-browser" } else { "desk-browser" }
}
