//! The log of what the staff read and changed: for managers. That it was read is in it as well.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use precheck_shared::booking::ReceptionNumber;

use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Frame};
use crate::desk::session::Manager;
use crate::desk::words::{dates, fill, t, t2};
use crate::service::audit::{self, chain};
use crate::service::staff::members;
use crate::state::AppState;
use crate::store::desk::audit::StoredRow;
use crate::store::desk::staff::StoredStaff;

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "desk/log.html")]
struct Log {
    page: Frame,
    rows: Vec<Line>,
    everybody: Vec<StoredStaff>,
    actor: String,
    subject: String,
    /// Where the page with older rows is.
    older: Option<String>,
}

/// A row, in words.
struct Line {
    at: String,
    actor: String,
    act: String,
    subject: String,
    /// Where the request is, if it is one.
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/log_check.html")]
struct Check {
    page: Frame,
    words: String,
    waiting: Option<String>,
    intact: bool,
}

/// A page of it.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    uri: Uri,
) -> Result<Response, Failed> {
    let query = Fields::of_query(uri.query());
    let (actor, subject) = (query.get("actor").to_owned(), cut(query.get("subject")));
    let before = query.get("before").parse().unwrap_or(i64::MAX);
    let mut rows = audit::page(&app, &who, before, &actor, &subject, ROWS + 1).await?;
    let older = (ROWS < rows.len()).then(|| {
        rows.truncate(ROWS);
        let last = rows.last().map_or(0, |it| it.id).to_string();
        let mut query = form_urlencoded::Serializer::new(String::from("/desk/log?"));
        query.extend_pairs([("actor", actor.as_str()), ("subject", &subject), ("before", &last)]);
        query.finish()
    });
    let everybody = members::all(&app).await?;
    let names = everybody.iter().map(|it| (it.id.as_str(), it.name.as_str())).collect();
    let rows = rows.iter().map(|it| line(it, &names)).collect();
    let page = Frame::new(&app, &who, t("desk.log.title"), "records");
    Ok(page::html(StatusCode::OK, &Log { page, rows, everybody, actor, subject, older }))
}

/// Whether all of it is as it was written.
pub(super) async fn check(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
) -> Result<Response, Failed> {
    audit::note(&app, &who, "log_verified", "log").await?;
    let found = chain::verify(&app).await?;
    let [rows, at, waiting] =
        [found.intact, found.broken_at.unwrap_or_default(), found.waiting].map(|it| it.to_string());
    let key = if found.is_intact() { "desk.log.intact" } else { "desk.log.broken" };
    let words = fill(key, &[("rows", &rows), ("fingerprint", &found.fingerprint), ("at", &at)]);
    let waiting = (0 < found.waiting).then(|| fill("desk.log.waiting", &[("rows", &waiting)]));
    let page = Frame::new(&app, &who, t("desk.log.check.title"), "records");
    Ok(page::html(StatusCode::OK, &Check { page, words, waiting, intact: found.is_intact() }))
}

/// Nothing that is looked for is longer.
fn cut(text: &str) -> String {
    text.trim().chars().take(100).collect()
}

fn line(row: &StoredRow, names: &HashMap<&str, &str>) -> Line {
    let somebody = |id: &str| match names.get(id) {
        Some(name) => fill("desk.log.somebody", &[("name", name), ("id", id)]),
        None => id.to_owned(),
    };
    let known =
        |family: &str, name: &str| Some(t2(family, name)).filter(|it| *it != format!("{family}{name}"));
    let number = ReceptionNumber::parse(&row.subject);
    Line {
        at: dates().date_time(row.at),
        actor: known("desk.log.actor.", &row.actor).unwrap_or_else(|| somebody(&row.actor)),
        // An act that has no words yet is better named than left out.
        act: known("desk.log.act.", &row.act).unwrap_or_else(|| row.act.clone()),
        subject: known("desk.log.subject.", &row.subject).unwrap_or_else(|| somebody(&row.subject)),
        address: number.is_some().then(|| format!("/desk/requests/{}", row.subject)),
    }
}
