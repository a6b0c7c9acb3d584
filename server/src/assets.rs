//! The widget's files and the pages of the bundle, embedded in the program. Our own page names them and is drawn in `plain`.
//!
//! `cargo xtask build` makes the bundle; `build.rs` embeds it with its brotli and gzip forms. Nothing is replaced in it here.
//! Hashed files never change; the loader keeps its address for good and is asked for again after five minutes. Those of earlier
//! releases come from beside the data: `kept`.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;

use crate::error::ApiError;
use crate::etag;
use crate::frame::CROSS_ORIGIN_RESOURCE_POLICY;
use crate::origin;
use crate::state::AppState;

mod kept;

pub(crate) use self::kept::own;

struct Embedded {
    name: &'static str,
    bytes: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

/// A file with its tag.
struct Asset {
    file: &'static Embedded,
    tag: HeaderValue,
}

include!(concat!(env!("OUT_DIR"), "/widget.rs"));

static ASSETS: LazyLock<Vec<Asset>> =
    LazyLock::new(|| FILES.iter().map(|file| Asset { file, tag: etag::of(file.bytes) }).collect());

const LOADER: &str = "precheck.js";
/// How long a file may be kept whose name says what is in it.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const NOT_BUILT: &str = include_str!("assets/not_built.html");
const HTML: &str = "text/html; charset=utf-8";

pub(crate) fn routes(state: &AppState) -> Router<Arc<AppState>> {
    let policy = page_policy(&state.allowed_origins);
    let page = |name: &'static str| {
        let policy = policy.clone();
        get(move |headers: HeaderMap| async move { page(name, &headers, policy) })
    };
    Router::new()
        .route("/check", page("check.html"))
        .route("/check/", page("check.html"))
        .route("/demo", page("demo.html"))
        .route("/demo/", page("demo.html"))
        .route("/embed/v1/{file}", get(embedded))
}

/// Our own pages: nothing of anybody else, no inline script or style, framed by the office's pages alone.
pub(crate) fn page_policy(allowed_origins: &[HeaderValue]) -> HeaderValue {
    page_policy_with(allowed_origins, "", "")
}

/// The same with scripts and styles that stand in the page itself, each named by its hash behind a space.
pub(crate) fn page_policy_with(allowed_origins: &[HeaderValue], scripts: &str, styles: &str) -> HeaderValue {
    let ancestors = ancestors(allowed_origins);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'{styles}; connect-src 'self'; \
         img-src 'self' data:; font-src 'self'; media-src 'self' blob: mediastream:; frame-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'self'{ancestors}"
    );
    // Origins were header values before; joined by spaces they still are one.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Who may frame our pages beside ourselves, each behind a space.
pub(crate) fn ancestors(allowed_origins: &[HeaderValue]) -> String {
    // Who frames a page in a sandbox has an origin of its own, and is named by that.
    let origins =
        allowed_origins.iter().filter_map(|it| it.to_str().ok()).filter(|it| *it != origin::SANDBOX);
    origins.flat_map(|it| [" ", it]).collect()
}

