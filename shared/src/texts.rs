//! Words for people, by language, keyed by place or refusal code.
//!
//! One file per language under `texts/`, one under `texts/server/` for what no screen shows, and those of the staff's pages under
//! `texts/desk/`, those of the pages without script under `texts/plain/`; lines of `key = words`; `{name}` is filled in, `\n` breaks a line.
//! Japanese is built in; the widget fetches another language when it is chosen, the server carries all.
//! The terms themselves are not here: they are the office's document and stay Japanese.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

use crate::time::{HourMinute, Instant, day_of};

#[cfg(test)]
mod easy_japanese;
#[cfg(test)]
mod every_language;
#[cfg(test)]
mod plain_pages;
pub mod ruby;
pub mod spelling;

/// The words of one language, parsed.
#[derive(Debug)]
pub struct Texts {
    language: String,
    words: Vec<(String, String)>,
}

/// As `build.rs` makes it small for the widget.
const SHORT_JAPANESE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ja.words"));
static JAPANESE: LazyLock<Texts> = LazyLock::new(|| Texts::parse("ja", &spelling::read(SHORT_JAPANESE)));

/// A language's code and all its words, those that no screen shows too.
macro_rules! all_of {
    ($language:literal) => {
        (
            $language,
            concat!(
                include_str!(concat!("../texts/", $language, ".txt")),
                include_str!(concat!("../texts/server/", $language, ".txt"))
            ),
        )
    };
}

const JAPANESE_FILES: (&str, &str) = all_of!("ja");
/// Plain Japanese, with the reading of every word.
const EASY_FILES: (&str, &str) = all_of!("ja-easy");
const FILES: &[(&str, &str)] = &[JAPANESE_FILES, EASY_FILES, all_of!("en"), all_of!("vi"), all_of!("zh")];
static CARRIED: LazyLock<Vec<Texts>> =
    LazyLock::new(|| FILES.iter().map(|(language, words)| carried_of(language, words)).collect());

/// What the server says is also drawn by others, in mails and calendars: without readings.
fn carried_of(language: &str, words: &str) -> Texts {
    if language == EASY_FILES.0 {
        Texts::parse(language, &ruby::stripped(words))
    } else {
        Texts::parse(language, words)
    }
}

/// The desk's words, and behind them all others in Japanese: what the desk says otherwise counts first.
static DESK: LazyLock<Texts> =
    LazyLock::new(|| Texts::parse("ja", &[DESK_FILES.concat().as_str(), JAPANESE_FILES.1].concat()));

const DESK_FILES: [&str; 6] = [
    include_str!("../texts/desk/frame.txt"),
    include_str!("../texts/desk/accounts.txt"),
    include_str!("../texts/desk/day.txt"),
    include_str!("../texts/desk/request.txt"),
    include_str!("../texts/desk/enter.txt"),
    include_str!("../texts/desk/records.txt"),
];

/// The words of the pages that need no script, and behind them all others of the language; readings as screens get them.
static PLAIN: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let whole = |(own, other): (&(&str, &str), &(&str, &str))| {
        let source = [own.1, other.1].concat();
        let source = if own.0 == EASY_FILES.0 { ruby::annotated(&source) } else { source };
        Texts::parse(own.0, &source)
    };
    PLAIN_FILES.iter().zip(FILES).map(whole).collect()
});

/// In the order of [`FILES`].
const PLAIN_FILES: [(&str, &str); 5] = [
    ("ja", include_str!("../texts/plain/ja.txt")),
    ("ja-easy", include_str!("../texts/plain/ja-easy.txt")),
    ("en", include_str!("../texts/plain/en.txt")),
    ("vi", include_str!("../texts/plain/vi.txt")),
    ("zh", include_str!("../texts/plain/zh.txt")),
];
/// The words of the page for editors of web sites, by language, and the lines that they paste into their pages.
static EMBED: LazyLock<[Texts; 2]> = LazyLock::new(|| {
    [
        Texts::parse("ja", include_str!("../texts/embed/ja.txt")),
        Texts::parse("en", include_str!("../texts/embed/en.txt")),
    ]
});
static STATEMENT: LazyLock<Texts> =
    LazyLock::new(|| Texts::parse("ja", include_str!("../texts/embed/statement.txt")));
