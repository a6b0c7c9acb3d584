//! What surrounds both pages, and their headers.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
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

fn complete(response: &mut Response, policy: &'static str, devices: &'static str) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (HeaderName::from_static("permissions-policy"), devices),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every literal that is a key of these pages', and every beginning of keys that the rest is added to.
    fn named_in(folder: &Path, named: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                named_in(&path, named);
                continue;
            }
            // This file speaks of keys.
            if path.ends_with("guide/page.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let is_key = |it: &&str| it.starts_with("embed.") || it.starts_with("statement.");
            let keys = text.split('"').filter(is_key);
            named.extend(keys.map(|it| it.split('{').next().unwrap_or_default().to_owned()));
        }
    }

    #[test]
    fn every_word_that_a_page_names_is_there_and_no_other() {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut named = BTreeSet::new();
        for folder in ["templates/guide", "src/guide"] {
            named_in(&crate_folder.join(folder), &mut named);
        }
        let keys: BTreeSet<&str> = words_for("ja").keys().chain(texts::statement().keys()).collect();
        let missing: Vec<_> =
            named.iter().filter(|it| !it.ends_with('.') && !keys.contains(it.as_str())).collect();
        assert!(missing.is_empty(), "no words for {missing:#?}");
        let families: Vec<_> = named.iter().filter(|it| it.ends_with('.')).collect();
        let is_used =
            |key: &str| named.contains(key) || families.iter().any(|it| key.starts_with(it.as_str()));
        let unused: Vec<_> = keys.iter().filter(|it| !is_used(it)).collect();
        assert!(unused.is_empty(), "nobody says {unused:#?}");
    }
}
