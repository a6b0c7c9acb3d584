//! Article 4(1): seats and closures of single days, set at the desk. They count beside the office's files, at once in the process
//! that set them, within seconds in every other one on the same database.

use chrono::{NaiveDate, TimeDelta};
use precheck_shared::person::{OWN_TABLES, is_bounded};
use precheck_shared::time::{day_of, parse_date};
use precheck_shared::violation::{Code, Violation};

use super::staff::SignedIn;
use crate::error::ApiError;
use crate::office::DeskOverlay;
use crate::state::AppState;
use crate::store::desk::audit::{self, Subject};
use crate::store::desk::settings;
use crate::store::{StoreError, sql};

/// Days that have passed count for a while: a deadline may lie before them.
const LOOK_BACK: TimeDelta = TimeDelta::days(40);

/// How far ahead a day may be set: a year and more.
const FARTHEST: TimeDelta = TimeDelta::days(400);

/// Most officers free at a time.
pub const MOST_SEATS: u16 = 50;

/// Longest reason, in characters: it stands in a sentence of the calendar.
const LONGEST_REASON: usize = 100;

/// What a manager sets for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// So many officers free per slot, as typed.
    Seats(String),
    /// As many as on any day.
    UsualSeats,
    /// The office is closed, for the reason that people read.
    Closed(String),
    /// It is not, as far as the desk had closed it.
    Open,
}

/// What was set for which day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingOfDay {
    /// The day, as typed.
    pub day: String,
    /// What is set.
    pub setting: Setting,
}

/// Reads what the desk has set, and lets it count in this process.
///
/// # Errors
/// The store's: then what was known counts on.
pub async fn refresh(app: &AppState) -> Result<(), StoreError> {
    let _turn = app.office.reading.lock().await;
    let overlay = overlay(app).await?;
    app.office.set_overlay(&overlay);
    Ok(())
}

/// What the desk has set for days that still matter.
///
/// # Errors
/// The store's.
pub async fn overlay(app: &AppState) -> Result<DeskOverlay, StoreError> {
    let from = day_of(app.clock.now()) - LOOK_BACK;
    sql::read(&*app.store, move |tx| Box::pin(async move { settings::overlay(tx, from).await })).await
}

/// Sets something for a day; it counts when this answers. Answers the day.
///
/// # Errors
/// All at once: what is wrong with day, seats, reason. `unavailable`.
pub async fn set(app: &AppState, who: &SignedIn, entered: &SettingOfDay) -> Result<NaiveDate, ApiError> {
    let now = app.clock.now();
    let change = read(app, entered)?;
    let (day, by) = (change.day, who.officer.as_str().to_owned());
    let written = sql::write(&*app.store, move |tx| {
        Box::pin(async move {
            let (act, subject) = match &change.seats_or_closure {
                Change::Seats(Some(seats)) => ("seats_set", Subject::Seats(day, *seats)),
                Change::Seats(None) => ("seats_usual", Subject::Day(day)),
                Change::Closure(Some(_)) => ("closure_set", Subject::Day(day)),
                Change::Closure(None) => ("closure_taken_back", Subject::Day(day)),
            };
            let done = match &change.seats_or_closure {
                Change::Seats(seats) => settings::set_seats(tx, day, *seats, &by, now).await?,
                Change::Closure(reason) => {
                    settings::set_closure(tx, day, reason.as_deref(), &by, now).await?
                }
            };
            if done {
                audit::append(tx, now, &by, act, subject);
            }
            Ok(())
        })
    });
    written.await?;
    refresh(app).await?;
    Ok(day)
}

/// What is to be written.
struct Read {
    day: NaiveDate,
    seats_or_closure: Change,
}

enum Change {
    Seats(Option<u16>),
    Closure(Option<String>),
}

fn read(app: &AppState, entered: &SettingOfDay) -> Result<Read, ApiError> {
    let today = day_of(app.clock.now());
    let day = parse_date(entered.day.trim()).filter(|it| (today..=today + FARTHEST).contains(it));
    let mut faults = Vec::new();
    if day.is_none() {
        faults.push(fault("/day", "setting_day"));
    }
    let change = match &entered.setting {
        Setting::Seats(typed) => seats(typed).map(|it| Change::Seats(Some(it))),
        Setting::UsualSeats => Ok(Change::Seats(None)),
        Setting::Closed(reason) => reason_of(reason).map(|it| Change::Closure(Some(it))),
        Setting::Open => Ok(Change::Closure(None)),
    };
    match (day, change) {
        (Some(day), Ok(seats_or_closure)) => Ok(Read { day, seats_or_closure }),
        (_, change) => {
            faults.extend(change.err());
            Err(ApiError::Refused { violations: faults, terms: None })
        }
    }
}

/// A number of seats, in digits of any width.
fn seats(typed: &str) -> Result<u16, Violation> {
    let digits: String = typed.trim().chars().map(half_width).collect();
    let plain = !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|it| it.is_ascii_digit());
    let seats = digits.parse().ok().filter(|it| plain && *it <= MOST_SEATS);
    seats.ok_or_else(|| fault("/seats", "setting_seats").with("most", MOST_SEATS.to_string()))
}

fn half_width(symbol: char) -> char {
    match symbol {
        '０'..='９' => char::from_u32(u32::from(symbol) - 0xFEE0).unwrap_or(symbol),
        _ => symbol,
    }
}

/// A reason that people read in the calendar.
fn reason_of(typed: &str) -> Result<String, Violation> {
    let reason = typed.trim();
    if reason.is_empty() {
        return Err(Violation::of_setting(Code::ReasonMissing, "/reason"));
    }
    if !is_bounded(OWN_TABLES, reason, LONGEST_REASON) || reason.chars().any(char::is_control) {
        return Err(fault("/reason", "setting_reason").with("most", LONGEST_REASON.to_string()));
    }
    Ok(reason.to_owned())
}

fn fault(pointer: &str, what: &'static str) -> Violation {
    Violation::of_setting(Code::Malformed, pointer).variant(what)
}
