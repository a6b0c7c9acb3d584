//! The whole protocol in one process: the real outbox, the real service with its HTTP, its store and its keys, the real
//! rules. Invented are the network, the clocks, the crashes, the tabs, the people and the officers.
//!
//! `cargo xtask simulate --seed N --years N` runs it; a seed that fails is printed with the shortest run that still fails, and
//! goes into `kept.txt`.
//!
//! | what | where |
//! |---|---|
//! | what should be true | [`model`] |
//! | the loop, and what goes wrong | [`world`], [`network`] |
//! | tabs around the real outbox, people, officers | [`tab`], [`person`], [`desk`], [`device`] |
//! | the real server, its steps and its deaths | [`server`], [`turns`], [`gated`], [`edition`] |
//! | what lies in the database | [`witness`] |

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod chance;
mod desk;
mod device;
mod edition;
mod gated;
mod model;
mod network;
mod person;
mod server;
mod settings;
mod shrink;
mod tab;
mod trace;
mod turns;
mod witness;
mod world;

use model::Broken;
use settings::{Flaw, Settings};
use world::Outcome;

/// Runs, and stops with the smallest failing run where something is broken.
async fn holds(settings: &Settings) -> Outcome {
    let outcome = world::run(settings).await;
    if outcome.failed.is_none() {
        return outcome;
    }
    let (smallest, outcome) = shrink::shrink(settings, outcome).await;
    for line in outcome.trace.tail() {
        println!("{line}");
    }
    let Some(broken) = outcome.failed else { unreachable!("it shrinks to what fails") };
    panic!(
        "\nbroken: {}\nfound: {}\nat step {} of: {smallest}\nfirst seen with: {settings}\n\
         again: PRECHECK_SIMULATE=\"{smallest}\" cargo test --release -p precheck-server --test simulation \
         what_is_asked_for -- --nocapture\n",
        broken.invariant, broken.found, outcome.steps
    );
}

/// A number out of the environment.
fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |it| it.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn print(settings: &Settings, outcome: &Outcome, seconds: f64) {
    println!("\n{settings}: {} steps, {seconds:.1} s, trace {:016x}", outcome.steps, outcome.trace.hash());
    for (what, count) in outcome.trace.counts() {
        println!("{count:>9}  {what}");
    }
}

