//! 4(1)② 生年月日, in the Western and the Japanese calendar.
//!
//! Three fields or one pasted line; the same reader for both, because the fields are joined to a line first.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::{Reading, half_width, has_no_width, is_hyphen, must_fix};
use crate::violation::{Code, Violation};

/// A day of birth that exists, is not in the future, and not before the Taishō era.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BirthDate(NaiveDate);

/// A calendar in which a year of birth is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 西暦
    Western,
    /// 明治, to 1912-07-30; only its last day can be a day of birth here.
    Meiji,
    /// 大正, 1912-07-30 to 1926-12-25.
    Taisho,
    /// 昭和, 1926-12-25 to 1989-01-07.
    Showa,
    /// 平成, 1989-01-08 to 2019-04-30.
    Heisei,
    /// 令和, since 2019-05-01.
    Reiwa,
}

const POINTER: &str = "/person/birth_date";

impl Era {
    /// The calendars a form offers.
    pub const OFFERED: [Self; 5] = [Self::Western, Self::Showa, Self::Heisei, Self::Reiwa, Self::Taisho];

    const JAPANESE: [Self; 5] = [Self::Reiwa, Self::Heisei, Self::Showa, Self::Taisho, Self::Meiji];

    /// 西暦, 昭和.
    pub fn name(self) -> &'static str {
        ["西暦", "明治", "大正", "昭和", "平成", "令和"][self as usize]
    }

    /// The name in Latin letters.
    pub fn latin(self) -> &'static str {
        ["Western", "Meiji", "Taisho", "Showa", "Heisei", "Reiwa"][self as usize]
    }

    /// First and last day; the last day of one era can be the first of the next.
    fn span(self) -> (NaiveDate, NaiveDate) {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN);
        match self {
            Self::Western => (NaiveDate::MIN, NaiveDate::MAX),
            Self::Meiji => (day(1868, 10, 23), day(1912, 7, 30)),
            Self::Taisho => (day(1912, 7, 30), day(1926, 12, 25)),
            Self::Showa => (day(1926, 12, 25), day(1989, 1, 7)),
            Self::Heisei => (day(1989, 1, 8), day(2019, 4, 30)),
            Self::Reiwa => (day(2019, 5, 1), NaiveDate::MAX),
        }
    }

    /// The Western year of the era's year 1, less one.
    fn offset(self) -> i32 {
        match self {
            Self::Western => 0,
            other => other.span().0.year() - 1,
        }
    }

    /// Reads the mark at the beginning of a line: 昭和, S, ㍼, 西暦.
    fn strip(line: &str) -> (Option<Self>, &str) {
        for era in [Self::Western, Self::Meiji, Self::Taisho, Self::Showa, Self::Heisei, Self::Reiwa] {
            let square = ["", "㍾", "㍽", "㍼", "㍻", "㋿"][era as usize];
            let letter = ["", "m", "t", "s", "h", "r"][era as usize];
            let after_letter =
                || Some(line.split_at_checked(1)?).filter(|it| it.0.eq_ignore_ascii_case(letter));
            let after_square = || line.strip_prefix(square).filter(|_| !square.is_empty());
            let rest = line.strip_prefix(era.name()).or_else(after_square);
            if let Some(rest) = rest.or_else(|| after_letter().map(|it| it.1)) {
                return (Some(era), rest);
            }
        }
        (None, line)
    }
}

