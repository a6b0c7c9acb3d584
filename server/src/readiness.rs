//! Whether this server can be relied on and, where it cannot, why.
//!
//! What is wrong is a [`Condition`]. While there is one, `/readyz` answers 503 and names it, and the desk shows it on its pages;
//! the log tells once that it has begun, loudly, and once that it is over.
//!
//! RULEBOOK, Records: the clock is one untrusted input. What it shows is believed within bounds around the newest instant that
//! the database has seen. That instant moves no faster than the machine's steady clock does, so that many small steps of a clock
//! come to as much as one large step.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use precheck_shared::policy::Policy;
use precheck_shared::time::{Instant, format_instant};

use crate::state::AppState;

/// Time's own acts look at the clock every few seconds; where they have not for so long, they do not any more.
const LONGEST_BETWEEN_LOOKS: Duration = Duration::from_mins(1);

/// What keeps a server from being relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The clock is further ahead of what the database has seen than anybody may believe.
    ClockAhead {
        /// What it shows.
        shows: Instant,
        /// The newest instant that was believed.
        seen: Instant,
    },
    /// The clock is behind what the database has seen.
    ClockBehind {
        /// What it shows.
        shows: Instant,
        /// The newest instant that was believed.
        seen: Instant,
    },
    /// Nothing looks at the clock any more: time's own acts are not done.
    JobsStill,
    /// One of time's own acts has panicked, and has not been done since.
    JobBroke {
        /// Which.
        job: &'static str,
    },
}

impl Condition {
    /// Whether it is the same trouble, whatever its figures are now.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::JobBroke { job }, Self::JobBroke { job: other }) => job == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// Whether it is about the clock.
    fn is_of_the_clock(&self) -> bool {
        matches!(self, Self::ClockAhead { .. } | Self::ClockBehind { .. })
    }
}

/// For an operator: what is wrong, what follows, what to do.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HELD: &str = "nothing lapses and nothing is erased meanwhile; look at the machine's clock, and where it is right \
            run: precheck-server clock accept";
        match self {
            Self::ClockAhead { shows, seen } | Self::ClockBehind { shows, seen } => {
                let side = if seen < shows { "ahead of" } else { "behind" };
                let by = in_words((*shows - *seen).abs());
                let [shows, seen] = [shows, seen].map(|it| format_instant(*it));
                write!(f, "the clock shows {shows}, {by} {side} what the database has seen ({seen}): {HELD}")
            }
            Self::JobsStill => write!(
                f,
                "nothing has looked at the clock for a minute: nothing lapses and nothing is erased; restart the server"
            ),
            Self::JobBroke { job } => {
                write!(
                    f,
                    "one of time's own acts panicked ({job}) and is tried again every minute; the log says more"
                )
            }
        }
    }
}

fn in_words(length: TimeDelta) -> String {
    match (length.num_days(), length.num_hours(), length.num_minutes()) {
        (2.., _, _) => format!("{} days", length.num_days()),
        (_, 2.., _) => format!("{} hours", length.num_hours()),
        _ => format!("{} minutes", length.num_minutes()),
    }
}

/// How far a clock may be from what the database has seen.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    ahead: TimeDelta,
    behind: TimeDelta,
}

impl Bounds {
    fn of(policy: &Policy) -> Self {
        Self {
            ahead: TimeDelta::days(policy.records.clock_ahead_days.into()),
            behind: TimeDelta::minutes(policy.records.clock_behind_minutes.into()),
        }
    }
}

/// What the database says of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The newest instant that was believed.
    pub newest: Instant,
    /// How often a person has accepted a clock.
    pub acceptances: i64,
}

/// The same with how far it may move.
#[derive(Debug, Clone, Copy)]
struct Followed {
    seen: Seen,
    /// What the clock and the steady one showed when the clock was first believed, or was accepted.
    since: Option<(Instant, Duration)>,
}

impl Followed {
    /// What speaks against the clock. One that is believed moves the newest instant on.
    fn judge(&mut self, now: Instant, steady: Duration, bounds: Bounds) -> Option<Condition> {
        let seen = self.seen.newest;
        if bounds.ahead < now - seen {
            return Some(Condition::ClockAhead { shows: now, seen });
        }
        if bounds.behind < seen - now {
            return Some(Condition::ClockBehind { shows: now, seen });
        }
        let (began, then) = *self.since.get_or_insert((now, steady));
        let passed = TimeDelta::from_std(steady.saturating_sub(then)).unwrap_or(TimeDelta::MAX);
        let explained = began.checked_add_signed(passed).unwrap_or(now);
        self.seen.newest = seen.max(now.min(explained));
        None
    }

