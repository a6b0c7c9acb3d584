//! Article 4(1)④: weekdays, hours, and until when a time can be asked for.
//!
//! A day is a business day when the law and the office keep it open. A slot is a start on the grid whose
//! counselling lies wholly inside a window. Its deadline is the last moment at which a request for it still reaches
//! the office in time; the deadline itself is already too late.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use crate::policy::{Closure, CutoffRule, Policy};
use crate::time::{HourMinute, Instant, at, day_of, midnight, month_day};

mod holidays;
mod slots;

pub use holidays::{Holiday, holiday};
pub use slots::{DayPlan, Occupancy, Slot, SlotState, WishVerdict, cells, day_plan, judge_start, judge_wish};

/// Why the office is closed on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed<'a> {
    /// Saturday or Sunday.
    Weekend,
    /// A national holiday, a substitute holiday, or the day between two holidays.
    Holiday(Holiday),
    /// 29 December to 3 January: closed days of government offices, by law.
    YearEnd,
    /// The office's own closure.
    Office(&'a Closure),
}

/// Why a day is no business day; `None` when it is one.
pub fn closed(policy: &Policy, day: NaiveDate) -> Option<Closed<'_>> {
    if let Some(by_law) = closed_by_law(day) {
        return Some(by_law);
    }
    policy.closures.iter().find(|it| it.date.0 == day).map(Closed::Office)
}

/// The closed days of government offices, without those of one office.
fn closed_by_law(day: NaiveDate) -> Option<Closed<'static>> {
    if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        return Some(Closed::Weekend);
    }
    if let Some(holiday) = holiday(day) {
        return Some(Closed::Holiday(holiday));
    }
    matches!(month_day(day), (12, 29..=31) | (1, 1..=3)).then_some(Closed::YearEnd)
}

/// The moment from which a request for a day is too late (`slot_too_late`).
///
/// "Completed by the day before, in principle": the office has to complete the booking, so the request must reach it
/// by close of reception on the last business day before, or on an earlier one where the office sets that.
pub fn deadline(policy: &Policy, day: NaiveDate) -> Instant {
    let cutoff = &policy.booking.cutoff;
    match cutoff.rule {
        CutoffRule::CalendarDay => midnight(day),
        CutoffRule::BusinessDays => {
            // A run of closed days longer than a year means that the office is not open at all.
            let before = (1..=400)
                .filter_map(|back| day.checked_sub_signed(TimeDelta::days(back)))
                .filter(|it| closed(policy, *it).is_none())
                .nth(usize::from(cutoff.business_days.saturating_sub(1)))
                .unwrap_or(NaiveDate::MIN + TimeDelta::days(400));
            at(before, cutoff.close)
        }
    }
}

/// The last bookable date: today and the policy's days ahead, inclusive.
pub fn last_day(policy: &Policy, now: Instant) -> NaiveDate {
    day_of(now) + TimeDelta::days(i64::from(policy.booking.days_ahead))
}

/// The starts that are offered on any business day.
pub fn starts(policy: &Policy) -> impl Iterator<Item = HourMinute> + '_ {
    let booking = &policy.booking;
    booking.windows.iter().flat_map(move |window| {
        (window.from.minutes()..window.to.minutes())
            .filter(move |it| {
                it % booking.grid_minutes == 0 && it + booking.length_minutes <= window.to.minutes()
            })
            .filter_map(HourMinute::from_minutes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Cutoff;
    use crate::policy::tests::otaru_policy;
    use crate::time::{Day, days, format_instant, parse_date};

    fn day(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    /// Day by day against a table that two independent packages agree on; the script that made it lies beside it.
    #[test]
    fn article_4_1_4_business_days_by_law_2023_to_2030() {
        let table = include_str!("../tests/calendar/days-2023-2030.csv");
        let mut rows = 0;
        for row in table.lines().skip(1) {
            let columns: Vec<_> = row.split(',').collect();
            let date = day(columns[0]);
            let name = holiday(date).map_or("", Holiday::name);
            assert_eq!(name, columns[3], "{date}");
            assert_eq!(closed_by_law(date).is_none(), columns[2] == "yes", "{date}");
            rows += 1;
        }
        assert_eq!(rows, days(day("2023-01-01"), day("2030-12-31")).count());
    }

    #[test]
    fn article_4_1_the_deadline_is_close_of_reception_on_the_last_business_day_before() {
        for (wished, expected) in [
            ("2026-11-26", "2026-11-25T17:15:00+09:00"), // Thursday: Wednesday
            ("2026-11-30", "2026-11-27T17:15:00+09:00"), // Monday: Friday
            ("2026-11-24", "2026-11-20T17:15:00+09:00"), // Tuesday after a Monday holiday
            ("2027-01-04", "2026-12-28T17:15:00+09:00"), // first day of the year
        ] {
            assert_eq!(format_instant(deadline(&otaru_policy(), day(wished))), expected, "{wished}");
        }
    }

    #[test]
    fn article_4_1_the_deadline_follows_the_offices_setting() {
        let mut policy = otaru_policy();
        policy.booking.cutoff.business_days = 3;
        assert_eq!(format_instant(deadline(&policy, day("2026-11-30"))), "2026-11-25T17:15:00+09:00");
        policy.booking.cutoff = Cutoff { rule: CutoffRule::CalendarDay, ..policy.booking.cutoff };
        assert_eq!(format_instant(deadline(&policy, day("2026-11-30"))), "2026-11-30T00:00:00+09:00");
    }

    #[test]
    fn an_offices_own_closure_closes_and_moves_the_deadline() {
        let mut policy = otaru_policy();
        policy.closures.push(Closure { date: Day(day("2026-11-25")), reason: "点検".into() });
        assert!(matches!(closed(&policy, day("2026-11-25")), Some(Closed::Office(_))));
        assert_eq!(format_instant(deadline(&policy, day("2026-11-26"))), "2026-11-24T17:15:00+09:00");
    }

    #[test]
    fn article_4_1_4_starts_run_from_10_00_to_11_30_and_from_13_00_to_15_30() {
        let offered: Vec<_> = starts(&otaru_policy()).map(|it| it.to_string()).collect();
        let expected = "10:00 10:30 11:00 11:30 13:00 13:30 14:00 14:30 15:00 15:30";
        assert_eq!(offered.join(" "), expected);
    }

    #[test]
    fn an_office_that_never_opens_has_no_deadline_to_meet_and_does_not_panic() {
        let mut policy = otaru_policy();
        policy.booking.cutoff.business_days = 30;
        policy.closures = days(day("2025-01-01"), day("2026-12-31"))
            .map(|it| Closure { date: Day(it), reason: "x".into() })
            .collect();
        assert!(deadline(&policy, day("2026-12-01")) < midnight(day("2024-01-01")));
    }
}
