//! The ways in which the staff's log can be tampered with by whoever can write the database, or the file beside the key: each is
//! found, and told by its own word. Article 6.

use std::path::PathBuf;

use precheck_server::service::audit::{start, watch};
use precheck_server::store::desk::audit::{StoredRow, beginning, bound};
use precheck_shared::time::Instant;

use crate::harness::{NOW, Server, Wanted, jst};
use crate::officer::AtTheDesk;

/// Rows of the log before anything is done to it.
const ROWS: i64 = 12;

/// A server with so many rows in its log, and the head file up to date.
async fn whole() -> Server {
    let server = Server::start();
    assert_eq!(start::begin(&server.state).await.unwrap(), None);
    more(&server, "jiro", ROWS).await;
    watch::follow(&server.state, false).await.unwrap();
    assert!(start::verify(&server.state).await.unwrap().is_intact());
    assert_eq!(server.rows("audit"), ROWS);
    server
}

async fn more(server: &Server, login: &str, rows: i64) {
    let somebody = AtTheDesk::signed_in(server, login, precheck_server::service::staff::Role::Officer).await;
    for _ in 0..rows {
        somebody.post("/desk/me/feed", &[]).await;
    }
}

fn head_file(server: &Server) -> PathBuf {
    server.folder.path().join("keys/log-head.otaru")
}

/// What `audit verify` says, and the start after it; both name the same.
async fn found(server: Server) -> (String, String) {
    let verified = start::verify(&server.state).await.unwrap();
    let server = server.restart(jst(NOW), Wanted::default()).await;
    let begun = start::begin(&server.state).await.unwrap();
    let looked = start::look_through(&server.state).await.unwrap();
    // It is told until somebody has seen it, whatever the server does meanwhile.
    more(&server, "later", 2).await;
    watch::follow(&server.state, true).await.unwrap();
    assert!(!start::verify(&server.state).await.unwrap().is_intact());
    (verified.to_string(), begun.or(looked).unwrap_or_default())
}

/// Rows as they stood, to be put back.
fn keep(server: &Server) {
    server.run("create table kept_audit as select * from audit; create table kept_setting as select * from desk_setting");
}

fn put_back(server: &Server) {
    let own = if crate::POSTGRES { "overriding system value" } else { "" };
    server.run(&format!(
        "delete from audit; delete from desk_setting;
         insert into audit (id, office, at, actor, act, subject, place, hash) {own}
             select id, office, at, actor, act, subject, place, hash from kept_audit;
         insert into desk_setting (office, name, value) select office, name, value from kept_setting"
    ));
}

/// A row put in at a place, with some hash in hexadecimal.
fn invent(server: &Server, place: &str, hash: &str) {
    let hash = match hash {
        "" => "null".to_owned(),
        hash if crate::POSTGRES => format!("decode('{hash}', 'hex')"),
        hash => format!("x'{hash}'"),
    };
    server.run(&format!(
        "insert into audit (office, at, actor, act, subject, place, hash)
         values ('otaru', 0, 'o-innocent', 'search', 'name', {place}, {hash})"
    ));
}

#[tokio::test]
async fn thirteen_ways_to_change_the_rows_are_each_found_and_named_also_after_a_start() {
    let shift = "update audit set place = -place where place >= 5; update audit set place = 1 - place where place < 0";
    let close = "delete from audit where place = 5; update audit set place = -place where place > 5;
        update audit set place = -place - 1 where place < 0";
    let swap = "update audit set place = -1 where place = 4; update audit set place = 4 where place = 9;
        update audit set place = 9 where place = -1";
    let ways = [
        ("another actor", "update audit set actor = 'o-innocent' where place = 5", "row 5 was changed"),
        ("another act", "update audit set act = 'search' where place = 5", "row 5 was changed"),
        ("another subject", "update audit set subject = 'name' where place = 5", "row 5 was changed"),
        ("another time", "update audit set at = at - 60000 where place = 5", "row 5 was changed"),
        ("the last row changed", "update audit set at = at - 60000 where place = 12", "row 12 was changed"),
        ("no hash", "update audit set hash = null where place = 5", "row 5 was changed"),
        ("a row taken out", "delete from audit where place = 5", "row 5 was removed"),
        ("taken out, and the gap closed", close, "row 5 was removed"),
        (
            "the first taken away",
            "delete from audit where place <= 3",
            "the first rows, up to 3, were removed",
        ),
        (
            "the last taken away",
            "delete from audit where place > 9",
            "cut off at its end: it had 12 rows, of which at most 9 are left",
        ),
        ("all taken away", "delete from audit", "emptied: it had 12 rows"),
        ("two swapped", swap, "rows were reordered, from row 4"),
        ("other numbers", shift, "rows were renumbered, from row 6"),
        ("unbound", "update audit set place = null, hash = null where place >= 8", "5 rows were unbound"),
        (
            "unbound, changed, and no memo left",
            "update audit set actor = 'o-innocent', place = null, hash = null where place >= 5;
             delete from desk_setting",
            "8 rows were unbound",
        ),
    ];
    for (way, sql, word) in ways {
        let server = whole().await;
        server.run(sql);
        let (verified, begun) = found(server).await;
        assert!(verified.contains(word), "{way}: {verified}");
        assert!(begun.contains(word), "{way}, at the start: {begun}");
    }
}

