//! What lies beneath the running server is moved, replaced, removed or overwritten: nothing is acknowledged any more, the server
//! is not ready, one line says so, and what was acknowledged before is there when the right files are.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{body, database, new_key};
use crate::program::{Program, command};

/// A server that has not noticed by then never will.
const NOTICED: Duration = Duration::from_secs(5);

struct Site {
    _home: TempDir,
    data: PathBuf,
    aside: PathBuf,
}

impl Site {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (data, aside) = (home.path().join("data"), home.path().join("aside"));
        fs::create_dir(&aside).unwrap();
        Self { data, aside, _home: home }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    fn move_away(&self, name: &str) {
        fs::rename(self.file(name), self.aside.join(name)).unwrap();
    }

    fn put_back(&self, name: &str) {
        fs::rename(self.aside.join(name), self.file(name)).unwrap();
    }

    fn back_up(&self) -> PathBuf {
        let kept = self.aside.join("kept.db");
        let output = command(&self.data).arg("backup").arg(&kept).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        kept
    }
}

fn get(program: &Program, path: &str) -> u16 {
    program.exchange(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).0
}

/// From the first request on nothing is acknowledged, and the server lives.
#[track_caller]
fn takes_nothing(program: &Program) {
    for _ in 0..12 {
        let (status, head, answer) = program.post_as(&new_key(), &body());
        let problem: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, problem["code"].as_str()), (503, Some("unavailable")), "{answer}");
        assert!(head.contains("\r\nretry-after: 2"), "{head}");
        assert_eq!(get(program, "/readyz"), 503);
    }
    assert_eq!(get(program, "/healthz"), 200);
}

#[track_caller]
fn takes_again(program: &Program) -> Value {
    let began = Instant::now();
    while get(program, "/readyz") != 200 {
        assert!(began.elapsed() < NOTICED, "healed by itself");
    }
    program.post()
}

/// The log of a server that is stopped has one line of this, and no error for each request.
#[track_caller]
fn told_once(program: Program, part: &str) {
    let log = String::from_utf8(program.signal("-TERM").stderr).unwrap();
    let loud: Vec<_> = log.lines().filter(|it| it.contains("NOTHING IS ACKNOWLEDGED")).collect();
    assert!(loud.len() == 1 && loud[0].contains(part), "{log}");
    assert!(log.lines().filter(|it| it.contains("ERROR")).count() <= 2, "{log}");
}

fn all_there(data: &Path, accepted: &[Value]) {
    let program = Program::start(data);
    for accepted in accepted {
        assert_eq!(program.receipt(accepted), 200);
    }
    program.signal("-TERM");
    let rows = Connection::open(database(data))
        .unwrap()
        .query_row("select count(*) from booking", [], |row| row.get::<_, i64>(0))
        .unwrap();
    assert_eq!(usize::try_from(rows), Ok(accepted.len()));
}

#[test]
fn a_database_that_is_moved_away_takes_nothing_and_heals_when_the_same_file_is_back() {
    for name in ["precheck.db", "precheck.db-wal", "precheck.db-shm"] {
        let site = Site::new();
        let program = Program::start(&site.data);
        let mut accepted = vec![program.post()];
        for _ in 0..2 {
            site.move_away(name);
            takes_nothing(&program);
            site.put_back(name);
            accepted.push(takes_again(&program));
        }
        program.signal("-KILL");
        all_there(&site.data, &accepted);
    }
}

#[test]
fn a_database_that_was_written_to_while_it_lay_elsewhere_is_not_taken_back_without_a_restart() {
    let site = Site::new();
    let program = Program::start(&site.data);
    program.post();
    site.move_away("precheck.db");
    takes_nothing(&program);
    let elsewhere = Connection::open(site.aside.join("precheck.db")).unwrap();
    elsewhere.execute("insert into meta (name, value) values ('elsewhere', '1')", []).unwrap();
    elsewhere.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    drop(elsewhere);
    site.put_back("precheck.db");
    takes_nothing(&program);
    let log = String::from_utf8(program.signal("-KILL").stderr).unwrap();
    assert!(log.contains("was written to meanwhile; restart the server"), "{log}");
}

#[test]
fn a_database_put_back_under_the_server_acknowledges_nothing_that_a_restart_does_not_have() {
    let moved = |site: &Site, kept: &Path| fs::rename(kept, site.file("precheck.db")).unwrap();
    let copied = |site: &Site, kept: &Path| {
        for name in ["precheck.db", "precheck.db-wal", "precheck.db-shm"] {
            fs::remove_file(site.file(name)).unwrap();
        }
        fs::copy(kept, site.file("precheck.db")).unwrap();
    };
    for put_back in [&moved as &dyn Fn(&Site, &Path), &copied] {
        let site = Site::new();
        let program = Program::start(&site.data);
        let accepted = [program.post(), program.post()];
        put_back(&site, &site.back_up());
        takes_nothing(&program);
        told_once(program, "moved, replaced or removed");
        // The log of the database of before is not this one's; README says to remove it.
        for name in ["precheck.db-wal", "precheck.db-shm"] {
            let _ = fs::remove_file(site.file(name));
        }
        all_there(&site.data, &accepted);
    }
}

