//! `POST /visits`, article 5(1): what is recorded of the use, as it travels.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::checklist::Item;
use crate::checklist::device::{self, Seen};
use crate::journey::Step;

#[cfg(feature = "openapi")]
use utoipa::ToSchema;

/// Body of `POST /visits`, article 5(1): how far somebody has come, with which device. The widget writes it by [`report`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VisitReport {
    /// A random value of the tab, 22 to 64 letters of base64url; empty on a shared device.
    #[serde(default)]
    pub tab: String,
    /// The step reached: `conditions`, `consent`, `check`, `booking`, `review`, `receipt`
    #[cfg_attr(feature = "openapi", schema(pattern = "^(conditions|consent|check|booking|review|receipt)$"))]
    pub step: String,
    /// `windows`, `macos`, `ios`, `android`, `chromeos`, `linux`, `other`
    #[cfg_attr(feature = "openapi", schema(pattern = "^(windows|macos|ios|android|chromeos|linux|other)$"))]
    pub os: String,
    /// `chrome`, `edge`, `firefox`, `safari`, `samsung`, `opera`, `other`
    #[cfg_attr(feature = "openapi", schema(pattern = "^(chrome|edge|firefox|safari|samsung|opera|other)$"))]
    pub browser: String,
    /// Its major version, where it tells.
    #[serde(default)]
    pub browser_major: Option<u16>,
    /// Outcomes of the checks by their ids, as far as there are any: `{"camera": "passed"}`
    #[serde(default)]
    pub checks: BTreeMap<String, String>,
}

/// 5(1): the report of a visit as it is sent: a random value of the tab, empty where nothing may join the reports; the step; families
/// of system and browser; the outcomes by [`Item::ALL`], empty where there is none. A [`VisitReport`], written by hand: the
/// widget writes nothing else that is so small.
pub fn report(tab: &str, step: Step, seen: Seen<'_>, outcomes: &[String; 13]) -> String {
    let (browser, major) = device::browser(seen);
    let major = major.map_or_else(|| "null".to_owned(), |it| it.to_string());
    let os = device::os(seen).family();
    let mut parts = vec![
        "{\"tab\":\"",
        tab,
        "\",\"step\":\"",
        step.as_str(),
        "\",\"os\":\"",
        os,
        "\",\"browser\":\"",
        browser.key(),
        "\",\"browser_major\":",
        &major,
        ",\"checks\":{",
    ];
    for item in Item::ALL {
        let outcome = &outcomes[item as usize];
        if !outcome.is_empty() {
            let mark = if parts.len() == 11 { "\"" } else { ",\"" };
            parts.extend_from_slice(&[mark, item.as_str(), "\":\"", outcome, "\""]);
        }
    }
    parts.push("}}");
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn article_5_1_a_report_is_what_the_contract_says() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let seen = Seen { user_agent: windows, ..Seen::default() };
        let mut outcomes: [String; 13] = Default::default();
        let read = |json: &str| serde_json::from_str::<VisitReport>(json).unwrap();
        let first = read(&report("", Step::Consent, Seen::default(), &outcomes));
        assert_eq!((first.tab.as_str(), first.step.as_str(), first.os.as_str()), ("", "consent", "other"));
        assert_eq!(
            (first.browser, first.browser_major, first.checks),
            ("other".to_owned(), None, BTreeMap::new())
        );
        outcomes[Item::Camera as usize] = "failed".to_owned();
        outcomes[Item::PrivateRoom as usize] = "attested".to_owned();
        let all = read(&report("t", Step::Booking, seen, &outcomes));
        let checks: Vec<_> = all.checks.iter().map(|it| (it.0.as_str(), it.1.as_str())).collect();
        assert_eq!(checks, [("camera", "failed"), ("private_room", "attested")]);
        assert_eq!((all.tab.as_str(), all.os.as_str()), ("t", "windows"));
        assert_eq!((all.browser.as_str(), all.browser_major), ("chrome", Some(156)));
    }
}