static EMBED_FALLBACK: LazyLock<Texts> =
    LazyLock::new(|| Texts::parse("ja", include_str!("../texts/embed/fallback.txt")));

/// The Japanese words that screens need.
pub fn japanese() -> &'static Texts {
    &JAPANESE
}

/// Every language with all its words, those of the server's answers too, Japanese first. Only the server calls it.
pub fn carried() -> &'static [Texts] {
    &CARRIED
}

/// The words of the staff's pages, Japanese alone. Only the server calls it.
pub fn desk() -> &'static Texts {
    &DESK
}

/// The words of the pages that need no script, every language of them, Japanese first. Only the server calls it.
pub fn plain() -> &'static [Texts] {
    &PLAIN
}

/// The words for editors of web sites: in Japanese, or in English. Only the server calls it.
pub fn embed(language: &str) -> &'static Texts {
    let [japanese, english] = &*EMBED;
    if language == "en" { english } else { japanese }
}

/// What stands inside the element on an office's page, by language: `vi.booking`. Only the server calls it.
pub fn embed_fallback() -> &'static Texts {
    &EMBED_FALLBACK
}

/// The words of the statement on accessibility, Japanese alone. Only the server calls it.
pub fn statement() -> &'static Texts {
    &STATEMENT
}

impl Texts {
    /// Reads the lines of a language file; blank lines and lines that begin with `#` are for its authors. A key may begin with
    /// the number of its parts that are those of the key before.
    pub fn parse(language: &str, source: &str) -> Self {
        let mut words: Vec<(String, String)> = Vec::new();
        for line in source.lines().filter(|it| !it.starts_with('#')) {
            let Some((key, value)) = cut(line, " = ") else { continue };
            let (same, rest) = match key.as_bytes().first() {
                Some(digit @ b'0'..=b'9') => (digit - b'0', key.get(1..).unwrap_or_default()),
                _ => (0, key),
            };
            let mut whole = String::new();
            if let Some((before, _)) = words.last() {
                for part in before.split('.').take(usize::from(same)) {
                    whole.push_str(part);
                    whole.push('.');
                }
            }
            whole.push_str(rest.trim());
            words.push((whole, replaced(value.trim(), "\\n", "\n")));
        }
        Self { language: language.to_owned(), words }
    }

    /// Reads a file that has the words alone, a line each, in the order of these keys: the bundle's form of every language
    /// but Japanese, a quarter smaller on the line.
    pub fn in_order_of(keys: &Self, language: &str, source: &str) -> Self {
        let mut words = Vec::new();
        for ((key, _), value) in keys.words.iter().zip(source.split('\n')) {
            words.push((key.clone(), replaced(value, "\\n", "\n")));
        }
        Self { language: language.to_owned(), words }
    }

    /// The language's code, `ja`: the name of its files, and what it is chosen by.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Whether names, dates and clauses are to be in Japanese: plain Japanese is Japanese.
    pub fn is_japanese(&self) -> bool {
        self.language.starts_with("ja")
    }

    /// The language as a `lang` attribute names it.
    pub fn tag(&self) -> &str {
        tag_of(&self.language)
    }

    /// The words at a key, if there are any.
    pub fn find(&self, key: &str) -> Option<&str> {
        self.words.iter().find(|it| it.0 == key).map(|it| it.1.as_str())
    }

