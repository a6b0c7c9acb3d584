//! Faults: the real program is killed, its disk is full, its database locked or gone, its line bad; and afterwards every
//! promise is looked up. Prints a table, and fails on any loss.
//!
//! `cargo xtask faults` tries everything at full count (`PRECHECK_FAULTS=full`); among the other tests each fault is tried a
//! few times. A word as argument chooses the faults whose line holds it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

#[path = "../api/harness.rs"]
#[expect(dead_code, reason = "the other tests need more of it")]
mod harness;

mod client;
mod cluster;
mod disk;
mod kills;
mod ledger;
mod line;
mod load;
mod mid_form;
mod order;
mod outage;
mod program;
mod proxy;
mod races;
mod site;
mod stale;
mod table;
mod together;
mod trace;
mod tracer;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::disk::SmallDisk;
use crate::ledger::Tally;
use crate::outage::Outage;
use crate::program::Program;
use crate::races::Race;
use crate::site::{Engine, Site};
use crate::tracer::Tracer;

/// The harness is here for its sample request; the servers of the trials are a `Site`'s.
const POSTGRES: bool = false;

/// No fault takes longer.
const LONGEST: Duration = Duration::from_mins(10);

/// How often, and how long.
struct Counts {
    kills: u64,
    crashes: u64,
    traced: usize,
    outage: Outage,
    races: usize,
    stale: usize,
    on_the_line: usize,
    forms: usize,
    /// Whether so many send at once that the queue runs full. An unoptimised program is too slow for that; what happens to a
    /// small queue is among the tests of the API.
    crowds: bool,
}

const FULL: Counts = Counts {
    kills: 72,
    crashes: 5,
    traced: 50,
    outage: Outage {
        lasts: Duration::from_secs(10),
        answered: Duration::from_secs(3),
        total: true,
        crowded: false,
    },
    races: 1000,
    stale: 160,
    on_the_line: 300,
    forms: 100,
    crowds: true,
};

const BRIEF: Counts = Counts {
    kills: 4,
    crashes: 1,
    traced: 3,
    // An unoptimised program on a machine that builds at the same time has its pauses.
    outage: Outage {
        lasts: Duration::from_secs(1),
        answered: Duration::from_secs(5),
        total: true,
        crowded: false,
    },
    races: 8,
    stale: 12,
    on_the_line: 12,
    forms: 3,
    crowds: false,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Kill,
    OneOfTwoKilled,
    DatabaseCrashes,
    SyncBeforeAnswer,
    DiskFull,
    Locked,
    QueueFull,
    ReadOnly,
    SyncFails,
    Frozen,
    BadLine,
    Race(Race),
    StalePages,
    MidForm,
}

