//! The body of `POST /requests`, read forgivingly.
//!
//! A wrongly typed or missing item becomes an empty one, so that the rules tell it as that item's fault, together with all
//! others. What has no code of its own (`language`, `entered_at`, `accepted_findings`, a field that nobody knows) is
//! `malformed`, all such places in one answer. Nothing is judged here.

use precheck_shared::checklist::{CheckEntry, LONGEST_DETAIL};
use precheck_shared::consent::{Acknowledgement, Consents, TermsRef};
use precheck_shared::eligibility::{Answer, Answers, Condition};
use precheck_shared::journey::{Draft, PersonEntry};
use precheck_shared::person::AttendantEntry;
use precheck_shared::time::{Instant, parse_instant};
use precheck_shared::violation::Code;
use serde_json::{Map, Value};

use crate::error::{ApiError, Place};
use crate::service::RequestAsEntered;

/// An attendant's text that no rule accepts: it stands for one that is no text.
const NO_TEXT: &str = "\0";

/// Longer than the rules take a check's detail: so much of [`NO_TEXT`] stands for one that is no text.
const TOO_LONG: usize = LONGEST_DETAIL + 1;

/// Longest name of an unknown field that is repeated in an answer.
const LONGEST_NAME: usize = 60;

/// Most places named in one answer.
const MOST_PLACES: usize = 20;

/// Reads the items of a request.
pub(super) fn read(body: &Value) -> Result<RequestAsEntered, ApiError> {
    let Value::Object(body) = body else {
        return Err(ApiError::Malformed("the body is no JSON object".to_owned()));
    };
    let mut reader = Reader::default();
    reader.known_fields(
        "",
        body,
        &[
            "terms",
            "language",
            "eligibility",
            "consents",
            "own_device",
            "checklist",
            "person",
            "wishes",
            "attendants",
            "accepted_findings",
            "entered_at",
        ],
    );
    let draft = Draft {
        terms: reader.terms(body.get("terms")),
        eligibility: reader.eligibility(body.get("eligibility")),
        consents: reader.consents(body.get("consents")),
        own_device: body.get("own_device").and_then(Value::as_bool),
        checklist: reader.checklist(body.get("checklist")),
        person: reader.person(body.get("person")),
        wishes: array(body.get("wishes")).iter().map(text).collect(),
        attendants: reader.attendants(body.get("attendants")),
        accepted: reader.accepted_findings(body.get("accepted_findings")),
    };
    let language = reader.language(body.get("language"));
    let entered_at = reader.entered_at(body.get("entered_at"));
    match (language, entered_at) {
        (Some(language), Some(entered_at)) if reader.places.is_empty() => {
            Ok(RequestAsEntered { draft, language, entered_at })
        }
        _ => Err(ApiError::Unreadable(reader.places)),
    }
}

/// The language that the body names, whatever else is wrong with it.
pub(super) fn language(body: &Value) -> Option<&str> {
    body.get("language").and_then(Value::as_str).filter(|it| is_language(it))
}

/// Collects the places that cannot be read.
#[derive(Default)]
struct Reader {
    places: Vec<Place>,
}

impl Reader {
    fn malformed(&mut self, pointer: impl Into<String>, why: &'static str) {
        if self.places.len() < MOST_PLACES {
            self.places.push(Place { pointer: pointer.into(), why });
        }
    }

    fn known_fields(&mut self, place: &str, object: &Map<String, Value>, known: &[&str]) {
        for name in object.keys().filter(|it| !known.contains(&it.as_str())) {
            let shown: String = name.chars().filter(|it| !it.is_control()).take(LONGEST_NAME).collect();
            // As RFC 6901 has it.
            let escaped = shown.replace('~', "~0").replace('/', "~1");
            self.malformed(format!("{place}/{escaped}"), "unknown field");
        }
    }

