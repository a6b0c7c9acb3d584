//! Japan Standard Time, and the forms in which times travel.
//!
//! The terms know one clock, UTC+09:00 without daylight saving. "Now" is always an argument: nothing in this
//! crate reads a clock.

use std::fmt;

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Timelike,
};
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
    // By hand: chrono's reader is 2 kB brotli of the widget. A test holds that it agrees.
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let date = parse_date(date)?;
    let [hour, minute, second] = clock(time)?;
    let (nanos, rest) = match rest.strip_prefix('.') {
        Some(rest) => fraction(rest)?,
        None => (0, rest),
    };
    // A leap second is counted as chrono counts it: more than a second of nanoseconds.
    let (second, nanos) = if second == 60 { (59, nanos + 1_000_000_000) } else { (second, nanos) };
    let local = date.and_time(NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?);
    Some(offset(rest)?.from_local_datetime(&local).single()?.with_timezone(&JST))
}

/// `10:30:00`, each within two digits.
fn clock(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.split(':').map(two_digits);
    let clock = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(clock)
}

fn two_digits(text: &str) -> Option<u32> {
    let shape = text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
    if shape { text.parse().ok() } else { None }
}

/// Nanoseconds out of the digits behind the point, and what follows them.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let end = text.bytes().position(|it| !it.is_ascii_digit())?;
    let (digits, rest) = text.split_at_checked(end).filter(|it| !it.0.is_empty())?;
    let nanos = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some((nanos.fold(0, |sum, it| sum * 10 + u32::from(it - b'0')), rest))
}

/// `Z`, `+09:00`
fn offset(text: &str) -> Option<FixedOffset> {
    if matches!(text, "Z" | "z") {
        return FixedOffset::east_opt(0);
    }
    let (hours, minutes) = text.strip_prefix(['+', '-', '−'])?.split_once(':')?;
    let minutes = two_digits(minutes).filter(|it| *it < 60)?;
    let seconds = i32::try_from((two_digits(hours)? * 60 + minutes) * 60).ok()?;
    FixedOffset::east_opt(if text.starts_with('+') { seconds } else { -seconds })
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
    let number = |from, to| text.get(from..to)?.parse::<u32>().ok();
    NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)
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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct HourMinute(u16);

impl HourMinute {
    /// Reads `17:15`; 24:00 is the end of a day.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
        let total = hour * 60 + minute;
        if minute < 60 { Self::from_minutes(u16::try_from(total).ok()?) } else { None }
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
        let minutes = u32::from(self.0);
        write!(f, "{:02}:{:02}", minutes / 60, minutes % 60)
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
    fn instants_read_as_chrono_reads_them() {
        let dates = ["2026-11-26", "2024-02-29", "2026-02-29", "0000-01-01", "2026-1-26", "+026-11-26"];
        let clocks = [
            "10:00:00",
            "23:59:60",
            "10:59:60",
            "24:00:00",
            "10:60:00",
            "10:00:61",
            "1:00:00",
            "10:00",
            "１0:00:00",
        ];
        let fractions = ["", ".5", ".123456789", ".1234567891", ".", ".x"];
        let offsets = [
            "Z", "z", "+09:00", "-05:30", "+0900", "+24:00", "+23:60", "-00:00", "", "+9:00", "Z ", "−05:00",
        ];
        for (date, clock) in dates.iter().flat_map(|date| clocks.map(|clock| (date, clock))) {
            for (fraction, offset) in fractions.iter().flat_map(|it| offsets.map(|offset| (it, offset))) {
                for mark in ["T", "t", " ", "", "_"] {
                    let text = format!("{date}{mark}{clock}{fraction}{offset}");
                    let theirs = DateTime::parse_from_rfc3339(&text).ok().map(|it| it.with_timezone(&JST));
                    assert_eq!(parse_instant(&text), theirs, "{text}");
                }
            }
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
