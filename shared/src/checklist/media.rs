//! Article 2(2): why a camera or a microphone could not be opened, from everything that a page can find out.
//!
//! One error, `NotAllowedError`, has five causes that look the same, and each is mended elsewhere. What is said here is
//! the most likely one; it never blocks anything. What to do about it is in the words, by the cause's name.

use crate::texts::cut;

/// Why it could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The page was not opened by https, so that the browser hides the devices.
    Insecure,
    /// The browser knows no cameras and microphones.
    Unsupported,
    /// The browser inside a messaging app does not let pages have them.
    InApp,
    /// The page around ours does not pass the permission on.
    Framed,
    /// A switch of the operating system forbids it to the browser.
    System,
    /// The person said no, or closed the question, a moment ago.
    RefusedNow,
    /// Refused for this site at another time; the browser does not ask again by itself.
    RefusedBefore,
    /// There is no such device.
    NoDevice,
    /// It is there, and another program or tab has it.
    InUse,
    /// No answer came: the question is still open somewhere, or was lost.
    Timeout,
    /// None of these.
    Other,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 11] = [
        Self::Insecure,
        Self::Unsupported,
        Self::InApp,
        Self::Framed,
        Self::System,
        Self::RefusedNow,
        Self::RefusedBefore,
        Self::NoDevice,
        Self::InUse,
        Self::Timeout,
        Self::Other,
    ];

    /// The name by which its words are chosen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insecure => "insecure",
            Self::Unsupported => "unsupported",
            Self::InApp => "in_app",
            Self::Framed => "framed",
            Self::System => "system",
            Self::RefusedNow => "refused_now",
            Self::RefusedBefore => "refused_before",
            Self::NoDevice => "no_device",
            Self::InUse => "in_use",
            Self::Timeout => "timeout",
            Self::Other => "other",
        }
    }
}

/// What is known when it could not be opened. The default is a page that may ask, in a tab of its own.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a browser says, and any may be either"
)]
pub struct Circumstances<'a> {
    /// Name of the exception; empty = never answered in time.
    pub error: &'a str,
    /// Message of the exception; Chromium's alone says anything.
    pub message: &'a str,
    /// `isSecureContext`
    pub secure: bool,
    /// `navigator.mediaDevices` is there.
    pub has_devices: bool,
    /// In the browser inside an app.
    pub in_app: bool,
    /// In a frame.
    pub framed: bool,
    /// What `document.featurePolicy.allowsFeature` says, where it is there: Chromium only. Where the browser has
    /// shown its question in this page once (an answer that took longer than [`FASTEST_PERSON_MS`]), the frame is
    /// known to allow it too: `Some(true)`.
    pub allows: Option<bool>,
    /// What `permissions.query` said before asking: "granted", "denied", "prompt"; empty = cannot be asked.
    pub before: &'a str,
    /// The same after the answer.
    pub after: &'a str,
    /// Milliseconds from asking to the answer.
    pub millis: u32,
}

/// Nobody reads a question and answers it within this time: a faster no is the browser's own.
pub const FASTEST_PERSON_MS: u32 = 200;

impl Default for Circumstances<'_> {
    fn default() -> Self {
        Self {
            error: "",
            message: "",
            secure: true,
            has_devices: true,
            in_app: false,
            framed: false,
            allows: None,
            before: "",
            after: "",
            millis: 0,
        }
    }
}

/// Article 2(2): the most likely cause.
pub fn cause(it: &Circumstances<'_>) -> Cause {
    if !it.secure {
        return Cause::Insecure;
    }
    if !it.has_devices {
        return if it.in_app { Cause::InApp } else { Cause::Unsupported };
    }
    // The names that older browsers used stand beside those of today.
    match it.error {
        "" => Cause::Timeout,
        "NotFoundError" | "DevicesNotFoundError" | "OverconstrainedError" => Cause::NoDevice,
        "AbortError" if it.in_app => Cause::InApp,
        "NotReadableError" | "TrackStartError" | "AbortError" => Cause::InUse,
        "NotAllowedError" | "SecurityError" | "PermissionDeniedError" => not_allowed(it),
        _ => Cause::Other,
    }
}

