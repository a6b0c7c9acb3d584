//! Signing in and out.
//!
//! One form for all: login, password, and the code for whoever has one. What is wrong is never told. Whoever has to wait is told for
//! how long, also at a login that nobody has. Whose session ended because nobody was there gives her password alone. Both forms carry
//! what was entered where the session ended.
//!
//! Beside the session's cookie the browser keeps one that opens nothing: by it she is known there (`service::staff::browsers`).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use super::fields::Fields;
use super::page::{self, Failed, Fault, Frame};
use super::pending_form;
use super::session::{self, Signed, next_of};
use super::words::{fill1, t};
use crate::api::peer;
use crate::error::ApiError;
use crate::limits::{Crowded, Limited};
use crate::service::staff::sign_in::{Entered, Outcome, sign_in};
use crate::service::staff::{self, Former, browsers, members, resume};
use crate::state::AppState;

pub(super) mod browser;
mod device;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignIn {
    page: Frame,
    /// Where to go afterwards.
    next: String,
    /// What was sent, to go on with.
    pending_form: String,
    /// On whose page this is asked; empty where on nobody's.
    person: String,
    login: String,
    /// Nobody is there who could sign in.
    first: bool,
    /// What was entered is not right.
    wrong: bool,
}

/// The password alone.
#[derive(Template)]
#[template(path = "desk/resume.html")]
struct Resume {
    page: Frame,
    next: String,
    pending_form: String,
    name: String,
    login: String,
    wrong: bool,
}

/// What a form of these pages has beside what is typed into it.
#[derive(Default)]
struct Beside {
    next: String,
    pending_form: String,
    person: String,
    login: String,
}

impl Beside {
    /// As the form brought it.
    fn of(app: &AppState, parts: &Parts, fields: &Fields) -> Self {
        Self {
            next: next_of(fields.get("next")).to_owned(),
            pending_form: pending_form::carried(app, parts, None),
            person: fields.get("person").to_owned(),
            login: fields.get("login").to_owned(),
        }
    }
}

