//! The password once more, for what needs it.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::fault;
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Fault, Frame};
use crate::desk::session::{Signed, next_of};
use crate::desk::sign_in::{codes_wait_words, wait_words};
use crate::desk::words::t;
use crate::service::staff::SignedIn;
use crate::service::staff::own;
use crate::service::staff::sign_in::{Outcome, prove};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/prove.html")]
struct Proof {
    page: Frame,
    next: String,
    login: String,
    has_codes: bool,
}

/// Asks for it.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    uri: Uri,
) -> Result<Response, Failed> {
    let query = Fields::of_query(uri.query());
    answer(&app, &who, StatusCode::OK, next_of(query.get("next")), Vec::new()).await
}

/// Takes it and goes on.
pub(super) async fn enter(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let next = next_of(fields.get("next"));
    let words = match prove(&app, &who, fields.get("old"), fields.get("code")).await? {
        Outcome::Done(()) => return Ok(page::see_other(next)),
        Outcome::Wrong => t("desk.prove.wrong").to_owned(),
        Outcome::Wait(seconds) => wait_words(seconds),
        Outcome::CodesWait(seconds) => codes_wait_words(seconds),
    };
    let fault = Fault { field: "old".to_owned(), words, check: None };
    answer(&app, &who, StatusCode::UNPROCESSABLE_ENTITY, next, vec![fault]).await
}

async fn answer(
    app: &AppState,
    who: &SignedIn,
    status: StatusCode,
    next: &str,
    faults: Vec<Fault>,
) -> Result<Response, Failed> {
    let account = own::account(app, who).await?;
    let page = Frame { faults, ..Frame::new(app, who, t("desk.prove.title"), "me") };
    let (next, has_codes) = (next.to_owned(), account.has_codes);
    Ok(page::html(status, &Proof { page, next, login: account.login, has_codes }))
}
