//! `build` and `run`: the widget, then the server with the widget inside.
//!
//! The wasm is compiled here; what becomes of it is `glue` (JavaScript beside it) and `bundle` (the files that are served).

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::budget::Totals;
use crate::bundle::Bundle;
use crate::project::{Project, run as start};
use crate::{budget, first_step, glue, tools};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// How much care a build takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quality {
    /// Built in seconds, for the machine of whoever works on it.
    Dev,
    /// What is delivered; budgets are held.
    Release,
}

/// What is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parts {
    /// The bundle alone.
    Widget,
    /// The bundle, and the server that carries it.
    WidgetAndServer,
}

/// Builds the bundle into `target/widget` and, if wanted, the server into `target/release`; a release must keep its budgets.
pub(crate) fn build(project: &Project, quality: Quality, parts: Parts) -> Result<()> {
    let totals = assemble(project, quality, parts)?;
    match quality {
        Quality::Dev => Ok(()),
        Quality::Release => totals.hold(),
    }
}

/// The product to be used on this machine; its table shows a budget exceeded, `build` and `test` are stopped by it.
pub(crate) fn product(project: &Project) -> Result<()> {
    assemble(project, Quality::Release, Parts::WidgetAndServer).map(|_| ())
}

/// Builds everything, then becomes the server. Its database lies in the checkout's `data` folder unless `args` say otherwise.
pub(crate) fn run(project: &Project, args: &[String]) -> Result<()> {
    product(project)?;
    become_it(project.command(project.server()).args(args))
}

fn assemble(project: &Project, quality: Quality, parts: Parts) -> Result<Totals> {
    tools::wasm_target(project)?;
    let wasm = compile_widget(project, quality)?;
    let code = glue::generate(project, &wasm, quality)?;
    let bundle = Bundle::assemble(project, &code)?;
    let files = bundle.write(&project.target("widget"), quality)?;
    let page = match parts {
        Parts::Widget => None,
        Parts::WidgetAndServer => {
            compile_server(project)?;
            Some(first_step::page_bytes(project)?)
        }
    };
    budget::print(project, &files, page)
}

fn compile_widget(project: &Project, quality: Quality) -> Result<PathBuf> {
    let (profile, folder) = match quality {
        Quality::Dev => ("dev", "debug"),
        Quality::Release => ("wasm", "wasm"),
    };
    let mut cargo = project.cargo();
    cargo.args(["build", "-p", "precheck-app", "--target", WASM_TARGET, "--profile", profile]);
    if let (Quality::Release, Some(flags)) = (quality, without_machine_paths()) {
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    }
    start(&mut cargo, "mend the widget's errors above, then build again")?;
    Ok(project.target(&format!("{WASM_TARGET}/{folder}/precheck_app.wasm")))
}

/// Panics name source files: without their author's home folder the public file tells nothing of the machine, and is the same
/// from every machine. The flag is a list parted by white space, so a home with a space in it stays as it is.
fn without_machine_paths() -> Option<String> {
    let home =
        env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    let sources = home.join("registry/src");
    let sources = sources.to_str().filter(|it| !it.contains(char::is_whitespace))?;
    Some(format!("--remap-path-prefix={sources}=crates"))
}

fn compile_server(project: &Project) -> Result<()> {
    start(
        project
            .cargo()
            .args(["build", "--release", "-p", "precheck-server"])
            .env("PRECHECK_WIDGET_DIR", project.target("widget")),
        "mend the server's errors above, then build again",
    )
}

/// On Unix the server takes our place, so that it gets every signal itself.
#[cfg(unix)]
fn become_it(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;

    Err(server.exec()).context("the server could not be started: `cargo xtask build` makes it")
}

#[cfg(not(unix))]
fn become_it(server: &mut Command) -> Result<()> {
    start(server, "the server's last lines above say why")
}