impl BirthDate {
    /// Reads a line: `1985-04-01`, `1985/4/1`, `1985年4月1日`, `昭和60年4月1日`, `S60.4.1`, `平成元年…`, of any width.
    /// `first_day` is the first wished day, on which working age is judged (today, while none is chosen).
    ///
    /// # Errors
    /// `birth_date_invalid`: unreadable; no such day; outside its era; in the future; before 1912-07-30.
    pub fn parse(today: NaiveDate, first_day: NaiveDate, typed: &str) -> Reading<Self> {
        let fault = |variant| must_fix(Code::BirthDateInvalid, POINTER, variant);
        let line: String = typed
            .chars()
            .filter(|it| !has_no_width(*it))
            .map(half_width)
            .filter(|it| !it.is_whitespace())
            .collect();
        if line.is_empty() {
            return Err(fault("empty"));
        }
        let (era, rest) = Era::strip(&line);
        let (year, month, day) = numbers(rest).ok_or_else(|| fault("form"))?;
        let era = era.unwrap_or(Era::Western);
        let year = if era == Era::Western {
            // A two-digit year could belong to three eras: ask rather than guess.
            if year < 1000 { Err(fault("year")) } else { Ok(year) }
        } else if year == 0 {
            Err(fault("no_such_day"))
        } else {
            Ok(year + era.offset())
        }?;
        let date = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| fault("no_such_day"))?;
        let (first, last) = era.span();
        if date < first || last < date {
            return Err(fault("outside_era").with("suggestion", in_japanese_calendar(date)));
        }
        if today < date {
            return Err(fault("future"));
        }
        if date < Era::Taisho.span().0 {
            return Err(fault("early"));
        }
        let birth = Self(date);
        let finding = if first_day < birth.working_age_from() {
            Some(
                Violation::of_setting(Code::BirthDateWorkingAge, POINTER)
                    .with("from", birth.working_age_from().to_string()),
            )
        } else {
            (90 < birth.age_on(today)).then(|| Violation::of_setting(Code::BirthDateOver90, POINTER))
        };
        Ok((birth, finding.into_iter().collect()))
    }

    /// The day.
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// Labour Standards Act, article 56: from the 1 April after reaching 15; an age is reached on the day before
    /// the birthday.
    fn working_age_from(self) -> NaiveDate {
        let birthday = NaiveDate::from_ymd_opt(self.0.year() + 15, self.0.month(), self.0.day());
        // Born on 29 February, the day before the birthday is 28 February in any year.
        let reached = birthday
            .and_then(|it| it.pred_opt())
            .or_else(|| NaiveDate::from_ymd_opt(self.0.year() + 15, 2, 28))
            .unwrap_or(NaiveDate::MAX);
        let april = |year| NaiveDate::from_ymd_opt(year, 4, 1).unwrap_or(NaiveDate::MAX);
        if reached < april(reached.year()) { april(reached.year()) } else { april(reached.year() + 1) }
    }

    /// Completed years on a day.
    fn age_on(self, day: NaiveDate) -> i32 {
        let before_birthday = (day.month(), day.day()) < (self.0.month(), self.0.day());
        day.year() - self.0.year() - i32::from(before_birthday)
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(..)")
    }
}

/// Joins three fields to a line; a whole date pasted into the first field counts by itself.
pub fn line_from_fields(era: Era, year: &str, month: &str, day: &str) -> String {
    if month.trim().is_empty() && day.trim().is_empty() {
        let pasted = year.trim();
        let has_own_era = Era::strip(pasted).0.is_some();
        return if era == Era::Western || pasted.is_empty() || has_own_era {
            pasted.to_owned()
        } else {
            format!("{}{pasted}", era.name())
        };
    }
    let mark = if era == Era::Western { "" } else { era.name() };
    format!("{mark}{}年{}月{}日", year.trim(), month.trim(), day.trim())
}

/// 1985年(昭和60年)4月1日; on the day that two eras share, the later one.
pub fn in_both_calendars(date: NaiveDate) -> String {
    let japanese = era_year(date).map(|it| format!("({it})")).unwrap_or_default();
    format!("{}年{japanese}{}月{}日", date.year(), date.month(), date.day())
}

fn in_japanese_calendar(date: NaiveDate) -> String {
    let year = era_year(date).unwrap_or_else(|| format!("{}年", date.year()));
    format!("{year}{}月{}日", date.month(), date.day())
}

/// 昭和60年, 平成元年.
fn era_year(date: NaiveDate) -> Option<String> {
    let (era, year) = japanese_year(date)?;
    let year = if year == 1 { "元".to_owned() } else { year.to_string() };
    Some(format!("{}{year}年", era.name()))
}

/// The Japanese era of a day and the year in it; on the day that two eras share, the later one.
pub fn japanese_year(date: NaiveDate) -> Option<(Era, i32)> {
    let era = Era::JAPANESE.into_iter().find(|it| it.span().0 <= date)?;
    Some((era, date.year() - era.offset()))
}

/// Year, month, day of `1985-4-1`, `60.4.1`, `元年4月1日`, `19850401`.
fn numbers(rest: &str) -> Option<(i32, u32, u32)> {
    if rest.len() == 8 && rest.bytes().all(|it| it.is_ascii_digit()) {
        // Also where it is no day of the calendar: the fault is named as such.
        let all = number(rest, 8)?;
        return Some((i32::try_from(all / 10_000).ok()?, all / 100 % 100, all % 100));
    }
    let (year, rest) = rest.split_once(|it: char| it == '年' || is_separator(it))?;
    let (month, rest) = rest.split_once(|it: char| it == '月' || is_separator(it))?;
    let day = rest.strip_suffix('日').unwrap_or(rest);
    let year = if year == "元" { 1 } else { number(year, 4)? };
    Some((i32::try_from(year).ok()?, number(month, 2)?, number(day, 2)?))
}

fn is_separator(symbol: char) -> bool {
    is_hyphen(symbol) || matches!(symbol, '/' | '.' | '・' | ',')
}

fn number(digits: &str, longest: usize) -> Option<u32> {
    let plain = !digits.is_empty() && digits.len() <= longest && digits.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
