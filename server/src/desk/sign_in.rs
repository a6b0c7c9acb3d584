//! Signing in and out.
//!
//! One form for all: login, password, and the code for whoever has one. What is wrong is never told. Whoever has to wait is told for
//! how long, also at a login that nobody has.
//!
//! Beside the session's cookie the browser keeps one that opens nothing: by it she is known there (`service::staff::browsers`).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::fields::Fields;
use super::page::{self, Failed, Fault, Frame};
use super::session::{self, Signed, next_of};
use super::words::{fill1, t};
use crate::api::peer;
use crate::error::ApiError;
use crate::limits::{Crowded, Limited};
use crate::service::staff::browsers;
use crate::service::staff::sign_in::{Entered, Outcome, sign_in};
use crate::service::staff::{self, members};
use crate::state::AppState;

pub(super) mod browser;
mod device;

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignIn {
    page: Frame,
    /// Where to go afterwards.
    next: String,
    login: String,
    /// Nobody is there who could sign in.
    first: bool,
    /// What was entered is not right.
    wrong: bool,
}

/// What whoever is not signed in gets instead of any page: 200 at the desk's own address, else 401.
pub(super) async fn wanted(app: &AppState, asked: &Uri) -> Response {
    let own = asked.path().trim_end_matches('/') == "/desk";
    let status = if own { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    let page = Frame::signed_out(app, t("desk.sign_in.title"));
    form(app, status, page, next_of(&session::asked(asked)), String::new()).await
}

async fn form(app: &AppState, status: StatusCode, page: Frame, next: &str, login: String) -> Response {
    let anybody = members::anybody(app).await;
    let wrong = status == StatusCode::UNAUTHORIZED && !page.faults.is_empty();
    // Where the database does not answer, nothing is claimed about it.
    let first = anybody.is_ok_and(|it| !it);
    page::html(status, &SignIn { page, next: next.to_owned(), login, first, wrong })
}

/// The page itself.
pub(super) async fn show(State(app): State<Arc<AppState>>, uri: Uri) -> Response {
    let query = Fields::of_query(uri.query());
    let done = ["out", "password"].into_iter().find(|it| *it == query.get("done"));
    let done = done.map(|it| t(&format!("desk.sign_in.done.{it}")).to_owned());
    let page = Frame { done, ..Frame::signed_out(&app, t("desk.sign_in.title")) };
    form(&app, StatusCode::OK, page, "/desk", String::new()).await
}

/// Seconds after which one of a peer's tries has made room for another.
const NEXT: u64 = 2;

/// Signs in.
pub(super) async fn enter(State(app): State<Arc<AppState>>, request: Request) -> Result<Response, Failed> {
    let peer = peer(&request);
    let (parts, body) = request.into_parts();
    let fields = Fields::read(&app, &parts.headers, body).await?;
    let entered = Entered {
        login: fields.get("login").to_owned(),
        password: fields.get("password").to_owned(),
        code: fields.get("code").to_owned(),
    };
    let browser = browser::cookie(&app, &parts.headers);
    // Whoever guesses from the same address uses up nothing of hers.
    let known = browsers::is_known(&app, browser.as_ref(), &entered.login).await?;
    let place = if known {
        app.limits.staffs_password()
    } else if let Err(wait) = app.limits.count(Limited::SignIn, peer) {
        return Ok(too_many(&app, &fields, wait).await);
    } else {
        app.limits.strangers_password(peer)
    };
    let place = match place {
        Ok(place) => place,
        Err(Crowded::Peer) => return Ok(too_many(&app, &fields, NEXT).await),
        Err(Crowded::Everybody) => return Err(ApiError::Busy.into()),
    };
    let agent = parts.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
    let device = device::of(agent.unwrap_or_default());
    match sign_in(&app, &entered, browser.as_ref(), &device, place).await? {
        Outcome::Done(cookies) => {
            let mut response = page::see_other(next_of(fields.get("next")));
            let headers = response.headers_mut();
            headers.insert(header::SET_COOKIE, session::set_cookie(&app, &cookies.session));
            headers.append(header::SET_COOKIE, browser::set_cookie(&app, &cookies.browser));
            Ok(response)
        }
        Outcome::Wrong => {
            let words = t("desk.sign_in.wrong").to_owned();
            Ok(refused(&app, &fields, StatusCode::UNAUTHORIZED, words).await)
        }
        Outcome::Wait(seconds) => Ok(waits(&app, &fields, wait_words(seconds), seconds).await),
        Outcome::CodesWait(seconds) => Ok(waits(&app, &fields, codes_wait_words(seconds), seconds).await),
    }
}

/// That a password counts for nothing for a while.
pub(super) fn wait_words(seconds: u64) -> String {
    fill1("desk.sign_in.wait", "seconds", &seconds.to_string())
}

/// That one-time passwords count for nothing for a while.
pub(super) fn codes_wait_words(seconds: u64) -> String {
    fill1("desk.sign_in.codes_wait", "minutes", &seconds.div_ceil(60).to_string())
}

async fn waits(app: &AppState, fields: &Fields, words: String, seconds: u64) -> Response {
    let mut response = refused(app, fields, StatusCode::UNAUTHORIZED, words).await;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

async fn too_many(app: &AppState, fields: &Fields, wait: u64) -> Response {
    let words = fill1("desk.sign_in.too_many", "seconds", &wait.to_string());
    let mut response = refused(app, fields, StatusCode::TOO_MANY_REQUESTS, words).await;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}

async fn refused(app: &AppState, fields: &Fields, status: StatusCode, words: String) -> Response {
    let mut page = Frame::signed_out(app, t("desk.sign_in.title"));
    page.faults.push(Fault { field: "login".to_owned(), words, check: None });
    form(app, status, page, next_of(fields.get("next")), fields.get("login").to_owned()).await
}

/// Signs out.
pub(super) async fn leave(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
) -> Result<Response, Failed> {
    if let Some(cookie) = session::cookie(&app, &headers) {
        staff::sign_out(&app, &who, cookie).await?;
    }
    let mut response = page::see_other("/desk/sign-in?done=out");
    response.headers_mut().insert(header::SET_COOKIE, session::set_cookie(&app, ""));
    Ok(response.into_response())
}
