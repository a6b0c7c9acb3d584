//! `precheck-server backup`: the program itself, copied under load and restored by the README's own words.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use crate::process::{Program, command};

const PROGRAM: &str = env!("CARGO_BIN_EXE_precheck-server");

/// The commands of the README's section, a block each.
pub(crate) fn blocks() -> Vec<String> {
    let readme = include_str!("../../../README.md");
    let section = readme.split("## Backup and restore\n\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let paragraphs = section.split("\n\n").filter(|it| it.starts_with("    "));
    paragraphs.map(|it| it.lines().map(str::trim).collect::<Vec<_>>().join("\n")).collect()
}

/// Types them into a shell that stands in `folder`, the server's program at hand.
pub(crate) fn type_in(folder: &Path, commands: &str) -> Output {
    let programs = Path::new(PROGRAM).parent().unwrap().display();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    run(Command::new("sh").args(["-e", "-c", commands]).current_dir(folder).env("PATH", path))
}

fn run(command: &mut Command) -> Output {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PRECHECK_")) {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn back_up(data: &Path, file: &Path) -> Output {
    run(Command::new(PROGRAM).arg("backup").arg(file).arg("--data").arg(data))
}

/// The one line of a backup that was refused; nothing is left of it.
#[track_caller]
fn refused(output: &Output, folder: &Path, files: usize) -> String {
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), files, "{told}");
    told
}

#[track_caller]
pub(crate) fn done(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn one_request(data: &Path) -> serde_json::Value {
    let program = Program::start(data);
    let accepted = program.post();
    program.signal("-TERM");
    accepted
}

#[test]
fn a_backup_under_load_is_restored_by_the_readmes_words_with_every_receipt_acknowledged_before_it() {
    const SENDERS: usize = 3;
    let folder = tempfile::tempdir().unwrap();
    let [backup, keep_the_key, restore, new_machine] = blocks().try_into().unwrap();
    let program = Program::start(&folder.path().join("data"));
    let (stop, (acknowledge, acknowledged)) = (AtomicBool::new(false), mpsc::channel());
    let (before, told, during) = std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            let (acknowledge, program, stop) = (acknowledge.clone(), &program, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Acquire) {
                    acknowledge.send(program.post()).unwrap();
                }
            });
        }
        drop(acknowledge);
        let mut before: Vec<_> = acknowledged.iter().take(40).collect();
        before.extend(acknowledged.try_iter());
        let told = type_in(folder.path(), &backup);
        // Those that the backup kept waiting, and those after it.
        let during: Vec<_> = acknowledged.iter().take(SENDERS + 10).collect();
        stop.store(true, Ordering::Release);
        (before, told, during)
    });
    let during: Vec<_> = during.into_iter().chain(acknowledged.try_iter()).collect();
    let told = done(told);
    done(type_in(folder.path(), &keep_the_key));
    assert!(told.starts_with("kept/precheck.db: ") && told.contains("The key is not in it"), "{told}");
    let held: usize = told.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(before.len() <= held && held <= before.len() + during.len(), "{told}");
    // The server has not noticed.
    for accepted in before.iter().chain(&during) {
        assert_eq!(program.receipt(accepted), 200);
    }
    program.signal("-KILL");

    let check = |place: &str| {
        done(type_in(folder.path(), &restore));
        let program = Program::start(&folder.path().join("data"));
        for accepted in &before {
            assert_eq!(program.receipt(accepted), 200, "{place}");
        }
        let found = during.iter().map(|it| program.receipt(it));
        let found: Vec<_> = found.inspect(|it| assert!([200, 404].contains(it), "{place}")).collect();
        assert_eq!(before.len() + found.iter().filter(|it| **it == 200).count(), held, "{place}");
        // It goes on where the backup ended.
        assert_eq!(program.receipt(&program.post()), 200, "{place}");
        program.signal("-TERM");
    };
    check("in place");
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    done(type_in(folder.path(), &new_machine));
    check("on a new machine");
}

#[test]
fn a_backup_of_a_server_that_does_not_run_leaves_nothing_else_behind() {
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    one_request(data.path());
    let output = back_up(data.path(), &kept.path().join("a.db"));
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("a.db: 1 request, schema "));
    // The widget's files of this release are there as well, for whoever has them open when the next one comes.
    let left = std::fs::read_dir(data.path()).unwrap().map(|it| it.unwrap().file_name());
    let left: Vec<_> = left.filter(|it| it != "widget").collect();
    assert_eq!(left.len(), 2, "the database and the keys: {left:?}");
    assert_eq!(std::fs::read_dir(kept.path()).unwrap().count(), 1);
}

#[test]
fn a_backup_needs_nothing_but_the_place() {
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    one_request(data.path());
    let url = format!("sqlite:{}", data.path().join("precheck.db").display());
    let mut elsewhere = Command::new(PROGRAM);
    elsewhere.current_dir(data.path()).args(["--data", ".", "backup"]).arg(kept.path().join("a.db"));
    let output =
        elsewhere.env("PRECHECK_DATABASE_URL", &url).env("PRECHECK_OFFICE", "/none").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let wrong = command(data.path()).args(["--database-url", "mysql:x", "backup", "b.db"]).output().unwrap();
    let told = String::from_utf8(wrong.stderr).unwrap();
    assert!(wrong.status.code() == Some(2) && told.lines().count() == 1, "{told}");
}

