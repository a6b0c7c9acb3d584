//! The calendar feed: times and reception numbers alone.

use std::sync::Arc;

use axum::Router;

use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
}
