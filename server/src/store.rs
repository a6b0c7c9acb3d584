//! What is kept, as domain verbs: one method is one transaction.
//!
//! The store knows no rule and no web. Personal data reaches it sealed, receipt codes and numbers as hashes. Every
//! adapter answers a write only when it survives a power cut.

use std::pin::Pin;
use std::sync::Arc;

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::calendar::Occupancy;
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::consent::{ConsentBasis, TermsRef};
use precheck_shared::time::Instant;
use precheck_shared::violation::Code;
use uuid::Uuid;

use crate::in_flight::HeldKey;
use crate::vault::{Hash, Sealed};

mod also;
mod change;
pub mod desk;
mod ground;
pub mod opening;
mod outcomes;
pub mod postgres;
pub mod sql;
pub mod sqlite;

#[cfg(test)]
mod contract;

pub use ground::Loss;

pub use change::{
    Also, Arrangement, Cell, Change, Changed, Guard, NewAppointment, StoredAppointment, StoredBooking,
};

/// An answer of the store, later.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why the store gives no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The reception number belongs to another booking: take another one.
    #[error("the reception number is taken")]
    NumberTaken,
    /// Another process has this key in work, or has just refused what came under it: nothing is stored, and in a moment the
    /// key is decided.
    #[error("the key is in use by another process")]
    KeyInProgress,
    /// More is waiting than the store takes in.
    #[error("the store's queue is full")]
    Full,
    /// It was not done in time. A write that had begun may still be stored, under its key; one that had not is given up.
    #[error("the store did not answer in time")]
    Slow,
    /// The engine failed, or the store is closed.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// What lies beneath is not what the server was started on: nothing may be acknowledged.
    #[error("nothing is acknowledged: {0}")]
    Ground(Loss),
    /// A row says what no version of this program writes.
    #[error("inconsistent data in {0}")]
    Inconsistent(&'static str),
}

/// A request as it is stored, with the answer that a repetition gets.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// Public number; must be free.
    pub number: ReceptionNumber,
    /// SHA-256 of the receipt code.
    pub receipt_hash: Hash,
    /// The server's clock at receipt.
    pub received_at: Instant,
    /// Start of the last wish.
    pub last_wish_at: Instant,
    /// Keyed hash of the job-seeker number.
    pub number_hash: Hash,
    /// Name, date of birth, number, attendants, findings.
    pub person: Sealed,
    /// The version of the terms that was agreed to.
    pub terms: TermsRef,
    /// On what the consent rests.
    pub basis: ConsentBasis,
    /// Language of the interface.
    pub language: String,
    /// The device's clock at the confirmation.
    pub entered_at: Instant,
    /// Whether the checked device is the one of the day.
    pub own_device: bool,
    /// Outcomes of the checklist.
    pub checklist: Vec<(Item, Outcome)>,
    /// In order of preference.
    pub wishes: Vec<StoredWish>,
    /// For repetitions of the same request.
    pub kept: KeptAnswer,
    /// Keyed hashes by which the name is found.
    pub name_tokens: Vec<Hash>,
    /// Who entered it at the desk, and how it came in; `None` for the widget.
    pub entered: Option<EnteredAtDesk>,
}

/// Article 4(1): a request that an officer entered for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredAtDesk {
    /// `telephone`, `counter`, `counselling`.
    pub channel: &'static str,
    /// The officer.
    pub by: String,
    /// The counselling during which it was asked for.
    pub next_of: Option<ReceptionNumber>,
    /// Article 2(3): the officer of that counselling.
    pub proposed_officer: Option<String>,
    /// The officer has compared the person with the registration.
    pub identity_checked: bool,
    /// The version of [`Self::next_of`] that its person was taken from: of another one nothing is stored.
    pub next_of_version: Option<u32>,
}

/// A wish with the reason why it had gone at receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWish {
    /// Start of the counselling.
    pub start: Instant,
    /// `slot_too_late`, `slot_full`, and the clause.
    pub gone: Option<(Code, Option<String>)>,
}