    /// The words at a key; the key itself where they are missing, which a test finds before a person does.
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.find(key).unwrap_or(key)
    }

    /// The words at a key with `{name}` filled in.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        filled(self.get(key), values)
    }

    /// All keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|(key, _)| key.as_str())
    }

    /// 2026年11月26日（木） or "Thursday 26 November 2026".
    pub fn date(&self, day: NaiveDate) -> String {
        self.dated("date.long", day)
    }

    /// 11月26日（木） or "Thu 26 Nov".
    pub fn short_date(&self, day: NaiveDate) -> String {
        self.dated("date.short", day)
    }

    /// A day and the time of day on it, in Japan's time.
    pub fn date_time(&self, instant: Instant) -> String {
        let time = HourMinute::of(instant).to_string();
        self.fill("date.with_time", &[("date", &self.date(day_of(instant))), ("time", &time)])
    }

    /// What the rules write in Japanese by themselves, a clause or a day, with readings where the language has them.
    pub fn read(&self, japanese: String, day: Option<NaiveDate>) -> String {
        if self.language == "ja-easy" {
            ruby::with_the_rules_readings(japanese, day.map_or(0, |it| it.day()))
        } else {
            japanese
        }
    }

    fn dated(&self, pattern: &str, day: NaiveDate) -> String {
        let month = self.get(&format!("month.{}", day.month())).to_owned();
        let weekday = self.get(&format!("weekday.{}", day.weekday().number_from_monday())).to_owned();
        let date = self.fill(
            pattern,
            &[
                ("year", &day.year().to_string()),
                ("month", &month),
                ("day", &day.day().to_string()),
                ("weekday", &weekday),
            ],
        );
        ruby::with_the_days_reading(date, day.day())
    }
}

/// A language as a `lang` attribute names it, so that it is read aloud and set in its own letters.
pub fn tag_of(language: &str) -> &str {
    match language {
        "zh" => "zh-Hans",
        // Plain Japanese is Japanese.
        "ja-easy" => "ja",
        other => other,
    }
}

/// The one of the known languages that a tag names, in any spelling: `JA-Easy`, `en_US`, `zh-Hans-CN`.
pub fn known_by<'a>(tag: &str, mut known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let tag = replaced(tag.trim(), "_", "-");
    // The whole tag before its first part: `ja-easy` is one of ours.
    let whole = known.clone().find(|it| it.eq_ignore_ascii_case(&tag));
    let first = cut(&tag, "-").map_or(tag.as_str(), |it| it.0);
    whole.or_else(|| known.find(|it| it.eq_ignore_ascii_case(first)))
}

/// What stands before and after the first `mark` of a text.
///
/// By bytes: the standard library's search for texts, with all that its panics print, is 2 kB brotli of the widget.
pub fn cut<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(mark.len()).position(|it| it == mark.as_bytes())?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// A text with every `{name}` filled in, in one pass: what people entered may look like a gap, and is none.
pub fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let (mut result, mut rest) = (String::new(), text);
    while let Some((before, gap)) = cut(rest, "{") {
        result.push_str(before);
        let found = cut(gap, "}");
        let found = found.and_then(|(name, after)| Some((values.iter().find(|it| it.0 == name)?.1, after)));
        let (value, after) = found.unwrap_or(("{", gap));
        result.push_str(value);
        rest = after;
    }
    result.push_str(rest);
    result
}

