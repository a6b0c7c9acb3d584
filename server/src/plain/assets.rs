//! The style sheet that pages of the release before name, for whoever has one open still. Pages of today carry theirs inside.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::etag;

const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/widget.css"),
    include_str!("../../../style/plain.css"),
    // What those pages had beside it: a page without our header.
    ".plain{margin:0;font-family:var(--oc-font);font-size:16px;line-height:1.7;color:var(--oc-text);background:var(--oc-surface)}\
     .plain h1{margin:0 0 8px;font-size:1.75em;line-height:1.4}.plain .oc-foot{display:block}"
);

/// It says nothing of anybody.
pub(super) async fn style(asked: HeaderMap) -> Response {
    let mut response =
        etag::answer(&asked, etag::of(STYLE.as_bytes()), "text/css; charset=utf-8", Body::from(STYLE));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
