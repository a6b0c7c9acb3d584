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

mod meeting;
mod receipt;
mod wishes;

pub use meeting::{Meeting, MeetingId};
pub use receipt::{ReceiptCode, ReceptionNumber};
pub(crate) use wishes::first_day;
pub use wishes::{Wish, read_wishes};

/// A request that every rule accepts. Only [`crate::journey::complete`] makes one.
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
    /// The start, accepted by the booking rules or by an exception.
    pub start: Instant,
    /// What the booking rules say against that start.
    pub against: Vec<Violation>,
    /// The staff's reason for an exception.
    pub reason: String,
    /// The officer's mark that name, date of birth and number match the registration.
    pub identity_checked: bool,
    /// Meeting data.
    pub meeting: Meeting,
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

    /// 4(2): the office arranges a time, or moves it.
    ///
    /// # Errors
    /// `transition_not_allowed`; `reason_missing` for a start that the rules refuse; the rules' own violations where
    /// no reason can mend them (off the grid, an unchecked identity).
    pub fn confirm(self, confirmation: Confirmation) -> Result<Self, Vec<Violation>> {
        if !matches!(self.state, BookingState::Requested | BookingState::Confirmed(_)) {
            return Err(vec![self.forbidden("confirmed", paragraph(4, 2))]);
        }
        let mut faults: Vec<_> =
            confirmation.against.iter().filter(|it| it.code == Code::SlotOffGrid).cloned().collect();
        let exception = confirmation.against.iter().any(|it| it.code != Code::SlotOffGrid);
        if exception && confirmation.reason.trim().is_empty() {
            faults.push(reason_missing(paragraph(4, 1)));
        }
        if !confirmation.identity_checked {
            faults.push(self.forbidden("confirmed", paragraph(4, 2)).variant("identity"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let Confirmation { start, meeting, .. } = confirmation;
        Ok(self.next(BookingState::Confirmed(Confirmed {
            start,
            meeting,
            joined: false,
            word_received: false,
        })))
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

    /// The seeker takes the request back, by telephone or mail.
    ///
    /// # Errors
    /// `transition_not_allowed`.
    pub fn withdraw(self) -> Result<Self, Vec<Violation>> {
        self.only_from_requested("withdrawn")?;
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
pub(crate) mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;
    use crate::time::parse_instant;

    pub(crate) fn confirmation(start: &str) -> Confirmation {
        Confirmation {
            start: parse_instant(start).unwrap(),
            against: Vec::new(),
            reason: String::new(),
            identity_checked: true,
            meeting: Meeting::parse(&otaru_policy().app, "123 4567 8901", "").unwrap().0,
        }
    }

    pub(crate) fn confirmed() -> Booking {
        Booking::requested().confirm(confirmation("2026-11-26T10:00:00+09:00")).unwrap()
    }

    type Act = fn(Booking) -> Result<Booking, Vec<Violation>>;

    fn codes(result: Result<Booking, Vec<Violation>>) -> Vec<&'static str> {
        result.map_or_else(|it| it.iter().map(|it| it.code.as_str()).collect(), |_| Vec::new())
    }

    #[test]
    fn article_4_2_a_request_is_confirmed_and_may_be_moved() {
        let booking = confirmed();
        assert_eq!((booking.state.name(), booking.version), ("confirmed", 2));
        let moved = booking.confirm(confirmation("2026-11-27T10:00:00+09:00")).unwrap();
        assert_eq!((moved.state.name(), moved.version), ("confirmed", 3));
    }

    #[test]
    fn article_4_2_confirming_needs_the_mark_of_identity() {
        let unchecked = Confirmation { identity_checked: false, ..confirmation("2026-11-26T10:00:00+09:00") };
        assert_eq!(codes(Booking::requested().confirm(unchecked)), ["transition_not_allowed"]);
    }

    #[test]
    fn article_4_1_in_principle_an_exception_needs_a_reason_and_stays_on_the_grid() {
        let late = Violation::of_clause(paragraph(4, 1), Code::SlotTooLate, "/start");
        let off = Violation::of_setting(Code::SlotOffGrid, "/start");
        let with = |against: &[&Violation], reason: &str| {
            let against = against.iter().map(|it| (*it).clone()).collect();
            let reason = reason.to_owned();
            codes(Booking::requested().confirm(Confirmation {
                against,
                reason,
                ..confirmation("2026-11-26T10:00:00+09:00")
            }))
        };
        assert_eq!(with(&[&late], " "), ["reason_missing"]);
        assert_eq!(with(&[&late], "来所時に本人と調整"), [""; 0]);
        assert_eq!(with(&[&off], "理由"), ["slot_off_grid"]);
    }

    #[test]
    fn article_4_2_the_picture_has_no_other_transitions() {
        let lapsed =
            |booking: Booking| booking.lapse(parse_instant("2026-11-30T10:00:00+09:00").unwrap(), &[]);
        let acts: [(&str, Act); 7] = [
            ("confirm", |it| it.confirm(confirmation("2026-11-26T10:00:00+09:00"))),
            ("decline", |it| it.decline("reason")),
            ("withdraw", Booking::withdraw),
            ("lapse", |it| it.lapse(parse_instant("2026-11-30T10:00:00+09:00").unwrap(), &[])),
            ("contact", |it| it.note_contact(true)),
            ("hold", Booking::hold),
            ("stop", |it| it.stop("reason")),
        ];
        let states: [(Booking, &str); 7] = [
            (Booking::requested(), "confirm decline withdraw lapse"),
            (confirmed(), "confirm contact hold stop"),
            (Booking::requested().decline("満席のため").unwrap(), ""),
            (Booking::requested().withdraw().unwrap(), ""),
            (lapsed(Booking::requested()).unwrap(), ""),
            (confirmed().hold().unwrap(), ""),
            (confirmed().stop("暴言").unwrap(), ""),
        ];
        for (state, expected) in states {
            let allowed: Vec<_> =
                acts.iter().filter(|(_, act)| act(state.clone()).is_ok()).map(|it| it.0).collect();
            assert_eq!(allowed.join(" "), expected, "{}", state.state.name());
        }
    }

    #[test]
    fn article_4_2_a_reason_is_needed_where_the_seeker_reads_it() {
        assert_eq!(codes(Booking::requested().decline(" ")), ["reason_missing"]);
        assert_eq!(codes(confirmed().stop("")), ["reason_missing"]);
    }

    #[test]
    fn a_request_lapses_when_its_last_wish_has_passed_and_not_before() {
        let wish = |text: &str| parse_instant(text).unwrap();
        let wishes = [wish("2026-11-26T10:00:00+09:00"), wish("2026-11-27T15:30:00+09:00")];
        assert!(Booking::requested().lapse(wish("2026-11-27T15:29:59+09:00"), &wishes).is_err());
        assert!(Booking::requested().lapse(wish("2026-11-27T15:30:00+09:00"), &wishes).is_ok());
    }
}
