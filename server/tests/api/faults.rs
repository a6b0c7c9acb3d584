//! The disk is full, or another program holds the database: told in time, not taken for ready, healed without a restart, and
//! nothing acknowledged lost. What only the store's inside shows stands in its own tests.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use crate::harness::{Server, body, database, new_key, submission};
use crate::process::{Program, command};

/// Within this time every request is answered, whatever the disk does.
const ANSWERED: Duration = Duration::from_secs(3);

/// As a foreign program does, until it is dropped.
fn hold_the_lock(data: &Path) -> Connection {
    let other = Connection::open(database(data)).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    other.execute_batch("begin immediate").unwrap();
    other
}

fn get(program: &Program, path: &str) -> (u16, String, String) {
    let began = Instant::now();
    let answer = program.exchange(&format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    assert!(began.elapsed() < ANSWERED, "{path}: {:?}", began.elapsed());
    answer
}

#[track_caller]
fn is_unavailable((status, head, body): &(u16, String, String)) {
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!((*status, problem["code"].as_str()), (503, Some("unavailable")), "{body}");
    assert!(head.contains("\r\nretry-after: 2"), "{head}");
}

/// Ready again, by itself: what the last check came to holds for a second.
#[track_caller]
fn becomes_ready(program: &Program) {
    let began = Instant::now();
    while get(program, "/readyz").0 != 200 {
        assert!(began.elapsed() < ANSWERED, "healed by itself");
    }
}

/// What a check says that was certainly made after this call.
fn checked_anew(program: &Program) -> u16 {
    let began = Instant::now();
    loop {
        let (status, ..) = get(program, "/readyz");
        if Duration::from_millis(1200) < began.elapsed() {
            return status;
        }
    }
}

/// Sends the request, is told in time that it was not stored, and finds the server alive and not ready.
#[track_caller]
fn is_refused(program: &Program, key: &str, body: &Value) {
    let began = Instant::now();
    let answer = program.post_as(key, body);
    assert!(began.elapsed() < ANSWERED, "{:?}", began.elapsed());
    is_unavailable(&answer);
    is_unavailable(&get(program, "/readyz"));
    assert_eq!(get(program, "/healthz").0, 200);
}

/// The same key and bytes again: stored now, for the first time.
#[track_caller]
fn is_stored(program: &Program, key: &str, body: &Value) -> Value {
    let (status, head, answer) = program.post_as(key, body);
    assert!(status == 201 && !head.contains("idempotent-replayed"), "{status} {answer}");
    serde_json::from_str(&answer).unwrap()
}

fn bookings(data: &Path) -> i64 {
    let database = Connection::open(database(data)).unwrap();
    database.query_row("select count(*) from booking", [], |row| row.get(0)).unwrap()
}

/// Nothing acknowledged was lost and nothing else stored, also after a hard end.
fn all_there(program: Program, data: &Path, accepted: &[Value]) {
    program.signal("-KILL");
    let program = Program::start(data);
    for accepted in accepted {
        assert_eq!(program.receipt(accepted), 200);
    }
    assert_eq!(usize::try_from(bookings(data)), Ok(accepted.len()));
    program.signal("-TERM");
}

#[test]
fn a_lock_held_for_10_seconds_is_told_in_time_and_the_next_request_after_it_is_stored() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let mut accepted = vec![program.post()];
    let (key, body) = (new_key(), body());
    let lock = hold_the_lock(data.path());
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(10) {
        is_refused(&program, &key, &body);
        assert_eq!(program.receipt(&accepted[0]), 200, "reading goes on");
    }
    drop(lock);
    accepted.push(is_stored(&program, &key, &body));
    becomes_ready(&program);
    all_there(program, data.path(), &accepted);
}

/// Most requests that wait in the harness's queue are 64: of so many, some find it full, and others wait in it.
const CROWD: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_crowd_before_a_held_lock_everybody_is_told_in_time_and_stored_once_after_it() {
    let server = Server::start();
    let keys: Vec<_> = (0..CROWD).map(|_| new_key()).collect();
    let lock = hold_the_lock(server.folder.path());
    let send = |key: &String| {
        let (router, request) = (server.router.clone(), submission(key, body().to_string()));
        tokio::spawn(async move {
            let began = Instant::now();
            let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
            (answer.status().as_u16(), answer.headers().contains_key("retry-after"), began.elapsed())
        })
    };
    let answers: Vec<_> = keys.iter().map(send).collect();
    let mut at_once = 0;
    for answer in answers {
        let (status, told_when, after) = answer.await.unwrap();
        assert!(status == 503 && told_when && after < ANSWERED, "{status} {after:?}");
        at_once += usize::from(after < Duration::from_secs(1));
    }
    assert!(0 < at_once && at_once < CROWD, "a full queue answers at once: {at_once}");
    server.get("/readyz").await.problem(503, "unavailable");
    assert_eq!(server.get("/healthz").await.status, 200);
    drop(lock);
    // The writer sees it within a tenth of a second; until then its queue is full of writes whose time is over. Writes are
    // answered in their order: what waited before the check is decided after it.
    let began = Instant::now();
    while server.get("/readyz").await.status != 200 {
        assert!(began.elapsed() < ANSWERED, "healed by itself");
        tokio::task::yield_now().await;
    }
    assert_eq!(server.rows("booking"), 0, "nothing is stored behind anybody's back");
    for key in &keys {
        let reply = server.post_as(key, &body()).await;
        reply.accepted();
        assert_eq!(reply.header("idempotent-replayed"), "");
    }
    assert_eq!(server.rows("booking"), i64::try_from(CROWD).unwrap());
}

/// The program with files that may become no longer than this: a disk that is full, for this process alone.
#[cfg(unix)]
fn limit(program: &Program, bytes: &str) {
    let limit = format!("--fsize={bytes}:");
    let done = Command::new("prlimit").args(["--pid", &program.id().to_string(), &limit]).status();
    assert!(done.expect("prlimit, of util-linux").success());
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_when_there_is_room_again_the_next_request_is_stored() {
    let data = tempfile::tempdir().unwrap();
    let plain = command(data.path());
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let program = Program::start_as(&mut shell);
    let mut accepted = vec![program.post()];
    assert_eq!(get(&program, "/readyz").0, 200);

    let (key, body) = (new_key(), body());
    limit(&program, "4096");
    for _ in 0..3 {
        is_refused(&program, &key, &body);
    }
    assert_eq!(program.receipt(&accepted[0]), 200, "reading goes on");
    limit(&program, "unlimited");
    // Found out without a request.
    becomes_ready(&program);
    accepted.push(is_stored(&program, &key, &body));

    // Room for a trifle, and not for many requests.
    assert_eq!(checked_anew(&program), 200, "a trifle again, after the trial");
    let log = std::fs::metadata(data.path().join("precheck.db-wal")).unwrap().len();
    limit(&program, &(log + 5 * 4096).to_string());
    assert_eq!(checked_anew(&program), 200);
    let answers: Vec<_> = (0..40).map(|_| program.post_as(&new_key(), &body)).collect();
    is_unavailable(answers.last().unwrap());
    for answer in answers {
        match answer.0 {
            201 => accepted.push(serde_json::from_str(&answer.2).unwrap()),
            _ => is_unavailable(&answer),
        }
    }
    is_unavailable(&get(&program, "/readyz"));
    limit(&program, "unlimited");
    becomes_ready(&program);
    let key = new_key();
    accepted.push(is_stored(&program, &key, &body));
    all_there(program, data.path(), &accepted);
}
