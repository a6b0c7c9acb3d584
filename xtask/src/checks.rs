//! The checks, one by one and all together: the same here, on a colleague's machine and in continuous integration.
//!
//! Each is a plain cargo command that one could type; what it adds is order, settings and a last line that says what is wrong.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use oxc_span::SourceType;

use crate::build::{Parts, Quality, build};
use crate::project::{Project, run};
use crate::{e2e, guard as dependencies, scripts, tidy, tools};

/// A step's name, and what it does; it gives what somebody should know of it though it is green.
type Step = (&'static str, fn(&Project) -> Result<Vec<String>>);

/// What `cargo xtask test` does, the quickest answers first.
const STEPS: [Step; 7] = [
    ("tools", |it| tools::everything(it).map(quiet)),
    ("lint", |it| lint(it).map(quiet)),
    ("unit", |it| unit(it, &[]).map(quiet)),
    ("doc", |it| doc(it).map(quiet)),
    ("guard", |it| guard(it).map(quiet)),
    ("build", |it| build(it, Quality::Release, Parts::WidgetAndServer).map(quiet)),
    ("e2e", |it| e2e::e2e(it, &[])),
];

/// All steps, up to the first that fails.
pub(crate) fn everything(project: &Project) -> Result<()> {
    let start = Instant::now();
    let (mut times, mut told) = (Vec::new(), Vec::new());
    for (name, step) in STEPS {
        println!("\n=== {name} ===");
        let step_start = Instant::now();
        let outcome = step(project);
        let seconds = step_start.elapsed().as_secs_f64();
        let unsteady = outcome.with_context(|| format!("RED at {name}, after {seconds:.0} s"))?;
        for it in &unsteady {
            println!("{it}");
        }
        println!("=== {name}: green in {seconds:.1} s ===");
        times.push(format!("{name} {seconds:.0} s"));
        told.extend(unsteady);
    }
    println!("\n{}", times.join(", "));
    println!("all green in {:.0} s", start.elapsed().as_secs_f64());
    for it in &told {
        println!("{it}");
    }
    Ok(())
}

fn quiet((): ()) -> Vec<String> {
    Vec::new()
}

/// Formatting and clippy, then the scripts. `-D warnings` goes to clippy alone: in RUSTFLAGS it would rebuild everything.
pub(crate) fn lint(project: &Project) -> Result<()> {
    run(project.cargo().args(["fmt", "--all", "--check"]), "`cargo fmt --all` mends it")?;
    run(
        project.cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        "mend what clippy names above",
    )?;
    run(
        project.cargo().args([
            "clippy",
            "-p",
            "precheck-app",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ]),
        "mend what clippy names above",
    )?;
    lint_scripts(project)
}

/// Formatting, lints and types of the scripts, and that those that are served as they stand say nothing too new.
fn lint_scripts(project: &Project) -> Result<()> {
    let mut biome = tools::of_npm(project, "@biomejs/biome/bin/biome")?;
    run(
        biome.args(["check", "--error-on-warnings"]),
        "`node target/npm/node_modules/.bin/biome check --write` mends what can be mended",
    )?;
    run(
        tools::of_npm(project, "typescript/bin/tsc")?.args(["--project", "tsconfig.json"]),
        "mend the types named above",
    )?;
    let mut faults = Vec::new();
    for path in served_as_they_stand(project)? {
        let source = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let too_new = scripts::too_new(&source, SourceType::script());
        if let Some(line) = too_new.with_context(|| path.display().to_string())? {
            faults.push(format!("{}: `{line}`", path.display()));
        }
    }
    if !faults.is_empty() {
        bail!(
            "too new for the oldest browsers (xtask/src/browsers.rs), to which this is served as it stands:\n{}",
            faults.join("\n")
        );
    }
    Ok(())
}

/// Scripts that no build puts into older words: the desk's and the guides'.
fn served_as_they_stand(project: &Project) -> Result<Vec<PathBuf>> {
    let mut all = scripts_in(project, "style", ".js")?;
    all.extend(scripts_in(project, "server/src/guide/embed", ".js")?);
    Ok(all)
}

fn scripts_in(project: &Project, folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = project.path(folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.to_str().is_some_and(|it| it.ends_with(ending)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// All tests but the browser's; without a choice of some of them, those of the scripts too.
pub(crate) fn unit(project: &Project, args: &[String]) -> Result<()> {
    run(
        project.cargo().args(["test", "--workspace", "--exclude", "precheck-tests"]).args(args),
        "the test named above says what it expected",
    )?;
    if !args.is_empty() {
        return Ok(());
    }
    run(
        tools::node(project)?.arg("--test").args(scripts_in(project, "tests/scripts", ".test.mjs")?),
        "the test named above says what it expected",
    )
}

/// The faults, at full count, on the server as it is delivered; a word chooses some of them.
pub(crate) fn faults(project: &Project, args: &[String]) -> Result<()> {
    run(
        project
            .cargo()
            .args(["test", "--release", "-p", "precheck-server", "--test", "faults", "--"])
            .args(args)
            .env("PRECHECK_FAULTS", "full"),
        "the lines below each row of the table say what was lost, or how it went wrong",
    )
}

/// The documentation, in which a dead link is an error.
pub(crate) fn doc(project: &Project) -> Result<()> {
    run(
        project.cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"),
        "mend the doc comments named above",
    )
}

/// Who depends on whom, and tidiness.
pub(crate) fn guard(project: &Project) -> Result<()> {
    dependencies::check(project)?;
    tidy::check(project)
}
