//! Refusals: stable code, clause, grade, and the words a person reads.
//!
//! The closed list of RULEBOOK, "Refusals". A violation of a rule and a refusal by the protocol share the codes,
//! so that the widget and every other client know one vocabulary.

use crate::clause::Clause;
use crate::texts::Texts;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Stops until it is mended.
    MustFix,
    /// Says why, and goes on when the person confirms.
    PleaseCheck,
}

impl Grade {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MustFix => "must_fix",
            Self::PleaseCheck => "please_check",
        }
    }
}

macro_rules! codes {
    ($($name:ident = $text:literal, $status:literal;)+) => {
        /// A stable refusal code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is explained by its words under `refusal.*` and by the rule that gives it")]
        pub enum Code { $($name),+ }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code on the wire, `slot_too_late`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The usual HTTP status of an answer with this code.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }
        }
    };
}

codes! {
    Malformed = "malformed", 400;
    KeyMissing = "key_missing", 400;
    SignInNeeded = "sign_in_needed", 401;
    NotAllowed = "not_allowed", 403;
    NotFound = "not_found", 404;
    KeyInProgress = "key_in_progress", 409;
    StaleVersion = "stale_version", 409;
    Ineligible = "ineligible", 422;
    ConsentMissing = "consent_missing", 422;
    TermsChanged = "terms_changed", 422;
    ChecklistIncomplete = "checklist_incomplete", 422;
    CheckBlocking = "check_blocking", 422;
    NameInvalid = "name_invalid", 422;
    BirthDateInvalid = "birth_date_invalid", 422;
    JobSeekerNumberInvalid = "job_seeker_number_invalid", 422;
    WishesCount = "wishes_count", 422;
    SlotNotBusinessDay = "slot_not_business_day", 422;
    SlotOutsideHours = "slot_outside_hours", 422;
    SlotOffGrid = "slot_off_grid", 422;
    SlotTooLate = "slot_too_late", 422;
    SlotTooFar = "slot_too_far", 422;
    SlotFull = "slot_full", 422;
    SlotDuplicate = "slot_duplicate", 422;
    AttendantsInvalid = "attendants_invalid", 422;
    KeyReused = "key_reused", 422;
    CancelChannelClosed = "cancel_channel_closed", 422;
    TransitionNotAllowed = "transition_not_allowed", 422;
    MeetingInvalid = "meeting_invalid", 422;
    ReasonMissing = "reason_missing", 422;
    NameUnusualCharacters = "name_unusual_characters", 422;
    BirthDateWorkingAge = "birth_date_working_age", 422;
    BirthDateOver90 = "birth_date_over_90", 422;
    JobSeekerNumberShort = "job_seeker_number_short", 422;
    MeetingIdPersonalRoom = "meeting_id_personal_room", 422;
    MeetingIdOldForm = "meeting_id_old_form", 422;
    MeetingIdInUse = "meeting_id_in_use", 422;
    RateLimited = "rate_limited", 429;
    Unavailable = "unavailable", 503;
}

impl Code {
    /// Reads a code from the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text)
    }

    /// The grade that findings with this code have.
    pub fn grade(self) -> Grade {
        match self {
            Self::NameUnusualCharacters
            | Self::BirthDateWorkingAge
            | Self::BirthDateOver90
            | Self::JobSeekerNumberShort
            | Self::MeetingIdPersonalRoom
            | Self::MeetingIdOldForm
            | Self::MeetingIdInUse => Grade::PleaseCheck,
            _ => Grade::MustFix,
        }
    }

    /// A few words that name the refusal.
    pub fn title(self, texts: &Texts) -> String {
        texts.get(&format!("refusal.{}.title", self.as_str())).to_owned()
    }

    /// What is the matter, in a sentence.
    pub fn message(self, texts: &Texts) -> String {
        texts.get(&format!("refusal.{}", self.as_str())).to_owned()
    }

    /// What the person can do next.
    pub fn cure(self, texts: &Texts) -> String {
        texts.get(&format!("refusal.{}.do", self.as_str())).to_owned()
    }
}

