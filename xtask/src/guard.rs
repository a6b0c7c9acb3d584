//! Who may depend on whom, asked of cargo itself.
//!
//! The rules stay pure and small, the widget knows no server, the server knows no browser and nothing of another licence than the
//! permissive ones; and the two halves of wasm-bindgen are of one version, without which the glue fits no module.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::project::{Project, read};

/// A package, how its tree is asked for, and what must not be in it.
const FORBIDDEN: [(&str, &[&str], &[&str]); 3] = [
    ("precheck-shared", &["--no-default-features"], &["tokio", "web-sys", "rusqlite", "toml", "serde_json"]),
    ("precheck-app", &["--target", "wasm32-unknown-unknown"], &["rusqlite", "axum", "tokio"]),
    ("precheck-server", &[], &["leptos", "web-sys", "lightningcss"]),
];

/// Every forbidden dependency, all at once.
pub(crate) fn check(project: &Project) -> Result<()> {
    let mut faults = Vec::new();
    for (package, options, forbidden) in FORBIDDEN {
        let tree = tree(project, package, options)?;
        for (name, _) in &tree {
            if forbidden.contains(&name.as_str()) {
                faults.push(format!(
                    "{package} must not depend on {name} (who brings it: cargo tree -p {package} -e normal {} -i {name})",
                    options.join(" ")
                ));
            }
        }
    }
    let versions = versions(project)?;
    if versions.len() != 1 {
        faults.push(format!(
            "wasm-bindgen and wasm-bindgen-cli-support must be of one version, not {versions:?}"
        ));
    }
    if faults.is_empty() {
        println!("dependencies: as drawn");
        return Ok(());
    }
    bail!("{}", faults.join("\n"))
}

/// The versions of both halves of wasm-bindgen, one if all is well.
fn versions(project: &Project) -> Result<BTreeSet<String>> {
    let mut versions = BTreeSet::new();
    for (package, half) in [("precheck-app", "wasm-bindgen"), ("xtask", "wasm-bindgen-cli-support")] {
        let of_half: Vec<String> = tree(project, package, &[])?
            .into_iter()
            .filter(|(name, _)| name == half)
            .map(|(_, version)| version)
            .collect();
        if of_half.is_empty() {
            bail!(
                "{package} no longer depends on {half}: this guard (xtask/src/guard.rs) has to learn the new way"
            );
        }
        versions.extend(of_half);
    }
    Ok(versions)
}

/// Names and versions of all that a package brings into its own binary.
fn tree(project: &Project, package: &str, options: &[&str]) -> Result<BTreeSet<(String, String)>> {
    let listed = read(
        project
            .cargo()
            .args([
                "tree",
                "-p",
                package,
                "-e",
                "normal,no-proc-macro",
                "--prefix",
                "none",
                "--format",
                "{p}",
            ])
            .args(options),
        "the package may have a new name",
    )?;
    Ok(listed
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
        })
        .collect())
}
