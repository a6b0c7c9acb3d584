//! 4(1)② 生年月日, in the Western and the Japanese calendar.
//!
//! Three fields or one pasted line; the same reader for both, because the fields are joined to a line first.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::fold::folded;
use super::{Reading, must_fix};
use crate::violation::{Code, Violation};

mod line;

use line::Again;

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

    /// Reads the mark at the beginning of a line: 昭和, 昭, S, ㍼, 西暦.
    fn strip(line: &str) -> (Option<Self>, &str) {
        for era in [Self::Western, Self::Meiji, Self::Taisho, Self::Showa, Self::Heisei, Self::Reiwa] {
            let square = ["", "㍾", "㍽", "㍼", "㍻", "㋿"][era as usize];
            let letter = ["", "m", "t", "s", "h", "r"][era as usize];
            let short = ["", "明", "大", "昭", "平", "令"][era as usize];
            let after_letter = || {
                Some(line.split_at_checked(1)?).filter(|it| it.0.eq_ignore_ascii_case(letter)).map(|it| it.1)
            };
            let after = |mark: &str| line.strip_prefix(mark).filter(|_| !mark.is_empty());
            let rest = after(era.name()).or_else(|| after(square)).or_else(|| after(short));
            if let Some(rest) = rest.or_else(after_letter) {
                return (Some(era), rest);
            }
        }
        (None, line)
    }

    /// The day that a year of the era, a month and a day name, whether it lies inside the era or not.
    fn day(self, year: u32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()? + self.offset(), month, day)
    }

    fn holds(self, date: NaiveDate) -> bool {
        let (first, last) = self.span();
        first <= date && date <= last
    }
}

impl BirthDate {
    /// Reads a line: `1985-04-01`, `1985/4/1`, `1985年4月1日`, `昭和60年4月1日`, `S60.4.1`, `昭60.4.1`, `S600401`, `平成元年…`,
    /// `昭和60(1985)年4月1日生`, of any width. `first_day` is the first wished day, on which working age is judged (today, while
    /// none is chosen).
    ///
    /// # Errors
    /// `birth_date_invalid`: unreadable; no such day; outside its era; two years that do not agree; in the future; before
    /// 1912-07-30.
    pub fn parse(today: NaiveDate, first_day: NaiveDate, typed: &str) -> Reading<Self> {
        let fault = |variant| must_fix(Code::BirthDateInvalid, POINTER, variant);
        let line = folded(typed);
        if line.trim().is_empty() {
            return Err(fault("empty"));
        }
        let written = line::read(&line).ok_or_else(|| fault("form"))?;
        let (era, year) = (written.era.unwrap_or(Era::Western), written.year);
        // A two-digit year could belong to three eras: ask rather than guess.
        if era == Era::Western && year < 1000 {
            return Err(fault("year"));
        }
        // A year of four digits behind the name of an era is a Western one: what it is in the era is asked.
        let counted = if 1000 <= year { Era::Western } else { era };
        let date = Some(year).filter(|it| 0 < *it).and_then(|it| counted.day(it, written.month, written.day));
        let date = date.ok_or_else(|| fault("no_such_day"))?;
        if !era.holds(date) || counted != era {
            return Err(fault("outside_era").with("suggestion", in_japanese_calendar(date)));
        }
        if !written.again.iter().all(|it| it.is(date)) {
            return Err(fault("two_dates"));
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

impl Again {
    /// Whether the other calendar says the same.
    fn is(self, date: NaiveDate) -> bool {
        let (month, day) = self.day.unwrap_or((date.month(), date.day()));
        self.era.day(self.year, month, day) == Some(date) && self.era.holds(date)
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(..)")
    }
}

/// Joins three fields to a line; a whole date pasted into the first field counts by itself, and an era or a word that stands in
/// a field counts once.
pub fn line_from_fields(era: Era, year: &str, month: &str, day: &str) -> String {
    let [year, month, day] = [year, month, day].map(str::trim);
    let plain = folded(year);
    let digits = plain.bytes().take_while(u8::is_ascii_digit).count();
    // A Western date too: of an era no year has four digits, and no date eight.
    let by_itself = era == Era::Western || year.is_empty() || Era::strip(plain.trim_start()).0.is_some();
    let mark = if by_itself { "" } else { era.name() };
    if month.is_empty() && day.is_empty() {
        return if matches!(digits, 4 | 8) { year.to_owned() } else { [mark, year].concat() };
    }
    let bare = |text: &str, word| folded(text).trim().trim_end_matches(word).to_owned();
    format!("{mark}{}年{}月{}日", bare(year, '年'), bare(month, '月'), bare(day, '日'))
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

#[cfg(test)]
mod tests;
