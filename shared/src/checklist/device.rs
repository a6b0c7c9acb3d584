//! Families of systems and browsers, from what a browser says of itself.
//!
//! Families only: what can be made of a version of the system is for `version` and `system`. Nothing read here
//! condemns anything. It pre-fills an answer that the person gives.

use super::version::number_at_start;
use crate::texts::cut;

/// What a browser lets a page see.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// `navigator.userAgent`
    pub user_agent: &'a str,
    /// `navigator.maxTouchPoints`; an iPad that says "Macintosh" has more than one.
    pub touch_points: i32,
    /// User-Agent Client Hints, where the browser has them: Chromium, and there in a secure context only.
    pub hints: Option<Hints<'a>>,
}

/// What `navigator.userAgentData` tells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// `platform`: "Windows", "macOS", "Android", "Chrome OS", ..
    pub platform: &'a str,
    /// `platformVersion` out of `getHighEntropyValues`, "19.0.0"; empty where it was not given.
    pub platform_version: &'a str,
}

/// Family of an operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the systems' own")]
pub enum Os {
    Windows,
    MacOs,
    Ios,
    IpadOs,
    Android,
    ChromeOs,
    Linux,
    Other,
}

/// Family of a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the browsers' own")]
pub enum Browser {
    Chrome,
    Edge,
    Firefox,
    Safari,
    SamsungInternet,
    Opera,
    Other,
}

impl Os {
    /// The name people know.
    pub fn name(self) -> &'static str {
        ["Windows", "macOS", "iOS", "iPadOS", "Android", "ChromeOS", "Linux", ""][self as usize]
    }

    /// By which words are chosen; telephones and tablets of one maker share theirs.
    pub fn key(self) -> &'static str {
        ["windows", "macos", "ios", "ios", "android", "chromeos", "other", "other"][self as usize]
    }

    /// By which it is counted, article 5(1).
    pub fn family(self) -> &'static str {
        if self == Self::Linux { "linux" } else { self.key() }
    }

    /// A telephone or tablet: no personal firewall to switch on.
    pub fn is_mobile(self) -> bool {
        matches!(self, Self::Ios | Self::IpadOs | Self::Android)
    }
}

impl Browser {
    /// The name people know.
    pub fn name(self) -> &'static str {
        ["Chrome", "Edge", "Firefox", "Safari", "Samsung Internet", "Opera", ""][self as usize]
    }

    /// By which words are chosen.
    pub fn key(self) -> &'static str {
        ["chrome", "edge", "firefox", "safari", "samsung", "opera", "other"][self as usize]
    }
}

impl<'a> Seen<'a> {
    /// The hints, where they are Chromium's.
    ///
    /// Safari's engine has an interface of the same name, and says there that every Mac is 10.15.7 and every iPad a
    /// Mac.
    pub(super) fn chromium_hints(self) -> Option<Hints<'a>> {
        self.hints.filter(|_| cut(self.user_agent, "Chrome/").is_some())
    }
}

impl Hints<'_> {
    /// The family, where it is one of those that have hints.
    pub(super) fn os(self) -> Option<Os> {
        Some(match self.platform {
            "Windows" => Os::Windows,
            "macOS" => Os::MacOs,
            "Android" => Os::Android,
            "Chrome OS" | "Chromium OS" => Os::ChromeOs,
            "Linux" => Os::Linux,
            _ => return None,
        })
    }
}

/// The system's family. The hints win: the string of an Android telephone that asks for the desktop's pages says Linux.
pub fn os(seen: Seen<'_>) -> Os {
    if let Some(os) = seen.chromium_hints().and_then(Hints::os) {
        return os;
    }
    let has = |mark: &str| cut(seen.user_agent, mark).is_some();
    if has("iPhone") || has("iPod") {
        Os::Ios
    } else if has("iPad") || (has("Macintosh") && (1 < seen.touch_points || has("iOS/"))) {
        // "CriOS/", "FxiOS/", "EdgiOS/" beside "Macintosh": a telephone or tablet that asks for the desktop's pages.
        Os::IpadOs
    } else if has("Android") {
        Os::Android
    } else if has("Windows") {
        Os::Windows
    } else if has("CrOS") {
        Os::ChromeOs
    } else if has("Macintosh") {
        Os::MacOs
    } else if has("Linux") {
        Os::Linux
    } else {
        Os::Other
    }
}

/// The browser's family and its major version, where it tells.
pub fn browser(seen: Seen<'_>) -> (Browser, Option<u16>) {
    // Most browsers also carry the names of those they descend from: the most particular mark first.
    let marks = [
        (Browser::Edge, ["Edg/", "EdgiOS/", "EdgA/"].as_slice()),
        (Browser::Opera, &["OPR/", "OPT/"]),
        (Browser::SamsungInternet, &["SamsungBrowser/"]),
        (Browser::Firefox, &["Firefox/", "FxiOS/"]),
        (Browser::Chrome, &["CriOS/", "Chrome/"]),
        (Browser::Safari, &["Version/"]),
    ];
    for (family, marks) in marks {
        for mark in marks {
            if let Some((_, rest)) = cut(seen.user_agent, mark) {
                return (family, number_at_start(rest).map(|it| it.0));
            }
        }
    }
    (Browser::Other, None)
}

