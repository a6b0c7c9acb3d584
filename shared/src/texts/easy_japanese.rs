//! What holds of plain Japanese alone: that everything in it can be read aloud, and what the guideline on it asks for (short
//! sentences, none of the office's stiff words).

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn lines() -> impl Iterator<Item = &'static str> {
    // A comment is for authors; the name of another language is in that language.
    EASY_FILES.1.lines().filter(|it| !it.starts_with('#') && !it.starts_with("language.zh = "))
}

/// As the widget has it.
fn in_the_widget() -> Texts {
    Texts::parse("ja-easy", &ruby::annotated(EASY_FILES.1))
}

/// As the server has it.
fn in_the_server() -> &'static Texts {
    carried().iter().find(|it| it.language() == "ja-easy").unwrap()
}

#[test]
fn every_kanji_has_a_reading_in_kana() {
    let is_kana = |it: char| matches!(it, 'ぁ'..='ん' | 'ー');
    let mut words_with_readings = 0;
    for line in lines() {
        for piece in ruby::pieces(line) {
            match piece {
                ruby::Piece::Plain(words) => {
                    assert!(!words.contains(ruby::is_kanji), "without a reading: {words} in {line}");
                    assert!(!words.contains(['《', '》', '｜']), "no word to read: {words} in {line}");
                }
                ruby::Piece::Read { base, reading, barred } => {
                    assert!(!reading.is_empty() && reading.chars().all(is_kana), "{base}: {reading}");
                    assert!(base.contains(ruby::is_kanji), "{base} in {line}");
                    assert!(barred || base.chars().all(ruby::is_kanji), "{base} in {line}");
                    words_with_readings += 1;
                }
            }
        }
    }
    assert!(2000 < words_with_readings, "only {words_with_readings}");
}

#[test]
fn a_word_is_read_in_one_way_unless_it_has_several() {
    let mut readings: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for piece in lines().flat_map(ruby::pieces) {
        if let ruby::Piece::Read { base, reading, .. } = piece {
            readings.entry(base).or_default().insert(reading);
        }
    }
    // 開いて is ひらいて or あいて, 行 い or ぎょう, 数 かぞ or かず; anything else is a slip.
    let several: Vec<_> = readings.iter().filter(|it| 1 < it.1.len()).map(|it| *it.0).collect();
    assert_eq!(
        several,
        ["人", "入", "出", "分", "少", "年", "数", "日", "月", "行", "金", "開"],
        "{readings:#?}"
    );
}

#[test]
fn screens_get_the_readings_and_the_server_sends_none() {
    let (widget, server) = (in_the_widget(), in_the_server());
    for key in server.keys() {
        assert_eq!(ruby::plain(widget.get(key)), server.get(key));
        assert!(!server.get(key).contains(['《', '》', '｜', '\u{FFF9}', '\u{FFFA}', '\u{FFFB}']), "{key}");
    }
}

#[test]
fn a_date_is_read_as_it_is_said() {
    let (widget, server) = (in_the_widget(), in_the_server());
    let day = NaiveDate::from_ymd_opt(2026, 11, 26).unwrap();
    assert_eq!(widget.date(day), ruby::annotated("2026年《ねん》11月《がつ》26日《にち》（木《もく》）"));
    assert_eq!(server.date(day), "2026年11月26日（木）");
    let day = NaiveDate::from_ymd_opt(2027, 4, 1).unwrap();
    assert_eq!(widget.short_date(day), ruby::annotated("｜4月《しがつ》｜1日《ついたち》（木《もく》）"));
    assert_eq!(server.short_date(day), "4月1日（木）");
}

#[test]
fn readings_stay_where_gaps_are_filled_and_none_is_taken_out_of_a_value() {
    let told = in_the_widget().fill("check.seen", &[("detail", "窓《Windows》")]);
    assert_eq!(told, ruby::annotated("調《しら》べました。「") + "窓《Windows》」のようです。");
    assert_eq!(ruby::plain(&told), "調べました。「窓《Windows》」のようです。");
}

#[test]
fn sentences_are_short() {
    for key in in_the_server().keys() {
        is_in_short_sentences(key, in_the_server().get(key));
    }
}

/// What stands in brackets or is quoted from a screen is read apart.
#[track_caller]
pub(super) fn is_in_short_sentences(key: &str, words: &str) {
    for sentence in words.split(['。', '\n']) {
        let (mut depth, mut length) = (0_u32, 0);
        for letter in sentence.chars() {
            match letter {
                '（' | '「' => depth += 1,
                '）' | '」' => depth = depth.saturating_sub(1),
                _ => length += u32::from(depth == 0),
            }
        }
        assert!(length <= 50, "{key}: {length} letters: {sentence}");
    }
}

#[test]
fn stiff_words_of_offices_are_put_plainly() {
    // Each is hard to read, polite beyond です and ます, or says by two noes what can be said by a yes.
    const STIFF: [&str; 21] = [
        "いただ",
        "ご確認",
        "ご利用",
        "お客様",
        "致し",
        "申し上げ",
        "承諾",
        "当該",
        "速やか",
        "遅滞",
        "開庁",
        "同席",
        "免責",
        "賠償",
        "継続的",
        "当日",
        "とは限",
        "ないわけ",
        "なくはな",
        "端末を",
        "締切",
    ];
    for key in in_the_server().keys() {
        let words = in_the_server().get(key);
        for stiff in STIFF {
            assert!(!words.contains(stiff), "{key} says {stiff}: {words}");
        }
    }
}
