//! One row that does not read keeps time from no other: it is set aside, and the rest goes on.

use precheck_server::jobs::Done;
use serde_json::json;

use crate::desk::{Asked, entered, told};
use crate::harness::{Server, body, with};

/// More of them than one transaction takes.
const MANY: usize = 205;

/// Requests that are damaged by a statement, and one behind them in time that is not.
async fn damaged(server: &Server, many: usize, damage: &str) -> serde_json::Value {
    for _ in 0..many {
        server.post(&body()).await.accepted();
    }
    server.run(damage);
    server.post(&with("/wishes", json!(["2026-11-27T14:00:00+09:00"]))).await.accepted()
}

#[tokio::test]
async fn article_4_2_requests_whose_rows_do_not_read_do_not_keep_others_from_lapsing() {
    for damage in [
        "update booking set version = 99999999999",
        "update booking set version = 4294967295",
        // Its next event is there already.
        "insert into event (office, booking, version, at, actor, kind) select office, id, 2, 0, 'x', 'x' from booking",
    ] {
        let server = Server::start();
        damaged(&server, MANY, damage).await;
        server.at("2026-11-27T14:00:00+09:00");
        assert_eq!(server.look().await.lapsed, 1, "{damage}");
        assert_eq!(server.look().await.lapsed, 0, "{damage}");
        assert_eq!(
            server.count("select count(*) from booking where state = 'requested'"),
            i64::try_from(MANY).unwrap()
        );
    }
}

#[tokio::test]
async fn article_6_requests_that_cannot_be_erased_do_not_keep_others_from_it() {
    let server = Server::start();
    damaged(
        &server,
        MANY,
        "insert into event (office, booking, version, at, actor, kind) select office, id, 3, 0, 'x', 'x' from booking",
    )
    .await;
    server.at("2027-01-20T09:00:00+09:00");
    assert_eq!(server.look().await, Done { lapsed: 206, deemed: 0, erased: 1, forgotten: true });
    assert_eq!(server.look().await, Done { forgotten: true, ..Done::default() });
}

#[tokio::test]
async fn article_4_3_a_counselling_whose_row_does_not_read_keeps_no_silence_from_being_written_down() {
    for damage in [
        "update booking set reception_number = 'no number' where id = 1",
        "update booking set version = 99999999999 where id = 1",
        // Confirmed, and nothing is arranged.
        "update booking set arranged_in = null where id = 1",
        // Its next event is there already.
        "insert into event (office, booking, version, at, actor, kind) values ('otaru', 1, 3, 0, 'x', 'x')",
    ] {
        let server = Server::start();
        let _broken = Asked::confirmed(&server).await;
        server.run(damage);
        let whole = Asked::send(&server).await;
        assert_eq!(told(&whole.confirm(&server, &entered("2026-11-26T11:00:00+09:00")).await), "done");
        let waiting = Asked::send(&server).await;
        server.at("2026-11-27T13:00:00+09:00");
        assert_eq!(
            server.look().await,
            Done { lapsed: 1, deemed: 1, erased: 0, forgotten: true },
            "{damage}"
        );
        assert_eq!(whole.state(&server).await, "deemed_cancelled", "{damage}");
        assert_eq!(waiting.state(&server).await, "lapsed", "{damage}");
        assert_eq!(server.look().await, Done { forgotten: true, ..Done::default() }, "{damage}");
    }
}