#[tokio::test]
async fn rows_that_this_program_did_not_write_here_are_found() {
    let server = whole().await;
    invent(&server, "null", "");
    let (verified, begun) = found(server).await;
    assert!(verified.contains("1 rows were invented: they are bound to nothing"), "{verified}");
    assert!(begun.contains("1 rows were invented"), "{begun}");

    let server = whole().await;
    invent(&server, "13", &"ab".repeat(32));
    let (verified, begun) = found(server).await;
    assert!(verified.contains("row 13 was invented"), "{verified}");
    assert!(begun.contains("row 13 was invented"), "{begun}");

    let server = whole().await;
    server.run("update audit set place = -place where place >= 5; update audit set place = 1 - place where place < 0");
    invent(&server, "5", &"ab".repeat(32));
    let (verified, begun) = found(server).await;
    assert!(
        verified.contains("row 5 was invented") && begun.contains("row 5 was invented"),
        "{verified} {begun}"
    );

    // Bound by this very key, for another office.
    let server = whole().await;
    let key = server.state.vault.log_key();
    let at = Instant::default();
    let row = StoredRow {
        id: 99,
        at,
        actor: "o-innocent".to_owned(),
        act: "search".to_owned(),
        subject: "name".to_owned(),
        place: None,
        hash: None,
    };
    let hash = bound(&key, &beginning(&key, "sapporo"), 1, &row);
    let hash = hash.iter().map(|it| format!("{it:02x}")).collect::<Vec<_>>().concat();
    invent(&server, "13", &hash);
    server.run("delete from desk_setting where name = 'nothing'");
    let (verified, _) = found(server).await;
    assert!(verified.contains("row 13 was invented"), "{verified}");
}

#[tokio::test]
async fn an_older_database_is_told_from_a_log_that_was_cut_also_when_it_has_gone_on() {
    let server = whole().await;
    keep(&server);
    more(&server, "saburo", 5).await;
    watch::follow(&server.state, false).await.unwrap();
    put_back(&server);
    let (verified, begun) = found(server).await;
    let word = "rolled back or restored: its log agrees up to row 12, and had 17 rows";
    assert!(verified.contains(word) && begun.contains(word), "{verified} {begun}");
    assert!(begun.contains("Every session"), "{begun}");

    let server = whole().await;
    keep(&server);
    more(&server, "saburo", 5).await;
    watch::follow(&server.state, false).await.unwrap();
    put_back(&server);
    // It goes on without anybody looking, past where it had been.
    more(&server, "shiro", 9).await;
    let (verified, begun) = found(server).await;
    assert!(
        verified.contains("rolled back or restored") && begun.contains("rolled back or restored"),
        "{verified} {begun}"
    );
}

#[tokio::test]
async fn a_head_file_that_is_gone_forged_or_an_older_one_is_told() {
    let server = whole().await;
    let older = std::fs::read(head_file(&server)).unwrap();
    more(&server, "saburo", 3).await;
    watch::follow(&server.state, false).await.unwrap();
    std::fs::write(head_file(&server), &older).unwrap();
    let (verified, begun) = found(server).await;
    let word = "replaced by an older one: it says 12 rows, and had said 15";
    assert!(verified.contains(word) && begun.contains(word), "{verified} {begun}");

    let server = whole().await;
    std::fs::remove_file(head_file(&server)).unwrap();
    let (verified, begun) = found(server).await;
    assert!(
        verified.contains("head file is missing") && begun.contains("head file is missing"),
        "{verified} {begun}"
    );

    let server = whole().await;
    let text = std::fs::read_to_string(head_file(&server)).unwrap();
    std::fs::write(head_file(&server), text.replace("\"place\":12", "\"place\":11")).unwrap();
    let (verified, begun) = found(server).await;
    assert!(
        verified.contains("head file was forged") && begun.contains("head file was forged"),
        "{verified} {begun}"
    );
}

