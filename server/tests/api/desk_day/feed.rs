//! The calendar feed, read back by a program that did not write it.

use std::fmt::Write as _;

use icalendar::{Calendar, Component as _};
use sha2::{Digest as _, Sha256};

use crate::desk::{Asked, LINK, PASSCODE, SECOND, START};
use crate::harness::{NAME, Server};
use crate::officer::AtTheDesk;

use super::confirm_for;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const ADDRESS: &str = "/desk/feed/0123456789abcdef0123456789abcdef.ics";

/// Gives somebody a feed, as her own settings do.
fn has_feed(server: &Server, officer: &str) {
    let mut hash = String::new();
    for byte in Sha256::digest(SECRET) {
        write!(hash, "{byte:02x}").unwrap();
    }
    let hash = if crate::POSTGRES { format!("'\\x{hash}'") } else { format!("x'{hash}'") };
    server.run(&format!("update staff set feed_hash = {hash} where id = '{officer}'"));
}

fn events(file: &str) -> Vec<icalendar::Event> {
    let calendar: Calendar = file.parse().unwrap_or_else(|error| panic!("{error}: {file}"));
    calendar.components.iter().filter_map(|it| it.as_event().cloned()).collect()
}

#[tokio::test]
async fn a_feed_has_her_counsellings_and_nobodys_with_times_and_numbers_alone() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    has_feed(&server, &desk.id);
    let other = AtTheDesk::manager(&server).await;
    let (hers, nobodys, others) =
        (Asked::send(&server).await, Asked::send(&server).await, Asked::send(&server).await);
    confirm_for(&server, &hers, START, Some(&desk.id)).await;
    confirm_for(&server, &nobodys, SECOND, None).await;
    confirm_for(&server, &others, "2026-11-30T10:00:00+09:00", Some(&other.id)).await;
    Asked::send(&server).await;

    let reply = server.get(ADDRESS).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/calendar; charset=utf-8"));
    let file = reply.text();
    let found: Vec<_> = events(file)
        .iter()
        .map(|it| {
            let value = |name: &str| it.property_value(name).unwrap_or_default().to_owned();
            (value("DTSTART"), value("DTEND"), it.get_summary().unwrap().to_owned())
        })
        .collect();
    let say = |asked: &Asked, more: &str| format!("オンライン職業相談 {}{more}", asked.number);
    let expected = [
        ("20261126T010000Z".to_owned(), "20261126T013000Z".to_owned(), say(&hers, "")),
        ("20261127T040000Z".to_owned(), "20261127T043000Z".to_owned(), say(&nobodys, "（担当未定）")),
    ];
    assert_eq!(found, expected);
    let unfolded = file.replace("\r\n ", "");
    for secret in
        [NAME, "花子", LINK, PASSCODE, "12345678901", "123 4567", "01234-", "DESCRIPTION", "LOCATION"]
    {
        assert!(!unfolded.contains(secret), "{secret}");
    }

    // Unchanged, it is not sent anew, whatever the time; a silence takes it out of the calendar.
    server.at("2026-11-26T10:09:59+09:00");
    let known = server.get_with(ADDRESS, &[("if-none-match", reply.header("etag"))]).await;
    assert_eq!(known.status, 304);
    assert_eq!(events(server.at("2026-11-26T10:10:00+09:00").get(ADDRESS).await.text()).len(), 1);
}

#[tokio::test]
async fn a_feed_reaches_from_seven_days_ago_to_sixty_ahead() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    has_feed(&server, &desk.id);
    let asked = Asked::send(&server).await;
    confirm_for(&server, &asked, START, Some(&desk.id)).await;
    server.run("update booking set state = 'held'");
    for (now, there) in [
        ("2026-09-26T23:59:59+09:00", 0),
        ("2026-09-27T00:00:00+09:00", 1),
        ("2026-12-03T23:59:59+09:00", 1),
        ("2026-12-04T00:00:00+09:00", 0),
    ] {
        assert_eq!(events(server.at(now).get(ADDRESS).await.text()).len(), there, "{now}");
    }
}

#[tokio::test]
async fn an_address_that_is_nobodys_or_no_longer_somebodys_is_not_there() {
    let server = Server::start();
    let desk = AtTheDesk::officer(&server).await;
    has_feed(&server, &desk.id);
    assert_eq!(server.get(ADDRESS).await.status, 200);
    let unknown = server.get("/desk/feed/fedcba9876543210fedcba9876543210.ics").await;
    assert_eq!(unknown.status, 404);
    server.run("update staff set ended_at = 1");
    for gone in [
        ADDRESS.to_owned(),
        "/desk/feed/x".to_owned(),
        "/desk/feed/.ics".to_owned(),
        format!("/desk/feed/{SECRET}"),
        format!("/desk/feed/{}.ics", "a".repeat(5000)),
        "/desk/feed/%00%ff.ics".to_owned(),
    ] {
        let reply = server.get(&gone).await;
        assert_eq!((reply.status, &reply.body), (unknown.status, &unknown.body), "{gone}");
    }
}
