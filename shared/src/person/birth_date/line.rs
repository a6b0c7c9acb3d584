//! Reads a date off a line: an era, year, month and day in any of the ways that papers, forms and PDFs write them, and what
//! stands behind.
//!
//! Nothing is guessed. Each part has an end of its own, a word, a separator or a blank, or all of them have their full number of
//! digits; a year in brackets has to agree; what is left over makes the line unreadable. One pass, whatever the line holds.

use super::Era;
use crate::person::fold::is_hyphen;

/// No spelling of a date is longer, in bytes.
const LONGEST: usize = 160;

/// A date as it was written, with nothing judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) era: Option<Era>,
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    /// The year, or the whole date, once more in brackets.
    pub(super) again: Vec<Again>,
}

/// The same date in another calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Again {
    pub(super) era: Era,
    pub(super) year: u32,
    /// Month and day, where they stand there too.
    pub(super) day: Option<(u32, u32)>,
}

/// Reads a line whose signs are folded; `None` where it is no date.
pub(super) fn read(line: &str) -> Option<Written> {
    if LONGEST < line.len() {
        return None;
    }
    let mut rest = Rest(line);
    rest.blanks();
    if rest.take("生年月日") {
        rest.one(|it| it == ':');
    }
    rest.date(false)
}

/// What is left of the line.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// A date up to the end of the line. A date in brackets has none in brackets behind it.
    fn date(&mut self, in_brackets: bool) -> Option<Written> {
        let era = self.era();
        let mut again = Vec::new();
        let all = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (year, month, day) = match (era, all) {
            (None | Some(Era::Western), 8) => self.in_a_row(4)?,
            (Some(Era::Meiji | Era::Taisho | Era::Showa | Era::Heisei | Era::Reiwa), 6) => {
                self.in_a_row(2)?
            }
            _ => {
                let year = self.year()?;
                self.end_of_year(&mut again)?;
                let month = self.number(2)?;
                self.end_of("月")?;
                let day = self.number(2)?;
                (year, month, day)
            }
        };
        self.blanks();
        self.take("日");
        self.behind(in_brackets, &mut again)?;
        Some(Written { era, year, month, day, again })
    }

    /// An era, with what people write between its letter and the year: `S.60`, `昭・60`, `昭和 60`.
    fn era(&mut self) -> Option<Era> {
        self.blanks();
        let (era, rest) = Era::strip(self.0);
        self.0 = rest;
        if era.is_some() {
            self.blanks();
            self.one(is_separator);
            self.blanks();
        }
        era
    }

    /// Year, month and day without anything between them, the latter two in two digits each.
    fn in_a_row(&mut self, of_year: usize) -> Option<(u32, u32, u32)> {
        let (year, rest) = self.0.split_at_checked(of_year)?;
        let (month, rest) = rest.split_at_checked(2)?;
        let (day, rest) = rest.split_at_checked(2)?;
        self.0 = rest;
        Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
    }

    fn year(&mut self) -> Option<u32> {
        if self.take("元") { Some(1) } else { self.number(4) }
    }

    /// The end of the year, with the year of another calendar before or behind its word: 昭和60(1985)年, 昭和60年(1985年).
    fn end_of_year(&mut self, again: &mut Vec<Again>) -> Option<()> {
        let before = self.year_in_brackets(again)?;
        let blank = self.blanks();
        let word = self.take("年");
        let behind = word && self.year_in_brackets(again)?;
        let ended = word || self.one(is_separator) || before || behind || blank;
        self.blanks();
        ended.then_some(())
    }

    /// Whether there was one; `None` where the brackets hold something else.
    fn year_in_brackets(&mut self, again: &mut Vec<Again>) -> Option<bool> {
        let Some(inner) = self.brackets() else { return Some(false) };
        again.push(year_alone(inner)?);
        Some(true)
    }

    /// The end of another part: its word, a separator, or a blank.
    fn end_of(&mut self, word: &str) -> Option<()> {
        let blank = self.blanks();
        let ended = self.take(word) || self.one(is_separator) || blank;
        self.blanks();
        ended.then_some(())
    }

    /// What papers write behind a date of birth: 生, 生まれ, a weekday, an age, the date in the other calendar, a full stop. A
    /// weekday and an age are not what is asked for, and not judged.
    fn behind(&mut self, in_brackets: bool, again: &mut Vec<Again>) -> Option<()> {
        loop {
            self.blanks();
            if self.0.is_empty() {
                return Some(());
            }
            if let Some(inner) = self.brackets() {
                let known = is_birth(inner) || is_weekday(inner) || is_age(inner);
                if !known && !in_brackets {
                    again.push(whole_date(inner).or_else(|| year_alone(inner))?);
                } else if !known {
                    return None;
                }
            } else if !(BIRTHS.iter().any(|it| self.take(it))
                || self.weekday()
                || self.one(|it| matches!(it, '.' | '。' | '｡')) && self.0.trim().is_empty())
            {
                return None;
            }
        }
    }

    /// A weekday without brackets is written out: 月曜, 月曜日.
    fn weekday(&mut self) -> bool {
        let mut letters = self.0.chars();
        let is_weekday =
            letters.next().is_some_and(|it| WEEKDAYS.contains(it)) && letters.next() == Some('曜');
        if is_weekday {
            self.0 = letters.as_str();
            self.take("日");
        }
        is_weekday
    }

    /// What brackets of any kind hold, where they come next.
    fn brackets(&mut self) -> Option<&'a str> {
        let start = self.0.trim_start();
        [('(', ')'), ('[', ']'), ('〔', '〕'), ('【', '】')].into_iter().find_map(|(open, close)| {
            let (inner, rest) = start.strip_prefix(open)?.split_once(close)?;
            self.0 = rest;
            Some(inner.trim())
        })
    }

    /// A number of so many digits at most, in figures or in Japanese numerals, never in both.
    fn number(&mut self, longest: usize) -> Option<u32> {
        let figures = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.0.split_at_checked(figures)?;
        let numerals = rest.find(|it: char| numeral(it).is_none()).unwrap_or(rest.len());
        if 0 < figures {
            self.0 = rest;
            return if figures <= longest && numerals == 0 { number.parse().ok() } else { None };
        }
        let (number, rest) = rest.split_at_checked(numerals)?;
        self.0 = rest;
        in_numerals(number)
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn one(&mut self, is: fn(char) -> bool) -> bool {
        let rest = self.0.strip_prefix(is);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Whether there were any.
    fn blanks(&mut self) -> bool {
        let rest = self.0.trim_start();
        let were = rest.len() < self.0.len();
        self.0 = rest;
        were
    }
}

const BIRTHS: [&str; 4] = ["生まれ", "生れ", "うまれ", "生"];
const WEEKDAYS: &str = "月火水木金土日";

fn is_birth(text: &str) -> bool {
    BIRTHS.contains(&text)
}

/// 月, 月曜日, 月・祝, Mon.
fn is_weekday(text: &str) -> bool {
    let latin = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let begins = |it: &&str| text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(it));
    let in_latin = || text.len() < 11 && text.bytes().all(|it| it.is_ascii_alphabetic() || it == b'.');
    let japanese = |it: char| WEEKDAYS.contains(it) || "曜祝休振替・,".contains(it);
    (text.chars().any(|it| WEEKDAYS.contains(it)) && text.chars().all(japanese))
        || (latin.iter().any(begins) && in_latin())
}

