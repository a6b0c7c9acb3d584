//! The whole way without script: pages made on the server, ordinary forms, the same rules and words as the widget.
//!
//! | what | where |
//! |---|---|
//! | what was entered, carried from page to page | [`entry`] |
//! | what surrounds every page | [`page`], [`words`], [`faults`] |
//! | fields | [`fields`] |
//! | the steps | [`conditions`], [`consent`], [`check`], [`booking`], [`review`] |
//! | sending | [`send`] |
//! | the receipt | [`receipt`] |
//! | style sheet | [`assets`] |
//!
//! There is no cookie and no session: the forms carry everything, with the key under which the request is sent. Every step of
//! the way has one address, to which its form is posted; nothing that was entered stands in an address. Nobody's rights go along
//! with a form, so that one sent from somebody else's page can do no more than any program.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use precheck_shared::journey::{self, Step};
use precheck_shared::violation::Violation;

use self::entry::Entry;
use self::page::{Frame, Reader};
use crate::desk::Fields;
use crate::error::ApiError;
use crate::service::JudgedBy;
use crate::state::AppState;
use crate::{api, assets as embedded, ids};

mod assets;
mod booking;
mod calendar;
mod check;
mod conditions;
mod consent;
mod entry;
mod faults;
mod fields;
mod page;
mod receipt;
mod review;
mod send;
mod words;

pub(crate) fn routes(state: &Arc<AppState>) -> Router<Arc<AppState>> {
    Router::new()
        .route("/plain", get(start).post(go))
        .route("/plain/", get(start).post(go))
        .route("/plain/receipt", get(receipt::ask).post(receipt::open))
        .route("/plain/receipt/", get(receipt::ask).post(receipt::open))
        .route("/plain/receipt/appointment.ics", post(receipt::appointment))
        .route("/plain/assets/plain.css", get(assets::style))
        .route("/plain/{*rest}", any(nothing))
        .layer(from_fn_with_state(Arc::clone(state), complete))
}

/// The headers of our own pages: framed by the allowed pages, as `/` is, since the element shows this page where it cannot run; and
/// without script.
async fn complete(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let ancestors = embedded::ancestors(&app.allowed_origins);
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'self'{ancestors}"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// An empty form. Its key is made with it.
async fn start(State(app): State<Arc<AppState>>, uri: Uri, headers: HeaderMap) -> Response {
    let reader = Reader::of_address(uri.query(), &headers);
    match ids::form_key() {
        Ok(key) => show(&app, reader, Step::Conditions, Entry::new(&key.to_string()), Told::Nothing).await,
        Err(error) => page::failed(&app, reader, &error.into()),
    }
}

/// What a page tells beside what it asks.
enum Told {
    Nothing,
    /// What is wrong.
    Faults(Vec<Violation>),
    /// Why a sending came to nothing.
    Refusal(ApiError),
}

/// A form comes in: which step it is of, and which button was pressed.
async fn go(State(app): State<Arc<AppState>>, request: Request) -> Response {
    let peer = api::peer(&request);
    let (head, body) = request.into_parts();
    let headers = head.headers;
    let fields = match Fields::read(&app, &headers, body).await {
        Ok(fields) => fields,
        Err(error) => return page::failed(&app, Reader::of_address(None, &headers), &error),
    };
    let reader = Reader::of_form(&fields, &headers);
    let mut entry = Entry::read(&fields);
    let at = Step::parse(fields.get("at")).filter(|it| *it < Step::Receipt).unwrap_or(Step::Conditions);
    if fields.has("language") {
        return show(&app, reader, at, entry, Told::Nothing).await;
    }
    let pressed = fields.get("go");
    if let Some(step) = pressed.strip_prefix("change-").and_then(Step::parse) {
        entry.set("returning", "yes");
        return show(&app, reader, step, entry, Told::Nothing).await;
    }
    match (at, pressed) {
        (_, "back") => {
            let before = Step::ALL[(at as usize).saturating_sub(1)];
            entry.remove("returning");
            show(&app, reader, before, entry, Told::Nothing).await
        }
        (Step::Booking, act) if booking::act(&app, act, &mut entry) => {
            show(&app, reader, Step::Booking, entry, Told::Nothing).await
        }
        (Step::Review, _) => send::send(&app, reader, &headers, peer, entry).await,
        _ => go_on(&app, reader, at, entry).await,
    }
}

/// The next step, or what is still wrong with this one.
async fn go_on(app: &AppState, reader: Reader, at: Step, mut entry: Entry) -> Response {
    entry.confirm_asked();
    let by = match JudgedBy::now(app).await {
        Ok(by) => by,
        Err(error) => return page::failed(app, reader, &error),
    };
    let draft = entry.draft();
    let faults = journey::faults_of(at, by.rules(), &draft);
    if !faults.is_empty() {
        return show(app, reader, at, entry, Told::Faults(faults)).await;
    }
    let reached = journey::next_step(by.rules(), &draft);
    let following = Step::ALL[(at as usize + 1).min(Step::Review as usize)];
    let next = if entry.get("returning").is_empty() { following.min(reached) } else { reached };
    if next <= at {
        // Mended, it leads back to where she was.
        entry.set("returning", "yes");
    }
    // A step before this one that is not complete (any more) says why.
    let told = if next <= at || (next < Step::Review && !entry.get("returning").is_empty()) {
        Told::Faults(journey::faults_of(next, by.rules(), &draft))
    } else {
        Told::Nothing
    };
    show(app, reader, next, entry, told).await
}

/// The page of a step.
async fn show(app: &AppState, reader: Reader, step: Step, mut entry: Entry, told: Told) -> Response {
    let by = match JudgedBy::now(app).await {
        Ok(by) => by,
        Err(error) => return page::failed(app, reader, &error),
    };
    // Only what this page asks about is confirmed by pressing again.
    entry.remove("asked");
    if step == Step::Consent {
        consent::follow_version(&by, &mut entry);
    }
    let frame = Frame::of_step(app, reader, step, &entry);
    let (frame, refusal) = match told {
        Told::Nothing => (frame, None),
        Told::Faults(faults) => (
            frame.with_faults(&faults, &entry.checklist()),
            Some(ApiError::Refused { violations: faults, terms: None }),
        ),
        Told::Refusal(error) => (frame.with_alert(&error), Some(error)),
    };
    let answer = Answer { refusal };
    match step {
        Step::Conditions => answer.with(&conditions::page(frame, &entry)),
        Step::Consent => answer.with(&consent::page(app, &by, frame, &entry)),
        Step::Check => answer.with(&check::page(&by, frame, &entry)),
        Step::Booking => answer.with(&booking::page(&by, frame, &entry)),
        Step::Review | Step::Receipt => answer.with(&review::page(&by, frame, &entry)),
    }
}

/// A page's status.
struct Answer {
    refusal: Option<ApiError>,
}

impl Answer {
    fn with(self, template: &impl askama::Template) -> Response {
        match self.refusal {
            None => page::html(StatusCode::OK, template),
            Some(error) => page::html_of(&error, template),
        }
    }
}

/// Any other address below `/plain`.
async fn nothing(State(app): State<Arc<AppState>>, uri: Uri, headers: HeaderMap) -> Response {
    page::failed(&app, Reader::of_address(uri.query(), &headers), &ApiError::NotFound)
}
