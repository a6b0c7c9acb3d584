//! That the figures are counted along indexes: how SQLite goes about each statement.

use rusqlite::Connection;

use super::*;
use crate::store::sqlite::{Opened, Options};
use precheck_shared::time::parse_instant;

/// The steps of the program that SQLite makes of a statement which take a column out of a booking or a visit itself. The plan does
/// not say it: of an index on terms it never says that it covers.
fn read_from_tables(connection: &Connection, sql: &str) -> Vec<String> {
    let mut roots = connection
        .prepare("select rootpage from sqlite_master where type = 'table' and name in ('booking', 'visit')")
        .unwrap();
    let roots: Vec<i64> = roots.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut asked = connection.prepare(&format!("explain {sql}")).unwrap();
    let (mut cursors, mut reads, mut rows) = (Vec::new(), Vec::new(), asked.raw_query());
    while let Some(row) = rows.next().unwrap() {
        let (step, first, second): (String, i64, i64) =
            (row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
        match step.as_str() {
            "OpenRead" if roots.contains(&second) => cursors.push(first),
            "Column" | "FinishSeek" => reads.push((first, format!("{step} {first} {second}"))),
            _ => {}
        }
    }
    reads.into_iter().filter(|it| cursors.contains(&it.0)).map(|it| it.1).collect()
}

#[test]
fn article_5_no_figure_sorts_or_looks_at_a_single_booking_or_visit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let options = Options { path: path.clone(), office: "otaru".to_owned(), queue: 1 };
    drop(Opened::open(options, now).unwrap());
    let connection = Connection::open(path).unwrap();

    for (sql, index) in [
        (RECEIVED, "booking USING INDEX booking_by_receipt (office=? AND <expr>>? AND <expr><?)"),
        (ARRANGED, "booking USING INDEX booking_by_week (office=? AND <expr>>? AND <expr><?)"),
        (TAKEN, "seat_cell USING PRIMARY KEY (office=? AND cell_start>? AND cell_start<?)"),
        (VISITS, "visit USING COVERING INDEX visit_by_time (office=? AND began_at>? AND began_at<?)"),
        (VISITED, "visit USING INDEX visit_by_kind (office=? AND <expr>=? AND began_at>? AND began_at<?)"),
        (
            CHECKED,
            "visit USING COVERING INDEX visit_by_checks (office=? AND checks=? AND began_at>? AND began_at<?)",
        ),
    ] {
        let mut asked = connection.prepare(&format!("explain query plan {sql}")).unwrap();
        let (mut steps, mut rows) = (Vec::<String>::new(), asked.raw_query());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get(3).unwrap());
        }
        assert!(steps.iter().any(|it| it.ends_with(index)), "{sql}: {steps:#?}");
        assert!(!steps.iter().any(|it| it.contains("TEMP B-TREE")), "{sql}: {steps:#?}");
        assert_eq!(read_from_tables(&connection, sql), Vec::<String>::new(), "{sql}");
    }
}
