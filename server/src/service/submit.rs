//! Article 4(1): a request arrives.
//!
//! The key of a request is looked up before terms, rules and clock are judged, so that a repetition gets its answer
//! whatever has changed meanwhile. While the first sending is open, a repetition is told to come back. Afterwards the answer
//! kept counts: for the request that is fine this look-up is part of its own transaction; for one that would be refused it
//! comes before the refusal. Seen from outside both are the same.

use std::sync::Arc;

use chrono::TimeDelta;
use precheck_shared::api::Accepted;
use precheck_shared::booking::{BookingRequest, BookingState, ReceiptCode, ReceptionNumber};
use precheck_shared::calendar::{Occupancy, last_day};
use precheck_shared::checklist::{CheckEntry, Item, Outcome};
use precheck_shared::journey::{self, Draft, Rules};
use precheck_shared::policy::Policy;
use precheck_shared::time::{Instant, day_of, midnight};
use precheck_shared::violation::{Code, Violation};
use serde::Serialize;
use uuid::Uuid;

use super::receipt::wish_view;
use super::to_json;
use super::{clock, search};
use crate::error::ApiError;
use crate::in_flight::HeldKey;
use crate::office;
use crate::state::AppState;
use crate::store::{EnteredAtDesk, KeptAnswer, NewBooking, StoreError, StoredWish, Submitted};
use crate::vault::{self, Hash};

/// How long the same key gets the same answer.
pub(crate) const KEY_DAYS: i64 = 14;

/// Reception numbers are drawn at most this often.
const DRAWS: u32 = 5;

/// What a request says, as entered; the rules have not looked at it.
#[derive(Debug)]
pub struct RequestAsEntered {
    /// Everything that the rules judge.
    pub draft: Draft,
    /// Language of the interface.
    pub language: String,
    /// The device's clock at the confirmation.
    pub entered_at: Instant,
}

/// A request as it came in.
pub struct Submission {
    /// Its idempotency key.
    pub key: Uuid,
    /// Keyed hash of its body.
    pub fingerprint: Hash,
    /// What it says, or why it cannot be read.
    pub entered: Result<RequestAsEntered, ApiError>,
}

/// The answer to an accepted request.
pub struct Answered {
    /// JSON of [`Accepted`], the same bytes for every repetition.
    pub body: Vec<u8>,
    /// Where the request is found.
    pub number: ReceptionNumber,
    /// Whether the request had been accepted before.
    pub replayed: bool,
}

/// What is sealed of a request.
#[derive(Serialize)]
struct Person<'a> {
    name: &'a str,
    birth_date: String,
    job_seeker_number: &'a str,
    attendants: Vec<AttendantRecord<'a>>,
    accepted_findings: Vec<&'static str>,
    /// What the checks found, by item: a device's name can hold a person's.
    found: Vec<(&'a str, &'a str)>,
}

#[derive(Serialize)]
struct AttendantRecord<'a> {
    kind: &'static str,
    language: &'a str,
    count: u8,
    note: &'a str,
}

/// Article 4(1): accepts a request, or says everything that speaks against it. Safe to repeat with the same key.
pub async fn submit(app: &AppState, submission: Submission) -> Result<Answered, ApiError> {
    let Submission { key, fingerprint, entered } = submission;
    let held = app.in_flight.hold(key).ok_or(ApiError::KeyInProgress)?;
    let now = app.clock.now();
    let judged = match entered {
        Ok(entered) => judge(app, now, &entered).await.map(|request| (entered, request)),
        Err(unreadable) => Err(unreadable),
    };
    let judged = judged.map(|(entered, request)| Accepting {
        request,
        checks: entered.draft.checklist,
        own_device: entered.draft.own_device.unwrap_or_default(),
        language: entered.language,
        entered_at: entered.entered_at,
        at_desk: None,
    });
    accept(app, now, &held, (key, fingerprint), judged).await
}

/// A request that every rule accepts, on its way into the store.
pub(super) struct Accepting {
    pub(super) request: BookingRequest,
    pub(super) checks: Vec<CheckEntry>,
    pub(super) own_device: bool,
    pub(super) language: String,
    /// The device's clock, or the desk's.
    pub(super) entered_at: Instant,
    /// Who entered it for somebody, and how it came in.
    pub(super) at_desk: Option<EnteredAtDesk>,
}

/// Stores a request that was judged as fine; tells the refusal of another one, unless it had been accepted before.
pub(super) async fn accept(
    app: &AppState,
    now: Instant,
    held: &HeldKey,
    (key, fingerprint): (Uuid, Hash),
    judged: Result<Accepting, ApiError>,
) -> Result<Answered, ApiError> {
    match judged {
        Ok(accepting) => store(app, now, held, (key, fingerprint), &accepting).await,
        Err(refusal) => match app.store.refuse(key, keys_since(app, now).await?).await? {
            Some(kept) => replay(app, &fingerprint, &kept),
            None => Err(refusal),
        },
    }
}

/// Keys used until then count as unknown. By a clock that is ahead of belief none is forgotten: what had been accepted under it
/// would be stored once more.
async fn keys_since(app: &AppState, now: Instant) -> Result<Instant, ApiError> {
    Ok(clock::due_at(app, now).await? - TimeDelta::days(KEY_DAYS))
}

async fn judge(app: &AppState, now: Instant, entered: &RequestAsEntered) -> Result<BookingRequest, ApiError> {
    by_the_rules(app, now, |rules| journey::complete(rules, &entered.draft)).await
}

