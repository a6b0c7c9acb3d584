//! A day as people type it: `2026-11-26`, `11/26`, in Japanese with or without the year or the era, today and its neighbours.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

/// How people call the days around today.
const NEAR: [(&[&str], i64); 4] = [
    (&["今日", "きょう", "本日", "today"], 0),
    (&["明日", "あした", "あす", "tomorrow"], 1),
    (&["昨日", "きのう", "yesterday"], -1),
    (&["明後日", "あさって"], 2),
];
/// Years before the first one of the era Reiwa.
const BEFORE_REIWA: i32 = 2018;

/// The day that is meant; without a year, the one nearest to today.
pub(super) fn read(today: NaiveDate, typed: &str) -> Option<NaiveDate> {
    let plain = super::plain(typed);
    if let Some((_, days)) = NEAR.iter().find(|it| it.0.contains(&plain.as_str())) {
        return Some(today + TimeDelta::days(*days));
    }
    let (era, rest) = match plain.strip_prefix("令和").or_else(|| plain.strip_prefix('r')) {
        Some(rest) => (BEFORE_REIWA, rest.replacen("元年", "1年", 1)),
        None => (0, plain),
    };
    let rest = rest.strip_suffix('日').unwrap_or(&rest);
    let parts: Vec<&str> = rest.split(['-', '/', '.', '年', '月', '−', '‐']).collect();
    match *parts.as_slice() {
        [year, month, day] => {
            let year = match era {
                0 => number(year, 4)?,
                _ => number(year, 1).or_else(|| number(year, 2))?,
            };
            let date = day_of(era + i32::try_from(year).ok()?, month, day)?;
            // Nobody books for other centuries, and arithmetic on days has its limits.
            (2000..2200).contains(&date.year()).then_some(date)
        }
        [month, day] if era == 0 => {
            let years = [today.year() - 1, today.year(), today.year() + 1];
            let dates = years.into_iter().filter_map(|year| day_of(year, month, day));
            dates.min_by_key(|it| (*it - today).num_days().abs())
        }
        _ => None,
    }
}

fn day_of(year: i32, month: &str, day: &str) -> Option<NaiveDate> {
    let part = |text| number(text, 1).or_else(|| number(text, 2));
    NaiveDate::from_ymd_opt(year, part(month)?, part(day)?)
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|it| it.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::read;
    use precheck_shared::time::parse_date;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        let today = parse_date("2026-11-24").unwrap();
        assert_eq!(read(today, typed).map(|it| it.to_string()).as_deref(), expected, "{typed}");
    }

    #[test]
    fn a_day_is_understood_however_it_is_typed() {
        for typed in ["2026-11-26", "２０２６／１１／２６", "2026年11月26日", "令和8年11月26日", "R8.11.26"]
        {
            check(typed, Some("2026-11-26"));
        }
        for typed in ["11/26", " 11月26日 ", "１１－２６", "11.26"] {
            check(typed, Some("2026-11-26"));
        }
        check("今日", Some("2026-11-24"));
        check("あした", Some("2026-11-25"));
        check("昨日", Some("2026-11-23"));
    }

    #[test]
    fn a_day_without_a_year_is_the_nearest_one() {
        check("1/4", Some("2027-01-04"));
        check("6/1", Some("2026-06-01"));
        check("2/29", None);
    }

    #[test]
    fn what_is_no_day_is_none() {
        for typed in
            ["", "小樽", "月", "13/1", "2026-02-29", "1/2/3/4", "01234-5678901", "9999-01-01", "/", "令和"]
        {
            check(typed, None);
        }
    }
}
