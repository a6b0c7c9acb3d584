//! `cargo xtask …`: builds the product, runs it, checks it.
//!
//! Two commands are enough for a day's work: `cargo xtask run` and `cargo xtask test`. The others are their parts.
//! The task builder needs cargo alone; what only the browser tests need is fetched by `tools`.

mod alike;
mod browsers;
mod budget;
mod build;
mod bundle;
mod checks;
#[cfg(test)]
mod contrast;
mod e2e;
mod first_step;
mod glue;
mod guard;
mod order;
mod panics;
mod project;
mod scripts;
mod simulate;
mod squeeze;
mod tidy;
mod tools;
mod words;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::build::{Parts, Quality};
use crate::project::Project;

/// Builds, runs and checks the pre-check.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the widget's bundle into target/widget, then the server with the bundle inside.
    Build(BuildArgs),
    /// Build everything and start the server; what follows is passed on to it.
    Run(PassedOn),
    /// Everything: tools, lint, unit, doc, guard, build, e2e; stops at the first failure.
    Test,
    /// Formatting and clippy, for this machine and for the browser.
    Lint,
    /// All tests that need no browser; what follows is passed on to `cargo test`.
    Unit(PassedOn),
    /// Kills, full disks, locks, lost answers and races against the real server, in some minutes; a word chooses some of them.
    Faults(PassedOn),
    /// The documentation, built without a warning.
    Doc,
    /// The browser tests, against a fresh build; what follows is passed on to the test binary, a filter first.
    E2e(PassedOn),
    /// How long the first tap waits for its answer on a slow line; runs and servers may follow: `8 now=PATH before=PATH`.
    FirstTap(PassedOn),
    /// Years of an office's life in seconds, out of a seed: the whole protocol, with everything that can go wrong.
    Simulate(simulate::Simulated),
    /// Who may depend on whom, and the tidiness of the sources.
    Guard,
    /// Install what the checks need and this machine lacks.
    Tools,
}

#[derive(Args)]
struct BuildArgs {
    /// Quick to build and slow to load: no optimisation, no budgets.
    #[arg(long)]
    dev: bool,
    /// Leave the server out.
    #[arg(long)]
    widget_only: bool,
}

#[derive(Args)]
struct PassedOn {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    let project = Project::find()?;
    match task {
        Task::Build(wanted) => {
            let quality = if wanted.dev { Quality::Dev } else { Quality::Release };
            let parts = if wanted.widget_only { Parts::Widget } else { Parts::WidgetAndServer };
            build::build(&project, quality, parts)
        }
        Task::Run(passed) => build::run(&project, &passed.args),
        Task::Test => checks::everything(&project),
        Task::Lint => checks::lint(&project),
        Task::Unit(passed) => checks::unit(&project, &passed.args),
        Task::Faults(passed) => checks::faults(&project, &passed.args),
        Task::Doc => checks::doc(&project),
        Task::E2e(passed) => {
            build::product(&project)?;
            let unsteady = e2e::e2e(&project, &passed.args)?;
            for it in &unsteady {
                println!("{it}");
            }
            Ok(())
        }
        Task::FirstTap(passed) => first_step::first_tap(&project, &passed.args),
        Task::Simulate(wanted) => simulate::simulate(&project, &wanted),
        Task::Guard => checks::guard(&project),
        Task::Tools => tools::everything(&project),
    }
}
