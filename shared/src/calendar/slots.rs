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
    let asked_for = wishes.contains(&start);
    let until = deadline(policy, day_of(start));
    let in_time = asked_for && received_at < until;
    let mut against = never(policy, if asked_for { received_at } else { now }, start, pointer);
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
mod tests;
