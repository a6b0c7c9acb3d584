//! Preamble, articles 3 and 11: what a job seeker agrees to and acknowledges.
//!
//! Two consents, each its own unticked box; six duties that bite, each acknowledged on its own. What the checklist
//! asks is not asked here again. The Japanese text governs in every language.

use crate::clause::{Clause, PREAMBLE, article, paragraph};
use crate::violation::{Code, Violation};

/// A document that is agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentSubject {
    /// The office's terms of use (preamble).
    Terms,
    /// The terms of service of the conferencing app (article 3).
    AppTerms,
}

impl ConsentSubject {
    /// In the order in which they are asked.
    pub const ALL: [Self; 2] = [Self::Terms, Self::AppTerms];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::AppTerms => "app_terms",
        }
    }

    /// The clause that asks for the consent.
    pub fn clause(self) -> Clause {
        match self {
            Self::Terms => PREAMBLE,
            Self::AppTerms => article(3),
        }
    }
}

/// A duty or consequence that is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgement {
    /// 10(2) no recording by any means.
    NoRecording,
    /// 10(5) the cost of the line is the seeker's own.
    OwnCost,
    /// 4(3) how to cancel, and what silence leads to.
    Cancellation,
    /// 5(1) what may be recorded of the use.
    Records,
    /// 7 disclaimers.
    Disclaimers,
    /// 8 damages.
    Damages,
}

impl Acknowledgement {
    /// In the order in which they are asked.
    pub const ALL: [Self; 6] = [
        Self::NoRecording,
        Self::OwnCost,
        Self::Cancellation,
        Self::Records,
        Self::Disclaimers,
        Self::Damages,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoRecording => "no_recording",
            Self::OwnCost => "own_cost",
            Self::Cancellation => "cancellation",
            Self::Records => "records",
            Self::Disclaimers => "disclaimers",
            Self::Damages => "damages",
        }
    }

    /// Reads a name from the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// The clause that is acknowledged.
    pub fn clause(self) -> Clause {
        match self {
            Self::NoRecording => paragraph(10, 2),
            Self::OwnCost => paragraph(10, 5),
            Self::Cancellation => paragraph(4, 3),
            Self::Records => paragraph(5, 1),
            Self::Disclaimers => article(7),
            Self::Damages => article(8),
        }
    }
}

/// On what a consent rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentBasis {
    /// Ticked in the widget.
    Explicit,
    /// Preamble: a booking that the desk entered for someone who asked by telephone or at the counter.
    DeemedByRequest,
    /// Article 11: use after a revision, recorded when the counselling was held.
    DeemedByUseAfterRevision,
}

impl ConsentBasis {
    /// The name in the records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::DeemedByRequest => "deemed_by_request",
            Self::DeemedByUseAfterRevision => "deemed_by_use_after_revision",
        }
    }
}

/// Which version of the terms a consent is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TermsRef {
    /// `otaru-2023-10-01`
    pub id: String,
    /// SHA-256 of the published bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// The boxes ticked so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consents {
    /// By [`ConsentSubject::ALL`].
    pub agreed: [bool; 2],
    /// By [`Acknowledgement::ALL`].
    pub acknowledged: [bool; 6],
}

/// Preamble, 3 and the duties: every box that is still open.
pub fn missing(consents: &Consents) -> Vec<Violation> {
    let agreed = ConsentSubject::ALL
        .into_iter()
        .zip(consents.agreed)
        .filter(|(_, ticked)| !ticked)
        .map(|(it, _)| (it.clause(), format!("/consents/{}", it.as_str()), it.as_str()));
    let acknowledged = Acknowledgement::ALL
        .into_iter()
        .zip(consents.acknowledged)
        .filter(|(_, ticked)| !ticked)
        .map(|(it, _)| (it.clause(), format!("/consents/acknowledged/{}", it.as_str()), it.as_str()));
    agreed
        .chain(acknowledged)
        .map(|(clause, pointer, name)| {
            Violation::of_clause(clause, Code::ConsentMissing, pointer).variant(name)
        })
        .collect()
}

/// Article 11: the consent must be about the version in force.
pub fn about_version_in_force(given: &TermsRef, in_force: &TermsRef) -> Option<Violation> {
    (given != in_force).then(|| {
        Violation::of_clause(article(11), Code::TermsChanged, "/terms").with("id", in_force.id.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preamble_and_articles_each_open_box_is_named() {
        assert_eq!(missing(&Consents { agreed: [true; 2], acknowledged: [true; 6] }), Vec::new());
        let all = missing(&Consents::default());
        assert_eq!(all.len(), 8);
        assert_eq!(all[1].pointer, "/consents/app_terms");
        assert_eq!(all[1].clause, Some(article(3)));
        assert_eq!(all[4].pointer, "/consents/acknowledged/cancellation");
        assert_eq!(all[4].clause, Some(paragraph(4, 3)));
    }

    #[test]
    fn article_11_id_and_hash_both_count() {
        let now = TermsRef { id: "a".into(), sha256: "1".into() };
        assert_eq!(about_version_in_force(&now, &now), None);
        for given in [("a", "2"), ("b", "1"), ("", "")] {
            let given = TermsRef { id: given.0.into(), sha256: given.1.into() };
            assert_eq!(about_version_in_force(&given, &now).map(|it| it.code), Some(Code::TermsChanged));
        }
    }
}
