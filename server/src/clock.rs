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

    /// How much time has passed since some moment, by a clock that nobody sets: what [`Self::now`] has gained beyond that,
    /// somebody has set.
    fn steady(&self) -> Duration {
        read_steady()
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
pub struct ManualClock(Mutex<(Instant, Duration)>);

impl ManualClock {
    /// Stands at `now`.
    pub fn new(now: Instant) -> Self {
        Self(Mutex::new((now, Duration::ZERO)))
    }

    /// Lets time pass up to `now`; one that lies behind is set.
    pub fn set(&self, now: Instant) {
        let mut held = self.held();
        let passed = (now - held.0).to_std().unwrap_or_default();
        *held = (now, held.1 + passed);
    }

    /// Sets it, as somebody does to a machine's clock: no time passes.
    pub fn jump(&self, now: Instant) {
        self.held().0 = now;
    }

    fn held(&self) -> std::sync::MutexGuard<'_, (Instant, Duration)> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.held().0
    }

    fn steady(&self) -> Duration {
        self.held().1
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

/// Since the machine started, the time that it slept included: a machine that wakes up has not had its clock set.
#[cfg(target_os = "linux")]
fn read_steady() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

/// Since the first time that anybody asked.
#[cfg(not(target_os = "linux"))]
fn read_steady() -> Duration {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    FIRST.get_or_init(std::time::Instant::now).elapsed()
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

    #[test]
    fn the_steady_clock_goes_on_by_itself_and_a_manual_one_with_the_time_that_passes_and_not_with_what_is_set()
     {
        let before = SystemClock::default().steady();
        assert!(Duration::ZERO < before && before <= SystemClock::default().steady());
        let [one, two, three] = ["2026-11-24", "2026-11-25", "2027-11-25"]
            .map(|it| parse_instant(&format!("{it}T09:00:00+09:00")).unwrap());
        let clock = ManualClock::new(one);
        clock.set(two);
        assert_eq!(clock.steady(), Duration::from_hours(24));
        clock.jump(three);
        clock.set(one);
        assert_eq!((clock.now(), clock.steady()), (one, Duration::from_hours(24)));
    }
}
