//! The use cases: what the server does with a request. Rules first, then one call of the store; nothing of the web.
//!
//! | who | what | where |
//! |---|---|---|
//! | the job seeker | sends a request | [`submit()`] |
//! | | looks at it | [`receipt()`] |
//! | | is shown what the rules say of a step | [`JudgedBy`] |
//! | | takes the appointment into a calendar | [`appointment`] |
//! | an officer | arranges a time, moves it, gives other meeting data | [`confirm`] |
//! | | declines, notes a withdrawal, a contact, a cancellation, an end | [`decline`] and its neighbours |
//! | the clock | lets a request lapse, takes silence for a cancellation | [`crate::jobs`] |
//!
//! What has fallen due by itself counts in every use case, whether anything has written it down or not: the receipt shows it,
//! and an act of the desk finds the booking as if it were written, since it is written first.

use serde::Serialize;

use crate::error::ApiError;

pub mod affected;
mod arrange;
pub mod audit;
mod calendar;
pub mod clock;
pub mod conduct;
pub mod day;
mod desk;
pub mod disclose;
pub mod enter;
pub mod figures;
pub mod history;
mod judged_by;
pub mod person;
pub mod piece;
pub mod reading;
mod receipt;
mod sealed;
mod search;
pub mod settings;
pub mod staff;
mod standing;
mod submit;
pub mod told;
pub mod visits;

pub use arrange::{ConfirmationAsEntered, assign, confirm};
pub use calendar::{CalendarFile, appointment};
use desk::refused;
pub use desk::{
    Act, Officer, Word, cancel, cancel_by_office, correct_to_held, decline, hold, note_contact, stop,
    withdraw,
};
pub use judged_by::JudgedBy;
pub(crate) use receipt::fragment;
pub use receipt::{receipt, receipt_fragment};
pub use sealed::Words;
pub(crate) use standing::silences;
pub(crate) use submit::KEY_DAYS;
pub use submit::{Answered, RequestAsEntered, Submission, submit};

fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(|error| ApiError::Unavailable(error.to_string()))
}
