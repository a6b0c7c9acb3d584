//! Whether the process runs, and whether it can take requests.

use std::sync::Arc;

use axum::extract::State;

use crate::error::ApiError;
use crate::state::AppState;

/// 200 while the process runs.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "The process runs", body = String)))]
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// 200 when nothing keeps this server from being relied on, and the store takes a write and reads it back.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "The server can be relied on, and the store takes writes", body = String),
        (status = 503, description = "`unavailable`; the detail says why", body = precheck_shared::api::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ready(State(app): State<Arc<AppState>>) -> Result<&'static str, ApiError> {
    let conditions: Vec<_> = app.conditions().iter().map(ToString::to_string).collect();
    if !conditions.is_empty() {
        return Err(ApiError::NotReady(conditions.join("; ")));
    }
    app.store.check().await?;
    Ok("ready\n")
}
