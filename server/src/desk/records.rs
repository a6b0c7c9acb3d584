//! Disclosures, and the log of what the staff did.

use std::sync::Arc;

use axum::Router;

use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
}
