//! 4(2) ミーティングID等: how a counselling is joined.

use std::fmt;

use crate::clause::paragraph;
use crate::person::{half_width, has_no_width, is_hyphen};
use crate::policy::ConferencingApp;
use crate::texts::cut;
use crate::violation::{Code, Violation};

/// A meeting ID of 9 to 11 digits at Otaru.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingId(String);

/// Meeting ID, and the join link or passcode if there is one. The link's `pwd` is a secret, so nothing of it is shown
/// in a `Debug` line.
#[derive(Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The ID.
    pub id: MeetingId,
    /// The link that it was read from.
    pub link: Option<String>,
    /// The passcode.
    pub passcode: String,
}

impl Meeting {
    /// Reads a meeting ID or a join link, with any please-check findings.
    ///
    /// # Errors
    /// `meeting_invalid`: neither an ID nor an https link to the app's own host with an ID in it.
    pub fn parse(
        app: &ConferencingApp,
        typed: &str,
        passcode: &str,
    ) -> Result<(Self, Vec<Violation>), Violation> {
        let typed = typed.trim();
        let link = typed.contains("://").then(|| typed.to_owned());
        let digits = match &link {
            Some(link) => id_in_link(app, link),
            None => Some(typed.chars().filter(|it| !is_filler(*it)).map(half_width).collect::<String>()),
        };
        let lengths = usize::from(app.meeting_id_digits_min)..=usize::from(app.meeting_id_digits_max);
        let id = digits
            .filter(|it| lengths.contains(&it.len()) && it.bytes().all(|digit| digit.is_ascii_digit()))
            .ok_or_else(|| Violation::of_clause(paragraph(4, 2), Code::MeetingInvalid, "/meeting"))?;
        let finding = match id.len() {
            9 => Some(Code::MeetingIdOldForm),
            10 => Some(Code::MeetingIdPersonalRoom),
            _ => None,
        };
        let findings = finding.map(|code| Violation::of_setting(code, "/meeting")).into_iter().collect();
        Ok((Self { id: MeetingId(id), link, passcode: passcode.trim().to_owned() }, findings))
    }
}

impl Meeting {
    /// As it was kept. Not judged again: the office's settings may have changed since it was arranged.
    pub fn kept(id: &str, link: Option<String>, passcode: String) -> Self {
        Self { id: MeetingId(id.chars().filter(char::is_ascii_digit).collect()), link, passcode }
    }
}

/// Grouped as the app shows it: 123 4567 8901.
impl fmt::Display for MeetingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = if self.0.len() == 11 { 7 } else { 6 };
        match (self.0.get(..3), self.0.get(3..second), self.0.get(second..)) {
            (Some(one), Some(two), Some(three)) => write!(f, "{one} {two} {three}"),
            _ => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meeting(..)")
    }
}

fn is_filler(symbol: char) -> bool {
    symbol.is_whitespace() || is_hyphen(symbol) || has_no_width(symbol)
}

/// Whether a text is a link to join by: https, to the app's own host or one below it, with an ID in it.
pub fn is_join_link(app: &ConferencingApp, link: &str) -> bool {
    id_in_link(app, link).is_some_and(|it| !it.is_empty())
}

/// The digits after `/j/`, or those of the web client's `/wc/ID/join` and `/wc/join/ID`, of an https link whose host is the app's
/// own or lies below it. By bytes, as an address is written.
fn id_in_link(app: &ConferencingApp, link: &str) -> Option<String> {
    let (host, path) = cut(link.strip_prefix("https://")?, "/")?;
    let host = host.to_ascii_lowercase();
    let own = host == app.join_host || host.strip_suffix(&app.join_host).is_some_and(|it| it.ends_with('.'));
    let plain = host.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-'));
    let address = link.bytes().all(|it| it.is_ascii_graphic() && !matches!(it, b'"' | b'<' | b'>' | b'\\'));
    let behind = path.strip_prefix("j/").or_else(|| path.strip_prefix("wc/join/"));
    let web = path.strip_prefix("wc/").filter(|_| behind.is_none());
    let mut id = behind.or(web).filter(|_| own && plain && address)?.to_owned();
    let digits = id.bytes().take_while(u8::is_ascii_digit).count();
    let ends = web.is_none_or(|it| it.get(digits..).is_some_and(|it| it.starts_with("/join")));
    id.truncate(digits);
    ends.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::otaru_policy;

    #[track_caller]
    fn check(typed: &str, expected: &str) {
        let told = match Meeting::parse(&otaru_policy().app, typed, "") {
            Ok((meeting, findings)) => std::iter::once(meeting.id.to_string())
                .chain(findings.iter().map(|it| it.code.as_str().to_owned()))
                .collect::<Vec<_>>()
                .join(" + "),
            Err(fault) => fault.code.as_str().to_owned(),
        };
        assert_eq!(told, expected, "{typed}");
    }

    #[test]
    fn article_4_2_a_meeting_id_has_9_to_11_digits() {
        check("12345678", "meeting_invalid");
        check("123456789", "123 456 789 + meeting_id_old_form");
        check("1234567890", "123 456 7890 + meeting_id_personal_room");
        check("12345678901", "123 4567 8901");
        check("１２３ ４５６７-８９０１", "123 4567 8901");
        check("123456789012", "meeting_invalid");
        check("1234567890a", "meeting_invalid");
        check("", "meeting_invalid");
    }

    #[test]
    fn article_4_2_a_join_link_is_https_and_on_the_apps_own_host() {
        check("https://zoom.us/j/12345678901?pwd=abc", "123 4567 8901");
        check("https://us02web.zoom.us/j/12345678901", "123 4567 8901");
        check("https://ZOOM.us/j/12345678901", "123 4567 8901");
        check("https://app.zoom.us/wc/12345678901/join?pwd=abc", "123 4567 8901");
        check("https://zoom.us/wc/join/12345678901", "123 4567 8901");
        for link in [
            "http://zoom.us/j/12345678901",
            "https://zoom.us.example.com/j/12345678901",
            "https://notzoom.us/j/12345678901",
            "https://zoom.us@example.com/j/12345678901",
            "https://example.com/zoom.us/j/12345678901",
            "https://zoom.us:8443/j/12345678901",
            "https://zoom.us/my/room",
            "https://zoom.us/j/",
            "https://app.zoom.us/wc/12345678901/start",
            "https://app.zoom.us/wc/12345678901",
            "https://app.zoom.us/wc/home",
            "https://app.zoom.us/wc//join",
            "javascript://zoom.us/j/12345678901",
        ] {
            check(link, "meeting_invalid");
            assert!(!is_join_link(&otaru_policy().app, link), "{link}");
        }
        assert!(is_join_link(&otaru_policy().app, "https://us02web.zoom.us/j/12345678901?pwd=abc"));
    }

    #[test]
    fn a_meeting_is_never_printed_by_accident() {
        let (meeting, _) =
            Meeting::parse(&otaru_policy().app, "https://zoom.us/j/12345678901?pwd=secret", "1").unwrap();
        assert_eq!(format!("{meeting:?}"), "Meeting(..)");
    }
}
