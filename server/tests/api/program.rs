//! The program, started with a data folder and asked over its socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::harness::{NOW, body, new_key};

pub(crate) fn command(data: &Path) -> Command {
    command_with(data, "off")
}

/// With limits or without.
pub(crate) fn command_with(data: &Path, limits: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_precheck-server"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PRECHECK_")) {
        command.env_remove(name);
    }
    command.args(["--bind", "127.0.0.1:0", "--clock", NOW, "--limits", limits, "--data"]).arg(data);
    // The tests' PostgreSQL does not wait for the disk.
    command.args(crate::POSTGRES.then_some(["--durability", "off"]).iter().flatten());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) struct Program {
    child: Child,
    address: String,
}

impl Program {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_as(&mut command(data))
    }

    pub(crate) fn start_as(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim_end().strip_prefix("Listening on http://").unwrap_or_else(|| panic!("{line:?}"));
        Self { address: address.to_owned(), child }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn send(&self, request: &str) -> (u16, String) {
        let (status, _, body) = self.exchange(request);
        (status, body)
    }

    /// Status, head in small letters, body.
    pub(crate) fn exchange(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), head.to_ascii_lowercase(), body.to_owned())
    }

    pub(crate) fn post(&self) -> Value {
        let (status, _, answer) = self.post_as(&new_key(), &body());
        assert_eq!(status, 201, "{answer}");
        serde_json::from_str(&answer).unwrap()
    }

    pub(crate) fn post_as(&self, key: &str, body: &Value) -> (u16, String, String) {
        let body = body.to_string();
        self.exchange(&format!(
            "POST /api/v1/requests HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
             idempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    pub(crate) fn receipt(&self, accepted: &Value) -> u16 {
        let text = |name: &str| accepted[name].as_str().unwrap().to_owned();
        let (number, code) = (text("reception_number"), text("receipt_code"));
        let head = format!("GET /api/v1/requests/{number} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        self.send(&format!("{head}authorization: Bearer {code}\r\n\r\n")).0
    }

    pub(crate) fn signal(self, name: &str) -> Output {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
        self.child.wait_with_output().unwrap()
    }
}
