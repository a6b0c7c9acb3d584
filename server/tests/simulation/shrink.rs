//! A failing run made small: fewer faults, fewer people, fewer days, as long as the same thing is broken. Bounded, since each
//! try is a run.

use crate::settings::{Fault, Settings};
use crate::world::{self, DAY, Outcome};

/// Most tries.
const TRIES: u32 = 40;

/// The smallest run found that breaks the same, and what it came to.
pub(crate) async fn shrink(failing: &Settings, first: Outcome) -> (Settings, Outcome) {
    let mut tries = 0;
    let (mut smallest, mut outcome) = (failing.clone(), first);
    loop {
        let mut smaller = None;
        for candidate in candidates(&smallest, &outcome) {
            if TRIES <= tries {
                return (smallest, outcome);
            }
            tries += 1;
            let came_to = world::run(&candidate).await;
            if breaks(&came_to) == breaks(&outcome) {
                smaller = Some((candidate, came_to));
                break;
            }
        }
        match smaller {
            Some(found) => (smallest, outcome) = found,
            None => return (smallest, outcome),
        }
    }
}

fn breaks(outcome: &Outcome) -> Option<&'static str> {
    outcome.failed.as_ref().map(|it| it.invariant)
}

/// Smaller runs, the greatest steps first.
fn candidates(from: &Settings, outcome: &Outcome) -> Vec<Settings> {
    let mut all = Vec::new();
    let reached = outcome.lived / DAY + 1;
    for days in [reached, from.days / 2, from.days - 1] {
        if 0 < days && days < from.days {
            all.push(Settings { days, ..from.clone() });
        }
    }
    for people in [from.people / 4, from.people / 2] {
        if 0 < people {
            all.push(Settings { people, ..from.clone() });
        }
    }
    if 1 < from.rough {
        all.push(Settings { rough: from.rough / 2, ..from.clone() });
    }
    let without = |faults: &[Fault]| {
        let faults = from.faults.iter().copied().filter(|it| !faults.contains(it)).collect();
        Settings { faults, ..from.clone() }
    };
    let faults: Vec<_> = from.faults.iter().copied().collect();
    let half = faults.len() / 2;
    if 2 < faults.len() {
        all.extend([without(&faults[..half]), without(&faults[half..])]);
    }
    all.extend(faults.iter().map(|it| without(&[*it])));
    all
}
