//! `POST /visits`: the record of use, article 5(1). Fire and forget: the widget waits for no answer and needs none.
//!
//! What is recorded is what the page says of itself, in names of ours. Nothing is taken from the connection: no address, no
//! string that the browser sends about itself. The body is JSON whatever it is said to be: a beacon, which outlives its page, calls
//! it plain text.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode};
use precheck_shared::api::{Problem, VisitReport};

use super::probe::is_from_our_pages;
use super::{peer, read_body};
use crate::error::ApiError;
use crate::frame::CROSS_ORIGIN_RESOURCE_POLICY;
use crate::limits::Limited;
use crate::service::visits;
use crate::state::AppState;

/// Article 5(1): a step was reached. Reports of one tab and month are one record, of which the furthest step stays.
#[utoipa::path(
    post, path = "/api/v1/visits", tag = "visits",
    request_body = VisitReport,
    responses(
        (status = 204, description = "Taken, and recorded where it says something new"),
        (status = 400, description = "`malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`not_allowed`: a page of another origin asks, which `--allowed-origins` does not name", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "`malformed`: the body did not arrive in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`malformed`: the body is longer than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 503, description = "`unavailable`: not recorded", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn report(
    State(app): State<Arc<AppState>>,
    request: Request,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1]), ApiError> {
    if !is_from_our_pages(&app.allowed_origins, request.headers()) {
        return Err(ApiError::ForeignPage);
    }
    app.limits.count(Limited::Visit, peer(&request)).map_err(|wait| ApiError::RateLimited { wait })?;
    let (head, body) = request.into_parts();
    let bytes = read_body::read(&head.headers, body, app.body_deadline).await;
    let body = read_body::parse(&bytes?)?;
    // What serde says of it may repeat what was sent: it is not sent back.
    let report: VisitReport = serde_json::from_value(body)
        .map_err(|_| ApiError::Malformed("the body is no report of a visit".to_owned()))?;
    visits::note(&app, &report).await?;
    // A beacon asks no leave of another origin; without this the console of an office's page would tell of an answer that was kept back.
    Ok((StatusCode::NO_CONTENT, [(CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin")]))
}
