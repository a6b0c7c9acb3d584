//! What an officer sent, handed to the use case that does it. No rule stands here.

use precheck_shared::booking::{ReceiptCode, ReceptionNumber};
use precheck_shared::cancellation::CancelChannel;
use precheck_shared::person::AttendantEntry;
use precheck_shared::time::parse_instant;
use precheck_shared::violation::{Code, Violation};

use super::confirm;
use crate::desk::fields::Fields;
use crate::desk::words::t2;
use crate::error::ApiError;
use crate::service::conduct::{self, SuspensionAsEntered};
use crate::service::person::{self, PersonAsEntered};
use crate::service::staff::SignedIn;
use crate::service::told::{self, ToldBy};
use crate::service::{self, Act, Officer, Word};
use crate::state::AppState;

/// Most lines of attendants.
pub(super) const ATTENDANTS: usize = 5;

macro_rules! kinds {
    ($($name:ident = $text:literal;)+) => {
        /// An act, as its address names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($name),+ }

        impl Kind {
            /// Reads it.
            pub(super) fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }

            /// As it stands in addresses and fields' ids.
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

kinds! {
    Confirm = "confirm";
    Assign = "assign";
    Decline = "decline";
    Withdraw = "withdraw";
    Joined = "joined";
    WordCame = "word";
    Held = "held";
    Cancel = "cancel";
    CancelByOffice = "cancel-office";
    Stop = "stop";
    Affirm = "affirm";
    CorrectToHeld = "correct-held";
    Notified = "notified";
    Note = "note";
    Identity = "identity";
    Doubles = "doubles";
    Person = "person";
    Attendants = "attendants";
    Receipt = "receipt-sheet";
    LegalHold = "legal-hold";
    LegalHoldEnd = "legal-hold-end";
    Suspend = "suspend";
    Lift = "lift";
    Review = "review";
}

impl Kind {
    /// Whether a manager alone does it.
    pub(super) fn is_managers(self) -> bool {
        matches!(self, Self::LegalHold | Self::LegalHoldEnd | Self::Suspend | Self::Lift | Self::Review)
    }

    /// That it was done.
    pub(super) fn done_in_words(self) -> String {
        t2("desk.request.done.", self.as_str())
    }
}

/// What came of an act.
pub(super) enum Done {
    /// It was done.
    Plainly,
    /// There was nothing to do.
    Nothing,
    /// A new receipt was made.
    Receipt(ReceiptCode),
}

/// Does it.
pub(super) async fn perform(
    app: &AppState,
    who: &SignedIn,
    number: &ReceptionNumber,
    kind: Kind,
    fields: &Fields,
) -> Result<Done, ApiError> {
    let act = Act {
        number: number.clone(),
        // Without a version it was decided on nothing.
        version: fields.get("version").parse().unwrap_or(0),
        officer: who.officer.clone(),
    };
    let reason = fields.get("reason");
    let done = match kind {
        Kind::Confirm => service::confirm(app, &act, &confirm::entered(app, fields)?).await,
        Kind::Assign => service::assign(app, &act, Officer::parse(fields.get("officer"))).await,
        Kind::Decline => service::decline(app, &act, reason).await,
        Kind::Withdraw => service::withdraw(app, &act, word(app, fields)?).await,
        Kind::Joined => service::note_contact(app, &act, true).await,
        Kind::WordCame => service::note_contact(app, &act, false).await,
        Kind::Held => service::hold(app, &act).await,
        Kind::Cancel => service::cancel(app, &act, word(app, fields)?, reason).await,
        Kind::CancelByOffice => service::cancel_by_office(app, &act, reason).await,
        Kind::Stop => service::stop(app, &act, reason).await,
        Kind::Affirm => told::affirm(app, &act).await,
        Kind::CorrectToHeld => service::correct_to_held(app, &act, reason).await,
        Kind::Notified => {
            told::notified(app, &act, ToldBy::parse(fields.get("channel")).unwrap_or(ToldBy::Telephone)).await
        }
        Kind::Note => told::note(app, &act, reason).await,
        Kind::Identity => told::mark_identity(app, &act).await,
        Kind::LegalHold => told::hold_legally(app, &act, true, reason).await,
        Kind::LegalHoldEnd => told::hold_legally(app, &act, false, reason).await,
        Kind::Doubles => return doubles(app, &act, fields).await,
        Kind::Person => return changed(person::correct(app, &act, &corrected(fields)).await),
        Kind::Attendants => return changed(person::attendants(app, &act, &attendants(fields)).await),
        Kind::Receipt => {
            let code = person::replace_receipt(app, &act, fields.has("checked"), reason).await?;
            return Ok(Done::Receipt(code));
        }
        Kind::Suspend | Kind::Lift | Kind::Review => return on_number(app, who, number, kind, fields).await,
    };
    done.map(|_| Done::Plainly)
}

/// 4(3), 10(1): what a manager does with a number.
async fn on_number(
    app: &AppState,
    who: &SignedIn,
    number: &ReceptionNumber,
    kind: Kind,
    fields: &Fields,
) -> Result<Done, ApiError> {
    let (reason, which) = (fields.get("reason"), fields.get("suspension").parse().unwrap_or(0));
    let done = match kind {
        Kind::Lift => conduct::lift(app, who, number, which, reason).await,
        Kind::Review => conduct::review(app, who, number, which).await,
        _ => {
            let entered = SuspensionAsEntered { kind: fields.get("kind"), reason, ends: fields.get("ends") };
            conduct::suspend(app, who, number, &entered).await
        }
    };
    done.map(|()| Done::Plainly)
}

/// Withdraws the others that were ticked, each as it was seen.
async fn doubles(app: &AppState, act: &Act, fields: &Fields) -> Result<Done, ApiError> {
    let word = word(app, fields)?;
    let ticked = fields.all("double").filter_map(|it| {
        let (number, version) = it.split_once(':')?;
        Some((ReceptionNumber::parse(number)?, version.parse().ok()?))
    });
    let ticked: Vec<(ReceptionNumber, u32)> = ticked.collect();
    if ticked.is_empty() {
        return Ok(Done::Nothing);
    }
    person::withdraw_doubles(app, act, &ticked, word).await.map(|()| Done::Plainly)
}

fn changed(done: Result<Option<u32>, ApiError>) -> Result<Done, ApiError> {
    Ok(done?.map_or(Done::Nothing, |_| Done::Plainly))
}

/// How and when word of the seeker came in; now, where nothing is said.
fn word(app: &AppState, fields: &Fields) -> Result<Word, ApiError> {
    let channel = match fields.get("channel") {
        "mail" => CancelChannel::Mail,
        _ => CancelChannel::Telephone,
    };
    let now = app.clock.now();
    let typed = fields.get("word_at").trim();
    let at = if typed.is_empty() { Some(now) } else { parse_instant(&format!("{typed}:00+09:00")) };
    let fault = || Violation::of_setting(Code::TransitionNotAllowed, "/word_at").variant("word_at");
    match at.filter(|it| *it <= now) {
        Some(at) => Ok(Word { channel, at }),
        None => Err(ApiError::Refused { violations: vec![fault()], terms: None }),
    }
}

pub(super) fn accepted(fields: &Fields) -> Vec<Code> {
    fields.all("accepted").filter_map(Code::parse).collect()
}

fn corrected(fields: &Fields) -> PersonAsEntered<'_> {
    PersonAsEntered {
        name: fields.get("name"),
        birth_date: fields.get("birth_date"),
        job_seeker_number: fields.get("job_seeker_number"),
        reason: fields.get("reason"),
        accepted: accepted(fields),
    }
}

/// Lines of attendants that say something: kind, language, count, note.
pub(super) fn lines(fields: &Fields) -> Vec<[&str; 4]> {
    let line = |at: usize| {
        let own: Vec<_> = ["kind", "language", "count", "note"].map(|it| format!("{at}-{it}")).into();
        [0, 1, 2, 3].map(|it| fields.get(&own[it]).trim())
    };
    (0..ATTENDANTS).map(line).filter(|it| !it[0].is_empty() || !it[3].is_empty()).collect()
}

fn attendants(fields: &Fields) -> Vec<AttendantEntry> {
    let entry = |[kind, language, count, note]: [&str; 4]| AttendantEntry {
        kind: kind.to_owned(),
        language: language.to_owned(),
        count: count.parse().ok(),
        note: note.to_owned(),
    };
    lines(fields).into_iter().map(entry).collect()
}
