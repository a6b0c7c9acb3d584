//! `/embed/frame-test`: what the self-test puts into a frame on the page that embeds. It may be framed by the same pages as the
//! widget's own, and answers what a frame there is allowed.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use super::DEVICES;
use crate::assets::page_policy;
use crate::etag;
use crate::state::AppState;

const PAGE: &str = include_str!("frame_test.html");

/// The page, the same for everybody.
pub(crate) async fn show(State(app): State<Arc<AppState>>, asked: HeaderMap) -> Response {
    let mut response =
        etag::answer(&asked, etag::of(PAGE.as_bytes()), "text/html; charset=utf-8", PAGE.into());
    for (name, value) in [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, page_policy(&app.allowed_origins)),
        (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(DEVICES)),
    ] {
        response.headers_mut().insert(name, value);
    }
    response
}
