//! What holds of the words of the pages that need no script: the same keys and gaps in every language, none of the widget's said
//! twice, readings above every kanji of plain Japanese, and nothing left in another language.

use super::easy_japanese::is_in_short_sentences;
use super::*;

fn own(file: &(&str, &str)) -> Texts {
    Texts::parse(file.0, file.1)
}

fn gaps(text: &str) -> Vec<&str> {
    let mut names: Vec<_> =
        text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|it| it.0).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_language_has_the_same_keys_and_gaps_and_says_nothing_twice() {
    let japanese = own(&PLAIN_FILES[0]);
    assert!(30 < japanese.keys().count());
    for (file, whole) in PLAIN_FILES.iter().zip(FILES) {
        assert_eq!(file.0, whole.0, "in the order of the other files");
        let (texts, others) = (own(file), own(whole));
        assert!(japanese.keys().eq(texts.keys()), "{}", file.0);
        for key in texts.keys() {
            assert!(key.starts_with("plain.") && others.find(key).is_none(), "{key}");
            assert!(!texts.get(key).is_empty(), "{}: {key}", file.0);
            assert_eq!(gaps(japanese.get(key)), gaps(texts.get(key)), "{}: {key}", file.0);
            assert_eq!(texts.keys().filter(|it| *it == key).count(), 1, "{key}");
        }
    }
}

#[test]
fn every_page_finds_its_own_words_and_those_of_the_widget() {
    for (texts, file) in plain().iter().zip(FILES) {
        assert_eq!(texts.language(), file.0);
        for key in ["plain.send.again", "button.send", "refusal.unavailable"] {
            assert!(texts.find(key).is_some(), "{}: {key}", file.0);
        }
        let has_readings = texts.keys().any(|it| ruby::first_read(texts.get(it)).is_some());
        assert_eq!(has_readings, file.0 == "ja-easy");
    }
}

#[test]
fn plain_japanese_has_a_reading_for_every_kanji_and_short_sentences() {
    let file = PLAIN_FILES.iter().find(|it| it.0 == "ja-easy").unwrap();
    for line in file.1.lines() {
        for piece in ruby::pieces(line) {
            if let ruby::Piece::Plain(words) = piece {
                assert!(!words.contains(ruby::is_kanji), "without a reading: {words} in {line}");
                assert!(!words.contains(['《', '》']), "no word to read: {words} in {line}");
            }
        }
    }
    let texts = Texts::parse(file.0, &ruby::stripped(file.1));
    for key in texts.keys() {
        is_in_short_sentences(key, texts.get(key));
    }
}

#[test]
fn whoever_reads_no_japanese_meets_it_in_brackets_alone() {
    let kana = |it: char| ('\u{3041}'..='\u{30fa}').contains(&it);
    for file in PLAIN_FILES.iter().filter(|it| !it.0.starts_with("ja")) {
        let texts = own(file);
        for key in texts.keys() {
            let words = texts.get(key);
            assert!(!words.contains(kana), "{}: {key}: {words}", file.0);
            assert_ne!(words, own(&PLAIN_FILES[0]).get(key), "{}: {key}", file.0);
        }
    }
}

#[test]
fn what_a_sentence_quotes_from_a_button_is_on_the_button() {
    for (texts, file) in plain().iter().zip(FILES) {
        let says = |key: &str| ruby::plain(texts.get(key));
        for (sentence, button) in [
            ("plain.back", "button.back"),
            ("plain.check.lead", "outcome.by_the_day"),
            ("plain.key_in_progress.do", "plain.send.again"),
            ("plain.key_reused.do", "plain.send.again"),
            ("plain.rate_limited.do", "plain.send.again"),
            ("plain.unavailable.do", "plain.send.again"),
            ("plain.key_missing.do", "plain.send.again"),
        ] {
            assert!(says(sentence).contains(&says(button)), "{}: {sentence} does not name {button}", file.0);
        }
    }
}
