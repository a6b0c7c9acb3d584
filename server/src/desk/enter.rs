//! Article 4(1): a booking that an officer enters, by telephone, at the counter, or as the next one from a counselling.
//!
//! What was accepted is answered by the sheet itself, not by another address: the receipt's code stands on it and nowhere else. The
//! form sent again gives the same sheet.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use precheck_shared::eligibility::Condition;
use precheck_shared::person::AttendantKind;
use uuid::Uuid;

use self::entry::{Check, Entry};
pub(super) use self::entry::{Day, days, kept};
use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session::Signed;
use super::words::{fill1, t, t2};
use crate::error::ApiError;
use crate::ids;
use crate::service::enter::next::AtOnce;
use crate::service::enter::{self, Channel};
use crate::service::staff::SignedIn;
use crate::state::AppState;

mod entry;
mod next;
mod sheet;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/desk/new", get(show).post(enter))
        .route("/desk/requests/{number}/next", get(next::show).post(next::enter))
}

#[derive(Template)]
#[template(path = "desk/new.html")]
struct New {
    page: Frame,
    key: String,
    entry: Entry,
    days: Vec<Day>,
    checks: Vec<Check>,
    wishes_max: String,
    terms: String,
}

impl New {
    async fn of(app: &AppState, page: Frame, key: String, entry: Entry) -> Result<Self, ApiError> {
        let days = days(&enter::offered(app).await?);
        let in_force = app.office.terms_in_force(app.clock.now());
        let checks = entry.checks(&page.faults);
        let wishes_max = app.office.policy().booking.wishes_max.to_string();
        let terms = in_force.map(|it| it.id.clone()).unwrap_or_default();
        Ok(Self { page, key, entry, days, checks, wishes_max, terms })
    }

    fn wrong(&self, field: &str) -> Option<String> {
        entry::wrong(&self.page.faults, field)
    }
}

fn frame(app: &AppState, who: &SignedIn) -> Frame {
    Frame::new(app, who, t("desk.enter.title"), "new")
}

/// An empty form; `?start=` wishes for a time.
async fn show(State(app): State<Arc<AppState>>, Signed(who): Signed, uri: Uri) -> Result<Response, Failed> {
    let wish = Fields::of_query(uri.query()).get("start").to_owned();
    let most = app.office.policy().booking.wishes_max;
    let key = ids::form_key().map_err(ApiError::from)?.to_string();
    let new = New::of(&app, frame(&app, &who), key, Entry::empty(most, wish)).await?;
    Ok(page::html(StatusCode::OK, &new))
}

/// Enters the request.
async fn enter(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let entry = Entry::read(&fields, app.office.policy().booking.wishes_max);
    let key = key_of(&fields)?;
    match enter::enter(&app, &who, key, &entry.request()).await {
        Ok(entered) => Ok(sheet::answer(&app, &who, &headers, &entered, &AtOnce::Waits)),
        Err(error) => {
            let page = shown(&error, frame(&app, &who))?;
            let new = New::of(&app, page, key.to_string(), entry).await?;
            Ok(page::html(status(&error), &new))
        }
    }
}

/// The key that the form carries; a form of ours always does.
fn key_of(fields: &Fields) -> Result<Uuid, ApiError> {
    Uuid::try_parse(fields.get("key")).map_err(|_| ApiError::KeyMissing)
}

/// A form that was refused is 422 whatever its first fault.
fn status(error: &ApiError) -> StatusCode {
    match error {
        ApiError::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        error => error.kind().0,
    }
}

/// The frame with what was wrong; what no form can mend is not told in one.
fn shown(error: &ApiError, page: Frame) -> Result<Frame, ApiError> {
    match error {
        ApiError::Refused { .. }
        | ApiError::KeyReused
        | ApiError::KeyInProgress
        | ApiError::StaleVersion
        | ApiError::Unavailable(_)
        | ApiError::NotReady(_) => Ok(page.with_faults(error)),
        error => Err(error.clone()),
    }
}
