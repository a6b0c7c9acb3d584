//! Families of systems and browsers, from what a browser says of itself.
//!
//! Families only: most browsers hide or freeze versions, so a version read here never condemns anything. It pre-fills
//! an answer that the person gives.

use crate::texts::cut;

/// What a browser lets a page see.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// `navigator.userAgent`
    pub user_agent: &'a str,
    /// `navigator.maxTouchPoints`; an iPad that says "Macintosh" has more than one.
    pub touch_points: i32,
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
}

/// The system's family.
pub fn os(seen: Seen<'_>) -> Os {
    let has = |mark: &str| cut(seen.user_agent, mark).is_some();
    if has("iPhone") || has("iPod") {
        Os::Ios
    } else if has("iPad") || (has("Macintosh") && 1 < seen.touch_points) {
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
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                return (family, digits.parse::<u32>().ok().and_then(|it| u16::try_from(it).ok()));
            }
        }
    }
    (Browser::Other, None)
}

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
        ("; wv)", "Android WebView"),
    ];
    marks.into_iter().find(|(mark, _)| has(mark)).map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user_agent: &str, touch_points: i32, expected: (Os, Browser, Option<u16>, Option<&str>)) {
        let seen = Seen { user_agent, touch_points };
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
}