impl Fault {
    const ALL: [Self; 16] = [
        Self::Kill,
        Self::OneOfTwoKilled,
        Self::DatabaseCrashes,
        Self::SyncBeforeAnswer,
        Self::DiskFull,
        Self::Locked,
        Self::QueueFull,
        Self::ReadOnly,
        Self::SyncFails,
        Self::Frozen,
        Self::BadLine,
        Self::Race(Race::LastSeat),
        Self::Race(Race::MoveOrCancel),
        Self::Race(Race::ConfirmOrWithdraw),
        Self::StalePages,
        Self::MidForm,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill -9 under load",
            Self::OneOfTwoKilled => "kill -9 of one of two",
            Self::DatabaseCrashes => "database crashes",
            Self::SyncBeforeAnswer => "synced before answered",
            Self::DiskFull => "disk full",
            Self::Locked => "database locked",
            Self::QueueFull => "queue full",
            Self::ReadOnly => "database read-only",
            Self::SyncFails => "sync fails",
            Self::Frozen => "database stands still",
            Self::BadLine => "bad line",
            Self::Race(Race::LastSeat) => "race for the last seat",
            Self::Race(Race::MoveOrCancel) => "confirm against cancel",
            Self::Race(Race::ConfirmOrWithdraw) => "confirm, or withdraw",
            Self::StalePages => "officers, stale pages",
            Self::MidForm => "session ended in mid-form",
        }
    }

    /// Where it can happen. PostgreSQL's disk is its own: of that, the server sees that it crashes or refuses.
    const fn happens_to(self, engine: Engine) -> bool {
        match self {
            Self::OneOfTwoKilled | Self::DatabaseCrashes | Self::Frozen => matches!(engine, Engine::Postgres),
            Self::DiskFull | Self::SyncFails => matches!(engine, Engine::Sqlite),
            _ => true,
        }
    }

    async fn on(self, engine: Engine, counts: &Counts) -> Tally {
        let site = Site::new(engine);
        let outage = counts.outage;
        match self {
            Self::Kill => kills::under_load(&site, counts.kills).await,
            Self::OneOfTwoKilled => together::one_of_two_killed(&site, counts.kills / 2).await,
            Self::DatabaseCrashes => together::crashes(&site, counts.crashes).await,
            Self::SyncBeforeAnswer => order::synced_before_promised(&site, counts.traced).await,
            Self::DiskFull => {
                let disk = SmallDisk::mount();
                let site = site.through(disk.through());
                // What is in the log already leaves room for a little now and then.
                let outage = Outage { total: false, ..outage };
                outage.try_on(&site, async |_| disk.fill()).await
            }
            Self::Locked => outage.try_on(&site, async |_| site.lock()).await,
            Self::QueueFull => Outage { crowded: true, ..outage }.try_on(&site, async |_| site.lock()).await,
            Self::ReadOnly if engine == Engine::Postgres => {
                outage.try_on(&site, async |_| site.cluster().read_only()).await
            }
            Self::ReadOnly => {
                outage.try_on(&site, async |it| failing(&site, it, "pwrite64", "EROFS").await).await
            }
            Self::SyncFails => {
                outage.try_on(&site, async |it| failing(&site, it, "fsync,fdatasync", "EIO").await).await
            }
            Self::Frozen => outage.try_on(&site, async |_| site.cluster().freeze()).await,
            Self::BadLine => line::delivered_once(&site, counts.on_the_line).await,
            Self::Race(race) => races::run(&site, race, counts.races).await,
            Self::StalePages => stale::under_readers(&site, counts.stale).await,
            Self::MidForm => mid_form::session_ended(&site, counts.forms).await,
        }
    }
}

async fn failing(site: &Site, program: &Program, calls: &str, error: &str) -> Tracer {
    Tracer::failing(program.running.id(), site.path(), calls, error).await
}

fn main() -> ExitCode {
    if let Ok(synchronous) = std::env::var(order::CARELESS) {
        order::write_carelessly(&synchronous);
        return ExitCode::SUCCESS;
    }
    let full = std::env::var("PRECHECK_FAULTS").is_ok_and(|it| it == "full");
    let counts = if full { FULL } else { BRIEF };
    let wanted = std::env::args().skip(1).find(|it| !it.starts_with('-')).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let began = Instant::now();
    let (mut passed, mut failed) = (0, 0);
    println!("{}", table::HEAD);
    for fault in Fault::ALL {
        for engine in Engine::ALL {
            let chosen = format!("{} {}", fault.name(), engine.name()).contains(&wanted);
            let possible = fault.happens_to(engine) && (counts.crowds || fault != Fault::QueueFull);
            if !(chosen && possible) {
                continue;
            }
            let fault_began = Instant::now();
            let trial = async { tokio::time::timeout(LONGEST, fault.on(engine, &counts)).await };
            // What panicked has said so.
            let tally = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(trial)));
            let tally = match tally {
                Ok(Ok(tally)) => tally,
                Ok(Err(_)) => Tally::broken("it took too long"),
                Err(_) => Tally::broken("it broke off"),
            };
            print!("{}", table::row(fault.name(), engine.name(), &tally, fault_began.elapsed()));
            *if tally.holds() { &mut passed } else { &mut failed } += 1;
        }
    }
    println!("in {:.0} s", began.elapsed().as_secs_f64());
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A fault, or a sender, waits for its moment.
#[expect(clippy::disallowed_methods, reason = "a fault comes when it comes; there is no event to wait for")]
async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}

/// Below `limit`.
fn random(limit: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes) % limit.max(1)
}

/// Anything from nothing up to this.
fn random_part(longest: Duration) -> Duration {
    Duration::from_micros(random(u64::try_from(longest.as_micros()).unwrap()))
}
