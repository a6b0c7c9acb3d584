//! A note for each release whose files are kept: the last day on which it was served, and its files.
//!
//! A day in words outlives copying the folder, and has nothing to do with the machine's own clock, as times of files have. A note
//! is named by the files that it lists, so that servers of one release write the same one, and those of different releases do not
//! get into each other's way. It is written before the files: what a note names, nobody takes for left over.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use precheck_shared::time::parse_date;
use sha2::{Digest as _, Sha256};

use super::name::HashedName;
use crate::vault::hex;

const MARK: &str = "precheck-widget-1";

/// No release has more files.
pub(super) const MOST_NAMES: usize = 500;

/// No note is longer.
pub(super) const LONGEST: u64 = 64 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// The last day on which the release was served.
    pub(super) day: NaiveDate,
    pub(super) names: BTreeSet<HashedName>,
}

impl Note {
    /// The file that holds it.
    pub(super) fn file(&self) -> String {
        let names: Vec<_> = self.names.iter().map(HashedName::as_str).collect();
        format!("release-{}.note", hex(&Sha256::digest(names.join("\n"))[..6]))
    }

    pub(super) fn is_file(name: &str) -> bool {
        let digits = name.strip_prefix("release-").and_then(|it| it.strip_suffix(".note"));
        digits.is_some_and(|it| it.len() == 12 && it.bytes().all(|it| it.is_ascii_hexdigit()))
    }

    /// What a note says, if it is whole and stands under its own name.
    pub(super) fn parse(file: &str, text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let day = parse_date(lines.next()?.strip_prefix(MARK)?.strip_prefix(' ')?)?;
        let names = lines.map(HashedName::parse).collect::<Option<BTreeSet<_>>>()?;
        let note = Self { day, names };
        (!note.names.is_empty() && note.names.len() <= MOST_NAMES && note.file() == file).then_some(note)
    }

    pub(super) fn text(&self) -> String {
        let names = self.names.iter().flat_map(|it| [it.as_str(), "\n"]);
        format!("{MARK} {}\n{}", self.day, names.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written_and_no_part_of_it_is() {
        let day = parse_date("2026-11-24").unwrap();
        let names =
            ["begin-0123456789ab.js", "en-0123456789ab.words"].map(|it| HashedName::parse(it).unwrap());
        let note = Note { day, names: names.into() };
        let (file, text) = (note.file(), note.text());
        assert!(Note::is_file(&file), "{file}");
        assert_eq!(text, "precheck-widget-1 2026-11-24\nbegin-0123456789ab.js\nen-0123456789ab.words\n");
        assert_eq!(Note::parse(&file, &text).as_ref(), Some(&note));
        for length in 0..text.len() {
            assert_eq!(Note::parse(&file, &text[..length]), None, "{length}");
        }
        for other in [
            text.replace("2026-11-24", "2026-02-30"),
            text.replace("widget-1", "widget-2"),
            text.replace("en-", "../en-"),
            text.replace("en-", "vi-"),
            format!("{text}\n"),
        ] {
            assert_eq!(Note::parse(&file, &other), None, "{other}");
        }
        assert_eq!(Note::parse("release-0123456789ab.note", &text), None);
    }

    #[test]
    fn a_note_keeps_its_name_from_day_to_day() {
        let names: BTreeSet<_> = HashedName::parse("begin-0123456789ab.js").into_iter().collect();
        let on = |day| Note { day: parse_date(day).unwrap(), names: names.clone() };
        assert_eq!(on("2026-11-24").file(), on("2026-12-24").file());
    }
}
