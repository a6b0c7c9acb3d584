//! The personal items of article 4(1): name, date of birth, job-seeker number; and attendants, article 10(3).
//!
//! Width, hyphens and spaces are never the person's mistake: they are folded here. There are two grades of finding:
//! what must be mended, and what is only asked about. None of these types shows its content in a `Debug` line.

use unicode_segmentation::UnicodeSegmentation;

use crate::clause::paragraph;
use crate::violation::{Code, Violation};

mod attendant;
mod birth_date;
mod name;
mod number;

pub use attendant::{Attendant, AttendantEntry, AttendantKind, read_attendants};
pub use birth_date::{BirthDate, Era, in_both_calendars, japanese_year, line_from_fields};
pub use name::PersonName;
pub use number::JobSeekerNumber;

/// What only Unicode's tables tell of a text.
///
/// An argument, because every browser carries the tables already (`Intl.Segmenter`, regular expressions) and they would
/// be a twentieth of what the widget's visitors download; elsewhere it is [`OWN_TABLES`].
#[derive(Debug, Clone, Copy)]
pub struct Characters {
    /// How many characters a person counts: extended grapheme clusters (UAX 29), not UTF-16 units.
    pub count: fn(&str) -> usize,
    /// Whether there is a letter or a number of any script.
    pub has_letter_or_number: fn(&str) -> bool,
    /// Whether there is a number of any script.
    pub has_number: fn(&str) -> bool,
}

/// Tables of our own.
pub const OWN_TABLES: Characters = Characters {
    count: |text| text.graphemes(true).count(),
    has_letter_or_number: |text| text.chars().any(char::is_alphanumeric),
    has_number: |text| text.chars().any(char::is_numeric),
};

/// A value with the findings that only ask to check, or everything that must be mended.
pub type Reading<T> = Result<(T, Vec<Violation>), Violation>;

/// Half-width ASCII for the full-width forms of it; everything else as it is.
pub(crate) fn half_width(symbol: char) -> char {
    match symbol {
        '！'..='～' => char::from_u32(u32::from(symbol) - 0xFEE0).unwrap_or(symbol),
        '\u{3000}' => ' ',
        _ => symbol,
    }
}

/// Characters without width, which come along when a number is copied from a page.
pub(crate) fn has_no_width(symbol: char) -> bool {
    matches!(symbol, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Every hyphen that Japanese keyboards give.
pub(crate) fn is_hyphen(symbol: char) -> bool {
    "-－−ー-ｰ‐‑‒–—―─━﹣﹘".chars().any(|it| it == symbol)
}

fn must_fix(code: Code, pointer: &str, variant: &'static str) -> Violation {
    Violation::of_clause(paragraph(4, 1), code, pointer).variant(variant)
}
