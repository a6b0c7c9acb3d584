//! Articles 4(1) and 4(2): the request, and its life until the counselling.
//!
//! ```text
//! requested -> confirmed | declined | withdrawn | lapsed
//! confirmed -> confirmed (moved) | held | stopped, and what article 4(3) makes of it
//! ```
//!
//! A transition consumes the old state and returns the next one, or everything that forbids it. How a confirmed
//! counselling ends by cancellation or silence is in [`crate::cancellation`].

use crate::clause::{Clause, paragraph};
use crate::consent::{ConsentBasis, TermsRef};
use crate::person::{Attendant, BirthDate, JobSeekerNumber, PersonName};
use crate::time::Instant;
use crate::violation::{Code, Violation};

mod invitation;
mod meeting;
mod receipt;
mod wishes;

pub use invitation::{Invitation, read_invitation};
pub use meeting::{Meeting, MeetingId, is_join_link};
pub use receipt::{ReceiptCode, ReceptionNumber};
pub(crate) use wishes::first_day;
pub use wishes::{Wish, read_wishes};

/// A request that every rule accepts. Only [`crate::journey::complete`] and its neighbours make one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BookingRequest {
    /// 4(1)①
    pub name: PersonName,
    /// 4(1)②
    pub birth_date: BirthDate,
    /// 4(1)③
    pub number: JobSeekerNumber,
    /// 4(1)④ in order of preference, those that have gone marked.
    pub wishes: Vec<Wish>,
    /// 10(3)
    pub attendants: Vec<Attendant>,
    /// The version agreed to.
    pub terms: TermsRef,
    /// On what the consent rests.
    pub basis: ConsentBasis,
    /// Please-check findings that the person saw and confirmed.
    pub accepted: Vec<Code>,
}

/// Where a booking stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingState {
    /// Arrived, not yet arranged.
    Requested,
    /// The office will not arrange it; the seeker sees the reason.
    Declined {
        /// What the seeker reads.
        reason: String,
    },
    /// Taken back by the seeker before a time was arranged.
    Withdrawn,
    /// Its last wish passed unanswered.
    Lapsed,
    /// A time is arranged.
    Confirmed(Confirmed),
    /// The counselling took place.
    Held,
    /// The seeker cancelled.
    Cancelled {
        /// When word came in.
        word_at: Instant,
    },
    /// The office cancelled.
    CancelledByOffice {
        /// What the seeker reads.
        reason: String,
    },
    /// 10(1): the staff stopped the counselling.
    Stopped {
        /// Why.
        reason: String,
    },
    /// 4(3): silence until start + grace.
    DeemedCancelled {
        /// The appointment that nobody came to.
        missed: Confirmed,
        /// Start + grace.
        at: Instant,
    },
}

/// An arranged counselling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// Its start.
    pub start: Instant,
    /// How to join it.
    pub meeting: Meeting,
    /// The talk has begun.
    pub joined: bool,
    /// Word came in, by any channel, "I am late" included.
    pub word_received: bool,
}

/// A booking with the version that guards it against stale pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Where it stands.
    pub state: BookingState,
    /// Counts every change.
    pub version: u32,
}

/// What the desk enters to confirm or move.
#[derive(Debug, Clone)]
pub struct Confirmation {
    /// The server's clock.
    pub now: Instant,
    /// The start, accepted by the booking rules or by an exception.
    pub start: Instant,
    /// What the booking rules say against that start.
    pub against: Vec<Violation>,
    /// The staff's reason for an exception.
    pub reason: String,
    /// The officer's mark that name, date of birth and number match the registration.
    pub identity_checked: bool,
    /// Meeting data, or what speaks against it.
    pub meeting: Result<Meeting, Vec<Violation>>,
}

impl BookingState {
    /// The name on the wire and in the records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Declined { .. } => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
            Self::Confirmed(_) => "confirmed",
            Self::Held => "held",
            Self::Cancelled { .. } => "cancelled",
            Self::CancelledByOffice { .. } => "cancelled_by_office",
            Self::Stopped { .. } => "stopped",
            Self::DeemedCancelled { .. } => "deemed_cancelled",
        }
    }
}

impl Booking {
    /// A request as it arrives.
    pub fn requested() -> Self {
        Self { state: BookingState::Requested, version: 1 }
    }

