//! What surrounds every page: title, menu, who is signed in, notices; and the few pages that say only one thing.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::session::{self, Signed};
use super::words::{dates, fill, fill1, of_violation, t, t2};
use crate::error::ApiError;
use crate::etag;
use crate::service::staff::{Role, SignedIn};
use crate::state::AppState;

/// The frame of a page, which its template finds as `page`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    /// What the page is called.
    pub(crate) title: String,
    /// Which entry of the menu it belongs to: `today`, `find`, ….
    pub(crate) here: &'static str,
    /// Who is signed in, in words.
    pub(crate) who: Option<String>,
    /// Whether a manager is.
    pub(crate) manager: bool,
    /// The office's name.
    pub(crate) office: String,
    /// The server's time, in words.
    pub(crate) now: String,
    /// What an operator must not overlook.
    pub(crate) warnings: Vec<String>,
    /// What has just been done.
    pub(crate) done: Option<String>,
    /// What is wrong with what was entered.
    pub(crate) faults: Vec<Fault>,
    /// Whose page it is; nobody's where nobody is signed in.
    pub(crate) person: String,
    /// After so many minutes in which nobody acts or types a session ends.
    pub(crate) idle_minutes: String,
    /// Whether the page keeps itself up to date, also without script.
    pub(crate) live: bool,
    /// Whether somebody writes on it: without script it is not loaded anew under her hands.
    pub(crate) written_on: bool,
}

/// What is wrong with a field.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// The field's id; empty where no field can mend it.
    pub(crate) field: String,
    /// In words.
    pub(crate) words: String,
    /// It only asks to look again: the form is sent with this code accepted.
    pub(crate) check: Option<&'static str>,
}

impl Frame {
    /// The frame of a page for somebody.
    pub(crate) fn new(app: &AppState, who: &SignedIn, title: impl Into<String>, here: &'static str) -> Self {
        let role = t2("desk.role.", who.role.as_str());
        Self {
            title: title.into(),
            here,
            who: Some(fill("desk.signed_in", &[("name", &who.name), ("role", &role)])),
            manager: who.role == Role::Manager,
            person: who.officer.as_str().to_owned(),
            ..Self::signed_out(app, "")
        }
    }

    /// The frame of a page for anybody.
    pub(crate) fn signed_out(app: &AppState, title: impl Into<String>) -> Self {
        let now = dates().date_time(app.clock.now());
        let mut warnings = Vec::new();
        if app.clock.is_shifted() {
            warnings.push(fill1("desk.clock", "now", &now));
        }
        if app.desk_over_http && !app.is_https() {
            warnings.push(t("desk.https.off").to_owned());
        }
        if !app.limits.are_on() {
            warnings.push(t("desk.limits").to_owned());
        }
        let office = app.office.policy().office.short_name.clone();
        let idle_minutes = app.office.files().desk.idle_minutes.to_string();
        Self { title: title.into(), office, now, warnings, idle_minutes, ..Self::default() }
    }

    /// The same with what was wrong; the field of a rule's pointer `/start` has the id `start`.
    #[must_use]
    pub(crate) fn with_faults(mut self, error: &ApiError) -> Self {
        self.faults.extend(faults_of(error));
        self
    }
}

/// What is wrong, by field.
pub(crate) fn faults_of(error: &ApiError) -> Vec<Fault> {
    let ApiError::Refused { violations, .. } = error else {
        let texts = precheck_shared::texts::desk();
        let code = error.code();
        let words = [code.message(texts), code.cure(texts)].join(" ");
        return vec![Fault { field: String::new(), words, check: None }];
    };
    let fault = |it: &precheck_shared::violation::Violation| Fault {
        field: it.pointer.trim_start_matches('/').replace('/', "-"),
        words: of_violation(it),
        check: (it.grade() == precheck_shared::violation::Grade::PleaseCheck).then(|| it.code.as_str()),
    };
    violations.iter().map(fault).collect()
}

/// A page as an answer.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(body) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(header::CONTENT_TYPE, kind)], body).into_response()
        }
        Err(error) => ApiError::Unavailable(format!("a page cannot be written: {error}")).into_response(),
    }
}

/// A page that keeps itself up to date: whoever has it already gets nothing anew.
pub(crate) fn live(asked: &HeaderMap, template: &impl Template) -> Response {
    match template.render() {
        Ok(body) => etag::answer(asked, etag::of(body.as_bytes()), "text/html; charset=utf-8", body.into()),
        Err(error) => ApiError::Unavailable(format!("a page cannot be written: {error}")).into_response(),
    }
}

/// To another page of the desk, after something was done.
pub(crate) fn see_other(address: &str) -> Response {
    let to = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/desk"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// A page that says one thing, for anybody.
#[derive(Template)]
#[template(path = "desk/message.html")]
pub(crate) struct Message {
    page: Frame,
    words: &'static str,
}

impl Message {
    /// With the words at two keys.
    pub(crate) fn new(title: &'static str, words: &'static str) -> Self {
        Self { page: Frame { title: t(title).to_owned(), ..Frame::default() }, words: t(words) }
    }
}

impl IntoResponse for Message {
    fn into_response(self) -> Response {
        html(StatusCode::OK, &self)
    }
}

/// What cannot be served now, or is not there, as a page.
pub(crate) struct Failed(pub(crate) ApiError);

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<crate::store::StoreError> for Failed {
    fn from(error: crate::store::StoreError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let (status, _) = self.0.kind();
        let message = match &self.0 {
            ApiError::NotFound => Message::new("desk.nothing.title", "desk.nothing"),
            error => {
                tracing::error!(%status, ?error, "a page of the desk cannot be shown");
                Message::new("desk.down.title", "desk.down")
            }
        };
        html(status, &message)
    }
}

/// An address that is not there, or not for whoever asks.
pub(super) fn not_there(app: &AppState, who: &SignedIn) -> Response {
    let page = Frame::new(app, who, t("desk.nothing.title"), "");
    html(StatusCode::NOT_FOUND, &Message { page, words: t("desk.nothing") })
}

/// Any other address below `/desk`. Whoever comes back to where she sent a form comes to the form's page.
pub(super) async fn nothing(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    method: Method,
    uri: Uri,
) -> Response {
    match session::page_of(uri.path(), who.role).filter(|_| method == Method::GET) {
        Some(page) => see_other(page),
        None => not_there(&app, &who),
    }
}
