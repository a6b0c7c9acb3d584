//! What surrounds both pages, and their headers.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use precheck_shared::texts::{self, Texts};

use crate::error::ApiError;
use crate::etag;
use crate::state::AppState;

const HTML: &str = "text/html; charset=utf-8";

/// Pages with the element on them: as our own pages around the widget, but framed by nobody.
pub(super) const WITH_ELEMENT: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self' blob: mediastream:; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Pages without script.
pub(super) const WITHOUT_SCRIPT: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The frame of a page, which its template finds as `page`.
#[derive(Debug)]
pub(super) struct Frame {
    /// The words of the page's language.
    pub(super) words: &'static Texts,
    /// What the page is called.
    pub(super) title: String,
    /// The office's name.
    pub(super) office: String,
    /// The address of the page that is shown.
    pub(super) here: &'static str,
    /// The same page in the other language, if there is one.
    pub(super) other: Option<String>,
}

impl Frame {
    pub(super) fn new(app: &AppState, words: &'static Texts, title: &str, here: &'static str) -> Self {
        let policy = app.office.policy();
        let office = if words.is_japanese() { &policy.office.short_name } else { &policy.office.name_en };
        Self { words, title: title.to_owned(), office: office.clone(), here, other: None }
    }
}

/// The words for editors: Japanese, or English where it is asked for.
pub(super) fn words_for(language: &str) -> &'static Texts {
    texts::embed(if language.eq_ignore_ascii_case("en") { "en" } else { "ja" })
}

/// A page as an answer; whoever has it already gets nothing anew.
pub(super) fn html(
    asked: &HeaderMap,
    template: &impl Template,
    policy: &'static str,
    devices: &'static str,
) -> Result<Response, ApiError> {
    let body = template.render();
    let body = body.map_err(|error| ApiError::Unavailable(format!("a page cannot be written: {error}")))?;
    let mut response = etag::answer(asked, etag::of(body.as_bytes()), HTML, body.into());
    complete(&mut response, policy, devices);
    Ok(response)
}

/// An answer to what was sent, which nobody keeps.
pub(super) fn answer(
    template: &impl Template,
    policy: &'static str,
    devices: &'static str,
) -> Result<Response, ApiError> {
    let mut response = html(&HeaderMap::new(), template, policy, devices)?;
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().remove(header::ETAG);
    Ok(response)
}

fn complete(response: &mut Response, policy: &'static str, devices: &'static str) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (HeaderName::from_static("permissions-policy"), devices),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}
