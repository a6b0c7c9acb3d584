//! `GET /requests/{reception_number}` and what belongs to it: whoever holds number and code looks at the request, takes the
//! appointment into a calendar, and draws the receipt's link.
//!
//! All of them look the same to everybody else: 404, whatever else is wrong with what was asked.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use precheck_shared::api::{Problem, QrView, RequestView};
use precheck_shared::booking::{ReceiptCode, ReceptionNumber};

use super::peer;
use crate::error::ApiError;
use crate::service::Presented;
use crate::state::AppState;
use crate::{etag, language, origin, qr, service};

const JSON: &str = "application/json";
const CALENDAR: HeaderValue = HeaderValue::from_static("text/calendar; charset=utf-8");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// The code in a header of its own, for whoever has a proxy's sign-in in `Authorization`.
pub(super) const RECEIPT_CODE: HeaderName = HeaderName::from_static("precheck-receipt-code");

/// Longest address of a page that a receipt's link begins with.
const LONGEST_PAGE: usize = 500;

/// The receipt of a request, for whoever holds its code.
#[utoipa::path(
    get, path = "/api/v1/requests/{reception_number}", tag = "requests",
    params(
        ("reception_number" = String, Path, description = "`7K3M-9QXD-2`, in any width and case"),
        ("If-None-Match" = Option<String>, Header, description = "Tags that the client has"),
    ),
    security(("receipt_code" = []), ("receipt_code_header" = [])),
    responses(
        (status = 200, description = "The request", body = RequestView, headers(("ETag" = String, description = "Covers all that is shown"))),
        (status = 304, description = "Unchanged"),
        (status = 404, description = "`not_found`: a number or code that does not parse, is unknown, or does not belong together", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 503, description = "`unavailable`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let view = service::receipt(&app, &presented(number, &request)).await?;
    let body = serde_json::to_vec(&view).map_err(|error| ApiError::Unavailable(error.to_string()))?;
    let mut response = etag::answer(request.headers(), etag::of(&body), JSON, Body::from(body));
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    Ok(response)
}

/// The appointment as a file for calendars (RFC 5545), while the request is confirmed. A later one of the same request takes
/// its place: the same `UID`, a higher `SEQUENCE`.
#[utoipa::path(
    get, path = "/api/v1/requests/{reception_number}/appointment.ics", tag = "requests",
    params(
        ("reception_number" = String, Path, description = "`7K3M-9QXD-2`, in any width and case"),
        ("Accept-Language" = Option<String>, Header, description = "Language of the words in it"),
    ),
    security(("receipt_code" = []), ("receipt_code_header" = [])),
    responses(
        (status = 200, description = "One event", body = String, content_type = "text/calendar"),
        (status = 404, description = "`not_found`: as for the receipt; also while nothing is confirmed", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 503, description = "`unavailable`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn appointment(
    State(app): State<Arc<AppState>>,
    number: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let texts = language::of_headers(request.headers());
    let file = service::appointment(&app, &presented(number, &request), texts).await?;
    let mut response = Response::new(Body::from(file.text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CALENDAR);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", file.name)) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The receipt's link as a QR code of level M. The page is one of ours, or one that may embed us: nobody else gets a code
/// drawn by us.
#[utoipa::path(
    get, path = "/api/v1/requests/{reception_number}/qr", tag = "requests",
    params(
        ("reception_number" = String, Path, description = "`7K3M-9QXD-2`, in any width and case"),
        ("page" = String, Query, description = "Absolute address of the page that shows the receipt, without fragment"),
    ),
    security(("receipt_code" = []), ("receipt_code_header" = [])),
    responses(
        (status = 200, description = "The code", body = QrView),
        (status = 400, description = "`malformed`: no page, or one of another origin", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: as for the receipt", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 503, description = "`unavailable`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn draw(
    State(app): State<Arc<AppState>>,
    number: Result<Path<String>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let fragment = service::receipt_fragment(&app, &presented(number, &request)).await?;
    let page = page(query)?;
    if !is_ours(&app, request.headers(), &page) {
        return Err(ApiError::Malformed(
            "`page` is an address of ours, absolute and without fragment".to_owned(),
        ));
    }
    let drawn = qr::draw(&format!("{page}{fragment}"));
    let drawn = drawn.ok_or_else(|| ApiError::Malformed("`page` is too long".to_owned()))?;
    let mut response = Json(drawn).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    Ok(response)
}

/// Number and code, if they can be read.
fn presented(number: Result<Path<String>, PathRejection>, request: &Request) -> Presented {
    Presented {
        peer: peer(request),
        number: number.ok().and_then(|Path(it)| ReceptionNumber::parse(&it)),
        code: code(request.headers()),
        is_shown_nothing: request.method() == Method::HEAD,
    }
}

/// The code, by either header or by both. Two that differ are as good as none: nobody has both.
fn code(headers: &HeaderMap) -> Option<ReceiptCode> {
    let own: Vec<_> = headers.get_all(RECEIPT_CODE).iter().collect();
    let own = match own[..] {
        [] => return bearer(headers).and_then(ReceiptCode::parse),
        [one] => ReceiptCode::parse(one.to_str().ok()?)?,
        _ => return None,
    };
    // What else stands in `Authorization` is for somebody on the way.
    match bearer(headers) {
        Some(code) if ReceiptCode::parse(code).as_ref() != Some(&own) => None,
        _ => Some(own),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, code) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(code)
}

fn page(query: Result<Query<Vec<(String, String)>>, QueryRejection>) -> Result<String, ApiError> {
    let malformed = |why: &str| ApiError::Malformed(why.to_owned());
    let Query(query) = query.map_err(|_| malformed("the query cannot be read"))?;
    match <[(String, String); 1]>::try_from(query) {
        Ok([(name, page)]) if name == "page" => Ok(page),
        _ => Err(malformed("`page`, once, and nothing else is understood")),
    }
}

/// Whether a page is ours: of the address under which people reach this server, or where none is set of the one that was
/// asked; or a page that may embed us.
fn is_ours(app: &AppState, headers: &HeaderMap, page: &str) -> bool {
    // The reader of addresses drops a fragment in silence.
    let plain = page.len() <= LONGEST_PAGE && page.bytes().all(|it| it.is_ascii_graphic() && it != b'#');
    let Some(address) = page.parse::<Uri>().ok().filter(|_| plain) else { return false };
    let Some(own) = origin::of(&address) else { return false };
    let asked = || {
        let host = headers.get(header::HOST)?.to_str().ok()?;
        let address = format!("{}://{host}/", address.scheme_str()?);
        origin::of(&address.parse().ok()?)
    };
    app.public_origin.clone().or_else(asked).as_ref() == Some(&own)
        || app.allowed_origins.iter().any(|it| it.as_bytes() == own.as_bytes())
}
