//! `/desk/records`, articles 5(2) and 6, for managers: disclosures by law, a person's own request to see what is held of her, and the
//! way to the log. Whoever makes, approves or exports one gives her password anew.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::fields::Fields;
use super::page::{self, Failed, Fault, Frame};
use super::session::{Manager, Proven};
use super::words::{dates, fill1, t, t2};
use crate::error::ApiError;
use crate::service::audit;
use crate::service::disclose::{self, Disclosure, NotDone};
use crate::state::AppState;
use crate::store::desk::audit::{Subject, Word};

mod forms;
mod words;

use words::{Sheet, lines_of};

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/desk/records", get(list).post(set))
        .route("/desk/records/disclosure", get(forms::lawful).post(forms::make))
        .route("/desk/records/own", get(forms::own).post(forms::make_own))
        .route("/desk/records/{id}", get(show).post(approve))
        .route("/desk/records/{id}/print", get(back).post(print))
        .route("/desk/records/{id}/file", get(back).post(file))
}

#[derive(Template)]
#[template(path = "desk/records.html")]
struct Records {
    page: Frame,
    approval: bool,
    lines: Vec<Line>,
    older: Option<i64>,
}

/// A disclosure in the list.
struct Line {
    id: i64,
    made: String,
    kind: String,
    asked_by: String,
    by: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "desk/disclosure.html")]
struct Shown {
    page: Frame,
    id: i64,
    rows: Vec<(String, String)>,
    waits: bool,
    /// What it hands out can be read.
    readable: bool,
    /// She made it herself: another manager has to look at it.
    hers: bool,
}

#[derive(Template)]
#[template(path = "desk/disclosure_print.html")]
struct Printed {
    page: Frame,
    id: i64,
    lead: String,
    sheets: Vec<Sheet>,
}

async fn list(State(app): State<Arc<AppState>>, Manager(who): Manager, uri: Uri) -> Result<Response, Failed> {
    let fields = Fields::of_query(uri.query());
    let before = fields.get("before").parse().unwrap_or(i64::MAX);
    let (all, names, approval) = disclose::latest(&app, before).await?;
    audit::note(&app, &who, "disclosures_read", Subject::Word(Word::Disclosures)).await?;
    let line = |it: &Disclosure| Line {
        id: it.stored.id,
        made: dates().date_time(it.stored.made_at),
        kind: t2("desk.records.kind.", &it.stored.kind),
        asked_by: if it.stored.kind == "own" {
            t("desk.records.herself").to_owned()
        } else {
            it.ground.read().map_or(t("desk.unreadable"), |it| it.asked_by.as_str()).to_owned()
        },
        by: words::name_of(&names, &it.stored.made_by),
        state: t(state_of(it)),
    };
    let mut page = Frame::new(&app, &who, t("desk.records.title"), "records");
    if fields.get("done") == "set" {
        page.done = Some(t("desk.records.done.set").to_owned());
    }
    let older = (all.len() == 50).then(|| all.last().map(|it| it.stored.id)).flatten();
    let records = Records { page, approval, lines: all.iter().map(line).collect(), older };
    Ok(page::html(StatusCode::OK, &records))
}

/// The words for how far a disclosure is.
fn state_of(disclosure: &Disclosure) -> &'static str {
    match (disclosure.waits, &disclosure.stored.exported) {
        (_, Some(_)) => "desk.records.state.exported",
        (true, None) => "desk.records.state.waits",
        (false, None) => "desk.records.state.ready",
    }
}

async fn set(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    disclose::set_approval(&app, &who, fields.has("approval")).await?;
    Ok(page::see_other("/desk/records?done=set"))
}

async fn show(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Failed> {
    let id = id_of(&id)?;
    audit::note(&app, &who, "disclosure_read", Subject::Disclosure(id)).await?;
    let mut page = Frame::new(&app, &who, fill1("desk.records.one", "id", &id.to_string()), "records");
    let fields = Fields::of_query(uri.query());
    if let done @ ("made" | "approved") = fields.get("done") {
        page.done = Some(t2("desk.records.done.", done));
    }
    shown(&app, &who, id, page, StatusCode::OK).await
}

async fn shown(
    app: &AppState,
    who: &crate::service::staff::SignedIn,
    id: i64,
    page: Frame,
    status: StatusCode,
) -> Result<Response, Failed> {
    let (disclosure, names) = disclose::one(app, id).await?;
    let shown = Shown {
        page,
        id,
        rows: words::rows_of(&disclosure, &names),
        waits: disclosure.waits,
        readable: disclosure.ground.read().is_some(),
        hers: disclosure.stored.made_by == who.officer.as_str(),
    };
    Ok(page::html(status, &shown))
}

async fn approve(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let id = id_of(&id)?;
    match disclose::approve(&app, &who, id).await {
        Ok(()) => Ok(page::see_other(&format!("/desk/records/{id}?done=approved"))),
        Err(refused) => refused_at(&app, &who, id, refused).await,
    }
}

/// The act itself, with why it does not go on.
async fn refused_at(
    app: &AppState,
    who: &crate::service::staff::SignedIn,
    id: i64,
    refused: NotDone,
) -> Result<Response, Failed> {
    let (faults, status) = match refused {
        NotDone::Wrong(wrong) => (faults_of(&wrong), StatusCode::UNPROCESSABLE_ENTITY),
        NotDone::Failed(error @ ApiError::StaleVersion) => (page::faults_of(&error), StatusCode::CONFLICT),
        NotDone::Failed(error) => return Err(Failed(error)),
    };
    let title = fill1("desk.records.one", "id", &id.to_string());
    let page = Frame { faults, ..Frame::new(app, who, title, "records") };
    shown(app, who, id, page, status).await
}

/// An export's address, opened as a page: what hands something out is asked for by a form alone.
async fn back(
    State(app): State<Arc<AppState>>,
    Manager(_): Manager,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let id = id_of(&id)?;
    disclose::one(&app, id).await?;
    Ok(page::see_other(&format!("/desk/records/{id}")))
}

async fn print(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let id = id_of(&id)?;
    let export = match disclose::export(&app, &who, id).await {
        Ok(export) => export,
        Err(refused) => return refused_at(&app, &who, id, refused).await,
    };
    let printed = Printed {
        page: Frame::new(&app, &who, t2("desk.records.print.", &export.kind), "records"),
        id,
        lead: fill1("desk.records.print.lead", "office", &export.office),
        sheets: lines_of(&export),
    };
    Ok(page::html(StatusCode::OK, &printed))
}

async fn file(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let id = id_of(&id)?;
    let export = match disclose::export(&app, &who, id).await {
        Ok(export) => export,
        Err(refused) => return refused_at(&app, &who, id, refused).await,
    };
    let json = serde_json::to_vec_pretty(&export).map_err(|it| ApiError::Unavailable(it.to_string()))?;
    let name = format!("attachment; filename=\"disclosure-{id}.json\"");
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|_| ApiError::NotFound)?),
    ];
    Ok((HeaderMap::from_iter(headers), json).into_response())
}

fn id_of(text: &str) -> Result<i64, Failed> {
    let id = text.parse().ok().filter(|it| 0 < *it);
    id.ok_or(Failed(ApiError::NotFound))
}

/// What is wrong, by field, in words.
fn faults_of(wrong: &[disclose::Wrong]) -> Vec<Fault> {
    let fault = |(field, why): &disclose::Wrong| Fault {
        field: if *field == "approve" { String::new() } else { (*field).to_owned() },
        words: t2("desk.records.wrong.", why),
        check: None,
    };
    wrong.iter().map(fault).collect()
}
