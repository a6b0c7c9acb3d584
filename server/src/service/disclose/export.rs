//! What a disclosure hands out: exactly its scope and its items, and nobody whose time is over.

use precheck_shared::booking::ReceptionNumber;
use precheck_shared::person::JobSeekerNumber;
use precheck_shared::time::{Instant, format_instant};
use serde::{Serialize, Serializer};

use super::{Ground, NotDone, Scope, approval, moments, one, waits};
use crate::error::ApiError;
use crate::service::conduct;
use crate::service::piece::Piece;
use crate::service::reading::{self, Opened, Person};
use crate::service::sealed;
use crate::service::staff::SignedIn;
use crate::state::AppState;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::bookings::{self, DeskBooking};
use crate::store::desk::disclosures;
use crate::store::desk::history::{self, StoredEvent};
use crate::store::desk::suspensions::{self, Suspension};
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
    /// What happened, when, and what was written about it; `None` where that cannot be read.
    Event(Instant, String, Option<String>),
    /// It is damaged.
    Unreadable,
}

/// What a file says where a piece cannot be read.
const UNREADABLE: &str = "(unreadable)";

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) | Self::Name(_, text) => serializer.serialize_str(text),
            Self::At(at) => serializer.serialize_str(&format_instant(*at)),
            Self::Event(at, kind, words) => {
                let at = format_instant(*at);
                [at.as_str(), kind, words.as_deref().unwrap_or(UNREADABLE)].serialize(serializer)
            }
            Self::Unreadable => serializer.serialize_str(UNREADABLE),
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
    let (disclosure, _) = one(app, id).await?;
    // Without its scope nobody knows what it hands out.
    let Some(ground) = disclosure.ground.into_read() else {
        return Err(NotDone::Wrong(vec![("approve", "unreadable")]));
    };
    if disclosure.waits {
        return Err(NotDone::Wrong(vec![("approve", "waits")]));
    }
    let (requests, suspensions) = everything(app, &ground).await?;
    let (now, by) = (app.clock.now(), who.officer.as_str().to_owned());
    let noted = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            // The office may want an approval since it was looked at.
            let (stored, wanted) = (disclosures::one(tx, id).await?, approval(tx).await?);
            if stored.is_none_or(|it| waits(&it, Some(&ground), wanted)) {
                return Ok(false);
            }
            disclosures::exported(tx, id, &by, now).await?;
            audit::append(tx, now, &by, "disclosure_exported", Subject::Disclosure(id));
            Ok(true)
        })
    });
    if !noted.await? {
        return Err(NotDone::Wrong(vec![("approve", "waits")]));
    }
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
    Ok(everything(app, ground).await?.0)
}

/// The same, with what is held of the number itself; all of it is read in one transaction.
async fn everything(app: &AppState, ground: &Ground) -> Result<(Vec<Record>, Vec<Part>), NotDone> {
    let (found, suspensions) = find(app, &ground.scope).await?;
    if usize::try_from(MOST).is_ok_and(|most| most < found.len()) {
        return Err(NotDone::Wrong(vec![("scope", "many")]));
    }
    let mut records = Vec::with_capacity(found.len());
    for Found { booking, events } in found {
        let opened = reading::open(app, booking);
        let reception_number = opened.booking.number.to_string();
        let person = match (&opened.person, &ground.scope) {
            (Piece::Nothing, _) => continue,
            (Piece::Read(person), Scope::Person(_, birth_date)) if person.birth_date != *birth_date => {
                continue;
            }
            // Whose it is cannot be seen any more: that there is something is all that can be said.
            (Piece::Damaged, Scope::Person(..)) => {
                let parts = vec![Part { item: "identity", lines: vec![("name", Told::Unreadable)] }];
                records.push(Record { reception_number, parts });
                continue;
            }
            (person, _) => person.read(),
        };
        let wanted = |item: &&&str| ground.items.iter().any(|it| it == **item);
        let parts = super::ITEMS.iter().filter(wanted).map(|it| part(app, it, &opened, person, &events));
        records.push(Record { reception_number, parts: parts.collect() });
    }
    // Nobody of whom there is no request is known to have one.
    let known = matches!(ground.scope, Scope::Person(..)) && !records.is_empty();
    let suspensions = suspensions.into_iter().filter(|_| known).map(|it| suspension(app, it)).collect();
    Ok((records, suspensions))
}

