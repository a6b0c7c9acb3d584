//! Article 2: who may use online counselling.
//!
//! Four conditions, each a question, none answered in advance. A "no" ends the way to a booking and says what to do
//! instead; the device check stays open to everyone. No reason is asked for: it could reveal health or family
//! matters, and the terms ask for none.

use crate::clause::{Clause, paragraph};
use crate::violation::{Code, Violation};

/// A condition of article 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// 2(1) job-seeker registration is complete, at any office.
    Registered,
    /// 2(2) owns a device with a camera and can prepare the app and the rest.
    Equipped,
    /// 2(3) wants continuing counselling with an assigned officer.
    Ongoing,
    /// 2(4) some need for online counselling is expected.
    Need,
}

/// An answer to a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The condition holds.
    Yes,
    /// It does not.
    No,
    /// 2(4) alone: the forecast is the office's, so both answers go on.
    NotSure,
}

impl Condition {
    /// In the order of the terms.
    pub const ALL: [Self; 4] = [Self::Registered, Self::Equipped, Self::Ongoing, Self::Need];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Equipped => "equipped",
            Self::Ongoing => "ongoing",
            Self::Need => "need",
        }
    }

    /// The clause.
    pub fn clause(self) -> Clause {
        paragraph(2, self as u8 + 1)
    }

    /// The answers that can be given: yes / no, and for 2(4) yes / not sure.
    pub fn answers(self) -> [Answer; 2] {
        match self {
            Self::Need => [Answer::Yes, Answer::NotSure],
            Self::Registered | Self::Equipped | Self::Ongoing => [Answer::Yes, Answer::No],
        }
    }
}

impl Answer {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotSure => "not_sure",
        }
    }

    /// Reads an answer.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Yes, Self::No, Self::NotSure].into_iter().find(|it| it.as_str() == text)
    }
}

/// The answers given so far, in the order of [`Condition::ALL`].
pub type Answers = [Option<Answer>; 4];

/// Article 2: every condition that does not hold or has no answer yet.
pub fn assess(answers: &Answers) -> Vec<Violation> {
    Condition::ALL
        .into_iter()
        .zip(answers)
        .filter_map(|(condition, answer)| {
            let pointer = format!("/eligibility/{}", condition.as_str());
            let violation = Violation::of_clause(condition.clause(), Code::Ineligible, pointer);
            match answer {
                Some(Answer::No) => Some(violation.variant(condition.as_str())),
                Some(answer) if condition.answers().contains(answer) => None,
                _ => {
                    let name = format!("conditions.{}.short", condition.as_str());
                    Some(violation.variant("unanswered").with_words("item", name))
                }
            }
        })
        .collect()
}

/// Whether a condition is answered "no", so that the way to a booking ends here.
pub fn refused(answers: &Answers) -> bool {
    answers.contains(&Some(Answer::No))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Option<Answer> = Some(Answer::Yes);

    #[test]
    fn article_2_all_four_conditions_must_hold() {
        assert_eq!(assess(&[YES; 4]), Vec::new());
        assert_eq!(assess(&[YES, YES, YES, Some(Answer::NotSure)]), Vec::new());
        assert_eq!(assess(&[Some(Answer::No); 4]).len(), 4);
        assert_eq!(assess(&[None; 4]).len(), 4);
    }

    #[test]
    fn article_2_each_no_names_its_clause() {
        for (at, condition) in Condition::ALL.into_iter().enumerate() {
            let mut answers = [YES; 4];
            answers[at] = Some(Answer::No);
            let found = assess(&answers);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].clause, Some(condition.clause()));
            assert_eq!(found[0].code, Code::Ineligible);
        }
    }

    #[test]
    fn article_2_only_the_need_can_be_unsure() {
        for at in 0..3 {
            let mut answers = [YES; 4];
            answers[at] = Some(Answer::NotSure);
            assert_eq!(assess(&answers).len(), 1);
        }
    }
}
