//! The way through: which step comes now, what is still missing, and the request at its end.
//!
//! A draft is what was entered so far, as entered. The widget asks after every step, the server once, with its own
//! policy and clock: the same function decides both times.

use crate::booking::{BookingRequest, Wish, read_wishes};
use crate::calendar::Occupancy;
use crate::checklist::{self, CheckEntry};
use crate::consent::{self, ConsentBasis, Consents, TermsRef};
use crate::eligibility::{self, Answers};
use crate::person::{
    AttendantEntry, BirthDate, Characters, JobSeekerNumber, OWN_TABLES, PersonName, read_attendants,
};
use crate::policy::Policy;
use crate::time::{Instant, day_of};
use crate::violation::{Code, Grade, Violation};

/// Everything that a judgement depends on besides the draft.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The office's settings.
    pub policy: &'a Policy,
    /// The version in force.
    pub terms: &'a TermsRef,
    /// Seats taken.
    pub taken: &'a Occupancy,
    /// The moment of judgement.
    pub now: Instant,
    /// What is known of characters.
    pub characters: Characters,
}

impl<'a> Rules<'a> {
    /// Rules that count characters with tables of their own.
    pub fn new(policy: &'a Policy, terms: &'a TermsRef, taken: &'a Occupancy, now: Instant) -> Self {
        Self { policy, terms, taken, now, characters: OWN_TABLES }
    }
}

/// A step of the widget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Who may use it: article 2.
    Conditions,
    /// Terms and consents: preamble, 3, 11.
    Consent,
    /// Device and room: 10.
    Check,
    /// Person and wishes: 4(1), 10(3).
    Booking,
    /// Check your answers.
    Review,
    /// The receipt.
    Receipt,
}

impl Step {
    /// In order.
    pub const ALL: [Self; 6] =
        [Self::Conditions, Self::Consent, Self::Check, Self::Booking, Self::Review, Self::Receipt];

    /// The name in addresses and keys.
    pub fn as_str(self) -> &'static str {
        ["conditions", "consent", "check", "booking", "review", "receipt"][self as usize]
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// The step that asks for the item at a pointer.
    pub fn of_pointer(pointer: &str) -> Self {
        match pointer.split('/').nth(1) {
            Some("eligibility") => Self::Conditions,
            Some("consents" | "terms") => Self::Consent,
            Some("own_device" | "checklist") => Self::Check,
            Some("person" | "wishes" | "attendants") => Self::Booking,
            _ => Self::Review,
        }
    }
}

/// What was entered so far, as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The version of the terms that was shown.
    pub terms: TermsRef,
    /// Answers to the conditions.
    pub eligibility: Answers,
    /// Boxes ticked.
    pub consents: Consents,
    /// Will this device be used on the day?
    pub own_device: Option<bool>,
    /// The checklist.
    pub checklist: Vec<CheckEntry>,
    /// Name, date of birth, number.
    pub person: PersonEntry,
    /// RFC 3339 starts in order of preference.
    pub wishes: Vec<String>,
    /// Attendants.
    pub attendants: Vec<AttendantEntry>,
    /// Please-check findings that were seen and confirmed.
    pub accepted: Vec<Code>,
}

/// The personal items as typed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PersonEntry {
    /// 氏名
    pub name: String,
    /// 生年月日, one line.
    pub birth_date: String,
    /// 求職番号
    pub job_seeker_number: String,
}

impl std::fmt::Debug for PersonEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonEntry(..)")
    }
}

/// All faults of one step, those that must be mended first; confirmed findings are left out.
pub fn faults_of(step: Step, rules: Rules<'_>, draft: &Draft) -> Vec<Violation> {
    match step {
        Step::Conditions => eligibility::assess(&draft.eligibility),
        Step::Consent => {
            let mut faults = consent::missing(&draft.consents);
            faults.extend(consent::about_version_in_force(&draft.terms, rules.terms));
            faults
        }
        Step::Check => checklist::judge(draft.own_device, &draft.checklist),
        Step::Booking => match read_booking(rules, draft) {
            Ok(_) => Vec::new(),
            Err(faults) => faults,
        },
        Step::Review | Step::Receipt => Vec::new(),
    }
}

/// The first step that is not complete; the review when all are.
pub fn next_step(rules: Rules<'_>, draft: &Draft) -> Step {
    Step::ALL
        .into_iter()
        .take_while(|it| *it < Step::Review)
        .find(|step| !faults_of(*step, rules, draft).is_empty())
        .unwrap_or(Step::Review)
}