    /// The fields of an object; none where it is something else.
    fn object<'a>(
        &mut self,
        place: &str,
        value: Option<&'a Value>,
        known: &[&str],
    ) -> Option<&'a Map<String, Value>> {
        let object = value?.as_object()?;
        self.known_fields(place, object, known);
        Some(object)
    }

    fn terms(&mut self, value: Option<&Value>) -> TermsRef {
        let Some(terms) = self.object("/terms", value, &["id", "sha256"]) else { return TermsRef::default() };
        TermsRef { id: field(terms, "id"), sha256: field(terms, "sha256") }
    }

    fn eligibility(&mut self, value: Option<&Value>) -> Answers {
        let known = Condition::ALL.map(Condition::as_str);
        let Some(given) = self.object("/eligibility", value, &known) else { return Answers::default() };
        known.map(|it| given.get(it).and_then(Value::as_str).and_then(Answer::parse))
    }

    fn consents(&mut self, value: Option<&Value>) -> Consents {
        let known = ["terms", "app_terms", "acknowledged"];
        let Some(given) = self.object("/consents", value, &known) else { return Consents::default() };
        let ticked = |name: &str| given.get(name) == Some(&Value::Bool(true));
        let acknowledged = array(given.get("acknowledged"));
        // What is no name of a duty acknowledges none.
        let names = |it: Acknowledgement| acknowledged.iter().any(|name| name == it.as_str());
        Consents {
            agreed: [ticked("terms"), ticked("app_terms")],
            acknowledged: Acknowledgement::ALL.map(names),
        }
    }

    fn checklist(&mut self, value: Option<&Value>) -> Vec<CheckEntry> {
        let mut entries = Vec::new();
        for (at, entry) in array(value).iter().enumerate() {
            let place = format!("/checklist/{at}");
            let Some(entry) = self.object(&place, Some(entry), &["id", "outcome", "detail"]) else {
                entries.push(CheckEntry::default());
                continue;
            };
            let detail = match entry.get("detail") {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(detail)) => detail.clone(),
                Some(_) => NO_TEXT.repeat(TOO_LONG),
            };
            entries.push(CheckEntry { id: field(entry, "id"), outcome: field(entry, "outcome"), detail });
        }
        entries
    }

    fn person(&mut self, value: Option<&Value>) -> PersonEntry {
        let known = ["name", "birth_date", "job_seeker_number"];
        let Some(person) = self.object("/person", value, &known) else { return PersonEntry::default() };
        PersonEntry {
            name: field(person, "name"),
            birth_date: field(person, "birth_date"),
            job_seeker_number: field(person, "job_seeker_number"),
        }
    }

    fn attendants(&mut self, value: Option<&Value>) -> Vec<AttendantEntry> {
        let entries = match value {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(entries)) => entries.as_slice(),
            // Read as one attendant without kind and count, which the rules refuse.
            Some(_) => return vec![AttendantEntry::default()],
        };
        let mut attendants = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let place = format!("/attendants/{at}");
            let entry = self.object(&place, Some(entry), &["kind", "language", "count", "note"]);
            attendants.push(entry.map(attendant).unwrap_or_default());
        }
        attendants
    }

    /// Codes that this version does not know are superfluous, not wrong.
    fn accepted_findings(&mut self, value: Option<&Value>) -> Vec<Code> {
        match value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(codes)) => {
                for (at, _) in codes.iter().enumerate().filter(|(_, it)| !it.is_string()) {
                    self.malformed(format!("/accepted_findings/{at}"), "a text is expected");
                }
                codes.iter().filter_map(Value::as_str).filter_map(Code::parse).collect()
            }
            Some(_) => {
                self.malformed("/accepted_findings", "a list of texts is expected");
                Vec::new()
            }
        }
    }

    fn language(&mut self, value: Option<&Value>) -> Option<String> {
        let language = value.and_then(Value::as_str).filter(|it| is_language(it));
        if language.is_none() {
            self.malformed("/language", "a language tag such as `ja` is expected");
        }
        language.map(str::to_owned)
    }

    fn entered_at(&mut self, value: Option<&Value>) -> Option<Instant> {
        let entered_at = value.and_then(Value::as_str).and_then(parse_instant);
        if entered_at.is_none() {
            self.malformed("/entered_at", "an instant such as 2026-11-24T09:01:02+09:00 is expected");
        }
        entered_at
    }
}

fn attendant(entry: &Map<String, Value>) -> AttendantEntry {
    let optional = |name: &str| match entry.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => NO_TEXT.to_owned(),
    };
    AttendantEntry {
        kind: field(entry, "kind"),
        language: optional("language"),
        count: entry.get("count").and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok()),
        note: optional("note"),
    }
}

/// The items of a list; none where it is something else.
fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text; an empty one where it is missing or something else.
fn field(object: &Map<String, Value>, name: &str) -> String {
    object.get(name).map(text).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The form of a language tag (RFC 5646): subtags of one to eight letters and digits between single hyphens.
fn is_language(tag: &str) -> bool {
    let subtag = |it: &str| (1..=8).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_alphanumeric());
    (2..=35).contains(&tag.len()) && tag.split('-').all(subtag)
}
