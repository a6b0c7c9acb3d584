//! Names that an older version folded otherwise are made findable anew, once.
//!
//! The hashes rest on names that are sealed, so that a migration, which has no key, cannot make them. The process that leads goes
//! through the bookings after the start, from the latest to the first, a few in each transaction, while it serves; a row of `meta`
//! says how far it has come, and of which folding. Ended in between, it goes on from there. A person that cannot be opened keeps
//! the hashes that she has, and a line in the log.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::hashes;
use crate::service::reading::Person;
use crate::state::AppState;
use crate::store::StoreError;
use crate::store::desk::names::{self, Kept};
use crate::store::sql;
use crate::vault;

/// Which folding this program has. Whoever changes what [`super::fold`] or the stored forms make of a name counts on.
const FOLDING: u32 = 2;

/// Bookings in one transaction.
const PORTION: u32 = 50;

/// Between two portions, so that whoever writes meanwhile comes first.
const PAUSE: Duration = Duration::from_millis(20);

/// After a fault, and for a process that does not lead, until the next look.
const NEXT_LOOK: Duration = Duration::from_mins(1);

/// Goes through all of them, in the background.
pub async fn run(app: &Arc<AppState>) {
    let mut ticks = tokio::time::interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match look(app).await {
            Ok(Look::Done) => return,
            Ok(Look::Portion) => {}
            Ok(Look::NotOurs) => ticks.reset_after(NEXT_LOOK),
            Err(error) => {
                tracing::warn!(%error, "names are not all findable in every spelling yet");
                ticks.reset_after(NEXT_LOOK);
            }
        }
    }
}

/// Goes through all of them, and comes back when that is done.
///
/// # Errors
/// Those of the store; what was done stays done.
pub async fn all(app: &Arc<AppState>) -> Result<(), StoreError> {
    while look(app).await? == Look::Portion {}
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Look {
    Done,
    Portion,
    NotOurs,
}

async fn look(app: &Arc<AppState>) -> Result<Look, StoreError> {
    if !app.store.leads().await? {
        return Ok(Look::NotOurs);
    }
    let state = Arc::clone(app);
    let portion = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let Some(below) = names::left(tx, FOLDING).await? else { return Ok(false) };
            let kept = names::below(tx, below, PORTION).await?;
            for one in &kept {
                if let Some(person) = opened(&state, one) {
                    names::replace(tx, one.id, hashes(&state.vault, &person.name)).await?;
                } else {
                    let number = one.number.as_str();
                    tracing::error!(number, "this person cannot be opened; her name is found as it was");
                }
            }
            names::came_to(tx, FOLDING, kept.last().map(|it| it.id)).await?;
            Ok(true)
        })
    });
    Ok(if portion.await? { Look::Portion } else { Look::Done })
}

fn opened(app: &AppState, one: &Kept) -> Option<Person> {
    let name = vault::person_name_of(app.office.id(), &one.number);
    serde_json::from_slice(&app.vault.open(&name, &one.person).ok()?).ok()
}
