//! The terms of use, all articles, as the office published them.
//!
//! A parser reads the published text into lines with their [`Clause`]; the text itself is never rewritten: joining
//! the lines gives the file back character for character. Several versions are known by their effective date
//! (supplement); the latest that is not after today is in force. Which clause is a rule and which is text only is
//! written down in `tests/articles.rs`.

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use crate::clause::{self, Clause, Place};
use crate::time::parse_date;

mod diff;

pub use diff::{ArticleChange, changed_lines, changes};

/// One published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// `otaru-2023-10-01`: the office and the effective date.
    pub id: String,
    /// In force from 00:00 of this day.
    pub effective: NaiveDate,
    /// Lower-case hexadecimal SHA-256 of the file's bytes.
    pub sha256: String,
    /// The lines in order.
    pub lines: Vec<Line>,
}

/// One line of the published text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub clause: Clause,
    /// What it is.
    pub kind: LineKind,
    /// Exactly as published, with its line break if it has one.
    pub raw: String,
}

/// What a line of the terms is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// The title of the document.
    Title,
    /// The line that opens an article: 第4条（利用申込み等）.
    Heading,
    /// Running text.
    Text,
    /// A numbered paragraph, `(1)`.
    Paragraph,
    /// A numbered item or a bullet below a paragraph.
    Item,
    /// The signature at the end.
    Signature,
    /// An empty line.
    Blank,
}

/// An article as people read it: consecutive lines of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article<'a> {
    /// Preamble, article or supplement.
    pub place: Place,
    /// Its lines, without blank ones.
    pub lines: Vec<&'a Line>,
}

impl Line {
    /// The words without list mark, indentation and line break.
    pub fn words(&self) -> &str {
        let text = bare(&self.raw);
        match self.kind {
            LineKind::Paragraph | LineKind::Item => text.strip_prefix('-').map_or(text, str::trim_start),
            _ => text,
        }
    }
}

impl Terms {
    /// Reads a published text. `office` and `effective` make the id.
    ///
    /// ```
    /// use precheck_shared::{policy::otaru, terms::Terms};
    /// let (file, text) = otaru::TERMS;
    /// let terms = Terms::from_file("otaru", file, text).unwrap();
    /// assert_eq!(terms.id, "otaru-2023-10-01");
    /// assert_eq!(terms.text(), text);
    /// ```
    pub fn parse(office: &str, effective: NaiveDate, text: &str) -> Self {
        Self {
            id: format!("{office}-{effective}"),
            effective,
            sha256: hex(&Sha256::digest(text.as_bytes())),
            lines: parse_lines(text),
        }
    }

    /// Reads a published text whose file is named `terms-2023-10-01.txt`; `None` for another name.
    pub fn from_file(office: &str, file_name: &str, text: &str) -> Option<Self> {
        let effective = parse_date(file_name.strip_prefix("terms-")?.strip_suffix(".txt")?)?;
        Some(Self::parse(office, effective, text))
    }

    /// The text exactly as published.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.raw.as_str()).collect()
    }

    /// Preamble, articles and supplement in order.
    pub fn articles(&self) -> Vec<Article<'_>> {
        let mut articles: Vec<Article<'_>> = Vec::new();
        for line in self.lines.iter().filter(|line| line.kind != LineKind::Blank) {
            match articles.last_mut() {
                Some(last) if last.place == line.clause.place => last.lines.push(line),
                _ => articles.push(Article { place: line.clause.place, lines: vec![line] }),
            }
        }
        articles
    }

    /// What a text lacks of the terms that the rules stand on, one line each: articles 1 to 12 and the supplement.
    pub fn gaps(&self) -> Vec<String> {
        let headed =
            |place| self.lines.iter().any(|it| it.kind == LineKind::Heading && it.clause.place == place);
        let articles = (1..=12).filter(|it| !headed(Place::Article(*it)));
        let mut gaps: Vec<_> = articles.map(|it| format!("{}: no line 第{it}条（…）", self.id)).collect();
        if !headed(Place::Supplement) {
            gaps.push(format!("{}: no line 附則", self.id));
        }
        gaps
    }

    /// Every clause that has words of its own.
    pub fn clauses(&self) -> Vec<Clause> {
        let mut clauses: Vec<_> =
            self.lines.iter().filter(|line| line.kind != LineKind::Blank).map(|line| line.clause).collect();
        clauses.dedup();
        clauses
    }
}

/// The version in force on a day: the latest whose effective date is not after it.
pub fn in_force(versions: &[Terms], today: NaiveDate) -> Option<&Terms> {
    versions.iter().filter(|it| it.effective <= today).max_by_key(|it| it.effective)
}

/// Versions that are known and not yet in force, the nearest first.
pub fn announced(versions: &[Terms], today: NaiveDate) -> Vec<&Terms> {
    let mut later: Vec<_> = versions.iter().filter(|it| today < it.effective).collect();
    later.sort_by_key(|it| it.effective);
    later
}

fn parse_lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut here = clause::PREAMBLE;
    let mut bullets = 0;
    for raw in text.split_inclusive('\n') {
        let words = bare(raw);
        let marked = words.strip_prefix('-').map(str::trim_start);
        let kind = if words.is_empty() {
            LineKind::Blank
        } else if let Some(number) = article_heading(words) {
            here = clause::article(number);
            LineKind::Heading
        } else if words == "附則" {
            here = clause::SUPPLEMENT;
            LineKind::Heading
        } else if let Some(number) = marked.and_then(paragraph_number) {
            here = Clause { paragraph: Some(number), item: None, ..here };
            bullets = 0;
            LineKind::Paragraph
        } else if let Some(marked) = marked {
            bullets += 1;
            here.item = Some(circled_number(marked).unwrap_or(bullets));
            LineKind::Item
        } else if here == clause::PREAMBLE && lines.iter().all(|line: &Line| line.kind == LineKind::Blank) {
            LineKind::Title
        } else if here == clause::SUPPLEMENT && words.ends_with('長') {
            LineKind::Signature
        } else {
            LineKind::Text
        };
        lines.push(Line { clause: here, kind, raw: raw.to_owned() });
    }
    lines
}