#[test]
fn a_database_that_is_overwritten_in_place_or_emptied_takes_nothing() {
    for emptied in [false, true] {
        let site = Site::new();
        let program = Program::start(&site.data);
        program.post();
        let kept = site.back_up();
        let file = fs::OpenOptions::new().write(true).truncate(true).open(site.file("precheck.db")).unwrap();
        if !emptied {
            std::io::copy(&mut fs::File::open(&kept).unwrap(), &mut &file).unwrap();
        }
        drop(file);
        takes_nothing(&program);
        told_once(program, "overwritten");
    }
}

#[test]
fn a_database_that_is_removed_takes_nothing_and_its_place_stays_empty() {
    let site = Site::new();
    let program = Program::start(&site.data);
    program.post();
    for name in ["precheck.db", "precheck.db-wal", "precheck.db-shm"] {
        fs::remove_file(site.file(name)).unwrap();
    }
    takes_nothing(&program);
    told_once(program, "moved, replaced or removed");
    assert!(!site.file("precheck.db").exists());
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_another_folder_now_takes_nothing() {
    let site = Site::new();
    let link = site.aside.join("link");
    fs::create_dir(&site.data).unwrap();
    std::os::unix::fs::symlink(&site.data, &link).unwrap();
    let program = Program::start(&link);
    let accepted = [program.post()];
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&site.aside, &link).unwrap();
    takes_nothing(&program);
    told_once(program, "moved");
    all_there(&site.data, &accepted);
}

#[test]
fn article_6_without_its_key_nothing_is_sealed_any_more() {
    let site = Site::new();
    let program = Program::start(&site.data);
    let mut accepted = vec![program.post()];
    site.move_away("keys");
    takes_nothing(&program);
    site.put_back("keys");
    accepted.push(takes_again(&program));
    // Another key in its place; and the same one in another file.
    let key = site.file("keys/master.key");
    let right = fs::read(&key).unwrap();
    fs::write(&key, format!("precheck-key-1 {}\n", "7".repeat(64))).unwrap();
    takes_nothing(&program);
    fs::write(&key, right).unwrap();
    accepted.push(takes_again(&program));
    fs::remove_file(&key).unwrap();
    takes_nothing(&program);
    let log = String::from_utf8(program.signal("-TERM").stderr).unwrap();
    assert_eq!(log.matches("NOTHING IS ACKNOWLEDGED ANY MORE: the key file").count(), 3, "{log}");
}

#[test]
fn a_schema_of_a_newer_program_beneath_the_server_takes_nothing() {
    let site = Site::new();
    let program = Program::start(&site.data);
    let accepted = [program.post()];
    let other = Connection::open(database(&site.data)).unwrap();
    other.execute("insert into migration values (99, '0099_later', 0)", []).unwrap();
    takes_nothing(&program);
    assert_eq!(program.receipt(&accepted[0]), 200, "reading goes on");
    told_once(program, "number 99");
    other.execute("delete from migration where number = 99", []).unwrap();
    drop(other);
    all_there(&site.data, &accepted);
}

#[test]
fn it_is_told_also_while_nobody_asks_for_anything() {
    let site = Site::new();
    let program = Program::start(&site.data);
    site.move_away("precheck.db");
    let began = Instant::now();
    // Not `/readyz`: that one looks by itself.
    while began.elapsed() < Duration::from_millis(2500) {
        assert_eq!(get(&program, "/healthz"), 200);
    }
    told_once(program, "moved, replaced or removed");
}

#[test]
fn ready_writes_once_a_second_at_most_whoever_asks() {
    let site = Site::new();
    let program = Program::start(&site.data);
    let other = Connection::open(database(&site.data)).unwrap();
    let version = || other.query_row("pragma data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let (began, mut writes, mut asked, mut last) = (Instant::now(), 0, 0, version());
    while began.elapsed() < Duration::from_millis(2500) {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(get(&program, "/readyz"), 200));
            }
        });
        asked += 8;
        let now = version();
        writes += u32::from(now != last);
        last = now;
    }
    assert!((1..=3).contains(&writes) && 24 <= asked, "{writes} writes, asked {asked} times");
    program.signal("-TERM");
}

#[test]
fn a_variable_that_no_setting_has_and_a_log_that_cannot_be_as_asked_are_told_at_the_start() {
    let site = Site::new();
    let program = Program::start_as(
        command(&site.data).env("PRECHECK_TELEFONE", "0134-00-0000").env("PRECHECK_LOG", "verbose"),
    );
    let log = String::from_utf8(program.signal("-TERM").stderr).unwrap();
    for part in ["PRECHECK_TELEFONE: no setting", "PRECHECK_LOG: `verbose` is not understood"] {
        let line = log.lines().find(|it| it.contains(part)).unwrap_or_else(|| panic!("{log}"));
        assert!(line.contains("WARN"), "{line}");
    }
}
