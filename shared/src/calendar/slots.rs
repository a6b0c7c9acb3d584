//! Slots of a day with their verdict, and the verdict on a wish.
//!
//! A wish that cannot be refuses its request; a wish that was offered and has gone meanwhile does not, as long as
//! another one stands.

use chrono::{NaiveDate, TimeDelta, Timelike};

use super::{Closed, closed, deadline, last_day, starts};
use crate::clause::paragraph;
use crate::policy::Policy;
use crate::time::{Day, Instant, at, day_of, format_instant, midnight};
use crate::violation::{Code, Violation};

/// How many seats are taken in each cell of the grid, by the cell's start, in order. No map of the standard library: two kinds of
/// those were 1 kB brotli of the widget.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Occupancy(Vec<(Instant, u16)>);

impl Occupancy {
    /// Nothing is taken.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many are taken in a cell.
    pub fn insert(&mut self, start: Instant, taken: u16) {
        match self.find(start) {
            Ok(at) => self.0[at].1 = taken,
            Err(at) => self.0.insert(at, (start, taken)),
        }
    }

    /// How many are taken in a cell.
    pub fn taken(&self, start: Instant) -> u16 {
        self.find(start).map_or(0, |at| self.0[at].1)
    }

    fn find(&self, start: Instant) -> Result<usize, usize> {
        self.0.binary_search_by(|it| it.0.cmp(&start))
    }
}

impl FromIterator<(Instant, u16)> for Occupancy {
    fn from_iter<T: IntoIterator<Item = (Instant, u16)>>(cells: T) -> Self {
        let mut all = Self::new();
        for (start, taken) in cells {
            all.insert(start, taken);
        }
        all
    }
}

/// How much room a slot has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotState {
    /// More than one seat, or all that there are.
    Free,
    /// The last of several seats.
    Few,
    /// None.
    Full,
}

impl SlotState {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Few => "few",
            Self::Full => "full",
        }
    }
}

/// A start that can be wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Start of the counselling.
    pub start: Instant,
    /// Room.
    pub state: SlotState,
}

/// A day of the booking calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayPlan {
    /// The day.
    pub date: NaiveDate,
    /// Why nothing can be wished for on it; `None` when something can.
    pub refusal: Option<Violation>,
    /// From this moment on a request is too late.
    pub deadline: Instant,
    /// The slots of a business day, also of one that is too near or too far.
    pub slots: Vec<Slot>,
}

/// Verdict on one wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WishVerdict {
    /// It can be wished for.
    Stands(Instant),
    /// It was offered and has gone meanwhile: too late or full.
    Gone(Instant, Violation),
    /// It can never be met: all that is wrong with it.
    Impossible(Vec<Violation>),
}

/// A day with its slots and its verdict at `now`.
pub fn day_plan(policy: &Policy, taken: &Occupancy, now: Instant, date: NaiveDate) -> DayPlan {
    let pointer = "";
    let slots: Vec<_> = match closed(policy, date) {
        Some(_) => Vec::new(),
        None => starts(policy)
            .map(|time| at(date, time))
            .map(|start| Slot { start, state: state_of(policy, taken, start) })
            .collect(),
    };
    let deadline = deadline(policy, date);
    let refusal = not_business_day(policy, date, pointer)
        .or_else(|| too_far(policy, now, date, pointer))
        .or_else(|| too_late(deadline, now, pointer))
        .or_else(|| slots.iter().all(|it| it.state == SlotState::Full).then(|| full(pointer)));
    DayPlan { date, refusal, deadline, slots }
}

/// Article 4(1)④: the verdict on a wish for `start`, at `now`.
pub fn judge_wish(
    policy: &Policy,
    taken: &Occupancy,
    now: Instant,
    start: Instant,
    pointer: &str,
) -> WishVerdict {
    let never = never(policy, now, start, pointer);
    if !never.is_empty() {
        return WishVerdict::Impossible(never);
    }
    if let Some(late) = too_late(deadline(policy, day_of(start)), now, pointer) {
        return WishVerdict::Gone(start, late);
    }
    if state_of(policy, taken, start) == SlotState::Full {
        return WishVerdict::Gone(start, full(pointer));
    }
    WishVerdict::Stands(start)
}

