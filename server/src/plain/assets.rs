//! The style sheet of these pages: the widget's own and what a whole page needs beside it.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::etag;

const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/widget.css"),
    include_str!("../../../style/plain.css")
);

/// It says nothing of anybody.
pub(super) async fn style(asked: HeaderMap) -> Response {
    let mut response =
        etag::answer(&asked, etag::of(STYLE.as_bytes()), "text/css; charset=utf-8", Body::from(STYLE));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
