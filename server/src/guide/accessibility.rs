//! `/accessibility`
use crate::state::AppState;
use axum::extract::State;
use std::sync::Arc;
pub(super) async fn show(State(_): State<Arc<AppState>>) -> &'static str {
    "todo"
}
