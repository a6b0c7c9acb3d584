//! National holidays by law, valid as the law stands since 2022.
//!
//! Fixed days, Monday rules, equinoxes by formula (1980 to 2099), the substitute holiday after a holiday on a
//! Sunday, and the citizens' holiday between two holidays (Act on National Holidays, article 3). The official list
//! reaches the end of next year only; later days follow from the same law.

use chrono::{Datelike, NaiveDate, Weekday};

use crate::time::month_day;

/// A national holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday(&'static str);

impl Holiday {
    /// The name in the law.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// The holiday on a day, substitute and citizens' holidays included.
pub fn holiday(day: NaiveDate) -> Option<Holiday> {
    own_holiday(day).or_else(|| substitute(day)).or_else(|| between_two(day)).map(Holiday)
}

/// The holidays that the law names.
fn own_holiday(day: NaiveDate) -> Option<&'static str> {
    let monday = |nth: u32| day.weekday() == Weekday::Mon && (day.day() - 1) / 7 + 1 == nth;
    Some(match month_day(day) {
        (1, 1) => "元日",
        (1, _) if monday(2) => "成人の日",
        (2, 11) => "建国記念の日",
        (2, 23) => "天皇誕生日",
        (3, at) if equinox(day.year(), 208_431) == Some(at) => "春分の日",
        (4, 29) => "昭和の日",
        (5, 3) => "憲法記念日",
        (5, 4) => "みどりの日",
        (5, 5) => "こどもの日",
        (7, _) if monday(3) => "海の日",
        (8, 11) => "山の日",
        (9, _) if monday(3) => "敬老の日",
        (9, at) if equinox(day.year(), 232_488) == Some(at) => "秋分の日",
        (10, _) if monday(2) => "スポーツの日",
        (11, 3) => "文化の日",
        (11, 23) => "勤労感謝の日",
        _ => return None,
    })
}

/// The day of the month of an equinox; `base` is its mean in 1980, in ten-thousandths of a day.
///
/// Whole numbers throughout: 20.8431 + 0.242194 (y - 1980) - floor((y - 1980) / 4), in millionths.
fn equinox(year: i32, base: i64) -> Option<u32> {
    let years = i64::from(year) - 1980;
    if !(0..=119).contains(&years) {
        return None;
    }
    u32::try_from((base * 100 + 242_194 * years) / 1_000_000 - years / 4).ok()
}

/// When a holiday falls on a Sunday, the next day that is none is one.
fn substitute(day: NaiveDate) -> Option<&'static str> {
    let mut before = day.pred_opt()?;
    while own_holiday(before).is_some() {
        if before.weekday() == Weekday::Sun {
            return Some("振替休日");
        }
        before = before.pred_opt()?;
    }
    None
}

/// A day between two holidays is one.
fn between_two(day: NaiveDate) -> Option<&'static str> {
    (own_holiday(day.pred_opt()?).is_some() && own_holiday(day.succ_opt()?).is_some()).then_some("国民の休日")
}