/// A text with `new` wherever it says `old`.
pub fn replaced(text: &str, old: &str, new: &str) -> String {
    let (mut result, mut rest) = (String::new(), text);
    while let Some((before, after)) = cut(rest, old) {
        result.push_str(before);
        result.push_str(new);
        rest = after;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gap_is_filled_once_whatever_the_values_contain() {
        for (name, filled_in) in [
            ("{id}", "Dear {id}: {id}, 7"),
            ("{name}{n}", "Dear {name}{n}: {name}{n}, 7"),
            ("}{", "Dear }{: }{, 7"),
        ] {
            assert_eq!(
                filled("Dear {name}: {name}, {n}", &[("name", name), ("n", "7"), ("id", "x")]),
                filled_in
            );
        }
        assert_eq!(filled("{nobody} and {open", &[("open", "x")]), "{nobody} and {open");
        assert_eq!(filled("{n}{n", &[("n", "1")]), "1{n");
    }

    #[test]
    fn a_language_is_known_in_any_spelling_of_its_tag() {
        let known = ["ja", "ja-easy", "en", "vi", "zh"];
        for (tag, expected) in [
            ("ja", Some("ja")),
            ("JA", Some("ja")),
            ("ja_JP", Some("ja")),
            ("ja-JP-u-ca-japanese", Some("ja")),
            ("ja-easy", Some("ja-easy")),
            ("JA_Easy", Some("ja-easy")),
            ("en_US", Some("en")),
            (" EN ", Some("en")),
            ("vi-VN", Some("vi")),
            ("zh_CN", Some("zh")),
            ("zh-Hans-CN", Some("zh")),
            ("ZH_HANT_TW", Some("zh")),
            ("xx", None),
            ("english", None),
            ("-ja", None),
            ("", None),
        ] {
            assert_eq!(known_by(tag, known.into_iter()), expected, "{tag:?}");
        }
    }

    #[test]
    fn the_widgets_small_form_is_the_file_itself() {
        let whole = Texts::parse("ja", include_str!("../texts/ja.txt"));
        assert_eq!(japanese().words, whole.words);
        for other in carried() {
            let alone: Vec<_> = whole.keys().map(|key| replaced(other.get(key), "\n", "\\n")).collect();
            let read = Texts::in_order_of(&whole, other.language(), &alone.join("\n"));
            assert!(whole.keys().eq(read.keys()), "{}", other.language());
            assert!(read.words.iter().all(|(key, words)| other.get(key) == words), "{}", other.language());
        }
    }

    #[test]
    fn texts_are_cut_and_replaced_as_the_standard_library_does() {
        for text in ["", "a", "aa = b = c", " = ", "小樽 = 港 = ", "==  == ="] {
            for mark in [" = ", "=", "港", "aa"] {
                assert_eq!(cut(text, mark), text.split_once(mark), "{text:?} at {mark:?}");
                assert_eq!(replaced(text, mark, "×"), text.replace(mark, "×"), "{text:?} at {mark:?}");
            }
        }
    }

    fn japanese_all() -> &'static Texts {
        &carried()[0]
    }

    #[test]
    fn words_are_found_filled_and_never_lost() {
        let texts = Texts::parse("xx", "# note\nb = two {n}\\nlines\n\na = one\n");
        assert_eq!(texts.get("a"), "one");
        assert_eq!(texts.fill("b", &[("n", "2")]), "two 2\nlines");
        assert_eq!(texts.get("missing"), "missing");
    }

    #[test]
    fn every_language_has_the_same_keys_and_the_same_gaps_to_fill() {
        for other in carried() {
            assert!(
                japanese_all().keys().eq(other.keys()),
                "{}: {:?}",
                other.language(),
                difference(japanese_all(), other)
            );
            for key in japanese_all().keys() {
                assert!(!other.get(key).is_empty(), "{key} is empty");
                // A weekday may be named in one language and left out in another.
                let of = |texts: &Texts| {
                    gaps(texts.get(key)).into_iter().filter(|it| it != "weekday").collect::<Vec<_>>()
                };
                assert_eq!(of(japanese_all()), of(other), "{}: {key}", other.language());
            }
        }
    }

    #[test]
    fn editors_read_the_same_in_both_languages() {
        let [japanese, english] = &*EMBED;
        assert_eq!(difference(japanese, english), Vec::<String>::new());
        for key in japanese.keys() {
            assert_eq!(gaps(japanese.get(key)), gaps(english.get(key)), "{key}");
        }
        for language in carried().iter().map(Texts::language) {
            for key in ["booking", "check", "telephone"] {
                assert!(embed_fallback().find(&format!("{language}.{key}")).is_some(), "{language}.{key}");
            }
        }
    }

    /// What a text leaves to be filled in.
    fn gaps(text: &str) -> Vec<String> {
        let opened = text.split('{').skip(1).filter_map(|it| it.split_once('}'));
        let mut names: Vec<_> = opened.map(|it| it.0.to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn difference(one: &Texts, other: &Texts) -> Vec<String> {
        let only = |a: &Texts, b: &Texts| {
            a.keys().filter(|it| b.find(it).is_none()).map(str::to_owned).collect::<Vec<_>>()
        };
        [only(one, other), only(other, one)].concat()
    }

    #[test]
    fn no_key_stands_twice() {
        let desk = DESK_FILES.concat();
        for source in FILES.iter().map(|it| it.1).chain([desk.as_str()]) {
            let mut keys: Vec<_> = source
                .lines()
                .filter(|it| !it.starts_with('#'))
                .filter_map(|it| it.split_once(" = "))
                .map(|it| it.0)
                .collect();
            keys.sort_unstable();
            for pair in keys.windows(2) {
                assert_ne!(pair[0], pair[1]);
            }
        }
    }
}