/// 4(1), 4(2): what speaks against arranging `start` at `now`, for a request that arrived at `received_at`. What can be
/// mended by a reason is for [`crate::booking::Booking::confirm`] to say, and whether there is room for the seats themselves.
///
/// A wish is judged by its receipt: one that came in time can be arranged until 24:00 of the day before. Every other start is
/// judged as a wish of this moment.
pub fn judge_start(
    policy: &Policy,
    now: Instant,
    received_at: Instant,
    wishes: &[Instant],
    start: Instant,
) -> Vec<Violation> {
    let pointer = "/start";
    let wished = wishes.contains(&start);
    let until = deadline(policy, day_of(start));
    let in_time = wished && received_at < until;
    let mut against = never(policy, if wished { received_at } else { now }, start, pointer);
    against.extend(too_late(if in_time { midnight(day_of(start)) } else { until }, now, pointer));
    against
}

/// What makes a start impossible, whoever asks for it and when.
fn never(policy: &Policy, now: Instant, start: Instant, pointer: &str) -> Vec<Violation> {
    let date = day_of(start);
    let all = [
        not_business_day(policy, date, pointer),
        outside_hours(policy, start, pointer).or_else(|| off_grid(policy, start, pointer)),
        too_far(policy, now, date, pointer),
    ];
    all.into_iter().flatten().collect()
}

/// The cells of the grid that a counselling from `start` on covers, each with the seats that the office has in it.
pub fn cells(policy: &Policy, start: Instant) -> impl Iterator<Item = (Instant, u16)> + use<> {
    let (grid, seats) = (policy.booking.grid_minutes.max(1), seats(policy, day_of(start)));
    (0..policy.booking.length_minutes / grid)
        .map(move |cell| (start + TimeDelta::minutes(i64::from(cell * grid)), seats))
}

/// Seats on a day.
fn seats(policy: &Policy, date: NaiveDate) -> u16 {
    policy.seats.by_date.get(Day(date)).unwrap_or(policy.seats.default)
}

/// A counselling covers several cells where the grid is finer than its length; the fullest one decides.
fn state_of(policy: &Policy, taken: &Occupancy, start: Instant) -> SlotState {
    let all = seats(policy, day_of(start));
    let most = cells(policy, start).map(|(cell, _)| taken.taken(cell)).max().unwrap_or(0);
    match all.saturating_sub(most) {
        0 => SlotState::Full,
        1 if 1 < all => SlotState::Few,
        _ => SlotState::Free,
    }
}

fn not_business_day(policy: &Policy, date: NaiveDate, pointer: &str) -> Option<Violation> {
    let code = Code::SlotNotBusinessDay;
    Some(match closed(policy, date)? {
        // A closure of the office's own goes beyond "weekdays".
        Closed::Office(closure) => {
            Violation::of_setting(code, pointer).variant("office").with("reason", closure.reason.clone())
        }
        Closed::Holiday(holiday) => Violation::of_clause(paragraph(4, 1), code, pointer)
            .variant("holiday")
            .with("name", holiday.name()),
        Closed::YearEnd => Violation::of_clause(paragraph(4, 1), code, pointer).variant("year_end"),
        Closed::Weekend => Violation::of_clause(paragraph(4, 1), code, pointer),
    })
}

fn outside_hours(policy: &Policy, start: Instant, pointer: &str) -> Option<Violation> {
    let length = TimeDelta::minutes(i64::from(policy.booking.length_minutes));
    let date = day_of(start);
    let inside = policy
        .booking
        .windows
        .iter()
        .any(|it| at(date, it.from) <= start && start + length <= at(date, it.to));
    (!inside).then(|| {
        let windows = policy.booking.windows.iter();
        let hours: Vec<_> = windows.map(|it| format!("{}–{}", it.from, it.to)).collect();
        Violation::of_clause(paragraph(4, 1), Code::SlotOutsideHours, pointer)
            .with("minutes", policy.booking.length_minutes.to_string())
            .with("hours", hours.join(", "))
    })
}

fn off_grid(policy: &Policy, start: Instant, pointer: &str) -> Option<Violation> {
    let on_grid = start.minute().is_multiple_of(u32::from(policy.booking.grid_minutes))
        && start.second() == 0
        && start.nanosecond() == 0;
    let grid = policy.booking.grid_minutes.to_string();
    (!on_grid).then(|| Violation::of_setting(Code::SlotOffGrid, pointer).with("grid", grid))
}

