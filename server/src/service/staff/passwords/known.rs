//! How many others are tried before a password: it is read as pieces that people put passwords together of, and each piece costs.
//!
//! A cost is ten times the decimal logarithm of the tries: a word of the list by its place there, a walk over the keyboard, a
//! sequence, a year, a repetition; and what is none of these letter by letter. Fewer than [`ENOUGH`] are too few. The list is
//! `data/known_passwords.txt`; its head tells where it comes from.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A hundred million tries.
pub(super) const ENOUGH: u16 = 80;

const LIST: &str = include_str!("../../../../data/known_passwords.txt");

/// Words of the list, and what each costs.
static WORDS: LazyLock<HashMap<&'static str, u16>> = LazyLock::new(|| {
    let mut words = HashMap::with_capacity(8192);
    let mut place = 0_u16;
    let lines = LIST.lines().filter(|it| !it.starts_with("# ") && *it != "#" && !it.is_empty());
    for line in lines {
        match line {
            "[words]" => place = 0,
            // What is written out in whole is told by itself; its place matters little.
            "[whole]" | "[ours]" => place = 300,
            word => {
                place = place.saturating_add(1);
                let cost = cost_of_place(place);
                let known = words.entry(word).or_insert(cost);
                *known = cost.min(*known);
            }
        }
    }
    words
});

/// Ten times the logarithm, rounded up.
fn cost_of_place(place: u16) -> u16 {
    // 1, 1.26, 1.58, …: one more at each.
    const STEPS: [u16; 27] = [
        10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100, 126, 158, 200, 251, 316, 398, 501, 631, 794, 1000, 1259,
        1585, 1995, 2512, 3162, 3981,
    ];
    let steps = STEPS.iter().take_while(|it| **it < place).count();
    10 + u16::try_from(steps).unwrap_or(30)
}

/// Lines on which people walk: keyboards by row and column, the keypad, the orders that everybody knows.
const LINES: [&str; 33] = [
    "1234567890-^",
    "1234567890-=",
    "qwertyuiop@[",
    "qwertyuiop[]",
    "asdfghjkl;:]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "azertyuiop",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "02468",
    "13579",
    "147",
    "258",
    "369",
    "159",
    "357",
    "789456123",
    "147258369",
    "いろはにほへとちりぬるをわかよたれそつねならむ",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
    "あかさたなはまやらわ",
];

/// Both directions of each.
static WALKS: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| {
    let there = LINES.iter().map(|it| it.chars().collect::<Vec<_>>());
    there.flat_map(|it| [it.iter().rev().copied().collect(), it]).collect()
});

const WALK: u16 = 20;
/// Whoever walks goes on walking.
const NEXT_WALK: u16 = 8;
const REPEATED: u16 = 5;
const YEAR: u16 = 20;
const DATE: u16 = 40;
/// Of one of the list that is spelt with digits for letters, or backwards.
const DISGUISED: u16 = 5;

/// What a folded text costs, at most `super::LONGEST` characters of it; without the list where its words shall not count.
pub(super) fn cost(text: &str, words: bool) -> u16 {
    let chars: Vec<_> = text.chars().take(super::LONGEST).collect();
    let mut best = pieces(&chars, words);
    let halves: [Vec<char>; 2] = [0, 1].map(|from| chars.iter().skip(from).step_by(2).copied().collect());
    // Two lines shuffled into each other: q1w2e3r4.
    if halves.iter().all(|it| 3 <= it.len() && is_walk(it)) {
        best = best.min(2 * WALK + REPEATED);
    }
    // Each letter two or more times: aabbcc.
    if let Some(once) = once_each(&chars) {
        best = best.min(pieces(&once, words) + REPEATED);
    }
    best
}

/// Whether all of it is one walk.
fn is_walk(text: &[char]) -> bool {
    walk_at(text, 0) == text.len()
}

/// The text with each letter once, where each stands equally often in a row.
fn once_each(text: &[char]) -> Option<Vec<char>> {
    let runs: Vec<_> = text.chunk_by(|one, other| one == other).collect();
    let each = runs.first()?.len();
    (2 <= each && runs.iter().all(|it| it.len() == each))
        .then(|| runs.iter().filter_map(|it| it.first().copied()).collect())
}

/// The cheapest way to read it.
fn pieces(text: &[char], words: bool) -> u16 {
    let (leet, unshifted) = (with(text, letter_for), with(text, key_for));
    // The cheapest up to each place: where a walk ends there, and in any way.
    let mut best = vec![[u16::MAX; 2]; text.len() + 1];
    best[0][1] = 0;
    for at in 0..text.len() {
        let [walked, any] = best[at];
        let mut take = |length: usize, cost: u16| {
            let end = &mut best[at + length][1];
            *end = any.saturating_add(cost).min(*end);
        };
        take(1, cost_of(text[at]));
        if words {
            for (length, cost) in words_at(text, at) {
                take(length, cost);
            }
            for (length, cost) in words_at(&leet, at) {
                take(length, cost + DISGUISED);
            }
        }
        for (length, cost) in numbers_at(text, at) {
            take(length, cost);
        }
        for (length, times) in repetitions_at(text, at) {
            for time in 1..=times {
                take(length * time, REPEATED);
            }
        }
        for length in 3..=walk_at(&unshifted, at) {
            let cost = any.saturating_add(WALK).min(walked.saturating_add(NEXT_WALK));
            for end in &mut best[at + length] {
                *end = cost.min(*end);
            }
        }
    }
    best[text.len()][1]
}

