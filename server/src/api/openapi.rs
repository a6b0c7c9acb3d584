//! `GET /openapi.json`, from the handlers themselves.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{RefOr, Required};
use utoipa::{Modify, OpenApi};

use super::{health, office, probe, receipt, requests, slots, visits};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Online counselling pre-check",
        description = "Booking requests for online job counselling. Refusals are problem documents (RFC 9457) with a stable `code` and the clause of the terms of use that they stand on."
    ),
    paths(
        office::show,
        office::terms,
        office::terms_text,
        slots::list,
        requests::submit,
        receipt::show,
        receipt::appointment,
        receipt::draw,
        probe::latency,
        probe::download,
        probe::upload,
        visits::report,
        health::alive,
        health::ready
    ),
    tags(
        (name = "office", description = "The office's data"),
        (name = "requests", description = "Article 4(1): booking requests"),
        (name = "probe", description = "Article 10(4): measuring the line"),
        (name = "visits", description = "Article 5(1): the record of use"),
        (name = "operation", description = "For whoever runs the server"),
    ),
    modifiers(&ReceiptCodeScheme, &NothingUploaded)
)]
struct Description;

struct ReceiptCodeScheme;

impl Modify for ReceiptCodeScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some("The receipt code".to_owned());
        let own = ApiKeyValue::with_description(
            receipt::RECEIPT_CODE.as_str(),
            "The receipt code, beside or instead of the bearer: for whoever has a proxy's sign-in in `Authorization`",
        );
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("receipt_code", SecurityScheme::Http(scheme));
        components.add_security_scheme("receipt_code_header", SecurityScheme::ApiKey(ApiKey::Header(own)));
    }
}

/// An upload of nothing is one of no bytes.
struct NothingUploaded;

impl Modify for NothingUploaded {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let upload = openapi.paths.paths.get_mut("/api/v1/probe/upload").and_then(|it| it.post.as_mut());
        if let Some(RefOr::T(body)) = upload.and_then(|it| it.request_body.as_mut()) {
            body.required = Some(Required::False);
        }
    }
}

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| Description::openapi().to_json().unwrap_or_else(|error| format!("\"{error}\"")));

pub(super) async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], DOCUMENT.as_str())
}
