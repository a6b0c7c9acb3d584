//! Two programs on one database, as an office group runs them.

use std::path::Path;
use std::process::Command;

use private_postgres::Postgres;
use serde_json::Value;

use crate::harness::{body, new_key};
use crate::program::{Program, command};

/// The program on a database, with a data folder that has the other's key.
fn beside(data: &Path, url: &str) -> Program {
    Program::start_as(command(data).args(["--database-url", url]))
}

fn copy_key(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from.join("keys")).arg(to.join("keys")).status();
    assert!(copied.unwrap().success());
}

#[test]
fn two_programs_with_one_key_take_requests_replay_each_others_answers_and_survive_a_kill() {
    let url = Postgres::shared().database();
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = beside(one.path(), &url);
    copy_key(one.path(), other.path());
    let second = beside(other.path(), &url);
    let (key, request) = (new_key(), body());
    let (status, _, answer) = first.post_as(&key, &request);
    assert_eq!(status, 201, "{answer}");
    let (status, head, again) = second.post_as(&key, &request);
    assert!(status == 201 && head.contains("idempotent-replayed: true"), "{head}");
    assert_eq!(again, answer);
    let accepted: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(second.receipt(&accepted), 200);
    first.signal("-KILL");
    assert_eq!(second.receipt(&accepted), 200);
    let later = second.post();
    let output = second.signal("-TERM");
    assert!(output.status.success());
    let first = beside(one.path(), &url);
    assert_eq!((first.receipt(&accepted), first.receipt(&later)), (200, 200));
    first.signal("-TERM");
}

#[test]
fn article_6_a_program_with_another_key_or_none_does_not_start_on_the_database() {
    let url = Postgres::shared().database();
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = beside(one.path(), &url);
    first.post();
    let refused = || {
        let output = command(other.path()).args(["--database-url", &url]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let missing = refused();
    assert!(missing.contains("master.key is missing"), "{missing}");
    // A key of its own, made on a database of its own.
    beside(other.path(), &Postgres::shared().database()).signal("-TERM");
    let wrong = refused();
    assert!(wrong.contains("but the database was sealed with key"), "{wrong}");
    first.signal("-TERM");
}

#[test]
fn neither_password_nor_address_stands_in_the_log_and_a_database_that_is_not_there_is_one_line() {
    let data = tempfile::tempdir().unwrap();
    let output =
        command(data.path()).args(["--database-url", "postgres://me:hush@127.0.0.1:1/x"]).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let last = log.lines().last().unwrap();
    assert!(
        output.status.code() == Some(1) && last.contains("cannot use the database x on 127.0.0.1"),
        "{log}"
    );
    assert!(!log.contains("hush"), "{log}");
}

#[test]
fn the_program_makes_no_backup_of_postgresql_and_says_what_does() {
    let data = tempfile::tempdir().unwrap();
    let url = "postgres://me:hush@127.0.0.1:1/x";
    let output = command(data.path()).args(["--database-url", url, "backup", "a.db"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && told.lines().count() == 1, "{told}");
    assert!(told.contains("pg_dump") && told.contains("keys") && !told.contains("hush"), "{told}");
}

#[test]
fn pg_dump_and_pg_restore_bring_everything_back_that_was_there_at_the_dump() {
    let server = Postgres::shared();
    let url = server.database();
    let data = tempfile::tempdir().unwrap();
    let program = beside(data.path(), &url);
    let accepted = [program.post(), program.post()];
    let dump = data.path().join("precheck.dump");
    let run = |name: &str, arguments: &[&str]| {
        let done = Command::new(server.programs().join(name)).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    run("pg_dump", &["--format=custom", "--file", dump.to_str().unwrap(), &url]);
    program.post();
    program.signal("-KILL");
    let restored = server.database();
    run("pg_restore", &["--no-owner", "--exit-on-error", "--dbname", &restored, dump.to_str().unwrap()]);
    let program = beside(data.path(), &restored);
    for accepted in &accepted {
        assert_eq!(program.receipt(accepted), 200);
    }
    assert_eq!(program.receipt(&program.post()), 200);
    program.signal("-TERM");
}
