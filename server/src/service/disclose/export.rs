//! What a disclosure hands out: exactly its scope and its items, and nobody whose time is over.

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::person::JobSeekerNumber;
use precheck_shared::time::{Instant, format_instant};
use serde::{Serialize, Serializer};

use super::{Ground, NotDone, Scope, moments, one};
use crate::error::ApiError;
use crate::service::conduct;
use crate::service::reading::{self, Opened, Person};
use crate::service::sealed;
use crate::service::staff::SignedIn;
use crate::state::AppState;
use crate::store::desk::bookings::{self, DeskBooking};
use crate::store::desk::history::{self, StoredEvent};
use crate::store::desk::suspensions::{self, Suspension};
use crate::store::desk::{audit, disclosures};
use crate::store::{StoreError, sql};

/// More requests than these are no scope that anybody has looked at.
const MOST: u32 = 500;

/// What is handed out.
#[derive(Debug, Serialize)]
pub struct Export {
    /// The office.
    pub office: String,
    /// The number of the disclosure in the office's list.
    pub disclosure: i64,
    /// `lawful`, `own`.
    pub kind: String,
    /// When it was handed out.
    pub at: Told,
    /// The requests, the oldest first.
    pub requests: Vec<Record>,
    /// What is held of the number itself.
    pub suspensions: Vec<Part>,
}

/// One request.
#[derive(Debug, Serialize)]
pub struct Record {
    /// Its reception number.
    pub reception_number: String,
    /// What of it is handed out.
    pub parts: Vec<Part>,
}

/// An item of a request.
#[derive(Debug, Serialize)]
pub struct Part {
    /// Of [`super::ITEMS`], or `suspension`.
    pub item: &'static str,
    /// Its lines: what it is, and what it says.
    pub lines: Vec<(&'static str, Told)>,
}

/// What a line says.
#[derive(Debug)]
pub enum Told {
    /// As typed.
    Text(String),
    /// A moment.
    At(Instant),
    /// One of our own names, of this family.
    Name(&'static str, String),
    /// What happened, when, and what was written about it.
    Event(Instant, String, String),
}

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) | Self::Name(_, text) => serializer.serialize_str(text),
            Self::At(at) => serializer.serialize_str(&format_instant(*at)),
            Self::Event(at, kind, words) => {
                let at = format_instant(*at);
                [at.as_str(), kind, words].serialize(serializer)
            }
        }
    }
}

/// A request, with what happened to it.
struct Found {
    booking: DeskBooking,
    events: Vec<StoredEvent>,
}

/// Hands it out, once everybody has approved who has to.
///
/// # Errors
/// `wrong` where it waits for an approval; `not_found`, `unavailable`.
pub async fn export(app: &AppState, who: &SignedIn, id: i64) -> Result<Export, NotDone> {
    let disclosure = one(app, id).await?;
    if disclosure.waits {
        return Err(NotDone::Wrong(vec![("approve", "waits")]));
    }
    let requests = records(app, &disclosure.ground).await?;
    let suspensions = match &disclosure.ground.scope {
        // Nobody of whom there is no request is known to have one.
        Scope::Person(number, _) if !requests.is_empty() => suspensions_of(app, number).await?,
        _ => Vec::new(),
    };
    let (now, by) = (app.clock.now(), who.officer.as_str().to_owned());
    let noted = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            disclosures::exported(tx, id, &by, now).await?;
            audit::append(tx, now, &by, "disclosure_exported", &id.to_string()).await
        })
    });
    noted.await?;
    Ok(Export {
        office: app.office.policy().office.name.clone(),
        disclosure: id,
        kind: disclosure.stored.kind,
        at: Told::At(now),
        requests,
        suspensions,
    })
}

/// The requests of a scope, with the items wanted. Of whoever was erased nothing is left to hand out, not even that.
///
/// # Errors
/// `wrong` where they are too many; `unavailable`.
pub(super) async fn records(app: &AppState, ground: &Ground) -> Result<Vec<Record>, NotDone> {
    let found = find(app, &ground.scope).await?;
    if usize::try_from(MOST).is_ok_and(|most| most < found.len()) {
        return Err(NotDone::Wrong(vec![("scope", "many")]));
    }
    let mut records = Vec::with_capacity(found.len());
    for Found { booking, events } in found {
        let opened = reading::open(app, booking)?;
        let Some(person) = opened.person.clone() else { continue };
        if let Scope::Person(_, birth_date) = &ground.scope
            && person.birth_date != *birth_date
        {
            continue;
        }
        let wanted = |item: &&&str| ground.items.iter().any(|it| it == **item);
        let parts = super::ITEMS.iter().filter(wanted).map(|it| part(app, it, &opened, &person, &events));
        let parts = parts.collect::<Result<_, ApiError>>()?;
        records.push(Record { reception_number: opened.booking.number.to_string(), parts });
    }
    Ok(records)
}

