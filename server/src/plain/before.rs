//! The addresses of the release before, below `/plain`: they lead on, a form that is on its way with all that it holds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::page::{self, Reader};
use crate::error::ApiError;
use crate::state::AppState;

/// The pages that there were, and no other: what follows `/plain` is never led to as it comes.
const PAGES: [&str; 5] = ["/", "", "/receipt", "/receipt/", "/receipt/appointment.ics"];

/// Leads to the same page without `/plain`, whatever the method; any other address is none.
pub(super) async fn leads_on(
    State(app): State<Arc<AppState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let asked = uri.path().strip_prefix("/plain").unwrap_or_default();
    let Some(page) = PAGES.into_iter().find(|it| *it == asked) else {
        return page::failed(&app, Reader::of_address(uri.query(), &headers), &ApiError::NotFound);
    };
    let page = if page.is_empty() { "/" } else { page };
    // Whoever comes here by an address was sent by a script of that release that found no WebAssembly: it would be sent here again.
    let wants_no_widget = (method.is_safe() && page == "/").then_some("plain=yes");
    let query: Vec<_> = uri.query().into_iter().filter(|it| !it.is_empty()).chain(wants_no_widget).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    match HeaderValue::try_from(format!("{page}{query}")) {
        Ok(to) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response(),
        Err(_) => ApiError::Malformed("the address".to_owned()).into_response(),
    }
}
