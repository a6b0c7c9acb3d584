//! `GET /slots`: per day, whether it can be wished for now, why not, and until when.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, TimeDelta};
use precheck_shared::api::{DayView, Problem, SlotView, SlotsView, office_setting};
use precheck_shared::calendar::{DayPlan, day_plan, last_day};
use precheck_shared::texts::Texts;
use precheck_shared::time::{day_of, days, format_instant, midnight, parse_date};

use crate::error::ApiError;
use crate::language;
use crate::state::AppState;

/// Most days in one answer: two months, as a calendar shows them.
const MOST_DAYS: i64 = 62;

/// Days with their slots. Without `from` they begin today, without `to` they end on the last bookable day.
#[utoipa::path(
    get, path = "/api/v1/slots", tag = "office",
    params(
        ("from" = Option<String>, Query, format = Date, description = "First day, `2026-11-26`"),
        ("to" = Option<String>, Query, format = Date, description = "Last day, included; at most 62 days in all"),
        ("Accept-Language" = Option<String>, Header, description = "Language of the messages"),
    ),
    responses(
        (status = 200, description = "The days in order", body = SlotsView),
        (status = 400, description = "`malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let policy = &*app.office.policy();
    let Query(query) = query.map_err(|_| malformed("the query cannot be read"))?;
    let (from, to) = range(&query)?;
    let (from, to) = (from.unwrap_or(day_of(now)), to.unwrap_or(last_day(policy, now)));
    if to < from {
        return Err(malformed("`from` lies after `to`"));
    }
    if MOST_DAYS <= (to - from).num_days() {
        return Err(malformed("`from` and `to` span more than 62 days"));
    }
    let taken = app.store.occupancy(midnight(from), midnight(to + TimeDelta::days(1))).await?;
    let texts = language::of_headers(&headers);
    let view = SlotsView {
        days: days(from, to).map(|day| day_view(&day_plan(policy, &taken, now, day), texts)).collect(),
        server_time: format_instant(now),
    };
    let mut response = Json(view).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
    Ok(response)
}

fn range(query: &[(String, String)]) -> Result<(Option<NaiveDate>, Option<NaiveDate>), ApiError> {
    let (mut from, mut to) = (None, None);
    for (name, value) in query {
        let place = match name.as_str() {
            "from" => &mut from,
            "to" => &mut to,
            _ => return Err(malformed("only `from` and `to` are understood")),
        };
        let day = parse_date(value).ok_or_else(|| malformed("a day is written 2026-11-26"))?;
        if place.replace(day).is_some() {
            return Err(malformed("`from` or `to` stands twice"));
        }
    }
    Ok((from, to))
}

fn malformed(place: &str) -> ApiError {
    ApiError::Malformed(place.to_owned())
}

fn day_view(plan: &DayPlan, texts: &Texts) -> DayView {
    let refusal = plan.refusal.as_ref();
    DayView {
        date: plan.date.to_string(),
        bookable: refusal.is_none(),
        code: refusal.map(|it| it.code.as_str().to_owned()),
        clause: refusal.and_then(|it| it.clause).map(|it| it.to_string()),
        basis: office_setting(refusal.is_some_and(|it| it.clause.is_none())),
        message: refusal.map(|it| it.message(texts)),
        request_before: format_instant(plan.deadline),
        slots: plan
            .slots
            .iter()
            .map(|it| SlotView { start: format_instant(it.start), state: it.state.as_str().to_owned() })
            .collect(),
    }
}
