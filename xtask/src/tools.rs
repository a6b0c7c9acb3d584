//! What the checks need beside cargo, put in place where it is missing.
//!
//! Nothing is installed that is there already, and nothing at all where we may not: then one line says what to install.
//! A build needs the wasm target alone; npm's packages are for the checks of scripts, browsers, drivers, font, sound and screen for the
//! browser tests, PostgreSQL for those of the store.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::project::{Project, read, run, succeeds, which};

/// The accessibility engine of the browser tests, in npm's folder.
const AXE: &str = "node_modules/axe-core/axe.min.js";
/// In npm's folder, the lock that it was filled by.
const FILLED: &str = "filled";
/// Firefox's driver; Debian has no package of it.
const GECKODRIVER: &str = "0.37.1";

/// Everything that `cargo xtask test` needs.
pub(crate) fn everything(project: &Project) -> Result<()> {
    wasm_target(project)?;
    component(project, "clippy")?;
    component(project, "fmt")?;
    packages(project)?;
    npm(project)?;
    chromedriver()?;
    firefox()?;
    geckodriver(project)?;
    webkitdriver()?;
    println!("all tools are there");
    Ok(())
}

/// The standard library for the browser.
pub(crate) fn wasm_target(project: &Project) -> Result<()> {
    let mut rustc = project.command("rustc");
    rustc.args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]);
    let library = read(&mut rustc, "install Rust by rustup, see https://rustup.rs")?;
    if Path::new(library.trim()).exists() {
        return Ok(());
    }
    run(
        project.command("rustup").args(["target", "add", "wasm32-unknown-unknown"]),
        "install the standard library for the target wasm32-unknown-unknown as this Rust was installed",
    )
}

