//! The words of these pages, as a page writes them: escaped, with readings above them where the language has them.
//!
//! The same words as the widget's, and a few of their own (`plain.…` in `shared/texts/plain/`).

use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{Datelike as _, NaiveDate};
use precheck_shared::clause::Clause;
use precheck_shared::person::{in_both_calendars, japanese_year};
use precheck_shared::texts::{self, Texts, ruby};
use precheck_shared::time::{Instant, parse_instant};

/// A piece of a page, written as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Html(String);

impl Html {
    /// Words as a page shows them: with readings in the same elements as the widget's (`app/src/ui.rs`), which lines are as high by.
    pub(super) fn of(text: &str) -> Self {
        let (mut html, mut rest) = (String::with_capacity(text.len()), text);
        let is_read = ruby::first_read(text).is_some();
        if is_read {
            html.push_str("<span>");
        }
        while let Some([before, base, reading, behind]) = ruby::first_read(rest) {
            escape(before, &mut html);
            html.push_str("<ruby>");
            escape(base, &mut html);
            // Heard are the words alone: a voice knows how to say them.
            html.push_str("<rt aria-hidden=\"true\">");
            escape(reading, &mut html);
            html.push_str("</rt></ruby>");
            rest = behind;
        }
        escape(rest, &mut html);
        if is_read {
            html.push_str("</span>");
        }
        Self(html)
    }

    /// A piece that a template has made.
    pub(super) fn made(template: &impl askama::Template) -> Self {
        Self(template.render().unwrap_or_default())
    }

    /// Pieces one after the other.
    pub(super) fn join(pieces: impl IntoIterator<Item = Self>) -> Self {
        Self(pieces.into_iter().map(|it| it.0).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
}

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    pub(super) texts: &'static Texts,
}

impl Words {
    /// Those of a language that this build carries.
    pub(super) fn of(language: &str) -> Self {
        let all = texts::plain();
        Self { texts: all.iter().find(|it| it.language() == language).unwrap_or(&all[0]) }
    }

    /// The language's code, `ja-easy`.
    pub(super) fn language(self) -> &'static str {
        self.texts.language()
    }

    /// The words at a key.
    pub(super) fn t(self, key: &str) -> Html {
        Html::of(self.texts.get(key))
    }