/// The request that the draft amounts to.
///
/// # Errors
/// *All* violations, in the order of the terms, those that must be mended before those to check.
pub fn complete(rules: Rules<'_>, draft: &Draft) -> Result<BookingRequest, Vec<Violation>> {
    let mut faults: Vec<_> = consent::about_version_in_force(&draft.terms, rules.terms).into_iter().collect();
    faults.extend(eligibility::assess(&draft.eligibility));
    faults.extend(consent::missing(&draft.consents));
    faults.extend(checklist::judge(draft.own_device, &draft.checklist));
    match read_booking(rules, draft) {
        Ok(booking) if faults.is_empty() => Ok(booking),
        Ok(_) => Err(faults),
        Err(more) => {
            faults.extend(more);
            Err(must_fix_first(faults))
        }
    }
}

/// The request that an officer enters for somebody who asks by telephone or at the counter: the same conditions, the same four
/// items. Nobody ticks boxes for somebody else: the consent rests on the request itself (preamble), for the version in force. The
/// checklist is hers to answer, later.
///
/// # Errors
/// *All* violations, as above.
pub fn complete_at_desk(rules: Rules<'_>, draft: &Draft) -> Result<BookingRequest, Vec<Violation>> {
    let mut faults = eligibility::assess(&draft.eligibility);
    match complete_next(rules, draft) {
        Ok(booking) if faults.is_empty() => Ok(booking),
        Ok(_) => Err(faults),
        Err(more) => {
            faults.extend(more);
            Err(must_fix_first(faults))
        }
    }
}

/// 4(1) proviso: the next request, made during a counselling. Its conditions held for the one before.
///
/// # Errors
/// *All* violations, as above.
pub fn complete_next(rules: Rules<'_>, draft: &Draft) -> Result<BookingRequest, Vec<Violation>> {
    let booking = read_booking(rules, draft)?;
    Ok(BookingRequest { terms: rules.terms.clone(), basis: ConsentBasis::DeemedByRequest, ..booking })
}

/// The wishes of a draft, judged by themselves.
pub fn wishes_of(rules: Rules<'_>, draft: &Draft) -> Result<Vec<Wish>, Vec<Violation>> {
    read_wishes(rules.policy, rules.taken, rules.now, &draft.wishes)
}

fn read_booking(rules: Rules<'_>, draft: &Draft) -> Result<BookingRequest, Vec<Violation>> {
    let mut faults = Vec::new();
    let today = day_of(rules.now);
    let first_day = crate::booking::first_day(&draft.wishes).unwrap_or(today);
    let name = keep(&mut faults, PersonName::parse(rules.characters, &draft.person.name));
    let birth_date = keep(&mut faults, BirthDate::parse(today, first_day, &draft.person.birth_date));
    let number = keep(&mut faults, JobSeekerNumber::parse(&draft.person.job_seeker_number));
    let wishes =
        read_wishes(rules.policy, rules.taken, rules.now, &draft.wishes).map_err(|it| faults.extend(it)).ok();
    let attendants =
        read_attendants(rules.characters, &draft.attendants).map_err(|it| faults.extend(it)).ok();
    let accepted: Vec<_> = faults
        .iter()
        .map(|it| it.code)
        .filter(|it| it.grade() == Grade::PleaseCheck && draft.accepted.contains(it))
        .collect();
    faults.retain(|it| !accepted.contains(&it.code));
    let faults = must_fix_first(faults);
    match (name, birth_date, number, wishes, attendants) {
        (Some(name), Some(birth_date), Some(number), Some(wishes), Some(attendants)) if faults.is_empty() => {
            let (terms, basis) = (draft.terms.clone(), ConsentBasis::Explicit);
            Ok(BookingRequest { name, birth_date, number, wishes, attendants, terms, basis, accepted })
        }
        _ => Err(faults),
    }
}

fn must_fix_first(faults: Vec<Violation>) -> Vec<Violation> {
    let (mut first, then): (Vec<_>, Vec<_>) = faults.into_iter().partition(|it| it.grade() == Grade::MustFix);
    first.extend(then);
    first
}

fn keep<T>(faults: &mut Vec<Violation>, reading: crate::person::Reading<T>) -> Option<T> {
    match reading {
        Ok((value, findings)) => {
            faults.extend(findings);
            Some(value)
        }
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

#[cfg(test)]
mod tests;
