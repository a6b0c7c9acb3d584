//! A booking as it stands at a moment: what is stored, and what time has made of it since.
//!
//! Articles 4(2) and 4(3): a request lapses with its last wish, a counselling that nobody came to is cancelled ten minutes
//! after its start. Both are dated by the rule, so that they are the same whoever notices them, and when.

use chrono::TimeDelta;
use precheck_shared::booking::{Booking, BookingState, Confirmed, Meeting};
use precheck_shared::cancellation::{deem_cancelled, silence_ends};
use precheck_shared::policy::Policy;
use precheck_shared::time::Instant;

use crate::state::AppState;
use crate::store::{Arrangement, Change, Changed, StoreError, StoredBooking};

/// What becomes of a booking by itself, and as of when.
pub(super) struct FellDue {
    pub(super) next: Booking,
    pub(super) at: Instant,
}

/// Who acts where nobody does.
pub(super) const CLOCK: &str = "clock";

/// The booking of the rules, as it was stored. Reasons and meeting data stay sealed: no rule looks into them, and a damaged
/// piece shall keep nobody from cancelling.
pub(super) fn as_stored(policy: &Policy, stored: &StoredBooking) -> Result<Booking, StoreError> {
    // Another version has to come after it.
    if stored.version == u32::MAX {
        return Err(StoreError::Inconsistent("booking"));
    }
    let sealed = String::new;
    let arranged = || -> Result<Confirmed, StoreError> {
        let made = stored.appointment.as_ref().ok_or(StoreError::Inconsistent("appointment"))?;
        let meeting = Meeting::kept("", None, String::new());
        let (joined, word_received) = (made.joined, made.word_received);
        Ok(Confirmed { start: made.start, meeting, joined, word_received })
    };
    let state = match stored.state.as_str() {
        "requested" => BookingState::Requested,
        "declined" => BookingState::Declined { reason: sealed() },
        "withdrawn" => BookingState::Withdrawn,
        "lapsed" => BookingState::Lapsed,
        "confirmed" => BookingState::Confirmed(arranged()?),
        "held" => BookingState::Held,
        "cancelled" => BookingState::Cancelled { word_at: stored.state_at.unwrap_or(stored.received_at) },
        "cancelled_by_office" => BookingState::CancelledByOffice { reason: sealed() },
        "stopped" => BookingState::Stopped { reason: sealed() },
        "deemed_cancelled" => {
            let missed = arranged()?;
            let at = silence_ends(policy, missed.start);
            BookingState::DeemedCancelled { missed, at }
        }
        _ => return Err(StoreError::Inconsistent("booking")),
    };
    Ok(Booking { state, version: stored.version })
}

/// What time has made of a booking by `now` that is not stored yet.
pub(super) fn fell_due(
    policy: &Policy,
    now: Instant,
    stored: &StoredBooking,
    booking: &Booking,
) -> Option<FellDue> {
    let wishes: Vec<_> = stored.wishes.iter().map(|it| it.start).collect();
    if let Ok(next) = booking.clone().lapse(now, &wishes) {
        let at = wishes.into_iter().max().unwrap_or(stored.received_at);
        return Some(FellDue { next, at });
    }
    let next = deem_cancelled(policy, now, booking.clone()).ok()?;
    match next.state {
        BookingState::DeemedCancelled { at, .. } => Some(FellDue { next, at }),
        _ => None,
    }
}

/// Writes down what fell due. False when something else happened first: then it did not fall due.
pub(super) async fn write_down(
    app: &AppState,
    stored: &StoredBooking,
    due: &FellDue,
) -> Result<bool, StoreError> {
    let change = change(stored, &due.next, due.at, CLOCK.to_owned(), due.next.state.name());
    Ok(matches!(app.store.change(Box::new(change)).await?, Changed::Done(_)))
}

/// Article 4(3): takes silences that have lasted long enough at `now` for cancellations. Tells how many; a great many are
/// done in several calls, until one does none. A row that does not read, or cannot be written, is set aside.
pub(crate) async fn silences(app: &AppState, now: Instant) -> Result<u64, StoreError> {
    loop {
        let (deemed, aside) = some_silences(app, now).await?;
        // What lies behind rows that were set aside is reached at once.
        if 0 < deemed || aside == 0 {
            return Ok(deemed);
        }
    }
}

/// How many were done, and how many set aside.
async fn some_silences(app: &AppState, now: Instant) -> Result<(u64, u64), StoreError> {
    let policy = &*app.office.policy();
    let grace = TimeDelta::minutes(i64::from(policy.cancellation.grace_minutes));
    let (mut deemed, mut aside) = (0, 0);
    let mut set_aside = |stored: &StoredBooking, why| {
        app.store.set_aside(&stored.number, why);
        aside += 1;
    };
    for stored in app.store.silent(now - grace).await? {
        // One damaged row shall not keep time from all others.
        let Ok(booking) = as_stored(policy, &stored) else {
            set_aside(&stored, "its rows contradict each other");
            continue;
        };
        // The rule has the last word, not the query.
        let Some(due) = fell_due(policy, now, &stored, &booking) else { continue };
        match write_down(app, &stored, &due).await {
            Ok(done) => deemed += u64::from(done),
            Err(error @ (StoreError::Unavailable(_) | StoreError::Inconsistent(_))) => {
                // Where the store takes other writes, it is this one's.
                app.store.check().await.map_err(|_| error)?;
                set_aside(&stored, "its silence cannot be written down");
            }
            Err(error) => return Err(error),
        }
    }
    Ok((deemed, aside))
}

/// A change to `next`, as the store takes it. What people wrote, and the appointment where one is arranged, is the caller's
/// to add.
pub(super) fn change(
    stored: &StoredBooking,
    next: &Booking,
    at: Instant,
    actor: String,
    kind: &'static str,
) -> Change {
    let arranged = stored.appointment.as_ref().map_or(at, |it| it.start);
    // Article 6: a request that came to nothing is kept from its end on, everything else from the appointment on.
    let (kept_since, appointment) = match next.state {
        BookingState::Requested | BookingState::Confirmed(_) => (None, Arrangement::Kept),
        BookingState::Declined { .. } | BookingState::Withdrawn | BookingState::Lapsed => {
            (Some(at), Arrangement::Kept)
        }
        // The officer's time has been used.
        BookingState::Held => (Some(arranged), Arrangement::Kept),
        BookingState::Cancelled { .. }
        | BookingState::CancelledByOffice { .. }
        | BookingState::Stopped { .. }
        | BookingState::DeemedCancelled { .. } => (Some(arranged), Arrangement::Freed),
    };
    Change {
        number: stored.number.clone(),
        version: stored.version,
        at,
        actor,
        kind,
        words: None,
        state: next.state.name(),
        told: None,
        kept_since,
        appointment,
        also: Vec::new(),
        guards: Vec::new(),
    }
}
