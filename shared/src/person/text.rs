//! What a text may hold that somebody types: so many characters as she counts them, and no more behind each of them than
//! writing needs.
//!
//! A "character" (extended grapheme cluster) can be thousands of code points long. Every text of the rules is bounded in those
//! too: names, notes, reasons, languages.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};
use unicode_segmentation::UnicodeSegmentation as _;

use super::fold::has_no_width;

/// Code points for each character that a text may have: letters with marks, emoji and scripts of syllables take so many.
const CODE_POINTS: usize = 4;

/// Most marks on a letter. Vietnamese has two, vocalized Hebrew four, phonetic writing some more.
const MARKS: usize = 8;

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
    /// Whether there are more marks in a row than this: combining ones of any script, and signs without width between them.
    pub has_more_marks: fn(&str, usize) -> bool,
    /// Whether there is a character of private use, or one that Unicode has given no meaning.
    pub has_unknown: fn(&str) -> bool,
}

/// Tables of our own.
pub const OWN_TABLES: Characters = Characters {
    count: |text| text.graphemes(true).count(),
    has_letter_or_number: |text| text.chars().any(char::is_alphanumeric),
    has_number: |text| text.chars().any(char::is_numeric),
    has_more_marks,
    has_unknown: |text| {
        let unknown = [GeneralCategory::PrivateUse, GeneralCategory::Unassigned];
        text.chars().any(|it| unknown.contains(&it.general_category()))
    },
};

fn has_more_marks(text: &str, most: usize) -> bool {
    let is_mark = |it: char| has_no_width(it) || it.general_category_group() == GeneralCategoryGroup::Mark;
    let mut in_a_row = 0;
    text.chars().any(|it| {
        in_a_row = if is_mark(it) { in_a_row + 1 } else { 0 };
        most < in_a_row
    })
}

/// Whether a text is at most so many characters long, as a person counts them, without a mountain of marks on one of them.
pub fn is_bounded(characters: Characters, text: &str, longest: usize) -> bool {
    text.chars().nth(longest * CODE_POINTS).is_none()
        && !(characters.has_more_marks)(text, MARKS)
        && (characters.count)(text) <= longest
}

/// A note, a reason, the name of a language: bounded without the blanks around it, and nothing in it that steers a screen.
pub fn is_note(characters: Characters, text: &str, longest: usize) -> bool {
    let controls = text.chars().any(|it| it.is_control() && !matches!(it, '\n' | '\r'));
    !controls && is_bounded(characters, text.trim(), longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, longest: usize, bounded: bool) {
        assert_eq!(is_bounded(OWN_TABLES, text, longest), bounded, "{} code points", text.chars().count());
    }

    #[test]
    fn a_text_is_bounded_in_characters_and_in_code_points() {
        check("", 0, true);
        check(&"花".repeat(200), 200, true);
        check(&"花".repeat(201), 200, false);
        // Sixty families of seven code points each.
        check(&"👨\u{200D}👩\u{200D}👧\u{200D}👦".repeat(34), 60, true);
        check(&"👨\u{200D}👩\u{200D}👧\u{200D}👦".repeat(35), 60, false);
        check(&"a\u{301}\u{302}\u{303}".repeat(60), 60, true);
        check(&"a\u{301}\u{302}\u{303}\u{304}".repeat(60), 60, false);
    }

    #[test]
    fn a_letter_bears_eight_marks() {
        for mark in ["\u{301}", "\u{20DD}", "\u{E0100}", "\u{94D}", "\u{200D}", "\u{FE0F}", "\u{9BE}"] {
            check(&format!("a{}b", mark.repeat(8)), 60, true);
            check(&format!("a{}b", mark.repeat(9)), 60, false);
        }
        check(&"\u{301}".repeat(26_000), 60, false);
    }

    #[test]
    fn a_note_may_have_line_ends_and_nothing_else_that_steers() {
        assert!(is_note(OWN_TABLES, "a\r\nb", 4));
        assert!(is_note(OWN_TABLES, " \n花 \n", 1));
        for text in ["a\0b", "a\u{1B}b", "a\u{85}b"] {
            assert!(!is_note(OWN_TABLES, text, 9), "{text:?}");
        }
    }
}