    /// What another process has seen, or a person has accepted.
    fn learn(&mut self, kept: Seen) {
        if kept.acceptances == self.seen.acceptances {
            self.seen.newest = self.seen.newest.max(kept.newest);
        } else {
            *self = Self { seen: kept, since: None };
        }
    }
}

/// What this process knows of itself.
#[derive(Debug, Default)]
pub struct Readiness {
    clock: Mutex<Option<Followed>>,
    lasting: Mutex<Vec<Condition>>,
    /// The steady clock at the last look of time's own acts; none where this process does not do them.
    looked: Mutex<Option<Duration>>,
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Readiness {
    /// Something keeps this server from being relied on, from now on; it is told once.
    pub fn raise(&self, condition: Condition) {
        let mut lasting = held(&self.lasting);
        if let Some(known) = lasting.iter_mut().find(|it| it.is_like(&condition)) {
            *known = condition;
            return;
        }
        tracing::error!("NOT READY: {condition}");
        lasting.push(condition);
    }

    /// It does no longer.
    pub fn lower(&self, condition: &Condition) {
        self.lower_all(|it| it.is_like(condition));
    }

    fn lower_all(&self, over: impl Fn(&Condition) -> bool) {
        for over in held(&self.lasting).extract_if(.., |it| over(it)) {
            tracing::info!("over: {over}");
        }
    }

    /// Time's own acts are looked after, as of the steady clock.
    pub(crate) fn looked(&self, steady: Duration) {
        *held(&self.looked) = Some(steady);
    }

    /// What the database says of time.
    pub(crate) fn learn(&self, kept: Seen) {
        held(&self.clock).get_or_insert(Followed { seen: kept, since: None }).learn(kept);
    }

    /// What this process has seen, if it has looked.
    pub(crate) fn seen(&self) -> Option<Seen> {
        held(&self.clock).map(|it| it.seen)
    }

    /// Tells of the clock, once, what a look has found.
    pub(crate) fn tell_of_the_clock(&self, found: Option<Condition>) {
        self.lower_all(|it| it.is_of_the_clock() && found.as_ref().is_none_or(|found| !found.is_like(it)));
        if let Some(found) = found {
            self.raise(found);
        }
    }

    fn conditions(&self, of_the_clock: Option<Condition>, steady: Duration) -> Vec<Condition> {
        let looked = *held(&self.looked);
        let still = looked.is_some_and(|it| LONGEST_BETWEEN_LOOKS < steady.saturating_sub(it));
        let lasting = held(&self.lasting).clone().into_iter().filter(|it| !it.is_of_the_clock());
        of_the_clock.into_iter().chain(still.then_some(Condition::JobsStill)).chain(lasting).collect()
    }
}

impl AppState {
    /// What speaks against the clock at `now`; nothing where this process does not know yet what the database has seen.
    pub(crate) fn against_the_clock(&self, now: Instant) -> Option<Condition> {
        let bounds = Bounds::of(&self.office.policy());
        held(&self.readiness.clock).as_mut()?.judge(now, self.clock.steady(), bounds)
    }

