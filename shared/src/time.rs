//! Japan Standard Time, and the forms in which times travel.
//!
//! The terms know one clock, UTC+09:00 without daylight saving. "Now" is always an argument: nothing in this
//! crate reads a clock.

use std::fmt;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Timelike};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, always carried at +09:00.
pub type Instant = DateTime<FixedOffset>;

/// UTC+09:00.
pub const JST: FixedOffset = match FixedOffset::east_opt(9 * 3600) {
    Some(offset) => offset,
    None => panic!("nine hours are an offset"),
};

/// Reads an RFC 3339 instant of any offset and carries it to Japan's.
///
/// ```
/// use precheck_shared::time::{format_instant, parse_instant};
/// let read = parse_instant("2026-11-26T01:00:00Z").unwrap();
/// assert_eq!(format_instant(read), "2026-11-26T10:00:00+09:00");
/// ```
pub fn parse_instant(text: &str) -> Option<Instant> {
    DateTime::parse_from_rfc3339(text).ok().map(|it| it.with_timezone(&JST))
}

/// RFC 3339 at +09:00, with as many digits of a second as there are.
pub fn format_instant(instant: Instant) -> String {
    instant.with_timezone(&JST).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// Reads `2026-11-26`, and nothing looser.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(i, it)| if i == 4 || i == 7 { *it == b'-' } else { it.is_ascii_digit() });
    if !shape {
        return None;
    }
    NaiveDate::from_ymd_opt(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?)
}

/// The Japanese calendar day of an instant.
pub fn day_of(instant: Instant) -> NaiveDate {
    instant.with_timezone(&JST).date_naive()
}

/// 00:00 in Japan on a day.
pub fn midnight(day: NaiveDate) -> Instant {
    at(day, HourMinute(0))
}

/// A time of day on a day, in Japan. 24:00 is 00:00 of the next day.
pub fn at(day: NaiveDate, time: HourMinute) -> Instant {
    let local = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(time.0));
    DateTime::from_naive_utc_and_offset(local - TimeDelta::hours(9), JST)
}

/// The days from `first` to `last`, both included.
pub fn days(first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    first.iter_days().take_while(move |day| *day <= last)
}

/// Month and day, for rules that return every year.
pub fn month_day(day: NaiveDate) -> (u32, u32) {
    (day.month(), day.day())
}

/// A time of day in whole minutes, 00:00 to 24:00; `"17:15"` in data files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourMinute(u16);

impl HourMinute {
    /// Reads `17:15`; 24:00 is the end of a day.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let digits = |it: &str| it.len() == 2 && it.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hour) || !digits(minute) {
            return None;
        }
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        let total = hour * 60 + minute;
        (minute < 60 && total <= 24 * 60).then_some(Self(total))
    }

    /// The time of day of an instant, in Japan, cut to the minute.
    pub fn of(instant: Instant) -> Self {
        let time = instant.with_timezone(&JST).time();
        Self(u16::try_from(time.hour() * 60 + time.minute()).unwrap_or(0))
    }

    /// Minutes since midnight.
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// From minutes since midnight, 0 to 1440.
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes <= 24 * 60).then_some(Self(minutes))
    }
}

impl fmt::Display for HourMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for HourMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for HourMinute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HourMinute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("a time of day is written 17:15"))
    }
}

/// A calendar day in data files and on the wire, `"2026-11-26"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_date(&text).map(Self).ok_or_else(|| de::Error::custom("a day is written 2026-11-26"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_offset_is_understood_and_japans_is_answered() {
        for text in ["2026-11-26T10:00:00+09:00", "2026-11-26T01:00:00Z", "2026-11-25T20:00:00-05:00"] {
            assert_eq!(parse_instant(text).map(format_instant).as_deref(), Some("2026-11-26T10:00:00+09:00"));
        }
        for text in
            ["", "2026-11-26", "2026-11-26T10:00:00", "2026-13-26T10:00:00Z", "10:00", "2026-11-26T24:00:00Z"]
        {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        let before = parse_instant("2026-11-25T14:59:59Z").unwrap();
        let after = parse_instant("2026-11-25T15:00:00Z").unwrap();
        assert_eq!(day_of(before).to_string(), "2026-11-25");
        assert_eq!(day_of(after).to_string(), "2026-11-26");
        assert_eq!(midnight(day_of(after)), after);
    }

    #[test]
    fn a_time_of_day_has_two_digits_each() {
        assert_eq!(HourMinute::parse("09:05").map(HourMinute::minutes), Some(545));
        assert_eq!(HourMinute::parse("24:00").map(HourMinute::minutes), Some(1440));
        for text in ["9:05", "09:60", "24:01", "０９:05", "0905", ""] {
            assert_eq!(HourMinute::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_strict() {
        assert!(parse_date("2028-02-29").is_some());
        for text in ["2026-02-29", "2026-2-9", "+026-02-01", "２０２６-02-01", "2026-02-011"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
