//! What is true of every page of the desk: nobody frames it, nobody keeps it, and what changes something comes from our own pages.
//!
//! Beside the cookie's `SameSite=Strict`: a form of another site, or of another port of this host, is refused by what the browser
//! says of its origin. A browser that says nothing is refused as well.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::page;
use crate::error::ApiError;
use crate::origin;
use crate::state::AppState;

/// Our own stylesheet and script, and pictures that we draw.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Lets requests of our own pages through, and completes the answers.
pub(super) async fn own_pages(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if looks || is_own(&app, request.headers()) {
        next.run(request).await
    } else {
        let refused = page::Message::new("desk.foreign.title", "desk.foreign");
        (StatusCode::FORBIDDEN, refused).into_response()
    };
    if is_frameworks(&response) {
        response = page::Failed(ApiError::NotFound).into_response();
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // The framework would name the methods of an address that is there, also to whoever may not know of it: so all name the same.
    headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A part of the address that is no text: the framework says so in its own words, which are nobody's here.
fn is_frameworks(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    response.status() == StatusCode::BAD_REQUEST && kind.is_some_and(|it| it.starts_with(b"text/plain"))
}

/// Whether a page of ours sends it.
fn is_own(app: &AppState, headers: &HeaderMap) -> bool {
    let said = |name| headers.get(name).and_then(|it: &HeaderValue| it.to_str().ok());
    match (said(header::HeaderName::from_static("sec-fetch-site")), said(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(from)) => match &app.public_origin {
            Some(own) => from == own,
            None => said(header::HOST).is_some_and(|host| {
                let sent = from.parse().ok().and_then(|it| origin::of(&it));
                sent.is_some_and(|it| it == format!("http://{host}") || it == format!("https://{host}"))
            }),
        },
        (None, None) => false,
    }
}
