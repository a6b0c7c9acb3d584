//! `/desk/figures`, article 5: what the records say in sum, for managers. Charts with the table behind each; files of what may leave
//! the office.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::TimeDelta;
use precheck_shared::time::Instant;

use super::chart::{self, About, Bar};
use super::fields::Fields;
use super::page::{self, Failed, Frame};
use super::session::{Manager, Proven};
use super::words::{dates, fill, t, t2};
use crate::error::ApiError;
use crate::service::figures::{self, Column, Counted, Label, Line, PERIODS, Period, Table};
use crate::service::{audit, visits};
use crate::state::AppState;
use crate::store::desk::audit::Subject;

mod csv;

/// Most lines that a chart draws; the table has all of them.
const DRAWN: usize = 13;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/desk/figures", get(show))
        .route("/desk/figures/{file}", get(back).post(export))
        .layer(Extension(Arc::<Kept>::default()))
}

/// What was counted lately: counting a year takes longer than a page may, and no figure changes much in five minutes.
#[derive(Default)]
struct Kept(Mutex<Vec<(Instant, Arc<Counted>)>>);

/// So long.
const FRESH: TimeDelta = TimeDelta::minutes(5);

impl Kept {
    async fn count(&self, app: &AppState, period: Period) -> Result<Arc<Counted>, ApiError> {
        let now = app.clock.now();
        let is_fresh = |at: Instant| at <= now && now < at + FRESH;
        let found = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.retain(|it| is_fresh(it.0));
            kept.iter().find(|it| it.1.period == period).map(|it| Arc::clone(&it.1))
        };
        if let Some(found) = found {
            return Ok(found);
        }
        let counted = Arc::new(figures::count(app, period).await?);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((now, Arc::clone(&counted)));
        Ok(counted)
    }
}

#[derive(Template)]
#[template(path = "desk/figures.html")]
struct Figures {
    page: Frame,
    periods: Vec<(u16, String, bool)>,
    span: String,
    sentences: Vec<String>,
    tables: Vec<Shown>,
    weeks: u16,
}

/// A table as it is shown.
struct Shown {
    name: &'static str,
    title: String,
    words: String,
    /// Drawn by [`chart`] alone.
    svg: String,
    columns: Vec<String>,
    lines: Vec<(String, Vec<String>)>,
}

async fn show(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    Extension(kept): Extension<Arc<Kept>>,
    uri: Uri,
) -> Result<Response, Failed> {
    let weeks = weeks_of(&Fields::of_query(uri.query()));
    let period = Period::last(weeks, app.clock.now(), true);
    let counted = kept.count(&app, period).await?;
    audit::note(&app, &who, "figures", Subject::Weeks(weeks)).await?;
    let last = period.to.pred_opt().unwrap_or(period.to);
    let dates = dates();
    let figures = Figures {
        page: Frame::new(&app, &who, t("desk.figures.title"), "figures"),
        periods: PERIODS
            .map(|it| (it, fill("desk.figures.weeks", &[("n", &it.to_string())]), it == weeks))
            .to_vec(),
        span: fill("desk.figures.span", &[("from", &dates.date(period.from)), ("to", &dates.date(last))]),
        sentences: vec![
            share("desk.figures.silence", counted.silences()),
            share("desk.figures.use_of_seats", counted.use_of_seats()),
        ],
        tables: counted.tables().iter().map(shown).collect(),
        weeks,
    };
    Ok(page::html(StatusCode::OK, &figures))
}

/// A file's address, opened as a page: what hands something out is asked for by a form alone.
async fn back(Manager(_): Manager, Path(file): Path<String>, uri: Uri) -> Result<Response, Failed> {
    file.strip_suffix(".csv").filter(|it| figures::NAMES.contains(it)).ok_or(ApiError::NotFound)?;
    Ok(page::see_other(&format!("/desk/figures?weeks={}", weeks_of(&Fields::of_query(uri.query())))))
}