/// Of `meeting_invalid`: a pasted invitation had a link, and none could be taken. Whoever has seen that can go on without one.
pub const LINK_LEFT: &str = "link_left";

/// What a gap in the words is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fill {
    /// As it is.
    Plain(String),
    /// The words at this key, in the reader's language.
    Words(String),
}

/// One fault of an input, with the place it is at and the clause it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the request, `/person/name`.
    pub pointer: String,
    /// What is wrong.
    pub code: Code,
    /// The clause; `None` where the rule is a setting of the office.
    pub clause: Option<Clause>,
    /// A closer description that has words of its own: `refusal.CODE.VARIANT`.
    variant: Option<&'static str>,
    /// Values for the words.
    values: Vec<(&'static str, Fill)>,
}

impl Violation {
    /// A violation of a clause of the terms.
    #[inline(never)]
    pub fn of_clause(clause: Clause, code: Code, pointer: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, clause: Some(clause), variant: None, values: Vec::new() }
    }

    /// A violation of a setting of the office.
    #[inline(never)]
    pub fn of_setting(code: Code, pointer: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, clause: None, variant: None, values: Vec::new() }
    }

    /// The same with a closer description.
    #[inline(never)]
    #[must_use]
    pub fn variant(mut self, variant: &'static str) -> Self {
        self.variant = Some(variant);
        self
    }

    /// The same with a value for the words.
    #[inline(never)]
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, Fill::Plain(value.into())));
        self
    }

    /// The same with a value that is named in the reader's language: the words at `key`.
    #[inline(never)]
    #[must_use]
    pub fn with_words(mut self, name: &'static str, key: String) -> Self {
        self.values.push((name, Fill::Words(key)));
        self
    }

    /// The grade of the finding.
    pub fn grade(&self) -> Grade {
        self.code.grade()
    }

    /// Whether somebody who has seen it can go on: the findings to check, and the desk's question about an invitation's link.
    pub fn can_be_accepted(&self) -> bool {
        let link_left = self.code == Code::MeetingInvalid && self.variant == Some(LINK_LEFT);
        self.grade() == Grade::PleaseCheck || link_left
    }

    /// What is wrong, in a sentence that a person understands.
    pub fn message(&self, texts: &Texts) -> String {
        self.sentence(texts, "")
    }

    /// What the person can do next.
    pub fn cure(&self, texts: &Texts) -> String {
        self.sentence(texts, ".do")
    }

    /// The words of the variant where it has any, else those of the code.
    fn sentence(&self, texts: &Texts, ending: &str) -> String {
        let plain = format!("refusal.{}{ending}", self.code.as_str());
        let key = self.variant.map(|it| format!("refusal.{}.{it}{ending}", self.code.as_str()));
        let mut values = Vec::new();
        for (name, fill) in &self.values {
            values.push(match fill {
                Fill::Plain(value) => (*name, value.as_str()),
                Fill::Words(key) => (*name, texts.get(key)),
            });
        }
        texts.fill(&key.filter(|it| texts.find(it).is_some()).unwrap_or(plain), &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::carried;

    #[test]
    fn every_refusal_has_a_title_a_message_and_a_cure_in_every_language() {
        for texts in carried() {
            for code in Code::ALL {
                for key in ["", ".title", ".do"] {
                    let key = format!("refusal.{}{key}", code.as_str());
                    assert!(texts.find(&key).is_some(), "{}: {key} has no words", texts.language());
                }
            }
        }
    }

    #[test]
    fn codes_are_read_back_as_written() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
        assert_eq!(Code::parse("no_such_code"), None);
    }

    #[test]
    fn seven_findings_only_ask_to_check() {
        assert_eq!(Code::ALL.iter().filter(|it| it.grade() == Grade::PleaseCheck).count(), 7);
    }
}