/// A line without what no reader sees around it: blanks, and the mark of the byte order that editors put at a file's beginning.
fn bare(raw: &str) -> &str {
    raw.trim().trim_start_matches('\u{FEFF}').trim_start()
}

/// 4 for 第4条（…）; a mention of an article inside a sentence does not open one.
fn article_heading(words: &str) -> Option<u8> {
    let (number, rest) = words.strip_prefix('第')?.split_once('条')?;
    if !(rest.starts_with('（') && rest.ends_with('）')) {
        return None;
    }
    number.chars().map(half_width_digit).collect::<Option<String>>()?.parse().ok()
}

/// 4 for (4)… and （４）….
fn paragraph_number(words: &str) -> Option<u8> {
    let inside = words.strip_prefix(['(', '（'])?;
    let (number, _) = inside.split_once([')', '）'])?;
    number.chars().map(half_width_digit).collect::<Option<String>>()?.parse().ok()
}

/// 4 for ④….
fn circled_number(words: &str) -> Option<u8> {
    let mark = u32::from(words.chars().next()?);
    (0x2460..=0x2473).contains(&mark).then(|| u8::try_from(mark - 0x2460 + 1).ok()).flatten()
}

fn half_width_digit(symbol: char) -> Option<char> {
    match symbol {
        '0'..='9' => Some(symbol),
        '０'..='９' => char::from_u32(u32::from(symbol) - u32::from('０') + u32::from('0')),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::{item, paragraph};
    use crate::policy::otaru;

    fn otaru_terms() -> Terms {
        Terms::from_file("otaru", otaru::TERMS.0, otaru::TERMS.1).unwrap()
    }

    #[test]
    fn joining_the_lines_gives_the_published_text_character_for_character() {
        assert_eq!(otaru_terms().text(), otaru::TERMS.1);
        for text in ["", "\n", "第1条（目的）", "a\r\n- (1) b\n\n", "第条（）\n- ()\n- ④\n"] {
            assert_eq!(Terms::parse("x", otaru_terms().effective, text).text(), text);
        }
    }

    #[test]
    fn twelve_articles_stand_between_preamble_and_supplement() {
        let terms = otaru_terms();
        let places: Vec<_> = terms.articles().iter().map(|it| it.place).collect();
        let mut expected = vec![Place::Preamble];
        expected.extend((1..=12).map(Place::Article));
        expected.push(Place::Supplement);
        assert_eq!(places, expected);
    }

    #[test]
    fn a_text_that_is_no_terms_is_told_what_it_lacks() {
        assert_eq!(otaru_terms().gaps(), Vec::<String>::new());
        assert_eq!(Terms::parse("x", otaru_terms().effective, "hello").gaps().len(), 13);
        let without = otaru::TERMS.1.replace("第9条（", "第九条（");
        assert_eq!(
            Terms::parse("x", otaru_terms().effective, &without).gaps(),
            ["x-2023-10-01: no line 第9条（…）"]
        );
    }

    #[test]
    fn each_paragraph_and_item_has_its_clause() {
        let terms = otaru_terms();
        let words =
            |clause| terms.lines.iter().find(|it| it.clause == clause).map(|it| it.words().to_owned());
        assert_eq!(words(paragraph(2, 1)).unwrap(), "(1) ハローワークへの求職登録が完了している方");
        assert_eq!(words(item(4, 1, 3)).unwrap(), "③ 求職番号");
        assert!(words(paragraph(7, 1)).unwrap().contains("等的一切"), "the slip in the source is kept");
        assert!(words(item(10, 4, 2)).unwrap().contains("パーソナルファイアウォール"));
        assert!(words(paragraph(10, 5)).unwrap().contains("従量制"));
        assert_eq!(terms.lines.last().unwrap().kind, LineKind::Signature);
    }

    #[test]
    fn the_digest_is_that_of_the_published_bytes() {
        assert_eq!(otaru_terms().sha256, "2deaf231d6471079f83cf1980d33b7282dae3a5a16b06dc736fc1817440cfff0");
    }

    #[test]
    fn supplement_the_latest_version_not_after_today_is_in_force() {
        let day = |text: &str| parse_date(text).unwrap();
        let versions = [
            Terms::parse("x", day("2023-10-01"), "a"),
            Terms::parse("x", day("2027-04-01"), "b"),
            Terms::parse("x", day("2026-12-01"), "c"),
        ];
        let ids = |today: &str| {
            let today = day(today);
            (
                in_force(&versions, today).map(|it| it.id.clone()),
                announced(&versions, today).iter().map(|it| it.id.clone()).collect::<Vec<_>>().join(" "),
            )
        };
        assert_eq!(ids("2023-09-30"), (None, "x-2023-10-01 x-2026-12-01 x-2027-04-01".into()));
        assert_eq!(ids("2026-11-30"), (Some("x-2023-10-01".into()), "x-2026-12-01 x-2027-04-01".into()));
        assert_eq!(ids("2026-12-01"), (Some("x-2026-12-01".into()), "x-2027-04-01".into()));
        assert_eq!(ids("2027-04-01"), (Some("x-2027-04-01".into()), String::new()));
    }
}
