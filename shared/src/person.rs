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

/// How many characters a person counts in a text: extended grapheme clusters (UAX 29), not UTF-16 units.
///
/// An argument, because every browser carries the tables for it already (`Intl.Segmenter`) and they would be a
/// twentieth of what the widget's visitors download; elsewhere it is [`characters`].
pub type Characters = fn(&str) -> usize;

/// Counts extended grapheme clusters with tables of our own.
pub fn characters(text: &str) -> usize {
    text.graphemes(true).count()
}

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
