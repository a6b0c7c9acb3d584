//! Article 6: what of an arrangement is sealed, in which form and under which name.
//!
//! The name binds office, number and version, so that a piece opens in its own place alone.

use precheck_shared::booking::{Booking, BookingState, Meeting, ReceptionNumber};
use precheck_shared::violation::Code;
use serde::{Deserialize, Serialize};

use super::to_json;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{StoredAppointment, StoredBooking};
use crate::vault::{self, Sealed};

/// Meeting ID, join link, passcode.
#[derive(Serialize, Deserialize)]
struct MeetingRecord {
    id: String,
    link: Option<String>,
    passcode: String,
}

/// What an actor wrote about a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// Why; or a note.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// How word of the job seeker came in, or how she was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// When word of her came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_at: Option<String>,
    /// What the rules said against the time, and was excepted with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excepted: Vec<String>,
    /// Please-check findings that the officer saw and went on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
    /// What of the person was corrected: the item, before, afterwards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<(String, String, String)>,
}

impl Words {
    pub(super) fn because(reason: &str) -> Self {
        Self { reason: reason.trim().to_owned(), ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Names of codes, as they are kept.
pub(super) fn names(codes: impl Iterator<Item = Code>) -> Vec<String> {
    codes.map(|it| it.as_str().to_owned()).collect()
}

/// Seals how a counselling is joined, for the version that arranges it.
pub(super) fn seal_meeting(
    app: &AppState,
    number: &ReceptionNumber,
    version: u32,
    meeting: &Meeting,
) -> Result<Sealed, ApiError> {
    let Meeting { id, link, passcode } = meeting;
    let record = MeetingRecord { id: id.to_string(), link: link.clone(), passcode: passcode.clone() };
    Ok(app.vault.seal(&vault::meeting_name(app.office.id(), number, version), &to_json(&record)?)?)
}

/// Opens how a counselling is joined.
pub(super) fn open_meeting(
    app: &AppState,
    number: &ReceptionNumber,
    appointment: &StoredAppointment,
) -> Result<Meeting, ApiError> {
    let name = vault::meeting_name(app.office.id(), number, appointment.version);
    let plain = app.vault.open(&name, &appointment.meeting)?;
    let MeetingRecord { id, link, passcode } = serde_json::from_slice(&plain)
        .map_err(|_| ApiError::Unavailable("sealed meeting data cannot be read".to_owned()))?;
    Ok(Meeting::kept(&id, link, passcode))
}

/// Seals what was written about a change, if anything was.
pub(super) fn seal_words(
    app: &AppState,
    number: &ReceptionNumber,
    version: u32,
    words: &Words,
) -> Result<Option<Sealed>, ApiError> {
    if words.is_empty() {
        return Ok(None);
    }
    Ok(Some(app.vault.seal(&vault::words_name(app.office.id(), number, version), &to_json(words)?)?))
}

/// Opens what was written about the change to a version.
pub(super) fn open_words(
    app: &AppState,
    number: &ReceptionNumber,
    version: u32,
    words: &Sealed,
) -> Result<Words, ApiError> {
    let plain = app.vault.open(&vault::words_name(app.office.id(), number, version), words)?;
    serde_json::from_slice(&plain)
        .map_err(|_| ApiError::Unavailable("sealed words cannot be read".to_owned()))
}

/// Seals for the next version what the job seeker is told with a state that stays.
pub(super) fn carry_told(app: &AppState, stored: &StoredBooking) -> Result<Option<Sealed>, ApiError> {
    let Some(told) = open_told(app, stored)? else { return Ok(None) };
    let name = vault::told_name(app.office.id(), &stored.number, stored.version + 1);
    Ok(Some(app.vault.seal(&name, told.as_bytes())?))
}

/// Seals what the job seeker is told with a state, if anything is.
pub(super) fn seal_told(
    app: &AppState,
    number: &ReceptionNumber,
    next: &Booking,
) -> Result<Option<Sealed>, ApiError> {
    let (BookingState::Declined { reason }
    | BookingState::CancelledByOffice { reason }
    | BookingState::Stopped { reason }) = &next.state
    else {
        return Ok(None);
    };
    let name = vault::told_name(app.office.id(), number, next.version);
    Ok(Some(app.vault.seal(&name, reason.as_bytes())?))
}

/// Opens what the job seeker is told; each change writes it anew, so it is of the booking's version.
pub(super) fn open_told(app: &AppState, stored: &StoredBooking) -> Result<Option<String>, ApiError> {
    let Some(told) = &stored.told else { return Ok(None) };
    let plain = app.vault.open(&vault::told_name(app.office.id(), &stored.number, stored.version), told)?;
    let text = String::from_utf8(plain);
    text.map(Some).map_err(|_| ApiError::Unavailable("a sealed reason cannot be read".to_owned()))
}
