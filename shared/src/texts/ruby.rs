//! Readings above words: how the file of plain Japanese writes them, and how they travel to the widget.
//!
//! A reading stands behind its word, `漢字《かんじ》`, as in the texts of Aozora Bunko. It belongs to the kanji right before it, or to all that
//! follows `｜` (`｜4月《しがつ》`). What is no such pair is plain, brackets and all: nothing is ever lost.
//! On its way to the widget a pair has Unicode's interlinear annotation characters around it instead, which nobody types: the widget
//! need not know what a kanji is, and what people enter is never taken for a reading.

use super::{cut, replaced};

/// Before a word that has a reading, between the two, and behind them.
const MARKS: [&str; 3] = ["\u{FFF9}", "\u{FFFA}", "\u{FFFB}"];

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Without a reading.
    Plain(&'a str),
    /// A word and its reading.
    Read {
        /// The word.
        base: &'a str,
        /// How it is said.
        reading: &'a str,
        /// `｜` stands before the word.
        barred: bool,
    },
}

/// The parts of a text as it is written in the file, in their order.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest, mut from) = (Vec::new(), text, 0);
    while let Some((before, after)) = rest.get(from..).and_then(|it| cut(it, "《")) {
        let opens = from + before.len();
        let base = base_at_the_end(&rest[..opens]);
        match (base, cut(after, "》")) {
            (Some((start, barred)), Some((reading, behind))) if !reading.is_empty() => {
                let plain = &rest[..start];
                if !plain.is_empty() {
                    pieces.push(Piece::Plain(plain));
                }
                let bar = if barred { "｜".len() } else { 0 };
                pieces.push(Piece::Read { base: &rest[start + bar..opens], reading, barred });
                (rest, from) = (behind, 0);
            }
            _ => from = opens + "《".len(),
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Plain(rest));
    }
    pieces
}

/// Where the word begins that ends a text, and whether `｜` says so; `None` where there is none to read.
fn base_at_the_end(text: &str) -> Option<(usize, bool)> {
    let after_bar = text.rfind('｜').map(|at| (at, &text[at + "｜".len()..]));
    if let Some((at, base)) = after_bar.filter(|(_, base)| !base.contains(['》', '\n'])) {
        return (!base.is_empty()).then_some((at, true));
    }
    let kanji = text.trim_end_matches(is_kanji).len();
    (kanji < text.len()).then_some((kanji, false))
}

/// Whether a letter needs a reading: a kanji, or the mark that repeats one.
pub fn is_kanji(letter: char) -> bool {
    matches!(letter, '々' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

/// A text as the file writes it, without its readings.
pub fn stripped(text: &str) -> String {
    let word = |it: &Piece<'_>| match *it {
        Piece::Plain(words) => words.to_owned(),
        Piece::Read { base, .. } => base.to_owned(),
    };
    pieces(text).iter().map(word).collect()
}

/// A text as the file writes it, in the form for the widget.
pub fn annotated(text: &str) -> String {
    let word = |it: &Piece<'_>| match *it {
        Piece::Plain(words) => words.to_owned(),
        Piece::Read { base, reading, .. } => marked(base, reading),
    };
    pieces(text).iter().map(word).collect()
}

/// Of the widget's form what stands before the first word with a reading, that word, its reading, and what stands behind.
pub fn first_read(text: &str) -> Option<[&str; 4]> {
    let [opens, meets, closes] = MARKS;
    let (before, rest) = cut(text, opens)?;
    let (base, rest) = cut(rest, meets)?;
    let (reading, behind) = cut(rest, closes)?;
    Some([before, base, reading, behind])
}

