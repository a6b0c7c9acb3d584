//! Article 4(2): the appointment as a file for calendars, RFC 5545.
//!
//! One event in UTC, which needs no table of time zones. Its name (`UID`) is the reception number, so that a moved appointment
//! takes the place of the one before, and nothing in it is secret; the whole is marked private, since the meeting's passcode
//! stands in it. Only a confirmed counselling has one: what was cancelled is told by the receipt, and calendars differ too much
//! in what they do with a cancellation that is handed to them as a file.

use precheck_shared::booking::{BookingState, Meeting, ReceiptCode, ReceptionNumber};
use precheck_shared::policy::Policy;
use precheck_shared::texts::Texts;
use precheck_shared::time::Instant;

use super::receipt::owned;
use super::{clock, sealed, standing};
use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{StoredAppointment, StoredBooking};

/// Longest line in octets, without its end.
const LONGEST_LINE: usize = 75;

/// A file to be saved.
pub struct CalendarFile {
    /// What it is called.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The appointment for whoever holds number and code; to everyone else the same refusal after the same work.
///
/// # Errors
/// `not_found`, also while the request is not confirmed; `unavailable`.
pub async fn appointment(
    app: &AppState,
    number: Option<ReceptionNumber>,
    code: Option<ReceiptCode>,
    texts: &Texts,
) -> Result<CalendarFile, ApiError> {
    let now = app.clock.now();
    let policy = &*app.office.policy();
    let stored = owned(app, number, code).await?;
    let booking = standing::as_stored(policy, &stored)?;
    let stands = standing::fell_due(policy, clock::due_at(app, now).await?, &stored, &booking).is_none();
    let (BookingState::Confirmed(_), Some(made), true) = (&booking.state, &stored.appointment, stands) else {
        return Err(ApiError::NotFound);
    };
    let meeting = sealed::open_meeting(app, &stored.number, made.version, &made.meeting).into_read();
    Ok(CalendarFile {
        name: format!("counselling-{}.ics", stored.number.as_str()),
        text: event(policy, now, texts, &stored, made, meeting.as_ref()),
    })
}

fn event(
    policy: &Policy,
    now: Instant,
    texts: &Texts,
    stored: &StoredBooking,
    made: &StoredAppointment,
    meeting: Option<&Meeting>,
) -> String {
    let office = if texts.is_japanese() { &policy.office.short_name } else { &policy.office.name_en };
    let summary = texts.fill("event.summary", &[("office", office)]);
    let uid = format!("{}.{}@online-counselling-precheck", stored.number.as_str(), policy.office.id);
    let mut file = Lines::default();
    for (name, value) in [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", "-//online-counselling-precheck//precheck-server//JA"),
        ("CALSCALE", "GREGORIAN"),
        ("BEGIN", "VEVENT"),
    ] {
        file.plain(name, value);
    }
    file.text("UID", &uid);
    file.plain("DTSTAMP", &utc(now));
    file.plain("SEQUENCE", &stored.version.to_string());
    file.plain("STATUS", "CONFIRMED");
    file.plain("CLASS", "PRIVATE");
    file.plain("DTSTART", &utc(made.start));
    file.plain("DTEND", &utc(made.end));
    file.text("SUMMARY", &summary);
    file.text("LOCATION", &texts.fill("event.location", &[("app", &policy.app.name)]));
    file.text("DESCRIPTION", &description(policy, texts, stored, meeting, office));
    if let Some(link) = meeting.and_then(|it| it.link.as_ref()) {
        file.plain("URL", link);
    }
    file.plain("BEGIN", "VALARM");
    file.plain("ACTION", "DISPLAY");
    file.plain("TRIGGER", "-PT15M");
    file.text("DESCRIPTION", &summary);
    for component in ["VALARM", "VEVENT", "VCALENDAR"] {
        file.plain("END", component);
    }
    file.0
}

/// Everything that is needed on the day, since not every calendar shows the address of an event.
fn description(
    policy: &Policy,
    texts: &Texts,
    stored: &StoredBooking,
    meeting: Option<&Meeting>,
    office: &str,
) -> String {
    let mut lines = Vec::new();
    if let Some(meeting) = meeting {
        lines.extend(meeting.link.iter().map(|it| texts.fill("event.link", &[("link", it)])));
        lines.push(texts.fill("event.meeting", &[("id", &meeting.id.to_string())]));
        if !meeting.passcode.is_empty() {
            lines.push(texts.fill("event.passcode", &[("passcode", &meeting.passcode)]));
        }
    } else {
        lines.push(texts.get("receipt.unreadable").to_owned());
    }
    lines.push(String::new());
    lines.push(texts.fill("event.number", &[("number", &stored.number.to_string())]));
    let telephone = &policy.contact.telephone;
    if !telephone.is_empty() {
        lines.push(texts.fill("event.telephone", &[("office", office), ("telephone", telephone)]));
    }
    let minutes = policy.cancellation.grace_minutes.to_string();
    lines.push(texts.fill("event.cancel", &[("minutes", &minutes)]));
    lines.push(texts.get("event.changes").to_owned());
    lines.join("\n")
}

pub(super) fn utc(instant: Instant) -> String {
    instant.to_utc().format("%Y%m%dT%H%M%SZ").to_string()
}

/// Content lines: folded, each ended by CR and LF.
#[derive(Default)]
pub(super) struct Lines(pub(super) String);

impl Lines {
    /// A value that is words: separators and line ends are escaped, other control characters left out.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        let mut escaped = String::with_capacity(value.len() + 8);
        for symbol in value.chars() {
            match symbol {
                '\n' => escaped.push_str("\\n"),
                '\\' | ';' | ',' => escaped.extend(['\\', symbol]),
                it if it.is_control() => {}
                it => escaped.push(it),
            }
        }
        self.plain(name, &escaped);
    }

    /// A value as it is. No line is longer than 75 octets, and no character is cut.
    pub(super) fn plain(&mut self, name: &str, value: &str) {
        let mut octets = 0;
        for symbol in name.chars().chain([':']).chain(value.chars()) {
            if LONGEST_LINE < octets + symbol.len_utf8() {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            octets += symbol.len_utf8();
            self.0.push(symbol);
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_at_75_octets_and_no_character_is_cut() {
        for first in 0..4 {
            let value = "x".repeat(first) + &"樽😀é".repeat(40);
            let mut lines = Lines::default();
            lines.plain("SUMMARY", &value);
            let folded: Vec<_> = lines.0.split_terminator("\r\n").collect();
            assert!(folded.iter().all(|it| it.len() <= LONGEST_LINE), "{folded:?}");
            assert!(folded[1..].iter().all(|it| it.starts_with(' ')));
            assert!(folded[..folded.len() - 1].iter().all(|it| LONGEST_LINE - 4 < it.len()), "{folded:?}");
            assert_eq!(lines.0.replace("\r\n ", ""), format!("SUMMARY:{value}\r\n"));
        }
    }

    #[test]
    fn words_begin_no_line_and_no_value_of_their_own() {
        let mut lines = Lines::default();
        lines.text("DESCRIPTION", "a;b,c\\d\r\nEND:VEVENT\re\u{7}");
        assert_eq!(lines.0, "DESCRIPTION:a\\;b\\,c\\\\d\\nEND:VEVENTe\r\n");
    }
}