async fn find(app: &AppState, scope: &Scope) -> Result<Vec<Found>, ApiError> {
    let hash = match scope {
        Scope::JobSeeker(number) | Scope::Person(number, _) => {
            JobSeekerNumber::parse(number).ok().map(|it| app.vault.number_hash(&it.0))
        }
        _ => None,
    };
    let scope = scope.clone();
    let found = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let bookings = match (&scope, hash) {
                (Scope::Numbers(numbers), _) => {
                    let mut all = Vec::new();
                    for number in numbers {
                        all.extend(bookings::one(tx, number).await?.filter(|it| it.person.is_some()));
                    }
                    all
                }
                (Scope::Period(from, to), _) => match moments(from, to) {
                    Some((from, to)) => disclosures::received(tx, from, to, MOST + 1).await?,
                    None => Vec::new(),
                },
                (_, Some(hash)) => disclosures::of_number(tx, hash, MOST + 1).await?,
                _ => Vec::new(),
            };
            let mut found = Vec::with_capacity(bookings.len());
            for booking in bookings {
                let events = history::events(tx, booking.id).await?;
                found.push(Found { booking, events });
            }
            Ok::<_, StoreError>(found)
        })
    });
    Ok(found.await?)
}

fn part(
    app: &AppState,
    item: &'static str,
    opened: &Opened,
    person: &Person,
    events: &[StoredEvent],
) -> Result<Part, ApiError> {
    let booking = &opened.booking;
    let text = |it: &str| Told::Text(it.to_owned());
    let lines = match item {
        "identity" => vec![
            ("name", text(&person.name)),
            ("birth_date", text(&person.birth_date)),
            ("job_seeker_number", text(&person.job_seeker_number)),
        ],
        "attendants" => person
            .attendants
            .iter()
            .map(|it| {
                let all = [it.kind.clone(), it.language.clone(), it.count.to_string(), it.note.clone()];
                ("attendant", text(&all.join(" / ")))
            })
            .collect(),
        "course" => course(booking),
        "arrangement" => arrangement(app, booking)?,
        "history" => events.iter().map(|it| event(app, &booking.number, it)).collect::<Result<_, _>>()?,
        "consent" => vec![
            ("terms", text(&booking.terms.id)),
            ("basis", Told::Name("basis", booking.basis.clone())),
            ("language", text(&booking.language)),
        ],
        _ => {
            let outcome = |it: &(precheck_shared::checklist::Item, precheck_shared::checklist::Outcome)| {
                ("check", Told::Name("check", format!("{}={}", it.0.as_str(), it.1.as_str())))
            };
            let found = person.found.iter().map(|(item, found)| ("found", text(&format!("{item}: {found}"))));
            booking.checklist.iter().map(outcome).chain(found).collect()
        }
    };
    Ok(Part { item, lines })
}

fn course(booking: &DeskBooking) -> Vec<(&'static str, Told)> {
    let mut lines = vec![
        ("received_at", Told::At(booking.received_at)),
        ("channel", Told::Name("channel", booking.channel.clone())),
        ("state", Told::Name("state", booking.state.clone())),
    ];
    lines.extend(booking.wishes.iter().map(|it| ("wish", Told::At(it.start))));
    if let Some(made) = &booking.appointment {
        lines.extend([("start", Told::At(made.start)), ("end", Told::At(made.end))]);
    }
    lines
}

/// How the counselling is joined, and what the office told with the state.
fn arrangement(app: &AppState, booking: &DeskBooking) -> Result<Vec<(&'static str, Told)>, ApiError> {
    let mut lines = Vec::new();
    if let Some(meeting) = reading::meeting(app, booking)? {
        lines.push(("meeting", Told::Text(meeting.id.to_string())));
        lines.extend(meeting.link.map(|it| ("link", Told::Text(it))));
        if !meeting.passcode.is_empty() {
            lines.push(("passcode", Told::Text(meeting.passcode)));
        }
    }
    if let Some(told) = reading::told(app, booking)? {
        lines.push(("told", Told::Text(told)));
    }
    Ok(lines)
}

fn event(
    app: &AppState,
    number: &ReceptionNumber,
    event: &StoredEvent,
) -> Result<(&'static str, Told), ApiError> {
    let words = match &event.words {
        Some(words) => sealed::open_words(app, number, event.version, words)?.reason,
        None => String::new(),
    };
    Ok(("event", Told::Event(event.at, event.kind.clone(), words)))
}

async fn suspensions_of(app: &AppState, number: &str) -> Result<Vec<Part>, ApiError> {
    let Ok((number, _)) = JobSeekerNumber::parse(number) else { return Ok(Vec::new()) };
    let hash = app.vault.number_hash(&number);
    let all: Vec<Suspension> =
        sql::read(&*app.store, move |tx| Box::pin(async move { suspensions::of(tx, hash).await })).await?;
    let told = |it: Suspension| {
        let it = conduct::in_words(app, it)?;
        let mut lines = vec![
            ("made_at", Told::At(it.stored.made_at)),
            ("kind", Told::Name("suspension", it.stored.kind.clone())),
            ("reason", Told::Text(it.reason)),
        ];
        if let Some(ends) = it.stored.ends {
            lines.push(("ends", Told::Text(ends.to_string())));
        }
        if let Some((_, at, _)) = &it.stored.lifted {
            lines.extend([("lifted_at", Told::At(*at)), ("lifted_because", Told::Text(it.lifted_because))]);
        }
        Ok(Part { item: "suspension", lines })
    };
    all.into_iter().map(told).collect()
}