/// A week, or what the environment asks for: `cargo xtask simulate` is this test.
#[tokio::test(flavor = "current_thread")]
async fn what_is_asked_for_holds() {
    let days = |years: u64| i64::try_from(years * 365).unwrap_or(i64::MAX);
    let days = asked("PRECHECK_SIMULATE_DAYS", 7).try_into().map_or(7, |it: i64| it)
        + days(asked("PRECHECK_SIMULATE_YEARS", 0));
    let first = asked("PRECHECK_SIMULATE_SEED", 1);
    let all: Vec<_> = match std::env::var("PRECHECK_SIMULATE") {
        Ok(line) => vec![Settings::parse(&line).unwrap()],
        Err(_) => {
            (first..first + asked("PRECHECK_SIMULATE_SEEDS", 1)).map(|it| Settings::of(it, days)).collect()
        }
    };
    for settings in all {
        let start = std::time::Instant::now();
        let outcome = holds(&settings).await;
        print(&settings, &outcome, start.elapsed().as_secs_f64());
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_same_seed_gives_the_same_run() {
    let settings = Settings { people: 8, ..Settings::of(5, 4) };
    let (one, other) = (holds(&settings).await, holds(&settings).await);
    assert_eq!((one.steps, one.trace.hash()), (other.steps, other.trace.hash()));
    assert_eq!(one.trace.counts(), other.trace.counts());
    let different = holds(&Settings { seed: 6, ..settings }).await;
    assert_ne!(one.trace.hash(), different.trace.hash());
}

/// Each flaw, what it breaks first, and runs in which that is found: a few seeds of these, from the one named, or 1.
const FLAWS: [(Flaw, &str, &str); 16] = [
    (Flaw::NewKeys, "key and bytes are frozen together", "days=1 people=5"),
    (Flaw::Rewrites, "key and bytes are frozen together", "days=1 people=5"),
    (Flaw::TrustsAll, "what a tab was told is stored", "days=1 people=20"),
    (
        Flaw::OnePlace,
        "everybody is told what became of her request",
        "days=3 people=40 without=loss,lost-answer,delay,duplicate,late,kill,torn,no-locks,twice,stale,terms,closures",
    ),
    (Flaw::MuteRefusal, "everybody is told what became of her request", "days=1 people=20"),
    (Flaw::KeepsShared, "nothing lies on a shared device", "days=1 people=20"),
    (Flaw::ForgetsKeys, "one booking for each key", "days=1 people=20"),
    (Flaw::RefusesBlind, "no refusal beside a stored booking", "seed=9 days=2 people=20 rough=8"),
    (Flaw::AnswersEarly, "what is acknowledged is stored", "days=1 people=5"),
    (Flaw::AnyVersion, "every change of state is in the rulebook's picture", "days=3 people=20"),
    (Flaw::ExtraSeat, "seats are never exceeded", "days=8 people=30"),
    (Flaw::ForgetsWord, "no silence after word came in", "days=4 people=20"),
    (Flaw::HastySilence, "silence is ten minutes", "days=4 people=20"),
    (Flaw::DeafJobs, "what falls due is done at the next look", "days=4 people=20"),
    (Flaw::ErasesEarly, "nothing is lost", "days=20 people=6"),
    (Flaw::TrustsClock, "a clock that jumps erases nothing", "days=4 people=20"),
];

/// What a flaw breaks, in the first of a few runs that finds it.
async fn found(flaw: Flaw, of: &str) -> Option<Broken> {
    let first = Settings::parse(of).unwrap().with(flaw);
    for seed in first.seed..first.seed + 12 {
        let settings = Settings { seed, ..first.clone() };
        let found = world::run(&settings).await.failed;
        if found.is_some() {
            return found;
        }
    }
    None
}

#[tokio::test(flavor = "current_thread")]
async fn every_flaw_is_found() {
    assert_eq!(FLAWS.map(|it| it.0), Flaw::ALL);
    for (flaw, invariant, of) in FLAWS {
        let start = std::time::Instant::now();
        let found = found(flaw, of).await.unwrap_or_else(|| panic!("{} was not found", flaw.name()));
        assert_eq!(found.invariant, invariant, "{}: {}", flaw.name(), found.found);
        println!("{}: {} ({:.1} s)", flaw.name(), found.invariant, start.elapsed().as_secs_f64());
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_failing_run_is_made_small_and_breaks_the_same() {
    let failing = Settings::parse("seed=1 days=6 people=20 flaw=hasty-silence").unwrap();
    let first = world::run(&failing).await;
    let broken = first.failed.as_ref().map(|it| it.invariant);
    assert_eq!(broken, Some("silence is ten minutes"));
    let (smallest, outcome) = shrink::shrink(&failing, first).await;
    assert_eq!(outcome.failed.map(|it| it.invariant), broken);
    assert!(smallest.days < failing.days && smallest.people < failing.people, "{smallest}");
    assert!(smallest.faults.len() < 5, "{smallest}");
    let again = world::run(&Settings::parse(&smallest.to_string()).unwrap()).await;
    assert_eq!(again.trace.hash(), outcome.trace.hash());
}

#[tokio::test(flavor = "current_thread")]
async fn runs_that_once_failed_hold() {
    let kept = include_str!("kept.txt").lines().map(|it| it.split('#').next().unwrap_or_default().trim());
    let kept: Vec<_> = kept.filter(|it| !it.is_empty()).collect();
    assert!(!kept.is_empty());
    for line in kept {
        holds(&Settings::parse(line).unwrap()).await;
    }
}