fn page(name: &str, asked: &HeaderMap, policy: HeaderValue) -> Response {
    let mut response = match find(name) {
        Some(asset) => asset_response(asset, asked),
        None => etag::answer(asked, etag::of(NOT_BUILT.as_bytes()), HTML, Body::from(NOT_BUILT)),
    };
    for (name, value) in [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(self), microphone=(self)"),
        ),
    ] {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Pages of other origins load these; they hold nothing of any person.
async fn embedded(
    State(app): State<Arc<AppState>>,
    name: Result<Path<String>, PathRejection>,
    asked: HeaderMap,
) -> Result<Response, ApiError> {
    // One that is no text is no file's.
    let Path(name) = name.map_err(|_| ApiError::NotFound)?;
    let Some(asset) = find(&name).filter(|_| !has_extension(&name, "html")) else {
        return kept::answer(&app, &name, &asked).await.ok_or(ApiError::NotFound);
    };
    let age = if name == LOADER { "public, max-age=300" } else { FOR_EVER };
    Ok(for_everybody(asset_response(asset, &asked), age))
}

fn for_everybody(mut response: Response, age: &'static str) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, age),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The name of the bundle's file with this stem, `begin` for `begin-0123456789ab.js`; none without a bundle.
pub(crate) fn name_of(stem: &str, extension: &str) -> Option<&'static str> {
    let is_it = |name: &str| {
        let hash = name.strip_prefix(stem).and_then(|it| it.strip_prefix('-'));
        let hash = hash.and_then(|it| it.strip_suffix(extension)).and_then(|it| it.strip_suffix('.'));
        hash.is_some_and(|it| it.len() == 12 && it.bytes().all(|it| it.is_ascii_hexdigit()))
    };
    FILES.iter().map(|it| it.name).find(|it| is_it(it))
}

/// What the bundle's file with this stem holds, where that is text.
pub(crate) fn text_of(stem: &str, extension: &str) -> Option<&'static str> {
    let asset = find(name_of(stem, extension)?)?;
    std::str::from_utf8(asset.file.bytes).ok()
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|it| it.file.name == name)
}

fn asset_response(asset: &Asset, asked: &HeaderMap) -> Response {
    let (encoding, bytes) = encoded(asset.file, asked);
    packed(asked, &asset.tag, encoding, content_type(asset.file.name), Body::from(bytes))
}

/// A file in one of its forms.
fn packed(
    asked: &HeaderMap,
    tag: &HeaderValue,
    encoding: Option<&'static str>,
    content_type: &'static str,
    body: Body,
) -> Response {
    let mut response = etag::answer(asked, tagged(tag, encoding), content_type, body);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Each encoding is a representation of its own, with its own strong tag.
fn tagged(tag: &HeaderValue, encoding: Option<&str>) -> HeaderValue {
    let (Some(encoding), Ok(plain)) = (encoding, tag.to_str()) else { return tag.clone() };
    let own = format!("{}-{encoding}\"", plain.trim_end_matches('"'));
    HeaderValue::from_str(&own).unwrap_or_else(|_| tag.clone())
}

/// The smallest form that the client takes: brotli, gzip, plain.
fn encoded(file: &'static Embedded, asked: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    [("br", file.brotli), ("gzip", file.gzip)]
        .into_iter()
        .filter(|(name, _)| takes(asked, name))
        .find_map(|(name, bytes)| Some((Some(name), bytes?)))
        .unwrap_or((None, file.bytes))
}

fn takes(asked: &HeaderMap, encoding: &str) -> bool {
    let accepted = asked.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|it| it.to_str().ok());
    accepted.flat_map(|it| it.split(',')).any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|it| it.trim().parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, it)| it == extension)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, it)| it) {
        "wasm" => "application/wasm",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => HTML,
        "svg" => "image/svg+xml; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "woff2" => "font/woff2",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FILE: Embedded =
        Embedded { name: "a-1.js", bytes: b"plain", brotli: Some(b"br"), gzip: Some(b"gz") };

    #[test]
    fn the_smallest_form_that_the_client_takes_is_sent() {
        for (accept, expected) in [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gz"),
            ("GZIP;q=0.5", "gz"),
            ("br;q=0, gzip;q=0.000", "plain"),
            ("", "plain"),
            ("identity", "plain"),
        ] {
            let mut asked = HeaderMap::new();
            asked.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
            assert_eq!(encoded(&FILE, &asked).1, expected.as_bytes(), "{accept}");
        }
    }

    #[test]
    fn a_browser_refuses_wasm_and_modules_of_any_other_type() {
        assert_eq!(content_type("precheck-0.wasm"), "application/wasm");
        assert_eq!(content_type("precheck.js"), "text/javascript; charset=utf-8");
    }
}