    /// 4(2): the office arranges a time, moves it, or gives other meeting data for it. A time that stays is not judged again,
    /// and word that came in about it still counts.
    ///
    /// # Errors
    /// `transition_not_allowed`; `reason_missing` for a start that the rules refuse; the rules' own violations where
    /// no reason can mend them (off the grid, in the past, an unchecked identity); what speaks against the meeting data.
    pub fn confirm(self, confirmation: Confirmation) -> Result<Self, Vec<Violation>> {
        let Confirmation { now, start, against, reason, identity_checked, meeting } = confirmation;
        let before = match &self.state {
            BookingState::Requested => None,
            BookingState::Confirmed(before) => Some((before.joined, before.word_received, before.start)),
            _ => return Err(vec![self.forbidden("confirmed", paragraph(4, 2))]),
        };
        let stays = before.filter(|it| it.2 == start);
        let mut faults = Vec::new();
        if stays.is_none() {
            let (never, exceptions): (Vec<_>, Vec<_>) =
                against.into_iter().partition(|it| it.code == Code::SlotOffGrid);
            faults.extend(never);
            if start <= now {
                faults
                    .push(Violation::of_clause(paragraph(4, 1), Code::SlotTooLate, "/start").variant("past"));
            } else if !exceptions.is_empty() && reason.trim().is_empty() {
                faults.push(reason_missing(paragraph(4, 1)));
            }
        }
        if !identity_checked {
            faults.push(self.forbidden("confirmed", paragraph(4, 2)).variant("identity"));
        }
        match meeting {
            Ok(meeting) if faults.is_empty() => {
                let (joined, word_received, _) = stays.unwrap_or((false, false, start));
                Ok(self.next(BookingState::Confirmed(Confirmed { start, meeting, joined, word_received })))
            }
            meeting => {
                faults.extend(meeting.err().into_iter().flatten());
                Err(faults)
            }
        }
    }

    /// The office declines, with a reason that the seeker sees.
    ///
    /// # Errors
    /// `transition_not_allowed`, `reason_missing`.
    pub fn decline(self, reason: &str) -> Result<Self, Vec<Violation>> {
        self.only_from_requested("declined")?;
        let reason = needed(reason, paragraph(4, 2))?;
        Ok(self.next(BookingState::Declined { reason }))
    }

    /// The seeker takes the request back, by telephone or mail; word of it came in at `word_at`.
    ///
    /// # Errors
    /// `transition_not_allowed`, also for word that has not come in yet.
    pub fn withdraw(self, now: Instant, word_at: Instant) -> Result<Self, Vec<Violation>> {
        self.only_from_requested("withdrawn")?;
        if now < word_at {
            return Err(vec![self.forbidden("withdrawn", paragraph(4, 2))]);
        }
        Ok(self.next(BookingState::Withdrawn))
    }

    /// The last wish has passed unanswered.
    ///
    /// # Errors
    /// `transition_not_allowed`, also while a wish still lies ahead.
    pub fn lapse(self, now: Instant, wishes: &[Instant]) -> Result<Self, Vec<Violation>> {
        self.only_from_requested("lapsed")?;
        if wishes.iter().any(|it| now < *it) {
            return Err(vec![self.forbidden("lapsed", paragraph(4, 2))]);
        }
        Ok(self.next(BookingState::Lapsed))
    }

    /// The talk has begun, or word came in: silence can no longer arise.
    ///
    /// # Errors
    /// `transition_not_allowed`.
    pub fn note_contact(self, joined: bool) -> Result<Self, Vec<Violation>> {
        match self.state {
            BookingState::Confirmed(ref confirmed) => {
                let joined_now = confirmed.joined || joined;
                let noted = Confirmed { joined: joined_now, word_received: true, ..confirmed.clone() };
                Ok(self.next(BookingState::Confirmed(noted)))
            }
            _ => Err(vec![self.forbidden("confirmed", paragraph(4, 3))]),
        }
    }

    /// The counselling took place.
    ///
    /// # Errors
    /// `transition_not_allowed`.
    pub fn hold(self) -> Result<Self, Vec<Violation>> {
        match self.state {
            BookingState::Confirmed(_) => Ok(self.next(BookingState::Held)),
            _ => Err(vec![self.forbidden("held", paragraph(4, 2))]),
        }
    }

    /// 10(1): the staff stop a counselling.
    ///
    /// # Errors
    /// `transition_not_allowed`, `reason_missing`.
    pub fn stop(self, reason: &str) -> Result<Self, Vec<Violation>> {
        if !matches!(self.state, BookingState::Confirmed(_)) {
            return Err(vec![self.forbidden("stopped", paragraph(10, 1))]);
        }
        let reason = needed(reason, paragraph(10, 1))?;
        Ok(self.next(BookingState::Stopped { reason }))
    }

    pub(crate) fn next(self, state: BookingState) -> Self {
        Self { state, version: self.version + 1 }
    }

    /// The refusal of a transition that the picture does not have.
    pub(crate) fn forbidden(&self, to: &'static str, clause: Clause) -> Violation {
        Violation::of_clause(clause, Code::TransitionNotAllowed, "/state")
            .with("from", self.state.name())
            .with("to", to)
    }

    fn only_from_requested(&self, to: &'static str) -> Result<(), Vec<Violation>> {
        match self.state {
            BookingState::Requested => Ok(()),
            _ => Err(vec![self.forbidden(to, paragraph(4, 2))]),
        }
    }
}

/// A reason that must not be empty.
pub(crate) fn needed(reason: &str, clause: Clause) -> Result<String, Vec<Violation>> {
    match reason.trim() {
        "" => Err(vec![reason_missing(clause)]),
        text => Ok(text.to_owned()),
    }
}

pub(crate) fn reason_missing(clause: Clause) -> Violation {
    Violation::of_clause(clause, Code::ReasonMissing, "/reason")
}

#[cfg(test)]
pub(crate) mod tests;
