//! That no list is found by looking through all bookings: how SQLite goes about each statement.

use rusqlite::Connection;

use super::found;
use super::*;
use crate::store::opening::Opening;
use crate::store::sqlite::{Opened, Options};
use precheck_shared::time::parse_instant;

/// The steps that SQLite plans, on the real schema.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut asked = connection.prepare(&format!("explain query plan {sql}")).unwrap();
    let (mut steps, mut rows) = (Vec::new(), asked.raw_query());
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

#[test]
fn every_list_is_found_by_an_index_of_its_own_and_never_by_looking_through_all_bookings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let options =
        Options { path: path.clone(), office: "otaru".to_owned(), queue: 1, opening: Opening::serving() };
    drop(Opened::open(options, now).unwrap());
    let connection = Connection::open(path).unwrap();

    for (sql, index, sorted) in [
        (OF_DAYS, "booking_by_start", false),
        (SEATED, "booking_by_start", false),
        (WAITING, "COVERING INDEX booking_waiting", false),
        (HOW_MANY_WAIT, "booking_waiting", true),
        (MARKS, "booking_of_number", true),
        (DUTIES, "duty_open", false),
        (HOW_MANY_DUTIES, "duty_open", true),
        (SILENCES, "booking_unaffirmed", true),
        (HOW_MANY_SILENCES, "booking_unaffirmed", true),
        (OFFICERLESS, "booking_by_start", true),
        (HOW_MANY_OFFICERLESS, "booking_by_start", true),
        (SILENT, "booking_", false),
        (UNFINISHED, "booking_waiting", false),
        (HOW_MANY_UNFINISHED, "booking_waiting", true),
        (found::BY_NUMBER, "booking_of_number", true),
        (found::HOW_MANY_BY_NUMBER, "booking_of_number", true),
        (found::BY_NAME, "PRIMARY KEY", false),
        (found::HOW_MANY_BY_NAME, "PRIMARY KEY", true),
        (found::WISHED_ON, "booking_waiting", true),
        (found::HOW_MANY_WISHED_ON, "booking_waiting", true),
        (feed::OF_FEED, "booking_by_start", false),
    ] {
        let steps = plan(&connection, sql);
        assert!(steps.iter().any(|it| it.contains(index)), "{sql}: {steps:#?}");
        // The staff are few; and no index is made for the sake of one question.
        let looks =
            |it: &String| (it.starts_with("SCAN") && !it.starts_with("SCAN s")) || it.contains("AUTOMATIC");
        assert!(!steps.iter().any(looks), "{sql}: {steps:#?}");
        // Whatever is cut into pages comes in its order, so that a page costs a page.
        let sorts = steps.iter().any(|it| it.contains("TEMP B-TREE"));
        assert!(!(sorted && sorts), "{sql}: {steps:#?}");
    }
}
