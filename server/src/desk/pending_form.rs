//! A form that arrived where a session, or a recent proof of the password, was missing: nothing that was entered is lost by that.
//!
//! The page that asks for what is missing carries the form in one hidden field, sealed: nobody else reads it there, and nobody can
//! plant one, since the server seals only what one of our own pages has sent. When what was missing is there, the form is acted
//! upon, if the very person sent it whose session had ended, and not long ago; whatever it would meet at its own address it meets.
//! Anybody else, and whoever comes back late, is shown what was entered and decides. Passwords are never carried.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;

use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session;
use super::words::{fill1, t};
use crate::api::read_body;
use crate::serve::Peer;
use crate::service::staff::{self, Former, Role, SignedIn};
use crate::state::AppState;
use crate::vault::Sealed;

/// The hidden field.
pub(super) const FIELD: &str = "pending_form";

/// The addresses at which somebody shows who she is; their forms carry others.
const ASKING: [&str; 3] = ["/desk/sign-in", "/desk/resume", "/desk/prove"];

/// So long after it was sent it is acted upon without being shown once more.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// A form may be as long as any other. Sealed it is a third longer, and password and address come beside it.
const MOST_CARRIED: usize = read_body::LIMIT * 3 / 2;

/// What is never carried.
const SECRETS: [&str; 4] = ["password", "again", "old", "code"];

/// What a page says to itself: of no use to whoever reads what was entered.
const UNTOLD: [&str; 9] =
    ["version", "key", "act", "back", "suspension", "offer", "username", "next", "page"];

/// What came with a request, for whoever may have to ask for something first.
#[derive(Clone)]
enum Brought {
    /// The form itself.
    Sent(Bytes),
    /// One that was carried before, and where she wanted to go.
    Carried(String, String),
}

/// Who sent a form, as far as her cookie tells.
pub(super) struct Sender<'a> {
    id: &'a str,
    role: Role,
}

impl<'a> From<&'a SignedIn> for Sender<'a> {
    fn from(it: &'a SignedIn) -> Self {
        Self { id: it.officer.as_str(), role: it.role }
    }
}

impl<'a> From<&'a Former> for Sender<'a> {
    fn from(it: &'a Former) -> Self {
        Self { id: it.officer.as_str(), role: it.role }
    }
}

#[derive(Serialize, Deserialize)]
struct PendingForm {
    /// Its address.
    to: String,
    /// Names and values, in the order of the form.
    fields: Vec<(String, String)>,
    /// Milliseconds of the epoch.
    sent_at: i64,
    /// Who sent it.
    by: Option<String>,
    /// Whether a manager did.
    by_manager: bool,
    /// It had a password in it, without which it would only be refused.
    lacks_password: bool,
}

/// What was entered, for whoever decides whether it is sent.
#[derive(Template)]
#[template(path = "desk/pending_form.html")]
struct Review {
    page: Frame,
    lead: String,
    /// What has to be done before.
    first: bool,
    to: String,
    fields: Vec<(String, String)>,
    told: Vec<String>,
}

impl PendingForm {
    fn open(app: &AppState, carried: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(carried).ok()?;
        let sealed = Sealed { key_id: app.vault.key_id().to_owned(), bytes };
        serde_json::from_slice(&app.vault.open(&name(app), &sealed).ok()?).ok()
    }

    fn of(app: &AppState, to: &str, bytes: &[u8], by: Option<Sender<'_>>) -> Self {
        let sent = Fields::parse(bytes);
        let is_secret = |name: &str| SECRETS.contains(&name);
        let lacks_password = sent.pairs().any(|it| is_secret(it.0) && it.0 != "code" && !it.1.is_empty());
        let fields = sent.pairs().filter(|it| !is_secret(it.0));
        Self {
            to: to.to_owned(),
            fields: fields.map(|it| (it.0.to_owned(), it.1.to_owned())).collect(),
            sent_at: app.clock.now().timestamp_millis(),
            by_manager: by.as_ref().is_some_and(|it| it.role == Role::Manager),
            by: by.map(|it| it.id.to_owned()),
            lacks_password,
        }
    }

    fn seal(&self, app: &AppState) -> Option<String> {
        let sealed = app.vault.seal(&name(app), &serde_json::to_vec(self).ok()?).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed.bytes))
    }

    fn review(self, app: &AppState, who: &SignedIn, status: StatusCode, first: bool) -> Response {
        let lead = match (&self.by, first) {
            (_, true) => "desk.pending.first",
            (Some(by), _) if by != who.officer.as_str() => "desk.pending.other",
            _ => "desk.pending.late",
        };
        let told =
            self.fields.iter().filter(|it| !UNTOLD.contains(&it.0.as_str()) && !it.1.trim().is_empty());
        let told = told.map(|it| it.1.clone()).collect();
        let page = Frame::new(app, who, t("desk.pending.title"), "");
        let lead = fill1(lead, "name", &who.name);
        page::html(status, &Review { page, lead, first, to: self.to, fields: self.fields, told })
    }
}

fn name(app: &AppState) -> String {
    format!("pending form/{}", app.office.id())
}

