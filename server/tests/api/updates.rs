//! An update hurts nobody: whoever has a loader, a page or a tab of an earlier release gets that release's files for 30 days more,
//! and of a release that was never kept here the second stage that every loader can use.
//!
//! What the folder of kept files goes through by itself is told in `server/src/releases/tests.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use chrono::TimeDelta;
use flate2::Compression;
use flate2::write::GzEncoder;
use precheck_server::jobs::releases::{begin, once};
use precheck_server::service::clock;
use sha2::{Digest as _, Sha256};

use crate::harness::{NOW, Reply, Server, Wanted, jst};
use crate::program::{Program, command};

const CSS: &[u8] = b".oc-widget{color:#333}";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |all, it| format!("{all}{it:02x}"))
}

fn named(stem: &str, suffix: &str, content: &[u8]) -> String {
    format!("{stem}-{}.{suffix}", hex(&Sha256::digest(content)[..6]))
}

/// Brotli with nothing packed: a head of three bytes, the content, an end.
fn brotli(content: &[u8]) -> Vec<u8> {
    let head = (u32::try_from(content.len()).unwrap() - 1) << 4 | 1 << 20;
    [&head.to_le_bytes()[..3], content, &[3]].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packing = GzEncoder::new(Vec::new(), Compression::default());
    packing.write_all(content).unwrap();
    packing.finish().unwrap()
}

/// A file of an earlier release beside the data, in its three forms; its name.
fn leaves(data: &Path, stem: &str, suffix: &str, content: &[u8]) -> String {
    let (folder, name) = (data.join("widget"), named(stem, suffix, content));
    fs::create_dir_all(&folder).unwrap();
    for (ending, bytes) in [("", content.to_vec()), (".br", brotli(content)), (".gz", gzip(content))] {
        fs::write(folder.join(format!("{name}{ending}")), bytes).unwrap();
    }
    name
}

