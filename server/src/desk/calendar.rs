//! The week by slot: seats, who has them, closures, holidays. By links and a field alone: nothing is dragged.
//!
//! Article 4(1). Seats and closures are set on the page of the settings (`desk/settings`).

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use precheck_shared::time::{HourMinute, Instant, day_of, parse_date};

use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session::Signed;
use super::today::rows::Row;
use super::words::{dates, fill, fill1, t};
use crate::service::day::week::{self, Slot, Why};
use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/desk/calendar", get(show))
}

#[derive(Template)]
#[template(path = "desk/calendar.html")]
struct Calendar {
    page: Frame,
    /// From Monday to Sunday.
    span: String,
    /// The Monday.
    week: String,
    before: String,
    after: String,
    this: bool,
    days: Vec<Column>,
    /// By time of day, then by day.
    lines: Vec<Line>,
    provisional: bool,
}

struct Column {
    /// `2026-11-26`
    day: String,
    date: String,
    today: bool,
    closed: Option<String>,
    provisional: bool,
    /// The office is closed, and counsellings are arranged.
    clash: bool,
    cells: Vec<Cell>,
}

struct Line {
    time: String,
    cells: Vec<Cell>,
}

#[derive(Clone)]
struct Cell {
    time: String,
    /// In words; empty where nothing can be booked.
    seats: String,
    full: bool,
    rows: Vec<Row>,
}

/// Shows the week of a day; without one, or with none that can be read, this week.
async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failed> {
    let now = app.clock.now();
    let of = day_in(Fields::of_query(uri.query()).get("week")).unwrap_or(day_of(now));
    let week = week::week(&app, of, now).await?;
    let days: Vec<_> = week.days.iter().map(|it| Column::of(now, it)).collect();
    let line = |(at, time): (usize, &HourMinute)| Line {
        time: time.to_string(),
        cells: days.iter().filter_map(|it| it.cells.get(at).cloned()).collect(),
    };
    let monday = week.days.first().map_or(of, |it| it.date);
    let shifted = |days: i64| (monday + TimeDelta::days(days)).to_string();
    let until = dates().date(monday + TimeDelta::days(6));
    let page = Frame { live: true, ..Frame::new(&app, &who, t("desk.calendar.title"), "calendar") };
    let calendar = Calendar {
        page,
        span: fill("desk.calendar.span", &[("from", &dates().date(monday)), ("to", &until)]),
        week: monday.to_string(),
        before: shifted(-7),
        after: shifted(7),
        this: week.days.iter().any(|it| it.date == day_of(now)),
        lines: week.times.iter().enumerate().map(line).collect(),
        provisional: days.iter().any(|it| it.provisional),
        days,
    };
    Ok(page::live(&headers, &calendar))
}

impl Column {
    fn of(now: Instant, it: &week::Day) -> Self {
        let arranged = it.slots.iter().flat_map(|it| &it.rows).any(|it| it.state == "confirmed");
        Self {
            day: it.date.to_string(),
            date: dates().short_date(it.date),
            today: it.date == day_of(now),
            closed: it.closed.as_ref().map(words_of),
            provisional: it.provisional,
            clash: it.closed.is_some() && arranged,
            cells: it.slots.iter().map(|it| Cell::of(now, it)).collect(),
        }
    }
}

impl Cell {
    fn of(now: Instant, it: &Slot) -> Self {
        let seats = it.seats.map(|(taken, all)| {
            let free = all.saturating_sub(taken).to_string();
            fill("desk.calendar.seats", &[("free", &free), ("all", &all.to_string())])
        });
        Self {
            time: HourMinute::of(it.start).to_string(),
            seats: seats.unwrap_or_default(),
            full: it.seats.is_some_and(|(taken, all)| all <= taken),
            rows: it.rows.iter().map(|it| Row::of(now, it)).collect(),
        }
    }
}

fn words_of(why: &Why) -> String {
    match why {
        Why::Weekend => t("desk.calendar.weekend").to_owned(),
        Why::Holiday(name) => fill1("desk.calendar.holiday", "name", name),
        Why::YearEnd => t("desk.calendar.year_end").to_owned(),
        Why::Office(reason) => fill1("desk.calendar.closure", "reason", reason),
    }
}

/// Reads a day out of an address: one that somebody can have meant.
pub(super) fn day_in(address: &str) -> Option<NaiveDate> {
    parse_date(address).filter(|it| (2000..2200).contains(&it.year()))
}
