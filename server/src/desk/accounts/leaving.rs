//! The end of a staff member: her coming counsellings first, each with whoever takes it, in one form.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use precheck_shared::booking::ReceptionNumber;

use super::faults_of;
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Fault, Frame};
use crate::desk::session::Proven;
use crate::desk::words::{dates, fill, fill1, t};
use crate::error::ApiError;
use crate::service::audit;
use crate::service::piece::Piece;
use crate::service::staff::SignedIn;
use crate::service::staff::fault;
use crate::service::staff::leaving::{self, Handing, Leaving, Left};
use crate::state::AppState;
use crate::store::desk::audit::Subject;

/// Nobody takes it yet, on purpose.
const OPEN: &str = "open";

/// More rows than a form of ours has.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "desk/staff_end.html")]
struct Ending {
    page: Frame,
    id: String,
    rows: Vec<Row>,
    takers: Vec<(String, String)>,
    /// Who takes those for which nobody is named.
    all: String,
}

/// One of her counsellings.
struct Row {
    number: String,
    shown: String,
    when: String,
    name: String,
    version: u32,
    /// Who was chosen.
    to: String,
    /// Why it was not handed on.
    wrong: Option<String>,
}

/// What would be left behind.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    answer(&app, &who, &id, &Fields::default(), &Left::default()).await
}

/// Hands it on, and ends her account.
pub(super) async fn end(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let mut handings = Vec::new();
    for number in fields.all("row").take(MOST) {
        let Some(number) = ReceptionNumber::parse(number) else { continue };
        let to = chosen(&fields, number.as_str());
        // Nothing is done while one of them is forgotten.
        if to.is_empty() {
            return answer(&app, &who, &id, &fields, &Left::default()).await;
        }
        // A version that cannot be read is none that the booking has.
        let version = fields.get(&format!("version-{}", number.as_str())).parse().unwrap_or(0);
        handings.push(Handing { number, version, to: (to != OPEN).then(|| to.to_owned()) });
    }
    match leaving::hand_on_and_end(&app, &who, &id, &handings).await {
        Ok(left) if left.fault.is_none() => Ok(page::see_other("/desk/staff?done=ended")),
        Ok(left) => answer(&app, &who, &id, &fields, &left).await,
        Err(ApiError::NotFound) => Ok(page::not_there(&app, &who)),
        Err(error) => Err(error.into()),
    }
}

/// Who takes a counselling: as chosen for it, or for all.
fn chosen<'a>(fields: &'a Fields, number: &str) -> &'a str {
    match fields.get(&format!("to-{number}")) {
        "" => fields.get("to-all"),
        own => own,
    }
}

async fn answer(
    app: &AppState,
    who: &SignedIn,
    id: &str,
    fields: &Fields,
    left: &Left,
) -> Result<Response, Failed> {
    let Some(found) = leaving::leaving(app, id).await? else { return Ok(page::not_there(app, who)) };
    audit::note(app, who, "leaving_read", Subject::staff(id)).await?;
    let Leaving { who: hers, coming, takers } = found;
    let was_sent = fields.has("row");
    let row = |it: &crate::service::reading::Opened| {
        let number = it.booking.number.as_str();
        let sent = fields.all("row").any(|it| it == number);
        let refused = left.refused.iter().find(|it| it.0.as_str() == number);
        let refused = refused.map(|it| words_of(&it.1));
        // One that came to her since has not been seen either.
        let forgotten = was_sent && (!sent || chosen(fields, number).is_empty());
        let forgotten = forgotten.then(|| t("desk.staff.end.choose").to_owned());
        Row {
            number: number.to_owned(),
            shown: it.booking.number.to_string(),
            when: it.booking.appointment.as_ref().map(|it| dates().date_time(it.start)).unwrap_or_default(),
            name: match &it.person {
                Piece::Read(person) => person.name.clone(),
                Piece::Damaged => t("desk.day.unreadable").to_owned(),
                Piece::Nothing => t("desk.day.erased").to_owned(),
            },
            version: it.booking.version,
            to: fields.get(&format!("to-{number}")).to_owned(),
            wrong: refused.or(forgotten),
        }
    };
    let rows: Vec<Row> = coming.iter().map(row).collect();
    let mut faults: Vec<Fault> = rows.iter().filter_map(fault_of).collect();
    // That some are left is said by the rows themselves.
    let own = left.fault.filter(|it| *it != fault::Fault::Counsellings || faults.is_empty());
    faults.extend(own.into_iter().flat_map(|it| faults_of(&[it])));
    let stale = left.refused.iter().any(|it| matches!(it.1, ApiError::StaleVersion));
    let status = match (faults.is_empty(), stale) {
        (true, _) => StatusCode::OK,
        (false, true) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let title = fill1("desk.staff.end.title", "name", &hers.name);
    let mut page = Frame { faults, ..Frame::new(app, who, title, "staff") };
    page.done = (0 < left.handed).then(|| fill1("desk.staff.end.handed", "count", &left.handed.to_string()));
    let ending = Ending { page, id: hers.id, rows, takers, all: fields.get("to-all").to_owned() };
    Ok(page::html(status, &ending))
}

/// What is wrong with a row, for the list on top.
fn fault_of(row: &Row) -> Option<Fault> {
    let words = row.wrong.as_ref()?;
    let values = [("when", row.when.as_str()), ("number", row.shown.as_str()), ("words", words.as_str())];
    let words = fill("desk.affected.row_fault", &values);
    Some(Fault { field: format!("to-{}", row.number), words, check: None })
}

fn words_of(error: &ApiError) -> String {
    let all: Vec<_> = page::faults_of(error).into_iter().map(|it| it.words).collect();
    all.join(" ")
}
