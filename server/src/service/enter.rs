//! Article 4(1): bookings that come by telephone or at the counter, entered by an officer by the same rules; the next one from a
//! counselling is in [`next`].
//!
//! The consent rests on the request (preamble: `deemed_by_request`). A form that is sent twice makes one booking: it carries a key,
//! like a request of the widget, and gets the same answer.

use precheck_shared::api::Accepted;
use precheck_shared::booking::{BookingRequest, ReceiptCode, ReceptionNumber};
use precheck_shared::calendar::{Occupancy, SlotState, day_plan, last_day};
use precheck_shared::journey::{self, Draft};
use precheck_shared::policy::Policy;
use precheck_shared::time::{Instant, day_of, days, parse_instant};
use precheck_shared::violation::{Code, Grade, Violation};
use serde_json::{Value, json};
use uuid::Uuid;

use super::staff::SignedIn;
use super::submit::{Accepting, accept, by_the_rules, taken};
use crate::error::ApiError;
use crate::in_flight::HeldKey;
use crate::state::AppState;
use crate::store::EnteredAtDesk;

pub mod next;

/// The language of what the desk enters: whoever has asked in Japanese reads a Japanese receipt, and can choose another.
const LANGUAGE: &str = "ja";

/// How a request came in that an officer enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// By telephone.
    Telephone,
    /// At the counter.
    Counter,
}

/// What an officer enters for somebody; the rules have not looked at it. Of the draft count conditions, person, wishes, attendants and
/// findings that were accepted.
#[derive(Debug, Clone)]
pub struct RequestAtDesk {
    /// How it came in; `None` where that was not chosen.
    pub channel: Option<Channel>,
    /// What the rules judge.
    pub draft: Draft,
    /// The officer has compared the person with the registration.
    pub identity_checked: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// The booking.
    pub number: ReceptionNumber,
    /// What opens its receipt; to be given to the person, and kept nowhere.
    pub code: ReceiptCode,
    /// The wishes in order, and why one has gone meanwhile.
    pub wishes: Vec<(Instant, Option<Code>)>,
    /// The form had been sent before.
    pub replayed: bool,
}

/// A day with the times that can be wished for on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its starts, and whether each is the last seat.
    pub starts: Vec<(Instant, bool)>,
}

impl Channel {
    /// In the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Telephone, Self::Counter];

    /// The name in the records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::Counter => "counter",
        }
    }

    /// Reads it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// 4(1): enters a request. Safe to repeat with the same key.
///
/// # Errors
/// Everything that speaks against it, all at once; `key_reused`, `key_in_progress`, `unavailable`.
pub async fn enter(
    app: &AppState,
    who: &SignedIn,
    key: Uuid,
    entered: &RequestAtDesk,
) -> Result<Entered, ApiError> {
    let held = app.in_flight.hold(key).ok_or(ApiError::KeyInProgress)?;
    let now = app.clock.now();
    let judged = by_the_rules(app, now, |rules| journey::complete_at_desk(rules, &entered.draft)).await;
    let judged = with_channel(entered.channel, judged);
    let said = said(&entered.draft, &json!([entered.channel.map(Channel::as_str), entered.identity_checked]));
    let at_desk = judged.map(|(channel, request)| {
        let channel = EnteredAtDesk {
            channel: channel.as_str(),
            by: who.officer.as_str().to_owned(),
            next_of: None,
            proposed_officer: None,
            identity_checked: entered.identity_checked,
            next_of_version: None,
        };
        (channel, request)
    });
    keep(app, (now, &held), (key, &said), at_desk).await
}

/// The fault of a channel that was not chosen comes with all others, and first.
fn with_channel(
    channel: Option<Channel>,
    judged: Result<BookingRequest, ApiError>,
) -> Result<(Channel, BookingRequest), ApiError> {
    let fault = || Violation::of_setting(Code::Malformed, "/channel").variant("channel");
    match (channel, judged) {
        (Some(channel), judged) => judged.map(|request| (channel, request)),
        (None, Ok(_)) => Err(ApiError::Refused { violations: vec![fault()], terms: None }),
        (None, Err(ApiError::Refused { mut violations, terms })) => {
            violations.insert(0, fault());
            Err(ApiError::Refused { violations, terms })
        }
        (None, Err(error)) => Err(error),
    }
}

/// Stores what was judged as fine, under its key, and with it in the log who entered it.
async fn keep(
    app: &AppState,
    (now, held): (Instant, &HeldKey),
    (key, said): (Uuid, &Value),
    judged: Result<(EnteredAtDesk, BookingRequest), ApiError>,
) -> Result<Entered, ApiError> {
    let accepting = judged.map(|(at_desk, request)| Accepting {
        request,
        checks: Vec::new(),
        own_device: false,
        language: LANGUAGE.to_owned(),
        entered_at: now,
        at_desk: Some(at_desk),
    });
    let fingerprint = app.vault.fingerprint(said);
    let answered = accept(app, now, held, (key, fingerprint), accepting).await?;
    let unreadable = || ApiError::Unavailable("an answer of ours cannot be read".to_owned());
    let accepted: Accepted = serde_json::from_slice(&answered.body).map_err(|_| unreadable())?;
    let wishes = accepted.wishes.iter().filter_map(|it| {
        let code = it.code.as_deref().and_then(Code::parse);
        Some((parse_instant(&it.start)?, code))
    });
    Ok(Entered {
        number: answered.number,
        code: ReceiptCode::parse(&accepted.receipt_code).ok_or_else(unreadable)?,
        wishes: wishes.collect(),
        replayed: answered.replayed,
    })
}

/// What a form says, for its fingerprint.
fn said(draft: &Draft, more: &Value) -> Value {
    let attendants = draft.attendants.iter().map(|it| json!([it.kind, it.language, it.count, it.note]));
    json!({
        "conditions": draft.eligibility.map(|it| it.map(precheck_shared::eligibility::Answer::as_str)),
        "person": [draft.person.name, draft.person.birth_date, draft.person.job_seeker_number],
        "wishes": draft.wishes,
        "attendants": attendants.collect::<Vec<_>>(),
        "accepted": draft.accepted.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "more": more,
    })
}

/// The times that can be wished for now, by day.
///
/// # Errors
/// `unavailable`.
pub async fn offered(app: &AppState) -> Result<Vec<Offer>, ApiError> {
    let (now, policy) = (app.clock.now(), app.office.policy());
    let taken = taken(app, &policy, now).await?;
    Ok(offers(&policy, &taken, now))
}

fn offers(policy: &Policy, taken: &Occupancy, now: Instant) -> Vec<Offer> {
    let plans = days(day_of(now), last_day(policy, now)).map(|it| day_plan(policy, taken, now, it));
    let open = plans.filter(|it| it.refusal.is_none()).map(|plan| {
        let free = plan.slots.iter().filter(|it| it.state != SlotState::Full);
        Offer { starts: free.map(|it| (it.start, it.state == SlotState::Few)).collect() }
    });
    open.collect()
}

/// The please-check findings of a refusal.
pub fn to_check(error: &ApiError) -> Vec<Code> {
    match error {
        ApiError::Refused { violations, .. } => {
            violations.iter().filter(|it| it.grade() == Grade::PleaseCheck).map(|it| it.code).collect()
        }
        _ => Vec::new(),
    }
}
