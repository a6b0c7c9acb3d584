//! Where things lie, and how other programs are started.
//!
//! Leaves to others what is started: every task builds its own command.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The checkout that this task builder belongs to.
pub(crate) struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// Finds the checkout by the manifest that cargo names when it starts us.
    pub(crate) fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .context("start the task builder through cargo: `cargo xtask …`, anywhere in the checkout")?;
        let root = Path::new(&manifest)
            .parent()
            .context("xtask's manifest has no folder above it: it belongs at the checkout's top level")?
            .to_path_buf();
        // A relative CARGO_TARGET_DIR counts from where the caller stands, as it does for cargo.
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => env::current_dir().context("the current folder is gone")?.join(dir),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// A path in the checkout.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A path in the target folder.
    pub(crate) fn target(&self, relative: &str) -> PathBuf {
        self.target.join(relative)
    }

    /// The server's binary, as `build` leaves it.
    pub(crate) fn server(&self) -> PathBuf {
        self.target(&format!("release/precheck-server{}", env::consts::EXE_SUFFIX))
    }

    /// The very cargo that started us, in the checkout.
    ///
    /// What `cargo run` put into our environment is about this package and is taken out again: build scripts that watch such a
    /// variable would otherwise be run anew each time that somebody changes between `cargo` and `cargo xtask`.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in env::vars_os() {
            let ours = name.to_str().is_some_and(|it| {
                it.starts_with("CARGO_PKG_")
                    || it.starts_with("CARGO_MANIFEST_")
                    || it.starts_with("CARGO_BIN_")
            });
            if ours {
                command.env_remove(name);
            }
        }
        command
    }

    /// Any program, started in the checkout.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }
}

/// Runs a command on our own terminal; `hint` says what to do when it fails.
pub(crate) fn run(command: &mut Command, hint: &str) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("`{shown}` could not be started: {hint}"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status}): {hint}");
    }
    Ok(())
}

/// Runs a command and gives what it wrote to its standard output.
pub(crate) fn read(command: &mut Command, hint: &str) -> Result<String> {
    let shown = shown(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{shown}` could not be started: {hint}"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({}): {hint}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` did not answer in UTF-8"))
}

/// Whether a command can be started and ends well; it says nothing on the terminal.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Where on PATH a program lies.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)))
        .find(|file| file.is_file())
}

/// The command as one would type it, the program without its folder.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