    /// The words at a key, if there are any.
    pub(super) fn find(self, key: &str) -> Option<&'static str> {
        self.texts.find(key)
    }

    /// The words at the first of two keys that has any.
    pub(super) fn t_or(self, key: &str, otherwise: &str) -> Html {
        Html::of(self.find(key).or_else(|| self.find(otherwise)).unwrap_or_default())
    }

    /// The words at a key with `{name}` filled in.
    pub(super) fn fill(self, key: &str, values: &[(&str, &str)]) -> Html {
        Html::of(&self.texts.fill(key, values))
    }

    /// One value filled in.
    pub(super) fn fill1(self, key: &str, name: &str, value: &str) -> Html {
        self.fill(key, &[(name, value)])
    }

    /// The words at a key with a number filled in as `{n}`.
    pub(super) fn count(self, key: &str, n: usize) -> Html {
        self.fill(key, &[("n", &n.to_string())])
    }

    /// The words at a key without readings, for attributes and titles.
    pub(super) fn bare(self, key: &str) -> String {
        ruby::plain(self.texts.get(key))
    }

    /// A paragraph for each line of the words at a key.
    pub(super) fn paras(self, key: &str) -> Html {
        paragraphs(self.texts.get(key))
    }

    /// A paragraph for each line of the words at a key with `{name}` filled in.
    pub(super) fn filled_paras(self, key: &str, values: &[(&str, &str)]) -> Html {
        paragraphs(&self.texts.fill(key, values))
    }

    /// Whether names are to be in Japanese.
    pub(super) fn is_japanese(self) -> bool {
        self.texts.is_japanese()
    }

    /// Whether dates and clauses are read as Japan writes them.
    pub(super) fn reads_kanji(self) -> bool {
        self.is_japanese() || self.language() == "zh"
    }

    /// 「第4条(1)」, "Article 4(1)", "Điều 4(1)".
    pub(super) fn clause(self, clause: Clause) -> Html {
        Html::of(&self.clause_text(clause))
    }

    /// The same, to be filled into other words.
    pub(super) fn clause_text(self, clause: Clause) -> String {
        let cited = if self.reads_kanji() { clause.in_japanese() } else { clause.to_string() };
        self.texts.fill("clause", &[("clause", &self.texts.read(cited, None))])
    }

    /// A day with its time, Japan's.
    pub(super) fn date_time(self, instant: Instant) -> Html {
        Html::of(&self.texts.date_time(instant))
    }

    /// The same of an instant as the wire writes it.
    pub(super) fn wire_time(self, rfc3339: &str) -> Html {
        parse_instant(rfc3339).map(|it| self.date_time(it)).unwrap_or_default()
    }

    /// A date of birth in both calendars.
    pub(super) fn birth(self, date: NaiveDate) -> Html {
        Html::of(&self.birth_text(date))
    }

    /// The same, to be filled into other words.
    pub(super) fn birth_text(self, date: NaiveDate) -> String {
        if self.reads_kanji() {
            return self.texts.read(in_both_calendars(date), Some(date));
        }
        let month = format!("month.{}", date.month());
        let month = self
            .texts
            .fill("date.month", &[("year", &date.year().to_string()), ("month", self.texts.get(&month))]);
        let era = japanese_year(date).map(|(era, year)| format!(" ({} {year})", era.latin()));
        format!("{} {month}{}", date.day(), era.unwrap_or_default())
    }
}

fn paragraphs(text: &str) -> Html {
    let line = |it: &str| Html(format!("<p class=\"oc-text\">{}</p>", Html::of(it)));
    Html::join(text.split('\n').map(line))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every literal that is a key, or the beginning of keys that the rest is added to.
    fn named_in(folder: &Path, named: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let is_key = |it: &&str| it.contains('.') && it.bytes().all(|it| it.is_ascii_graphic());
            let keys = text.split('"').filter(is_key).filter(|it| it.starts_with("plain."));
            named.extend(keys.map(|it| it.split('{').next().unwrap_or_default().to_owned()));
        }
    }

    #[test]
    fn every_word_of_these_pages_that_is_named_is_there_and_no_other() {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut named = BTreeSet::new();
        for folder in ["templates/plain", "src/plain"] {
            named_in(&crate_folder.join(folder), &mut named);
        }
        let texts = &texts::plain()[0];
        let keys: BTreeSet<&str> = texts.keys().filter(|it| it.starts_with("plain.")).collect();
        let whole = |it: &&String| !it.ends_with('.');
        let missing: Vec<_> = named.iter().filter(whole).filter(|it| !keys.contains(it.as_str())).collect();
        assert!(missing.is_empty(), "no words for {missing:#?}");
        // What ends a code's own refusal, and the hints of fields.
        let is_made = |key: &str| {
            matches!(key.rsplit('.').next(), Some("do" | "hint")) || key.starts_with("plain.receipt.")
        };
        let unused: Vec<_> = keys.iter().filter(|it| !named.contains(**it) && !is_made(it)).collect();
        assert!(unused.is_empty(), "nobody says {unused:#?}");
    }

    #[test]
    fn readings_stand_above_their_words_and_nothing_that_was_entered_becomes_markup() {
        let text = ruby::annotated("前《まえ》の<日《ひ》>");
        let read =
            |word: &str, reading: &str| format!("<ruby>{word}<rt aria-hidden=\"true\">{reading}</rt></ruby>");
        let expected = format!("<span>{}の&lt;{}&gt;</span>", read("前", "まえ"), read("日", "ひ"));
        assert_eq!(Html::of(&text).0, expected);
        assert_eq!(Html::of("<b a='\"'>&").0, "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
