//! A day on paper: every counselling with what the officer needs beside the screen. That it was printed is written down.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::calendar::day_in;
use super::page::{self, Failed, Frame};
use super::session::Signed;
use super::today::rows::Row;
use super::words::{dates, fill1, t};
use crate::error::ApiError;
use crate::service::day::week;
use crate::service::{audit, reading};
use crate::state::AppState;
use crate::store::desk::audit::Subject;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/desk/day/{date}/print", get(show))
}

#[derive(Template)]
#[template(path = "desk/day_sheet.html")]
struct DaySheet {
    page: Frame,
    /// The week of the day, for the way back.
    day: String,
    rows: Vec<Line>,
    /// How many are left out because they will not take place.
    left_out: usize,
}

struct Line {
    row: Row,
    /// Meeting ID and passcode.
    meeting: String,
    passcode: String,
    /// What attendants are noted with.
    notes: Vec<String>,
}

/// Shows it, ready to be printed.
async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    date: Result<Path<String>, PathRejection>,
) -> Result<Response, Failed> {
    let day = date.ok().and_then(|it| day_in(&it.0)).ok_or(ApiError::NotFound)?;
    audit::note(&app, &who, "day_sheet", Subject::Day(day)).await?;
    let now = app.clock.now();
    let all = week::day(&app, day, now).await?;
    let (mut rows, mut left_out) = (Vec::new(), 0);
    for it in &all {
        if !matches!(it.state.as_str(), "confirmed" | "held") {
            left_out += 1;
            continue;
        }
        let meeting = reading::meeting(&app, &it.booking);
        let damaged = meeting.is_damaged().then(|| t("desk.unreadable").to_owned());
        let meeting = meeting.into_read();
        let attendants = it.person.iter().flat_map(|it| &it.attendants);
        rows.push(Line {
            row: Row::of(now, it),
            meeting: meeting.as_ref().map(|it| it.id.to_string()).or(damaged).unwrap_or_default(),
            passcode: meeting.map(|it| it.passcode).unwrap_or_default(),
            notes: attendants.filter(|it| !it.note.is_empty()).map(|it| it.note.clone()).collect(),
        });
    }
    let title = fill1("desk.sheet.title", "date", &dates().date(day));
    let page = Frame::new(&app, &who, title, "today");
    Ok(page::html(StatusCode::OK, &DaySheet { page, day: day.to_string(), rows, left_out }))
}
