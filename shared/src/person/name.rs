//! 4(1)① 氏名: one field, "as registered".

use std::fmt;

use super::fold::{character_of_radical, has_no_width};
use super::{Characters, Reading, is_bounded, must_fix};
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
    /// `name_invalid`: empty, or nothing that can be seen; over the bounds; control characters, line breaks or angle brackets;
    /// punctuation only.
    pub fn parse(characters: Characters, typed: &str) -> Reading<Self> {
        let name = typed.trim();
        let fault = |variant| Err(must_fix(Code::NameInvalid, POINTER, variant));
        if name.chars().all(is_invisible) {
            return fault("empty");
        }
        if name.chars().any(is_forbidden) {
            return fault("forbidden");
        }
        if !is_bounded(characters, name, LONGEST) {
            return fault("long");
        }
        let seen: String = name.chars().filter(|it| !is_invisible(*it)).collect();
        let unknown = (characters.has_unknown)(name);
        let says_something = (characters.has_letter_or_number)(&seen) || unknown;
        if !says_something && !name.chars().any(|it| is_emoji(it) || is_radical(it)) {
            return fault("punctuation");
        }
        Ok((Self(name.to_owned()), unusual(characters, name, unknown).into_iter().collect()))
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

/// One question for a name, about what is most likely a slip: a radical, for which the character is offered; what cannot be
/// read; digits and emoji.
fn unusual(characters: Characters, name: &str, unknown: bool) -> Option<Violation> {
    let finding = Violation::of_setting(Code::NameUnusualCharacters, POINTER);
    if let Some(radical) = name.chars().find(|it| is_radical(*it)) {
        let offered: String = name.chars().map(|it| character_of_radical(it).unwrap_or(it)).collect();
        return Some(finding.variant("radical").with("radical", radical).with("suggestion", offered));
    }
    if unknown || name.chars().any(is_replacement) {
        return Some(finding.variant("unreadable"));
    }
    let plain: String = name.chars().filter(|it| !is_number_of_names(*it)).collect();
    ((characters.has_number)(&plain) || name.chars().any(is_emoji)).then_some(finding)
}

fn is_radical(symbol: char) -> bool {
    character_of_radical(symbol).is_some()
}

/// What a program puts where it lost a character, and tags, which belong to no text.
fn is_replacement(symbol: char) -> bool {
    matches!(symbol, '\u{FFF9}'..='\u{FFFD}' | '\u{E0000}'..='\u{E007F}')
}

/// Blanks, signs without width, marks that choose a form, and the letters that are blanks: fillers of Hangul, the empty pattern of
/// braille.
fn is_invisible(symbol: char) -> bool {
    symbol.is_whitespace()
        || has_no_width(symbol)
        || matches!(
            symbol,
            '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}'
        )
        || matches!(symbol, '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Control characters, line breaks, overrides of the writing direction, angle brackets of all widths.
fn is_forbidden(symbol: char) -> bool {
    symbol.is_control()
        || matches!(symbol, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || "<>＜＞﹤﹥‹›〈〉《》\u{2329}\u{232A}\u{27E8}\u{27E9}\u{27EA}\u{27EB}".contains(symbol)
}

/// Roman numerals (John Ⅲ) and 〇 are part of names.
fn is_number_of_names(symbol: char) -> bool {
    matches!(symbol, '〇' | '\u{2160}'..='\u{2188}')
}

fn is_emoji(symbol: char) -> bool {
    matches!(symbol,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B1B}'..='\u{2B55}'
        | '\u{2194}'..='\u{21AA}' | '\u{231A}'..='\u{23FF}' | '\u{25AA}'..='\u{25FE}' | '\u{2934}' | '\u{2935}'
        | '©' | '®' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{3297}' | '\u{3299}'
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
            // Nothing that can be seen.
            "\u{200B}",
            "\u{3164}",
            "\u{2800}\u{115F}",
            "\u{FE0F}",
            "\u{E0100}",
            // Nothing but punctuation, with something beside it that cannot be seen.
            "・\u{3164}・",
            "\u{301}",
            "﹤b﹥",
            "〈花子〉",
            "a\u{85}b",
            "a\u{2067}b",
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
        good(&"a\u{301}\u{302}\u{303}".repeat(60), &"a\u{301}\u{302}\u{303}".repeat(60));
        good(&format!("a{}", "\u{301}".repeat(8)), &format!("a{}", "\u{301}".repeat(8)));
        for long in [
            "花".repeat(61),
            // 60 letters, 241 code points.
            format!("{}a\u{301}", "a\u{301}\u{302}\u{303}".repeat(59)) + "\u{302}\u{303}\u{304}",
            format!("a{}", "\u{301}".repeat(9)),
            format!("a{}", "\u{301}".repeat(26_000)),
            format!("山{}", "\u{301}".repeat(80)).repeat(4),
            format!("a{}b", "\u{200D}".repeat(9)),
        ] {
            assert_eq!(PersonName::parse(OWN_TABLES, &long).unwrap_err().code, Code::NameInvalid);
        }
    }

    #[test]
    fn what_cannot_be_read_is_asked_about() {
        for typed in [
            "山田\u{FFFD}郎",
            "山\u{E000}田",
            "\u{E000}",
            "山\u{F0000}田",
            "山\u{378}田",
            "山\u{FFFE}田",
            "山\u{FFFC}田",
            "山\u{E0041}田",
        ] {
            let (name, findings) = PersonName::parse(OWN_TABLES, typed).unwrap();
            assert_eq!((name.as_str(), findings.len()), (typed, 1));
            assert_eq!(findings[0].code, Code::NameUnusualCharacters, "{typed}");
            assert!(findings[0].message(crate::texts::japanese()).contains("読めない"));
        }
    }

    #[test]
    fn a_radical_is_asked_about_and_its_character_offered() {
        for (typed, offered) in [
            ("\u{2FBC}橋 太郎", "高橋 太郎"),
            ("\u{2F65}\u{2F2D}2", "田山2"),
            ("\u{2ED1}谷川", "長谷川"),
            ("⻘⽊ \u{FA19}", "青木 \u{FA19}"),
        ] {
            let (name, findings) = PersonName::parse(OWN_TABLES, typed).unwrap();
            assert_eq!((name.as_str(), findings.len()), (typed, 1));
            assert_eq!(findings[0].code, Code::NameUnusualCharacters, "{typed}");
            for texts in crate::texts::carried() {
                assert!(findings[0].message(texts).contains(offered), "{}: {typed}", texts.language());
            }
        }
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
