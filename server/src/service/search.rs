//! Article 6: a name is found at the desk without being stored in plain.
//!
//! The name is kept as typed, sealed. Beside it lie keyed hashes of its folded form: of the whole, of its parts in any order, and
//! of its beginnings, since a name in Japanese letters is often typed without a space between family and given name. Whoever has
//! the database alone learns from them which bookings have a name in common, and no name.
//!
//! How a name is folded is `fold`; hashes that an older version made are made anew by `anew`.

use std::collections::BTreeSet;

use crate::state::AppState;
use crate::vault::{Hash, Vault};

pub mod anew;
mod fold;

pub(super) use fold::fold;

/// Beginnings of so many letters are found where a name has no parts: family names have one to four, most of them two.
const BEGINNINGS: std::ops::RangeInclusive<usize> = 1..=3;

/// Of a name with so many parts every selection of them is found, of a longer one every pair and the whole.
const EVERY_SELECTION: usize = 4;

/// Names have hardly more parts; the rest is found as the whole alone.
const PARTS: usize = 8;

/// Between parts whose order does not matter. No name has it.
const ANY_ORDER: &str = "\u{1F}";

/// The hashes under which a name is stored.
pub(super) fn tokens(app: &AppState, name: &str) -> Vec<Hash> {
    hashes(&app.vault, name)
}

fn hashes(vault: &Vault, name: &str) -> Vec<Hash> {
    stored_forms(name).iter().map(|it| vault.name_token(it)).collect()
}

/// The hashes under which a name, or a part of it, is looked for; none where nothing is left of it.
pub(super) fn wanted(app: &AppState, typed: &str) -> Vec<Hash> {
    wanted_forms(typed).iter().map(|it| app.vault.name_token(it)).collect()
}

fn stored_forms(name: &str) -> BTreeSet<String> {
    let parts = fold(name);
    let mut forms: BTreeSet<String> = parts.iter().cloned().collect();
    // Each half of a double name.
    forms.extend(fold(&name.replace(['-', '‐', '‑', '–'], " ")).into_iter().take(PARTS));
    forms.insert(parts.concat());
    forms.insert(parts.iter().rev().map(String::as_str).collect());
    if let [only] = parts.as_slice() {
        let letters: Vec<char> = only.chars().collect();
        forms.extend(BEGINNINGS.filter(|it| *it < letters.len()).map(|it| letters[..it].iter().collect()));
    }
    if 1 < parts.len() {
        forms.insert(in_any_order(&parts));
    }
    let some = &parts[..parts.len().min(PARTS)];
    for chosen in 0_u32..1 << some.len() {
        let size = chosen.count_ones() as usize;
        if size == 2 || (2 < size && some.len() <= EVERY_SELECTION) {
            let selection = some.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1);
            forms.insert(in_any_order(&selection.map(|it| it.1.clone()).collect::<Vec<_>>()));
        }
    }
    forms
}

/// As it was typed; with its parts in any order; and, for a name that was registered in one piece, in every order of two or three.
fn wanted_forms(typed: &str) -> BTreeSet<String> {
    let parts = fold(typed);
    let mut forms = BTreeSet::new();
    if parts.is_empty() {
        return forms;
    }
    forms.insert(parts.concat());
    if 1 < parts.len() {
        forms.insert(in_any_order(&parts));
        forms.insert(parts.iter().rev().map(String::as_str).collect());
    }
    if let [one, two, three] = parts.as_slice() {
        for order in [[one, three, two], [two, one, three], [two, three, one], [three, one, two]] {
            forms.insert(order.map(String::as_str).concat());
        }
    }
    forms
}

