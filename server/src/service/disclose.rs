//! Articles 5(2) and 6: a lawful disclosure, and a person's own request to see what is held of her. Deliberate acts of managers:
//! who asked, on what ground, what scope, why; where the office sets that, another manager approves. The act is kept for good.

use chrono::TimeDelta;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::person::{JobSeekerNumber, OWN_TABLES, is_note};
use precheck_shared::time::{Instant, day_of, midnight, parse_date};
use serde::{Deserialize, Serialize};

use super::piece::{self, Piece, Place};
use super::staff::{SignedIn, rights};
use super::{reading, to_json};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::audit::{self, Subject, Word};
use crate::store::desk::disclosures::{self, StoredDisclosure};
use crate::store::desk::{bookings, staff};
use crate::store::sql;

mod export;

pub use export::{Export, Part, Record, Told, export};

/// What can be disclosed of a request. A person's own request gets all of it.
pub const ITEMS: [&str; 7] =
    ["identity", "attendants", "course", "arrangement", "history", "consent", "checks"];

/// Longest text of a field.
const LONGEST: usize = 1000;

/// The switch of the desk by which another manager has to approve.
const APPROVAL: &str = "disclosure_approval";

/// What is disclosed, of whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// These requests.
    Numbers(Vec<String>),
    /// All requests of a job-seeker number.
    JobSeeker(String),
    /// All requests that came in from the first to the last of these days.
    Period(String, String),
    /// All requests of a number with this date of birth: whoever typed a number wrong has another one.
    Person(String, String),
}

/// What was written about a disclosure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// Who asked.
    pub asked_by: String,
    /// On what legal ground.
    pub ground: String,
    /// Why it is disclosed.
    pub reason: String,
    /// Of whom.
    pub scope: Scope,
    /// What.
    pub items: Vec<String>,
    /// The office wanted another manager's approval when it was made.
    pub approval: bool,
}

/// A disclosure, opened.
#[derive(Debug, Clone)]
pub struct Disclosure {
    /// As stored.
    pub stored: StoredDisclosure,
    /// What was written about it.
    pub ground: Piece<Ground>,
    /// Another manager has still to approve it.
    pub waits: bool,
}

/// A lawful disclosure, as typed.
#[derive(Debug, Clone, Default)]
pub struct Entered {
    /// Who asked.
    pub asked_by: String,
    /// On what legal ground.
    pub ground: String,
    /// Why.
    pub reason: String,
    /// `numbers`, `job_seeker`, `period`.
    pub scope: String,
    /// Reception numbers, with anything between them.
    pub numbers: String,
    /// A job-seeker number.
    pub job_seeker: String,
    /// The first day, `2026-11-01`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Of [`ITEMS`].
    pub items: Vec<String>,
}

/// What is wrong with what was entered: the field, and the key of the words.
pub type Wrong = (&'static str, &'static str);

/// Why nothing was made or exported.
#[derive(Debug)]
pub enum NotDone {
    /// What was entered does not do.
    Wrong(Vec<Wrong>),
    /// Anything else.
    Failed(ApiError),
}

