//! Keeps the widget's files for whoever comes with a loader, a page or a tab of an earlier release: at the start, and every day.
//!
//! What goes by the clock waits as long as the clock is not believed, as everything that cannot be taken back does. Nothing here is
//! waited for by anything else, and nothing that fails is more than a warning.

use std::time::Duration;

use precheck_shared::time::day_of;
use tokio::time::MissedTickBehavior;

use crate::assets;
use crate::readiness::Condition;
use crate::releases::{Outcome, Today};
use crate::service::clock;
use crate::state::AppState;

/// How long a start waits: an update that follows at once finds the files there. A disk that takes longer goes on alone.
const WAITED: Duration = Duration::from_secs(2);

/// From one time to the next at which it is looked whether a day has begun, or what went wrong goes now.
const EVERY: Duration = Duration::from_hours(1);

/// Before the server listens: keeps the files of this release.
pub async fn begin(app: &AppState) {
    if let Ok(outcome) = tokio::time::timeout(WAITED, once(app)).await {
        tell(&outcome, &[]);
    } else {
        tracing::warn!("keeping the widget's files takes long; the server does not wait for it");
    }
}

/// For good.
pub(super) async fn run(app: &AppState) {
    let mut told = Vec::new();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What `begin` has told needs no telling at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if !app.releases.has_looked(today(app).await) {
            let outcome = once(app).await;
            tell(&outcome, &told);
            told = outcome.warnings;
        }
    }
}

/// Looks now. Nothing is done where another look is on its way.
pub async fn once(app: &AppState) -> Outcome {
    let (today, releases) = (today(app).await, app.releases.clone());
    let looked = tokio::task::spawn_blocking(move || releases.look(&assets::own(), today)).await;
    match looked {
        Ok(outcome) => outcome.unwrap_or_default(),
        Err(error) => Outcome { warnings: vec![error.to_string()], ..Outcome::default() },
    }
}

/// The day, as far as anybody knows it: the last one that was believed where the clock is not.
async fn today(app: &AppState) -> Today {
    let now = app.clock.now();
    // Learns what the database has seen, where that is not known yet.
    let known = clock::due_at(app, now).await;
    match app.against_the_clock(now) {
        Some(Condition::ClockAhead { seen, .. } | Condition::ClockBehind { seen, .. }) => {
            Today { day: day_of(seen), is_believed: false }
        }
        _ => Today { day: day_of(now), is_believed: known.is_ok() },
    }
}

fn tell(outcome: &Outcome, told: &[String]) {
    let Outcome { copied, removed, warnings, .. } = outcome;
    if 0 < copied + removed {
        tracing::info!(
            copied,
            removed,
            "the widget's files are kept for whoever has those of an earlier release"
        );
    }
    for warning in warnings.iter().filter(|it| !told.contains(it)) {
        tracing::warn!(
            "the widget's files are not all kept for whoever has the page open at an update: {warning}"
        );
    }
}
