//! Articles 5 and 6: what is recorded of the use, when personal data is erased, what may be published.
//!
//! No raw address and no user-agent string is kept, nothing is published that counts few people, and every retention
//! ends on a day that can be told in advance.

use chrono::{NaiveDate, TimeDelta};

use crate::booking::BookingState;
use crate::policy::Policy;
use crate::time::{Instant, day_of, midnight};

/// 5(1): one visit, as it may be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRecord {
    /// HMAC under a key of the month of a random value that the tab made; months do not join. `None` on a shared
    /// device.
    pub pseudonym: Option<[u8; 32]>,
    /// The furthest step reached.
    pub step: String,
    /// When.
    pub at: Instant,
    /// Family of the operating system.
    pub os_family: String,
    /// Family of the browser with its major version.
    pub browser: String,
    /// Outcome of each check, by its id.
    pub outcomes: Vec<(String, String)>,
}

/// 5(1): the moment from which on visits that began are still kept at `now`: the whole days of the setting, and today.
pub fn visits_kept_from(policy: &Policy, now: Instant) -> Instant {
    midnight(day_of(now) - TimeDelta::days(i64::from(policy.records.access_days)))
}

/// 6: the first day on which a booking's personal data is no longer kept. `since` is the appointment, or the event
/// that closed the request; `None` while the booking is open.
pub fn erased_from(policy: &Policy, state: &BookingState, since: Instant) -> Option<NaiveDate> {
    let days = match state {
        BookingState::Requested | BookingState::Confirmed(_) => return None,
        BookingState::Declined { .. } | BookingState::Withdrawn | BookingState::Lapsed => {
            policy.records.closed_request_days
        }
        BookingState::Held
        | BookingState::Cancelled { .. }
        | BookingState::CancelledByOffice { .. }
        | BookingState::Stopped { .. }
        | BookingState::DeemedCancelled { .. } => policy.records.appointment_days,
    };
    Some(day_of(since) + TimeDelta::days(i64::from(days) + 1))
}

/// 5(2): the counts of one published line, small cells suppressed, with their complement where the total would give
/// it away.
pub fn publishable(policy: &Policy, counts: &[u32]) -> Vec<Option<u32>> {
    let mut told = without_small(policy, counts);
    while let Some(at) = gives_away(policy, counts, &told) {
        told[at] = None;
    }
    told
}

/// 5(2): the same of a table whose lines and columns both have totals that may be known: no line and no column gives a small
/// cell away. All lines are of one length.
pub fn publishable_table(policy: &Policy, lines: &[Vec<u32>]) -> Vec<Vec<Option<u32>>> {
    let mut told: Vec<_> = lines.iter().map(|it| without_small(policy, it)).collect();
    let columns = lines.first().map_or(0, Vec::len);
    loop {
        let before = told.clone();
        for (counts, told) in lines.iter().zip(&mut told) {
            while let Some(at) = gives_away(policy, counts, told) {
                told[at] = None;
            }
        }
        for column in 0..columns {
            let counts: Vec<_> = lines.iter().map(|it| it[column]).collect();
            let of_column: Vec<_> = told.iter().map(|it| it[column]).collect();
            if let Some(at) = gives_away(policy, &counts, &of_column) {
                told[at][column] = None;
            }
        }
        // Each round suppresses at least one more, or nothing is given away.
        if told == before {
            return told;
        }
    }
}

fn without_small(policy: &Policy, counts: &[u32]) -> Vec<Option<u32>> {
    let small = |count: u32| 0 < count && count < policy.records.small_cell;
    counts.iter().map(|it| (!small(*it)).then_some(*it)).collect()
}

