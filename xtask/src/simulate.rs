//! `cargo xtask simulate`: years of an office's life in seconds, out of a seed. The simulation itself is a test of the server.

use anyhow::Result;
use clap::Args;

use crate::project::{Project, run};

/// What is simulated.
#[derive(Args)]
pub(crate) struct Simulated {
    /// Everything by chance comes out of it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, one after the other.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// How long, each.
    #[arg(long, default_value_t = 1)]
    years: u64,
    /// Days beyond that.
    #[arg(long, default_value_t = 0)]
    days: u64,
}

/// Runs the seeds; the first that fails is made small and printed with the command that repeats it.
pub(crate) fn simulate(project: &Project, wanted: &Simulated) -> Result<()> {
    let test = ["test", "--release", "-p", "precheck-server", "--test", "simulation", "what_is_asked_for"];
    run(
        project
            .cargo()
            .args(test)
            .args(["--", "--nocapture"])
            .env("PRECHECK_SIMULATE_SEED", wanted.seed.to_string())
            .env("PRECHECK_SIMULATE_SEEDS", wanted.seeds.to_string())
            .env("PRECHECK_SIMULATE_YEARS", wanted.years.to_string())
            .env("PRECHECK_SIMULATE_DAYS", wanted.days.to_string()),
        "the command above repeats the smallest run that fails; mend it, and keep its line in server/tests/simulation/kept.txt",
    )
}
