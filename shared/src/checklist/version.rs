//! Article 10(4)①: which version of its system a browser tells, as a number that the office's table knows.
//!
//! Most strings are frozen: `Windows NT 10.0` is 10 or 11, `Mac OS X 10_15_7` any macOS, `Android 10; K` any Android,
//! `iPhone OS 18_6` 18 or 26. Whatever may be such a one is read as nothing at all. What a number means is for
//! `system`.

use super::device::{Os, Seen};
use crate::texts::cut;

/// The number by which the table knows the release; `None` where the browser hides it, or may hide it.
pub(super) fn number(os: Os, seen: Seen<'_>) -> Option<u16> {
    let agent = seen.user_agent;
    if os == Os::Android && (has(agent, "Silk/") || has(agent, "HarmonyOS")) {
        // Amazon's and Huawei's systems name the Android that they were made from, and are mended on their own terms.
        return None;
    }
    let hints = seen.chromium_hints().filter(|it| it.os() == Some(os) && !it.platform_version.is_empty());
    match hints {
        Some(hints) => by_hint(os, hints.platform_version),
        None => by_string(os, agent),
    }
}

fn by_hint(os: Os, version: &str) -> Option<u16> {
    let (major, minor) = version_at_start(version)?;
    match os {
        // 0.1 to 0.3 are 7 to 8.1; 0.0 is a browser that could not find out.
        Os::Windows if major == 0 => minor.filter(|it| (1..=3).contains(it)).map(|_| 0),
        Os::Windows | Os::Android => Some(major),
        Os::MacOs => {
            if major == 10 {
                old_mac(major, minor)
            } else {
                Some(major)
            }
        }
        _ => None,
    }
}

fn by_string(os: Os, agent: &str) -> Option<u16> {
    let after = |mark| version_at_start(cut(agent, mark)?.1);
    match os {
        Os::Windows => after("Windows NT ").filter(|it| it.0 <= 6).map(|_| 0),
        Os::MacOs => after("Mac OS X ").and_then(|(major, minor)| old_mac(major, minor)),
        // Chromium freezes to 10, with or without its "K"; Firefox and old browsers inside apps tell the truth.
        Os::Android => after("Android ").map(|it| it.0).filter(|it| *it != 10),
        Os::Ios | Os::IpadOs => apple_mobile(agent),
        _ => None,
    }
}

/// Every browser stopped counting at 10.15, and newer systems answer 10.16 to old programs: 10.14 and before are real.
fn old_mac(major: u16, minor: Option<u16>) -> Option<u16> {
    (major == 10 && minor? < 15).then_some(10)
}

/// iOS and iPadOS. Safari's `Version/` is the system's; where it is missing, the system's own number stands still at
/// 18.
fn apple_mobile(agent: &str) -> Option<u16> {
    // Other engines say "537.36" and, with it, a system of 14 on every telephone.
    if !has(agent, "AppleWebKit/60") {
        return None;
    }
    let safari = safaris_version(agent);
    if has(agent, "Macintosh") {
        // Tablets call themselves so since 13, and always with this number: browsers of others write any they like.
        return safari.filter(|it| 13 <= *it && has(agent, "Mac OS X 10_15"));
    }
    let (system, _) = version_at_start(cut(agent, " OS ")?.1)?;
    match safari {
        Some(version) => (system <= version).then_some(version),
        None => (system != 18).then_some(system),
    }
}

/// The `Version/` of Safari itself: other browsers and apps put it in as they like, and their own names beside it.
fn safaris_version(agent: &str) -> Option<u16> {
    let products = cut(agent, "like Gecko) ")?.1;
    let is_safaris = |it: &str| ["Version/", "Mobile/", "Safari/"].iter().any(|name| it.starts_with(name));
    if !products.split(' ').all(is_safaris) {
        return None;
    }
    Some(version_at_start(cut(products, "Version/")?.1)?.0)
}

/// `18_6`, `10.15`, `26`: the first number, and the second where there is one.
fn version_at_start(text: &str) -> Option<(u16, Option<u16>)> {
    let (major, rest) = number_at_start(text)?;
    let minor = rest.strip_prefix(['.', '_']).and_then(number_at_start).map(|it| it.0);
    Some((major, minor))
}

/// The number that a text begins with, and what follows it.
pub(super) fn number_at_start(text: &str) -> Option<(u16, &str)> {
    let end = text.bytes().position(|it| !it.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, rest))
}

fn has(agent: &str, mark: &str) -> bool {
    cut(agent, mark).is_some()
}
