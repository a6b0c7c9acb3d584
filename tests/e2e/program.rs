//! The programs that a test starts: server, driver with its browser, sound card. They end with the test, whatever becomes of it.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A program with all that it has started, which ends with the value that holds it, without warning, as in a power cut.
///
/// It has a group of its own beside a watcher who holds the other end of a pipe of ours. When that is closed, here or because
/// this very process is gone, in a panic, by Ctrl-C or killed, the watcher ends the whole group: a driver that is killed would
/// leave its browser behind.
pub(crate) struct Program {
    program: Child,
    watcher: Child,
}

impl Program {
    /// Starts a program; what it says is read from the one or the other of its outputs.
    pub(crate) fn start<Output>(
        command: &mut Command,
        output: impl FnOnce(&mut Child) -> Option<Output>,
    ) -> Result<(Self, Output)> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut program =
            command.process_group(0).spawn().with_context(|| format!("{name} cannot be started"))?;
        let output = output(&mut program);
        let watcher = Command::new("sh")
            .args(["-c", "read -r _; kill -s KILL -- \"-$0\"", &program.id().to_string()])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match watcher {
            Ok(watcher) => {
                Ok((Self { program, watcher }, output.with_context(|| format!("{name} has no output"))?))
            }
            Err(error) => {
                // Nobody else would end it.
                drop((program.kill(), program.wait()));
                Err(error).context("no shell to watch over a program")
            }
        }
    }
}

impl Program {
    /// By which the system knows it.
    pub(crate) fn id(&self) -> u32 {
        self.program.id()
    }

    /// Ends all that it has started, and not itself, as a machine short of memory might.
    pub(crate) fn loses_its_own(&self) -> Result<()> {
        let group = self.id().to_string();
        let started = std::fs::read_dir("/proc").context("no processes to see")?.flatten().filter_map(|it| {
            let id = it.file_name().into_string().ok().filter(|id| *id != group)?;
            let told = std::fs::read_to_string(it.path().join("stat")).ok()?;
            // Its name, which may hold anything, is in brackets; state, parent and group follow.
            let (_, told) = told.rsplit_once(") ")?;
            (told.split(' ').nth(2) == Some(group.as_str())).then_some(id)
        });
        let ended = Command::new("kill").args(["-s", "KILL"]).args(started).status();
        ensure!(ended.context("nothing to end a program with")?.success(), "nothing was ended");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Waiting closes the pipe first. Nothing is left to tell when all has ended already.
        drop((self.watcher.wait(), self.program.kill(), self.program.wait()));
    }
}