impl<E: Into<ApiError>> From<E> for NotDone {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Makes a lawful disclosure; nothing leaves the office by that.
///
/// # Errors
/// What is wrong, all of it; `unavailable`.
pub async fn make(app: &AppState, who: &SignedIn, entered: &Entered) -> Result<i64, NotDone> {
    let mut wrong = Vec::new();
    for (field, text) in
        [("asked_by", &entered.asked_by), ("ground", &entered.ground), ("reason", &entered.reason)]
    {
        match text.trim() {
            "" => wrong.push((field, "empty")),
            text if !is_note(OWN_TABLES, text, LONGEST) => wrong.push((field, "long")),
            _ => {}
        }
    }
    let items: Vec<String> = ITEMS
        .iter()
        .filter(|it| entered.items.iter().any(|of| of == *it))
        .map(|it| (*it).to_owned())
        .collect();
    if items.is_empty() {
        wrong.push(("items", "items"));
    }
    let scope = scope_of(app, entered).await?.map_err(|it| wrong.push(it)).ok();
    let (Some(scope), true) = (scope, wrong.is_empty()) else { return Err(NotDone::Wrong(wrong)) };
    let plain = |text: &str| text.trim().to_owned();
    let ground = Ground {
        asked_by: plain(&entered.asked_by),
        ground: plain(&entered.ground),
        reason: plain(&entered.reason),
        scope,
        items,
        approval: needs_approval(app).await?,
    };
    export::records(app, &ground).await?;
    Ok(keep(app, who, "lawful", &ground).await?)
}

/// Makes the disclosure of what is held of a person to herself, who has shown who she is.
///
/// # Errors
/// What is wrong, all of it; `unavailable`.
pub async fn make_own(
    app: &AppState,
    who: &SignedIn,
    number: &str,
    birth_date: &str,
    identified: bool,
) -> Result<i64, NotDone> {
    let mut wrong = Vec::new();
    let number = JobSeekerNumber::parse(number).map_err(|_| wrong.push(("number", "number"))).ok();
    let birth_date = parse_date(birth_date.trim());
    if birth_date.is_none() {
        wrong.push(("birth_date", "date"));
    }
    if !identified {
        wrong.push(("identified", "identified"));
    }
    let (Some((number, _)), Some(birth_date), true) = (number, birth_date, wrong.is_empty()) else {
        return Err(NotDone::Wrong(wrong));
    };
    let ground = Ground {
        asked_by: String::new(),
        ground: String::new(),
        reason: String::new(),
        scope: Scope::Person(number.as_str().to_owned(), birth_date.to_string()),
        items: ITEMS.map(str::to_owned).to_vec(),
        approval: false,
    };
    if export::records(app, &ground).await?.is_empty() {
        return Err(NotDone::Wrong(vec![("number", "nobody")]));
    }
    Ok(keep(app, who, "own", &ground).await?)
}

/// Number and date of birth of the person of a request, for the form; whoever calls writes the reading down.
///
/// # Errors
/// `not_found` also where the person was erased; `unavailable`.
pub async fn person_of(app: &AppState, number: &ReceptionNumber) -> Result<(String, String), ApiError> {
    let person = reading::one(app, number.as_str()).await?.person;
    if person.is_nothing() {
        return Err(ApiError::NotFound);
    }
    // What cannot be read is asked for.
    let person = person.into_read().unwrap_or_default();
    Ok((person.job_seeker_number, person.birth_date))
}

/// The names of the staff, also of those who left, by their ids.
pub type Names = Vec<(String, String)>;

/// The latest disclosures before one of them, who made and approved them, and whether another manager has to approve.
///
/// # Errors
/// `unavailable`.
pub async fn latest(app: &AppState, before: i64) -> Result<(Vec<Disclosure>, Names, bool), ApiError> {
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            Ok((disclosures::latest(tx, before).await?, names(tx).await?, approval(tx).await?))
        })
    });
    let (found, names, approval) = found.await?;
    Ok((found.into_iter().map(|it| open(app, it, approval)).collect(), names, approval))
}

/// One of them, and who made and approved it.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn one(app: &AppState, id: i64) -> Result<(Disclosure, Names), ApiError> {
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move { Ok((disclosures::one(tx, id).await?, names(tx).await?, approval(tx).await?)) })
    });
    let (found, names, approval) = found.await?;
    Ok((open(app, found.ok_or(ApiError::NotFound)?, approval), names))
}

/// Another manager approves it, who has no rights from the one who made it, nor the other way round, since lately.
///
/// # Errors
/// `wrong` where it is not hers to approve; `not_found`, `unavailable`.
pub async fn approve(app: &AppState, who: &SignedIn, id: i64) -> Result<(), NotDone> {
    let (disclosure, _) = one(app, id).await?;
    if disclosure.ground.read().is_none() {
        return Err(NotDone::Wrong(vec![("approve", "unreadable")]));
    }
    let (now, by) = (app.clock.now(), who.officer.as_str().to_owned());
    let approved = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let Some(found) = disclosures::one(tx, id).await? else {
                return Ok(Err(ApiError::NotFound.into()));
            };
            let wrong = |why| Ok(Err(NotDone::Wrong(vec![("approve", why)])));
            if found.made_by == by {
                return wrong("own_approval");
            }
            if !rights::are_independent(tx, &found.made_by, &by, now).await? {
                return wrong("bound_approval");
            }
            if !disclosures::approve(tx, id, &by, now).await? {
                return Ok(Err(ApiError::StaleVersion.into()));
            }
            audit::append(tx, now, &by, "disclosure_approved", Subject::Disclosure(id));
            Ok(Ok(()))
        })
    });
    approved.await?
}

/// Whether another manager has to approve disclosures.
///
/// # Errors
/// `unavailable`.
pub async fn needs_approval(app: &AppState) -> Result<bool, ApiError> {
    Ok(sql::read(&*app.store, |tx| Box::pin(async move { approval(tx).await })).await?)
}

