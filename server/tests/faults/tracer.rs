//! strace, at the server's side: it writes down what the server asks of the system, or lets that fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::PATIENCE;
use crate::pause;
use crate::program::Running;
use crate::trace::{self, Call};

/// What is missing where it does not start.
const STRACE: &str = "strace is missing: `cargo xtask tools` installs it";

const CALLS: &str =
    "fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg,recvfrom,recvmsg,read,readv";

/// A tracer that was attached to a running program; it lets go when this is dropped.
pub(crate) struct Tracer(Running);

impl Tracer {
    /// Attaches itself to a process and all that it starts, and waits until that is done.
    async fn attach(process: u32, folder: &Path, how: &[String]) -> Self {
        let words = folder.join("strace.log");
        let said = std::fs::File::create(&words).unwrap();
        let mut tracer = Command::new("strace");
        tracer.args(["--follow-forks", "--attach", &process.to_string()]).args(how);
        let tracer = Self(Running(tracer.stdin(Stdio::null()).stderr(said).spawn().expect(STRACE)));
        let began = Instant::now();
        loop {
            let said = std::fs::read_to_string(&words).unwrap();
            if said.contains(" attached") {
                return tracer;
            }
            assert!(began.elapsed() < PATIENCE, "strace does not attach itself: {said}");
            pause(Duration::from_millis(5)).await;
        }
    }

    /// These calls of a process fail with this error.
    pub(crate) async fn failing(process: u32, folder: &Path, calls: &str, error: &str) -> Self {
        let how =
            [format!("--trace={calls}"), format!("--inject={calls}:error={error}"), to("/dev/null".as_ref())];
        Self::attach(process, folder, &how).await
    }

    /// Writes down what a process and its children do from now on.
    pub(crate) async fn watching(process: u32, folder: &Path, file: &Path) -> Self {
        Self::attach(process, folder, &[flags().as_slice(), &[to(file)]].concat()).await
    }
}

impl Drop for Tracer {
    /// It lets go between two calls, and not in one.
    fn drop(&mut self) {
        self.0.signal("-INT");
        let _ = self.0.0.wait();
    }
}

/// Which process, when, how long, on which file or socket, with what.
fn flags() -> Vec<String> {
    let trace = format!("--trace={CALLS}");
    ["--follow-forks", "-ttt", "-T", "-yy", "--string-limit=2048", &trace].map(str::to_owned).to_vec()
}

fn to(file: &Path) -> String {
    format!("--output={}", file.display())
}

/// The command under which a program is watched from its start. The program stays our child: the tracer is its own grandchild.
pub(crate) fn watched(file: &Path) -> Vec<String> {
    let command = ["strace", "--daemonize=grandchild"].map(str::to_owned).to_vec();
    [command, flags(), vec![to(file)]].concat()
}

/// Starts it, and says what is missing where that fails.
pub(crate) fn start(command: &mut Command) -> Running {
    Running(command.spawn().expect(STRACE))
}

/// What was written down of a program that was watched until its end.
pub(crate) async fn read(file: &PathBuf) -> Vec<Call> {
    let began = Instant::now();
    loop {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        if text.trim_end().lines().last().is_some_and(|it| it.ends_with("+++")) {
            return trace::read(&text);
        }
        assert!(began.elapsed() < PATIENCE, "the trace has no end: {text}");
        pause(Duration::from_millis(20)).await;
    }
}

/// Which strace it is, by the line that it says itself.
pub(crate) fn version() -> String {
    let output = Command::new("strace").arg("--version").output().expect(STRACE);
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().replace(" -- version", "")
}
