//! What was entered so far, as the widget holds it, and the two things it turns into: a draft for the rules, and the
//! body that is sent.
//!
//! Kept in two parts, because they are kept differently on the device: conditions, consents and checks hold nothing
//! personal; what people enter about themselves does.

use precheck_shared::api::{
    AttendantBody, CheckBody, ConsentsBody, EligibilityBody, PersonBody, SubmitRequest, TermsRefBody,
};
use precheck_shared::checklist::{CheckEntry, Item, Outcome};
use precheck_shared::consent::{Acknowledgement, Consents, TermsRef};
use precheck_shared::eligibility::Answer;
use precheck_shared::journey::{Draft, PersonEntry};
use precheck_shared::outbox::Entry;
use precheck_shared::person::{AttendantEntry, Era, line_from_fields};
use precheck_shared::time::Instant;
use precheck_shared::violation::Code;
use precheck_shared::wire_fields;

/// Everything entered.
#[derive(Default)]
pub(crate) struct Form {
    pub(crate) plain: Plain,
    pub(crate) personal: Personal,
}

/// Conditions, consents and checks: nothing that tells who somebody is.
#[derive(Clone, Default)]
pub(crate) struct Plain {
    /// Version of the terms that was shown: id and digest.
    pub(crate) terms: [String; 2],
    pub(crate) eligibility: [String; 4],
    pub(crate) agreed: [bool; 2],
    pub(crate) acknowledged: [bool; 6],
    pub(crate) own_device: Option<bool>,
    /// Outcome of each item, by [`Item::ALL`]; empty while unanswered.
    pub(crate) checks: [String; 13],
    /// What was detected for an item, by [`Item::ALL`].
    pub(crate) details: [String; 13],
}

/// What people enter about themselves, and the request that it became.
#[derive(Clone, Default)]
pub(crate) struct Personal {
    pub(crate) name: String,
    /// Place in [`Era::OFFERED`].
    pub(crate) era: u8,
    pub(crate) year: String,
    pub(crate) month: String,
    pub(crate) day: String,
    pub(crate) number: String,
    pub(crate) wishes: Vec<String>,
    pub(crate) has_attendants: Option<bool>,
    pub(crate) attendants: Vec<AttendantRow>,
    pub(crate) accepted: Vec<String>,
    /// The key and the exact bytes, frozen together at the first sending.
    pub(crate) sending: Option<Sending>,
}

/// A request on its way, as the device keeps it.
#[derive(Clone, PartialEq)]
pub(crate) struct Sending {
    key: String,
    body: String,
    /// Seconds since 1970, like the next.
    confirmed_at: u32,
    last_wish: u32,
}

/// A line of the attendants.
#[derive(Clone, Default)]
pub(crate) struct AttendantRow {
    pub(crate) kind: String,
    pub(crate) language: String,
    pub(crate) count: String,
    pub(crate) note: String,
}

wire_fields!(Plain { terms, eligibility, agreed, acknowledged, own_device, checks, details });
wire_fields!(Personal {
    name,
    era,
    year,
    month,
    day,
    number,
    wishes,
    has_attendants,
    attendants,
    accepted,
    sending
});
wire_fields!(Sending { key, body, confirmed_at, last_wish });
wire_fields!(AttendantRow { kind, language, count, note });

impl Form {
    /// The draft that the rules judge.
    pub(crate) fn draft(&self) -> Draft {
        let Self { plain, personal } = self;
        Draft {
            terms: TermsRef { id: plain.terms[0].clone(), sha256: plain.terms[1].clone() },
            eligibility: std::array::from_fn(|at| Answer::parse(&plain.eligibility[at])),
            consents: Consents { agreed: plain.agreed, acknowledged: plain.acknowledged },
            own_device: plain.own_device,
            checklist: self.checklist(),
            person: PersonEntry {
                name: personal.name.clone(),
                birth_date: personal.birth_line(),
                job_seeker_number: personal.number.clone(),
            },
            wishes: personal.wishes.clone(),
            attendants: personal.attendants().iter().map(AttendantRow::entry).collect(),
            accepted: personal.accepted.iter().filter_map(|it| Code::parse(it)).collect(),
        }
    }

