//! Article 4(2): confirming is not yet telling. What closes a duty to notify, and small acts that leave the state as it is: a
//! note, the mark of the identity, the affirmation of a silence, a legal hold.

use precheck_shared::booking::{Booking, BookingState};
use precheck_shared::clause::paragraph;
use precheck_shared::time::Instant;
use precheck_shared::violation::{Code, Violation};

use super::desk::{Act, Decided, beside, bounded, perform};
use super::sealed::Words;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::duties;
use crate::store::{Also, Change, Guard, StoredBooking, sql};

/// How an officer tells somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldBy {
    /// 電話
    Telephone,
    /// メール
    Mail,
    /// 窓口
    Counter,
}

impl ToldBy {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Telephone, Self::Mail, Self::Counter];

    /// The name in the records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::Mail => "mail",
            Self::Counter => "counter",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// 4(2): the officer has told the seeker of everything. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `transition_not_allowed` where nothing is to be told, `unavailable`.
pub async fn notified(app: &AppState, act: &Act, by: ToldBy) -> Result<u32, ApiError> {
    let words = Words { channel: Some(by.as_str().to_owned()), ..Words::default() };
    let rule = |stored: &StoredBooking| must(stored.untold, "told");
    beside(app, act, "notified", words, vec![Also::CloseDuties(by.as_str())], rule).await
}

/// The seeker opened her receipt at this version: she knows. Whatever fails here keeps nobody from reading her receipt.
pub(super) async fn opened(app: &AppState, stored: &StoredBooking) {
    let (number, at, version) = (stored.number.as_str().to_owned(), app.clock.now(), stored.version);
    let noted = sql::write(&*app.store, move |tx| {
        Box::pin(async move { duties::opened(tx, &number, at, version).await })
    });
    match noted.await {
        Ok(()) => {}
        Err(error) => tracing::warn!(%error, "that a receipt was opened is not noted; the next look will"),
    }
}

/// A note of the officer's, which the seeker does not see. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `reason_missing`, `unavailable`.
pub async fn note(app: &AppState, act: &Act, text: &str) -> Result<u32, ApiError> {
    let rule = |_: &StoredBooking| needed(text);
    beside(app, act, "noted", Words::because(text), Vec::new(), rule).await
}

/// 4(2): name, date of birth and number match the registration. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `unavailable`.
pub async fn mark_identity(app: &AppState, act: &Act) -> Result<u32, ApiError> {
    let also = vec![Also::IdentityChecked];
    beside(app, act, "identity_checked", Words::default(), also, |_| Ok(())).await
}

/// 4(3): the seeker neither came nor sent word. None where she had not been told before the start: then the office failed. Answers the
/// booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `transition_not_allowed`, `unavailable`.
pub async fn affirm(app: &AppState, act: &Act) -> Result<u32, ApiError> {
    let decide = |_: Instant, stored: &StoredBooking, it: Booking| {
        must(matches!(it.state, BookingState::DeemedCancelled { .. }), "affirm")?;
        must(!stored.untold, "untold")?;
        let next = Booking { version: it.version + 1, ..it };
        Ok(Decided { next, kind: "affirmed", words: Words::default(), also: vec![Also::Affirmed] })
    };
    // Whether she had been told is looked up by the change itself.
    let complete = |change: Change, next: &Booking| match &next.state {
        BookingState::DeemedCancelled { missed, .. } => {
            Ok(Change { guards: vec![Guard::ToldBy(missed.start)], ..change })
        }
        _ => Ok(change),
    };
    perform(app, act, decide, complete).await
}

/// 6: stops the erasure of this record, or lets it go on, with a reason. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `reason_missing`, `unavailable`.
pub async fn hold_legally(app: &AppState, act: &Act, held: bool, reason: &str) -> Result<u32, ApiError> {
    let kind = if held { "legal_hold" } else { "legal_hold_ended" };
    let rule = |_: &StoredBooking| needed(reason);
    beside(app, act, kind, Words::because(reason), vec![Also::LegalHold(held)], rule).await
}

/// A text that must not be empty, nor longer than one that somebody reads.
pub(super) fn needed(text: &str) -> Result<(), Vec<Violation>> {
    if text.trim().is_empty() {
        return Err(vec![Violation::of_setting(Code::ReasonMissing, "/reason")]);
    }
    bounded(text)
}

fn must(holds: bool, variant: &'static str) -> Result<(), Vec<Violation>> {
    if holds { Ok(()) } else { Err(vec![forbidden(variant)]) }
}

fn forbidden(variant: &'static str) -> Violation {
    Violation::of_clause(paragraph(4, 3), Code::TransitionNotAllowed, "").variant(variant)
}
