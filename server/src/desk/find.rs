//! Finding by number, name, day: one field for all of them; and the pages of what waits.
//!
//! Article 6: what belongs to a person is never part of an address, so that it is in no history, log or `Referer`. The form is
//! sent; reception numbers and days alone are links.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use precheck_shared::time::Instant;

use self::paging::Pages;
use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session::Signed;
use super::today::rows::Row;
use super::words::{dates, fill1, t};
use crate::error::ApiError;
use crate::service::day::find::{self, Found, Wanted};
use crate::service::staff::SignedIn;
use crate::state::AppState;

mod list;
mod paging;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/desk/find", get(show).post(search)).route("/desk/requests", get(list::show))
}

#[derive(Template)]
#[template(path = "desk/find.html")]
struct Find {
    page: Frame,
    /// As typed.
    typed: String,
    /// As what it was understood; empty before anything was looked for.
    understood: String,
    /// Of a day: its address, and its counsellings.
    day: String,
    counsellings: Vec<Row>,
    heading: String,
    rows: Vec<Row>,
    pages: Pages,
    nothing: bool,
}

/// The form; with what an address may say, also the answer.
async fn show(State(app): State<Arc<AppState>>, Signed(who): Signed, uri: Uri) -> Result<Response, Failed> {
    let asked = Fields::of_query(uri.query());
    let wanted = find::understand(&app, asked.get("q")).await?;
    match &wanted {
        Wanted::Reception(_) | Wanted::Day(_) => answer(&app, &who, asked.get("q"), wanted, &asked).await,
        Wanted::Number(_) | Wanted::Name(_) | Wanted::Nothing => {
            Ok(page::html(StatusCode::OK, &Find::empty(Frame::new(&app, &who, t("desk.find.title"), "find"))))
        }
    }
}

/// The form was sent.
async fn search(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let asked = Fields::read(&app, &headers, body).await?;
    let wanted = find::understand(&app, asked.get("q")).await?;
    match wanted {
        Wanted::Day(day) => {
            let number = paging::number(asked.get("page"));
            Ok(page::see_other(&format!("/desk/find?q={day}&page={number}")))
        }
        wanted => answer(&app, &who, asked.get("q"), wanted, &asked).await,
    }
}

async fn answer(
    app: &AppState,
    who: &SignedIn,
    typed: &str,
    wanted: Wanted,
    asked: &Fields,
) -> Result<Response, Failed> {
    let number = paging::number(asked.get("page"));
    let found = find::find(app, who, &wanted, number).await?;
    if let (Wanted::Reception(_), Some(row)) = (&wanted, found.page.rows.first()) {
        return Ok(page::see_other(&format!("/desk/requests/{}", row.booking.number.as_str())));
    }
    if found.page.pages() < number {
        return Err(ApiError::NotFound.into());
    }
    let frame = Frame::new(app, who, t("desk.find.title"), "find");
    Ok(page::html(StatusCode::OK, &Find::of(frame, app.clock.now(), typed, &wanted, &found)))
}

impl Find {
    fn empty(page: Frame) -> Self {
        Self {
            page,
            typed: String::new(),
            understood: String::new(),
            day: String::new(),
            counsellings: Vec::new(),
            heading: String::new(),
            rows: Vec::new(),
            pages: Pages::default(),
            nothing: false,
        }
    }

    fn of(page: Frame, now: Instant, typed: &str, wanted: &Wanted, found: &Found) -> Self {
        let row = |it| Row::of(now, it);
        let day = match wanted {
            Wanted::Day(day) => day.to_string(),
            _ => String::new(),
        };
        let said = match wanted {
            Wanted::Day(day) => dates().date(*day),
            Wanted::Reception(number) => number.to_string(),
            Wanted::Number(number) => number.as_str().to_owned(),
            Wanted::Name(_) | Wanted::Nothing => typed.trim().to_owned(),
        };
        let total = found.page.total.to_string();
        let key = if day.is_empty() { "desk.find.found" } else { "desk.find.wishes" };
        Self {
            page,
            typed: typed.trim().to_owned(),
            understood: fill1(&format!("desk.find.as.{}", wanted.kind()), "said", &said),
            counsellings: found.counsellings.iter().map(row).collect(),
            heading: fill1(key, "total", &total),
            rows: found.page.rows.iter().map(row).collect(),
            pages: Pages::of(&found.page),
            nothing: found.page.total == 0 && found.counsellings.is_empty(),
            day,
        }
    }
}