    /// The answered items of the checklist, in order.
    pub(crate) fn checklist(&self) -> Vec<CheckEntry> {
        let mut entries = Vec::new();
        for item in Item::ALL {
            let outcome = self.plain.checks[item as usize].clone();
            if !outcome.is_empty() {
                entries.push(CheckEntry {
                    id: item.as_str().to_owned(),
                    outcome,
                    detail: self.detail(item).to_owned(),
                });
            }
        }
        entries
    }

    /// The body of the request, and what stands in it is what was checked.
    pub(crate) fn body(&self, language: &str, entered_at: String) -> SubmitRequest {
        let Self { plain, personal } = self;
        let draft = self.draft();
        let [registered, equipped, ongoing, need] = plain.eligibility.clone();
        let acknowledged = Acknowledgement::ALL.iter().zip(plain.acknowledged).filter(|it| it.1);
        SubmitRequest {
            terms: TermsRefBody { id: plain.terms[0].clone(), sha256: plain.terms[1].clone() },
            language: language.to_owned(),
            eligibility: EligibilityBody { registered, equipped, ongoing, need },
            consents: ConsentsBody {
                terms: plain.agreed[0],
                app_terms: plain.agreed[1],
                acknowledged: acknowledged.map(|it| it.0.as_str().to_owned()).collect(),
            },
            own_device: plain.own_device.unwrap_or_default(),
            checklist: draft
                .checklist
                .into_iter()
                .map(|it| CheckBody { id: it.id, outcome: it.outcome, detail: it.detail })
                .collect(),
            person: PersonBody {
                name: draft.person.name,
                birth_date: draft.person.birth_date,
                job_seeker_number: draft.person.job_seeker_number,
            },
            wishes: draft.wishes,
            attendants: personal.attendants().iter().map(AttendantRow::body).collect(),
            accepted_findings: personal.accepted.clone(),
            entered_at,
        }
    }

    /// The pointer by which a fault names a line of the checklist, `/checklist/2`, as `/checklist/camera`.
    pub(crate) fn named_pointer(&self, pointer: &str) -> String {
        if pointer == "/terms" {
            // A revision is answered by the box that agrees to it.
            return "/consents/terms".to_owned();
        }
        let entry = pointer.strip_prefix("/checklist/").and_then(|it| it.parse::<usize>().ok());
        match entry.and_then(|at| self.checklist().into_iter().nth(at)) {
            Some(entry) => format!("/checklist/{}", entry.id),
            None => pointer.to_owned(),
        }
    }

    /// Sets the outcome of an item.
    pub(crate) fn set_check(&mut self, item: Item, outcome: Outcome) {
        outcome.as_str().clone_into(&mut self.plain.checks[item as usize]);
    }

    /// Takes the outcome of an item back, and what was found of it.
    pub(crate) fn clear_check(&mut self, item: Item) {
        self.plain.checks[item as usize].clear();
        self.plain.details[item as usize].clear();
    }

    /// What was found of an item.
    pub(crate) fn detail(&self, item: Item) -> &str {
        &self.plain.details[item as usize]
    }

    /// Notes what was found of an item.
    pub(crate) fn set_detail(&mut self, item: Item, detail: &str) {
        detail.clone_into(&mut self.plain.details[item as usize]);
    }

    /// Takes back what the program found on this device: it says nothing of another one.
    pub(crate) fn forget_tests(&mut self) {
        for item in Item::ALL {
            let found = match item {
                Item::SecureContext | Item::BrowserKind => continue,
                // A measured line that is not good has its figures with it.
                Item::Network => !self.detail(item).is_empty(),
                Item::Firewall => self.check(item) == Some(Outcome::NotApplicable),
                _ => self.check(item) == Some(Outcome::Passed),
            };
            if found {
                self.clear_check(item);
            }
            self.set_detail(item, "");
        }
    }

