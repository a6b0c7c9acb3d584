//! What a run is made of: a seed, how long, how many people, which faults, and, to prove that a check can fail, a flaw.

use std::collections::BTreeSet;

macro_rules! named {
    ($(#[$meta:meta])* $kind:ident { $($(#[$doc:meta])* $name:ident => $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $kind { $($(#[$doc])* $name),+ }

        impl $kind {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in a command.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

named! {
    /// What may go wrong. Left out one by one when a failing run is shrunk.
    Fault {
        /// What is sent does not arrive.
        Loss => "loss",
        /// The server has done it and the answer does not come back.
        LostAnswer => "lost-answer",
        /// Seconds instead of milliseconds.
        Delay => "delay",
        /// The same bytes arrive twice.
        Duplicate => "duplicate",
        /// What was given up arrives all the same, behind what was sent later.
        Late => "late",
        /// A hotel's sign-in page answers, with status 200.
        Portal => "portal",
        /// A proxy in between answers 500 to 504, or 429.
        Proxy => "proxy",
        /// The line breaks in the middle of an exchange, and the server notices.
        Reset => "reset",
        /// A device without a line for minutes to days.
        Offline => "offline",
        /// Clocks of devices: years off, drifting, set in the middle.
        DeviceClock => "device-clock",
        /// The server's clock stands still for a while.
        ServerClock => "server-clock",
        /// It jumps ahead by days to decades, time's own acts look at it, and it comes back.
        ClockJump => "clock-jump",
        /// The server is killed, and is away for a while.
        Kill => "kill",
        /// The power goes in the middle of a commit.
        Torn => "torn",
        /// Several tabs of one device.
        Tabs => "tabs",
        /// Tabs are reloaded and closed at any moment.
        Closing => "closing",
        /// A browser that keeps nothing.
        NoStorage => "no-storage",
        /// A device of many people.
        Shared => "shared",
        /// A browser without locks: every tab sends.
        NoLocks => "no-locks",
        /// Presses twice, seekers and officers.
        Twice => "twice",
        /// Officers who decide on a page of an hour ago.
        Stale => "stale",
        /// Terms are revised.
        Terms => "terms",
        /// Closures are added, seats changed.
        Closures => "closures",
        /// Time's own acts are not done for hours to days.
        Idle => "idle",
    }
}

named! {
    /// A fault put into the program under test. Each has to be found.
    Flaw {
        /// The outbox's driver takes a new key at every sending.
        NewKeys => "new-keys",
        /// It rewrites the frozen bytes.
        Rewrites => "rewrites",
        /// It takes whatever comes with status 200 for an acceptance.
        TrustsAll => "trusts-all",
        /// The device has one place for all requests that wait.
        OnePlace => "one-place",
        /// A refusal is not shown.
        MuteRefusal => "mute-refusal",
        /// A shared device is written on.
        KeepsShared => "keeps-shared",
        /// The store forgets the answers kept for repetitions.
        ForgetsKeys => "forgets-keys",
        /// The store does not look for a kept answer before a refusal.
        RefusesBlind => "refuses-blind",
        /// The store answers before it has written.
        AnswersEarly => "answers-early",
        /// The store does not check the version.
        AnyVersion => "any-version",
        /// The store finds one seat too many.
        ExtraSeat => "extra-seat",
        /// The store does not note that word came in.
        ForgetsWord => "forgets-word",
        /// The store looks for silences too early, and dates are not checked again.
        HastySilence => "hasty-silence",
        /// Silences are never found.
        DeafJobs => "deaf-jobs",
        /// Requests are erased as soon as they are closed.
        ErasesEarly => "erases-early",
        /// Whatever the clock shows is accepted.
        TrustsClock => "trusts-clock",
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Everything by chance comes out of it.
    pub(crate) seed: u64,
    /// Length in days.
    pub(crate) days: i64,
    /// Requests of a business day, about.
    pub(crate) people: i64,
    /// How many times as bad as usual the network is.
    pub(crate) rough: u64,
    /// What may go wrong.
    pub(crate) faults: BTreeSet<Fault>,
    /// What is wrong on purpose.
    pub(crate) flaw: Option<Flaw>,
}

impl Settings {
    /// Every fault, and nothing wrong on purpose.
    pub(crate) fn of(seed: u64, days: i64) -> Self {
        let faults = Fault::ALL.iter().copied().collect();
        Self { seed, days, people: 20, rough: 1, faults, flaw: None }
    }

    /// The same with a flaw.
    pub(crate) fn with(self, flaw: Flaw) -> Self {
        Self { flaw: Some(flaw), ..self }
    }

    /// Whether this may go wrong.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether this is wrong on purpose.
    pub(crate) fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// A line of `kept.txt`, or of an environment variable: `seed=7 days=30 people=20 without=kill,torn`.
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let mut read = Self::of(1, 30);
        for part in line.split_whitespace() {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("{part}: NAME=VALUE expected"))?;
            let wrong = |_| format!("{part}: a number expected");
            match name {
                "seed" => read.seed = value.parse().map_err(wrong)?,
                "days" => read.days = value.parse().map_err(wrong)?,
                "people" => read.people = value.parse().map_err(wrong)?,
                "rough" => read.rough = value.parse().map_err(wrong)?,
                "without" => {
                    for fault in value.split(',') {
                        let known = Fault::ALL.iter().find(|it| it.name() == fault);
                        read.faults.remove(known.ok_or_else(|| format!("{fault}: unknown fault"))?);
                    }
                }
                "flaw" => {
                    let known = Flaw::ALL.iter().find(|it| it.name() == value);
                    read.flaw = Some(*known.ok_or_else(|| format!("{value}: unknown flaw"))?);
                }
                _ => return Err(format!("{name}: unknown")),
            }
        }
        Ok(read)
    }
}

impl std::fmt::Display for Settings {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "seed={} days={} people={}", self.seed, self.days, self.people)?;
        if self.rough != 1 {
            write!(to, " rough={}", self.rough)?;
        }
        let without: Vec<_> = Fault::ALL.iter().filter(|it| !self.has(**it)).map(|it| it.name()).collect();
        if !without.is_empty() {
            write!(to, " without={}", without.join(","))?;
        }
        match self.flaw {
            Some(flaw) => write!(to, " flaw={}", flaw.name()),
            None => Ok(()),
        }
    }
}

#[test]
fn a_run_can_be_written_down_and_read_again() {
    let mut settings = Settings { rough: 3, ..Settings::of(7, 12).with(Flaw::AnyVersion) };
    settings.faults.remove(&Fault::Kill);
    assert_eq!(settings.to_string(), "seed=7 days=12 people=20 rough=3 without=kill flaw=any-version");
    assert_eq!(Settings::parse(&settings.to_string()), Ok(settings));
    assert!(Settings::parse("without=luck").is_err() && Settings::parse("seed").is_err());
}