/// The folder of what npm brings: type checker, formatter and linter of the scripts, the accessibility engine of the browser tests,
/// each of the very version in `xtask/npm`. It is filled anew when that changes.
pub(crate) fn npm(project: &Project) -> Result<PathBuf> {
    let folder = project.target("npm");
    let read = |file: &str| {
        let path = project.path(&format!("xtask/npm/{file}"));
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let (package, lock) = (read("package.json")?, read("package-lock.json")?);
    if is_filled(&folder, &lock) {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (file, text) in [("package.json", &package), ("package-lock.json", &lock)] {
        let path = folder.join(file);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("installing the tools of xtask/npm");
    run(
        project
            .command("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .arg(&folder),
        "the checks of scripts and the browser tests need npm and its registry once",
    )?;
    fs::write(folder.join(FILLED), lock).context("cannot note what npm has installed")?;
    Ok(folder)
}

/// Whether all that the lock names is installed.
fn is_filled(folder: &Path, lock: &str) -> bool {
    fs::read_to_string(folder.join(FILLED)).is_ok_and(|it| it == lock) && folder.join(AXE).is_file()
}

/// The path of axe.min.js.
pub(crate) fn axe(project: &Project) -> Result<PathBuf> {
    Ok(npm(project)?.join(AXE))
}

/// node with one of the programs that npm brings.
pub(crate) fn of_npm(project: &Project, program: &str) -> Result<Command> {
    let mut command = node(project)?;
    command.arg(npm(project)?.join("node_modules").join(program));
    Ok(command)
}

/// node, in the checkout.
pub(crate) fn node(project: &Project) -> Result<Command> {
    which("node").context("node is not on PATH: `cargo xtask tools` installs it, with npm")?;
    Ok(project.command("node"))
}

/// The path of Chromium's driver.
pub(crate) fn chromedriver() -> Result<PathBuf> {
    which("chromedriver").context("chromedriver is not on PATH: `cargo xtask tools` installs it")
}

/// The path of Firefox.
pub(crate) fn firefox() -> Result<PathBuf> {
    which("firefox-esr")
        .or_else(|| which("firefox"))
        .context("Firefox is not on PATH: `cargo xtask tools` installs it")
}

/// The path of WebKitGTK's driver; it knows where its browser lies.
pub(crate) fn webkitdriver() -> Result<PathBuf> {
    which("WebKitWebDriver").context("WebKitWebDriver is not on PATH: `cargo xtask tools` installs it")
}

/// The path of Firefox's driver; where there is none, cargo builds it once, in some minutes.
pub(crate) fn geckodriver(project: &Project) -> Result<PathBuf> {
    if let Some(driver) = which("geckodriver") {
        return Ok(driver);
    }
    let root = project.target("tools");
    let driver = root.join(format!("bin/geckodriver{EXE_SUFFIX}"));
    // It says its name, its version and more.
    let there = driver.is_file()
        && read(Command::new(&driver).arg("--version"), "")
            .is_ok_and(|it| it.split_whitespace().nth(1) == Some(GECKODRIVER));
    if !there {
        println!("building geckodriver {GECKODRIVER}");
        run(
            project
                .cargo()
                .args(["install", "geckodriver", "--locked", "--quiet", "--version", GECKODRIVER, "--root"])
                .arg(&root),
            "the browser tests need geckodriver: install it by hand, or let cargo reach crates.io once",
        )?;
    }
    Ok(driver)
}

fn component(project: &Project, subcommand: &str) -> Result<()> {
    if succeeds(project.cargo().args([subcommand, "--version"])) {
        return Ok(());
    }
    let component = if subcommand == "fmt" { "rustfmt" } else { subcommand };
    run(
        project.command("rustup").args(["component", "add", component]),
        &format!("install {component} as this Rust was installed"),
    )
}

/// Debian's packages for the browser tests, those that are missing.
fn packages(project: &Project) -> Result<()> {
    let lock = fs::read_to_string(project.path("xtask/npm/package-lock.json")).unwrap_or_default();
    let tools_are_there = is_filled(&project.target("npm"), &lock);
    let missing: Vec<&str> = [
        ("chromium", which("chromium").or_else(|| which("google-chrome")).is_some()),
        ("chromium-driver", which("chromedriver").is_some()),
        ("firefox-esr", firefox().is_ok()),
        ("webkit2gtk-driver", webkitdriver().is_ok()),
        // A screen that nobody sees: WebKitGTK cannot do without one.
        ("xvfb", which("Xvfb").is_some()),
        // Draws without a graphics card what it shows there.
        ("libgl1-mesa-dri", which("dpkg-query").is_none() || is_installed("libgl1-mesa-dri")),
        // A sound card that nobody hears: without any, Firefox's clock of sound never starts.
        ("pulseaudio", which("pulseaudio").is_some()),
        // Without it Japanese is a row of boxes, and the sizes of everything are wrong.
        ("fonts-noto-cjk", has_japanese_font()),
        // It brings node, too.
        ("npm", which("node").is_some() && (tools_are_there || which("npm").is_some())),
        ("postgresql", has_postgresql()),
        // Reads off the order of calls that a request is synced before it is answered.
        ("strace", which("strace").is_some()),
    ]
    .into_iter()
    .filter_map(|(package, there)| (!there).then_some(package))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let Some(as_root) = root() else {
        bail!("please install, then try again: apt-get install -y {}", missing.join(" "));
    };
    println!("installing {}", missing.join(", "));
    let install = |project: &Project| {
        let mut command = as_root(project);
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    };
    if missing.contains(&"postgresql") {
        // Its programs alone: a server of the machine's own, on its port, is nobody's wish here.
        let told = "mkdir -p /etc/postgresql-common \
            && test -e /etc/postgresql-common/createcluster.conf \
            || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf";
        run(
            as_root(project).args(["sh", "-c", told]),
            "PostgreSQL's package could not be told to start no server",
        )?;
    }
    let hint = format!("install by hand, then try again: apt-get install -y {}", missing.join(" "));
    run(install(project).arg("update").arg("-q"), &hint)?;
    run(install(project).args(["install", "-y", "-q", "--no-install-recommends"]).args(&missing), &hint)
}

/// How packages may be installed here, if at all: by Debian's tool, as root or by a sudo that asks nothing. What follows is the
/// command's name and arguments.
fn root() -> Option<fn(&Project) -> Command> {
    which("apt-get")?;
    if read(Command::new("id").arg("-u"), "").is_ok_and(|it| it.trim() == "0") {
        return Some(|project| project.command("env"));
    }
    succeeds(Command::new("sudo").args(["-n", "true"])).then_some(|project| {
        let mut command = project.command("sudo");
        command.arg("-n");
        command
    })
}

/// Debian keeps the programs beside PATH, one folder for each version.
fn has_postgresql() -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    which("initdb").is_some() || versions.into_iter().any(|it| it.path().join("bin/initdb").is_file())
}

fn has_japanese_font() -> bool {
    let known = Command::new("fc-list").args([":lang=ja", "family"]).output();
    is_installed("fonts-noto-cjk") || known.is_ok_and(|it| it.stdout.contains(&b'\n'))
}

/// Whether a package of Debian's is there.
fn is_installed(package: &str) -> bool {
    let status = Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]).output();
    status.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).contains("ok installed"))
}