#[test]
fn a_database_of_an_older_program_is_backed_up_as_it_is_and_brought_up_to_date_at_the_start() {
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = rusqlite::Connection::open(data.path().join("precheck.db")).unwrap();
    database.execute_batch(include_str!("../../migrations/sqlite/0001_initial.sql")).unwrap();
    database.execute("insert into migration values (1, '0001_initial', 0)", []).unwrap();
    drop(database);
    let told = done(back_up(data.path(), &kept.path().join("a.db")));
    assert!(told.contains("a.db: 0 requests, schema 1,"), "{told}");
    one_request(data.path());
    let told = done(back_up(data.path(), &kept.path().join("b.db")));
    let newest = std::fs::read_dir("migrations/sqlite").unwrap().count();
    assert!(told.contains(&format!("b.db: 1 request, schema {newest},")), "{told}");
}

#[cfg(unix)]
#[test]
fn article_6_a_backup_is_readable_by_its_owner_alone_and_holds_nothing_in_plain() {
    use std::os::unix::fs::PermissionsExt;
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    one_request(data.path());
    let file = kept.path().join("a.db");
    assert!(back_up(data.path(), &file).status.success());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = std::fs::read(&file).unwrap();
    for personal in [crate::harness::NAME, crate::harness::NUMBER, crate::harness::BIRTH_DATE] {
        assert!(!bytes.windows(personal.len()).any(|it| it == personal.as_bytes()), "{personal}");
    }
}

#[test]
fn a_backup_overwrites_nothing_and_says_in_one_line_why_there_is_none() {
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = kept.path().join("a.db");
    let told = refused(&back_up(data.path(), &file), kept.path(), 0);
    assert!(told.contains("there is no database") && told.contains("--data"), "{told}");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "none is made");
    one_request(data.path());

    std::fs::write(&file, "mine").unwrap();
    let told = refused(&back_up(data.path(), &file), kept.path(), 1);
    assert!(told.contains("a.db is there already"), "{told}");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    refused(&back_up(data.path(), kept.path()), kept.path(), 1);
    refused(&back_up(data.path(), &data.path().join("precheck.db")), kept.path(), 1);

    for nowhere in [kept.path().join("none/b.db"), file.join("b.db")] {
        let told = refused(&back_up(data.path(), &nowhere), kept.path(), 1);
        assert!(told.contains("cannot write") && told.contains("b.db"), "{told}");
    }
    refused(&back_up(data.path(), Path::new("..")), kept.path(), 1);
}

#[test]
fn article_6_a_backup_that_the_key_at_hand_does_not_open_is_none() {
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    one_request(data.path());
    let (key, file) = (data.path().join("keys/master.key"), kept.path().join("a.db"));
    let right = std::fs::read_to_string(&key).unwrap();
    let other = format!("precheck-key-1 {}\n", "7".repeat(64));
    std::fs::write(&key, other).unwrap();
    let told = refused(&back_up(data.path(), &file), kept.path(), 0);
    assert!(told.contains("but the database was sealed with key"), "{told}");
    std::fs::remove_file(&key).unwrap();
    let told = refused(&back_up(data.path(), &file), kept.path(), 0);
    assert!(told.contains("master.key is missing") && !key.exists(), "{told}");

    let private = |text: &str| {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        std::io::Write::write_all(&mut options.open(&key).unwrap(), text.as_bytes()).unwrap();
    };
    private(&right);
    let database = rusqlite::Connection::open(data.path().join("precheck.db")).unwrap();
    database.execute("update booking set sealed = zeroblob(100)", []).unwrap();
    let told = refused(&back_up(data.path(), &file), kept.path(), 0);
    assert!(told.contains("does not open what is sealed"), "{told}");
    // Without a request, the answer kept for repetitions is tried.
    database.pragma_update(None, "foreign_keys", false).unwrap();
    database
        .execute_batch(
            "delete from booking; delete from event; delete from wish; delete from name_token;
             update idempotency set answer = zeroblob(100)",
        )
        .unwrap();
    refused(&back_up(data.path(), &file), kept.path(), 0);
    database.execute("delete from idempotency", []).unwrap();
    assert!(back_up(data.path(), &file).status.success());
}

#[test]
fn a_damaged_foreign_or_newer_database_gives_no_backup() {
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    one_request(data.path());
    let (path, file) = (data.path().join("precheck.db"), kept.path().join("a.db"));
    let spoil = |sql: &str| {
        let database = rusqlite::Connection::open(&path).unwrap();
        database.pragma_update(None, "foreign_keys", false).unwrap();
        database.execute_batch(sql).unwrap();
        drop(database);
        refused(&back_up(data.path(), &file), kept.path(), 0)
    };
    let told = spoil("insert into wish (office, booking, position, start_at) values ('otaru', 99, 0, 0)");
    assert!(told.contains("does not hold") && told.contains("wish"), "{told}");
    let told = spoil("insert into migration values (99, '0099_later', 0)");
    assert!(told.contains("newer"), "{told}");
    std::fs::remove_file(&path).unwrap();
    let told = spoil("create table person (name text)");
    assert!(told.contains("not a database of this program"), "{told}");
    std::fs::write(&path, "x".repeat(5000)).unwrap();
    let told = refused(&back_up(data.path(), &file), kept.path(), 0);
    assert!(told.contains("precheck.db: file is not a database"), "{told}");
}

#[cfg(unix)]
#[test]
fn a_backup_that_finds_no_room_leaves_nothing_and_the_server_goes_on() {
    let (data, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = Program::start(data.path());
    let accepted = program.post();
    // No file may become longer than a few blocks: a disk that is full, for this process alone.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" backup \"$1\" --data \"$2\"", PROGRAM]);
    let output = run(shell.arg(kept.path().join("a.db")).arg(data.path()));
    let told = refused(&output, kept.path(), 0);
    assert!(told.contains("precheck.db") || told.contains("a.db"), "{told}");
    assert_eq!(program.receipt(&accepted), 200);
    assert_eq!(program.receipt(&program.post()), 200);
    program.signal("-TERM");
}