    /// All that keeps this server from being relied on at this moment; empty where it can be.
    pub fn conditions(&self) -> Vec<Condition> {
        let of_the_clock = self.against_the_clock(self.clock.now());
        self.readiness.conditions(of_the_clock, self.clock.steady())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use precheck_shared::time::parse_instant;

    const BOUNDS: Bounds = Bounds { ahead: TimeDelta::days(3), behind: TimeDelta::minutes(5) };

    fn jst(text: &str) -> Instant {
        parse_instant(&format!("{text}+09:00")).unwrap()
    }

    fn followed(newest: &str) -> Followed {
        Followed { seen: Seen { newest: jst(newest), acceptances: 0 }, since: None }
    }

    /// Judges on a machine that has run for so many seconds.
    fn judge(it: &mut Followed, now: &str, seconds: u64) -> &'static str {
        match it.judge(jst(now), Duration::from_secs(seconds), BOUNDS) {
            None => "believed",
            Some(Condition::ClockAhead { .. }) => "ahead",
            Some(Condition::ClockBehind { .. }) => "behind",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_clock_is_believed_up_to_its_bounds_and_not_beyond() {
        for (now, said) in [
            ("2026-11-24T09:00:00", "believed"),
            ("2026-11-27T09:00:00", "believed"),
            ("2026-11-27T09:00:00.001", "ahead"),
            ("2036-11-24T09:00:00", "ahead"),
            ("2026-11-24T08:55:00", "believed"),
            ("2026-11-24T08:54:59.999", "behind"),
            ("1970-01-01T09:00:00", "behind"),
        ] {
            assert_eq!(judge(&mut followed("2026-11-24T09:00:00"), now, 7), said, "{now}");
        }
    }

    #[test]
    fn a_clock_that_is_not_believed_moves_nothing_and_one_that_comes_back_is_believed() {
        let mut it = followed("2026-11-24T09:00:00");
        assert_eq!(judge(&mut it, "2026-11-24T09:00:05", 5), "believed");
        assert_eq!(judge(&mut it, "2027-01-20T09:00:10", 10), "ahead");
        assert_eq!(judge(&mut it, "1970-01-01T09:00:15", 15), "behind");
        assert_eq!(it.seen.newest, jst("2026-11-24T09:00:05"));
        assert_eq!(judge(&mut it, "2026-11-24T09:00:20", 20), "believed");
        assert_eq!(it.seen.newest, jst("2026-11-24T09:00:20"));
    }

    #[test]
    fn many_small_steps_come_to_as_much_as_one_large_one() {
        let mut it = followed("2026-11-24T09:00:00");
        let steps = (0..).map(|step| {
            let now = jst("2026-11-24T09:00:00") + TimeDelta::hours(7) * step;
            it.judge(now, Duration::from_secs(5) * step.unsigned_abs(), BOUNDS)
        });
        // Ten steps are 70 hours, eleven are 77.
        assert_eq!(steps.take_while(Option::is_none).count(), 11);
        assert!(it.seen.newest < jst("2026-11-24T09:01:00"));
    }

    #[test]
    fn time_that_passes_is_believed_however_long_nobody_looks_every_few_days() {
        let mut it = followed("2026-11-24T09:00:00");
        for day in 0..400 {
            let now = jst("2026-11-24T09:00:00") + TimeDelta::days(day);
            let steady = Duration::from_hours(24) * u32::try_from(day).unwrap();
            assert_eq!(it.judge(now, steady, BOUNDS), None, "{day}");
            assert_eq!(it.seen.newest, now);
        }
    }

    #[test]
    fn what_a_person_accepts_is_that_instant_and_no_later_jump() {
        let mut it = followed("2026-11-24T09:00:00");
        assert_eq!(judge(&mut it, "2027-01-20T09:00:00", 5), "ahead");
        it.learn(Seen { newest: jst("2027-01-20T09:00:00"), acceptances: 1 });
        assert_eq!(judge(&mut it, "2027-05-01T09:00:00", 10), "ahead");
        assert_eq!(judge(&mut it, "2027-01-20T09:00:12", 12), "believed");
        // Backwards as well.
        it.learn(Seen { newest: jst("2026-11-25T09:00:00"), acceptances: 2 });
        assert_eq!(judge(&mut it, "2027-01-20T09:00:20", 20), "ahead");
        assert_eq!(judge(&mut it, "2026-11-25T09:00:03", 23), "believed");
        // What another process has seen counts too, and what it has not seen takes nothing back.
        it.learn(Seen { newest: jst("2026-11-25T09:30:00"), acceptances: 2 });
        it.learn(Seen { newest: jst("2026-11-25T08:00:00"), acceptances: 2 });
        assert_eq!(judge(&mut it, "2026-11-25T09:20:00", 30), "behind");
    }

    #[test]
    fn a_server_is_not_ready_when_nothing_has_looked_at_the_clock_for_more_than_a_minute() {
        let it = Readiness::default();
        let at = Duration::from_secs;
        assert_eq!(
            it.conditions(None, at(5000)),
            [],
            "a process that does not look is none that stopped looking"
        );
        it.looked(at(100));
        assert_eq!(it.conditions(None, at(160)), []);
        assert_eq!(it.conditions(None, at(161)), [Condition::JobsStill]);
        it.looked(at(162));
        assert_eq!(it.conditions(None, at(163)), []);
    }

    #[test]
    fn a_trouble_is_there_once_until_it_is_over_and_another_stays() {
        let it = Readiness::default();
        let broke = |job| Condition::JobBroke { job };
        it.raise(broke("lapsing"));
        it.raise(broke("erasing"));
        it.raise(broke("lapsing"));
        assert_eq!(it.conditions(None, Duration::ZERO), [broke("lapsing"), broke("erasing")]);
        it.lower(&broke("lapsing"));
        assert_eq!(it.conditions(None, Duration::ZERO), [broke("erasing")]);
    }

    #[test]
    fn an_operator_is_told_what_the_clock_shows_what_was_seen_and_what_to_do() {
        let [seen, shows] = [jst("2026-11-24T09:00:00"), jst("2027-01-20T10:00:00")];
        let said = Condition::ClockAhead { shows, seen }.to_string();
        for part in
            ["2027-01-20T10:00:00+09:00, 57 days ahead of", "2026-11-24T09:00:00+09:00", "clock accept"]
        {
            assert!(said.contains(part), "{said}");
        }
        let said = Condition::ClockBehind { shows: seen, seen: seen + TimeDelta::minutes(90) }.to_string();
        assert!(said.contains("90 minutes behind what"), "{said}");
    }
}