/// 41歳, 満41才.
fn is_age(text: &str) -> bool {
    let years = text.strip_prefix('満').unwrap_or(text);
    let years = years.strip_suffix('歳').or_else(|| years.strip_suffix('才'));
    years
        .map(str::trim)
        .is_some_and(|it| (1..=3).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit()))
}

/// 1985, 1985年, 昭和60年, S60.
fn year_alone(text: &str) -> Option<Again> {
    let mut rest = Rest(text);
    let era = rest.era().unwrap_or(Era::Western);
    let year = rest.year()?;
    rest.blanks();
    rest.take("年");
    rest.0.trim().is_empty().then_some(Again { era, year, day: None })
}

fn whole_date(text: &str) -> Option<Again> {
    let date = Rest(text).date(true).filter(|it| it.again.is_empty())?;
    let era = date.era.unwrap_or(Era::Western);
    Some(Again { era, year: date.year, day: Some((date.month, date.day)) })
}

fn is_separator(symbol: char) -> bool {
    is_hyphen(symbol) || matches!(symbol, '/' | '.' | '・' | '･' | '·' | ',' | '、' | '､' | '。' | '｡')
}

fn numeral(symbol: char) -> Option<u32> {
    let at = "〇一二三四五六七八九十".chars().position(|it| it == symbol);
    at.or(match symbol {
        '零' => Some(0),
        '壱' => Some(1),
        '弐' => Some(2),
        '参' => Some(3),
        '拾' => Some(10),
        _ => None,
    })
    .and_then(|it| u32::try_from(it).ok())
}

/// 六十, 三十一, 十, 一九八五.
fn in_numerals(text: &str) -> Option<u32> {
    let values: Vec<u32> = text.chars().map(numeral).collect::<Option<_>>()?;
    match *values.as_slice() {
        [10] => Some(10),
        [10, ones @ 1..=9] => Some(10 + ones),
        [tens @ 1..=9, 10] => Some(10 * tens),
        [tens @ 1..=9, 10, ones @ 1..=9] => Some(10 * tens + ones),
        [_, ..] if values.len() <= 4 && !values.contains(&10) => {
            Some(values.iter().fold(0, |all, it| 10 * all + it))
        }
        _ => None,
    }
}
