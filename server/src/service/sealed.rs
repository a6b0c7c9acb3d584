//! Article 6: what of an arrangement is sealed, in which form and under which name.
//!
//! The name binds office, number and version, so that a piece opens in its own place alone.

use precheck_shared::booking::{Booking, BookingState, Meeting, ReceptionNumber};
use precheck_shared::violation::Code;
use serde::{Deserialize, Serialize};

use super::piece::{self, Piece, Place};
use super::to_json;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::StoredBooking;
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
    version: u32,
    meeting: &Sealed,
) -> Piece<Meeting> {
    let name = vault::meeting_name(app.office.id(), number, version);
    let place = Place { number: number.as_str(), column: "appointment.meeting", at: version.into() };
    piece::open(app, place, &name, meeting, |plain| {
        let read = serde_json::from_slice(&plain);
        read.map(|MeetingRecord { id, link, passcode }| Meeting::kept(&id, link, passcode))
    })
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
) -> Piece<Words> {
    let name = vault::words_name(app.office.id(), number, version);
    let place = Place { number: number.as_str(), column: "event.sealed", at: version.into() };
    piece::open(app, place, &name, words, |plain| serde_json::from_slice(&plain))
}

/// Seals for the next version what the job seeker is told with a state that stays. What is damaged stays so: it keeps nobody from
/// the act, and a later page still says that something is there.
pub(super) fn carry_told(app: &AppState, stored: &StoredBooking) -> Result<Option<Sealed>, ApiError> {
    let name = vault::told_name(app.office.id(), &stored.number, stored.version + 1);
    match open_told(app, &stored.number, stored.version, stored.told.as_ref()) {
        Piece::Nothing => Ok(None),
        Piece::Read(told) => Ok(Some(app.vault.seal(&name, told.as_bytes())?)),
        Piece::Damaged => Ok(stored.told.clone()),
    }
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
pub(super) fn open_told(
    app: &AppState,
    number: &ReceptionNumber,
    version: u32,
    told: Option<&Sealed>,
) -> Piece<String> {
    let Some(told) = told.filter(|it| !it.bytes.is_empty()) else { return Piece::Nothing };
    let name = vault::told_name(app.office.id(), number, version);
    let place = Place { number: number.as_str(), column: "booking.told", at: version.into() };
    piece::open(app, place, &name, told, String::from_utf8)
}