/// The widget's form without its readings: for names that are only heard, for lists, and for what is copied or sent.
#[inline(never)]
pub fn plain(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some([before, base, _, behind]) = first_read(rest) {
        plain.push_str(before);
        plain.push_str(base);
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

/// Words with their readings, one behind the other: a list of pairs would be twice the size.
macro_rules! read {
    ($($base:literal $reading:literal),+) => {
        concat!($("\u{FFF9}", $base, "\u{FFFA}", $reading, "\u{FFFB}"),+)
    };
}

/// Days that are not read as their number and にち.
#[rustfmt::skip]
const DAYS: &str = read![
    "1日" "ついたち", "2日" "ふつか", "3日" "みっか", "4日" "よっか", "5日" "いつか", "6日" "むいか", "7日" "なのか",
    "8日" "ようか", "9日" "ここのか", "10日" "とおか", "14日" "じゅうよっか", "20日" "はつか", "24日" "にじゅうよっか"
];

/// What the rules write by themselves, in clauses and dates.
#[rustfmt::skip]
const RULES: &str = read![
    "第" "だい", "条" "じょう", "前文" "ぜんぶん", "附則" "ふそく", "明治" "めいじ", "大正" "たいしょう", "昭和" "しょうわ",
    "平成" "へいせい", "令和" "れいわ", "元" "がん", "年" "ねん", "月" "がつ", "日" "にち"
];

/// A date that has にち above 日 gets its day's own reading. In other languages, and without readings, there is none.
pub(super) fn with_the_days_reading(date: String, day: u32) -> String {
    let day = day.to_string();
    let (named, mut rest) = ([&day, "日"].concat(), DAYS);
    while let Some([_, base, reading, behind]) = first_read(rest) {
        if base == named {
            return replaced(&date, &(day + &marked("日", "にち")), &marked(base, reading));
        }
        rest = behind;
    }
    date
}

/// Readings for what the rules write by themselves: a clause, or a date on this day of a month.
pub(super) fn with_the_rules_readings(mut text: String, day: u32) -> String {
    let mut rest = RULES;
    while let Some([_, base, reading, behind]) = first_read(rest) {
        text = replaced(&text, base, &marked(base, reading));
        rest = behind;
    }
    with_the_days_reading(text, day)
}

/// A word with its reading in the widget's form.
fn marked(base: &str, reading: &str) -> String {
    let [opens, meets, closes] = MARKS;
    [opens, base, meets, reading, closes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file's form of the parts.
    fn written(pieces: &[Piece<'_>]) -> String {
        let word = |it: &Piece<'_>| match *it {
            Piece::Plain(words) => words.to_owned(),
            Piece::Read { base, reading, barred } => {
                [if barred { "｜" } else { "" }, base, "《", reading, "》"].concat()
            }
        };
        pieces.iter().map(word).collect()
    }

    const CASES: [(&str, &str, &str); 15] = [
        ("", "", ""),
        ("はい", "はい", "はい"),
        ("漢字《かんじ》", "漢字", "[漢字|かんじ]"),
        ("申《もう》し込《こ》み", "申し込み", "[申|もう]し[込|こ]み"),
        ("人々《ひとびと》が", "人々が", "[人々|ひとびと]が"),
        ("10分《ぷん》", "10分", "10[分|ぷん]"),
        (
            "2023年《ねん》｜4月《しがつ》｜1日《ついたち》",
            "2023年4月1日",
            "2023[年|ねん][4月|しがつ][1日|ついたち]",
        ),
        ("次《つぎ》の｜Web会議《うぇぶかいぎ》", "次のWeb会議", "[次|つぎ]の[Web会議|うぇぶかいぎ]"),
        // No word, no reading, no end: plain words.
        ("《かんじ》", "《かんじ》", "《かんじ》"),
        ("かな《かな》", "かな《かな》", "かな《かな》"),
        ("漢字《》", "漢字《》", "漢字《》"),
        ("漢字《かんじ", "漢字《かんじ", "漢字《かんじ"),
        ("｜《か》字《じ》", "｜《か》字", "｜《か》[字|じ]"),
        // A bar is of its own line.
        ("｜ か\n字《じ》", "｜ か\n字", "｜ か\n[字|じ]"),
        ("a｜b 字《じ》", "ab 字", "a[b 字|じ]"),
    ];

    #[test]
    fn words_and_readings_are_told_apart_and_nothing_is_lost() {
        for (source, without, with) in CASES {
            let [opens, meets, closes] = MARKS;
            let shown = annotated(source).replace(opens, "[").replace(meets, "|").replace(closes, "]");
            assert_eq!(shown, with, "{source}");
            assert_eq!(stripped(source), without, "{source}");
            assert_eq!(plain(&annotated(source)), without, "{source}");
            assert_eq!(written(&pieces(source)), source);
        }
    }

    #[test]
    fn the_widgets_form_is_taken_apart_word_by_word() {
        let text = annotated("前《まえ》の日《ひ》まで");
        let [before, base, reading, behind] = first_read(&text).unwrap();
        assert_eq!([before, base, reading], ["", "前", "まえ"]);
        let [before, base, reading, behind] = first_read(behind).unwrap();
        assert_eq!([before, base, reading, behind], ["の", "日", "ひ", "まで"]);
        assert_eq!(first_read(behind), None);
        // What people type is no reading, whatever brackets it has.
        assert_eq!(first_read("書名《しょめい》"), None);
        assert_eq!(plain("書名《しょめい》"), "書名《しょめい》");
        // Cut off somewhere, it stays as it is.
        assert_eq!(plain("\u{FFF9}前\u{FFFA}まえ"), "\u{FFF9}前\u{FFFA}まえ");
    }

    #[test]
    fn every_day_of_a_month_is_read_as_it_is_said() {
        let date =
            |day: u32| with_the_days_reading(annotated(&format!("11月《がつ》{day}日《にち》（木）")), day);
        for (day, expected) in [
            (1, "11月《がつ》｜1日《ついたち》（木）"),
            (8, "11月《がつ》｜8日《ようか》（木）"),
            (10, "11月《がつ》｜10日《とおか》（木）"),
            (11, "11月《がつ》11日《にち》（木）"),
            (14, "11月《がつ》｜14日《じゅうよっか》（木）"),
            (20, "11月《がつ》｜20日《はつか》（木）"),
            (22, "11月《がつ》22日《にち》（木）"),
            (24, "11月《がつ》｜24日《にじゅうよっか》（木）"),
            (31, "11月《がつ》31日《にち》（木）"),
        ] {
            assert_eq!(date(day), annotated(expected));
        }
        assert_eq!(with_the_days_reading("11月1日（木）".to_owned(), 1), "11月1日（木）");
    }
}