/// What a page that asks for something carries; nothing where nothing was entered.
pub(super) fn carried(app: &AppState, parts: &Parts, by: Option<Sender<'_>>) -> String {
    match parts.extensions.get::<Brought>() {
        Some(Brought::Carried(carried, _)) => carried.clone(),
        Some(Brought::Sent(bytes)) if !bytes.is_empty() => {
            let form = PendingForm::of(app, &session::asked(&parts.uri), bytes, by);
            form.seal(app).unwrap_or_default()
        }
        Some(Brought::Sent(_)) | None => String::new(),
    }
}

/// Where a form that asks for something leads afterwards.
pub(super) fn next(parts: &Parts) -> Option<&str> {
    match parts.extensions.get::<Brought>() {
        Some(Brought::Carried(_, next)) => Some(next),
        _ => None,
    }
}

/// What was entered, where something else has to be done before it can be sent; nothing where nothing was entered.
pub(super) fn kept(app: &AppState, parts: &Parts, who: &SignedIn) -> Option<Response> {
    let Some(Brought::Sent(bytes)) =
        parts.extensions.get::<Brought>().filter(|_| parts.method == Method::POST)
    else {
        return None;
    };
    let form = PendingForm::of(app, &session::asked(&parts.uri), bytes, Some(who.into()));
    (!form.fields.is_empty()).then(|| form.review(app, who, StatusCode::FORBIDDEN, true))
}

/// What the routes need to act upon a form that was carried.
#[derive(Clone)]
pub(super) struct Carrier {
    /// Holds everything else.
    pub(super) app: Arc<AppState>,
    /// Every address of the desk.
    pub(super) desk: Router,
}

/// Has the form of each request at hand, and acts upon one that was carried when what was missing is there.
pub(super) async fn carry(State(carrier): State<Carrier>, request: Request, next: Next) -> Response {
    // What a one-time link opens asks for nobody's session.
    if request.method() != Method::POST || request.uri().path().starts_with("/desk/invitation/") {
        return next.run(request).await;
    }
    let app = &carrier.app;
    let asks = ASKING.contains(&request.uri().path());
    let most = if asks { MOST_CARRIED } else { read_body::LIMIT };
    let (mut parts, body) = request.into_parts();
    let bytes = match read_body::read_at_most(&parts.headers, body, most, app.body_deadline).await {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) => return Failed(error).into_response(),
    };
    if !asks {
        parts.extensions.insert(Brought::Sent(bytes.clone()));
        return next.run(Request::from_parts(parts, Body::from(bytes))).await;
    }
    let sent = Fields::parse(&bytes);
    let sealed = sent.get(FIELD).to_owned();
    parts.extensions.insert(Brought::Carried(sealed.clone(), sent.get("next").to_owned()));
    parts.headers.remove(header::CONTENT_LENGTH);
    let own = encoded(sent.pairs().filter(|it| it.0 != FIELD));
    let (headers, peer) = (parts.headers.clone(), parts.extensions.get::<Peer>().copied());
    let response = next.run(Request::from_parts(parts, Body::from(own))).await;
    let form =
        (response.status() == StatusCode::SEE_OTHER).then(|| PendingForm::open(app, &sealed)).flatten();
    match form.filter(|it| !it.lacks_password) {
        Some(form) => carrier.go_on(form, &headers, peer, response).await,
        None => response,
    }
}

impl Carrier {
    /// She has shown who she is.
    async fn go_on(
        &self,
        form: PendingForm,
        asked: &HeaderMap,
        peer: Option<Peer>,
        shown: Response,
    ) -> Response {
        let app = &*self.app;
        let set: Vec<_> = shown.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
        let set_now = set.iter().filter_map(|it| it.to_str().ok()).find_map(|it| session::value_of(app, it));
        let Some(cookie) = set_now.or_else(|| session::cookie(app, asked)).map(str::to_owned) else {
            return shown;
        };
        let who = match staff::signed_in(app, &cookie, true).await {
            Ok(Some(who)) => who,
            Ok(None) => return shown,
            Err(error) => return Failed(error).into_response(),
        };
        let hers = form.by.as_deref() == Some(who.officer.as_str());
        let age = app.clock.now().timestamp_millis() - form.sent_at;
        let is_fresh = (0..FRESH.num_milliseconds()).contains(&age);
        let mut response = if hers && is_fresh {
            self.act_upon(&form, asked, peer, &cookie).await
        } else if form.by_manager && who.role < Role::Manager {
            // Not for her eyes.
            return shown;
        } else {
            form.review(app, &who, StatusCode::OK, false)
        };
        for it in set {
            response.headers_mut().append(header::SET_COOKIE, it);
        }
        response
    }

    /// As if it had just been sent.
    async fn act_upon(
        &self,
        form: &PendingForm,
        asked: &HeaderMap,
        peer: Option<Peer>,
        cookie: &str,
    ) -> Response {
        let bytes = Bytes::from(encoded(form.fields.iter().map(|it| (it.0.as_str(), it.1.as_str()))));
        let mut request = Request::new(Body::from(bytes.clone()));
        *request.method_mut() = Method::POST;
        let (Ok(to), Ok(cookie)) =
            (form.to.parse(), HeaderValue::from_str(&session::pair(&self.app, cookie)))
        else {
            return page::see_other("/desk");
        };
        *request.uri_mut() = to;
        *request.headers_mut() = asked.clone();
        request.headers_mut().insert(header::COOKIE, cookie);
        request.extensions_mut().insert(Brought::Sent(bytes));
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        match self.desk.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

fn encoded<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
