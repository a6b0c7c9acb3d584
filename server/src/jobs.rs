//! Time's own acts: what becomes of a request because nobody did anything. Articles 4(2), 4(3) and 6.
//!
//! One task looks at the server's clock every few seconds. What fell due while the server was down or its clock stood still
//! is done at the first look, as of the moment at which it fell due, and once only: each act is one transaction that takes
//! up no request which has it behind it. Of several processes on one database one does it. The log tells counts, never whose.
//!
//! Each act has errors of its own: one that fails, or panics, waits a minute and keeps no other from being done. What cannot be
//! taken back waits as long as the clock is not believed: see [`service::clock`].

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use precheck_shared::booking::{BookingState, Confirmed, Meeting};
use precheck_shared::policy::Policy;
use precheck_shared::records;
use precheck_shared::time::{Instant, day_of, midnight};
use tokio::time::MissedTickBehavior;

use crate::panics::caught;
use crate::readiness::Condition;
use crate::service;
use crate::state::AppState;
use crate::store::{Retention, StoreError};

pub mod ground;
pub mod releases;

/// From one look at the clock to the next. Nobody waits for it: a receipt says the same before and after.
const EVERY: Duration = Duration::from_secs(5);

/// After a fault, until an act is tried again: building the file anew on a disk that is full helps nobody.
const AFTER_A_FAULT: Duration = Duration::from_mins(1);

/// What takes minutes with a large database shows every so often that it is still being done, so many times at most.
const BEAT: Duration = Duration::from_secs(10);
const BEATS: u32 = 90;

/// What one look did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Requests that lapsed.
    pub lapsed: u64,
    /// Counsellings that silence cancelled.
    pub deemed: u64,
    /// Requests that lost the person.
    pub erased: u64,
    /// The files hold nothing more of what was erased, now or earlier.
    pub forgotten: bool,
}

/// Looks at the clock, and at what the desk of another process has set, for good.
pub async fn run(app: Arc<AppState>) {
    tokio::join!(keep_time(&app), keep_settings(&app), service::search::anew::run(&app), releases::run(&app));
}

/// Article 4(1): seats and closures that were set in another process count in this one too, also where it does not lead.
async fn keep_settings(app: &AppState) {
    let mut keeper = Keeper::default();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        keeper.act(app, "what the desk has set", service::settings::refresh(app)).await;
    }
}

async fn keep_time(app: &AppState) {
    let mut keeper = Keeper { is_watched: true, ..Keeper::default() };
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        keeper.beats(app);
        ticks.tick().await;
        keeper.fault = None;
        let done = keeper.look(app).await;
        if !done.forgotten {
            tracing::debug!("what was erased is cut from the files at a later look");
        }
    }
}

/// Does everything that is due now, and that the clock is believed about.
///
/// # Errors
/// The first that an act had; all others were done.
pub async fn once(app: &AppState) -> Result<Done, StoreError> {
    let mut keeper = Keeper::default();
    let done = keeper.look(app).await;
    keeper.fault.map_or(Ok(done), Err)
}

/// Does one act after the other, and knows which of them have to wait.
#[derive(Default)]
struct Keeper {
    /// Acts that failed, and when they are tried again.
    waiting: HashMap<&'static str, tokio::time::Instant>,
    /// The first error of a look.
    fault: Option<StoreError>,
    /// Whether its looks are expected: a server whose looks end is not ready.
    is_watched: bool,
}

impl Keeper {
    async fn look(&mut self, app: &AppState) -> Done {
        let now = app.clock.now();
        let mut done = Done::default();
        let Some(leads) = self.act(app, "who leads", async { app.store.leads().await }).await else {
            return done;
        };
        let believed = self.act(app, "looking at the clock", service::clock::look(app, now, leads)).await;
        if !leads {
            return Done { forgotten: true, ..done };
        }
        let believed = believed == Some(true);
        if believed {
            self.irreversible(app, now, &mut done).await;
        }
        if believed {
            let forgetting = beating(app, self.is_watched, async { app.store.forget_erased().await });
            let forgetting = self.act(app, "cutting from the files what was erased", forgetting).await;
            done.forgotten = forgetting.unwrap_or(false);
        }
        done
    }

    async fn irreversible(&mut self, app: &AppState, now: Instant, done: &mut Done) {
        done.lapsed = self.all(app, "lapsing", || app.store.lapse_due(now)).await;
        done.deemed = self.all(app, "silences", || service::silences(app, now)).await;
        let ended = retentions(&app.office.policy(), now);
        done.erased = self.all(app, "erasing", || app.store.erase_due(now, ended.clone())).await;
        let keys_since = now - TimeDelta::days(service::KEY_DAYS);
        self.all(app, "expired keys", || app.store.forget_keys(keys_since)).await;
        self.act(app, "visits", service::visits::forget(app, now)).await;
        self.act(app, "suspensions", service::conduct::forget_over(app, now)).await;
        if 0 < done.lapsed + done.deemed + done.erased {
            tracing::info!(
                lapsed = done.lapsed,
                erased = done.erased,
                deemed = done.deemed,
                "time's own acts"
            );
        }
    }