/// Sets whether another manager has to approve disclosures that are made from now on.
///
/// # Errors
/// `unavailable`.
pub async fn set_approval(app: &AppState, who: &SignedIn, on: bool) -> Result<(), ApiError> {
    let (now, by) = (app.clock.now(), who.officer.as_str().to_owned());
    let (value, act) = if on { ("on", "approval_required") } else { ("off", "approval_not_required") };
    let set = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            disclosures::set(tx, APPROVAL, value).await?;
            audit::append(tx, now, &by, act, Subject::Word(Word::Disclosures));
            Ok(())
        })
    });
    Ok(set.await?)
}

async fn names(tx: &mut dyn sql::Tx) -> Result<Names, crate::store::StoreError> {
    Ok(staff::all(tx).await?.into_iter().map(|it| (it.id, it.name)).collect())
}

async fn approval(tx: &mut dyn sql::Tx) -> Result<bool, crate::store::StoreError> {
    Ok(disclosures::setting(tx, APPROVAL).await?.as_deref() == Some("on"))
}

async fn keep(app: &AppState, who: &SignedIn, kind: &'static str, ground: &Ground) -> Result<i64, ApiError> {
    let (now, by) = (app.clock.now(), who.officer.as_str().to_owned());
    let sealed = app.vault.seal(&name(app, &by, now), &to_json(ground)?)?;
    let act = if kind == "own" { "own_disclosure_made" } else { "disclosure_made" };
    let made = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let id = disclosures::insert(tx, kind, &sealed, &by, now).await?;
            audit::append(tx, now, &by, act, Subject::Disclosure(id));
            Ok(id)
        })
    });
    Ok(made.await?)
}

fn open(app: &AppState, stored: StoredDisclosure, approval: bool) -> Disclosure {
    let (name, id) = (name(app, &stored.made_by, stored.made_at), stored.id.to_string());
    let place = Place { number: &id, column: "disclosure.sealed", at: stored.id };
    let ground: Piece<Ground> =
        piece::open(app, place, &name, &stored.sealed, |plain| serde_json::from_slice(&plain));
    let waits = waits(&stored, ground.read(), approval);
    Disclosure { stored, ground, waits }
}

/// Whether another manager has still to approve it. One that was made under the stricter rule keeps to it.
fn waits(stored: &StoredDisclosure, ground: Option<&Ground>, approval: bool) -> bool {
    let wanted = approval || ground.is_none_or(|it| it.approval);
    stored.kind == "lawful" && wanted && stored.approved.is_none()
}

/// Under which name it is sealed: nobody makes two at one moment.
fn name(app: &AppState, by: &str, at: Instant) -> String {
    format!("disclosure/{}/{by}/{}", app.office.id(), at.timestamp_millis())
}

/// What is to be disclosed, or what is wrong with it.
async fn scope_of(app: &AppState, entered: &Entered) -> Result<Result<Scope, Wrong>, ApiError> {
    Ok(match entered.scope.as_str() {
        "numbers" => {
            let typed = entered.numbers.split(|it: char| it.is_whitespace() || ",、，;".contains(it));
            let mut numbers = Vec::new();
            for typed in typed.filter(|it| !it.is_empty()) {
                let Some(number) = ReceptionNumber::parse(typed) else {
                    return Ok(Err(("numbers", "numbers")));
                };
                let wanted = number.as_str().to_owned();
                let found = sql::read(&*app.store, move |tx| {
                    Box::pin(async move { bookings::one(tx, &wanted).await })
                });
                if found.await?.is_none() {
                    return Ok(Err(("numbers", "numbers")));
                }
                numbers.push(number.as_str().to_owned());
            }
            numbers.sort();
            numbers.dedup();
            if numbers.is_empty() { Err(("numbers", "numbers")) } else { Ok(Scope::Numbers(numbers)) }
        }
        "job_seeker" => match JobSeekerNumber::parse(&entered.job_seeker) {
            Ok((number, _)) => Ok(Scope::JobSeeker(number.as_str().to_owned())),
            Err(_) => Err(("job_seeker", "number")),
        },
        "period" => match (parse_date(entered.from.trim()), parse_date(entered.to.trim())) {
            // A day that is not over would grow after it was decided.
            (Some(from), Some(to)) if from <= to && to < day_of(app.clock.now()) => {
                Ok(Scope::Period(from.to_string(), to.to_string()))
            }
            _ => Err(("from", "period")),
        },
        _ => Err(("scope", "scope")),
    })
}

/// The moments of a period: from its first day to the end of its last one.
fn moments(from: &str, to: &str) -> Option<(Instant, Instant)> {
    Some((midnight(parse_date(from)?), midnight(parse_date(to)? + TimeDelta::days(1))))
}