/// Article 5(2): a table as a file, small cells suppressed.
async fn export(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Extension(kept): Extension<Arc<Kept>>,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let weeks = weeks_of(&if fields.has("weeks") { fields } else { Fields::of_query(uri.query()) });
    let period = Period::last(weeks, app.clock.now(), false);
    let name = file.strip_suffix(".csv").ok_or(ApiError::NotFound)?;
    let counted = kept.count(&app, period).await?;
    let table = counted.tables().into_iter().find(|it| it.name == name).ok_or(ApiError::NotFound)?;
    audit::note(&app, &who, "figures_exported", Subject::Table(table.name, weeks)).await?;
    let body = csv::of(&table, &figures::published(&app.office.policy(), &table));
    let file = format!("attachment; filename=\"{name}-{}-{}.csv\"", period.from, period.to);
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&file).map_err(|_| ApiError::NotFound)?),
    ];
    Ok((HeaderMap::from_iter(headers), body).into_response())
}

/// The period that is asked for, or the middle one.
fn weeks_of(fields: &Fields) -> u16 {
    let asked = fields.get("weeks").parse().ok();
    asked.filter(|it| PERIODS.contains(it)).unwrap_or(PERIODS[1])
}

/// `12 / 340（3.5 %）` in a sentence.
fn share(key: &str, (part, all): (u32, u32)) -> String {
    let mille = (u64::from(part) * 1000).checked_div(u64::from(all));
    let share =
        mille.map_or_else(|| t("desk.figures.none").to_owned(), |it| format!("{}.{}%", it / 10, it % 10));
    fill(key, &[("part", &part.to_string()), ("all", &all.to_string()), ("share", &share)])
}

fn shown(table: &Table) -> Shown {
    let key = format!("desk.figures.{}", table.name);
    let (title, words) = (t(&key).to_owned(), t(&format!("{key}.words")).to_owned());
    let drawn = |line: &Line| -> u32 {
        table.columns.iter().zip(&line.counts).filter(|it| it.0.drawn).map(|it| *it.1).sum()
    };
    let mut all: Vec<Bar> = table
        .lines
        .iter()
        .map(|line| Bar {
            label: short_label(table, &line.label),
            value: drawn(line),
            words: if line.erased { t("desk.figures.erased").to_owned() } else { drawn(line).to_string() },
        })
        .collect();
    let by_week = table.lines.iter().any(|it| matches!(it.label, Label::Week(_)));
    if table.name == "steps" {
        reached(&mut all);
    }
    let id = format!("chart-{}", table.name);
    let about = About { id: &id, title: &title, words: &words };
    let svg = if by_week {
        chart::columns(about, &all)
    } else {
        all.truncate(DRAWN);
        chart::bars(about, &all)
    };
    let cell = |line: &Line, count: &u32| {
        if line.erased { t("desk.figures.erased").to_owned() } else { count.to_string() }
    };
    let row =
        |line: &Line| (label(table, &line.label), line.counts.iter().map(|it| cell(line, it)).collect());
    let columns = table.columns.iter().map(|it| column(table, *it)).collect();
    let lines = table.lines.iter().map(row).collect();
    Shown { name: table.name, title, words, svg, columns, lines }
}

/// Who stopped later came by here too.
fn reached(steps: &mut [Bar]) {
    let mut later = 0;
    for step in steps.iter_mut().rev() {
        later += step.value;
        step.value = later;
        step.words = later.to_string();
    }
}

fn column(table: &Table, column: Column) -> String {
    t(&format!("desk.figures.{}.{}", table.name, column.name)).to_owned()
}

/// A line's name in full.
fn label(table: &Table, label: &Label) -> String {
    match label {
        Label::Week(monday) => fill("desk.figures.week", &[("date", &dates().date(*monday))]),
        Label::Name(name) => name_of(table.name, name),
    }
}

/// A line's name where there is little room.
fn short_label(table: &Table, label: &Label) -> String {
    match label {
        Label::Week(monday) => monday.format("%-m/%-d").to_string(),
        Label::Name(name) => name_of(table.name, name),
    }
}

fn name_of(table: &str, name: &str) -> String {
    match table {
        "results" => t2("desk.state.", name),
        "steps" => t2("step.", name),
        "checks" => t2("check.", name),
        "browsers" => {
            let (family, version) = name.split_once(' ').unwrap_or((name, ""));
            let known = visits::BROWSERS.contains(&family);
            let family = if known { t2("desk.figures.browser.", family) } else { family.to_owned() };
            format!("{family} {version}").trim().to_owned()
        }
        table => t(&format!("desk.figures.{table}.line.{name}")).to_owned(),
    }
}
