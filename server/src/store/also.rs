//! What a change does beside state, event and appointment, as portable statements of its transaction; and that an officer did it.

use super::change::{Also, Change};
use super::desk::audit;
use super::sql::{Value, values};

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

const PERSON: &str = "update booking set number_hash = $2, key_id = $3, sealed = $4 where id = $1";

const FORGET_NAME: &str = "delete from name_token where booking = $1";

pub(super) const NAME: &str =
    "insert into name_token (office, token, booking) values ($1, $2, $3) on conflict do nothing";

const HOLD: &str = "update booking set legal_hold = $2 where id = $1";

/// The statements, in the order in which they are run.
pub(super) fn statements(office: &str, booking: i64, version: u32, change: &Change) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    if !matches!(change.actor.as_str(), "clock" | "job_seeker") {
        let noted = values![office, change.at, &change.actor, change.kind, change.number.as_str()];
        all.push((audit::APPEND, noted));
    }
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
            Also::ReceiptCode(hash) => all.push((RECEIPT, values![booking, *hash])),
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
