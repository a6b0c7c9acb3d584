//! Article 4(1): seats and closures of single days, set by a manager.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use precheck_shared::time::{Day, day_of, parse_date};

use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session::Manager;
use super::words::{dates, fill, fill1, t, t2};
use crate::error::ApiError;
use crate::service::affected::are_hit;
use crate::service::settings::{self, MOST_SEATS, Setting, SettingOfDay};
use crate::service::staff::SignedIn;
use crate::state::AppState;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/desk/settings", get(show).post(set))
}

#[derive(Template)]
#[template(path = "desk/settings.html")]
struct Settings {
    page: Frame,
    /// As entered.
    day: String,
    seats: String,
    reason: String,
    usual: String,
    most: String,
    seats_by_day: Vec<Line>,
    closures: Vec<Line>,
    /// Where the counsellings of that day are.
    affected: String,
}

/// A day with what is set for it.
struct Line {
    day: String,
    label: String,
    what: String,
    /// Set at the desk, and can be taken back here; else it stands in the office's files.
    at_desk: bool,
}

/// What was entered.
#[derive(Default)]
struct Entered {
    day: String,
    seats: String,
    reason: String,
    act: String,
}

impl Settings {
    async fn of(app: &AppState, page: Frame, entered: Entered) -> Result<Self, ApiError> {
        let (files, today) = (app.office.files(), day_of(app.clock.now()));
        let set = settings::overlay(app).await?;
        let label = |day: NaiveDate| dates().date(day);
        let seats_of = |seats: u16| fill1("desk.settings.seats.count", "seats", &seats.to_string());
        let own = set.seats.iter().map(|(day, seats)| (*day, *seats, true));
        let in_files = files.seats.by_date.clone().into_days().into_iter();
        let in_files = in_files.filter(|it| set.seats.iter().all(|own| own.0 != it.0.0));
        let mut seats: Vec<_> = own.chain(in_files.map(|it| (it.0.0, it.1, false))).collect();
        seats.retain(|it| today <= it.0);
        seats.sort_unstable();
        let own = set.closures.iter().map(|it| (it.date.0, it.reason.clone(), true));
        let in_files = files.closures.iter().map(|it| (it.date.0, it.reason.clone(), false));
        let mut closures: Vec<_> = own.chain(in_files).collect();
        closures.retain(|it| today <= it.0);
        closures.sort_unstable();
        let line = |day: NaiveDate, what: String, at_desk| Line {
            day: day.to_string(),
            label: label(day),
            what,
            at_desk,
        };
        let affected = match parse_date(&entered.day) {
            Some(day) => format!("/desk/affected?day={day}"),
            None => "/desk/affected".to_owned(),
        };
        Ok(Self {
            page,
            affected,
            day: entered.day,
            seats: entered.seats,
            reason: entered.reason,
            usual: files.seats.default.to_string(),
            most: MOST_SEATS.to_string(),
            seats_by_day: seats.into_iter().map(|it| line(it.0, seats_of(it.1), it.2)).collect(),
            closures: closures.into_iter().map(|it| line(it.0, it.1, it.2)).collect(),
        })
    }

    /// What is wrong at a field of the form that was sent.
    fn wrong(&self, act: &str, field: &str) -> Option<String> {
        let at = self.page.faults.iter().find(|it| it.field == format!("{act}-{field}"));
        at.map(|it| it.words.clone())
    }
}

fn frame(app: &AppState, who: &SignedIn) -> Frame {
    Frame::new(app, who, t("desk.settings.title"), "settings")
}

/// What is set, and the forms; `?day=` names a day.
async fn show(State(app): State<Arc<AppState>>, Manager(who): Manager, uri: Uri) -> Result<Response, Failed> {
    let fields = Fields::of_query(uri.query());
    let day = fields.get("day").to_owned();
    let mut page = frame(&app, &who);
    page.done = done(fields.get("done"), &day);
    let set = parse_date(&day).and_then(|it| app.office.policy().seats.by_date.get(Day(it)));
    let seats = set.map(|it| it.to_string()).unwrap_or_default();
    let entered = Entered { day, seats, ..Entered::default() };
    Ok(page::html(StatusCode::OK, &Settings::of(&app, page, entered).await?))
}

/// Sets something for a day, and leads to the counsellings that it hits.
async fn set(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let text = |name: &str| fields.get(name).to_owned();
    let entered =
        Entered { day: text("day"), seats: text("seats"), reason: text("reason"), act: text("act") };
    let setting = match entered.act.as_str() {
        "seats" => Setting::Seats(text("seats")),
        "usual_seats" => Setting::UsualSeats,
        "close" => Setting::Closed(text("reason")),
        "open" => Setting::Open,
        _ => return Err(Failed(ApiError::NotFound)),
    };
    match settings::set(&app, &who, &SettingOfDay { day: text("day"), setting }).await {
        Ok(day) if are_hit(&app, day).await? => {
            let cause = if entered.act == "close" { "closure" } else { "officer_away" };
            Ok(page::see_other(&format!("/desk/affected?day={day}&cause={cause}&done={}", entered.act)))
        }
        Ok(day) => Ok(page::see_other(&format!("/desk/settings?day={day}&done={}", entered.act))),
        Err(error @ ApiError::Refused { .. }) => {
            let mut page = frame(&app, &who).with_faults(&error);
            for fault in &mut page.faults {
                fault.field = format!("{}-{}", entered.act, fault.field);
            }
            let page = Settings::of(&app, page, entered).await?;
            Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => Err(Failed(error)),
    }
}

fn done(word: &str, day: &str) -> Option<String> {
    let known = matches!(word, "seats" | "usual_seats" | "close" | "open");
    let day = parse_date(day).filter(|_| known)?;
    Some(fill(
        "desk.settings.done",
        &[("day", &dates().date(day)), ("what", &t2("desk.settings.done.", word))],
    ))
}
