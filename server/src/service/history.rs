//! Article 4(2): everything about one request, opened for the desk: itself, its history in words, what its seeker was told, and
//! what else is known of her number.

use precheck_shared::booking::{BookingState, Meeting, ReceptionNumber};
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::{Instant, day_of, midnight};

use super::conduct::{self, SuspensionInWords};
use super::desk::settled;
use super::reading::{self, Opened, Person};
use super::sealed::{self, Words};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::bookings::{self, DeskBooking};
use crate::store::desk::duties::{self, Duty};
use crate::store::desk::history::{self, StoredEvent};
use crate::store::desk::staff::{self, StoredStaff};
use crate::store::desk::suspensions::{self, Suspension};
use crate::store::{StoreError, sql};
use crate::vault::Hash;

/// Most other requests of a number that are shown.
const OTHERS: u32 = 50;

/// An event, with what was written about it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The version that it made.
    pub version: u32,
    /// When it happened.
    pub at: Instant,
    /// `clock`, `job_seeker`, or an officer.
    pub actor: String,
    /// What happened.
    pub kind: String,
    /// What was written; empty where nothing was, or it was erased.
    pub words: Words,
}

/// Everything about a request.
#[derive(Debug)]
pub struct Whole {
    /// The request and its person.
    pub opened: Opened,
    /// Where it stands by the rules; `None` when the person was erased.
    pub state: Option<BookingState>,
    /// How the counselling is joined.
    pub meeting: Option<Meeting>,
    /// What the seeker reads with the state.
    pub told: Option<String>,
    /// The oldest first.
    pub history: Vec<Entry>,
    /// The oldest first.
    pub duties: Vec<Duty>,
    /// Other requests of the same number, the newest first.
    pub others: Vec<DeskBooking>,
    /// 4(3): affirmed deemed cancellations of the number.
    pub missed: u32,
    /// 4(3), 10(1): of the number, the newest first.
    pub suspensions: Vec<SuspensionInWords>,
    /// Everybody who works at the desk, or did.
    pub staff: Vec<StoredStaff>,
    /// Seats taken from now to the last wish.
    pub taken: Occupancy,
}

impl Whole {
    /// The person; empty when she was erased.
    pub fn person(&self) -> Person {
        self.opened.person.clone().unwrap_or_default()
    }

    /// The name of somebody who works at the desk, or did.
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.staff.iter().find(|it| it.id == id).map_or(id, |it| it.name.as_str())
    }

    /// Those that are still to be arranged, of the same number.
    pub fn doubles(&self) -> impl Iterator<Item = &DeskBooking> {
        self.others.iter().filter(|it| it.state == "requested")
    }
}

/// What one reading of the database gives.
struct Found {
    booking: DeskBooking,
    events: Vec<StoredEvent>,
    duties: Vec<Duty>,
    others: Vec<DeskBooking>,
    missed: u32,
    suspensions: Vec<Suspension>,
    staff: Vec<StoredStaff>,
}

/// Reads everything; whoever calls writes the reading down.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn whole(app: &AppState, number: &ReceptionNumber) -> Result<Whole, ApiError> {
    let now = app.clock.now();
    // What fell due is written down first; of one whose person was erased nothing falls due any more.
    let settled = match settled(app, now, number).await {
        Ok((stored, booking)) => Some((stored, booking.state)),
        Err(ApiError::NotFound) => None,
        Err(error) => return Err(error),
    };
    let wanted = number.as_str().to_owned();
    let found = sql::read(&*app.store, move |tx| Box::pin(async move { find(tx, &wanted).await }));
    let found = found.await?.ok_or(ApiError::NotFound)?;
    let told = match &settled {
        Some((stored, _)) => sealed::open_told(app, stored)?,
        None => None,
    };
    let meeting = reading::meeting(app, &found.booking)?;
    let history = found.events.into_iter().map(|it| entry(app, number, it)).collect::<Result<_, _>>()?;
    let last = found.booking.wishes.iter().map(|it| it.start).max().unwrap_or(now);
    let to = midnight(day_of(last) + chrono::TimeDelta::days(1)).max(now);
    let taken = app.store.occupancy(midnight(day_of(now)), to).await?;
    let suspensions = found.suspensions.into_iter().map(|it| conduct::in_words(app, it));
    Ok(Whole {
        state: settled.map(|it| it.1),
        meeting,
        told,
        history,
        duties: found.duties,
        others: found.others,
        missed: found.missed,
        suspensions: suspensions.collect::<Result<_, _>>()?,
        staff: found.staff,
        taken: (*taken).clone(),
        opened: reading::open(app, found.booking)?,
    })
}

async fn find(tx: &mut dyn sql::Tx, number: &str) -> Result<Option<Found>, StoreError> {
    let Some(booking) = bookings::one(tx, number).await? else { return Ok(None) };
    let events = history::events(tx, booking.id).await?;
    let duties = duties::of(tx, booking.id).await?;
    let staff = staff::all(tx).await?;
    // The hash of everybody who was erased is the same.
    let known: Option<Hash> = booking.person.is_some().then_some(booking.number_hash);
    let (others, missed, suspensions) = match known {
        Some(hash) => (
            history::others(tx, hash, booking.id, OTHERS).await?,
            history::missed(tx, hash).await?,
            suspensions::of(tx, hash).await?,
        ),
        None => (Vec::new(), 0, Vec::new()),
    };
    Ok(Some(Found { booking, events, duties, others, missed, suspensions, staff }))
}

fn entry(app: &AppState, number: &ReceptionNumber, event: StoredEvent) -> Result<Entry, ApiError> {
    let StoredEvent { version, at, actor, kind, words } = event;
    let words = match &words {
        Some(sealed) => sealed::open_words(app, number, version, sealed)?,
        None => Words::default(),
    };
    Ok(Entry { version, at, actor, kind, words })
}