/// The answer kept under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The key.
    pub key: Uuid,
    /// Keyed hash of the body.
    pub fingerprint: Hash,
    /// The answer.
    pub answer: Sealed,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It is stored.
    Stored,
    /// Its key was already used; nothing was changed.
    KeyKnown(KeptAnswer),
    /// The counselling that it follows has another version by now; nothing was changed.
    Stale,
}

/// Article 6: the requests in a state whose personal data is kept no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Name of the state.
    pub state: &'static str,
    /// Its retention has ended where it began before this moment.
    pub before: Instant,
}

/// Everything that the service asks of a database. All rows belong to the office the store was opened for.
pub trait Store: sql::Sql {
    /// Stores the request, its first event, the kept answer and, where an officer entered it, the log's row together, unless the key is
    /// known. Keys used at
    /// `keys_since` or before count as unknown. `held` is let go when the write is committed or undone, also when nobody
    /// waits for the answer any more.
    ///
    /// Every write is answered within seconds. Where that is an error, the request is not stored later either, but for one
    /// case: its write has begun and hangs. Then `held` stays until that is decided.
    fn submit(&self, booking: Box<NewBooking>, keys_since: Instant, held: HeldKey) -> Answer<'_, Submitted>;

    /// What is asked before a request is refused: the answer kept under its key, if that was used after `keys_since`. If
    /// there is none, no process stores anything under the key that it had judged before: a refusal is never told beside a
    /// booking.
    fn refuse(&self, key: Uuid, keys_since: Instant) -> Answer<'_, Option<KeptAnswer>>;

    /// The booking of a number (without hyphens; any text), unless its person was erased.
    fn booking(&self, number: &str) -> Answer<'_, Option<StoredBooking>>;

    /// Changes a booking, appends the event, takes and gives back seats and officer: all of it, or nothing. What two people
    /// do at the same moment happens one after the other, and the second finds another version.
    fn change(&self, change: Box<Change>) -> Answer<'_, Changed>;

    /// Article 4(3): confirmed bookings that started at `started_by` or before and of which nothing was heard, the oldest
    /// first; a great many come in several calls, as they are changed.
    fn silent(&self, started_by: Instant) -> Answer<'_, Vec<StoredBooking>>;

    /// Whether this process is the one that does time's own acts, of all that use this database.
    fn leads(&self) -> Answer<'_, bool>;

    /// Seats taken in the cells of [from, to).
    fn occupancy(&self, from: Instant, to: Instant) -> Answer<'_, Arc<Occupancy>>;

    /// Article 4(2): lapses requests whose last wish has passed at `now`, as events of the moment at which it passed. Tells
    /// how many; a great many are done in several calls, until one does none.
    fn lapse_due(&self, now: Instant) -> Answer<'_, u64>;

    /// Article 6: erases the person of requests whose retention has ended: what is sealed, the hashes by which she is found,
    /// the answers kept for repetitions. The events stay, and one says so. Tells how many, as above.
    fn erase_due(&self, now: Instant, ended: Vec<Retention>) -> Answer<'_, u64>;

    /// Makes the store's files forget what was erased, now or before an end of the program. False when that has to be tried
    /// again.
    fn forget_erased(&self) -> Answer<'_, bool>;

    /// Whether writes can be done now: writes and reads a trifle; after a write that failed, as much as the largest request.
    fn check(&self) -> Answer<'_, ()>;

    /// Looks at what lies beneath: whether files, key and schema are those that the server was started on. Where they are not,
    /// that is told once, and nothing is acknowledged until they are again.
    fn look_beneath(&self) -> Answer<'_, ()>;

    /// What is known without asking the engine: an error where nothing may be acknowledged, or where a write has failed since
    /// the last [`Store::check`].
    fn standing(&self) -> Result<(), StoreError>;

    /// Finishes what was taken in, folds the log into the database, and takes in nothing more.
    fn close(&self) -> Answer<'_, ()>;
}
