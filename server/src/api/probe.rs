//! What the widget measures the line with: an answer without a body, filler to download, a place to upload to.
//!
//! Article 10(4) wants the device tried out before the day; the figures are judged by `shared::checklist::line`. No rule and no
//! data here. What comes up is thrown away and never sent back, what goes down is filler. Both are bounded in bytes, time and
//! number, and no page of anybody else can make its visitors' browsers transfer anything.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, HttpBody as _};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use precheck_shared::api::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use self::filler::Filler;
use super::{peer, read_body};
use crate::error::ApiError;
use crate::limits::{Crowded, Limited, Transfer};
use crate::state::AppState;

mod filler;

/// Most bytes of one transfer, either way.
const MOST: u32 = 1_000_000;

/// Seconds after which one of a peer's transfers has made room for another.
const NEXT: u64 = 1;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Bytes of no meaning, for the description of the API.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its description is used")]
struct Octets(Vec<u8>);

/// How much came up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Uploaded {
    bytes: usize,
}

/// An answer without a body, to take the time of.
#[utoipa::path(
    get, path = "/api/v1/probe/latency", tag = "probe",
    responses(
        (status = 204, description = "Nothing but the answer"),
        (status = 403, description = "`not_allowed`: a page of another origin asks, which `--allowed-origins` does not name", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn latency(
    State(app): State<Arc<AppState>>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    admit(&app, &request)?;
    Ok(StatusCode::NO_CONTENT)
}

/// So many bytes that cannot be compressed; cut off after 15 seconds.
#[utoipa::path(
    get, path = "/api/v1/probe/download", tag = "probe",
    params(("bytes" = u32, Query, description = "How many, from 1 to 1,000,000", minimum = 1, maximum = 1_000_000)),
    responses(
        (status = 200, description = "Exactly so many bytes", body = inline(Octets), content_type = "application/octet-stream"),
        (status = 400, description = "`malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`not_allowed`: a page of another origin asks, which `--allowed-origins` does not name", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 503, description = "`unavailable`: too many transfers at a time", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn download(
    State(app): State<Arc<AppState>>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    admit(&app, &request)?;
    let bytes = wanted(query.ok().map(|Query(it)| it).as_deref())
        .ok_or_else(|| ApiError::Malformed("`bytes`, alone, from 1 to 1000000".to_owned()))?;
    let transfer = begin(&app, &request, bytes)?;
    let mut response = Response::new(Body::new(Filler::new(bytes, app.body_deadline, transfer)?));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, bytes.into());
    // Neither kept nor made smaller on the way: both would measure something else than the line.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    Ok(response)
}

/// Takes up to 1,000,000 bytes of any type within 15 seconds and throws them away.
#[utoipa::path(
    post, path = "/api/v1/probe/upload", tag = "probe",
    request_body(content = inline(Octets), content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "All of it arrived", body = Uploaded),
        (status = 403, description = "`not_allowed`: a page of another origin asks, which `--allowed-origins` does not name", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "`malformed`: the body did not arrive in time, or hardly moved while others waited for its place", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`malformed`: the body is longer than 1,000,000 bytes", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 503, description = "`unavailable`: too many transfers at a time", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn upload(
    State(app): State<Arc<AppState>>,
    request: Request,
) -> Result<Json<Uploaded>, ApiError> {
    admit(&app, &request)?;
    // What is refused from here on is not read: it is the reading that is bounded.
    let said = request.body().size_hint().upper().and_then(|it| u32::try_from(it).ok());
    let transfer = begin(&app, &request, said.map_or(MOST, |it| it.min(MOST)))?;
    let (head, body) = request.into_parts();
    let most = MOST as usize;
    let reading = read_body::discard(&head.headers, body, most, app.body_deadline, |it| transfer.moved(it));
    tokio::select! {
        bytes = reading => Ok(Json(Uploaded { bytes: bytes? })),
        // Others measure meanwhile.
        () = transfer.given_up() => Err(ApiError::TooSlow),
    }
}

/// Lets our own pages in, so many times.
fn admit(app: &AppState, request: &Request) -> Result<(), ApiError> {
    if !is_from_our_pages(&app.allowed_origins, request.headers()) {
        return Err(ApiError::ForeignPage);
    }
    app.limits.count(Limited::Probe, peer(request)).map_err(|wait| ApiError::RateLimited { wait })
}

/// Begins a transfer of so many bytes.
fn begin(app: &AppState, request: &Request, bytes: u32) -> Result<Transfer, ApiError> {
    let peer = peer(request);
    // First the place, which is given back where the bytes are refused.
    let transfer = app.limits.begin_transfer(peer).map_err(|crowded| match crowded {
        Crowded::Peer => ApiError::RateLimited { wait: NEXT },
        Crowded::Everybody => ApiError::Busy,
    })?;
    let counted = app.limits.count_many(Limited::ProbeBytes, peer, bytes);
    counted.map_err(|wait| ApiError::RateLimited { wait })?;
    Ok(transfer)
}

/// Whether the asking page is ours or one of the origins that may embed the widget. Browsers say whose page asks, and no page
/// can make them say anything else; old ones say it only by the origin. Whoever is no browser transfers at his own cost.
pub(super) fn is_from_our_pages(allowed: &[HeaderValue], headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN);
    if origin.is_some_and(|it| allowed.contains(it)) {
        return true;
    }
    match headers.get(SEC_FETCH_SITE) {
        // `none`: somebody opened the address.
        Some(site) => site == "same-origin" || site == "none",
        None => origin.is_none_or(|it| is_own(it, headers.get(header::HOST))),
    }
}

/// Whether an origin is the host that was asked; its scheme is known to the proxy alone.
fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else { return false };
    origin.split_once("://").is_some_and(|(_, it)| it.eq_ignore_ascii_case(host))
}

fn wanted(query: Option<&[(String, String)]>) -> Option<u32> {
    let [(name, value)] = query? else { return None };
    let bytes = value.parse().ok().filter(|it| (1..=MOST).contains(it));
    bytes.filter(|_| name == "bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_ours_by_what_its_browser_says_of_it() {
        let allowed = [HeaderValue::from_static("https://www.example.jp")];
        for (site, origin, ours) in [
            ("same-origin", "", true),
            ("same-origin", "https://precheck.example.jp", true),
            ("none", "", true),
            ("cross-site", "", false),
            ("cross-site", "https://evil.example", false),
            ("cross-site", "null", false),
            ("cross-site", "https://www.example.jp", true),
            ("same-site", "", false),
            ("same-site", "https://other.example.jp", false),
            ("same-site", "https://www.example.jp", true),
            ("same-origin, cross-site", "", false),
            ("", "", false),
            // Browsers before 2020 to 2023, and whoever is no browser.
            ("-", "", true),
            ("-", "https://precheck.example.jp", true),
            ("-", "http://PRECHECK.example.jp", true),
            ("-", "https://www.example.jp", true),
            ("-", "https://www.example.jp.evil.example", false),
            ("-", "https://precheck.example.jp:8443", false),
            ("-", "https://evil.example", false),
            ("-", "null", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("precheck.example.jp"));
            if site != "-" {
                headers.insert(SEC_FETCH_SITE, HeaderValue::from_static(site));
            }
            if !origin.is_empty() {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(is_from_our_pages(&allowed, &headers), ours, "{site:?} {origin:?}");
        }
    }

    #[test]
    fn an_origin_without_a_host_to_compare_it_with_is_not_ours() {
        assert!(!is_own(&HeaderValue::from_static("https://precheck.example.jp"), None));
        assert!(!is_own(&HeaderValue::from_static("null"), Some(&HeaderValue::from_static("null"))));
    }
}
