//! Wire types of `/api/v1`, apart from the domain's own types: a field here is a promise to every client.
//!
//! JSON, names in snake case. Instants are RFC 3339, answered at +09:00. The server reads the body of `POST /requests` more
//! forgivingly than [`SubmitRequest`] says, so that a wrongly typed item is told as that item's fault.

use serde::{Deserialize, Serialize};

use crate::policy::{Contact, Policy};

#[cfg(feature = "openapi")]
use utoipa::ToSchema;

mod visit;

pub use visit::{VisitReport, report};

macro_rules! wire {
    ($($(#[$meta:meta])* struct $name:ident { $($(#[$field_meta:meta])* $field:ident $(as $wire:literal)?: $kind:ty),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(ToSchema))]
        pub struct $name { $($(#[$field_meta])* pub $field: $kind),+ }

        crate::wire_fields!($name { $($field $(as $wire)?),+ });
    )+};
}

wire! {
    /// `GET /office`
    struct OfficeView {
        /// Short identifier.
        id: String,
        /// Official name.
        name: String,
        /// How the office is reached; empty texts are not known.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        contact: Contact,
        /// What dials the office, `tel:0134000000`, without what comes after the number; empty where there is none.
        telephone_link: String,
        /// Every setting that the rules need.
        #[cfg_attr(feature = "openapi", schema(value_type = Object))]
        policy: Policy,
        /// Versions of the terms of use.
        terms: TermsVersions,
        /// The server's clock.
        server_time: String,
    }

    /// The version in force and those announced.
    struct TermsVersions {
        /// In force today.
        in_force: TermsVersion,
        /// Known and not yet in force, the nearest first.
        announced: Vec<TermsVersion>,
    }

    /// A version of the terms.
    struct TermsVersion {
        /// `otaru-2023-10-01`
        id: String,
        /// SHA-256 of the published file's bytes, lower-case hexadecimal.
        sha256: String,
        /// In force from this day, `2023-10-01`.
        effective: String,
    }

    /// `GET /terms/{id}`
    struct TermsView {
        /// The version.
        id: String,
        /// SHA-256 of the published file's bytes, lower-case hexadecimal.
        sha256: String,
        /// In force from this day.
        effective: String,
        /// Title, preamble, articles and supplement in order.
        articles: Vec<ArticleView>,
    }

    /// An article, the preamble or the supplement.
    struct ArticleView {
        /// `4`, `preamble`, `supplement`
        clause: String,
        /// Anchor on a page, `article-4`.
        anchor: String,
        /// Its lines without blank ones.
        lines: Vec<LineView>,
    }

    /// A line of the terms.
    struct LineView {
        /// `4(1)④`
        clause: String,
        /// `title`, `heading`, `text`, `paragraph`, `item`, `signature`
        kind: String,
        /// The words, without list mark.
        text: String,
    }

    /// `GET /slots`
    struct SlotsView {
        /// From `from` to `to`, both included.
        days: Vec<DayView>,
        /// The server's clock.
        server_time: String,
    }

    /// A day of the booking calendar.
    struct DayView {
        /// `2026-11-26`
        date: String,
        /// Whether anything can be wished for on it now.
        bookable: bool,
        /// Why not.
        code: Option<String>,
        /// The clause of that reason; null where it is the office's setting.
        clause: Option<String>,
        /// `office_setting` where there is a reason and no clause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<String>,
        /// Why not, in words.
        message: Option<String>,
        /// From this moment on a request for the day is too late.
        request_before: String,
        /// The slots of a business day.
        slots: Vec<SlotView>,
    }

    /// A start that can be wished for.
    struct SlotView {
        /// Start of the counselling.
        start: String,
        /// `free`, `few`, `full`
        state: String,
    }

    /// Body of `POST /requests`.
    struct SubmitRequest {
        /// The version of the terms that was agreed to.
        terms: TermsRefBody,
        /// Language of the interface.
        language: String,
        /// Article 2.
        eligibility: EligibilityBody,
        /// Preamble, articles 3 and 11.
        consents: ConsentsBody,
        /// Whether this device will be used on the day.
        own_device: bool,
        /// Article 10, every item once.
        checklist: Vec<CheckBody>,
        /// 4(1)①②③
        person: PersonBody,
        /// 4(1)④ one to three starts in order of preference.
        wishes: Vec<String>,
        /// 10(3)
        #[serde(default)]
        attendants: Vec<AttendantBody>,
        /// Please-check codes that the person saw and confirmed.
        #[serde(default)]
        accepted_findings: Vec<String>,
        /// The device's clock when the person confirmed.
        entered_at: String,
    }

    /// A version of the terms by id and digest.
    struct TermsRefBody {
        /// `otaru-2023-10-01`
        id: String,
        /// SHA-256 of the published bytes.
        sha256: String,
    }

    /// Answers to the conditions of article 2.
    struct EligibilityBody {
        /// `yes`, `no`
        registered: String,
        /// `yes`, `no`
        equipped: String,
        /// `yes`, `no`
        ongoing: String,
        /// `yes`, `not_sure`
        need: String,
    }

    /// Consents and acknowledgements.
    struct ConsentsBody {
        /// The office's terms.
        terms: bool,
        /// The app's terms of service.
        app_terms: bool,
        /// Names of the duties acknowledged.
        acknowledged: Vec<String>,
    }

    /// A line of the checklist.
    struct CheckBody {
        /// `camera`
        id: String,
        /// `passed`, `by_the_day`, `attested`, `not_applicable`, `failed`, `unknown`
        outcome: String,
        /// What was found.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        detail: String,
    }

    /// The personal items.
    struct PersonBody {
        /// 氏名
        name: String,
        /// 生年月日, in either calendar.
        birth_date: String,
        /// 求職番号
        job_seeker_number: String,
    }

    /// Attendants of one kind.
    struct AttendantBody {
        /// `interpreter`, `sign_language_or_captions`, `caregiver`, `other`
        kind: String,
        /// Language, for an interpreter.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        language: String,
        /// 1 to 5.
        count: u32,
        /// A note of up to 200 characters.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    }

    /// 201 of `POST /requests`.
    struct Accepted {
        /// Short number to say on the telephone.
        reception_number: String,
        /// Secret that opens the receipt.
        receipt_code: String,
        /// `requested`
        state: String,
        /// The wishes in order; a code names why one has gone meanwhile.
        wishes: Vec<WishView>,
    }

    /// A wish of an accepted request.
    struct WishView {
        /// Start of the counselling.
        start: String,
        /// `slot_too_late`, `slot_full`, or null while it stands.
        code: Option<String>,
        /// The clause of that reason; null where it is the office's setting.
        clause: Option<String>,
        /// `office_setting` where there is a reason and no clause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<String>,
    }

    /// `GET /requests/{reception_number}`
    struct RequestView {
        /// Short number to say on the telephone.
        reception_number: String,
        /// State of the booking.
        state: String,
        /// Counts every change.
        version: u32,
        /// When the server received it.
        received_at: String,
        /// The wishes in order.
        wishes: Vec<WishView>,
        /// The arranged counselling.
        appointment: Option<AppointmentView>,
        /// How to join it.
        meeting: Option<MeetingView>,
        /// What the office tells the seeker of a refusal, a cancellation by the office, or a stop.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// How it can be cancelled now: `telephone`, `mail`.
        cancel_channels: Vec<String>,
        /// Items of the checklist still to be prepared or looked at.
        preparations: Vec<String>,
        /// The version of the terms that was agreed to.
        terms: TermsRefBody,
    }

    /// An arranged counselling.
    struct AppointmentView {
        /// Its start.
        start: String,
        /// Its end.
        end: String,
    }

    /// How to join a counselling.
    struct MeetingView {
        /// Grouped digits.
        id: String,
        /// Join link.
        link: Option<String>,
        /// Passcode.
        passcode: String,
    }

    /// `GET /requests/{reception_number}/qr`: the receipt's link as a QR code.
    struct QrView {
        /// Modules on each side, the quiet zone of four on every side included.
        size: u32,
        /// The dark modules as an SVG path, in modules.
        path: String,
    }

    /// A problem document (RFC 9457).
    struct Problem {
        /// A name for the kind of problem.
        #[serde(rename = "type")]
        kind as "type": String,
        /// A few words.
        title: String,
        /// HTTP status.
        status: u16,
        /// What is the matter and what to do, in sentences.
        detail: String,
        /// Stable refusal code.
        code: String,
        /// The clause it stands on.
        clause: Option<String>,
        /// `office_setting` where there is no clause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<String>,
        /// The faults of a request, all at once.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        violations: Vec<ViolationView>,
        /// With `terms_changed`: the version in force.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<TermsVersion>,
    }

    /// One fault of a request.
    struct ViolationView {
        /// JSON pointer into the request.
        pointer: String,
        /// Stable refusal code.
        code: String,
        /// The clause it stands on.
        clause: Option<String>,
        /// `office_setting` where there is no clause.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<String>,
        /// What is the matter.
        message: String,
        /// What to do.
        next: String,
        /// `must_fix`, `please_check`
        grade: String,
    }
}

impl RequestView {
    /// Whether its state is one of these.
    pub fn is_one_of(&self, states: &[&str]) -> bool {
        states.iter().any(|it| *it == self.state)
    }

    /// Whether it waits, or is arranged and still to come: it can be cancelled, and prepared for.
    pub fn is_open(&self) -> bool {
        self.is_one_of(&["requested", "confirmed"])
    }

    /// Whether something that belongs to its state is missing: the office could not read it, and has to be asked.
    pub fn lacks_a_piece(&self) -> bool {
        let told = ["declined", "cancelled_by_office", "stopped"];
        (self.state == "confirmed" && self.meeting.is_none())
            || (self.is_one_of(&told) && self.reason.is_none())
    }
}

/// What `basis` says where a rule goes beyond the terms.
pub const OFFICE_SETTING: &str = "office_setting";

/// The `basis` of a reason: the office's setting where no clause is named.
pub fn office_setting(no_clause: bool) -> Option<String> {
    no_clause.then(|| OFFICE_SETTING.to_owned())
}

#[cfg(test)]
mod tests;
