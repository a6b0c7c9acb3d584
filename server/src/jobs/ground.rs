//! Looks at what lies beneath the server also while nobody asks for anything: the files, the key, the schema.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use crate::state::AppState;

/// From one look to the next. Writes look for themselves; this one is for the log and for `/readyz`.
const EVERY: Duration = Duration::from_secs(1);

/// For good.
pub async fn watch(app: Arc<AppState>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = app.store.look_beneath().await {
            // What was lost is told by whoever found it.
            tracing::debug!(%error, "what lies beneath the server cannot be relied on");
        }
    }
}
