//! Article 6: a name is found at the desk without being stored in plain.
//!
//! The name is kept as typed, sealed. Beside it lie keyed hashes of its folded form: of the whole, of its parts, and of its
//! beginnings, since a name in Japanese letters is often typed without a space between family and given name. Whoever has the
//! database alone learns from them which bookings have a name in common, and no name.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

use crate::state::AppState;
use crate::vault::Hash;

/// Beginnings of so many letters are found where a name has no parts: family names have one to four, most of them two.
const BEGINNINGS: std::ops::RangeInclusive<usize> = 1..=3;

/// Width, case, kana, hyphens, dots and spaces do not matter to whoever looks for a name.
pub(super) fn fold(name: &str) -> Vec<String> {
    let plain: String = name.nfkc().flat_map(char::to_lowercase).map(to_hiragana).collect();
    let parts = plain.split(|it: char| it.is_whitespace() || matches!(it, '・' | '·' | '.' | ','));
    let letters = |part: &str| part.chars().filter(|it| !is_filler(*it)).collect::<String>();
    parts.map(letters).filter(|it| !it.is_empty()).collect()
}

/// The hashes under which a name is stored.
pub(super) fn tokens(app: &AppState, name: &str) -> Vec<Hash> {
    let parts = fold(name);
    let mut forms: BTreeSet<String> = parts.iter().cloned().collect();
    forms.insert(parts.concat());
    if let [only] = parts.as_slice() {
        let letters: Vec<char> = only.chars().collect();
        forms.extend(BEGINNINGS.filter(|it| *it < letters.len()).map(|it| letters[..it].iter().collect()));
    }
    forms.iter().map(|it| app.vault.name_token(it)).collect()
}

/// The hash under which a name, or a part of it, is looked for; `None` where nothing is left of it.
pub(super) fn wanted(app: &AppState, typed: &str) -> Option<Hash> {
    let whole = fold(typed).concat();
    (!whole.is_empty()).then(|| app.vault.name_token(&whole))
}

fn to_hiragana(letter: char) -> char {
    match letter {
        'ァ'..='ヶ' => char::from_u32(u32::from(letter) - 0x60).unwrap_or(letter),
        _ => letter,
    }
}

/// Hyphens and long marks that Japanese keyboards give for each other, apostrophes, marks that choose a form of a letter.
fn is_filler(letter: char) -> bool {
    matches!(letter, '-' | '‐'..='―' | '−' | 'ー' | '─' | '━' | '\'' | '’' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::fold;

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
}
