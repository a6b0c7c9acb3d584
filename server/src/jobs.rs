//! Time's own acts: what becomes of a request because nobody did anything. Articles 4(2), 4(3) and 6.
//!
//! One task looks at the server's clock every few seconds. What fell due while the server was down or its clock stood still
//! is done at the first look, as of the moment at which it fell due, and once only: each act is one transaction that takes
//! up no request which has it behind it. Of several processes on one database one does it. The log tells counts, never whose.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use precheck_shared::booking::{BookingState, Confirmed, Meeting};
use precheck_shared::policy::Policy;
use precheck_shared::records;
use precheck_shared::time::{Instant, day_of, midnight};
use tokio::time::MissedTickBehavior;

use crate::service;
use crate::state::AppState;
use crate::store::{Retention, StoreError};

pub mod ground;

/// From one look at the clock to the next. Nobody waits for it: a receipt says the same before and after.
const EVERY: Duration = Duration::from_secs(5);

/// After a fault of the disk, until the next try: building the file anew on a disk that is full helps nobody.
const AFTER_A_FAULT: Duration = Duration::from_mins(1);

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
    tokio::join!(keep_time(&app), keep_settings(&app));
}

/// Article 4(1): seats and closures that were set in another process count in this one too, also where it does not lead.
async fn keep_settings(app: &AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = service::settings::refresh(app).await {
            tracing::error!(%error, "what the desk has set is not known anew");
        }
    }
}

async fn keep_time(app: &AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match once(app).await {
            Ok(Done { forgotten, .. }) => {
                if !forgotten {
                    tracing::debug!(
                        "a reader holds the log; what was erased is cut from it at the next look"
                    );
                }
            }
            Err(error) => {
                tracing::error!(%error, "time's own acts have to wait");
                ticks.reset_after(AFTER_A_FAULT);
            }
        }
    }
}

/// Does everything that is due now.
///
/// # Errors
/// The store's; what was done before the fault stays done, the rest is done at the next look.
pub async fn once(app: &AppState) -> Result<Done, StoreError> {
    if !app.store.leads().await? {
        return Ok(Done { forgotten: true, ..Done::default() });
    }
    let now = app.clock.now();
    let mut done = Done::default();
    loop {
        let lapsed = app.store.lapse_due(now).await?;
        done.lapsed += lapsed;
        if lapsed == 0 {
            break;
        }
    }
    loop {
        let deemed = service::silences(app, now).await?;
        done.deemed += deemed;
        if deemed == 0 {
            break;
        }
    }
    let ended = retentions(&app.office.policy(), now);
    loop {
        let erased = app.store.erase_due(now, ended.clone()).await?;
        done.erased += erased;
        if erased == 0 {
            break;
        }
    }
    service::visits::forget(app, now).await?;
    service::conduct::forget_over(app, now).await?;
    if 0 < done.lapsed + done.deemed + done.erased {
        tracing::info!(lapsed = done.lapsed, erased = done.erased, deemed = done.deemed, "time's own acts");
    }
    while service::audit::chain::extend(app).await? {}
    done.forgotten = app.store.forget_erased().await?;
    Ok(done)
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