fn too_far(policy: &Policy, now: Instant, date: NaiveDate, pointer: &str) -> Option<Violation> {
    let last = last_day(policy, now);
    (last < date).then(|| Violation::of_setting(Code::SlotTooFar, pointer).with("last", last.to_string()))
}

fn too_late(deadline: Instant, now: Instant, pointer: &str) -> Option<Violation> {
    (deadline <= now).then(|| {
        Violation::of_clause(paragraph(4, 1), Code::SlotTooLate, pointer)
            .with("deadline", format_instant(deadline))
    })
}

fn full(pointer: &str) -> Violation {
    Violation::of_setting(Code::SlotFull, pointer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;
    use crate::time::{parse_date, parse_instant};

    fn jst(text: &str) -> Instant {
        let seconds = if text.len() == 16 { ":00" } else { "" };
        parse_instant(&format!("{text}{seconds}+09:00")).unwrap()
    }

    fn codes(verdict: &WishVerdict) -> String {
        match verdict {
            WishVerdict::Stands(_) => "stands".into(),
            WishVerdict::Gone(_, why) => format!("gone: {}", why.code.as_str()),
            WishVerdict::Impossible(all) => {
                all.iter().map(|it| it.code.as_str()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[track_caller]
    fn check(now: &str, wish: &str, expected: &str) {
        let verdict = judge_wish(&otaru_policy(), &Occupancy::new(), jst(now), jst(wish), "/wishes/0");
        assert_eq!(codes(&verdict), expected, "now {now}, wish {wish}");
    }

    #[test]
    fn article_4_1_4_a_counselling_lies_wholly_inside_one_window() {
        let now = "2026-11-24T09:00";
        for (time, expected) in [
            ("09:30", "slot_outside_hours"),
            ("09:59", "slot_outside_hours"),
            ("10:00", "stands"),
            ("11:30", "stands"),
            ("11:30:01", "slot_outside_hours"),
            ("11:31", "slot_outside_hours"),
            ("12:00", "slot_outside_hours"),
            ("12:30", "slot_outside_hours"),
            ("13:00", "stands"),
            ("15:30", "stands"),
            ("15:31", "slot_outside_hours"),
            ("16:00", "slot_outside_hours"),
            ("10:15", "slot_off_grid"),
            ("10:00:01", "slot_off_grid"),
        ] {
            check(now, &format!("2026-11-26T{time}"), expected);
        }
    }

    #[test]
    fn article_4_1_completed_by_the_day_before_means_by_close_of_reception() {
        check("2026-11-27T17:14:59", "2026-11-30T10:00", "stands");
        check("2026-11-27T17:15:00", "2026-11-30T10:00", "gone: slot_too_late");
        check("2026-11-28T10:00", "2026-11-30T10:00", "gone: slot_too_late");
        check("2026-11-29T23:59:59", "2026-12-01T10:00", "stands");
        check("2026-11-30T09:00", "2026-11-30T10:00", "gone: slot_too_late");
        check("2026-11-30T09:00", "2026-11-20T10:00", "gone: slot_too_late");
    }

    #[test]
    fn article_4_1_4_weekdays_only() {
        check("2026-11-20T09:00", "2026-11-21T10:00", "slot_not_business_day");
        check("2026-11-20T09:00", "2026-11-23T10:00", "slot_not_business_day");
        check("2026-12-20T09:00", "2026-12-29T10:00", "slot_not_business_day");
        check("2026-12-20T09:00", "2027-01-01T12:00", "slot_not_business_day slot_outside_hours");
        check("2026-12-20T09:00", "2026-12-28T10:00", "stands");
    }

    #[test]
    fn an_office_setting_28_days_ahead_inclusive() {
        check("2026-11-24T23:59:59", "2026-12-22T10:00", "stands");
        check("2026-11-24T23:59:59", "2026-12-23T10:00", "slot_too_far");
        check("2026-11-25T00:00", "2026-12-23T10:00", "stands");
        check("2026-11-24T09:00", "9999-11-30T10:00", "slot_too_far");
    }

    #[test]
    fn a_slot_shows_free_few_or_full_by_its_seats() {
        let policy = otaru_policy();
        let start = jst("2026-11-26T10:00");
        for (taken, seats, expected) in [
            (0, 2, SlotState::Free),
            (1, 2, SlotState::Few),
            (2, 2, SlotState::Full),
            (3, 2, SlotState::Full),
            (0, 1, SlotState::Free),
            (0, 0, SlotState::Full),
        ] {
            let mut policy = policy.clone();
            policy.seats.by_date.insert(Day(day_of(start)), seats);
            assert_eq!(
                state_of(&policy, &[(start, taken)].into_iter().collect(), start),
                expected,
                "{taken} of {seats}"
            );
        }
    }

    #[test]
    fn on_a_fine_grid_the_fullest_cell_decides() {
        let mut policy = otaru_policy();
        policy.booking.grid_minutes = 10;
        let taken = [(jst("2026-11-26T10:20"), 2)].into_iter().collect();
        let state = |time: &str| state_of(&policy, &taken, jst(&format!("2026-11-26T{time}")));
        assert_eq!(state("10:00"), SlotState::Full);
        assert_eq!(state("10:20"), SlotState::Full);
        assert_eq!(state("10:30"), SlotState::Free);
    }

    #[test]
    fn article_4_1_a_timely_wish_can_be_arranged_until_24_00_of_the_day_before_and_any_other_start_while_it_could_be_wished()
     {
        let policy = otaru_policy();
        // Thursday; a wish for it has to arrive by 17:15 on Wednesday.
        let start = jst("2026-11-26T10:00");
        let codes = |now: &str, received: &str, wishes: &[Instant], start: Instant| {
            let against = judge_start(&policy, jst(now), jst(received), wishes, start);
            against.iter().map(|it| it.code.as_str()).collect::<Vec<_>>().join(" ")
        };
        for (now, received, wished, expected) in [
            ("2026-11-25T23:59:59", "2026-11-25T17:14:59", true, ""),
            ("2026-11-26T00:00:00", "2026-11-25T17:14:59", true, "slot_too_late"),
            ("2026-11-25T17:15:00", "2026-11-25T17:15:00", true, "slot_too_late"),
            ("2026-11-25T17:14:59", "2026-11-24T09:00:00", false, ""),
            ("2026-11-25T17:15:00", "2026-11-24T09:00:00", false, "slot_too_late"),
        ] {
            let wishes: &[Instant] = if wished { &[start] } else { &[] };
            assert_eq!(codes(now, received, wishes, start), expected, "now {now}, received {received}");
        }
        let far = jst("2026-12-23T10:00");
        assert_eq!(codes("2026-11-24T09:00", "2026-11-24T09:00", &[], far), "slot_too_far");
        let off = jst("2026-11-28T10:10");
        assert_eq!(
            codes("2026-11-24T09:00", "2026-11-24T09:00", &[off], off),
            "slot_not_business_day slot_off_grid"
        );
    }

    #[test]
    fn a_counselling_covers_the_cells_of_its_length() {
        let mut policy = otaru_policy();
        let start = jst("2026-11-26T10:00");
        assert_eq!(cells(&policy, start).collect::<Vec<_>>(), [(start, 2)]);
        policy.booking.grid_minutes = 10;
        policy.seats.by_date.insert(Day(day_of(start)), 3);
        let expected = ["10:00", "10:10", "10:20"].map(|it| (jst(&format!("2026-11-26T{it}")), 3));
        assert_eq!(cells(&policy, start).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_day_plan_says_why_not_and_until_when() {
        let policy = otaru_policy();
        let plan =
            |now: &str, date: &str| day_plan(&policy, &Occupancy::new(), jst(now), parse_date(date).unwrap());
        let code = |it: &DayPlan| it.refusal.as_ref().map(|why| why.code);
        let open = plan("2026-11-24T09:00", "2026-11-26");
        assert_eq!((code(&open), open.slots.len()), (None, 10));
        assert_eq!(format_instant(open.deadline), "2026-11-25T17:15:00+09:00");
        assert_eq!(code(&plan("2026-11-24T09:00", "2026-11-23")), Some(Code::SlotNotBusinessDay));
        assert_eq!(code(&plan("2026-11-24T17:15", "2026-11-25")), Some(Code::SlotTooLate));
        assert_eq!(code(&plan("2026-11-24T17:15", "2026-12-24")), Some(Code::SlotTooFar));
        let mut nobody = policy.clone();
        nobody.seats.default = 0;
        let full =
            day_plan(&nobody, &Occupancy::new(), jst("2026-11-24T09:00"), parse_date("2026-11-26").unwrap());
        assert_eq!(code(&full), Some(Code::SlotFull));
    }
}
