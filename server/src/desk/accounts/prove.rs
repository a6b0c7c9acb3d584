//! The password once more, for what needs it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::Response;

use super::fault;
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Fault, Frame};
use crate::desk::pending_form;
use crate::desk::session::{self, Signed, next_of};
use crate::desk::sign_in::{codes_wait_words, wait_words};
use crate::desk::words::t;
use crate::service::staff::sign_in::{Outcome, prove};
use crate::service::staff::{SignedIn, own, resume};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/prove.html")]
struct Proof {
    page: Frame,
    next: String,
    /// What she sent, to go on with.
    pending_form: String,
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
    ask(&app, &who, StatusCode::OK, (next_of(query.get("next")), String::new()), Vec::new()).await
}

/// Takes it and goes on.
pub(super) async fn enter(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    request: Request,
) -> Result<Response, Failed> {
    let (parts, body) = request.into_parts();
    let fields = Fields::read(&app, &parts.headers, body).await?;
    let next = next_of(fields.get("next"));
    let words = match prove(&app, &who, fields.get("old"), fields.get("code")).await? {
        Outcome::Done(()) => {
            let mut response = page::see_other(next);
            // Whoever got hold of the cookie before has not shown the password.
            if let Some(cookie) = resume::renew(&app, &who).await? {
                response.headers_mut().insert(header::SET_COOKIE, session::set_cookie(&app, &cookie));
            }
            return Ok(response);
        }
        Outcome::Wrong => t("desk.prove.wrong").to_owned(),
        Outcome::Wait(seconds) => wait_words(seconds),
        Outcome::CodesWait(seconds) => codes_wait_words(seconds),
    };
    let fault = Fault { field: "old".to_owned(), words, check: None };
    let carried = pending_form::carried(&app, &parts, Some((&who).into()));
    ask(&app, &who, StatusCode::UNPROCESSABLE_ENTITY, (next, carried), vec![fault]).await
}

/// The page that asks for it; afterwards she comes to an address, or what she sent is acted upon.
pub(crate) async fn ask(
    app: &AppState,
    who: &SignedIn,
    status: StatusCode,
    (next, pending_form): (&str, String),
    faults: Vec<Fault>,
) -> Result<Response, Failed> {
    let account = own::account(app, who).await?;
    let page = Frame { faults, ..Frame::new(app, who, t("desk.prove.title"), "me") };
    let (next, has_codes) = (next.to_owned(), account.has_codes);
    Ok(page::html(status, &Proof { page, next, pending_form, login: account.login, has_codes }))
}
