//! Tidiness of the sources: no file too long to read, no path of somebody's machine, no test put to sleep.
//!
//! It looks at what git keeps or would keep, so that a new file is seen before it is committed.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::project::{Project, read};

/// Lines of a Rust file; half of that is where one should begin to think.
const LONGEST: usize = 600;

/// Every fault, all at once.
pub(crate) fn check(project: &Project) -> Result<()> {
    let listed = read(
        project.command("git").args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ]),
        "the tidiness check asks git which files belong to the project",
    )?;
    let mut faults = Vec::new();
    for file in listed.split_terminator('\0') {
        // A file that was just deleted is still listed until git is told; a binary one has no lines.
        let Ok(bytes) = fs::read(project.path(file)) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        faults.extend(faults_of(file, &text));
    }
    if faults.is_empty() {
        println!("sources: tidy");
        return Ok(());
    }
    bail!("{}", faults.join("\n"))
}

fn faults_of(file: &str, text: &str) -> Vec<String> {
    // Put together here, or this file would be its own first fault.
    let places = ["work", "root", "home"].map(|folder| format!("/{folder}/"));
    let asleep = ["#[", "ignore"].concat();
    let is_rust = Path::new(file).extension().is_some_and(|it| it == "rs");
    let mut faults = Vec::new();

    let lines = text.lines().count();
    if is_rust && LONGEST < lines {
        faults.push(format!(
            "{file}: {lines} lines; more than {LONGEST} nobody reads: split it by what it speaks of"
        ));
    }
    for (number, line) in text.lines().enumerate() {
        if file != "Cargo.lock" && places.iter().any(|place| starts_a_path(line, place)) {
            faults.push(format!("{file}:{}: a path of one machine", number + 1));
        }
        if is_rust && line.contains(&asleep) {
            faults.push(format!(
                "{file}:{}: a test that is never run proves nothing: mend or delete it",
                number + 1
            ));
        }
    }
    faults
}

/// Whether the folder stands at the start of a path: `https://example.jp/home/` is an address, not a place on a disk.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && !"./-_~%}".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found_and_an_address_is_not() {
        let home = ["/ho", "me/"].concat();
        assert_eq!(faults_of("a.md", &format!("see {home}me/x")), ["a.md:1: a path of one machine"]);
        assert!(faults_of("a.md", &format!("see https://example.jp{home}x and ./a{home}")).is_empty());
        assert!(faults_of("Cargo.lock", &format!("see {home}me/x")).is_empty());
    }

    #[test]
    fn a_rust_file_may_have_600_lines_and_no_more() {
        assert!(faults_of("a.rs", &"x\n".repeat(600)).is_empty());
        assert_eq!(faults_of("a.rs", &"x\n".repeat(601)).len(), 1);
        assert!(faults_of("a.css", &"x\n".repeat(601)).is_empty());
    }

    #[test]
    fn a_sleeping_test_is_found() {
        let line = ["    #[", "ignore = \"slow\"]"].concat();
        assert_eq!(faults_of("a.rs", &line).len(), 1);
    }
}
