//! Article 4(2): everything about one request, opened for the desk: itself, its history in words, what its seeker was told, and
//! what else is known of her number. All of it is read in one transaction, and the state is that of the row whose version the page
//! carries: a form that was made of two moments would overwrite what somebody did in between.

use precheck_shared::booking::{BookingState, Meeting, ReceptionNumber};
use precheck_shared::calendar::Occupancy;
use precheck_shared::time::{Instant, day_of, midnight};

use super::clock;
use super::conduct::{self, SuspensionInWords};
use super::day::as_stored;
use super::desk::LOOKS;
use super::piece::Piece;
use super::reading::{self, Opened, Person};
use super::sealed::{self, Words};
use super::standing;
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::bookings::{self, DeskBooking};
use crate::store::desk::duties::{self, Duty};
use crate::store::desk::history::{self, StoredEvent};
use crate::store::desk::seats;
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
    /// What was written; nothing where nothing was, or it was erased.
    pub words: Piece<Words>,
}

/// Everything about a request.
#[derive(Debug)]
pub struct Whole {
    /// The request and its person.
    pub opened: Opened,
    /// Where it stands by the rules; `None` when the person was erased.
    pub state: Option<BookingState>,
    /// How the counselling is joined.
    pub meeting: Piece<Meeting>,
    /// What the seeker reads with the state.
    pub told: Piece<String>,
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
    /// The person; empty when she was erased, or cannot be read.
    pub fn person(&self) -> Person {
        self.opened.person.read().cloned().unwrap_or_default()
    }

    /// The name of its state.
    pub fn state_name(&self) -> &str {
        match &self.state {
            Some(state) => state.name(),
            None => &self.opened.booking.state,
        }
    }

    /// The name of somebody who works at the desk, or did; `None` for whom nobody knows.
    pub fn name_of(&self, id: &str) -> Option<&str> {
        self.staff.iter().find(|it| it.id == id).map(|it| it.name.as_str())
    }

    /// Those that are still to be arranged, of the same number.
    pub fn doubles(&self) -> impl Iterator<Item = &DeskBooking> {
        self.others.iter().filter(|it| it.state == "requested")
    }
}

/// What one transaction reads.
struct Found {
    booking: DeskBooking,
    events: Vec<StoredEvent>,
    duties: Vec<Duty>,
    others: Vec<DeskBooking>,
    missed: u32,
    suspensions: Vec<Suspension>,
    staff: Vec<StoredStaff>,
    taken: Occupancy,
}

/// Reads everything; whoever calls writes the reading down.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn whole(app: &AppState, number: &ReceptionNumber) -> Result<Whole, ApiError> {
    let now = app.clock.now();
    let (found, state) = settled(app, now, number).await?;
    let told = reading::told(app, &found.booking);
    let meeting = reading::meeting(app, &found.booking);
    let history = found.events.into_iter().map(|it| entry(app, number, it)).collect();
    let suspensions = found.suspensions.into_iter().map(|it| conduct::in_words(app, it)).collect();
    Ok(Whole {
        state,
        meeting,
        told,
        history,
        duties: found.duties,
        others: found.others,
        missed: found.missed,
        suspensions,
        staff: found.staff,
        taken: found.taken,
        opened: reading::open(app, found.booking),
    })
}

/// What is stored, once what fell due is written down; of one whose person was erased nothing falls due any more. The state is what
/// the rules make of that very row.
async fn settled(
    app: &AppState,
    now: Instant,
    number: &ReceptionNumber,
) -> Result<(Found, Option<BookingState>), ApiError> {
    let policy = &*app.office.policy();
    let due_at = clock::due_at(app, now).await?;
    let mut looks = 0;
    loop {
        let wanted = number.as_str().to_owned();
        let found = sql::read(&*app.store, move |tx| Box::pin(async move { find(tx, now, &wanted).await }));
        let found = found.await?.ok_or(ApiError::NotFound)?;
        if found.booking.person.is_none() {
            return Ok((found, None));
        }
        let stored = as_stored(&found.booking);
        let booking = standing::as_stored(policy, &stored)?;
        let Some(due) = standing::fell_due(policy, due_at, &stored, &booking) else {
            return Ok((found, Some(booking.state)));
        };
        looks += 1;
        // Who reads is not kept from it where nothing can be written: an act will try again.
        if looks == LOOKS || standing::write_down(app, &stored, &due).await.is_err() {
            return Ok((found, Some(due.next.state)));
        }
    }
}

async fn find(tx: &mut dyn sql::Tx, now: Instant, number: &str) -> Result<Option<Found>, StoreError> {
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
    let last = booking.wishes.iter().map(|it| it.start).max().unwrap_or(now);
    let to = midnight(day_of(last) + chrono::TimeDelta::days(1)).max(now);
    let taken = seats::taken(tx, midnight(day_of(now)), to).await?;
    Ok(Some(Found { booking, events, duties, others, missed, suspensions, staff, taken }))
}

fn entry(app: &AppState, number: &ReceptionNumber, event: StoredEvent) -> Entry {
    let StoredEvent { version, at, actor, kind, words } = event;
    let words = words.map(|it| sealed::open_words(app, number, version, &it)).unwrap_or_default();
    Entry { version, at, actor, kind, words }
}