/// The total is known, so one gap can be filled in by subtraction, and several that are few together nearly so: then the
/// smallest other cell goes too. A nought is nobody, and hides nobody.
fn gives_away(policy: &Policy, counts: &[u32], told: &[Option<u32>]) -> Option<usize> {
    let gaps = counts.iter().zip(told).filter(|it| it.1.is_none());
    let (gaps, together) = gaps.fold((0, 0_u64), |sum, it| (sum.0 + 1, sum.1 + u64::from(*it.0)));
    if gaps == 0 || (1 < gaps && u64::from(policy.records.small_cell) <= together) {
        return None;
    }
    (0..counts.len()).filter(|at| told[*at].is_some_and(|it| 0 < it)).min_by_key(|at| counts[*at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;
    use crate::time::parse_instant;

    #[test]
    fn article_6_retention_ends_30_days_after_a_closed_request_and_180_after_an_appointment() {
        let since = parse_instant("2026-11-26T10:00:00+09:00").unwrap();
        let erased =
            |state: &BookingState| erased_from(&otaru_policy(), state, since).map(|it| it.to_string());
        assert_eq!(erased(&BookingState::Requested), None);
        assert_eq!(erased(&BookingState::Withdrawn).as_deref(), Some("2026-12-27"));
        assert_eq!(erased(&BookingState::Lapsed).as_deref(), Some("2026-12-27"));
        assert_eq!(erased(&BookingState::Held).as_deref(), Some("2027-05-26"));
    }

    #[test]
    fn article_5_2_no_cell_below_ten_can_be_read_or_computed() {
        let publish = |counts: &[u32]| publishable(&otaru_policy(), counts);
        assert_eq!(publish(&[10, 20, 0]), [Some(10), Some(20), Some(0)]);
        assert_eq!(publish(&[9, 20, 30]), [None, None, Some(30)]);
        assert_eq!(publish(&[9, 3, 30]), [None, None, Some(30)]);
        assert_eq!(publish(&[1]), [None]);
        // Of two cells that are two together, each is one.
        assert_eq!(publish(&[1, 1, 30, 40]), [None, None, None, Some(40)]);
        assert_eq!(publish(&[]), []);
    }

    #[test]
    fn article_5_2_a_table_gives_no_small_cell_away_by_its_lines_or_columns() {
        let publish = |lines: &[Vec<u32>]| publishable_table(&otaru_policy(), lines);
        let table = [vec![9, 20, 30], vec![40, 50, 60], vec![70, 80, 90]];
        let told = publish(&table);
        assert_eq!(told[0], [None, None, Some(30)]);
        assert_eq!(told[1], [None, None, Some(60)]);
        assert_eq!(told[2], [Some(70), Some(80), Some(90)]);
        assert_eq!(
            publish(&[vec![10, 20], vec![30, 0]]),
            [vec![Some(10), Some(20)], vec![Some(30), Some(0)]]
        );
        assert_eq!(publish(&[]), Vec::<Vec<Option<u32>>>::new());
        assert_eq!(publish(&[vec![3, 0], vec![0, 0]]), [vec![None, Some(0)], vec![Some(0), Some(0)]]);
    }

    #[test]
    fn article_5_2_whatever_the_counts_no_gap_can_be_computed() {
        let policy = otaru_policy();
        // Counts that look like chance, and are the same every time.
        let mut state = 1_u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for _ in 0..2000 {
            let lines: Vec<Vec<u32>> = (0..4).map(|_| (0..3).map(|_| next(40)).collect()).collect();
            let told = publishable_table(&policy, &lines);
            let columns = (0..3).map(|at| {
                let counts: Vec<_> = lines.iter().map(|it| it[at]).collect();
                (counts, told.iter().map(|it| it[at]).collect::<Vec<_>>())
            });
            for (counts, told) in lines.iter().cloned().zip(told.clone()).chain(columns) {
                assert!(counts.iter().zip(&told).all(|it| it.1.is_none_or(|told| told == *it.0)));
                assert!(told.iter().flatten().all(|it| *it == 0 || 10 <= *it), "{counts:?} {told:?}");
                let gaps: Vec<_> = counts.iter().zip(&told).filter(|it| it.1.is_none()).collect();
                let others = told.iter().flatten().any(|it| 0 < *it);
                let sum: u32 = gaps.iter().map(|it| *it.0).sum();
                assert!(gaps.is_empty() || !others || (1 < gaps.len() && 10 <= sum), "{counts:?} {told:?}");
            }
        }
    }

    #[test]
    fn article_6_visits_are_kept_for_90_days_and_today() {
        let now = parse_instant("2027-02-22T12:00:00+09:00").unwrap();
        let kept_from = parse_instant("2026-11-24T00:00:00+09:00").unwrap();
        assert_eq!(visits_kept_from(&otaru_policy(), now), kept_from);
    }
}
