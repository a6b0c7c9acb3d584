//! That the figures are counted along indexes: how SQLite goes about each statement.

use rusqlite::Connection;

use super::*;
use crate::store::opening::Opening;
use crate::store::sqlite::{Opened, Options};
use precheck_shared::time::parse_instant;

#[test]
fn article_5_every_figure_is_counted_along_an_index_of_its_own_and_nothing_is_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let now = parse_instant("2026-11-24T09:00:00+09:00").unwrap();
    let options =
        Options { path: path.clone(), office: "otaru".to_owned(), queue: 1, opening: Opening::serving() };
    drop(Opened::open(options, now).unwrap());
    let connection = Connection::open(path).unwrap();

    for (sql, index) in [
        (RECEIVED, "booking USING INDEX booking_by_receipt (office=? AND <expr>>? AND <expr><?)"),
        (ARRANGED, "booking USING INDEX booking_by_week (office=? AND <expr>>? AND <expr><?)"),
        (TAKEN, "seat_cell USING PRIMARY KEY (office=? AND cell_start>? AND cell_start<?)"),
        (VISITS, "visit USING COVERING INDEX visit_by_time (office=? AND began_at>? AND began_at<?)"),
        (
            VISITED,
            "visit USING COVERING INDEX visit_by_kind (office=? AND <expr>=? AND began_at>? AND began_at<?)",
        ),
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
    }
}
