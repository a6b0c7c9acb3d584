//! Everything entered so far, as the forms carry it from page to page: nothing of it is kept on the server before it is sent.
//!
//! Every page sends all of it, what it shows in its fields and the rest in hidden ones, so that nothing is lost by going back, by a
//! refusal or by another language. None of it is believed: the rules judge it anew each time.

use precheck_shared::checklist::{CheckEntry, Item, Outcome};
use precheck_shared::consent::{Acknowledgement, ConsentSubject, Consents, TermsRef};
use precheck_shared::eligibility::{Answer, Condition};
use precheck_shared::journey::{Draft, PersonEntry, Step};
use precheck_shared::person::{AttendantEntry, Era, line_from_fields};
use precheck_shared::violation::Code;
use sha2::{Digest as _, Sha256};

use crate::desk::Fields;
use crate::vault::hex;

/// Most lines for attendants.
pub(super) const MOST_ROWS: usize = 5;

/// Most values of one name that are carried on: more than any rule accepts, so that the rules still refuse them.
const MOST_VALUES: usize = 8;

/// The parts of a line for attendants.
const ROW: [&str; 4] = ["kind", "language", "count", "note"];

/// Names and values, in order.
#[derive(Clone, Default)]
pub(super) struct Entry(Vec<(String, String)>);

/// The names that a step asks for; what the program carries beside them stands at the end.
fn names(step: Step) -> Vec<String> {
    let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|it| (*it).to_owned()).collect() };
    match step {
        Step::Conditions => Condition::ALL
            .iter()
            .map(|it| format!("eligibility-{}", it.as_str()))
            .chain(owned(&["shared_device"]))
            .collect(),
        Step::Consent => ConsentSubject::ALL
            .iter()
            .map(|it| format!("consents-{}", it.as_str()))
            .chain(Acknowledgement::ALL.iter().map(|it| format!("consents-acknowledged-{}", it.as_str())))
            .collect(),
        Step::Check => {
            asked().map(|it| format!("checklist-{}", it.as_str())).chain(owned(&["own_device"])).collect()
        }
        Step::Booking => {
            let mut all = owned(&[
                "person-name",
                "person-birth_date-era",
                "person-birth_date",
                "person-birth_date-month",
                "person-birth_date-day",
                "person-job_seeker_number",
                "attendants",
            ]);
            all.extend((0..MOST_ROWS).flat_map(|at| ROW.map(|part| format!("attendants-{at}-{part}"))));
            all
        }
        Step::Review | Step::Receipt => owned(&[
            "key",
            "terms-id",
            "terms-sha256",
            "terms-before",
            "wishes",
            "day",
            "rows",
            "accepted",
            "asked",
            "about",
            "returning",
        ]),
    }
}

/// The items that a person answers: the other two are about a page with a camera, which this is not.
pub(super) fn asked() -> impl Iterator<Item = Item> {
    Item::ALL.into_iter().filter(|it| Outcome::Attested.can_be_told_of(*it))
}

impl Entry {
    /// What a form has sent; other names than ours are left out.
    pub(super) fn read(fields: &Fields) -> Self {
        let mut entry = Self::default();
        for name in Step::ALL.into_iter().take(5).flat_map(names) {
            let many = if matches!(name.as_str(), "wishes" | "accepted" | "asked") { MOST_VALUES } else { 1 };
            for value in fields.all(&name).take(many) {
                entry.0.push((name.clone(), value.to_owned()));
            }
        }
        if entry.get("about") != entry.about() {
            // What was confirmed of other values is asked again.
            entry.0.retain(|it| !matches!(it.0.as_str(), "accepted" | "asked"));
        }
        entry
    }

