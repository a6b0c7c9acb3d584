//! Article 5: what the records say in sum, for the managers, and what of it may leave the office.
//!
//! Inside, every count is shown. What is exported is suppressed by `shared::records`: small cells, and what would give them away.
//! An export ends with the last whole week, so that two of them do not tell what one person did in between.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use precheck_shared::calendar::{cells, closed, starts};
use precheck_shared::policy::Policy;
use precheck_shared::records::{publishable, publishable_table, visits_kept_from};
use precheck_shared::time::{Instant, at, day_of, days, midnight};

use crate::error::ApiError;
use crate::state::AppState;
use crate::store::desk::figures::{self, Arranged, Received, Span, Visited};
use crate::store::sql;

mod tables;

pub use tables::{Column, Label, Line, NAMES, Table};

/// Weeks that can be looked at.
pub const PERIODS: [u16; 3] = [4, 13, 52];

/// A stretch of whole weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first day, a Monday.
    pub from: NaiveDate,
    /// The Monday after it.
    pub to: NaiveDate,
}

/// Everything counted in a period.
#[derive(Debug)]
pub struct Counted {
    /// When it was counted for.
    pub period: Period,
    received: Vec<Received>,
    arranged: Vec<Arranged>,
    taken: BTreeMap<i64, u32>,
    visits: BTreeMap<i64, u32>,
    visited: Vec<Visited>,
    checked: Vec<(String, u32)>,
    /// Seats of each week, for one cell of the grid each.
    seats: BTreeMap<i64, u32>,
    /// Visits of weeks before this one are erased already.
    visits_from: i64,
}

impl Period {
    /// The last so many weeks: with the running one, or up to it.
    pub fn last(weeks: u16, now: Instant, with_running: bool) -> Self {
        let today = day_of(now);
        let monday = today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
        let to = if with_running { monday + TimeDelta::weeks(1) } else { monday };
        Self { from: to - TimeDelta::weeks(i64::from(weeks)), to }
    }

    fn span(self) -> Span {
        Span { from: midnight(self.from), to: midnight(self.to) }
    }

    /// Its weeks, by number.
    fn weeks(self) -> std::ops::Range<i64> {
        number_of(self.from)..number_of(self.to)
    }
}

/// Counts.
///
/// # Errors
/// `unavailable`.
pub async fn count(app: &AppState, period: Period) -> Result<Counted, ApiError> {
    let span = period.span();
    let counted = sql::count(&*app.store, move |tx| {
        Box::pin(async move {
            let received = figures::received(tx, span).await?;
            let arranged = figures::arranged(tx, span).await?;
            let taken = figures::taken(tx, span).await?;
            let visits = figures::visits(tx, span).await?;
            let visited = figures::visited(tx, span).await?;
            Ok((received, arranged, taken, visits, visited, figures::checked(tx, span).await?))
        })
    });
    let (received, arranged, taken, visits, visited, checked) = counted.await?;
    let policy = &*app.office.policy();
    let kept_from = day_of(visits_kept_from(policy, app.clock.now()));
    // Of the week in which the retention ends a part is erased.
    let visits_from = number_of(kept_from) + i64::from(kept_from.weekday().num_days_from_monday() != 0);
    let (taken, visits) = (taken.into_iter().collect(), visits.into_iter().collect());
    let seats = seats(policy, period);
    Ok(Counted { period, received, arranged, taken, visits, visited, checked, seats, visits_from })
}

/// The number of a day's week, as the store counts them.
fn number_of(day: NaiveDate) -> i64 {
    (midnight(day).timestamp_millis() + 291_600_000).div_euclid(604_800_000)
}

/// The Monday of a week.
fn monday_of(week: i64) -> NaiveDate {
    NaiveDate::default() + TimeDelta::days(week * 7 - 3)
}

/// How many seats the office has in the cells of each week.
fn seats(policy: &Policy, period: Period) -> BTreeMap<i64, u32> {
    let mut all = BTreeMap::new();
    for day in days(period.from, period.to - TimeDelta::days(1)) {
        if closed(policy, day).is_some() {
            continue;
        }
        let of_day: BTreeMap<Instant, u16> =
            starts(policy).flat_map(|start| cells(policy, at(day, start))).collect();
        *all.entry(number_of(day)).or_default() += of_day.values().map(|it| u32::from(*it)).sum::<u32>();
    }
    all
}

/// A table as it may leave the office: `None` is suppressed.
pub fn published(policy: &Policy, table: &Table) -> Vec<Vec<Option<u32>>> {
    let counts: Vec<Vec<u32>> = table.lines.iter().map(|it| it.counts.clone()).collect();
    match table.sums {
        tables::Sums::Column | tables::Sums::First => {
            let column: Vec<u32> = counts.iter().map(|it| it[0]).collect();
            let beside = counts.iter().map(|it| it[1..].iter().map(|it| Some(*it)));
            let told = publishable(policy, &column).into_iter();
            told.zip(beside).map(|(first, beside)| std::iter::once(first).chain(beside).collect()).collect()
        }
        tables::Sums::Lines => counts.iter().map(|it| publishable(policy, it)).collect(),
        tables::Sums::Both => publishable_table(policy, &counts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use precheck_shared::time::{parse_date, parse_instant};

    #[test]
    fn weeks_begin_on_monday_at_midnight_in_japan() {
        for (now, from, to) in [
            ("2026-11-22T23:59:59+09:00", "2026-10-26", "2026-11-23"),
            ("2026-11-23T00:00:00+09:00", "2026-11-02", "2026-11-30"),
            ("2027-01-01T12:00:00+09:00", "2026-12-07", "2027-01-04"),
        ] {
            let period = Period::last(4, parse_instant(now).unwrap(), true);
            assert_eq!((period.from.to_string(), period.to.to_string()), (from.into(), to.into()), "{now}");
            let weeks: Vec<_> = period.weeks().map(monday_of).collect();
            assert_eq!((weeks.len(), weeks[0]), (4, period.from), "{now}");
            let whole = Period::last(4, parse_instant(now).unwrap(), false);
            assert_eq!(whole.to, period.to - TimeDelta::weeks(1));
        }
        let sunday = parse_date("2026-11-29").unwrap();
        assert_eq!(number_of(sunday), number_of(parse_date("2026-11-23").unwrap()));
        assert_eq!(number_of(sunday) + 1, number_of(parse_date("2026-11-30").unwrap()));
    }

    #[test]
    fn article_4_1_a_closed_day_has_no_seats() {
        let office = crate::office::Office::otaru().unwrap();
        let policy = &*office.policy();
        let of = |from: &str| {
            let from = parse_date(from).unwrap();
            seats(policy, Period { from, to: from + TimeDelta::weeks(1) })
        };
        // The week of 23 November has a holiday, that of 28 December one open day.
        let (usual, holiday, year_end) = (of("2026-11-09"), of("2026-11-23"), of("2026-12-28"));
        let only = |it: &BTreeMap<i64, u32>| it.values().sum::<u32>();
        assert_eq!(only(&holiday) * 5, only(&usual) * 4);
        assert_eq!(only(&year_end) * 5, only(&usual));
    }
}
