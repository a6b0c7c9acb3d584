//! The program itself: its one line when ready, its faults, its signals, and what survives them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::harness::{NOW, body, new_key};

pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_precheck-server"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PRECHECK_")) {
        command.env_remove(name);
    }
    command.args(["--bind", "127.0.0.1:0", "--clock", NOW, "--limits", "off", "--data"]).arg(data);
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

#[track_caller]
fn refused(data: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let output = command(data).args(flags).output().unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn an_acknowledged_request_survives_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let accepted: Vec<_> = (0..10).map(|_| program.post()).collect();
    program.signal("-KILL");
    let program = Program::start(data.path());
    for accepted in &accepted {
        assert_eq!(program.receipt(accepted), 200);
    }
    program.signal("-TERM");
}

#[test]
fn a_signal_to_stop_ends_the_program_in_order_and_folds_the_log() {
    let data = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let program = Program::start(data.path());
        program.post();
        let output = program.signal(signal);
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{log}");
        assert!(
            log.contains("THE CLOCK DOES NOT SHOW THE REAL TIME") && log.contains("RATE LIMITS ARE OFF"),
            "{log}"
        );
        assert!(!data.path().join("precheck.db-wal").exists());
    }
}

#[test]
fn every_fault_of_the_settings_is_a_line_and_the_exit_code_is_2() {
    let data = tempfile::tempdir().unwrap();
    let flags = [
        "--database-url",
        "postgres://u:p@h/d",
        "--telephone",
        "x",
        "--allowed-origins",
        "*",
        "--public-url",
        "x",
    ];
    let (code, log) = refused(data.path(), &flags);
    assert_eq!(code, Some(2), "{log}");
    for part in ["--database-url", "--telephone", "--allowed-origins", "--public-url"] {
        assert_eq!(log.lines().filter(|it| it.contains(part)).count(), 1, "{part}: {log}");
    }
    assert_eq!(log.lines().count(), 4, "{log}");
    assert!(
        std::fs::read_dir(data.path()).unwrap().next().is_none(),
        "nothing is made by a start that fails"
    );
}

#[test]
fn one_fault_is_one_line() {
    let data = tempfile::tempdir().unwrap();
    for flags in [
        ["--telephone", "abc", "--public-url", "https://precheck.example.jp"],
        ["--telephone", "0134-00-0000", "--office", "/nonexistent"],
    ] {
        let (code, log) = refused(data.path(), &flags);
        assert_eq!((code, log.lines().count()), (Some(2), 1), "{log}");
    }
}

#[test]
fn settings_come_from_the_environment_too_and_a_flag_wins() {
    let data = tempfile::tempdir().unwrap();
    let output =
        command(data.path()).env("PRECHECK_PUBLIC_URL", "x").env("PRECHECK_LIMITS", "x").output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{log}");
    assert!(log.contains("--public-url") && !log.contains("--limits"), "{log}");
}

#[test]
fn article_6_a_start_without_the_key_of_its_database_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    program.post();
    program.signal("-TERM");
    let key = data.path().join("keys/master.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let (code, log) = refused(data.path(), &[]);
    assert!(code == Some(1) && log.contains("master.key is missing"), "{log}");
    assert!(!key.exists(), "a lost key is not replaced");
    std::fs::write(&key, kept).unwrap();
    let (code, log) = refused(data.path(), &[]);
    assert!(code == Some(1) && log.contains("chmod 600"), "{log}");
}

#[test]
fn a_database_of_a_newer_program_or_of_another_one_is_refused() {
    let data = tempfile::tempdir().unwrap();
    Program::start(data.path()).signal("-TERM");
    let database = rusqlite::Connection::open(data.path().join("precheck.db")).unwrap();
    database.execute("insert into migration values (99, '0099_later', 0)", []).unwrap();
    drop(database);
    let (code, log) = refused(data.path(), &[]);
    assert!(code == Some(1) && log.contains("99") && log.contains("newer"), "{log}");

    let other = data.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute("create table person (name text)", []).unwrap();
    let (code, log) = refused(data.path(), &["--database-url", &format!("sqlite:{}", other.display())]);
    assert!(code == Some(1) && log.contains("not a database of this program"), "{log}");

    std::fs::write(data.path().join("no.db"), "x".repeat(5000)).unwrap();
    let (code, log) =
        refused(data.path(), &["--database-url", &format!("sqlite:{}/no.db", data.path().display())]);
    assert!(code == Some(1) && log.contains("no.db"), "{log}");
}

#[test]
fn an_address_in_use_is_told_in_one_line() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, log) = refused(data.path(), &["--bind", &address]);
    assert!(code == Some(1) && log.lines().last().unwrap().contains(&address), "{log}");
}
