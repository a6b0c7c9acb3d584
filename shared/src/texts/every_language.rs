//! What holds of the words of every language, and what only a reader would notice otherwise: that nothing is left in another
//! language, and that each keeps to its own letters.

use super::*;

fn of(language: &str) -> &'static Texts {
    carried().iter().find(|it| it.language() == language).unwrap()
}

/// Those of people who read no Japanese.
fn foreign() -> impl Iterator<Item = &'static Texts> {
    carried().iter().filter(|it| !it.language().starts_with("ja"))
}

/// A mail goes to the office: its words are Japanese, with their meaning beside them.
fn is_for_the_office(key: &str) -> bool {
    key.starts_with("cancel.mail.")
}

#[test]
fn dates_read_naturally() {
    let at_ten = crate::time::parse_instant("2026-11-26T10:00:00+09:00").unwrap();
    let day = day_of(at_ten);
    for (language, long, short, month) in [
        ("ja", "2026年11月26日（木） 10:00", "11月26日（木）", "2026年11月"),
        ("en", "Thursday 26 November 2026, 10:00", "Thursday 26 November", "November 2026"),
        ("vi", "Thứ Năm, ngày 26 tháng 11 năm 2026, 10:00", "Thứ Năm, ngày 26 tháng 11", "tháng 11 năm 2026"),
        ("zh", "2026年11月26日（周四） 10:00", "11月26日（周四）", "2026年11月"),
    ] {
        let texts = of(language);
        assert_eq!(texts.date_time(at_ten), long);
        assert_eq!(texts.short_date(day), short);
        let filled = texts.fill("date.month", &[("year", "2026"), ("month", texts.get("month.11"))]);
        assert_eq!(filled, month);
    }
}

#[test]
fn a_calendars_columns_have_seven_short_names_in_every_language() {
    for texts in carried() {
        let mut names: Vec<_> = texts.get("weekday.short").split(' ').collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 7, "{}", texts.language());
        if foreign().any(|it| it.language() == texts.language()) {
            assert!(names.iter().all(|it| it.chars().count() < 4), "{names:?}");
        }
    }
}

#[test]
fn every_language_is_named_as_its_own_speakers_name_it() {
    for texts in carried() {
        let key = format!("language.{}", texts.language());
        assert!(carried()[0].find(&key).is_some(), "{key} has no words");
        for other in foreign() {
            assert_eq!(other.get(&key), carried()[0].get(&key), "{}: {key}", other.language());
        }
    }
}

#[test]
fn a_language_is_marked_as_screen_readers_and_fonts_know_it() {
    assert_eq!(carried().iter().map(Texts::tag).filter(|it| it.len() == 2).count(), carried().len() - 1);
    assert_eq!(of("zh").tag(), "zh-Hans");
    assert_eq!(tag_of("ja-easy"), "ja");
}

#[test]
fn nothing_is_left_in_another_language() {
    for texts in foreign() {
        for other in carried().iter().filter(|it| it.language() != texts.language()) {
            for key in texts.keys() {
                let (words, others) = (texts.get(key), other.get(key));
                // Names of systems and languages, short words and what only fills in are the same in several.
                let is_a_name = key.starts_with("language.") || key.starts_with("system.");
                let is_alike = is_a_name || is_for_the_office(key) || key.starts_with("date.");
                let alone: String =
                    words.split('{').map(|it| it.split_once('}').map_or(it, |it| it.1)).collect();
                let is_short = alone.len() < 16 && !alone.trim().contains(' ');
                assert!(
                    words != others || is_alike || is_short,
                    "{}: {key} is still in {}: {words}",
                    texts.language(),
                    other.language()
                );
            }
        }
    }
}

#[test]
fn whoever_reads_no_japanese_meets_it_in_brackets_alone() {
    let kana = |it: char| ('\u{3041}'..='\u{30fa}').contains(&it);
    let han = |it: char| ('\u{4e00}'..='\u{9fff}').contains(&it);
    // As Japan or Taiwan writes what simplified Chinese writes otherwise.
    let unknown = |it: char| "録確認機経関続談発達項観現電話験変選択応職業時間際".contains(it);
    for texts in foreign() {
        for key in texts.keys().filter(|it| !it.starts_with("language.") && !is_for_the_office(it)) {
            let (mut depth, mut outside) = (0_u32, String::new());
            for letter in texts.get(key).chars() {
                match letter {
                    '(' | '（' => depth += 1,
                    ')' | '）' => depth = depth.saturating_sub(1),
                    _ if 0 < depth => {}
                    it if kana(it) || (han(it) && texts.language() != "zh") || unknown(it) => {
                        outside.push(it);
                    }
                    _ => {}
                }
            }
            assert_eq!(outside, "", "{}: {key}", texts.language());
        }
    }
}

#[test]
fn vietnamese_is_written_in_whole_letters() {
    // A mark of its own behind a letter looks the same, and is found by no search.
    for key in of("vi").keys() {
        let apart = of("vi").get(key).chars().any(|it| ('\u{300}'..='\u{36f}').contains(&it));
        assert!(!apart, "{key}");
    }
}

#[test]
fn the_japanese_terms_govern_and_every_language_says_so() {
    for texts in carried() {
        let says = texts.get("terms.governs");
        let named = ["日本語", "Japanese", "tiếng Nhật", "日语", "日本《にほん》語"];
        assert!(named.iter().any(|it| says.contains(it)), "{}: {says}", texts.language());
    }
}

#[test]
fn what_a_sentence_quotes_from_a_screen_is_worded_as_the_screen_has_it() {
    let japanese = &carried()[0];
    let mut looked_at = 0;
    for sentence in japanese.keys() {
        let quoted = japanese.get(sentence).split('「').skip(1).filter_map(|it| it.split_once('」'));
        for (words, _) in quoted {
            // The ways out of an app are named by its own menu, which happens to say the same in Japanese.
            let is_ours = |it: &&str| !it.starts_with("move.app") && !it.starts_with("move.line");
            let keys: Vec<_> =
                japanese.keys().filter(|it| japanese.get(it) == words).filter(is_ours).collect();
            // English says some of it in words of its own.
            let others = carried()[1..].iter().filter(|it| !keys.is_empty() && it.language() != "en");
            for texts in others {
                let told = texts.get(sentence);
                let named = keys.iter().any(|it| told.contains(texts.get(it)));
                assert!(named, "{}: {sentence} does not name {keys:?}: {told}", texts.language());
                looked_at += 1;
            }
        }
    }
    assert!(50 < looked_at, "only {looked_at} were looked at");
}
