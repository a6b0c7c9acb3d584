//! The small spelling in which the widget carries its Japanese words: one byte or two for a letter that has three otherwise, which is
//! 1 kB less also after packing. `build.rs` writes it.

/// So many letters have a byte of their own.
const FREQUENT: u16 = 118;

/// A text from its letters beside ASCII, each told by its distance from the one before, and their places in that list: the frequent
/// ones in a byte from 0x80 on, the others in two.
pub(super) fn read(distances: &[u8], words: &[u8]) -> String {
    let mut letters = Vec::new();
    let (mut letter, mut shift) = (0_u16, 0);
    for byte in distances {
        letter = letter.wrapping_add(u16::from(byte & 0x7F) << shift);
        shift += 7;
        if *byte < 0x80 {
            letters.push(letter);
            shift = 0;
        }
    }
    let mut text = String::new();
    let mut words = words.iter().copied().map(u16::from);
    while let Some(first) = words.next() {
        let Some(mut place) = first.checked_sub(0x80) else {
            text.extend(char::from_u32(first.into()));
            continue;
        };
        if let Some(behind) = place.checked_sub(FREQUENT) {
            place = FREQUENT + behind * 0x80 + (words.next().unwrap_or_default() & 0x7F);
        }
        text.extend(letters.get(usize::from(place)).and_then(|it| char::from_u32((*it).into())));
    }
    text
}
