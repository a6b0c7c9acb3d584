//! The browser tests, and what is done about those that fail now and then.
//!
//! A browser on a busy machine does not always do what it does; a run of a quarter of an hour should not be lost for that, and
//! nobody should overlook it either. Up to three tests that failed are played once more, each in a process of its own. What
//! passes then is called unsteady, by name, in the last lines; what fails twice is red, and so are more than three.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _, stdout};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::project::{Project, shown};
use crate::tools;

/// More than that is no matter of chance.
const MOST: usize = 3;

/// What a test says when it begins anew since its browser was lost.
const LOST: &str = "BROWSER LOST in ";

const HINT: &str = "the test named above says what it expected; screenshots are in target/screens";

/// The browser tests, against the server as built, one at a time: they share the machine with a browser each. Gives what was
/// unsteady, a line each, for the end of whatever is printed.
pub(crate) fn e2e(project: &Project, args: &[String]) -> Result<Vec<String>> {
    let mut all = command(project)?;
    all.args(args);
    let (status, told) = followed(&mut all)?;
    let mut unsteady = lost_in(&told);
    if status.success() {
        return Ok(unsteady);
    }
    let failed = failed_in(&told);
    if failed.is_empty() || MOST < failed.len() {
        bail!("`{}` failed ({status}): {HINT}", shown(&all));
    }
    println!("\n=== e2e: {} failed, see above; once more, each alone ===", failed.len());
    let mut twice = Vec::new();
    for name in failed {
        let mut again = command(project)?;
        let (status, told) = followed(again.args(["--exact", &name]))?;
        if status.success() && told.contains("test result: ok. 1 passed;") {
            unsteady.extend(lost_in(&told));
            unsteady.push(format!("UNSTEADY: {name} failed, and passed when it was played again"));
        } else {
            twice.push(name);
        }
    }
    if twice.is_empty() {
        return Ok(unsteady);
    }
    for it in &unsteady {
        println!("{it}");
    }
    bail!("failed twice: {}: {HINT}", twice.join(", "))
}

fn command(project: &Project) -> Result<Command> {
    let mut command = project.cargo();
    command
        .args(["test", "-p", "precheck-tests", "--", "--test-threads=1"])
        .env("PRECHECK_SERVER", project.server())
        .env("PRECHECK_AXE", tools::axe(project)?)
        .env("PRECHECK_CHROMEDRIVER", tools::chromedriver()?)
        .env("PRECHECK_FIREFOX", tools::firefox()?)
        .env("PRECHECK_GECKODRIVER", tools::geckodriver(project)?)
        .env("PRECHECK_WEBKITDRIVER", tools::webkitdriver()?)
        .env("PRECHECK_SCREENS", project.target("screens"));
    Ok(command)
}

/// Runs a command on our own terminal, and gives what it wrote to its standard output.
fn followed(command: &mut Command) -> Result<(ExitStatus, String)> {
    let shown = shown(command);
    let mut program = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{shown}` could not be started: {HINT}"))?;
    let mut output = program.stdout.take().with_context(|| format!("`{shown}` has no output"))?;
    let (mut told, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = output.read(&mut piece).with_context(|| format!("`{shown}` cannot be read"))?;
        if length == 0 {
            break;
        }
        told.extend_from_slice(&piece[..length]);
        let mut ours = stdout().lock();
        ours.write_all(&piece[..length]).and_then(|()| ours.flush()).context("nobody reads our output")?;
    }
    let status = program.wait().with_context(|| format!("`{shown}` does not end"))?;
    Ok((status, String::from_utf8_lossy(&told).into_owned()))
}

/// The tests that the last lines of a run list as failed; none where it did not come to its last lines.
fn failed_in(told: &str) -> BTreeSet<String> {
    let Some((_, end)) = told.rsplit_once("\nfailures:\n") else { return BTreeSet::new() };
    let Some((listed, _)) = end.split_once("\ntest result: FAILED.") else { return BTreeSet::new() };
    listed.lines().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The tests that began anew.
fn lost_in(told: &str) -> Vec<String> {
    let lost = told.lines().filter_map(|it| it.strip_prefix(LOST)?.split_once(','));
    lost.map(|(name, _)| format!("UNSTEADY: {name} lost its browser, and was played again")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "
running 3 tests
test a::one ... ok
test a::two ... 
BROWSER LOST in two, played again: The WebDriver request returned an error
ok
test b::three ... FAILED

failures:

---- b::three stdout ----
Error: waited in vain
failures:
    not::a_test


failures:
    b::three

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.21s
";

    #[test]
    fn what_failed_is_read_from_the_last_list() {
        assert_eq!(failed_in(RUN), BTreeSet::from(["b::three".to_owned()]));
    }

    #[test]
    fn a_run_that_did_not_come_to_its_end_names_nothing() {
        assert!(failed_in("").is_empty());
        assert!(failed_in(RUN.split_once("test result").unwrap().0).is_empty());
    }

    #[test]
    fn a_lost_browser_is_not_overlooked_in_a_run_that_passed() {
        assert_eq!(lost_in(RUN), ["UNSTEADY: two lost its browser, and was played again"]);
        assert!(lost_in("test a ... ok\n").is_empty());
    }
}
