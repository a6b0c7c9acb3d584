//! The form for a request: what was entered, kept as it was, and what the rules are asked with.

use precheck_shared::eligibility::{Answer, Condition};
use precheck_shared::journey::{Draft, PersonEntry};
use precheck_shared::person::AttendantEntry;
use precheck_shared::time::{HourMinute, day_of, format_instant, parse_instant};
use precheck_shared::violation::Code;

use crate::desk::fields::Fields;
use crate::desk::page::{Fault, words_of_accepted};
use crate::desk::words::{dates, fill1};
use crate::service::enter::{Channel, Offer, RequestAtDesk};

/// Lines for attendants in the form.
pub(super) const ATTENDANTS: usize = 5;

/// What was entered.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub(super) channel: String,
    conditions: [bool; 4],
    pub(super) name: String,
    pub(super) birth_date: String,
    pub(super) number: String,
    pub(super) identity: bool,
    pub(super) wishes: Vec<String>,
    pub(super) attendants: Vec<Attendant>,
    accepted: Vec<String>,
}

/// A line for attendants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attendant {
    pub(super) kind: String,
    pub(super) language: String,
    pub(super) count: String,
    pub(super) note: String,
}

/// A day of the choice.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Day {
    pub(in crate::desk) label: String,
    /// Without its year.
    pub(in crate::desk) short: String,
    pub(in crate::desk) times: Vec<Time>,
}

/// A time of the choice.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Time {
    pub(in crate::desk) value: String,
    pub(in crate::desk) label: String,
}

/// A finding that only asks to look again.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) code: &'static str,
    pub(super) words: String,
    pub(super) accepted: bool,
}

impl Entry {
    /// Nothing entered, but for a wish that the address names.
    pub(super) fn empty(wishes_max: u8, wish: String) -> Self {
        let mut entry = Self { wishes: vec![wish], ..Self::default() };
        entry.fill_up(wishes_max);
        entry
    }

    /// As the form was sent. Lines that were left empty in between close up, so that what is told of a line is told at its place.
    pub(super) fn read(fields: &Fields, wishes_max: u8) -> Self {
        let text = |name: &str| fields.get(name).to_owned();
        let line = |at: usize| Attendant {
            kind: text(&format!("attendants-{at}-kind")),
            language: text(&format!("attendants-{at}-language")),
            count: text(&format!("attendants-{at}-count")),
            note: text(&format!("attendants-{at}-note")),
        };
        let mut entry = Self {
            channel: text("channel"),
            conditions: Condition::ALL.map(|it| fields.has(&format!("eligibility-{}", it.as_str()))),
            name: text("person-name"),
            birth_date: text("person-birth_date"),
            number: text("person-job_seeker_number"),
            identity: fields.has("identity"),
            wishes: fields.all("wishes").filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            attendants: (0..ATTENDANTS).map(line).filter(|it| !it.is_empty()).collect(),
            accepted: fields.all("accepted").map(str::to_owned).collect(),
        };
        entry.fill_up(wishes_max);
        entry
    }

    fn fill_up(&mut self, wishes_max: u8) {
        // What was sent beyond the form's lines stays, so that the rules can refuse it.
        self.wishes.resize(self.wishes.len().max(wishes_max.into()), String::new());
        self.attendants.resize(ATTENDANTS, Attendant::default());
    }

    /// What the rules are asked with.
    pub(super) fn request(&self) -> RequestAtDesk {
        let answer = |ticked: bool| ticked.then_some(Answer::Yes);
        RequestAtDesk {
            channel: Channel::parse(&self.channel),
            identity_checked: self.identity,
            draft: Draft {
                eligibility: self.conditions.map(answer),
                person: PersonEntry {
                    name: self.name.clone(),
                    birth_date: self.birth_date.clone(),
                    job_seeker_number: self.number.clone(),
                },
                wishes: self.wishes.iter().filter(|it| !it.is_empty()).cloned().collect(),
                attendants: self
                    .attendants
                    .iter()
                    .filter(|it| !it.is_empty())
                    .map(Attendant::entry)
                    .collect(),
                accepted: codes(&self.accepted),
                ..Draft::default()
            },
        }
    }

    pub(super) fn ticked(&self, condition: Condition) -> bool {
        self.conditions[condition as usize]
    }

    pub(super) fn has_attendants(&self) -> bool {
        self.attendants.iter().any(|it| !it.is_empty())
    }

    /// Findings to look at: those just found, and those that were accepted before.
    pub(super) fn checks(&self, faults: &[Fault]) -> Vec<Check> {
        checks(&codes(&self.accepted), faults)
    }
}

impl Attendant {
    fn is_empty(&self) -> bool {
        self.kind.is_empty() && self.language.trim().is_empty() && self.note.trim().is_empty()
    }

    fn entry(&self) -> AttendantEntry {
        AttendantEntry {
            kind: self.kind.clone(),
            language: self.language.clone(),
            count: self.count.parse().ok(),
            note: self.note.clone(),
        }
    }
}

/// The codes of findings that were accepted; others are superfluous.
pub(super) fn codes(names: &[String]) -> Vec<Code> {
    names.iter().filter_map(|it| Code::parse(it)).collect()
}

/// A wish that the choice does not have (any more), as it is shown: its time, or what was sent instead of one.
pub(in crate::desk) fn kept(wish: &str, days: &[Day]) -> Option<String> {
    let offered = days.iter().flat_map(|it| &it.times).any(|it| it.value == wish);
    (!wish.is_empty() && !offered).then(|| {
        let when = parse_instant(wish).map_or_else(|| wish.to_owned(), |it| dates().date_time(it));
        fill1("desk.enter.wish.kept", "when", &when)
    })
}

/// Findings to look at: those just found, and those that were accepted before.
pub(super) fn checks(accepted: &[Code], faults: &[Fault]) -> Vec<Check> {
    let found = faults
        .iter()
        .filter_map(|it| Some(Check { code: it.check?, words: it.words.clone(), accepted: false }));
    let before = accepted
        .iter()
        .filter_map(|it| Some(Check { code: it.as_str(), words: words_of_accepted(*it)?, accepted: true }));
    found.chain(before).collect()
}

/// What must be mended at a field.
pub(super) fn wrong(faults: &[Fault], field: &str) -> Option<String> {
    let at: Vec<_> = faults
        .iter()
        .filter(|it| it.field == field && it.check.is_none())
        .map(|it| it.words.as_str())
        .collect();
    (!at.is_empty()).then(|| at.join(" "))
}

/// The choice of times.
pub(in crate::desk) fn days(offers: &[Offer]) -> Vec<Day> {
    let label = |start, few| {
        let time = HourMinute::of(start).to_string();
        if few { fill1("desk.enter.few", "time", &time) } else { time }
    };
    let times = |offer: &Offer| {
        offer
            .starts
            .iter()
            .map(|(start, few)| Time { value: format_instant(*start), label: label(*start, *few) })
            .collect()
    };
    offers
        .iter()
        .filter_map(|it| {
            let day = day_of(it.starts.first()?.0);
            Some(Day { label: dates().date(day), short: dates().short_date(day), times: times(it) })
        })
        .collect()
}
