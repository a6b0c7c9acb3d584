//! Invitations, staff, one's own settings, the password once more, the log.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};

use super::words::{fill1, t, t2};
use super::{page, session};
use crate::service::staff::fault::Fault;
use crate::state::AppState;

mod alarms;
mod codes;
mod invitation;
mod leaving;
mod link;
mod log;
mod me;
pub(super) mod prove;
mod staff;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/desk/invitation/{secret}", get(invitation::show).post(invitation::take))
        .route("/desk/alarms", post(alarms::seen))
        .route("/desk/prove", get(prove::show).post(prove::enter))
        .route("/desk/me", get(me::show))
        .route("/desk/me/password", post(me::change_password))
        .route("/desk/me/sessions", post(me::end_session))
        .route("/desk/me/feed", post(me::change_feed))
        .route(session::ENROL, get(codes::show).post(codes::enrol))
        .route("/desk/me/codes/drop", post(codes::drop_codes))
        .route("/desk/me/codes/recovery", post(codes::new_recovery))
        .route("/desk/staff", get(staff::list).post(staff::invite))
        .route("/desk/staff/codes", post(staff::require_codes_of_all))
        .route("/desk/staff/{id}", get(staff::one).post(staff::perform))
        .route("/desk/staff/{id}/end", get(leaving::show).post(leaving::end))
        .route("/desk/staff/{id}/link", get(link::show).post(link::make))
        .route("/desk/log", get(log::show).post(log::search))
        .route("/desk/log/check", get(log::check))
        .route("/desk/log/seen", post(log::seen))
}

/// What is shown once: a link, codes, an address.
#[derive(Template)]
#[template(path = "desk/me_once.html")]
struct Once {
    page: page::Frame,
    lead: String,
    lines: Vec<String>,
    back: String,
}

impl Once {
    fn answer(page: page::Frame, lead: String, lines: Vec<String>, back: &str) -> Response {
        page::html(StatusCode::OK, &Self { page, lead, lines, back: back.to_owned() })
    }
}

/// What is wrong with an account, for a page.
fn faults_of(faults: &[Fault]) -> Vec<page::Fault> {
    let fault = |it: &Fault| page::Fault { field: it.field().to_owned(), words: words_of(*it), check: None };
    faults.iter().map(fault).collect()
}

fn words_of(fault: Fault) -> String {
    match fault.seconds() {
        Some(seconds) => fill1("desk.account.fault.password_waits", "seconds", &seconds.to_string()),
        None => t2("desk.account.fault.", fault.as_str()),
    }
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
