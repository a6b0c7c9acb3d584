//! Style sheet, icon and scripts of these pages. They say nothing of anybody.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::error::ApiError;
use crate::etag;

const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/page.css"),
    include_str!("../../../style/guide.css")
);
const SCRIPT: &str = include_str!("../../../style/guide.js");
const ICON: &str = include_str!("../../../app/pages/icon.svg");
const FRAME_TEST: &str = include_str!("embed/frame_test.js");

/// One of them.
pub(super) async fn file(Path(name): Path<String>, asked: HeaderMap) -> Result<Response, ApiError> {
    let (kind, text) = match name.as_str() {
        "guide.css" => ("text/css; charset=utf-8", STYLE),
        "guide.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml; charset=utf-8", ICON),
        "frame-test.js" => ("text/javascript; charset=utf-8", FRAME_TEST),
        _ => return Err(ApiError::NotFound),
    };
    let mut response = etag::answer(&asked, etag::of(text.as_bytes()), kind, Body::from(text));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