/// The rules of the terms, with this office's settings and clock.
pub(super) async fn by_the_rules(
    app: &AppState,
    now: Instant,
    rule: impl FnOnce(Rules<'_>) -> Result<BookingRequest, Vec<Violation>>,
) -> Result<BookingRequest, ApiError> {
    let policy = &*app.office.policy();
    let in_force = app
        .office
        .terms_in_force(now)
        .ok_or_else(|| ApiError::Unavailable("no version of the terms is in force".to_owned()))?;
    let taken = taken(app, policy, now).await?;
    let reference = office::reference(in_force);
    let rules = Rules::new(policy, &reference, &taken, now);
    rule(rules).map_err(|violations| {
        let changed = violations.iter().any(|it| it.code == Code::TermsChanged);
        ApiError::Refused { violations, terms: changed.then(|| office::version(in_force)) }
    })
}

/// Seats taken from today to the last bookable day.
pub(super) async fn taken(
    app: &AppState,
    policy: &Policy,
    now: Instant,
) -> Result<Arc<Occupancy>, StoreError> {
    let bookable_until = midnight(last_day(policy, now) + TimeDelta::days(1));
    app.store.occupancy(midnight(day_of(now)), bookable_until).await
}

async fn store(
    app: &AppState,
    now: Instant,
    held: &HeldKey,
    (key, fingerprint): (Uuid, Hash),
    accepting: &Accepting,
) -> Result<Answered, ApiError> {
    let keys_since = keys_since(app, now).await?;
    for _ in 0..DRAWS {
        let number = app.ids.reception_number()?;
        let code = app.ids.receipt_code()?;
        let body = accepted(&number, &code, &accepting.request)?;
        let answer = app.vault.seal(&vault::answer_name(app.office.id(), key), &body)?;
        let kept = KeptAnswer { key, fingerprint, answer };
        let new = new_booking(app, now, number.clone(), &code, accepting, kept)?;
        match app.store.submit(Box::new(new), keys_since, held.clone()).await {
            Ok(Submitted::Stored) => return Ok(Answered { body, number, replayed: false }),
            Ok(Submitted::KeyKnown(kept)) => return replay(app, &fingerprint, &kept),
            Ok(Submitted::Stale) => return Err(ApiError::StaleVersion),
            Err(StoreError::NumberTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ApiError::Unavailable("every reception number drawn was taken".to_owned()))
}

fn replay(app: &AppState, fingerprint: &Hash, kept: &KeptAnswer) -> Result<Answered, ApiError> {
    if !vault::same(fingerprint, &kept.fingerprint) {
        return Err(ApiError::KeyReused);
    }
    let unreadable = || ApiError::Unavailable("a kept answer cannot be read".to_owned());
    let name = vault::answer_name(app.office.id(), kept.key);
    let body =
        app.vault.open(&name, &kept.answer).map_err(|error| ApiError::Unavailable(error.to_string()))?;
    let accepted: Accepted = serde_json::from_slice(&body).map_err(|_| unreadable())?;
    let number = ReceptionNumber::parse(&accepted.reception_number).ok_or_else(unreadable)?;
    Ok(Answered { body, number, replayed: true })
}

fn accepted(
    number: &ReceptionNumber,
    code: &ReceiptCode,
    request: &BookingRequest,
) -> Result<Vec<u8>, ApiError> {
    to_json(&Accepted {
        reception_number: number.to_string(),
        receipt_code: code.as_str().to_owned(),
        state: BookingState::Requested.name().to_owned(),
        wishes: stored_wishes(request).iter().map(wish_view).collect(),
    })
}

fn new_booking(
    app: &AppState,
    now: Instant,
    number: ReceptionNumber,
    code: &ReceiptCode,
    accepting: &Accepting,
    kept: KeptAnswer,
) -> Result<NewBooking, ApiError> {
    let Accepting { request, checks, own_device, language, entered_at, at_desk } = accepting;
    let person = to_json(&person(request, checks))?;
    let wishes = stored_wishes(request);
    Ok(NewBooking {
        receipt_hash: vault::receipt_hash(code),
        received_at: now,
        last_wish_at: wishes.iter().map(|it| it.start).max().unwrap_or(now),
        number_hash: app.vault.number_hash(&request.number),
        person: app.vault.seal(&vault::person_name(app.office.id(), &number), &person)?,
        number,
        terms: request.terms.clone(),
        basis: request.basis,
        language: language.clone(),
        entered_at: *entered_at,
        own_device: *own_device,
        checklist: checks
            .iter()
            .filter_map(|it| Some((Item::parse(&it.id)?, Outcome::parse(&it.outcome)?)))
            .collect(),
        wishes,
        kept,
        name_tokens: search::tokens(app, request.name.as_str()),
        entered: at_desk.clone(),
    })
}

fn person<'a>(request: &'a BookingRequest, checks: &'a [CheckEntry]) -> Person<'a> {
    let attendants = request.attendants.iter().map(|it| AttendantRecord {
        kind: it.kind.as_str(),
        language: &it.language,
        count: it.count,
        note: &it.note,
    });
    Person {
        name: request.name.as_str(),
        birth_date: request.birth_date.date().to_string(),
        job_seeker_number: request.number.as_str(),
        attendants: attendants.collect(),
        accepted_findings: request.accepted.iter().map(|it| it.as_str()).collect(),
        found: checks
            .iter()
            .filter(|it| !it.detail.is_empty())
            .map(|it| (it.id.as_str(), it.detail.as_str()))
            .collect(),
    }
}

fn stored_wishes(request: &BookingRequest) -> Vec<StoredWish> {
    let gone = |wish: &precheck_shared::booking::Wish| {
        wish.gone.as_ref().map(|why| (why.code, why.clause.map(|it| it.to_string())))
    };
    request.wishes.iter().map(|it| StoredWish { start: it.start, gone: gone(it) }).collect()
}