/// An app on Android that shows pages inside it without giving its name.
pub const WEB_VIEW: &str = "Android WebView";

/// The messaging or other app whose built-in browser this is.
pub fn in_app(seen: Seen<'_>) -> Option<&'static str> {
    let has = |mark: &str| cut(seen.user_agent, mark).is_some();
    let marks = [
        (" Line/", "LINE"),
        ("Instagram", "Instagram"),
        ("FBAN", "Facebook"),
        ("FBAV", "Facebook"),
        ("YJApp", "Yahoo! JAPAN"),
        ("MicroMessenger", "WeChat"),
        ("KAKAOTALK", "KakaoTalk"),
        ("Twitter for", "X"),
        ("; wv)", WEB_VIEW),
    ];
    marks.into_iter().find(|(mark, _)| has(mark)).map(|it| it.1)
}

/// LINE's browser on a telephone: `?openExternalBrowser=1` at the address moves the page into the system's browser.
pub fn is_line(seen: Seen<'_>) -> bool {
    matches!(os(seen), Os::Ios | Os::Android) && cut(seen.user_agent, " Line/").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user_agent: &str, touch_points: i32, expected: (Os, Browser, Option<u16>, Option<&str>)) {
        let seen = Seen { user_agent, touch_points, hints: None };
        let (family, version) = browser(seen);
        assert_eq!((os(seen), family, version, in_app(seen)), expected, "{user_agent}");
    }

    #[test]
    fn families_are_told_apart_by_their_most_particular_mark() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        check(windows, 0, (Os::Windows, Browser::Chrome, Some(156), None));
        check(&format!("{windows} Edg/156.0.0.0"), 0, (Os::Windows, Browser::Edge, Some(156), None));
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            0,
            (Os::Linux, Browser::Firefox, Some(140), None),
        );
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15";
        check(mac, 0, (Os::MacOs, Browser::Safari, Some(26), None));
        check(mac, 5, (Os::IpadOs, Browser::Safari, Some(26), None));
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        check(
            &format!("{phone} Version/26.0 Mobile/15E148 Safari/604.1"),
            5,
            (Os::Ios, Browser::Safari, Some(26), None),
        );
        check(
            &format!("{phone} Mobile/15E148 Safari Line/15.2.0"),
            5,
            (Os::Ios, Browser::Other, None, Some("LINE")),
        );
        let android = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36";
        check(android, 5, (Os::Android, Browser::Chrome, Some(156), None));
        check(
            "Mozilla/5.0 (Linux; Android 16; Pixel 9; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36",
            5,
            (Os::Android, Browser::Chrome, Some(156), Some("Android WebView")),
        );
        check(
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            0,
            (Os::ChromeOs, Browser::Chrome, Some(156), None),
        );
        check("", 0, (Os::Other, Browser::Other, None, None));
    }

    #[test]
    fn chromiums_hints_win_over_the_string_and_safaris_do_not() {
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15";
        let linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        for (user_agent, platform, expected) in [
            (linux, "Android", Os::Android),
            (linux, "Chrome OS", Os::ChromeOs),
            (linux, "Chromium OS", Os::ChromeOs),
            (linux, "Windows", Os::Windows),
            (linux, "macOS", Os::MacOs),
            (linux, "Linux", Os::Linux),
            (linux, "Unknown", Os::Linux),
            (linux, "", Os::Linux),
            (mac, "macOS", Os::IpadOs),
        ] {
            let hints = Some(Hints { platform, platform_version: "" });
            assert_eq!(os(Seen { user_agent, touch_points: 5, hints }), expected, "{platform} {user_agent}");
        }
    }

    #[test]
    fn only_lines_browser_on_a_telephone_can_be_left_by_its_switch() {
        let android = "Mozilla/5.0 (Linux; Android 15; SC-51E; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36";
        let line = [android, " Line/15.19.2/IAB"].concat();
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.2.0";
        for (user_agent, expected) in [
            (line.as_str(), true),
            (phone, true),
            (android, false),
            (&phone.replace("iPhone", "iPad"), false),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Line/9.0", false),
            ("Mozilla/5.0 (iPhone) Online/1.0", false),
        ] {
            let seen = Seen { user_agent, ..Seen::default() };
            assert_eq!(is_line(seen), expected, "{user_agent}");
        }
    }

    #[test]
    fn words_are_chosen_by_these_keys() {
        let systems =
            [Os::Windows, Os::MacOs, Os::Ios, Os::IpadOs, Os::Android, Os::ChromeOs, Os::Linux, Os::Other];
        let keys = ["windows", "macos", "ios", "ios", "android", "chromeos", "other", "other"];
        assert_eq!(systems.map(Os::key), keys);
        let names = ["Windows", "macOS", "iOS", "iPadOS", "Android", "ChromeOS", "Linux", ""];
        assert_eq!(systems.map(Os::name), names);
        let browsers = [
            Browser::Chrome,
            Browser::Edge,
            Browser::Firefox,
            Browser::Safari,
            Browser::SamsungInternet,
            Browser::Opera,
            Browser::Other,
        ];
        assert_eq!(
            browsers.map(Browser::key),
            ["chrome", "edge", "firefox", "safari", "samsung", "opera", "other"]
        );
    }
}
