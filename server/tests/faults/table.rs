//! How it is told: a row for each fault, and below it what went wrong.

use std::fmt::Write as _;
use std::time::Duration;

use crate::ledger::Tally;

/// The first two lines.
pub(crate) const HEAD: &str = "\
| fault                     | database   |   tries | acknowledged | lost | doubled | worst answer |  took | how |
|---------------------------|------------|--------:|-------------:|-----:|--------:|-------------:|------:|-----|";

/// A line, and one more for everything that went wrong.
pub(crate) fn row(fault: &str, database: &str, tally: &Tally, took: Duration) -> String {
    let Tally { tries, acknowledged, lost, doubled, worst, wrong, note } = tally;
    let worst = format!("{} ms", worst.as_millis());
    let mut text = format!(
        "| {fault:25} | {database:10} | {tries:>7} | {acknowledged:>12} | {lost:>4} | {doubled:>7} | {worst:>12} | {:>3} s | {note} |\n",
        took.as_secs()
    );
    for line in wrong.iter().take(10) {
        let _ = writeln!(text, "FAILED: {line}");
    }
    if 10 < wrong.len() {
        let _ = writeln!(text, "FAILED: and {} more", wrong.len() - 10);
    }
    text
}

impl Tally {
    /// A trial that did not come to its end.
    pub(crate) fn broken(why: &str) -> Self {
        Self { wrong: vec![why.to_owned()], ..Self::default() }
    }

    /// Whether everything was as promised.
    pub(crate) fn holds(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.wrong.is_empty()
    }
}
