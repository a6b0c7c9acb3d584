//! Articles 4(2), 4(3), 10(1): what an officer does with a booking, but for arranging it.
//!
//! Each act names the version of the booking that the officer saw. Of another one nothing is changed: 409 `stale_version`.
//! What is against it by the rules is told all at once. Who the officer is, and what she may do, is for whoever calls.

use precheck_shared::booking::{Booking, ReceptionNumber};
use precheck_shared::cancellation::{self, CancelChannel};
use precheck_shared::clause::paragraph;
use precheck_shared::person::{OWN_TABLES, is_note};
use precheck_shared::time::{Instant, format_instant};
use precheck_shared::violation::{Code, Violation};

use super::clock;
use super::sealed::{self, Words};
use super::standing::{self, CLOCK};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{Also, Arrangement, Change, Changed, Guard, StoredBooking};

/// Writing down what fell due meets somebody who did the same at most so often.
pub(super) const LOOKS: u32 = 3;

/// 4(2): what the office does and the seeker does not know yet. Silence and lapse are told by the receipt alone.
const DUTIES: [&str; 5] = ["confirmed", "moved", "meeting_changed", "declined", "cancelled_by_office"];

/// Longest reason or note of an act, in characters.
const LONGEST_REASON: usize = 1000;

/// Most symbols of an officer's id.
const LONGEST_ID: usize = 64;

/// The id of a signed-in officer: no name, and nothing that is one of ours for those who act without being officers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer(String);

/// An act of an officer: on which booking, and as of which version it was decided.
#[derive(Debug, Clone)]
pub struct Act {
    /// Whose booking.
    pub number: ReceptionNumber,
    /// The version that the officer saw, as the receipt tells it.
    pub version: u32,
    /// Who acts.
    pub officer: Officer,
}

/// Word of the job seeker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// How it came in.
    pub channel: CancelChannel,
    /// When it came in.
    pub at: Instant,
}

/// What the rules make of a booking, with what the history tells about it.
pub(super) struct Decided {
    pub(super) next: Booking,
    pub(super) kind: &'static str,
    pub(super) words: Words,
    pub(super) also: Vec<Also>,
}

