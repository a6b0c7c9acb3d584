//! The program itself: its one line when ready, its faults, its signals, and what survives them.

use std::path::Path;

pub(crate) use crate::program::{Program, command};

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
fn what_a_stranger_sends_is_no_line_each_and_what_was_refused_is_told_as_numbers() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let long = "a".repeat(70_000);
    let head = "host: localhost\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n";
    let post = |path: &str, more: &str, body: &str| {
        let length = body.len();
        let sent = format!("POST {path} HTTP/1.1\r\n{head}{more}content-length: {length}\r\n\r\n{body}");
        program.exchange(&sent).0
    };
    for _ in 0..20 {
        assert_eq!(post("/desk/sign-in", "", &long), 413);
        assert_eq!(post("/desk/sign-out", "x-nobody: 1\r\n", "a=b"), 401);
        assert_eq!(
            program.exchange("POST /desk/new HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").0,
            403
        );
        let receipt = "GET /api/v1/requests/7K3M9QXD2 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        assert_eq!(program.exchange(receipt).0, 404);
    }
    let output = program.signal("-TERM");
    let written = String::from_utf8(output.stderr).unwrap();
    assert!(!written.contains("ERROR"), "{written}");
    let told: Vec<_> = written.lines().filter(|it| it.contains("refused in the last minute")).collect();
    assert_eq!(told.len(), 1, "{written}");
    for part in ["not_allowed=20", "too_long=20", "too_often=0", "receipts=20"] {
        assert!(told[0].contains(part), "{}", told[0]);
    }
    assert!(!written.contains("127.0.0.1") && !written.contains("7K3M"), "{written}");
    assert!(written.lines().count() < 20, "{written}");
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
