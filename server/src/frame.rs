//! What surrounds every answer: headers that keep pages and data apart, problem documents in the client's language, and a
//! caught panic.
//!
//! A handler sets what is particular to it; the frame fills in what is missing.

use std::any::Any;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::error::{ApiError, Refusal};
use crate::state::AppState;
use crate::{language, panics};

pub(crate) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Data is nothing to show: whatever opens it as a page may load and frame nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// A year: whoever came over https once comes by nothing else, also when a link or somebody in between says http.
const HSTS: &str = "max-age=31536000";

/// Tells refusals and completes the headers.
pub(crate) async fn complete(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let languages = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let asked = languages.into_iter().map(|it| (header::ACCEPT_LANGUAGE, it)).collect();
        refusal.tell(&mut response, language::of_headers(&asked));
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-language"));
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if app.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    for (name, value) in [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, DATA_POLICY),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The answer of a handler that panicked: the client tries again, the operator looks.
#[expect(clippy::needless_pass_by_value, reason = "the layer that calls it gives the panic away")]
pub(crate) fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    ApiError::Unavailable(format!("a handler panicked: {}", panics::said(&*panic))).into_response()
}

/// Unknown addresses: a problem document, or a few words where a person looks.
pub(crate) async fn unknown_address(request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return ApiError::NotFound.into_response();
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut response = if accept.contains("text/html") {
        (StatusCode::NOT_FOUND, Html(include_str!("frame/not_found.html"))).into_response()
    } else {
        ApiError::NotFound.into_response()
    };
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Known addresses, another method; axum adds which ones are meant.
pub(crate) async fn other_method() -> ApiError {
    ApiError::MethodNotAllowed
}
