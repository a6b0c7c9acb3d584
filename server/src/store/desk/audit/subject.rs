//! To what something was done: a reception number, a member of the staff, a day, or one of our own words. Nothing that somebody
//! typed becomes one: the log is kept for good, and holds no personal data.

use std::fmt;

use chrono::NaiveDate;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::parse_date;

/// What a row of the log is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A booking.
    Reception(ReceptionNumber),
    /// Somebody who works, or worked, at the desk.
    Staff(StaffId),
    /// A day.
    Day(NaiveDate),
    /// A day, and how many officers are free on it at a time.
    Seats(NaiveDate, u16),
    /// A disclosure's number.
    Disclosure(i64),
    /// Figures of so many weeks.
    Weeks(u16),
    /// A table of the figures, exported, of so many weeks.
    Table(&'static str, u16),
    /// One of our own words.
    Word(Word),
    /// The same once more, so many times.
    Times(Box<Self>, u32),
}

/// An id of somebody at the desk: `o-` and letters and digits, as the program makes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StaffId(String);

/// Our own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// All of the staff.
    Everybody,
    /// The log itself.
    Log,
    /// Disclosures, all of them.
    Disclosures,
    /// A login that nobody has; or an id that is none of ours.
    Unknown,
    /// A name was looked for.
    Name,
    /// A job-seeker number was looked for.
    Number,
    /// Nothing was looked for.
    Nothing,
    /// Words were looked for that are none of these.
    Words,
}

const WORDS: [(Word, &str); 8] = [
    (Word::Everybody, "everybody"),
    (Word::Log, "log"),
    (Word::Disclosures, "disclosures"),
    (Word::Unknown, "unknown"),
    (Word::Name, "name"),
    (Word::Number, "number"),
    (Word::Nothing, "nothing"),
    (Word::Words, "words"),
];

/// Most symbols of an id.
const LONGEST_ID: usize = 64;

impl StaffId {
    /// Reads an id.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("o-")?;
        let fits = !rest.is_empty() && text.len() <= LONGEST_ID;
        let plain = rest.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Word {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        WORDS.iter().find(|it| it.0 == self).map_or("unknown", |it| it.1)
    }

    fn parse(text: &str) -> Option<Self> {
        WORDS.iter().find(|it| it.1 == text).map(|it| it.0)
    }
}

impl Subject {
    /// Somebody by her id; what is no id of ours is told as unknown, and never written down.
    pub fn staff(id: &str) -> Self {
        StaffId::parse(id).map_or(Self::Word(Word::Unknown), Self::Staff)
    }

    /// A booking.
    pub fn reception(number: &ReceptionNumber) -> Self {
        Self::Reception(number.clone())
    }

    /// Reads what is stored. `None`: numbers and names that an act has beside, and words that somebody typed, which programs
    /// before kept.
    pub fn read(stored: &str) -> Option<Self> {
        if let Some(day) = parse_date(stored) {
            return Some(Self::Day(day));
        }
        if let Some((day, seats)) = stored.split_once(" = ") {
            return Some(Self::Seats(parse_date(day)?, seats.parse().ok()?));
        }
        if let Some((of, times)) = stored.split_once(" x ") {
            return Some(Self::Times(Box::new(Self::plain(of)?), times.parse().ok()?));
        }
        Self::plain(stored)
    }

    fn plain(stored: &str) -> Option<Self> {
        let number = ReceptionNumber::parse(stored).filter(|it| it.as_str() == stored).map(Self::Reception);
        number
            .or_else(|| StaffId::parse(stored).map(Self::Staff))
            .or_else(|| Word::parse(stored).map(Self::Word))
    }
}

/// As it is stored.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reception(number) => f.write_str(number.as_str()),
            Self::Staff(id) => f.write_str(id.as_str()),
            Self::Day(day) => write!(f, "{day}"),
            Self::Seats(day, seats) => write!(f, "{day} = {seats}"),
            Self::Disclosure(id) => write!(f, "{id}"),
            Self::Weeks(weeks) => write!(f, "{weeks}"),
            Self::Table(name, weeks) => write!(f, "{name} {weeks}"),
            Self::Word(word) => f.write_str(word.as_str()),
            Self::Times(of, times) => write!(f, "{of} x {times}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_reads_back_and_what_somebody_typed_does_not() {
        let number = ReceptionNumber::from_bits(12_345);
        let day = parse_date("2026-11-26").unwrap();
        for subject in [
            Subject::Reception(number),
            Subject::staff("o-0a1b2c3d4e5f"),
            Subject::Day(day),
            Subject::Seats(day, 3),
            Subject::Word(Word::Name),
            Subject::Times(Box::new(Subject::Word(Word::Unknown)), 57),
        ] {
            assert_eq!(Subject::read(&subject.to_string()), Some(subject));
        }
        for typed in ["小樽 花子", "o-小樽", "o-", "01234-5678901", "name x many", "Name", "2026-13-01", ""]
        {
            assert_eq!(Subject::read(typed), None, "{typed}");
            assert_eq!(Subject::staff(typed), Subject::Word(Word::Unknown), "{typed}");
        }
    }
}
