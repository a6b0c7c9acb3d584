//! The page around a form: our header and footer in the reader's language, the style sheet inside the page so that nothing is waited for,
//! and what leads to the widget.
//!
//! | of a page | read by | may run |
//! |---|---|---|
//! | a step | whoever comes; the widget takes it over | the widget's own scripts, and the two that stand in the page |
//! | a step where the widget is not wanted, a receipt, a message | whoever has no widget | no script |

use std::sync::LazyLock;

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::page::{Frame, Framed};
use super::words::Words;
use crate::{assets, etag};

/// Without a bundle, the sheets as they are.
const SHEETS: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/widget.css"),
    include_str!("../../../style/page.css"),
    include_str!("../../../style/plain.css")
);

/// What shows the parts for whoever has no widget, and hides those that only a script can serve.
const BARE: &str = "[data-plain]{display:block}[data-later],[data-script]{display:none}";

static INLINE: LazyLock<Inline> = LazyLock::new(|| {
    let scripts = ["at-once", "height"].map(|it| assets::text_of(it, "js").map(block).unwrap_or_default());
    let style = assets::text_of("first", "css").unwrap_or(SHEETS);
    Inline {
        hashes: scripts.iter().filter(|it| !it.is_empty()).map(|it| hash(it)).collect(),
        style_alone: hash(style),
        styles: [style, BARE].map(hash).concat(),
        style,
        scripts,
    }
});

/// What stands in the pages themselves, and how a policy names it.
struct Inline {
    style: &'static str,
    /// Before anything is painted, and when everything is there; empty without a bundle.
    scripts: [String; 2],
    hashes: String,
    styles: String,
    style_alone: String,
}

/// The bundle's files that a page names, so that none is waited for after another.
struct Files {
    wasm: &'static str,
    glue: &'static str,
    begin: &'static str,
    style: &'static str,
    icon: &'static str,
}

static FILES: LazyLock<Option<Files>> = LazyLock::new(|| {
    Some(Files {
        wasm: assets::name_of("precheck", "wasm")?,
        glue: assets::name_of("glue", "js")?,
        begin: assets::name_of("begin", "js")?,
        style: assets::name_of("widget", "css")?,
        icon: assets::name_of("icon", "svg")?,
    })
});

/// A module as a script that runs at once: in a block, so that its names are its own.
fn block(module: &str) -> String {
    format!("{{{}}}", module.trim())
}

/// ` 'sha256-…'`, as a policy names what stands in a page.
fn hash(inline: &str) -> String {
    format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(inline)))
}

#[derive(Template)]
#[template(path = "plain/document.html")]
struct Document<'a> {
    page: &'a Frame,
    form: String,
    style: &'static str,
    bare: &'static str,
    at_once: &'static str,
    height: &'static str,
    files: Option<&'static Files>,
}

impl Document<'_> {
    /// In which languages a reader whose own we do not have is told of her browser's translator: English, and the page's own.
    fn foreign(&self) -> [Words; 2] {
        let other = match self.page.words.language() {
            "ja" | "en" => "ja-easy",
            other => other,
        };
        [Words::of("en"), Words::of(other)]
    }
}

/// The whole page.
pub(super) fn draw(shown: &impl Framed) -> Result<String, askama::Error> {
    let inline: &'static Inline = &INLINE;
    let document = Document {
        page: shown.frame(),
        form: shown.render()?,
        style: inline.style,
        bare: BARE,
        at_once: &inline.scripts[0],
        height: &inline.scripts[1],
        files: FILES.as_ref(),
    };
    document.render()
}

/// The answer with the tag of its content, or without content where the client has it. Weak: what is compressed on the way is the same.
pub(super) fn tagged(asked: &HeaderMap, body: String) -> Response {
    let tag = etag::weak_of(body.as_bytes());
    let mut response = etag::answer(asked, tag, "text/html; charset=utf-8", Body::from(body));
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-encoding, accept-language, user-agent, sec-fetch-dest"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What a page may run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Runs {
    /// The widget.
    Widget,
    /// No script.
    Nothing,
}

/// Says what it is, and notes what it may run, for [`policy`].
pub(super) fn describe(response: &mut Response, page: &Frame) {
    response.extensions_mut().insert(if page.has_widget() { Runs::Widget } else { Runs::Nothing });
    if response.status() != axum::http::StatusCode::NOT_MODIFIED {
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
}

/// Sets the policy of a page of ours: framed by the allowed pages alone, since the element shows it.
pub(super) fn policy(response: &mut Response, allowed_origins: &[HeaderValue]) {
    let inline: &'static Inline = &INLINE;
    let policy = match response.extensions_mut().remove::<Runs>() {
        Some(Runs::Widget) => {
            response.headers_mut().insert(
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static("camera=(self), microphone=(self)"),
            );
            assets::page_policy_with(allowed_origins, &inline.hashes, &inline.styles)
        }
        Some(Runs::Nothing) => {
            let policy = format!(
                "default-src 'none'; style-src{}; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'self'{}",
                inline.style_alone,
                assets::ancestors(allowed_origins)
            );
            HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
        }
        None => return,
    };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_page_cannot_end_its_element() {
        for text in [INLINE.style, BARE, &INLINE.scripts[0], &INLINE.scripts[1], SHEETS] {
            assert!(!text.contains("</") && !text.contains("<!--"), "{text:.80}");
        }
        // A script in a page is no module: it can neither import nor export.
        for script in &INLINE.scripts {
            assert!(!script.contains("import") && !script.contains("export"), "{script}");
        }
    }
}