fn files(data: &Path) -> BTreeSet<String> {
    let found = fs::read_dir(data.join("widget"));
    found.unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

impl Server {
    async fn file(&self, name: &str, accepts: &str) -> Reply {
        self.get_with(&format!("/embed/v1/{name}"), &[("accept-encoding", accepts)]).await
    }

    /// Whether a file is sent.
    async fn has(&self, name: &str) -> bool {
        let answer = self.file(name, "br").await;
        if answer.status != 200 {
            answer.problem(404, "not_found");
        }
        answer.status == 200
    }

    /// Days go by, one at a time, as they do for a server that runs.
    async fn runs_for(&self, days: i64) {
        for _ in 0..days {
            self.clock.set(precheck_server::clock::Clock::now(&*self.clock) + TimeDelta::days(1));
            clock::begin(&self.state).await.unwrap();
            assert_eq!(self.state.conditions(), []);
            looks(self).await;
        }
    }
}

async fn looks(server: &Server) {
    assert_eq!(once(&server.state).await.warnings, [""; 0]);
}

/// The second stage that this program carries, if it carries a bundle.
async fn present_stage(server: &Server) -> Option<String> {
    let page = server.get("/").await;
    let named = page.text().split('"').find_map(|it| it.strip_prefix("/embed/v1/begin-"));
    let named = named.map(|it| format!("begin-{it}"));
    // Without a bundle our own page is the form alone.
    assert!(named.is_some() || !page.text().contains("/embed/v1/"), "{}", page.text());
    named
}

#[tokio::test]
async fn a_file_of_the_release_before_is_sent_as_it_was_with_all_its_headers() {
    let server = Server::start();
    for (stem, suffix, kind) in [
        ("precheck", "wasm", "application/wasm"),
        ("begin", "js", "text/javascript; charset=utf-8"),
        ("widget", "css", "text/css; charset=utf-8"),
        ("ja-easy", "words", "application/octet-stream"),
        ("icon", "svg", "image/svg+xml; charset=utf-8"),
    ] {
        let name = leaves(server.folder.path(), stem, suffix, CSS);
        for (accepts, encoding, body) in [
            ("gzip, deflate, br, zstd", "br", brotli(CSS)),
            ("gzip", "gzip", gzip(CSS)),
            ("br;q=0", "", CSS.to_vec()),
            ("", "", CSS.to_vec()),
        ] {
            let file = server.file(&name, accepts).await;
            assert_eq!((file.status.as_u16(), &file.body), (200, &body), "{name} {accepts}");
            let tag = hex(&Sha256::digest(CSS)[..12]);
            let end = if encoding.is_empty() { String::new() } else { format!("-{encoding}") };
            for (header, value) in [
                ("content-type", kind),
                ("content-encoding", encoding),
                ("vary", "accept-encoding"),
                ("cache-control", "public, max-age=31536000, immutable"),
                ("access-control-allow-origin", "*"),
                ("cross-origin-resource-policy", "cross-origin"),
                ("etag", &format!("\"{tag}{end}\"")),
            ] {
                assert_eq!(file.header(header), value, "{name} {accepts}: {header}");
            }
            let asked = [("accept-encoding", accepts), ("if-none-match", file.header("etag"))];
            let known = server.get_with(&format!("/embed/v1/{name}"), &asked).await;
            assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
            assert_eq!(known.header("cache-control"), "public, max-age=31536000, immutable");
        }
    }
}

#[tokio::test]
async fn a_present_file_and_the_same_one_kept_are_told_apart_by_nothing() {
    let (server, other) = (Server::start(), Server::start());
    let Some(name) = present_stage(&server).await else { return };
    looks(&server).await;
    // A server that does not carry it: under a name of its own the same content is a file of another release.
    let other_name = name.replace("begin-", "other-");
    fs::create_dir_all(other.folder.path().join("widget")).unwrap();
    for ending in ["", ".br", ".gz"] {
        let from = server.folder.path().join(format!("widget/{name}{ending}"));
        fs::copy(from, other.folder.path().join(format!("widget/{other_name}{ending}"))).unwrap();
    }
    for accepts in ["br", "gzip", ""] {
        let (present, kept) = (server.file(&name, accepts).await, other.file(&other_name, accepts).await);
        assert!(present.status == 200 && present.body == kept.body, "{accepts}");
        let told = |it: &Reply| {
            let all = it.headers.iter().filter(|it| it.0 != "x-request-id");
            all.map(|it| (it.0.as_str().to_owned(), it.1.clone())).collect::<BTreeSet<_>>()
        };
        assert_eq!(told(&present), told(&kept), "{accepts}");
    }
}

#[tokio::test]
async fn files_of_an_earlier_release_are_served_for_30_days_and_the_own_ones_for_as_long_as_the_server_runs()
{
    let server = Server::start();
    let old = leaves(server.folder.path(), "en", "words", b"words of the release before");
    clock::begin(&server.state).await.unwrap();
    looks(&server).await;
    let own: BTreeSet<_> = files(server.folder.path()).into_iter().filter(|it| !it.contains(&old)).collect();
    server.runs_for(30).await;
    assert!(server.has(&old).await);
    server.runs_for(1).await;
    assert!(!server.has(&old).await);
    server.runs_for(40).await;
    let left = files(server.folder.path());
    assert!(left.iter().all(|it| own.contains(it)), "{left:?}");
    if let Some(stage) = present_stage(&server).await {
        for ending in ["", ".br", ".gz"] {
            assert!(left.contains(&format!("{stage}{ending}")), "{left:?}");
        }
    }
    assert!(left.iter().all(|it| !it.contains(".html") && !it.starts_with("precheck.js")), "{left:?}");
}

#[tokio::test]
async fn a_clock_that_jumps_lets_nothing_go_before_somebody_accepts_it() {
    for start_anew in [false, true] {
        let mut server = Server::start();
        let old = leaves(server.folder.path(), "en", "words", b"words of the release before");
        clock::begin(&server.state).await.unwrap();
        looks(&server).await;
        for wrong in ["2026-12-25T09:00:00+09:00", "2027-06-01T09:00:00+09:00", "2099-01-01T00:00:00+09:00"] {
            if start_anew {
                server = server.restart(jst(wrong), Wanted::default()).await;
                clock::begin(&server.state).await.unwrap();
                begin(&server.state).await;
            } else {
                server.clock.jump(jst(wrong));
            }
            looks(&server).await;
            assert!(server.has(&old).await, "{wrong}");
        }
        // Back again, nothing has happened, and no day was noted that never was.
        server.clock.jump(jst(NOW));
        server.runs_for(30).await;
        assert!(server.has(&old).await);
        server.clock.jump(jst("2027-06-01T09:00:00+09:00"));
        looks(&server).await;
        assert!(server.has(&old).await);
        server.accept_the_clock().await;
        looks(&server).await;
        assert!(!server.has(&old).await);
    }
}

#[tokio::test]
async fn a_file_that_is_half_there_changed_or_none_at_all_is_not_sent() {
    let server = Server::start();
    let folder = server.folder.path().join("widget");
    let name = leaves(server.folder.path(), "widget", "css", CSS);
    assert!(server.has(&name).await);
    fs::write(folder.join(format!("{name}.br")), &brotli(CSS)[..8]).unwrap();
    let next = server.file(&name, "br, gzip").await;
    assert_eq!((next.header("content-encoding"), &next.body), ("gzip", &gzip(CSS)));
    fs::write(folder.join(format!("{name}.gz")), gzip(b".oc-widget{display:none}")).unwrap();
    assert_eq!(server.file(&name, "br, gzip").await.body, CSS);
    for wrong in [&CSS[..5], b".oc-widget{color:#334}", b""] {
        fs::write(folder.join(&name), wrong).unwrap();
        for accepts in ["br, gzip", "br", "gzip", ""] {
            server.file(&name, accepts).await.problem(404, "not_found");
        }
    }
    fs::write(folder.join(&name), CSS).unwrap();
    assert!(server.has(&name).await);
}

#[tokio::test]
async fn no_address_leads_to_anything_else_beside_the_data() {
    let server = Server::start();
    let folder = server.folder.path().join("widget");
    fs::create_dir(&folder).unwrap();
    // Right content under names that nobody gives.
    let digits = hex(&Sha256::digest(CSS)[..6]);
    let odd = [
        "precheck.css".to_owned(),
        format!("widget-{digits}.html"),
        format!("widget-{digits}.json"),
        format!("widget-{}.css", digits.to_uppercase()),
        format!("widget-{}.css", &digits[..11]),
        format!("widget {digits}.css"),
        format!(".-{digits}.css"),
    ];
    for name in &odd {
        fs::write(folder.join(name), CSS).unwrap();
    }
    fs::write(server.folder.path().join(format!("widget-{digits}.css")), CSS).unwrap();
    let odd = odd.iter().map(|it| it.replace(' ', "%20"));
    let ways = [
        "..%2Fkeys%2Fmaster.key".to_owned(),
        format!("..%2Fwidget-{digits}.css"),
        format!("..%5Cwidget-{digits}.css"),
        format!("%2E%2E%2Fwidget-{digits}.css"),
        format!("x%2F..%2F..%2Fwidget-{digits}.css"),
        format!("widget-{digits}.css"),
        format!("widget-{digits}.css%00.js"),
        format!("%FF-{digits}.css"),
        "release-0123456789ab.note".to_owned(),
    ];
    for way in odd.chain(ways) {
        server.get(&format!("/embed/v1/{way}")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn for_a_second_stage_that_nobody_has_kept_the_present_one_is_sent_and_nothing_else_has_a_stand_in() {
    let server = Server::start();
    let Some(present) = present_stage(&server).await else { return };
    let unknown = "begin-000000000000.js";
    for asked in ["", "?1", "?17"] {
        for (accepts, encoding) in [("br", "br"), ("gzip", "gzip"), ("", "")] {
            let stage = server.file(&format!("{unknown}{asked}"), accepts).await;
            assert_eq!((stage.status.as_u16(), stage.header("content-encoding")), (200, encoding));
            assert_eq!(stage.body, server.file(&present, accepts).await.body);
            for (header, value) in [
                ("content-type", "text/javascript; charset=utf-8"),
                ("cache-control", "no-store"),
                ("etag", ""),
                ("vary", "accept-encoding"),
                ("access-control-allow-origin", "*"),
                ("cross-origin-resource-policy", "cross-origin"),
            ] {
                assert_eq!(stage.header(header), value, "{header}");
            }
        }
    }
    // Not even to whoever says that she has it: the address is not that content's.
    let tag = server.file(&present, "br").await.header("etag").to_owned();
    for known in [tag.as_str(), "*"] {
        let headers = [("accept-encoding", "br"), ("if-none-match", known)];
        assert_eq!(server.get_with(&format!("/embed/v1/{unknown}"), &headers).await.status, 200, "{known}");
    }
    for other in [
        "en-000000000000.words",
        "ja-easy-000000000000.words",
        "precheck-000000000000.wasm",
        "glue-000000000000.js",
        "self-test-000000000000.js",
        "widget-000000000000.css",
        "begin-000000000000.css",
        "begin-begin-000000000000.js",
        "begin-00000000000.js",
        "begin-00000000000g.js",
        "begin-.js",
        "begin.js",
    ] {
        server.file(other, "br").await.problem(404, "not_found");
    }
    // One that is kept is itself, and one that is broken is none.
    let kept = leaves(server.folder.path(), "begin", "js", b"// the release before");
    assert_eq!(server.file(&kept, "").await.body, b"// the release before");
    for ending in ["", ".br", ".gz"] {
        fs::write(server.folder.path().join(format!("widget/{kept}{ending}")), "// half").unwrap();
    }
    assert_eq!(server.file(&kept, "").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn two_servers_on_one_folder_serve_each_others_files() {
    let (server, other) = (Server::start(), Server::start());
    let shared = server.folder.path().join("widget");
    std::os::unix::fs::symlink(&shared, other.folder.path().join("widget")).unwrap();
    looks(&server).await;
    let name = leaves(server.folder.path(), "en", "words", b"words of a release that the other one is");
    for each in [&server, &other] {
        clock::begin(&each.state).await.unwrap();
        looks(each).await;
        assert!(each.has(&name).await);
    }
}

/// What the program says over a socket of a file of this name.
fn status(program: &Program, name: &str) -> u16 {
    let ask = format!("GET /embed/v1/{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    program.exchange(&ask).0
}

#[test]
fn a_start_keeps_its_files_before_it_listens_and_a_command_keeps_none() {
    let data = tempfile::tempdir().unwrap();
    let program = Program::start(data.path());
    let (_, _, page) = program.exchange("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    program.signal("-KILL");
    let kept = files(data.path());
    let named = page.split('"').filter_map(|it| it.strip_prefix("/embed/v1/"));
    for name in named.filter(|it| *it != "precheck.js") {
        for ending in ["", ".br", ".gz"] {
            assert!(kept.contains(&format!("{name}{ending}")), "{name}{ending}: {kept:?}");
        }
    }
    fs::remove_dir_all(data.path().join("widget")).unwrap();
    for act in [
        &["clock", "accept"][..],
        &["audit", "verify"],
        &["staff", "add", "--login", "kyoko", "--name", "京子"],
    ] {
        let output = command(data.path()).args(act).output().unwrap();
        assert!(output.status.success(), "{act:?}: {output:?}");
        assert!(!data.path().join("widget").exists(), "{act:?}");
    }
}

#[test]
fn a_folder_that_takes_no_files_stops_no_start_and_is_told_in_the_log() {
    let data = tempfile::tempdir().unwrap();
    // As the administrator, whom no rights stop, a file in its place refuses as a folder that cannot be written does.
    fs::write(data.path().join("widget"), "no folder").unwrap();
    let program = Program::start(data.path());
    assert_eq!(status(&program, "en-000000000000.words"), 404);
    assert_eq!(program.receipt(&program.post()), 200);
    let log = String::from_utf8(program.signal("-TERM").stderr).unwrap();
    let told: Vec<_> =
        log.lines().filter(|it| it.contains("WARN") && it.contains("widget's files")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert_eq!(fs::read(data.path().join("widget")).unwrap(), b"no folder");
}

#[test]
fn files_that_an_update_has_left_outlive_restarts_and_go_when_somebody_accepts_a_clock_weeks_later() {
    let data = tempfile::tempdir().unwrap();
    let old = leaves(data.path(), "en", "words", b"words of the release before");
    let at = |now: &str| {
        let mut command = command(data.path());
        command.args(["--clock", now]);
        command
    };
    for now in [NOW, "2026-11-26T09:00:00+09:00", "2027-02-01T09:00:00+09:00"] {
        let program = Program::start_as(&mut at(now));
        assert_eq!(status(&program, &old), 200, "{now}");
        program.signal("-TERM");
    }
    let accepted = |now: &str| {
        let mut accept: Command = at(now);
        assert!(accept.args(["clock", "accept"]).output().unwrap().status.success());
        Program::start_as(&mut at(now))
    };
    // Thirty days after it was found.
    assert_eq!(status(&accepted("2026-12-24T23:59:59+09:00"), &old), 200);
    assert_eq!(status(&accepted("2026-12-25T00:00:00+09:00"), &old), 404);
}