fn in_any_order(parts: &[String]) -> String {
    let mut sorted: Vec<_> = parts.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.join(ANY_ORDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many hashes one question to the database has room for.
    const WAYS: usize = 8;

    /// Whether somebody who was registered so is found by what is typed.
    fn finds(registered: &str, typed: &str) -> bool {
        let stored = stored_forms(registered);
        let wanted = wanted_forms(typed);
        assert!(wanted.len() <= WAYS, "{typed}");
        wanted.iter().any(|it| stored.contains(it))
    }

    #[test]
    fn article_6_one_person_is_found_in_every_spelling() {
        for (registered, typed) in [
            ("髙橋 一郎", "高橋"),
            ("髙橋 一郎", "一郎 高橋"),
            ("髙橋一郎", "高橋 一郎"),
            ("髙橋一郎", "一郎　高橋"),
            ("高橋 一郎", "髙橋"),
            ("高橋 一郎", "\u{2FBC}橋一郎"),
            ("渡邊 花子", "渡辺"),
            ("渡邊 花子", "渡邉花子"),
            ("齋藤 花", "斎藤"),
            ("齋藤 花", "斉藤"),
            ("山﨑 健", "山崎"),
            ("山﨑健", "山崎"),
            ("濵田 実", "浜田"),
            ("濱田 實", "浜田実"),
            ("𠮷男", "吉男"),
            ("𠮷田 太郎", "吉田"),
            ("廣澤 國男", "広沢国男"),
            ("柳 眞澄", "栁真澄"),
            ("島田 恵", "嶋田惠"),
            ("髙栁 德子", "高柳徳子"),
            ("神\u{E0100}田 一", "神田"),
            ("\u{FA19}田", "神田"),
            ("Nguyễn Thị Hoa", "nguyen"),
            ("Nguyễn Thị Hoa", "Hoa Nguyen"),
            ("Nguyễn Thị Hoa", "HOA THI NGUYEN"),
            ("Nguyen Thi Hoa", "Nguyễn Thị Hoa"),
            ("José Ángel", "jose"),
            ("Jose\u{301}", "José"),
            ("Müller", "Muller"),
            ("Strauß", "STRAUSS"),
            ("Đặng Văn", "dang van"),
            ("Søren Łukasz", "soren lukasz"),
            ("Æsa Þór", "aesa thor"),
            ("İpek Işık", "ipek isik"),
            ("O‘Brien Mary", "O'Brien"),
            ("O’Brien Mary", "mary obrien"),
            ("O`Brien", "OʼBrien"),
            ("Anne-Marie Smith", "anne marie smith"),
            ("Anne‐Marie Smith", "AnneMarie"),
            ("García-López Ana", "garcia lopez"),
            ("García-López Ana", "lopez"),
            ("ｶﾞﾙｼｱ ﾏﾘｱ", "ガルシア"),
            ("ガルシア・マリア", "まりあ がるしあ"),
            ("ショウタ", "しようた"),
            ("山田\u{200B}太郎", "山田太郎"),
            ("山田\u{2060}太郎\u{FEFF}", "山田 太郎"),
            ("関ヶ原 一", "関ケ原"),
            ("関ヶ原 一", "関が原"),
            ("佐々木 一", "佐佐木"),
            ("小樽　花子", "小樽\u{2003}花子"),
            ("鈴木 花子", "鈴木\u{A0}花子"),
            ("Анна Кузнецова", "кузнецова анна"),
            ("a b c d e f", "f a"),
        ] {
            assert!(finds(registered, typed), "{registered} by {typed}");
        }
    }

    #[test]
    fn article_6_another_person_is_not_found() {
        for (registered, typed) in [
            ("高橋 一郎", "橋"),
            ("坂本 一", "阪本"),
            ("山崎 健", "山埼"),
            ("かき", "がき"),
            ("ハナコ", "パナコ"),
            ("小樽 花子 一", "花子 二"),
            ("Ana Lopez", "An"),
            ("नमिता", "नमता"),
            ("花子", ""),
            ("花子", " ・ "),
        ] {
            assert!(!finds(registered, typed), "{registered} by {typed}");
        }
    }

    #[test]
    fn a_name_of_any_length_has_few_forms() {
        let many = (0..60).map(|it| char::from_u32(0x3042 + it).unwrap().to_string()).collect::<Vec<_>>();
        assert!(stored_forms(&many.join(" ")).len() < 120);
        assert!(stored_forms(&"々".repeat(240)).len() < 10);
        assert!(stored_forms("小樽 花子").len() == 5);
    }
}
