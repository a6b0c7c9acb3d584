//! The pages for whoever runs an office's web site, made on the server: how to embed the element, and the statement on accessibility.
//!
//! | what | where |
//! |---|---|
//! | `/embed`: options, the line, what the host has to allow, preview | [`embed`] |
//! | `/accessibility`: the statement, with a result for each criterion | [`accessibility`] |
//! | what surrounds both, headers, style sheet and script | [`page`], [`assets`] |
//!
//! Everything works without script; nothing is sent or kept, and no address that somebody names is asked for.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

mod accessibility;
mod assets;
mod embed;
mod page;

pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/embed", get(embed::show))
        .route("/embed/", get(embed::show))
        .route("/embed/assets/{file}", get(assets::file))
        .route("/embed/frame-test", get(embed::frame_test::show))
        .route("/accessibility", get(accessibility::show))
        .route("/accessibility/", get(accessibility::show))
}
