//! Article 6, of what was arranged: kept 30 days after a request came to nothing, 180 days after an appointment, and then
//! nowhere: neither how she was met nor what was written about her.

use std::collections::HashSet;
use std::path::Path;

use precheck_server::service::{self, ConfirmationAsEntered};

use crate::desk::{Asked, REASON, START, STATES, entered, told};
use crate::harness::{NOW, Server};

/// The last moment at which it is kept, and the first at which it is not. Those of an appointment on 1 December, of a
/// request that was closed on 24 November, and of one that lapsed on the 27th.
fn bounds(state: &str) -> Option<(&'static str, &'static str)> {
    match state {
        "requested" | "confirmed" => None,
        "declined" | "withdrawn" => Some(("2026-12-24T23:59:59.999+09:00", "2026-12-25T00:00:00+09:00")),
        "lapsed" => Some(("2026-12-27T23:59:59.999+09:00", "2026-12-28T00:00:00+09:00")),
        _ => Some(("2027-05-30T23:59:59.999+09:00", "2027-05-31T00:00:00+09:00")),
    }
}

async fn erased(server: &Server, now: &str) -> u64 {
    let done = server.at(now).look().await;
    assert!(done.forgotten);
    done.erased
}

/// Everything sealed, in pieces, wherever they may begin.
const PIECE: usize = 16;

fn sealed(server: &Server) -> Vec<Vec<u8>> {
    let database = server.database();
    let mut all = Vec::new();
    for column in [
        "sealed from booking",
        "told from booking",
        "sealed from event",
        "meeting from appointment",
        "answer from idempotency",
    ] {
        let mut query = database.prepare(&format!("select {column}")).unwrap();
        let rows = query.query_map([], |row| row.get::<_, Option<Vec<u8>>>(0)).unwrap();
        all.extend(rows.filter_map(Result::unwrap).filter(|it| !it.is_empty()));
    }
    all
}

fn found(folder: &Path, wanted: &HashSet<[u8; PIECE]>) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_file());
    let files: Vec<_> = files.map(|it| std::fs::read(it).unwrap()).collect();
    let seen = files.iter().flat_map(|it| it.array_windows::<PIECE>()).filter(|it| wanted.contains(*it));
    seen.collect::<HashSet<_>>().len()
}

#[tokio::test]
async fn article_6_every_state_that_a_request_ends_in_is_erased_on_its_day_with_all_that_was_sealed() {
    for (state, _, _) in STATES {
        let Some((last, first)) = bounds(state) else { continue };
        let server = Server::start();
        let asked = Asked::in_state(&server, state).await;
        assert_eq!(erased(&server, last).await, 0, "{state}");
        let receipt = server.receipt(&asked.accepted).await;
        assert_eq!(receipt.json()["state"], state, "still kept, and not written anew");
        let going = sealed(&server);
        // Person, and what each state has beside her; the kept answer is there for 14 days and went with them.
        let told = usize::from(matches!(state, "declined" | "cancelled_by_office" | "stopped"));
        let met = usize::from(!matches!(state, "declined" | "withdrawn" | "lapsed"));
        assert!(1 + told + met <= going.len(), "{state}: {}", going.len());
        let pieces: HashSet<_> = going.iter().flat_map(|it| it.as_chunks::<PIECE>().0).copied().collect();
        assert_eq!(found(server.folder.path(), &pieces), pieces.len(), "the search finds what is there");
        let history = server.rows("event");
        assert_eq!(erased(&server, first).await, 1, "{state}");
        assert_eq!(found(server.folder.path(), &pieces), 0, "{state}");
        assert_eq!(sealed(&server).len(), 0, "{state}");
        server.receipt(&asked.accepted).await.problem(404, "not_found");
        assert_eq!(server.rows("event"), history + 1, "the history stays, and says so");
        assert_eq!(erased(&server, first).await, 0, "{state}");
    }
}

#[tokio::test]
async fn article_6_what_is_open_is_kept_however_long_it_takes() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    let act = asked.act(&server).await;
    assert_eq!(told(&service::note_contact(&server.state, &act, true).await), "done");
    assert_eq!(erased(&server, "2028-01-01T00:00:00+09:00").await, 0);
    assert_eq!(asked.state(&server).await, "confirmed");
}

#[tokio::test]
async fn article_6_every_version_of_the_meeting_goes_not_only_the_last_one() {
    let server = Server::start();
    let asked = Asked::confirmed(&server).await;
    for start in ["2026-11-27T13:00:00+09:00", "2026-11-30T10:00:00+09:00", START] {
        assert_eq!(told(&asked.confirm(&server, &entered(start)).await), "done");
    }
    let act = asked.act(&server).await;
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, REASON).await), "done");
    let pieces: HashSet<_> =
        sealed(&server).iter().flat_map(|it| it.as_chunks::<PIECE>().0).copied().collect();
    assert_eq!(server.rows("appointment"), 4);
    assert_eq!(erased(&server, "2027-05-25T23:59:59+09:00").await, 0);
    assert_eq!(erased(&server, "2027-05-26T00:00:00+09:00").await, 1);
    assert_eq!(found(server.folder.path(), &pieces), 0);
}

#[tokio::test]
async fn article_6_neither_meeting_nor_reason_can_be_read_in_the_files_or_moved_to_another_booking() {
    let server = Server::start();
    let reason = "本人が駅前で倒れた";
    let late = ConfirmationAsEntered { reason: reason.to_owned(), ..entered("2026-11-24T10:00:00+09:00") };
    let (one, other) = (Asked::send(&server).await, Asked::send(&server).await);
    assert_eq!(told(&one.confirm(&server, &late).await), "done");
    assert_eq!(told(&other.confirm(&server, &entered(START)).await), "done");
    let act = other.act(&server).await;
    assert_eq!(told(&service::cancel_by_office(&server.state, &act, reason).await), "done");
    let needles = ["Himitsu", "12345678901", "123 4567", "k;a,i", "zoom.us", reason, "駅前"];
    for entry in std::fs::read_dir(server.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for needle in needles {
                let there = bytes.windows(needle.len()).any(|it| it == needle.as_bytes());
                assert!(!there, "{}: {needle}", path.display());
            }
        }
    }
    // Whoever can write into the database cannot show one person's meeting to another.
    let swap = "update appointment set meeting = (select meeting from appointment where booking = 2) where booking = 1";
    server.database().execute(swap, []).unwrap();
    let receipt = server.at(NOW).receipt(&one.accepted).await;
    assert_eq!(receipt.status, 200, "a piece that does not open takes nothing else away");
    assert_eq!(receipt.json()["meeting"], serde_json::Value::Null, "{}", receipt.text());
    let act = one.act_on(2);
    let cancelled = service::cancel_by_office(&server.state, &act, reason).await;
    assert_eq!(told(&cancelled), "done", "what cannot be opened keeps nobody from cancelling");
}
