//! Accounts and log from a shell, beside a server that runs.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command};

use private_postgres::Postgres;

use crate::program::{Program, command};

/// On which database.
fn place() -> Vec<String> {
    let url = crate::POSTGRES.then(|| ["--database-url".to_owned(), Postgres::shared().database()]);
    url.into_iter().flatten().collect()
}

fn run(command: &mut Command, act: &[&str]) -> (Option<i32>, String, String) {
    let output = command.args(act).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn get(program: &Program, path: &str) -> (u16, String) {
    let (status, _, body) =
        program.exchange(&format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
    (status, body)
}

/// The path of the link that was printed.
fn link(said: &str) -> &str {
    let address = said.lines().find(|it| it.starts_with("http")).unwrap_or_else(|| panic!("{said:?}"));
    &address[address.find("/desk").unwrap()..]
}

fn shell(data: &Path, place: &[String], act: &[&str]) -> (Option<i32>, String, String) {
    run(command(data).args(place), act)
}

#[test]
fn a_shell_adds_staff_and_makes_links_while_the_server_runs_or_not() {
    let (data, place) = (tempfile::tempdir().unwrap(), place());
    let add =
        |login: &str| shell(data.path(), &place, &["staff", "add", "--login", login, "--name", "小樽 京子"]);
    // Only the server makes a database: before its first start there is nothing to add anybody to.
    let (code, _, told) = add("kyoko");
    assert!(code == Some(1) && told.lines().count() == 1 && told.contains("there is none"), "{told}");
    // Between two starts; the server that starts then has staff, and prints no link.
    Program::start_as(command(data.path()).args(&place)).signal("-TERM");
    let (code, early, _) = add("kyoko");
    assert_eq!(code, Some(0), "{early}");
    let program = Program::start_as(command(data.path()).args(&place));
    let (status, page) = get(&program, link(&early));
    assert!(status == 200 && page.contains("kyoko"), "{page}");
    let (code, said, _) = shell(
        data.path(),
        &place,
        &["staff", "add", "--login", "Jiro", "--name", "余市 次郎", "--role", "officer"],
    );
    assert_eq!(code, Some(0), "{said}");
    let (status, page) = get(&program, link(&said));
    assert!(status == 200 && page.contains("jiro"), "{page}");
    let (code, newer, _) = shell(data.path(), &place, &["staff", "link", "--login", "jiro"]);
    assert_eq!(code, Some(0), "{newer}");
    assert_eq!((get(&program, link(&said)).0, get(&program, link(&newer)).0), (404, 200));

    let (code, said, log) = add("kyoko");
    assert!(code == Some(1) && said.is_empty() && log.lines().count() == 1, "{log}");
    assert!(log.contains("staff link"), "{log}");
    for act in [
        vec!["staff", "link", "--login", "nobody"],
        vec!["staff", "add", "--login", "a b", "--name", "x"],
        vec!["staff", "add", "--login", "ab", "--name", "x", "--role", "owner"],
    ] {
        let (code, said, log) = shell(data.path(), &place, &act);
        assert!(code == Some(1) && said.is_empty() && log.lines().count() == 1, "{act:?}: {log}");
    }
    let (code, said, _) = shell(data.path(), &place, &["audit", "verify"]);
    assert!(code == Some(0) && said.starts_with("The log is intact: "), "{said}");
    let output = program.signal("-TERM");
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
}

/// The server, its lines, and the path of the link that it has printed.
fn first_start(data: &Path, place: &[String]) -> (Child, BufReader<ChildStdout>, String) {
    let mut child = command(data).args(place).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("http") {
        line.clear();
        assert!(0 < lines.read_line(&mut line).unwrap(), "the server has ended");
    }
    (child, lines, link(&line).trim_end().to_owned())
}

#[test]
fn each_start_without_staff_prints_one_link_and_the_older_one_dies() {
    let (data, place) = (tempfile::tempdir().unwrap(), place());
    let stop = |mut child: Child, mut lines: BufReader<ChildStdout>| {
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert!(child.wait().unwrap().success());
        rest
    };
    let (child, lines, older) = first_start(data.path(), &place);
    let rest = stop(child, lines);
    assert_eq!(rest, "This link can be used once, in the next 24 hours.\n");
    let (child, lines, newer) = first_start(data.path(), &place);
    assert_ne!(older, newer);
    stop(child, lines);
    // Somebody is added: the server that starts then prints none, and the last one is dead too.
    let add = ["staff", "add", "--login", "kyoko", "--name", "小樽 京子"];
    assert_eq!(shell(data.path(), &place, &add).0, Some(0));
    let program = Program::start_as(command(data.path()).args(&place));
    assert_eq!((get(&program, &older).0, get(&program, &newer).0), (404, 404));
    assert!(program.signal("-TERM").stdout.is_empty());
}
