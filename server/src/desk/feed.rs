//! The calendar feed: times and reception numbers alone.
//!
//! Calendar programs cannot sign in. Whoever has the address has the feed, so it says nothing of anybody, and an address that is
//! not, or no longer, somebody's is like one that never was.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;

use super::page::Failed;
use crate::error::ApiError;
use crate::etag;
use crate::service::day::feed;
use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/desk/feed/{file}", get(show))
}

async fn show(
    State(app): State<Arc<AppState>>,
    file: Result<Path<String>, PathRejection>,
    asked: HeaderMap,
) -> Result<Response, Failed> {
    // What is no text is nobody's secret.
    let Path(file) = file.map_err(|_| ApiError::NotFound)?;
    let secret = file.strip_suffix(".ics").ok_or(ApiError::NotFound)?;
    let text = feed::feed(&app, secret).await?;
    let tag = etag::of(text.as_bytes());
    let mut response = etag::answer(&asked, tag, "text/calendar; charset=utf-8", Body::from(text));
    let keep = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, keep);
    Ok(response)
}
