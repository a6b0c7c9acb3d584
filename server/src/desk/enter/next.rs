//! The next one.
use crate::desk::page::Failed;
use crate::desk::session::Signed;
use crate::error::ApiError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;
pub(super) async fn show(State(_): State<Arc<AppState>>, Signed(_): Signed) -> Result<Response, Failed> {
    Err(Failed(ApiError::NotFound))
}
pub(super) async fn enter(State(_): State<Arc<AppState>>, Signed(_): Signed) -> Result<Response, Failed> {
    Err(Failed(ApiError::NotFound))
}
