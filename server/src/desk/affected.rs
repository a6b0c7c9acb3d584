//! Late closures, illness, outage: the affected counsellings as one list.

use std::sync::Arc;

use axum::Router;

use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
}
