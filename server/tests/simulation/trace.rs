//! What happened, in order: hashed, so that two runs can be compared; its last lines kept, so that a failure can be read.

use std::collections::{BTreeMap, VecDeque};

use precheck_server::clock::ManualClock;
use precheck_shared::time::{Instant, JST, format_instant};

/// Lines kept for a failure.
const TAIL: usize = 40;

/// What happened.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    hash: u64,
    tail: VecDeque<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Trace {
    /// Something happened at a moment.
    pub(crate) fn tell(&mut self, now: i64, what: &str) {
        self.hash = what.bytes().fold(self.hash ^ now.unsigned_abs(), |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(format!("{} {what}", shown(now)));
    }

    /// One more of these in the table.
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// What two runs of one seed have in common.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// The last lines.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.tail.iter().cloned().collect()
    }

    /// The table.
    pub(crate) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }
}

/// A moment from milliseconds since 1970.
pub(crate) fn instant(millis: i64) -> Instant {
    chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default().with_timezone(&JST)
}

/// The same for people.
pub(crate) fn shown(millis: i64) -> String {
    format_instant(instant(millis))
}

/// A clock that shows such a moment.
pub(crate) fn set(clock: &ManualClock, millis: i64) {
    clock.set(instant(millis));
}
