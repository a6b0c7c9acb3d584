//! That somebody guesses one-time passwords: seen.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::clock::from_millis;
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed};
use crate::desk::session::Signed;
use crate::service::staff::alarms;
use crate::state::AppState;

/// She has seen what the first page told her.
pub(super) async fn seen(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    if let Ok(shown) = fields.get("at").parse() {
        alarms::seen(&app, &who, fields.get("staff"), from_millis(shown)).await?;
    }
    Ok(page::see_other("/desk"))
}
