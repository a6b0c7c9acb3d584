//! Bad days: the counsellings that a closure, an absence or an outage hits, as one list, cancelled or moved in one act.
//!
//! Each row is done by itself, on the version that was seen. What could not be done is told at its row, which stays with what was
//! entered; for each that was done there are words to say.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use precheck_shared::time::parse_date;

use self::form::{Cause, Form};
use self::view::{Done, Lost, Row};
use super::enter::{Day, kept};
use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session::Signed;
use super::words::{fill1, t, t2};
use crate::error::ApiError;
use crate::service::affected::{self, BadDay};
use crate::service::audit;
use crate::service::staff::SignedIn;
use crate::state::AppState;
use crate::store::desk::audit::{Subject, Word};

mod form;
mod view;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/desk/affected", get(show).post(mend))
}

#[derive(Template)]
#[template(path = "desk/affected.html")]
struct List {
    page: Frame,
    form: Form,
    /// The span in words; `None` where the form is not filled in yet.
    span: Option<String>,
    rows: Vec<Row>,
    free: Vec<Day>,
    /// Officers at work.
    takers: Vec<(String, String)>,
    /// Who can be away, for the form.
    officers: Vec<(String, String)>,
    done: Vec<Done>,
    lost: Vec<Lost>,
}

/// The list for the span that the address names.
async fn show(State(app): State<Arc<AppState>>, Signed(who): Signed, uri: Uri) -> Result<Response, Failed> {
    let fields = Fields::of_query(uri.query());
    let form = Form::read(&fields, &app);
    let mut page = Frame::new(&app, &who, t("desk.affected.title"), "affected");
    page.done = done_words(fields.get("done"));
    let faults = form.span().err();
    if let Some(faults) = &faults {
        page = page.with_faults(faults);
    }
    let status = if faults.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    answer(&app, &who, status, page, form, view::Told::default()).await
}

/// Does to every picked row what was chosen, each by itself.
async fn mend(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let form = Form::read(&fields, &app);
    let page = Frame::new(&app, &who, t("desk.affected.title"), "affected");
    let (span, order) = match (form.span(), form.order()) {
        (Ok(span), Ok(order)) => (span, order),
        (span, order) => {
            let faults = span.err().into_iter().chain(order.err());
            let page = faults.fold(page, |page, it| page.with_faults(&it));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return answer(&app, &who, status, page, form, view::Told::default()).await;
        }
    };
    let mut told = view::Told::default();
    for picked in &order.picked {
        let before = view::before(&app, &picked.number).await?;
        match affected::mend(&app, &who, &span, picked, &order.reason).await {
            Ok(_) => told.done.extend(before.map(|it| it.done(&app, picked, &order.reason))),
            Err(error) => told.refused.push((picked.number.clone(), error)),
        }
    }
    let mut page = page;
    page.done = (!told.done.is_empty())
        .then(|| fill1("desk.affected.done.count", "count", &told.done.len().to_string()));
    answer(&app, &who, told.status(), page, form, told).await
}

async fn answer(
    app: &AppState,
    who: &SignedIn,
    mut status: StatusCode,
    mut page: Frame,
    form: Form,
    told: view::Told,
) -> Result<Response, Failed> {
    let (bad, span) = match form.span() {
        Ok(span) => {
            let day = parse_date(&form.day).map_or(Subject::Word(Word::Unknown), Subject::Day);
            audit::note(app, who, "affected_read", day).await?;
            match affected::list(app, &span).await {
                Ok(bad) => (bad, Some(form.in_words())),
                Err(error @ ApiError::Refused { .. }) => {
                    page = page.with_faults(&error);
                    status = StatusCode::UNPROCESSABLE_ENTITY;
                    (affected::none(app).await?, None)
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(_) => (affected::none(app).await?, None),
    };
    let rows = view::rows(&bad, &form, &told);
    page.faults.extend(view::faults(&rows));
    let lost = told.lost(&rows);
    let free = super::enter::days(&bad.free);
    let view::Told { done, .. } = told;
    let BadDay { officers: takers, away: officers, .. } = bad;
    let shown = List { page, form, span, rows, free, takers, officers, done, lost };
    Ok(page::html(status, &shown))
}

/// What led here.
fn done_words(word: &str) -> Option<String> {
    matches!(word, "close" | "seats" | "usual_seats").then(|| t2("desk.settings.done.", word))
}
