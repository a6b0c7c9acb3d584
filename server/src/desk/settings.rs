//! Article 4(1): seats and closures that the desk sets.

use std::sync::Arc;

use axum::Router;

use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
}
