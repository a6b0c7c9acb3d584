//! The folded copy of a name: what is the same to somebody who looks for a person is the same letter.
//!
//! Compatibility forms (NFKC) and radicals; case; kana of both kinds and sizes; marks of Latin, Greek, Cyrillic, Hebrew and Arabic
//! letters; variant kanji, each by one of its class; hyphens, long marks, apostrophes, blanks and signs without width. A voiced
//! kana stays another letter than the unvoiced one, and a vowel sign of an Indian script is no mark to drop.

use std::collections::HashMap;
use std::sync::LazyLock;

use precheck_shared::person::character_of_radical;
use unicode_normalization::UnicodeNormalization as _;

/// Classes of kanji, the usual form first.
const VARIANTS: &str = include_str!("variants.txt");

/// The usual form of each kanji that has one.
static USUAL: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let lines = VARIANTS.lines().filter(|it| !it.starts_with('#'));
    let classes = lines.flat_map(str::split_whitespace);
    let each = classes.flat_map(|class| {
        let usual = class.chars().next();
        class.chars().skip(1).filter_map(move |it| Some((it, usual?)))
    });
    each.collect()
});

/// The parts of a name, folded.
pub(crate) fn fold(name: &str) -> Vec<String> {
    // An acute accent that stands for an apostrophe would become a blank.
    let kept = name.chars().filter(|it| !is_filler(*it));
    let plain = kept.map(|it| character_of_radical(it).unwrap_or(it)).nfkc();
    let letters: Vec<char> = plain.filter(|it| !is_filler(*it)).collect();
    let mut folded = String::with_capacity(letters.len() * 3);
    let mut before = ' ';
    for (at, letter) in letters.iter().copied().enumerate() {
        let next = letters.get(at + 1).copied().unwrap_or(' ');
        let from = folded.len();
        match letter {
            // 佐々木
            '々' | '〻' if is_kanji(before) => folded.push(before),
            // 関ヶ原, 関ケ原, 関が原
            'ヶ' | 'ケ' | 'が' | 'ガ' | 'ヵ' | 'カ' if is_kanji(before) && is_kanji(next) => {
                folded.push('け');
            }
            _ => push(&mut folded, letter),
        }
        before = folded.get(from..).and_then(|it| it.chars().next_back()).unwrap_or(before);
    }
    folded.split(is_break).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// A letter without what makes no difference.
fn push(folded: &mut String, letter: char) {
    for small in letter.to_lowercase() {
        match small {
            'ß' | 'ẞ' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            _ if is_kana(small) => folded.push(plain_kana(small)),
            _ => {
                let bare = std::iter::once(small).nfd().filter(|it| !is_mark(*it));
                folded.extend(bare.map(|it| USUAL.get(&it).copied().unwrap_or_else(|| plain_letter(it))));
            }
        }
    }
}

/// Letters that are another one with a stroke, by no decomposition of Unicode's.
fn plain_letter(letter: char) -> char {
    match letter {
        'đ' | 'ð' | 'ɖ' => 'd',
        'ø' => 'o',
        'ł' => 'l',
        'ħ' => 'h',
        'ı' | 'ɨ' => 'i',
        'ŋ' => 'n',
        'ŧ' => 't',
        'ƀ' => 'b',
        'ǥ' => 'g',
        'ʉ' => 'u',
        'ς' => 'σ',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        _ => letter,
    }
}

fn is_kana(letter: char) -> bool {
    matches!(letter, '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}')
}

/// Hiragana for katakana, and the large letter for the small one.
fn plain_kana(letter: char) -> char {
    let hiragana = match letter {
        'ァ'..='ヶ' => char::from_u32(u32::from(letter) - 0x60).unwrap_or(letter),
        _ => letter,
    };
    let small = "ぁぃぅぇぉっゃゅょゎゕゖゐゑ".chars().position(|it| it == hiragana);
    small.and_then(|it| "あいうえおつやゆよわかけいえ".chars().nth(it)).unwrap_or(hiragana)
}

fn is_kanji(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Marks that are left out in writing or typing: accents, points and signs of vowels that are no letters.
fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}'
        | '\u{670}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Between the parts of a name.
fn is_break(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '・' | '·' | '.' | ',' | '、' | '/' | '=' | '゠')
}

/// Hyphens and long marks that Japanese keyboards give for each other, apostrophes, signs without width, marks that choose a form
/// of a letter.
fn is_filler(letter: char) -> bool {
    matches!(
        letter,
        '-' | '‐'..='―' | '⁃' | '⁻' | '−' | '⎯' | '⏤' | 'ー' | '─' | '━' | '﹘' | '﹣' | '~' | '〜'
    ) || matches!(letter, '\'' | '`' | '´' | '"' | '‘'..='‟' | '′' | '″' | '\u{2B9}'..='\u{2C8}' | '\u{2EE}' | '\u{55A}' | '\u{5F3}')
        || matches!(letter, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{640}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}')
        || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
        || matches!(letter, '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, folded: &[&str]) {
        assert_eq!(fold(name), folded, "{name}");
    }

    #[test]
    fn article_6_a_name_is_found_whatever_its_width_kana_case_hyphens_and_spaces() {
        check("小樽　花子", &["小樽", "花子"]);
        check(" 小樽花子 ", &["小樽花子"]);
        check("オタル ハナコ", &["おたる", "はなこ"]);
        check("ｵﾀﾙ ﾊﾅｺ", &["おたる", "はなこ"]);
        check("Anne-Marie O’Neill", &["annemarie", "oneill"]);
        check("ＡＮＮＥ ＭＡＲＩＥ", &["anne", "marie"]);
        check("マリー・アン", &["まり", "あん"]);
        check("神\u{E0100}田", &["神田"]);
        // U+FA19 is the same letter to whoever searches.
        check("\u{FA19}田", &["神田"]);
        check(" ・ ", &[]);
    }

    #[test]
    fn a_kanji_is_in_one_class_and_no_class_holds_what_is_one_letter_already() {
        let mut seen = std::collections::BTreeSet::new();
        for class in VARIANTS.lines().filter(|it| !it.starts_with('#')).flat_map(str::split_whitespace) {
            assert!(1 < class.chars().count(), "{class}");
            for kanji in class.chars() {
                assert!(seen.insert(kanji) && is_kanji(kanji), "{kanji} of {class}");
                assert!(std::iter::once(kanji).nfkc().eq([kanji]), "{kanji} of {class}");
                assert_eq!(fold(&kanji.to_string()), [class.chars().next().unwrap().to_string()]);
            }
        }
        assert!(1500 < seen.len());
    }

    proptest::proptest! {
        #[test]
        fn no_name_panics_and_what_is_folded_stays_so(name in "\\PC{0,60}|[ァ-ヶ々㐀-鿿 ﾞﾟｱ-ﾝ]{0,20}") {
            let folded = fold(&name);
            proptest::prop_assert!(folded.iter().all(|it| !it.is_empty()));
            proptest::prop_assert_eq!(fold(&folded.join(" ")), folded);
        }
    }
}
