//! What a change does beside state, event and appointment, as portable statements of its transaction; and the row of the log that
//! says which officer did it.

use super::change::{Also, Change, Changed, Guard};
use super::desk::audit::{NewRow, Subject};
use super::sql::{Value, values};
use super::{Arrangement, NewBooking};

/// A statement and its values.
pub(super) type Statement = (&'static str, Vec<Value>);

const SUPERSEDE: &str = "update duty set closed_at = $2, closed_by = 'clock', channel = 'later'
    where booking = $1 and closed_at is null";

const OPEN: &str = "insert into duty (office, booking, version, kind, opened_at) values ($1, $2, $3, $4, $5)";

const CLOSE: &str =
    "update duty set closed_at = $2, closed_by = $3, channel = $4 where booking = $1 and closed_at is null";

const IDENTITY: &str = "update booking set identity_checked = 1 where id = $1";

const AFFIRM: &str = "update booking set affirmed_at = $2, affirmed_by = $3 where id = $1";

const MEETING: &str = "update appointment set meeting_hash = $3 where booking = $1 and version = $2";

const RECEIPT: &str = "update booking set receipt_hash = $2 where id = $1";

// The answer kept for a repetition holds the code before. The key stays, and its request cannot be told apart from another: it is
// no new request, and is answered with no code.
const UNANSWER: &str = "update idempotency set fingerprint = $2, key_id = '', answer = $3 where booking = $1";

const PERSON: &str = "update booking set number_hash = $2, key_id = $3, sealed = $4 where id = $1";

pub(super) const FORGET_NAME: &str = "delete from name_token where booking = $1";

pub(super) const NAME: &str =
    "insert into name_token (office, token, booking) values ($1, $2, $3) on conflict do nothing";

const HOLD: &str = "update booking set legal_hold = $2 where id = $1";

/// A booking of a version, and how it is held.
macro_rules! in_version {
    ($held:literal) => {
        concat!(
            "select 1 from booking
             where office = $1 and reception_number = $2 and version = $3 and erased_at is null",
            $held
        )
    };
}

const IN_VERSION: &str = in_version!("");

/// The same where there are several writers: it stays so to the end of the transaction.
pub(super) const STAYS_IN_VERSION: &str = in_version!(" for share");

/// Whether an officer has left stays so to the end of the transaction.
pub(super) const STAYS_AT_WORK: &str = "select 1 from staff where office = $1 and id = $2 for share";

/// The last duty was closed by then, or there never was one.
const TOLD_BY: &str = "select 1 where not exists (
        select 1 from duty d where d.booking = $1 and (d.closed_at is null or d.closed_at > $2)
            and d.version = (select max(version) from duty where booking = $1))";

/// Of an officer whom nobody knows nobody knows that she has left.
const AT_WORK: &str = "select 1 where not exists (
        select 1 from staff where office = $1 and id = $2 and ended_at is not null)";

/// What a change was decided on: each of the statements finds a row, or the change is that instead. On a database with several
/// writers what they look at is held before (see `postgres::arrange`).
pub(super) fn guards(office: &str, booking: i64, change: &Change) -> Vec<(Statement, Changed)> {
    let of = |it: &Guard| match it {
        Guard::Booking { number, version } => {
            ((IN_VERSION, values![office, number.as_str(), *version]), Changed::Stale)
        }
        Guard::ToldBy(at) => ((TOLD_BY, values![booking, *at]), Changed::Untold),
    };
    let officer = match &change.appointment {
        Arrangement::Made(made) => made.officer.as_ref(),
        _ => None,
    };
    let at_work = officer.map(|it| ((AT_WORK, values![office, it]), Changed::OfficerLeft));
    change.guards.iter().map(of).chain(at_work).collect()
}

/// The counselling that a new booking follows, as it was looked at.
pub(super) fn follows(office: &str, new: &NewBooking) -> Option<Statement> {
    let entered = new.entered.as_ref()?;
    let (number, version) = entered.next_of.as_ref().zip(entered.next_of_version)?;
    Some((IN_VERSION, values![office, number.as_str(), version]))
}

/// The row of the log about a booking that an officer entered; none for one that the widget sent.
pub(super) fn entered(new: &NewBooking) -> Option<NewRow> {
    let by = &new.entered.as_ref()?.by;
    Some(NewRow {
        at: new.received_at,
        actor: by.clone(),
        act: "entered",
        subject: Subject::reception(&new.number),
    })
}

/// The row of the staff's log; none where nobody of the staff did it.
pub(super) fn noted(change: &Change) -> Option<NewRow> {
    let by_staff = !matches!(change.actor.as_str(), "clock" | "job_seeker");
    by_staff.then(|| NewRow {
        at: change.at,
        actor: change.actor.clone(),
        act: change.kind,
        subject: Subject::reception(&change.number),
    })
}

/// The statements, in the order in which they are run.
pub(super) fn statements(office: &str, booking: i64, version: u32, change: &Change) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    for also in &change.also {
        match also {
            Also::OpenDuty(kind) => {
                all.push((SUPERSEDE, values![booking, change.at]));
                all.push((OPEN, values![office, booking, version, *kind, change.at]));
            }
            Also::CloseDuties(channel) => {
                all.push((CLOSE, values![booking, change.at, &change.actor, *channel]));
            }
            Also::IdentityChecked => all.push((IDENTITY, values![booking])),
            Also::Affirmed => all.push((AFFIRM, values![booking, change.at, &change.actor])),
            Also::MeetingHash(hash) => all.push((MEETING, values![booking, version, *hash])),
            Also::ReceiptCode(hash) => {
                let nothing: [Vec<u8>; 2] = [vec![0; 32], Vec::new()];
                let [fingerprint, answer] = nothing;
                all.push((RECEIPT, values![booking, *hash]));
                all.push((UNANSWER, values![booking, fingerprint, answer]));
            }
            Also::LegalHold(held) => all.push((HOLD, values![booking, *held])),
            Also::Person { number_hash, person, name_tokens } => {
                let sealed = values![booking, *number_hash, &person.key_id, person.bytes.clone()];
                all.extend([(PERSON, sealed), (FORGET_NAME, values![booking])]);
                all.extend(name_tokens.iter().map(|it| (NAME, values![office, *it, booking])));
            }
        }
    }
    all
}
