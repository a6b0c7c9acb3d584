//! The first screen: the day.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::page::{self, Failed, Frame};
use super::session::Signed;
use super::words::t;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/today.html")]
struct Today {
    page: Frame,
}

/// Shows it.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    let page = Frame { live: true, ..Frame::new(&app, &who, t("desk.today.title"), "today") };
    Ok(page::live(&headers, &Today { page }))
}
