//! The small spelling in which words travel: one byte or two for a letter that has two or three otherwise, which is a tenth less also
//! after packing. `build.rs` writes the Japanese that the widget carries, `xtask/src/bundle.rs` the languages that it fetches.
//!
//! First the letters beside ASCII, each told by its distance from the one before, a zero, and then the text by their places in that
//! list: the frequent ones in a byte from 0x80 on, the others in two.

/// So many letters have a byte of their own; the bytes behind them begin two.
const FREQUENT: u16 = 118;

/// What is spelled.
pub fn read(spelled: &[u8]) -> String {
    let mut spelled = spelled.iter().copied().map(u16::from);
    let mut letters = Vec::new();
    let (mut letter, mut shift) = (0_u16, 0);
    // No letter stands twice: a distance is never zero.
    while let Some(byte) = spelled.next().filter(|it| *it != 0) {
        letter = letter.wrapping_add((byte & 0x7F) << (shift & 15));
        shift += 7;
        if byte < 0x80 {
            letters.push(letter);
            shift = 0;
        }
    }
    let mut text = String::new();
    while let Some(first) = spelled.next() {
        let Some(mut place) = first.checked_sub(0x80) else {
            text.extend(char::from_u32(first.into()));
            continue;
        };
        if let Some(behind) = place.checked_sub(FREQUENT) {
            place = FREQUENT + behind * 0x80 + (spelled.next().unwrap_or_default() & 0x7F);
        }
        text.extend(letters.get(usize::from(place)).and_then(|it| char::from_u32((*it).into())));
    }
    text
}

/// Spells a text. `None` where it has a letter beyond the first plane, or more letters than there are places.
pub fn spell(text: &str) -> Option<Vec<u8>> {
    let mut counts = std::collections::BTreeMap::new();
    for letter in text.chars().filter(|it| !it.is_ascii()) {
        *counts.entry(u16::try_from(u32::from(letter)).ok()?).or_insert(0_u32) += 1;
    }
    let mut letters: Vec<(u16, u32)> = counts.into_iter().collect();
    letters.sort_by_key(|it| std::cmp::Reverse(it.1));
    let frequent = letters.len().min(usize::from(FREQUENT));
    letters[..frequent].sort_unstable();
    letters[frequent..].sort_unstable();

    let (mut spelled, mut places, mut before) = (Vec::new(), std::collections::BTreeMap::new(), 0_u16);
    for (place, (letter, _)) in (0_u16..).zip(letters) {
        let mut distance = letter.wrapping_sub(before);
        while distance >= 0x80 {
            spelled.push(low(distance) | 0x80);
            distance >>= 7;
        }
        spelled.push(low(distance));
        places.insert(letter, place);
        before = letter;
    }
    spelled.push(0);
    for letter in text.encode_utf16() {
        match places.get(&letter) {
            None => spelled.push(low(letter)),
            Some(place) if *place < FREQUENT => spelled.push(low(0x80 + *place)),
            Some(place) => {
                let behind = place - FREQUENT;
                let first = u8::try_from(0x80 + FREQUENT + behind / 0x80).ok()?;
                spelled.extend([first, 0x80 | low(behind)]);
            }
        }
    }
    Some(spelled)
}

fn low(value: u16) -> u8 {
    value.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::super::{FILES, ruby};
    use super::*;

    #[test]
    fn what_is_spelled_is_read_as_it_was() {
        let many: String = ('\u{4E00}'..'\u{5100}').chain("ぁ一丁".chars()).collect();
        for text in ["", "plain\n", "é", "日本語", "\u{80}\u{FFFB}", "Tiếng Việt, 日本《にほん》", &many]
        {
            assert_eq!(read(&spell(text).unwrap()), text);
        }
        for (language, words) in FILES {
            for words in [(*words).to_owned(), ruby::annotated(words)] {
                assert!(read(&spell(&words).unwrap()) == words, "{language}");
            }
        }
    }

    #[test]
    fn what_has_no_place_is_refused() {
        assert_eq!(spell("👍"), None);
        let places = u32::from(FREQUENT) + (0x80 - u32::from(FREQUENT)) * 0x80;
        let some = |count: u32| (0x4E00..0x4E00 + count).filter_map(char::from_u32).collect::<String>();
        assert_eq!(read(&spell(&some(places)).unwrap()), some(places));
        assert_eq!(spell(&some(places + 1)), None);
    }

    #[test]
    fn what_is_cut_off_is_read_as_far_as_it_goes() {
        let whole = spell("日本語 abc").unwrap();
        for length in 0..whole.len() {
            assert!("日本語 abc".starts_with(&read(&whole[..length])), "{length}");
        }
    }
}
