//! Article 6: what signed-in staff see of a booking, opened.

use precheck_shared::booking::Meeting;
use precheck_shared::person::in_both_calendars;
use precheck_shared::time::parse_date;
use serde::{Deserialize, Serialize};

use super::piece::{self, Piece, Place};
use super::sealed;
use crate::error::ApiError;
use crate::state::AppState;
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
    /// The person; nothing when she was erased.
    pub person: Piece<Person>,
}

impl Person {
    /// 1985年(昭和60年)4月1日
    pub fn birth_date_in_words(&self) -> String {
        parse_date(&self.birth_date).map_or_else(|| self.birth_date.clone(), in_both_calendars)
    }
}

/// The person of a booking.
pub fn person(app: &AppState, booking: &DeskBooking) -> Piece<Person> {
    let Some(sealed) = &booking.person else { return Piece::Nothing };
    let name = vault::person_name(app.office.id(), &booking.number);
    let place =
        Place { number: booking.number.as_str(), column: "booking.sealed", at: booking.version.into() };
    piece::open(app, place, &name, sealed, |plain| serde_json::from_slice(&plain))
}

/// A booking with its person.
pub fn open(app: &AppState, booking: DeskBooking) -> Opened {
    Opened { person: person(app, &booking), booking }
}

/// The meeting of a booking's appointment.
pub fn meeting(app: &AppState, booking: &DeskBooking) -> Piece<Meeting> {
    let Some(made) = &booking.appointment else { return Piece::Nothing };
    let Some(meeting) = &made.meeting else { return Piece::Nothing };
    sealed::open_meeting(app, &booking.number, made.version, meeting)
}

/// One booking, opened; whoever calls writes the reading down.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn one(app: &AppState, number: &str) -> Result<Opened, ApiError> {
    let number = number.to_owned();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { bookings::one(tx, &number).await }));
    Ok(open(app, found.await?.ok_or(ApiError::NotFound)?))
}

/// What the office told the seeker with the booking's state.
pub fn told(app: &AppState, booking: &DeskBooking) -> Piece<String> {
    sealed::open_told(app, &booking.number, booking.version, booking.told.as_ref())
}