impl Officer {
    /// Letters, digits, `-`, `_`, `.` and `@` of ASCII, 1 to 64 of them; not `clock` and not `job_seeker`.
    pub fn parse(id: &str) -> Option<Self> {
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.' | b'@');
        let fits = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(plain);
        (fits && !matches!(id, CLOCK | "job_seeker")).then(|| Self(id.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// 4(2): declines a request, with a reason that the job seeker reads. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `transition_not_allowed`, `reason_missing`, `unavailable`.
pub async fn decline(app: &AppState, act: &Act, reason: &str) -> Result<u32, ApiError> {
    simply(app, act, Words::because(reason), |_, it| it.decline(reason)).await
}

/// 4(2): the job seeker took the request back. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `transition_not_allowed` (also for word that has not come in yet), `unavailable`.
pub async fn withdraw(app: &AppState, act: &Act, word: Word) -> Result<u32, ApiError> {
    simply(app, act, said(word, ""), |now, it| it.withdraw(now, word.at)).await
}

/// The same, decided on something else as well, which must still hold.
pub(super) async fn withdraw_resting_on(
    app: &AppState,
    act: &Act,
    word: Word,
    guard: Guard,
) -> Result<u32, ApiError> {
    let decide = |now: Instant, _: &StoredBooking, it: Booking| {
        let next = it.withdraw(now, word.at)?;
        Ok(Decided { kind: next.state.name(), next, words: said(word, ""), also: Vec::new() })
    };
    perform(app, act, decide, |change, _| Ok(Change { guards: vec![guard], ..change })).await
}

/// 4(3): word came in, or the talk has begun: no silence any more. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `transition_not_allowed`, `unavailable`.
pub async fn note_contact(app: &AppState, act: &Act, joined: bool) -> Result<u32, ApiError> {
    let kind = if joined { "joined" } else { "word_received" };
    let decide = |_: Instant, _: &StoredBooking, it: Booking| {
        Ok(Decided { next: it.note_contact(joined)?, kind, words: Words::default(), also: Vec::new() })
    };
    perform(app, act, decide, |change, _| {
        Ok(Change { appointment: Arrangement::Contact { joined }, ..change })
    })
    .await
}

/// 4(2): the counselling took place. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `transition_not_allowed`, `unavailable`.
pub async fn hold(app: &AppState, act: &Act) -> Result<u32, ApiError> {
    simply(app, act, Words::default(), |_, it| it.hold()).await
}

/// 4(3): the job seeker cancelled; the reason is the officer's, for an exception or to correct a deemed cancellation. The
/// seat is free again. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `cancel_channel_closed`, `reason_missing`, `transition_not_allowed`, `unavailable`.
pub async fn cancel(app: &AppState, act: &Act, word: Word, reason: &str) -> Result<u32, ApiError> {
    let policy = &*app.office.policy();
    let Word { channel, at } = word;
    let rule = |now, it| cancellation::cancel(policy, now, it, channel, at, reason);
    simply(app, act, said(word, reason), rule).await
}

/// 4(3): the office cancelled, with a reason that the job seeker reads; also corrects a deemed cancellation. The seat is free
/// again. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `reason_missing`, `transition_not_allowed`, `unavailable`.
pub async fn cancel_by_office(app: &AppState, act: &Act, reason: &str) -> Result<u32, ApiError> {
    simply(app, act, Words::because(reason), |_, it| cancellation::cancel_by_office(it, reason)).await
}

/// 10(1): stopped the counselling, with a reason that the job seeker reads. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `reason_missing`, `transition_not_allowed`, `unavailable`.
pub async fn stop(app: &AppState, act: &Act, reason: &str) -> Result<u32, ApiError> {
    simply(app, act, Words::because(reason), |_, it| it.stop(reason)).await
}

/// 4(3): a deemed cancellation was none, the counselling took place. Needs no seat. Answers the booking's new version.
///
/// # Errors
/// `not_found`, `stale_version`, `reason_missing`, `transition_not_allowed`, `unavailable`.
pub async fn correct_to_held(app: &AppState, act: &Act, reason: &str) -> Result<u32, ApiError> {
    simply(app, act, Words::because(reason), |_, it| cancellation::correct_to_held(it, reason)).await
}

fn said(word: Word, reason: &str) -> Words {
    Words {
        channel: Some(word.channel.as_str().to_owned()),
        word_at: Some(format_instant(word.at)),
        ..Words::because(reason)
    }
}

/// An act that the history names by the state that it leads to.
async fn simply(
    app: &AppState,
    act: &Act,
    words: Words,
    rule: impl FnOnce(Instant, Booking) -> Result<Booking, Vec<Violation>>,
) -> Result<u32, ApiError> {
    let decide = |now: Instant, _: &StoredBooking, it: Booking| {
        let next = rule(now, it)?;
        Ok(Decided { kind: next.state.name(), next, words, also: Vec::new() })
    };
    perform(app, act, decide, |change, _| Ok(change)).await
}

/// An act that leaves the state as it is, and is an event all the same: a note, a mark, a correction.
pub(super) async fn beside(
    app: &AppState,
    act: &Act,
    kind: &'static str,
    words: Words,
    also: Vec<Also>,
    rule: impl FnOnce(&StoredBooking) -> Result<(), Vec<Violation>>,
) -> Result<u32, ApiError> {
    let decide = |_: Instant, stored: &StoredBooking, it: Booking| {
        rule(stored)?;
        Ok(Decided { next: Booking { version: it.version + 1, ..it }, kind, words, also })
    };
    perform(app, act, decide, |change, _| Ok(change)).await
}

/// Finds the booking as it stands, has the rules decide, and stores that in one act. `complete` adds to the change what the
/// state alone does not say.
pub(super) async fn perform(
    app: &AppState,
    act: &Act,
    decide: impl FnOnce(Instant, &StoredBooking, Booking) -> Result<Decided, Vec<Violation>>,
    complete: impl FnOnce(Change, &Booking) -> Result<Change, ApiError>,
) -> Result<u32, ApiError> {
    let now = app.clock.now();
    let (stored, booking) = find(app, now, act).await?;
    let Decided { next, kind, words, mut also } = decide(now, &stored, booking).map_err(refused)?;
    bounded(&words.reason).map_err(refused)?;
    if DUTIES.contains(&kind) {
        also.push(Also::OpenDuty(kind));
    }
    let actor = act.officer.as_str().to_owned();
    // Where the state stays, so does what the seeker reads with it, and since when its retention counts.
    let stays = next.state.name() == stored.state;
    let told = if stays {
        sealed::carry_told(app, &stored)?
    } else {
        sealed::seal_told(app, &stored.number, &next)?
    };
    let since = stored.state_at.filter(|_| stays).unwrap_or(now);
    let change = Change {
        words: sealed::seal_words(app, &stored.number, next.version, &words)?,
        told,
        also,
        at: now,
        ..standing::change(&stored, &next, since, actor, kind)
    };
    let change = complete(change, &next)?;
    match app.store.change(Box::new(change)).await? {
        Changed::Done(version) => Ok(version),
        Changed::Stale => Err(ApiError::StaleVersion),
        Changed::Untold => {
            let untold =
                Violation::of_clause(paragraph(4, 3), Code::TransitionNotAllowed, "").variant("untold");
            Err(refused(vec![untold]))
        }
        Changed::OfficerLeft => {
            let left = Violation::of_clause(paragraph(2, 3), Code::TransitionNotAllowed, "/officer");
            Err(refused(vec![left.variant("officer_left")]))
        }
        Changed::SlotFull => Err(refused(vec![Violation::of_setting(Code::SlotFull, "/start")])),
        Changed::OfficerBusy => {
            Err(refused(vec![Violation::of_setting(Code::SlotFull, "/officer").variant("officer")]))
        }
    }
}

/// A reason or a note is a text that somebody reads: no mountain of marks, nothing that steers a screen, and no book.
pub(super) fn bounded(text: &str) -> Result<(), Vec<Violation>> {
    if is_note(OWN_TABLES, text, LONGEST_REASON) {
        return Ok(());
    }
    let fault = Violation::of_setting(Code::Malformed, "/reason").variant("long_reason");
    Err(vec![fault.with("most", LONGEST_REASON.to_string())])
}

/// The booking at `now`, in the version that the officer saw. What fell due is written down first.
async fn find(app: &AppState, now: Instant, act: &Act) -> Result<(StoredBooking, Booking), ApiError> {
    let (stored, booking) = settled(app, now, &act.number).await?;
    if stored.version == act.version { Ok((stored, booking)) } else { Err(ApiError::StaleVersion) }
}

/// The booking at `now`. What fell due is written down first.
pub(super) async fn settled(
    app: &AppState,
    now: Instant,
    number: &ReceptionNumber,
) -> Result<(StoredBooking, Booking), ApiError> {
    let policy = &*app.office.policy();
    let due_at = clock::due_at(app, now).await?;
    for _ in 0..LOOKS {
        let stored = app.store.booking(number.as_str()).await?.ok_or(ApiError::NotFound)?;
        let booking = standing::as_stored(policy, &stored)?;
        match standing::fell_due(policy, due_at, &stored, &booking) {
            Some(due) => {
                // Or somebody else did, or word came in: the next look tells.
                standing::write_down(app, &stored, &due).await?;
            }
            None => return Ok((stored, booking)),
        }
    }
    Err(ApiError::StaleVersion)
}

pub(super) fn refused(violations: Vec<Violation>) -> ApiError {
    ApiError::Refused { violations, terms: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_officers_id_is_no_name_and_nobody_elses() {
        for id in ["o-17", "hanako.otaru@example.jp", "a", &"x".repeat(64)] {
            assert_eq!(Officer::parse(id).unwrap().as_str(), id);
        }
        for id in ["", "clock", "job_seeker", "小樽", "a b", "a/b", &"x".repeat(65)] {
            assert_eq!(Officer::parse(id), None, "{id}");
        }
    }
}
