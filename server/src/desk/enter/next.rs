//! 4(1) proviso: the next counselling, booked during this one. Nothing is retyped: the proposal stands, and its button has the
//! focus.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::format_instant;

use super::entry::{self, Check, Day, kept};
use super::{key_of, sheet, shown, status};
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Frame};
use crate::desk::session::Signed;
use crate::desk::words::{dates, fill1, t};
use crate::error::ApiError;
use crate::ids;
use crate::service::audit;
use crate::service::enter::next::{self, Following, NextAsEntered};
use crate::service::staff::SignedIn;
use crate::state::AppState;
use crate::store::desk::audit::Subject;

#[derive(Template)]
#[template(path = "desk/next.html")]
struct Next {
    page: Frame,
    key: String,
    number: String,
    shown: String,
    /// `None` where nothing can be booked from this counselling.
    proposal: Option<Proposal>,
    checks: Vec<Check>,
    meeting: String,
    passcode: String,
    same_meeting: bool,
}

/// What the counselling's record says, and what is proposed.
struct Proposal {
    name: String,
    before: String,
    officer: String,
    start: String,
    same: String,
    days: Vec<Day>,
}

impl Next {
    fn wrong(&self, field: &str) -> Option<String> {
        entry::wrong(&self.page.faults, field)
    }
}

/// The proposal.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    Path(number): Path<String>,
) -> Result<Response, Failed> {
    let number = ReceptionNumber::parse(&number).ok_or(ApiError::NotFound)?;
    let key = ids::form_key().map_err(ApiError::from)?.to_string();
    answer(&app, &who, &number, key, &NextAsEntered::default(), None).await
}

/// Books it.
pub(super) async fn enter(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let number = ReceptionNumber::parse(&number).ok_or(ApiError::NotFound)?;
    let fields = Fields::read(&app, &headers, body).await?;
    let key = key_of(&fields)?;
    let accepted: Vec<_> = fields.all("accepted").map(str::to_owned).collect();
    let entered = NextAsEntered {
        start: fields.get("wishes-0").to_owned(),
        at_once: fields.has("at_once"),
        same_meeting: fields.has("same_meeting"),
        meeting: fields.get("meeting").to_owned(),
        passcode: fields.get("passcode").to_owned(),
        accepted: entry::codes(&accepted),
    };
    match next::enter(&app, &who, key, &number, &entered).await {
        Ok((booked, at_once)) => Ok(sheet::answer(&app, &who, &headers, &booked, &at_once)),
        Err(error) => answer(&app, &who, &number, key.to_string(), &entered, Some(error)).await,
    }
}

async fn answer(
    app: &AppState,
    who: &SignedIn,
    number: &ReceptionNumber,
    key: String,
    entered: &NextAsEntered,
    error: Option<ApiError>,
) -> Result<Response, Failed> {
    audit::note(app, who, "next_read", Subject::reception(number)).await?;
    let frame = Frame::new(app, who, t("desk.next.title"), "today");
    let (following, error) = match (next::following(app, number.as_str()).await, error) {
        (Ok(following), error) => (Some(following), error),
        (Err(ApiError::NotFound), _) => return Err(Failed(ApiError::NotFound)),
        (Err(now), error) => (None, Some(error.unwrap_or(now))),
    };
    let answered = error.as_ref().map_or(StatusCode::OK, status);
    let page = match &error {
        Some(error) => shown(error, frame)?,
        None => frame,
    };
    let checks = entry::checks(&entered.accepted, &page.faults);
    let next = Next {
        page,
        key,
        number: number.as_str().to_owned(),
        shown: number.to_string(),
        proposal: following.map(|it| proposal(it, entered)),
        checks,
        meeting: entered.meeting.clone(),
        passcode: entered.passcode.clone(),
        same_meeting: entered.same_meeting,
    };
    Ok(page::html(answered, &next))
}

fn proposal(following: Following, entered: &NextAsEntered) -> Proposal {
    let Following { of, offers, start, officer, meeting } = following;
    let chosen = (!entered.start.is_empty()).then(|| entered.start.clone());
    Proposal {
        name: of.person.into_read().map(|it| it.name).unwrap_or_default(),
        before: of.booking.appointment.map(|it| dates().date_time(it.start)).unwrap_or_default(),
        officer: officer.map(|it| it.1).unwrap_or_default(),
        start: chosen.or(start.map(format_instant)).unwrap_or_default(),
        same: meeting.map(|it| it.id.to_string()).unwrap_or_default(),
        days: entry::days(&offers),
    }
}
