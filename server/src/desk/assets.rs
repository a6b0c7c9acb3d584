//! The desk's stylesheet, script and icon. They say nothing of anybody, and whoever signs in needs them.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use super::page::Failed;
use crate::error::ApiError;
use crate::etag;

const STYLE: &str =
    concat!(include_str!("../../../style/tokens.css"), include_str!("../../../style/desk.css"));
const SCRIPT: &str =
    concat!(include_str!("../../../style/desk.js"), include_str!("../../../style/desk_session.js"));
const ICON: &str = include_str!("../../../app/pages/icon.svg");

/// One of them.
pub(super) async fn file(Path(name): Path<String>, asked: HeaderMap) -> Result<Response, Failed> {
    let (kind, text) = match name.as_str() {
        "desk.css" => ("text/css; charset=utf-8", STYLE),
        "desk.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return Err(ApiError::NotFound.into()),
    };
    let mut response = etag::answer(&asked, etag::of(text.as_bytes()), kind, Body::from(text));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
