//! The checklist's outcomes in one column: `camera=attested speaker=passed`. Readable in the database, and nothing but names
//! of ours.

use precheck_shared::checklist::{Item, Outcome};

pub(super) fn written(outcomes: &[(Item, Outcome)]) -> String {
    let pairs: Vec<_> =
        outcomes.iter().map(|(item, outcome)| format!("{}={}", item.as_str(), outcome.as_str())).collect();
    pairs.join(" ")
}

pub(super) fn read(text: &str) -> Vec<(Item, Outcome)> {
    let pairs = text.split(' ').filter_map(|it| it.split_once('='));
    pairs.filter_map(|(item, outcome)| Some((Item::parse(item)?, Outcome::parse(outcome)?))).collect()
}