    /// The outcome of an item.
    pub(crate) fn check(&self, item: Item) -> Option<Outcome> {
        Outcome::parse(&self.plain.checks[item as usize])
    }
}

impl Plain {
    /// Keeps what a person has told, and forgets what a program found, or what is no answer at all.
    pub(crate) fn keep_only_told(&mut self) {
        for answer in &mut self.eligibility {
            if Answer::parse(answer).is_none() {
                answer.clear();
            }
        }
        for item in Item::ALL {
            let (outcome, detail) = (&mut self.checks[item as usize], &mut self.details[item as usize]);
            let was_measured = item == Item::Network && !detail.is_empty();
            if was_measured || Outcome::parse(outcome).is_none_or(|it| !it.can_be_told_of(item)) {
                outcome.clear();
            }
            detail.clear();
        }
    }

    /// Nothing has been answered; what the program found out by itself is no answer.
    pub(crate) fn is_untouched(&self) -> bool {
        let answered = self.eligibility.iter().any(|it| !it.is_empty());
        !answered
            && !self.agreed.contains(&true)
            && !self.acknowledged.contains(&true)
            && self.own_device.is_none()
    }
}

impl Personal {
    /// Whether anything is there that tells who somebody is, or how she communicates.
    pub(crate) fn names_somebody(&self) -> bool {
        let Self { name, year, month, day, number, .. } = self;
        [name, year, month, day, number].iter().any(|it| !it.is_empty()) || !self.attendants.is_empty()
    }

    /// The three fields of the date of birth as one line.
    pub(crate) fn birth_line(&self) -> String {
        line_from_fields(self.era(), &self.year, &self.month, &self.day)
    }

    /// The calendar in which the year is counted.
    pub(crate) fn era(&self) -> Era {
        Era::OFFERED.get(usize::from(self.era)).copied().unwrap_or(Era::Western)
    }

    /// The lines that count: none where nobody attends.
    fn attendants(&self) -> &[AttendantRow] {
        if self.has_attendants == Some(true) { &self.attendants } else { &[] }
    }
}

impl Sending {
    /// Freezes a request that was confirmed just now.
    pub(crate) fn new(key: String, body: String, now: Instant, last_wish: Instant) -> Self {
        let seconds = |it: Instant| u32::try_from(it.timestamp()).unwrap_or_default();
        Self { key, body, confirmed_at: seconds(now), last_wish: seconds(last_wish) }
    }

    /// As the outbox holds it.
    pub(crate) fn entry(&self) -> Entry {
        let millis = |it: u32| i64::from(it) * 1_000;
        Entry::new(&self.key, &self.body, millis(self.confirmed_at), millis(self.last_wish))
    }
}

impl AttendantRow {
    /// A fresh line: one person.
    pub(crate) fn new() -> Self {
        Self { count: "1".to_owned(), ..Self::default() }
    }

    /// How many, as read; as typed where it is no number.
    pub(crate) fn counted(&self) -> String {
        self.count().map_or_else(|| self.count.trim().to_owned(), |it| it.to_string())
    }

    fn count(&self) -> Option<u32> {
        let folded: String = self.count.trim().chars().map(half_width_digit).collect();
        folded.parse().ok()
    }

    fn entry(&self) -> AttendantEntry {
        AttendantEntry {
            kind: self.kind.clone(),
            language: self.language.clone(),
            count: self.count(),
            note: self.note.clone(),
        }
    }

    fn body(&self) -> AttendantBody {
        AttendantBody {
            kind: self.kind.clone(),
            language: self.language.trim().to_owned(),
            count: self.count().unwrap_or(0),
            note: self.note.trim().to_owned(),
        }
    }
}

fn half_width_digit(symbol: char) -> char {
    match symbol {
        '０'..='９' => char::from_u32(u32::from(symbol) - 0xFEE0).unwrap_or(symbol),
        _ => symbol,
    }
}
