//! RULEBOOK, Records: lapsing and erasing are irreversible, and the clock is one untrusted input.
//!
//! The database keeps the newest instant that it has seen. A clock that is too far from it, ahead or behind, is not believed: what
//! it says is due counts as due only up to that instant, nothing is erased, and only a person's act ([`accept`]) changes that, or a
//! clock that comes back. An instant that was not believed is not kept either: one server whose clock is wrong leaves the others
//! alone. Each office has an instant of its own, since nobody accepts a clock for another office.
//!
//! Silence is held as well. People can correct a deemed cancellation, but not back to a counselling that will take place: its seat
//! has been given away by then. Everything else goes on.

use std::fmt;

use chrono::TimeDelta;
use precheck_shared::time::{Instant, day_of, format_instant};

use crate::error::ApiError;
use crate::readiness::{Condition, Seen};
use crate::state::AppState;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::clock;
use crate::store::{StoreError, sql};

/// What is seen is written down at most so often: a look is every few seconds.
const WRITTEN: TimeDelta = TimeDelta::minutes(1);

/// What a person has accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// What the clock showed.
    pub now: Instant,
    /// The newest instant before that; none in a database in which nothing has happened.
    pub before: Option<Instant>,
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The clock is accepted as right: {}.", format_instant(self.now))?;
        if let Some(before) = self.before {
            write!(f, " Until now the newest instant was {}.", format_instant(before))?;
        }
        write!(
            f,
            " What is due by it lapses and is erased, by a running server within seconds; another jump is held again."
        )
    }
}

/// Up to which moment what falls due is believed: `now`, unless the clock is ahead of all reason.
///
/// # Errors
/// Those of the store.
pub(crate) async fn due_at(app: &AppState, now: Instant) -> Result<Instant, StoreError> {
    if app.readiness.seen().is_none() {
        app.readiness.learn(found(app, now).await?.0);
    }
    Ok(match app.against_the_clock(now) {
        Some(Condition::ClockAhead { seen, .. }) => seen,
        _ => now,
    })
}

/// Looks at the clock: judges it, tells what is wrong, and writes down what was believed where this process does time's own acts.
/// Whether it is believed.
///
/// # Errors
/// Those of the store: then nothing is believed.
pub(crate) async fn look(app: &AppState, now: Instant, leads: bool) -> Result<bool, StoreError> {
    let (kept, is_written) = found(app, now).await?;
    if !is_written {
        // Before anything is stored under a clock that may be wrong, and would speak for it.
        begin_with(app, kept).await?;
    }
    app.readiness.learn(kept);
    let against = app.against_the_clock(now);
    let is_believed = against.is_none();
    app.readiness.tell_of_the_clock(against);
    if let Some(seen) =
        app.readiness.seen().filter(|it| leads && is_believed && kept.newest + WRITTEN <= it.newest)
    {
        let moved = sql::write(&*app.store, move |tx| {
            Box::pin(async move {
                tx.turn("clock").await?;
                match clock::kept(tx).await? {
                    // Somebody has accepted another clock meanwhile: the next look judges by that.
                    Some(it) if it.acceptances != seen.acceptances || seen.newest <= it.newest => Ok(()),
                    _ => clock::keep(tx, seen).await,
                }
            })
        });
        moved.await?;
    }
    Ok(is_believed)
}

/// Looks at the clock before this process serves: what it stores from then on says nothing about what was seen before.
///
/// # Errors
/// Those of the store.
pub async fn begin(app: &AppState) -> Result<(), StoreError> {
    look(app, app.clock.now(), false).await.map(drop)
}

/// A person says that the clock is right. What it shows at this moment counts as seen, whatever was seen before.
///
/// # Errors
/// `unavailable`.
pub async fn accept(app: &AppState, actor: &'static str) -> Result<Accepted, ApiError> {
    let now = app.clock.now();
    let accepted = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("clock").await?;
            let kept = clock::kept(tx).await?;
            let before = match kept {
                Some(it) => Some(it.newest),
                None => clock::newest_of_all(tx).await?,
            };
            let seen = Seen { newest: now, acceptances: kept.map_or(0, |it| it.acceptances) + 1 };
            clock::keep(tx, seen).await?;
            audit::append(tx, now, actor, "clock_accepted", Subject::Day(day_of(now)));
            Ok((seen, before))
        })
    });
    let (seen, before) = accepted.await?;
    app.readiness.learn(seen);
    app.readiness.tell_of_the_clock(app.against_the_clock(now));
    Ok(Accepted { now, before })
}

/// What the database has seen, and whether that is written down. An older program did not: then its newest row tells.
async fn found(app: &AppState, now: Instant) -> Result<(Seen, bool), StoreError> {
    let found = sql::read(&*app.store, |tx| {
        Box::pin(async move {
            match clock::kept(tx).await? {
                Some(kept) => Ok((Some(kept.newest), Some(kept))),
                None => Ok((clock::newest_of_all(tx).await?, None)),
            }
        })
    });
    let (newest, kept) = found.await?;
    let first = Seen { newest: newest.unwrap_or(now), acceptances: 0 };
    Ok((kept.unwrap_or(first), kept.is_some()))
}

async fn begin_with(app: &AppState, first: Seen) -> Result<(), StoreError> {
    let written = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            tx.turn("clock").await?;
            if clock::kept(tx).await?.is_none() { clock::keep(tx, first).await } else { Ok(()) }
        })
    });
    written.await
}