    /// A value, as entered; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|it| it.0 == name).map(|it| it.1.clone()).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|it| it.0 == name)
    }

    /// Puts these values in the place of those at a name.
    pub(super) fn put(&mut self, name: &str, values: Vec<String>) {
        self.0.retain(|it| it.0 != name);
        self.0.extend(values.into_iter().map(|it| (name.to_owned(), it)));
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.put(name, vec![value.to_owned()]);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.put(name, Vec::new());
    }

    /// What a page carries on in hidden fields: all that it does not show itself.
    pub(super) fn hidden(&self, shown: Option<Step>) -> Vec<(String, String)> {
        let visible = shown.filter(|it| *it < Step::Review).map(names).unwrap_or_default();
        let carried = |it: &&(String, String)| it.0 != "about" && !visible.contains(&it.0);
        let mut hidden: Vec<_> = self.0.iter().filter(carried).cloned().collect();
        hidden.push(("about".to_owned(), self.about()));
        hidden
    }

    /// What the person was asked about, so that an answer to it is not taken for one about something else.
    fn about(&self) -> String {
        let mut digest = Sha256::new();
        for name in names(Step::Booking).iter().map(String::as_str).chain(["wishes"]) {
            for value in self.0.iter().filter(|it| it.0 == name) {
                digest.update([name.as_bytes(), &[0], value.1.as_bytes(), &[1]].concat());
            }
        }
        hex(&digest.finalize()[..8])
    }

    /// Takes what was asked about as confirmed: the same button was pressed again.
    pub(super) fn confirm_asked(&mut self) {
        let mut accepted = self.all("accepted");
        accepted.extend(self.all("asked"));
        accepted.sort();
        accepted.dedup();
        self.put("accepted", accepted);
        self.remove("asked");
    }

    pub(super) fn outcome(&self, item: Item) -> &str {
        self.get(&format!("checklist-{}", item.as_str()))
    }

    pub(super) fn era(&self) -> Era {
        let at = self.get("person-birth_date-era").parse::<usize>().unwrap_or_default();
        Era::OFFERED.get(at).copied().unwrap_or(Era::Western)
    }

    /// The date of birth as one line.
    pub(super) fn birth_line(&self) -> String {
        let part = |name: &str| self.get(&format!("person-birth_date{name}"));
        line_from_fields(self.era(), part(""), part("-month"), part("-day"))
    }

    pub(super) fn wishes(&self) -> Vec<String> {
        self.all("wishes")
    }

    /// Whether somebody attends.
    pub(super) fn attended(&self) -> bool {
        self.get("attendants") == "yes"
    }

    /// Lines for attendants that are shown: those filled in, and as many as were asked for; one at least.
    pub(super) fn rows(&self) -> usize {
        let filled = (0..MOST_ROWS)
            .filter(|at| ["kind", "language", "note"].iter().any(|it| !self.row(*at, it).is_empty()))
            .map(|at| at + 1)
            .max();
        let wanted = self.get("rows").parse::<usize>().unwrap_or_default();
        filled.unwrap_or_default().max(wanted).clamp(1, MOST_ROWS)
    }

    /// A part of a line for attendants.
    pub(super) fn row(&self, at: usize, part: &str) -> &str {
        self.get(&format!("attendants-{at}-{part}"))
    }

    /// Takes a line out; those below it close up.
    pub(super) fn remove_row(&mut self, at: usize) {
        let rows = self.rows();
        for place in at..MOST_ROWS {
            for part in ROW {
                let next = self.row(place + 1, part).to_owned();
                let name = format!("attendants-{place}-{part}");
                if next.is_empty() { self.remove(&name) } else { self.set(&name, &next) }
            }
        }
        self.set("rows", &rows.saturating_sub(1).max(1).to_string());
    }

    /// The checklist in the order of the items. What this page cannot find out is not known.
    pub(super) fn checklist(&self) -> Vec<CheckEntry> {
        let entry = |item: Item| {
            let outcome = if asked().any(|it| it == item) {
                self.outcome(item).to_owned()
            } else {
                Outcome::Unknown.as_str().to_owned()
            };
            CheckEntry { id: item.as_str().to_owned(), outcome, detail: String::new() }
        };
        Item::ALL.into_iter().map(entry).filter(|it| !it.outcome.is_empty()).collect()
    }

    /// What the rules judge.
    pub(super) fn draft(&self) -> Draft {
        let ticked = |name: String| self.has(&name);
        let row = |at: usize| AttendantEntry {
            kind: self.row(at, "kind").to_owned(),
            language: self.row(at, "language").to_owned(),
            count: whole(self.row(at, "count")),
            note: self.row(at, "note").to_owned(),
        };
        let rows = if self.attended() { self.rows() } else { 0 };
        Draft {
            terms: TermsRef {
                id: self.get("terms-id").to_owned(),
                sha256: self.get("terms-sha256").to_owned(),
            },
            eligibility: Condition::ALL
                .map(|it| Answer::parse(self.get(&format!("eligibility-{}", it.as_str())))),
            consents: Consents {
                agreed: ConsentSubject::ALL.map(|it| ticked(format!("consents-{}", it.as_str()))),
                acknowledged: Acknowledgement::ALL
                    .map(|it| ticked(format!("consents-acknowledged-{}", it.as_str()))),
            },
            own_device: match self.get("own_device") {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            checklist: self.checklist(),
            person: PersonEntry {
                name: self.get("person-name").to_owned(),
                birth_date: self.birth_line(),
                job_seeker_number: self.get("person-job_seeker_number").to_owned(),
            },
            wishes: self.wishes(),
            attendants: (0..rows).map(row).collect(),
            accepted: self.all("accepted").iter().filter_map(|it| Code::parse(it)).collect(),
        }
    }
}

/// A whole number in digits of either width.
fn whole(typed: &str) -> Option<u32> {
    let half = |it: char| match it {
        '０'..='９' => char::from_u32(u32::from(it) - 0xFEE0).unwrap_or(it),
        it => it,
    };
    typed.trim().chars().map(half).collect::<String>().parse().ok()
}
