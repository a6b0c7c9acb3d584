//! Child processes that do not outlive their trial, and the server as one of them.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::sync::mpsc;
use std::time::Duration;

/// A start takes a tenth of a second; on a machine that does much else, more.
const START: Duration = Duration::from_secs(20);

/// A child process; dropping it is `kill -9`.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Running {
    /// And waits until it is gone.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that listens.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    pub(crate) running: Running,
}

impl Program {
    /// Starts it and waits until it says where it listens; `last_words` are asked for when it does not.
    pub(crate) fn wait_for(mut command: Command, last_words: impl Fn() -> String) -> Self {
        let mut running = Running(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")));
        let output = running.0.stdout.take().unwrap();
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(output).read_line(&mut line).map(|_| tell.send(line));
        });
        let line = told.recv_timeout(START).unwrap_or_default();
        let address = line.trim_end().strip_prefix("Listening on http://").and_then(|it| it.parse().ok());
        let address =
            address.unwrap_or_else(|| panic!("the server did not start: {line:?} {}", last_words()));
        Self { address, running }
    }

    /// Ends it in order.
    pub(crate) fn stop(mut self) {
        self.running.signal("-TERM");
        assert!(self.running.0.wait().unwrap().success(), "the server did not end in order");
    }
}