async fn find(app: &AppState, scope: &Scope) -> Result<(Vec<Found>, Vec<Suspension>), ApiError> {
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
            let suspensions = match (&scope, hash) {
                (Scope::Person(..), Some(hash)) => suspensions::of(tx, hash).await?,
                _ => Vec::new(),
            };
            Ok::<_, StoreError>((found, suspensions))
        })
    });
    Ok(found.await?)
}

fn part(
    app: &AppState,
    item: &'static str,
    opened: &Opened,
    person: Option<&Person>,
    events: &[StoredEvent],
) -> Part {
    let booking = &opened.booking;
    let text = |it: &str| Told::Text(it.to_owned());
    let lines = match (item, person) {
        ("identity", Some(person)) => vec![
            ("name", text(&person.name)),
            ("birth_date", text(&person.birth_date)),
            ("job_seeker_number", text(&person.job_seeker_number)),
        ],
        ("identity", None) => vec![("name", Told::Unreadable)],
        ("attendants", Some(person)) => person
            .attendants
            .iter()
            .map(|it| {
                let all = [it.kind.clone(), it.language.clone(), it.count.to_string(), it.note.clone()];
                ("attendant", text(&all.join(" / ")))
            })
            .collect(),
        ("attendants", None) => vec![("attendant", Told::Unreadable)],
        ("course", _) => course(booking),
        ("arrangement", _) => arrangement(app, booking),
        ("history", _) => events.iter().map(|it| event(app, &booking.number, it)).collect(),
        ("consent", _) => vec![
            ("terms", text(&booking.terms.id)),
            ("basis", Told::Name("basis", booking.basis.clone())),
            ("language", text(&booking.language)),
        ],
        (_, person) => {
            let outcome = |it: &(precheck_shared::checklist::Item, precheck_shared::checklist::Outcome)| {
                ("check", Told::Name("check", format!("{}={}", it.0.as_str(), it.1.as_str())))
            };
            let all = booking.checklist.iter().map(outcome);
            match person {
                Some(person) => {
                    let found =
                        person.found.iter().map(|(item, found)| ("found", text(&format!("{item}: {found}"))));
                    all.chain(found).collect()
                }
                None => all.chain([("found", Told::Unreadable)]).collect(),
            }
        }
    };
    Part { item, lines }
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
fn arrangement(app: &AppState, booking: &DeskBooking) -> Vec<(&'static str, Told)> {
    let mut lines = Vec::new();
    match reading::meeting(app, booking) {
        Piece::Nothing => {}
        Piece::Damaged => lines.push(("meeting", Told::Unreadable)),
        Piece::Read(meeting) => {
            lines.push(("meeting", Told::Text(meeting.id.to_string())));
            lines.extend(meeting.link.map(|it| ("link", Told::Text(it))));
            if !meeting.passcode.is_empty() {
                lines.push(("passcode", Told::Text(meeting.passcode)));
            }
        }
    }
    lines.extend(told(reading::told(app, booking)).map(|it| ("told", it)));
    lines
}

/// A text that was sealed.
fn told(piece: Piece<String>) -> Option<Told> {
    match piece {
        Piece::Nothing => None,
        Piece::Read(text) => Some(Told::Text(text)),
        Piece::Damaged => Some(Told::Unreadable),
    }
}

fn event(app: &AppState, number: &ReceptionNumber, event: &StoredEvent) -> (&'static str, Told) {
    let words = event.words.as_ref().map(|it| sealed::open_words(app, number, event.version, it));
    let words = match words.unwrap_or_default() {
        Piece::Nothing => Some(String::new()),
        Piece::Read(words) => Some(words.reason),
        Piece::Damaged => None,
    };
    ("event", Told::Event(event.at, event.kind.clone(), words))
}

fn suspension(app: &AppState, stored: Suspension) -> Part {
    let it = conduct::in_words(app, stored);
    let mut lines = vec![
        ("made_at", Told::At(it.stored.made_at)),
        ("kind", Told::Name("suspension", it.stored.kind.clone())),
    ];
    lines.extend(told(it.reason).map(|it| ("reason", it)));
    if let Some(ends) = it.stored.ends {
        lines.push(("ends", Told::Text(ends.to_string())));
    }
    if let Some((_, at, _)) = &it.stored.lifted {
        lines.push(("lifted_at", Told::At(*at)));
        lines.extend(told(it.lifted_because).map(|it| ("lifted_because", it)));
    }
    Part { item: "suspension", lines }
}