/// A letter by itself.
fn cost_of(letter: char) -> u16 {
    match letter {
        '0'..='9' => 10,
        '!' | '.' | '-' | '_' | '?' => 6,
        'a'..='z' => 14,
        '\u{20}'..='\u{7E}' => 12,
        '\u{3040}'..='\u{30FF}' => 17,
        _ => 25,
    }
}

fn with(text: &[char], map: fn(char) -> char) -> Vec<char> {
    text.iter().copied().map(map).collect()
}

/// The letter that a digit or sign stands for where people disguise words.
pub(super) fn letter_for(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        it => it,
    }
}

/// The key on which a sign stands.
fn key_for(sign: char) -> char {
    match sign {
        '!' => '1',
        '#' => '3',
        '$' => '4',
        '%' => '5',
        '&' => '6',
        '(' => '8',
        ')' => '9',
        '<' => ',',
        '>' => '.',
        '+' => ';',
        it => it,
    }
}

/// The words of the list that begin at a place, or end there backwards: their lengths and costs.
fn words_at(text: &[char], at: usize) -> impl Iterator<Item = (usize, u16)> + '_ {
    const LONGEST_WORD: usize = 40;
    let rest = &text[at..text.len().min(at + LONGEST_WORD)];
    (2..=rest.len()).filter_map(|length| {
        let piece = &rest[..length];
        let there: String = piece.iter().collect();
        let back: String = piece.iter().rev().collect();
        let found = WORDS.get(there.as_str()).copied();
        let found = found.or_else(|| WORDS.get(back.as_str()).map(|it| it + DISGUISED));
        found.map(|cost| (length, cost))
    })
}

/// Years and dates that begin at a place.
fn numbers_at(text: &[char], at: usize) -> impl Iterator<Item = (usize, u16)> + '_ {
    let number = move |from: usize, length: usize| -> Option<u32> {
        let piece = text.get(at + from..at + from + length)?;
        piece.iter().try_fold(0, |number, it| Some(number * 10 + it.to_digit(10)?))
    };
    let is_year = move |from| number(from, 4).is_some_and(|it| (1900..=2039).contains(&it));
    let is_day = move |from| {
        number(from, 2).is_some_and(|it| (1..=12).contains(&it))
            && number(from + 2, 2).is_some_and(|it| (1..=31).contains(&it))
    };
    let year = is_year(0).then_some((4, YEAR));
    let date = ((is_year(0) && is_day(4)) || (is_day(0) && is_year(4))).then_some((8, DATE));
    let short = (number(0, 2).is_some() && is_day(2)).then_some((6, DATE));
    [year, date, short].into_iter().flatten()
}

/// Lengths of what stood just before a place and stands there again, and how often.
fn repetitions_at(text: &[char], at: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    (1..=at).filter_map(move |length| {
        let before = &text[at - length..at];
        let times = text[at..].chunks_exact(length).take_while(|it| *it == before).count();
        (0 < times).then_some((length, times))
    })
}

/// How far a walk goes that begins at a place.
fn walk_at(text: &[char], at: usize) -> usize {
    let rest = &text[at..];
    let far = |line: &Vec<char>| {
        let from = line.iter().position(|it| Some(it) == rest.first())?;
        Some(line[from..].iter().zip(rest).take_while(|(one, other)| one == other).count())
    };
    WALKS.iter().filter_map(far).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_some_thousands_and_its_order_counts() {
        assert!(5000 < WORDS.len() && LIST.len() < 100_000, "{} {}", WORDS.len(), LIST.len());
        assert!(2500 < WORDS.keys().filter(|it| 12 <= it.chars().count()).count());
        assert!(WORDS["password"] < WORDS["hunter"] && WORDS["hunter"] < WORDS["flower"]);
        assert!(WORDS.keys().all(|it| !it.contains(' ') && !it.contains('[')));
        let costs: Vec<_> = [1, 10, 11, 100, 1000, 3000].map(cost_of_place).into();
        assert_eq!(costs, [10, 10, 11, 20, 30, 35]);
    }

    #[test]
    fn a_long_text_is_read_in_bounded_time() {
        let long = |piece: &str| piece.repeat(super::super::LONGEST);
        let texts = [long("a"), long("ab"), long("4@"), long("123"), long("password"), long("あ")];
        let began = std::time::Instant::now();
        for text in &texts {
            cost(text, true);
        }
        // Generous: a debug build on a busy machine takes some 10 ms for each.
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }
}
