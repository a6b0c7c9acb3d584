//! Article 10(4): the office's thresholds for a line that carries a video call.
//!
//! Measuring and grading are for `checklist::line`.

use serde::{Deserialize, Serialize};

use crate::wire_fields;

/// Article 10(4): what a line must give for a video call between two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRules {
    /// Each way, in kbit/s: good from here on.
    pub good_kbps: u16,
    /// Each way, in kbit/s: below it not even the voice is safe.
    pub least_kbps: u16,
    /// There and back, in milliseconds: good up to here.
    pub good_round_trip_ms: u16,
    /// How much the round trip differs from one time to the next, in milliseconds: good up to here.
    pub good_jitter_ms: u16,
    /// Percent of probes without an answer: good up to here.
    pub good_loss_percent: u8,
    /// Percent of probes without an answer: above it the picture freezes.
    pub least_loss_percent: u8,
}

wire_fields!(LineRules {
    good_kbps,
    least_kbps,
    good_round_trip_ms,
    good_jitter_ms,
    good_loss_percent,
    least_loss_percent
});

impl LineRules {
    /// What contradicts itself, one line per fault.
    pub fn faults(&self) -> Vec<&'static str> {
        let kbps = 0 < self.least_kbps && self.least_kbps < self.good_kbps;
        let loss = self.good_loss_percent < self.least_loss_percent && self.least_loss_percent <= 100;
        let times = 0 < self.good_round_trip_ms && 0 < self.good_jitter_ms;
        let mut faults = Vec::new();
        for (holds, fault) in [
            (kbps, "least_kbps is 1 or more and below good_kbps"),
            (loss, "good_loss_percent is below least_loss_percent, and that is 100 at most"),
            (times, "good_round_trip_ms and good_jitter_ms are 1 or more"),
        ] {
            if !holds {
                faults.push(fault);
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;

    #[track_caller]
    fn check(change: impl FnOnce(&mut LineRules), expected: &[&str]) {
        let mut rules = otaru_policy().checklist.line;
        change(&mut rules);
        let found = rules.faults();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (fault, start) in found.iter().zip(expected) {
            assert!(fault.starts_with(start), "{fault}");
        }
    }

    #[test]
    fn article_10_4_a_good_line_is_better_than_a_poor_one() {
        check(|_| {}, &[]);
        check(|it| it.least_kbps = it.good_kbps - 1, &[]);
        check(|it| it.least_kbps = it.good_kbps, &["least_kbps"]);
        check(|it| it.least_kbps = 0, &["least_kbps"]);
        check(|it| it.good_loss_percent = it.least_loss_percent - 1, &[]);
        check(|it| it.good_loss_percent = it.least_loss_percent, &["good_loss_percent"]);
        check(|it| it.least_loss_percent = 100, &[]);
        check(|it| it.least_loss_percent = 101, &["good_loss_percent"]);
        check(|it| it.good_round_trip_ms = 0, &["good_round_trip_ms"]);
        check(|it| (it.least_kbps, it.good_jitter_ms) = (0, 0), &["least_kbps", "good_round_trip_ms"]);
    }
}
