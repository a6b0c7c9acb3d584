//! Articles 4(2) and 4(3): a booking as it stands, and one change of it. What may change is the rules' business.

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::consent::TermsRef;
use precheck_shared::time::Instant;

use super::StoredWish;
use crate::vault::{Hash, Sealed};

/// A booking as it stands: what receipt, desk and jobs are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBooking {
    /// Public number.
    pub number: ReceptionNumber,
    /// SHA-256 of the code that opens its receipt.
    pub receipt_hash: Hash,
    /// Name of the state.
    pub state: String,
    /// Since when it is in that state; `None` before anything has happened to it.
    pub state_at: Option<Instant>,
    /// What the office tells the seeker with that state.
    pub told: Option<Sealed>,
    /// Counts every change.
    pub version: u32,
    /// The server's clock at receipt.
    pub received_at: Instant,
    /// In order of preference.
    pub wishes: Vec<StoredWish>,
    /// Outcomes of the checklist.
    pub checklist: Vec<(Item, Outcome)>,
    /// The version of the terms that was agreed to.
    pub terms: TermsRef,
    /// What is arranged, or was last.
    pub appointment: Option<StoredAppointment>,
    /// 4(2): the seeker has not been told of everything yet.
    pub untold: bool,
}

/// An arranged counselling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAppointment {
    /// The version of the booking that made it.
    pub version: u32,
    /// Its start.
    pub start: Instant,
    /// Its end.
    pub end: Instant,
    /// Who counsels, once that is known.
    pub officer: Option<String>,
    /// Meeting ID, join link, passcode.
    pub meeting: Sealed,
    /// The talk has begun.
    pub joined: bool,
    /// Word came in.
    pub word_received: bool,
}

/// One change of one booking, with the event that tells of it.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whose.
    pub number: ReceptionNumber,
    /// The version on which it was decided: of another one nothing is changed.
    pub version: u32,
    /// When it happened, by the server's clock or by the rule.
    pub at: Instant,
    /// `clock`, `job_seeker`, or an officer.
    pub actor: String,
    /// What happened: `confirmed`, `moved`, `joined`.
    pub kind: &'static str,
    /// What the actor wrote about it.
    pub words: Option<Sealed>,
    /// Name of the state afterwards.
    pub state: &'static str,
    /// What the office tells the seeker with that state.
    pub told: Option<Sealed>,
    /// From when on its retention counts; `None` while the booking is open.
    pub kept_since: Option<Instant>,
    /// What becomes of the appointment.
    pub appointment: Arrangement,
    /// What else it does.
    pub also: Vec<Also>,
    /// What it was decided on beside the booking itself: where one of them does not hold any more, nothing is changed.
    pub guards: Vec<Guard>,
}

/// What must still hold when a change is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Another booking is in this version.
    Booking {
        /// Whose.
        number: ReceptionNumber,
        /// As it was seen.
        version: u32,
    },
    /// 4(3): by then the seeker had been told of the last thing that she had to be told.
    ToldBy(Instant),
}

/// What a change does beside state, event and appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Also {
    /// 4(2): the seeker has to be told of this version; what she had not been told of before is part of it.
    OpenDuty(&'static str),
    /// 4(2): she has been told of everything, by this channel.
    CloseDuties(&'static str),
    /// 4(2): name, date of birth and number match the registration.
    IdentityChecked,
    /// 4(3): the silence is affirmed.
    Affirmed,
    /// 4(2): keyed hash of the meeting ID of the appointment that the change makes.
    MeetingHash(Hash),
    /// 4(2): another code opens the receipt from now on.
    ReceiptCode(Hash),
    /// 6: the person, as corrected.
    Person {
        /// Keyed hash of the job-seeker number.
        number_hash: Hash,
        /// Everything that is sealed of her.
        person: Sealed,
        /// Keyed hashes by which the name is found.
        name_tokens: Vec<Hash>,
    },
    /// 6: erasing is stopped, or no longer.
    LegalHold(bool),
}

/// What a change does to the appointment.
#[derive(Debug, Clone)]
pub enum Arrangement {
    /// Nothing.
    Kept,
    /// Word came in, or the talk has begun as well.
    Contact {
        /// The talk has begun.
        joined: bool,
    },
    /// It is made, or moved: seats and officer of the one before are given back in the same act. Word that came in, and that the
    /// talk has begun, is forgotten with another start, and still counts where the start stays.
    Made(NewAppointment),
    /// Seats and officer are given back.
    Freed,
}

/// An appointment as it is stored.
#[derive(Debug, Clone)]
pub struct NewAppointment {
    /// Its start.
    pub start: Instant,
    /// Its end.
    pub end: Instant,
    /// The cells of the grid that it occupies.
    pub cells: Vec<Cell>,
    /// Who counsels, once that is known.
    pub officer: Option<String>,
    /// Meeting ID, join link, passcode.
    pub meeting: Sealed,
}

/// A cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Its start.
    pub start: Instant,
    /// Seats that the office has in it.
    pub seats: u16,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is stored; the booking has this version now.
    Done(u32),
    /// The booking has another version, or there is none; nothing was changed.
    Stale,
    /// A cell has no seat left; nothing was changed.
    SlotFull,
    /// The officer has another counselling then; nothing was changed.
    OfficerBusy,
    /// The officer has left; nothing was changed.
    OfficerLeft,
    /// The seeker had not been told in time; nothing was changed.
    Untold,
}
