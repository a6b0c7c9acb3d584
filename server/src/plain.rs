//! Our own page and every step of it as the server draws it: pages with ordinary forms, which need no script, by the same rules and
//! words as the widget, which takes them over where it can run.
//!
//! | what | where |
//! |---|---|
//! | what was entered, carried from page to page | [`entry`] |
//! | what surrounds every form | [`page`], [`words`], [`faults`] |
//! | the page around it, style, scripts, policy | [`document`] |
//! | fields | [`fields`] |
//! | the steps | [`conditions`], [`consent`], [`check`], [`booking`], [`review`] |
//! | out of the browser inside an app | [`moving`] |
//! | sending | [`send`] |
//! | the receipt | [`receipt`] |
//! | addresses and style sheet of the release before | [`before`], [`assets`] |
//!
//! There is no cookie and no session: the forms carry everything, with the key under which the request is sent. Every step of
//! the way has one address, to which its form is posted; nothing that was entered stands in an address. Nobody's rights go along
//! with a form, so that one sent from somebody else's page can do no more than any program. The first page holds no key: it is the
//! same for every reader of a language, and the key comes with the answer to her first form.

use std::sync::Arc;

use askama::Template as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get, post};
use precheck_shared::journey::{self, Step};
use precheck_shared::violation::Violation;
use tower_http::compression::CompressionLayer;

use self::entry::Entry;
use self::page::{Frame, Framed, Reader};
use crate::desk::Fields;
use crate::error::ApiError;
use crate::frame::CROSS_ORIGIN_RESOURCE_POLICY;
use crate::service::JudgedBy;
use crate::state::AppState;
use crate::{api, ids};

mod assets;
mod before;
mod booking;
mod calendar;
mod check;
mod conditions;
mod consent;
mod document;
mod entry;
mod faults;
mod fields;
mod moving;
mod page;
mod receipt;
mod review;
mod send;
mod words;

pub(crate) fn routes(state: &Arc<AppState>) -> Router<Arc<AppState>> {
    // That a page mixes what was typed with what is secret, and is compressed, gives nothing away (BREACH): no cookie and no credential
    // rides along, so whoever makes a browser ask gets only pages about what she has put into the form herself.
    let pages = Router::new()
        .route("/", get(start).post(go))
        .route("/receipt", get(receipt::ask).post(receipt::open))
        .route("/receipt/", get(receipt::ask).post(receipt::open))
        .route("/receipt/appointment.ics", post(receipt::appointment))
        .route("/embed/v1/first", get(first))
        .route("/plain/{*rest}", any(before::leads_on))
        .layer(CompressionLayer::new());
    pages
        .route("/plain", any(before::leads_on))
        .route("/plain/", any(before::leads_on))
        .route("/plain/assets/plain.css", get(assets::style))
        .layer(from_fn_with_state(Arc::clone(state), complete))
}

/// The headers of our own pages.
async fn complete(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    document::policy(&mut response, &app.allowed_origins);
    response
}

/// An empty form, the first step.
fn empty(app: &AppState, reader: Reader, headers: &HeaderMap, embedded: bool) -> impl Framed {
    let entry = Entry::default();
    let frame = Frame::of_step(app, reader, Step::Conditions, &entry);
    let offer = moving::offer(app, reader, headers, embedded);
    conditions::page(Frame { offer, embedded, ..frame }, &entry)
}

/// The first page, also while nothing can be stored.
async fn start(State(app): State<Arc<AppState>>, uri: Uri, headers: HeaderMap) -> Response {
    let reader = Reader::of_address(uri.query(), &headers);
    page::known(&headers, &empty(&app, reader, &headers, false))
}

/// The first step alone, for the element inside a page of the same origin. It holds nothing of any person.
async fn first(State(app): State<Arc<AppState>>, uri: Uri, headers: HeaderMap) -> Response {
    let reader = Reader::of_address(uri.query(), &headers);
    let mut response = match empty(&app, reader, &headers, true).render() {
        Ok(form) => document::tagged(&headers, form),
        Err(error) => return page::unwritten(&error),
    };
    for (name, value) in
        [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin")]
    {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
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

/// The page of a step, as the answer to a form.
async fn show(app: &AppState, reader: Reader, step: Step, mut entry: Entry, told: Told) -> Response {
    let by = match JudgedBy::now(app).await {
        Ok(by) => by,
        Err(error) => return page::failed(app, reader, &error),
    };
    if entry.get("key").is_empty() {
        match ids::form_key() {
            Ok(key) => entry.set("key", &key.to_string()),
            Err(error) => return page::failed(app, reader, &error.into()),
        }
    }
    // Only what this page asks about is confirmed by pressing again.
    entry.remove("asked");
    if step == Step::Consent {
        consent::follow_version(&by, &mut entry);
    }
    let frame = Frame { posted: true, ..Frame::of_step(app, reader, step, &entry) };
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
    fn with(self, shown: &impl Framed) -> Response {
        match self.refusal {
            None => page::html(StatusCode::OK, shown),
            Some(error) => page::html_of(&error, shown),
        }
    }
}

/// The address under which people reach this server: as set, or the one that was asked.
fn home(app: &AppState, headers: &HeaderMap) -> String {
    let asked = || headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("localhost");
    app.public_origin.clone().unwrap_or_else(|| format!("http://{}", asked()))
}
