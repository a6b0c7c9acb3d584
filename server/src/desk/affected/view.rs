//! The rows of a bad day, and what is told of each afterwards.

use axum::http::StatusCode;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::{HourMinute, Instant, format_instant};

use super::form::Form;
use crate::desk::page::{Fault, faults_of};
use crate::desk::words::{dates, fill, t};
use crate::error::ApiError;
use crate::service::affected::{BadDay, Picked, Remedy};
use crate::service::piece::Piece;
use crate::service::reading::{self, Person};
use crate::state::AppState;

/// A counselling that is hit.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) number: String,
    pub(super) shown: String,
    pub(super) when: String,
    pub(super) name: String,
    pub(super) officer: String,
    pub(super) state: String,
    pub(super) version: u32,
    pub(super) picked: bool,
    /// The time and the officer that are chosen for it.
    pub(super) start: String,
    pub(super) taker: String,
    /// Why it could not be done.
    pub(super) wrong: Option<String>,
}

/// One that was done, with words to say.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) number: String,
    pub(super) shown: String,
    pub(super) name: String,
    pub(super) words: String,
}

/// One that could not be done and is none of the list any more.
#[derive(Debug, Clone)]
pub(super) struct Lost {
    pub(super) number: String,
    pub(super) shown: String,
    pub(super) words: String,
}

/// What became of what was picked.
#[derive(Default)]
pub(super) struct Told {
    pub(super) done: Vec<Done>,
    pub(super) refused: Vec<(ReceptionNumber, ApiError)>,
}

/// Whom to tell what, known before it is done.
pub(super) struct Before {
    number: ReceptionNumber,
    name: String,
    start: Instant,
}

impl Told {
    /// 200, or why not all was done.
    pub(super) fn status(&self) -> StatusCode {
        let stale = self.refused.iter().any(|it| matches!(it.1, ApiError::StaleVersion));
        match self.refused.is_empty() {
            true => StatusCode::OK,
            false if stale => StatusCode::CONFLICT,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Those that are no rows any more.
    pub(super) fn lost(&self, rows: &[Row]) -> Vec<Lost> {
        let gone = self.refused.iter().filter(|it| rows.iter().all(|row| row.number != it.0.as_str()));
        gone.map(|(number, error)| Lost {
            number: number.as_str().to_owned(),
            shown: number.to_string(),
            words: words_of(error),
        })
        .collect()
    }
}

impl Before {
    /// Words to say to her.
    pub(super) fn done(self, app: &AppState, picked: &Picked, reason: &str) -> Done {
        let when = dates().date_time(self.start);
        let office = app.office.policy().office.short_name.clone();
        let (key, to) = match &picked.remedy {
            Remedy::Cancel => ("desk.affected.say.cancel", String::new()),
            Remedy::Move(start) => {
                ("desk.affected.say.move", start.map(|it| dates().date_time(it)).unwrap_or_default())
            }
            Remedy::TakeOver(_) => ("desk.affected.say.take_over", String::new()),
        };
        let values = [
            ("name", self.name.as_str()),
            ("when", &when),
            ("to", &to),
            ("office", &office),
            ("reason", reason),
        ];
        let words = fill(key, &values);
        Done {
            number: self.number.as_str().to_owned(),
            shown: self.number.to_string(),
            name: self.name,
            words,
        }
    }
}

/// The name of a person, as a list shows it.
fn name_of(person: &Piece<Person>) -> String {
    match person {
        Piece::Read(person) => person.name.clone(),
        Piece::Damaged => t("desk.day.unreadable").to_owned(),
        Piece::Nothing => t("desk.day.erased").to_owned(),
    }
}

/// Whom it is about, before it is done; `None` where there is nobody to tell.
pub(super) async fn before(app: &AppState, number: &ReceptionNumber) -> Result<Option<Before>, ApiError> {
    let opened = match reading::one(app, number.as_str()).await {
        Ok(opened) => opened,
        Err(ApiError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let name = name_of(&opened.person);
    Ok(opened.booking.appointment.map(|it| Before { number: number.clone(), name, start: it.start }))
}

/// The rows, with what was entered and what could not be done.
pub(super) fn rows(bad: &BadDay, form: &Form, told: &Told) -> Vec<Row> {
    let officer = |id: &String| {
        let found = bad.everybody.iter().find(|it| it.0 == *id);
        found.map_or_else(|| t("desk.officer.unknown").to_owned(), |it| it.1.clone())
    };
    let row = |it: &crate::service::affected::Affected| {
        let booking = &it.opened.booking;
        let sent = form.row(booking.number.as_str());
        let made = booking.appointment.as_ref();
        let chosen = |sent: Option<&String>, proposed: Option<String>| {
            sent.filter(|it| !it.is_empty()).cloned().or(proposed).unwrap_or_default()
        };
        let wrong = told.refused.iter().find(|it| it.0 == booking.number).map(|it| words_of(&it.1));
        Row {
            number: booking.number.as_str().to_owned(),
            shown: booking.number.to_string(),
            when: made.map(|it| HourMinute::of(it.start).to_string()).unwrap_or_default(),
            name: name_of(&it.opened.person),
            officer: made.and_then(|it| it.officer.as_ref()).map(officer).unwrap_or_default(),
            state: booking.state.clone(),
            version: booking.version,
            picked: if form.sent { sent.is_some_and(|it| it.picked) } else { true },
            start: chosen(sent.map(|it| &it.start), it.instead.map(format_instant)),
            taker: chosen(sent.map(|it| &it.officer), it.taker.clone()),
            wrong,
        }
    };
    bad.all.iter().map(row).collect()
}

/// What could not be done, for the list on top.
pub(super) fn faults(rows: &[Row]) -> Vec<Fault> {
    let fault = |row: &Row| {
        let words = row.wrong.as_ref()?;
        let values = [("when", row.when.as_str()), ("number", row.shown.as_str()), ("words", words.as_str())];
        let words = fill("desk.affected.row_fault", &values);
        Some(Fault { field: format!("pick-{}", row.number), words, check: None })
    };
    rows.iter().filter_map(fault).collect()
}

fn words_of(error: &ApiError) -> String {
    let all: Vec<_> = faults_of(error).into_iter().map(|it| it.words).collect();
    all.join(" ")
}