    /// An act that is done in several calls, until one does nothing.
    async fn all<F>(&mut self, app: &AppState, name: &'static str, call: impl Fn() -> F) -> u64
    where
        F: Future<Output = Result<u64, StoreError>>,
    {
        let mut all = 0;
        while let Some(some @ 1..) = self.act(app, name, async { call().await }).await {
            all += some;
        }
        all
    }

    /// Does one act, unless it has to wait; what goes wrong with it is told, and is its own.
    async fn act<T>(
        &mut self,
        app: &AppState,
        name: &'static str,
        doing: impl Future<Output = Result<T, StoreError>>,
    ) -> Option<T> {
        let now = tokio::time::Instant::now();
        if self.waiting.get(name).is_some_and(|until| now < *until) {
            return None;
        }
        let broke = Condition::JobBroke { job: name };
        let outcome = caught(doing).await;
        self.beats(app);
        let error = match outcome {
            Ok(outcome) => {
                app.readiness.lower(&broke);
                match outcome {
                    Ok(done) => {
                        self.waiting.remove(name);
                        return Some(done);
                    }
                    Err(error) => error,
                }
            }
            Err(said) => {
                app.readiness.raise(broke);
                StoreError::Unavailable(format!("it panicked: {said}"))
            }
        };
        if app.store.standing().is_ok() {
            tracing::error!(act = name, %error, "one of time's own acts has to wait");
        } else {
            // What lies beneath is lost: that has been said once, for all that comes of it.
            tracing::debug!(act = name, %error, "one of time's own acts has to wait");
        }
        self.waiting.insert(name, now + AFTER_A_FAULT);
        self.fault.get_or_insert(error);
        None
    }

    fn beats(&self, app: &AppState) {
        if self.is_watched {
            app.readiness.looked(app.clock.steady());
        }
    }
}

/// Something that may take minutes, and is no end of the looks.
async fn beating<T>(app: &AppState, is_watched: bool, doing: impl Future<Output = T>) -> T {
    let mut doing = pin!(doing);
    for _ in 0..BEATS {
        if let Ok(done) = tokio::time::timeout(BEAT, doing.as_mut()).await {
            return done;
        }
        if is_watched {
            app.readiness.looked(app.clock.steady());
        }
    }
    doing.await
}

/// Article 6: which requests have been kept long enough at `now`.
fn retentions(policy: &Policy, now: Instant) -> Vec<Retention> {
    let reason = String::new;
    let meeting = Meeting::kept("", None, String::new());
    let missed = Confirmed { start: now, meeting, joined: false, word_received: false };
    // The rule looks at the kind of the state alone.
    let closed = [
        BookingState::Declined { reason: reason() },
        BookingState::Withdrawn,
        BookingState::Lapsed,
        BookingState::Held,
        BookingState::Cancelled { word_at: now },
        BookingState::CancelledByOffice { reason: reason() },
        BookingState::Stopped { reason: reason() },
        BookingState::DeemedCancelled { missed, at: now },
    ];
    let ended = closed.iter().map(|state| Some((state.name(), kept_from(policy, state, now)?)));
    ended.flatten().map(|(state, before)| Retention { state, before }).collect()
}

/// The first moment from which a retention that began then has not ended today. The rule tells the end by the beginning, in
/// whole days: one that begins today shows how many.
fn kept_from(policy: &Policy, state: &BookingState, now: Instant) -> Option<Instant> {
    let today = day_of(now);
    let kept = records::erased_from(policy, state, now)? - today;
    Some(midnight(today - kept + TimeDelta::days(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::Office;
    use precheck_shared::time::parse_instant;

    #[test]
    fn article_6_the_retentions_that_have_ended_are_those_of_the_rule() {
        let office = Office::otaru().unwrap();
        let policy = &*office.policy();
        for now in ["2026-12-27T00:00:00+09:00", "2026-12-27T23:59:59+09:00", "2027-03-01T12:00:00+09:00"] {
            let now = parse_instant(now).unwrap();
            let before = kept_from(policy, &BookingState::Lapsed, now).unwrap();
            let ends = |since| records::erased_from(policy, &BookingState::Lapsed, since).unwrap();
            assert!(ends(before - TimeDelta::milliseconds(1)) <= day_of(now), "{now}");
            assert!(day_of(now) < ends(before), "{now}");
            assert_eq!(kept_from(policy, &BookingState::Requested, now), None);
        }
    }
}
