//! The one place that reads the time.
//!
//! Every rule takes "now" as an argument; a handler asks the clock once and passes the answer on. `--clock` starts the
//! system's clock at another instant and lets it run, which later features and demonstrations rely on.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use precheck_shared::time::{Instant, JST};

/// Tells the time, at Japan's offset, in whole milliseconds.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Instant;

    /// Whether it was started at another instant than the machine's.
    fn is_shifted(&self) -> bool {
        false
    }
}

/// The machine's clock, or one that was started at a given instant and runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock {
    shifted: Option<(Instant, std::time::Instant)>,
}

impl SystemClock {
    /// Starts at `start` and runs on monotonically, whatever happens to the machine's clock.
    pub fn starting_at(start: Instant) -> Self {
        Self { shifted: Some((start, std::time::Instant::now())) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let since_epoch = match self.shifted {
            Some((start, began)) => {
                let passed = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
                start.timestamp_millis().saturating_add(passed)
            }
            None => milliseconds(read_machine()),
        };
        from_millis(since_epoch)
    }

    fn is_shifted(&self) -> bool {
        self.shifted.is_some()
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock(Mutex<Instant>);

impl ManualClock {
    /// Stands at `now`.
    pub fn new(now: Instant) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it, forwards or backwards.
    pub fn set(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// An instant from milliseconds since 1970 UTC; what no calendar can hold becomes 1970.
pub(crate) fn from_millis(milliseconds: i64) -> Instant {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default().with_timezone(&JST)
}

#[expect(clippy::disallowed_methods, reason = "the rim: everything else asks a `Clock`")]
fn read_machine() -> Duration {
    // A clock before 1970 is a machine without a battery; 1970 makes that visible everywhere.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use precheck_shared::time::parse_instant;

    #[test]
    fn a_shifted_clock_starts_at_its_instant_and_runs_on() {
        let start = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
        let clock = SystemClock::starting_at(start);
        let first = clock.now();
        assert!(start <= first && first < start + chrono::TimeDelta::minutes(1));
        assert!(first <= clock.now());
    }
}
