//! Who may open what: only the server makes a database, one server at a time, for the office that it belongs to, in a folder that
//! is its own alone.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Output;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::harness::database;
use crate::program::{Program, command};

/// Every command that needs a database.
const COMMANDS: [&[&str]; 4] = [
    &["audit", "verify"],
    &["staff", "add", "--login", "kyoko", "--name", "小樽 京子"],
    &["staff", "link", "--login", "kyoko"],
    &["backup", "copy.db"],
];

fn run(data: &Path, flags: &[&str]) -> Output {
    command(data).args(flags).current_dir(data.parent().unwrap()).output().unwrap()
}

/// Its last line; the ones before are warnings of the settings.
#[track_caller]
fn refused(output: &Output) -> String {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
    told.lines().last().unwrap_or_default().to_owned()
}

/// A folder with a data folder in it, in which a server has run and taken a request.
fn used() -> (TempDir, std::path::PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let program = Program::start(&data);
    program.post();
    program.signal("-TERM");
    (home, data)
}

fn change(data: &Path, sql: &str) {
    Connection::open(database(data)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_command_that_finds_no_database_says_so_in_one_line_and_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    for act in COMMANDS {
        let output = run(&data, act);
        let told = refused(&output);
        assert!(told.contains("precheck.db") && told.contains("--data"), "{told}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "neither folder, key nor file");
    // An empty file is no database either.
    std::fs::create_dir(&data).unwrap();
    std::fs::write(database(&data), "").unwrap();
    for act in COMMANDS {
        refused(&run(&data, act));
    }
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1);
    assert_eq!(std::fs::metadata(database(&data)).unwrap().len(), 0);
}

#[test]
fn a_command_makes_no_key_and_changes_no_schema_under_a_server_of_an_older_program() {
    let (_home, data) = used();
    let newest: i64 = Connection::open(database(&data))
        .unwrap()
        .query_row("select max(number) from migration", [], |row| row.get(0))
        .unwrap();
    change(&data, &format!("delete from migration where number = {newest}"));
    for act in &COMMANDS[..3] {
        let told = refused(&run(&data, act));
        assert!(told.contains(&newest.to_string()) && told.contains("start"), "{told}");
    }
    let rows = Connection::open(database(&data))
        .unwrap()
        .query_row("select count(*) from migration", [], |row| row.get::<_, i64>(0))
        .unwrap();
    assert_eq!(rows, newest - 1);

    let (_home, data) = used();
    std::fs::remove_dir_all(data.join("keys")).unwrap();
    for act in &COMMANDS[..3] {
        let told = refused(&run(&data, act));
        assert!(told.contains("master.key is missing"), "{told}");
    }
    assert!(!data.join("keys").exists());
}

#[test]
fn a_server_makes_no_database_beside_the_key_of_another_unless_a_person_says_so() {
    let (_home, data) = used();
    for empty in [false, true] {
        for name in ["precheck.db", "precheck.db-wal", "precheck.db-shm"] {
            let _ = std::fs::remove_file(data.join(name));
        }
        if empty {
            std::fs::write(database(&data), "").unwrap();
        }
        let told = refused(&run(&data, &[]));
        assert!(told.contains("restore") && told.contains("--new-database"), "{told}");
        assert_eq!(database(&data).exists(), empty, "none is made");
        assert!(!data.join("precheck.db.lock").exists());
    }
    let key = std::fs::read(data.join("keys/master.key")).unwrap();
    let program = Program::start_as(command(&data).arg("--new-database"));
    program.post();
    program.signal("-TERM");
    assert_eq!(std::fs::read(data.join("keys/master.key")).unwrap(), key);
    // The flag is for one start.
    Program::start(&data).signal("-TERM");
}

#[test]
fn article_6_a_key_is_never_made_over_sealed_rows_whatever_else_is_gone() {
    let (_home, data) = used();
    let (key, away) = (data.join("keys"), data.join("away"));
    std::fs::rename(&key, &away).unwrap();
    change(&data, "delete from meta where name = 'key_id'");
    let told = refused(&run(&data, &[]));
    assert!(told.contains("master.key is missing") && !key.exists(), "{told}");
    // The right key is known by the rows themselves.
    std::fs::rename(&away, &key).unwrap();
    Program::start(&data).signal("-TERM");
}

#[test]
fn of_two_servers_on_one_database_the_second_is_refused_in_one_line_and_commands_are_not() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let program = Program::start(&data);
    let url = format!("sqlite:{}", database(&data).display());
    let other = home.path().join("other");
    symlink(&data, &other).unwrap();
    for place in [vec![], vec!["--data", other.to_str().unwrap()], vec!["--database-url", &url]] {
        let told = refused(&run(&data, &place));
        assert!(told.contains("another server uses it"), "{told}");
    }
    for act in [COMMANDS[0], COMMANDS[1], COMMANDS[3]] {
        let output = run(&data, act);
        assert!(output.status.success(), "{output:?}");
    }
    let accepted = program.post();
    assert_eq!(program.receipt(&accepted), 200, "the first one has not noticed");
    // However the first one ends, the next one starts.
    program.signal("-KILL");
    let program = Program::start(&data);
    assert_eq!(program.receipt(&accepted), 200);
    program.signal("-TERM");
    assert!(!data.join("precheck.db.lock").exists());
}

/// The built-in office under another id.
fn office(home: &Path, id: &str) -> String {
    let folder = home.join(id);
    std::fs::create_dir_all(&folder).unwrap();
    for file in std::fs::read_dir("../shared/offices/otaru").unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    let policy = std::fs::read_to_string(folder.join("policy.toml")).unwrap();
    let renamed = policy.replace("id = \"otaru\"", &format!("id = \"{id}\""));
    assert_ne!(renamed, policy);
    std::fs::write(folder.join("policy.toml"), renamed).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn an_office_that_a_filled_database_does_not_know_is_refused_unless_a_person_says_so() {
    let (home, data) = used();
    let kushiro = office(home.path(), "kushiro");
    // Also in a database of a time that did not say whose it is.
    for forgotten in [false, true] {
        if forgotten {
            change(&data, "delete from meta where name like 'office/%'");
        }
        let told = refused(&run(&data, &["--office", &kushiro]));
        assert!(
            told.contains("`kushiro`") && told.contains("`otaru`") && told.contains("--new-office"),
            "{told}"
        );
        let told = refused(&run(&data, &["audit", "verify", "--office", &kushiro]));
        assert!(told.contains("`otaru`"), "{told}");
    }
    Program::start(&data).signal("-TERM");
    Program::start_as(command(&data).args(["--office", &kushiro, "--new-office"])).signal("-TERM");
    // From now on both are known.
    Program::start_as(command(&data).args(["--office", &kushiro])).signal("-TERM");
    Program::start(&data).signal("-TERM");
}

#[test]
fn a_folder_that_others_can_write_and_a_key_of_another_account_are_refused_with_what_to_do() {
    let (_home, data) = used();
    let set = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    for (path, mode, good) in [
        (data.clone(), 0o777, 0o700),
        (data.clone(), 0o770, 0o700),
        (data.join("keys"), 0o777, 0o700),
        (data.join("keys/master.key"), 0o666, 0o600),
        (database(&data), 0o666, 0o600),
    ] {
        set(&path, mode);
        let told = refused(&run(&data, &[]));
        assert!(told.contains(path.to_str().unwrap()) && told.contains("chmod"), "{told}");
        set(&path, good);
    }
    let key = data.join("keys/master.key");
    if std::os::unix::fs::chown(&key, Some(4711), None).is_ok() {
        let told = refused(&run(&data, &[]));
        assert!(told.contains("4711") && told.contains("chown"), "{told}");
        std::os::unix::fs::chown(&key, Some(0), None).unwrap();
    }
    Program::start(&data).signal("-TERM");
}
