//! Article 6: what signed-in staff see of a booking, opened.

use precheck_shared::booking::Meeting;
use precheck_shared::person::in_both_calendars;
use precheck_shared::time::parse_date;
use serde::{Deserialize, Serialize};

use super::sealed;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoredAppointment;
use crate::store::desk::bookings::{self, DeskBooking};
use crate::store::sql;
use crate::vault;

/// What is sealed of a request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// As typed.
    pub name: String,
    /// `1985-04-01`
    pub birth_date: String,
    /// `01234-5678901`
    pub job_seeker_number: String,
    /// Article 10(3).
    pub attendants: Vec<AttendantRecord>,
    /// Please-check findings that the seeker confirmed.
    pub accepted_findings: Vec<String>,
    /// What the checks found, by item.
    pub found: Vec<(String, String)>,
}

/// Somebody who comes along.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttendantRecord {
    /// `interpreter`, …
    pub kind: String,
    /// Of an interpreter.
    pub language: String,
    /// How many.
    pub count: u8,
    /// A note.
    pub note: String,
}

/// A booking with its person, as the desk shows it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What is stored.
    pub booking: DeskBooking,
    /// The person; `None` when she was erased.
    pub person: Option<Person>,
}

impl Person {
    /// 1985年(昭和60年)4月1日
    pub fn birth_date_in_words(&self) -> String {
        parse_date(&self.birth_date).map_or_else(|| self.birth_date.clone(), in_both_calendars)
    }
}

/// Opens the person of a booking.
///
/// # Errors
/// `unavailable`: the key does not open it.
pub fn open(app: &AppState, booking: DeskBooking) -> Result<Opened, ApiError> {
    let person = match &booking.person {
        Some(sealed) => {
            let plain = app.vault.open(&vault::person_name(app.office.id(), &booking.number), sealed)?;
            let read = serde_json::from_slice(&plain);
            Some(read.map_err(|_| ApiError::Unavailable("a sealed person cannot be read".to_owned()))?)
        }
        None => None,
    };
    Ok(Opened { booking, person })
}

/// The meeting of a booking's appointment.
///
/// # Errors
/// `unavailable`: the key does not open it.
pub fn meeting(app: &AppState, booking: &DeskBooking) -> Result<Option<Meeting>, ApiError> {
    let Some(made) = &booking.appointment else { return Ok(None) };
    let Some(meeting) = made.meeting.clone() else { return Ok(None) };
    let stored = StoredAppointment {
        version: made.version,
        start: made.start,
        end: made.end,
        officer: made.officer.clone(),
        meeting,
        joined: made.joined,
        word_received: made.word_received,
    };
    sealed::open_meeting(app, &booking.number, &stored).map(Some)
}

/// One booking, opened; whoever calls writes the reading down.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn one(app: &AppState, number: &str) -> Result<Opened, ApiError> {
    let number = number.to_owned();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { bookings::one(tx, &number).await }));
    open(app, found.await?.ok_or(ApiError::NotFound)?)
}

/// What the office told the seeker with the booking's state.
///
/// # Errors
/// `unavailable`: the key does not open it.
pub fn told(app: &AppState, booking: &DeskBooking) -> Result<Option<String>, ApiError> {
    let Some(told) = &booking.told else { return Ok(None) };
    let name = vault::told_name(app.office.id(), &booking.number, booking.version);
    let text = String::from_utf8(app.vault.open(&name, told)?);
    text.map(Some).map_err(|_| ApiError::Unavailable("a sealed reason cannot be read".to_owned()))
}
