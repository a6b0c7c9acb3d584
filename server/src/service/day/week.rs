//! Articles 4(1) and 4(2): a week by slot, with its seats and who has them.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use precheck_shared::calendar::{Closed, cells, closed, starts};
use precheck_shared::time::{HourMinute, Instant, at, day_of, days, midnight};

use super::{Listed, Names, listed, next};
use crate::error::ApiError;
use crate::service::clock;
use crate::state::AppState;
use crate::store::desk::{day, seats};
use crate::store::sql;

/// A week from Monday to Sunday.
#[derive(Debug)]
pub struct Week {
    /// Its days.
    pub days: Vec<Day>,
    /// The times of day that something can start at, or does.
    pub times: Vec<HourMinute>,
}

/// A day of it.
#[derive(Debug)]
pub struct Day {
    /// Which one.
    pub date: NaiveDate,
    /// Why the office is closed.
    pub closed: Option<Why>,
    /// 4(1): the official list of holidays does not reach it yet.
    pub provisional: bool,
    /// In the order of the week's times.
    pub slots: Vec<Slot>,
}

/// Why the office is closed.
#[derive(Debug, PartialEq, Eq)]
pub enum Why {
    /// Saturday, Sunday.
    Weekend,
    /// With its name.
    Holiday(&'static str),
    /// 29 December to 3 January.
    YearEnd,
    /// The office's own, with its reason.
    Office(String),
}

/// A start on a day.
#[derive(Debug)]
pub struct Slot {
    /// When.
    pub start: Instant,
    /// Seats taken, and all; `None` where nothing can be booked.
    pub seats: Option<(u16, u16)>,
    /// Who has them, and who had.
    pub rows: Vec<Listed>,
}

/// The week in which a day lies.
///
/// # Errors
/// `unavailable`.
pub async fn week(app: &AppState, of: NaiveDate, now: Instant) -> Result<Week, ApiError> {
    let monday = of - TimeDelta::days(i64::from(of.weekday().num_days_from_monday()));
    let (from, to) = (midnight(monday), midnight(monday + TimeDelta::days(7)));
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move {
            let rows = day::seated(tx, from, to).await?;
            Ok((Names::read(tx).await?, rows, seats::taken(tx, from, to).await?))
        })
    });
    let (names, rows, taken) = read.await?;
    let mut rows = listed(app, clock::due_at(app, now).await?, &names, rows);
    let policy = &*app.office.policy();

    // Staff may have arranged another time, with a reason.
    let offered: Vec<_> = starts(policy).collect();
    let mut times = offered.clone();
    times.extend(rows.iter().filter_map(start_of).map(HourMinute::of));
    times.sort_unstable();
    times.dedup();

    let mut week = Vec::new();
    for date in days(monday, monday + TimeDelta::days(6)) {
        let why = closed(policy, date).map(why);
        let slot = |time: &HourMinute| {
            let start = at(date, *time);
            let of_slot = rows.extract_if(.., |it| {
                start_of(it).is_some_and(|it| day_of(it) == date && HourMinute::of(it) == *time)
            });
            let bookable = why.is_none() && offered.contains(time);
            let seats = bookable.then(|| {
                let each = cells(policy, start).map(|(cell, seats)| (taken.taken(cell), seats));
                each.max().unwrap_or_default()
            });
            Slot { start, seats, rows: of_slot.collect() }
        };
        let slots = times.iter().map(slot).collect();
        week.push(Day { date, closed: why, provisional: is_provisional(now, date), slots });
    }
    Ok(Week { days: week, times })
}

/// The counsellings of a day, in every state, by time.
///
/// # Errors
/// `unavailable`.
pub async fn day(app: &AppState, date: NaiveDate, now: Instant) -> Result<Vec<Listed>, ApiError> {
    let (from, to) = (midnight(date), midnight(next(date)));
    let read = sql::read(&*app.store, move |tx| {
        Box::pin(async move { Ok((Names::read(tx).await?, day::of_days(tx, from, to).await?)) })
    });
    let (names, rows) = read.await?;
    Ok(listed(app, clock::due_at(app, now).await?, &names, rows))
}

fn start_of(row: &Listed) -> Option<Instant> {
    row.booking.appointment.as_ref().map(|it| it.start)
}

fn why(closed: Closed<'_>) -> Why {
    match closed {
        Closed::Weekend => Why::Weekend,
        Closed::Holiday(holiday) => Why::Holiday(holiday.name()),
        Closed::YearEnd => Why::YearEnd,
        Closed::Office(closure) => Why::Office(closure.reason.clone()),
    }
}

/// The official list reaches the end of next year; later days are computed by the law.
fn is_provisional(now: Instant, date: NaiveDate) -> bool {
    day_of(now).year() + 1 < date.year()
}
