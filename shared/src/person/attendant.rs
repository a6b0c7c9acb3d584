//! 10(3): who else is in the room, told in advance.
//!
//! The kind is asked, never the reason: "a sign-language interpreter attends" is only an inference of a disability,
//! a diagnosis is not.

use std::fmt;

use super::{Characters, is_note};
use crate::clause::paragraph;
use crate::violation::{Code, Violation};

/// What an attendant does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttendantKind {
    /// 通訳
    Interpreter,
    /// 手話通訳・要約筆記
    SignLanguageOrCaptions,
    /// 介助者
    Caregiver,
    /// Anyone else.
    Other,
}

impl AttendantKind {
    /// In the order in which they are offered.
    pub const ALL: [Self; 4] =
        [Self::Interpreter, Self::SignLanguageOrCaptions, Self::Caregiver, Self::Other];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interpreter => "interpreter",
            Self::SignLanguageOrCaptions => "sign_language_or_captions",
            Self::Caregiver => "caregiver",
            Self::Other => "other",
        }
    }
}

/// One line of the declaration, as entered.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct AttendantEntry {
    /// Name of the kind.
    pub kind: String,
    /// Language, for an interpreter.
    pub language: String,
    /// How many of them; `None` where it is no whole number.
    pub count: Option<u32>,
    /// A note.
    pub note: String,
}

/// One line of the declaration, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Attendant {
    /// What they do.
    pub kind: AttendantKind,
    /// Language, for an interpreter.
    pub language: String,
    /// 1 to 5.
    pub count: u8,
    /// Up to 200 characters.
    pub note: String,
}

/// Most people of one kind, and most lines.
const MOST: u32 = 5;
const LONGEST_NOTE: usize = 200;
const LONGEST_LANGUAGE: usize = 40;

/// 10(3): reads the declaration.
///
/// # Errors
/// `attendants_invalid` for every line that has no kind, a count outside 1 to 5, or too long a note.
pub fn read_attendants(
    characters: Characters,
    entries: &[AttendantEntry],
) -> Result<Vec<Attendant>, Vec<Violation>> {
    let fault = |pointer: String, variant| {
        Violation::of_clause(paragraph(10, 3), Code::AttendantsInvalid, pointer).variant(variant)
    };
    let mut faults = Vec::new();
    if MOST < u32::try_from(entries.len()).unwrap_or(u32::MAX) {
        faults.push(fault("/attendants".to_owned(), "many"));
    }
    let mut attendants = Vec::new();
    // One more than the limit is read, so that the answer to an endless list stays short.
    for (at, entry) in entries.iter().take(MOST as usize + 1).enumerate() {
        let kind = AttendantKind::ALL.into_iter().find(|it| it.as_str() == entry.kind);
        let count = entry.count.filter(|it| (1..=MOST).contains(it)).and_then(|it| u8::try_from(it).ok());
        let note_fits = is_note(characters, &entry.note, LONGEST_NOTE);
        let language_fits = is_note(characters, &entry.language, LONGEST_LANGUAGE);
        for (holds, field) in [
            (kind.is_some(), "kind"),
            (language_fits, "language"),
            (count.is_some(), "count"),
            (note_fits, "note"),
        ] {
            if !holds {
                faults.push(fault(format!("/attendants/{at}/{field}"), field));
            }
        }
        if let (Some(kind), Some(count)) = (kind, count) {
            let (language, note) = (entry.language.trim().to_owned(), entry.note.trim().to_owned());
            attendants.push(Attendant { kind, language, count, note });
        }
    }
    if faults.is_empty() { Ok(attendants) } else { Err(faults) }
}

impl fmt::Debug for AttendantEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttendantEntry(..)")
    }
}

impl fmt::Debug for Attendant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attendant(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::OWN_TABLES;

    fn entry(kind: &str, count: u32, note: &str) -> AttendantEntry {
        AttendantEntry { kind: kind.into(), language: String::new(), count: Some(count), note: note.into() }
    }

    #[test]
    fn article_10_3_counts_of_1_to_5_and_notes_of_200_characters() {
        assert!(read_attendants(OWN_TABLES, &[]).unwrap().is_empty());
        for (count, good) in [(0, false), (1, true), (5, true), (6, false)] {
            assert_eq!(
                read_attendants(OWN_TABLES, &[entry("caregiver", count, "")]).is_ok(),
                good,
                "{count}"
            );
        }
        for (length, good) in [(200, true), (201, false)] {
            assert_eq!(
                read_attendants(OWN_TABLES, &[entry("other", 1, &"あ".repeat(length))]).is_ok(),
                good,
                "{length}"
            );
        }
        // 200 "characters" of four code points, or of one letter under a mountain of marks.
        for (note, good) in
            [("a\u{301}\u{302}\u{303}".repeat(200), true), (format!("a{}", "\u{301}".repeat(9)), false)]
        {
            assert_eq!(read_attendants(OWN_TABLES, &[entry("other", 1, &note)]).is_ok(), good, "{note}");
        }
        assert_eq!(read_attendants(OWN_TABLES, &[entry("doctor", 0, "")]).unwrap_err().len(), 2);
        assert!(read_attendants(OWN_TABLES, &vec![entry("other", 1, ""); 6]).is_err());
    }
}