fn not_allowed(it: &Circumstances<'_>) -> Cause {
    let at_once = it.millis < FASTEST_PERSON_MS;
    // A frame that the page around it does not allow is refused at once, and Firefox and Safari, which do not tell of
    // frames, call that "denied" beforehand, like a refusal that they remember; "prompt" says that the frame is
    // allowed. Between the two the frame is blamed: moving to a tab of our own mends both, the site's settings would
    // mend one alone.
    let maybe_framed = it.framed && it.allows.is_none() && at_once && matches!(it.before, "denied" | "");
    if it.in_app {
        Cause::InApp
    } else if it.allows == Some(false) {
        Cause::Framed
    } else if cut(it.message, "by system").is_some() || it.before == "granted" {
        Cause::System
    } else if maybe_framed {
        Cause::Framed
    } else if it.before == "denied" || (at_once && it.after != "prompt") {
        Cause::RefusedBefore
    } else {
        Cause::RefusedNow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(circumstances: Circumstances<'_>, expected: Cause) {
        assert_eq!(cause(&circumstances), expected, "{circumstances:?}");
    }

    fn error(error: &str) -> Circumstances<'_> {
        Circumstances { error, millis: 2_000, ..Circumstances::default() }
    }

    /// Refused after so many milliseconds, with what the browser said before and after.
    fn refused<'a>(millis: u32, before: &'a str, after: &'a str) -> Circumstances<'a> {
        Circumstances { before, after, millis, ..error("NotAllowedError") }
    }

    #[test]
    fn article_2_2_errors_that_have_one_cause() {
        for (name, expected) in [
            ("", Cause::Timeout),
            ("NotFoundError", Cause::NoDevice),
            ("DevicesNotFoundError", Cause::NoDevice),
            ("OverconstrainedError", Cause::NoDevice),
            ("NotReadableError", Cause::InUse),
            ("TrackStartError", Cause::InUse),
            ("AbortError", Cause::InUse),
            ("TypeError", Cause::Other),
            ("InvalidStateError", Cause::Other),
            ("notallowederror", Cause::Other),
        ] {
            check(error(name), expected);
        }
    }

    #[test]
    fn article_2_2_what_the_page_has_comes_before_what_the_browser_said() {
        for name in ["", "NotAllowedError", "NotFoundError", "TypeError"] {
            for (secure, has_devices, in_app, expected) in [
                (false, false, false, Cause::Insecure),
                (false, true, true, Cause::Insecure),
                (true, false, false, Cause::Unsupported),
                (true, false, true, Cause::InApp),
            ] {
                check(Circumstances { secure, has_devices, in_app, ..error(name) }, expected);
            }
        }
    }

    #[test]
    fn article_2_2_inside_an_app_a_refusal_is_the_apps() {
        for name in ["NotAllowedError", "SecurityError", "PermissionDeniedError", "AbortError"] {
            for before in ["", "prompt", "denied", "granted"] {
                check(Circumstances { in_app: true, before, ..error(name) }, Cause::InApp);
            }
        }
        check(Circumstances { in_app: true, ..error("NotFoundError") }, Cause::NoDevice);
        check(Circumstances { in_app: true, ..error("") }, Cause::Timeout);
    }

    #[test]
    fn article_2_2_now_before_and_the_system_are_told_apart() {
        for (circumstances, expected) in [
            (refused(1_500, "prompt", "denied"), Cause::RefusedNow),
            (refused(1_500, "prompt", "prompt"), Cause::RefusedNow),
            (refused(1_500, "", ""), Cause::RefusedNow),
            (refused(200, "prompt", "denied"), Cause::RefusedNow),
            (refused(199, "prompt", "denied"), Cause::RefusedBefore),
            (refused(199, "", ""), Cause::RefusedBefore),
            // Closed by the browser, and not remembered: asking again is the way.
            (refused(199, "prompt", "prompt"), Cause::RefusedNow),
            (refused(5, "denied", "denied"), Cause::RefusedBefore),
            (refused(1_500, "denied", "denied"), Cause::RefusedBefore),
            (refused(5, "granted", "granted"), Cause::System),
            (refused(1_500, "granted", ""), Cause::System),
        ] {
            for name in ["NotAllowedError", "SecurityError", "PermissionDeniedError"] {
                check(Circumstances { error: name, ..circumstances }, expected);
            }
        }
        for before in ["prompt", "denied", ""] {
            let message = "Permission denied by system";
            check(Circumstances { message, ..refused(5, before, "") }, Cause::System);
            let message = "Permission denied";
            check(Circumstances { message, ..refused(1_500, "prompt", "denied") }, Cause::RefusedNow);
        }
    }

    #[test]
    fn article_2_2_a_frame_is_blamed_where_the_browser_says_so_or_may_mean_it() {
        let framed = |allows, circumstances| Circumstances { framed: true, allows, ..circumstances };
        for (allows, circumstances, expected) in [
            // Chromium says it outright.
            (Some(false), refused(5, "denied", "denied"), Cause::Framed),
            (Some(false), refused(1_500, "granted", ""), Cause::Framed),
            (Some(true), refused(5, "denied", "denied"), Cause::RefusedBefore),
            (Some(true), refused(1_500, "prompt", "denied"), Cause::RefusedNow),
            // Firefox and Safari: "denied", or nothing in older ones, and the answer at once.
            (None, refused(5, "denied", "denied"), Cause::Framed),
            (None, refused(199, "", ""), Cause::Framed),
            (None, refused(200, "", ""), Cause::RefusedNow),
            (None, refused(200, "denied", "denied"), Cause::RefusedBefore),
            // "prompt" says that the frame may ask.
            (None, refused(5, "prompt", "denied"), Cause::RefusedBefore),
            (None, refused(1_500, "prompt", "denied"), Cause::RefusedNow),
            (None, refused(5, "granted", "granted"), Cause::System),
        ] {
            check(framed(allows, circumstances), expected);
        }
        // Without a frame there is nothing to blame.
        check(refused(5, "denied", "denied"), Cause::RefusedBefore);
        check(framed(None, error("NotFoundError")), Cause::NoDevice);
    }

    #[test]
    fn every_cause_has_a_name_of_its_own() {
        let names: Vec<_> = Cause::ALL.into_iter().map(Cause::as_str).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name}");
        }
        assert_eq!(names[Cause::RefusedBefore as usize], "refused_before");
    }
}