#[tokio::test]
async fn what_is_done_beneath_a_running_server_is_found_when_it_looks_next_and_kept_for_the_start() {
    for (sql, word) in [
        ("delete from audit where place > 9", "cut off at its end"),
        ("delete from audit", "cut off at its end"),
        ("update audit set hash = null where place = 12", "row 12 was changed"),
    ] {
        let server = whole().await;
        server.run(sql);
        // The log goes on from where it was cut, and the file is not led astray.
        more(&server, "saburo", 8).await;
        watch::follow(&server.state, false).await.unwrap();
        watch::follow(&server.state, true).await.unwrap();
        let verified = start::verify(&server.state).await.unwrap().to_string();
        assert!(verified.contains(word), "{sql}: {verified}");
        let server = server.restart(jst(NOW), Wanted::default()).await;
        assert!(start::begin(&server.state).await.unwrap().is_some(), "{sql}");
        let verified = start::verify(&server.state).await.unwrap().to_string();
        assert!(verified.contains(word), "{sql}: {verified}");
    }
}

#[tokio::test]
async fn a_program_that_was_killed_before_it_wrote_the_file_has_lost_nothing() {
    let server = whole().await;
    more(&server, "saburo", 5).await;
    let server = server.restart(jst(NOW), Wanted::default()).await;
    assert_eq!(start::begin(&server.state).await.unwrap(), None);
    watch::follow(&server.state, false).await.unwrap();
    let verified = start::verify(&server.state).await.unwrap();
    assert!(verified.is_intact() && verified.intact == 17, "{verified}");
    assert!(std::fs::read_to_string(head_file(&server)).unwrap().contains("\"place\":17"));
}

#[tokio::test]
async fn rows_of_an_older_program_that_wait_to_be_bound_are_bound_at_the_first_start_and_never_again() {
    let server = Server::start();
    more(&server, "jiro", 4).await;
    server.run("update audit set place = null, hash = null where place > 2");
    assert_eq!(start::begin(&server.state).await.unwrap(), None);
    assert!(start::verify(&server.state).await.unwrap().is_intact());
    assert_eq!(server.count("select count(*) from audit where place is null"), 0);
    server.run("update audit set place = null, hash = null where place > 3");
    let server = server.restart(jst(NOW), Wanted::default()).await;
    assert!(start::begin(&server.state).await.unwrap().unwrap().contains("1 rows were unbound"));
    assert_eq!(server.count("select count(*) from audit where place is null"), 1);
}

#[tokio::test]
async fn a_manager_is_told_on_the_first_page_until_she_has_seen_it_and_that_is_in_the_log() {
    let server = whole().await;
    server.run("delete from audit where place > 9");
    let server = server.restart(jst(NOW), Wanted::default()).await;
    start::begin(&server.state).await.unwrap().unwrap();
    let words = "確かめていただきたいことがあります";
    let jiro = AtTheDesk::signed_in(&server, "goro", precheck_server::service::staff::Role::Officer).await;
    assert!(!jiro.page("/desk").await.contains(words));
    let manager = AtTheDesk::manager(&server).await;
    assert!(manager.page("/desk").await.contains(words));
    let page = manager.page("/desk/log").await;
    assert!(page.contains("末尾が切り取られています。12件のうち、残っているのは多くても9件です。"), "{page}");
    assert_eq!(manager.post("/desk/log/seen", &[]).await.status.as_u16(), 303);
    assert!(!manager.page("/desk").await.contains(words));
    assert!(!manager.page("/desk/log").await.contains("切り取られ"));
    assert_eq!(server.count("select count(*) from audit where act = 'log_seen'"), 1);
    watch::follow(&server.state, false).await.unwrap();
    let server = server.restart(jst(NOW), Wanted::default()).await;
    assert_eq!(start::begin(&server.state).await.unwrap(), None);
    assert!(start::verify(&server.state).await.unwrap().is_intact());
}
