//! Invitations, staff, one's own settings, the password once more, the log.

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header;
use axum::routing::get;

use super::page;
use super::words::t;
use crate::service::staff::fault::Fault;
use crate::state::AppState;

mod invitation;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/desk/invitation/{secret}", get(invitation::show).post(invitation::take))
}

/// What is wrong with an account, for a page.
fn faults_of(faults: &[Fault]) -> Vec<page::Fault> {
    let fault = |it: &Fault| page::Fault {
        field: it.field().to_owned(),
        words: t(&format!("desk.account.fault.{}", it.as_str())).to_owned(),
        check: None,
    };
    faults.iter().map(fault).collect()
}

/// What is wrong with a field.
fn fault<'a>(page: &'a page::Frame, field: &str) -> Option<&'a str> {
    page.faults.iter().find(|it| it.field == field).map(|it| it.words.as_str())
}

/// The address under which people reach this server: as it is set, or as this browser has reached it.
fn origin(app: &AppState, headers: &HeaderMap) -> String {
    let host = || headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("localhost");
    app.public_origin.clone().unwrap_or_else(|| format!("http://{}", host()))
}