/// What whoever is not signed in gets instead of any page: 200 at the desk's own address, else 401.
pub(super) async fn wanted(app: &AppState, parts: &Parts) -> Response {
    let own = parts.method == Method::GET && parts.uri.path().trim_end_matches('/') == "/desk";
    let status = if own { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    let former = match former(app, &parts.headers).await {
        Ok(former) => former,
        Err(error) => return Failed(error).into_response(),
    };
    let beside = Beside {
        next: next_of(&session::way_back(parts)).to_owned(),
        pending_form: pending_form::carried(app, parts, former.as_ref().map(Into::into)),
        ..Beside::default()
    };
    match former {
        Some(former) if former.asleep.is_some() => {
            let page = Frame::signed_out(app, t("desk.resume.title"));
            password_alone(status, page, beside, former)
        }
        _ => form(app, status, Frame::signed_out(app, t("desk.sign_in.title")), beside).await,
    }
}

/// Whose session it was.
async fn former(app: &AppState, headers: &HeaderMap) -> Result<Option<Former>, ApiError> {
    match session::cookie(app, headers) {
        Some(cookie) => resume::former(app, cookie).await,
        None => Ok(None),
    }
}

async fn form(app: &AppState, status: StatusCode, page: Frame, beside: Beside) -> Response {
    let anybody = members::anybody(app).await;
    let wrong = status == StatusCode::UNAUTHORIZED && !page.faults.is_empty();
    // Where the database does not answer, nothing is claimed about it.
    let first = anybody.is_ok_and(|it| !it);
    let Beside { next, pending_form, person, login } = beside;
    page::html(status, &SignIn { page, next, pending_form, person, login, first, wrong })
}

fn password_alone(status: StatusCode, page: Frame, beside: Beside, former: Former) -> Response {
    let wrong = !page.faults.is_empty();
    let Beside { next, pending_form, .. } = beside;
    let Former { name, login, .. } = former;
    page::html(status, &Resume { page, next, pending_form, name, login, wrong })
}

/// The page itself.
pub(super) async fn show(State(app): State<Arc<AppState>>, uri: Uri) -> Response {
    let query = Fields::of_query(uri.query());
    let done = ["out", "password"].into_iter().find(|it| *it == query.get("done"));
    let done = done.map(|it| t(&format!("desk.sign_in.done.{it}")).to_owned());
    let page = Frame { done, ..Frame::signed_out(&app, t("desk.sign_in.title")) };
    form(&app, StatusCode::OK, page, Beside { next: "/desk".to_owned(), ..Beside::default() }).await
}

/// Seconds after which one of a peer's tries has made room for another.
const NEXT: u64 = 2;

/// Signs in.
pub(super) async fn enter(State(app): State<Arc<AppState>>, request: Request) -> Result<Response, Failed> {
    let peer = peer(&request);
    let (parts, body) = request.into_parts();
    let fields = Fields::read(&app, &parts.headers, body).await?;
    let beside = Beside::of(&app, &parts, &fields);
    // On a page that somebody has still open, nobody else signs in.
    let person = fields.get("person");
    if !person.is_empty() && members::id_of(&app, fields.get("login")).await?.as_deref() != Some(person) {
        return Ok(refused(&app, beside, StatusCode::UNAUTHORIZED, t("desk.sign_in.wrong").to_owned()).await);
    }
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
        return Ok(too_many(&app, beside, wait).await);
    } else {
        app.limits.strangers_password(peer)
    };
    let place = match place {
        Ok(place) => place,
        Err(Crowded::Peer) => return Ok(too_many(&app, beside, NEXT).await),
        Err(Crowded::Everybody) => return Err(ApiError::Busy.into()),
    };
    let agent = parts.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok());
    let device = device::of(agent.unwrap_or_default());
    match sign_in(&app, &entered, browser.as_ref(), &device, place).await? {
        Outcome::Done(cookies) => {
            // One browser, one session.
            if let Some(before) = session::cookie(&app, &parts.headers) {
                resume::replace(&app, before).await?;
            }
            let mut response = page::see_other(&beside.next);
            let headers = response.headers_mut();
            headers.insert(header::SET_COOKIE, session::set_cookie(&app, &cookies.session));
            headers.append(header::SET_COOKIE, browser::set_cookie(&app, &cookies.browser));
            Ok(response)
        }
        Outcome::Wrong => {
            let words = t("desk.sign_in.wrong").to_owned();
            Ok(refused(&app, beside, StatusCode::UNAUTHORIZED, words).await)
        }
        Outcome::Wait(seconds) => Ok(waits(&app, beside, wait_words(seconds), seconds).await),
        Outcome::CodesWait(seconds) => Ok(waits(&app, beside, codes_wait_words(seconds), seconds).await),
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

async fn waits(app: &AppState, beside: Beside, words: String, seconds: u64) -> Response {
    let mut response = refused(app, beside, StatusCode::UNAUTHORIZED, words).await;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Opens her session again where nobody was there for a while: by the password alone.
pub(super) async fn resume(State(app): State<Arc<AppState>>, request: Request) -> Result<Response, Failed> {
    let counted = app.limits.count(Limited::SignIn, peer(&request));
    let (parts, body) = request.into_parts();
    let fields = Fields::read(&app, &parts.headers, body).await?;
    let beside = Beside::of(&app, &parts, &fields);
    let signed_out = || Frame::signed_out(&app, t("desk.sign_in.title"));
    let former = former(&app, &parts.headers).await?.filter(|it| it.asleep.is_some());
    let Some(former) = former.filter(|_| fields.get("other").is_empty()) else {
        // Somebody else, or too late for it.
        return Ok(form(&app, StatusCode::UNAUTHORIZED, signed_out(), beside).await);
    };
    let outcome = match counted {
        Ok(()) => resume::resume(&app, &former, fields.get("password")).await?,
        Err(wait) => Outcome::Wait(wait),
    };
    let (words, wait) = match outcome {
        Outcome::Done(cookie) => {
            let mut response = page::see_other(&beside.next);
            response.headers_mut().insert(header::SET_COOKIE, session::set_cookie(&app, &cookie));
            return Ok(response);
        }
        Outcome::Wrong => (t("desk.resume.wrong").to_owned(), None),
        Outcome::Wait(seconds) | Outcome::CodesWait(seconds) => (wait_words(seconds), Some(seconds)),
    };
    let mut page = Frame::signed_out(&app, t("desk.resume.title"));
    page.faults.push(Fault { field: "password".to_owned(), words, check: None });
    let status = if counted.is_err() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNAUTHORIZED };
    let mut response = password_alone(status, page, beside, former);
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    Ok(response)
}

async fn too_many(app: &AppState, beside: Beside, wait: u64) -> Response {
    let words = fill1("desk.sign_in.too_many", "seconds", &wait.to_string());
    let mut response = refused(app, beside, StatusCode::TOO_MANY_REQUESTS, words).await;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}

async fn refused(app: &AppState, beside: Beside, status: StatusCode, words: String) -> Response {
    let mut page = Frame::signed_out(app, t("desk.sign_in.title"));
    page.faults.push(Fault { field: "login".to_owned(), words, check: None });
    form(app, status, page, beside).await
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
    // Not cookies and storage: on the same origin the widget keeps a request there that still waits for the line.
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    Ok(response.into_response())
}
