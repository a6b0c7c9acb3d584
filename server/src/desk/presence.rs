//! That somebody is there, and how long her session lasts: what a page's script asks and tells, so that typing counts, and nobody's
//! session ends without a warning.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::session::Signed;
use crate::service::staff::{self, SignedIn};
use crate::state::AppState;

/// How long it lasts. Whoever asks with [`super::session::LIVE`] is nobody's act.
pub(super) async fn left(State(app): State<Arc<AppState>>, Signed(who): Signed) -> Response {
    told(&app, &who)
}

/// Somebody types, or wants to go on: her session lasts anew.
pub(super) async fn note(State(app): State<Arc<AppState>>, Signed(who): Signed) -> Response {
    told(&app, &who)
}

fn told(app: &AppState, who: &SignedIn) -> Response {
    let left = (who.ends_at - app.clock.now()).num_milliseconds().max(0);
    let told = serde_json::json!({
        "person": who.officer.as_str(),
        "milliseconds": left,
        "idle_milliseconds": staff::idle(app).num_milliseconds(),
        "extends": who.extends,
    });
    ([(header::CONTENT_TYPE, "application/json")], told.to_string()).into_response()
}
