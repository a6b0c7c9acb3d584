//! 4(1)① 氏名: one field, "as registered".

use std::fmt;

use super::{Characters, Reading, must_fix};
use crate::violation::{Code, Violation};

/// A name exactly as typed, trimmed at both ends.
///
/// No normalisation at all: already NFC changes 神 (U+FA19) and 塚 (U+FA10) in people's names. The folded copy that
/// serves search is made where it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonName(String);

/// Longest name, in characters as a person counts them (extended grapheme clusters).
const LONGEST: usize = 60;

const POINTER: &str = "/person/name";

impl PersonName {
    /// 1 to 60 characters of any script, with marks, variation selectors, spaces and name punctuation.
    ///
    /// # Errors
    /// `name_invalid`: empty; too long; control characters, line breaks or angle brackets; punctuation only.
    pub fn parse(characters: Characters, typed: &str) -> Reading<Self> {
        let name = typed.trim();
        let fault = |variant| Err(must_fix(Code::NameInvalid, POINTER, variant));
        if name.is_empty() {
            return fault("empty");
        }
        if name.chars().any(is_forbidden) {
            return fault("forbidden");
        }
        if !(characters.has_letter_or_number)(name) && !name.chars().any(is_emoji) {
            return fault("punctuation");
        }
        if LONGEST < (characters.count)(name) {
            return fault("long");
        }
        let plain: String = name.chars().filter(|it| !is_number_of_names(*it)).collect();
        let unusual = (characters.has_number)(&plain) || name.chars().any(is_emoji);
        let findings = unusual.then(|| Violation::of_setting(Code::NameUnusualCharacters, POINTER));
        Ok((Self(name.to_owned()), findings.into_iter().collect()))
    }

    /// The name as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(..)")
    }
}

/// Control characters, line breaks, overrides of the writing direction, angle brackets of both widths.
fn is_forbidden(symbol: char) -> bool {
    symbol.is_control()
        || matches!(symbol, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || matches!(symbol, '<' | '>' | '＜' | '＞')
}

/// Roman numerals (John Ⅲ) and 〇 are part of names.
fn is_number_of_names(symbol: char) -> bool {
    matches!(symbol, '〇' | '\u{2160}'..='\u{2188}')
}

fn is_emoji(symbol: char) -> bool {
    matches!(symbol,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B1B}'..='\u{2B55}'
        | '\u{2194}'..='\u{21AA}' | '\u{231A}'..='\u{23FF}' | '\u{25AA}'..='\u{25FE}' | '\u{2934}' | '\u{2935}'
        | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{3297}' | '\u{3299}'
        // The mark that asks for the coloured form of a sign, and the keycap.
        | '\u{FE0F}' | '\u{20E3}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::OWN_TABLES;

    #[track_caller]
    fn good(typed: &str, expected: &str) {
        let (name, findings) =
            PersonName::parse(OWN_TABLES, typed).unwrap_or_else(|it| panic!("{typed:?}: {it:?}"));
        assert_eq!(name.as_str(), expected);
        assert!(findings.is_empty(), "{typed:?}");
    }

    #[test]
    fn article_4_1_1_names_of_any_script_stay_exactly_as_typed() {
        for name in [
            "小樽　花子",
            "髙﨑 𠮷男",
            "神\u{FA19}塚\u{FA10}",
            "辻\u{E0100}",
            "マリア・デ・ラ・クルス",
            "O’Brien-Smith Jr.",
            "José Ángel",
            "Jose\u{301}",
            "Nguyễn Thị Ánh",
            "Анна Кузнецова",
            "محمد",
            "ｶﾀｶﾅ",
            "ー郎",
            "佐々木〆子",
            "John Smith Ⅲ",
            "〇山",
            "න්‍යා",
        ] {
            good(name, name);
        }
        good(" \u{3000}小樽 花子\u{3000}\n", "小樽 花子");
    }

    #[test]
    fn article_4_1_1_what_cannot_be_a_name_must_be_mended() {
        for typed in [
            "",
            " ",
            "\u{3000}",
            "a\nb",
            "a\tb",
            "a\u{0}b",
            "a\u{2028}b",
            "a\u{202E}b",
            "<b>",
            "花子＞",
            "・・・",
            "-",
            "’",
            "，。",
        ] {
            assert_eq!(
                PersonName::parse(OWN_TABLES, typed).unwrap_err().code,
                Code::NameInvalid,
                "{typed:?}"
            );
        }
    }

    #[test]
    fn article_4_1_1_sixty_characters_as_a_person_counts_them() {
        good(&"花".repeat(60), &"花".repeat(60));
        // Sixty characters, but 120 code points and 180 UTF-16 units.
        let marked = "辻\u{E0100}".repeat(60);
        good(&marked, &marked);
        assert_eq!(PersonName::parse(OWN_TABLES, &"花".repeat(61)).unwrap_err().code, Code::NameInvalid);
    }

    #[test]
    fn digits_and_emoji_are_only_asked_about() {
        for typed in [
            "花子2",
            "花子２",
            "山田😀",
            "☀子",
            "12345",
            "😀",
            "①花子",
            "⏰花子",
            "㊗花子",
            "▶\u{FE0F}花子",
            "#\u{FE0F}\u{20E3}花",
            "⌚",
        ] {
            let (_, findings) = PersonName::parse(OWN_TABLES, typed).unwrap();
            assert_eq!(findings[0].code, Code::NameUnusualCharacters, "{typed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_what_is_taken_is_the_text_itself(typed in "\\PC{0,80}|[\u{0}-\u{10FFFF}]{0,80}") {
            if let Ok((name, _)) = PersonName::parse(OWN_TABLES, &typed) {
                proptest::prop_assert_eq!(name.as_str(), typed.trim());
            }
        }
    }

    #[test]
    fn article_6_a_name_is_never_printed_by_accident() {
        assert_eq!(format!("{:?}", PersonName::parse(OWN_TABLES, "小樽 花子").unwrap().0), "PersonName(..)");
    }
}
