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
    let small = |count: u32| 0 < count && count < policy.records.small_cell;
    let mut cells: Vec<_> = counts.iter().map(|it| (!small(*it)).then_some(*it)).collect();
    if cells.iter().filter(|it| it.is_none()).count() == 1 {
        // The total is known, so one gap could be filled in by subtraction: the smallest other cell goes too.
        let next =
            (0..counts.len()).filter(|at| cells[*at].is_some_and(|it| 0 < it)).min_by_key(|at| counts[*at]);
        if let Some(at) = next {
            cells[at] = None;
        }
    }
    cells
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
    }
}
