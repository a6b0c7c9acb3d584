//! Article 10(4)①: releases of operating systems, and how long each gets security updates.
//!
//! A dated table of the office's folder (`systems.toml`), so that it can be replaced without a release of this program.
//! What a browser lets a page see of its system, and what follows, is for `checklist::system`.

use serde::{Deserialize, Serialize};

use crate::time::Day;
use crate::wire_fields;

/// The families that the table knows.
pub const FAMILIES: [&str; 5] = ["windows", "macos", "ios", "ipados", "android"];

/// `systems.toml`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemTable {
    /// The day on which somebody looked through it last.
    pub as_of: Day,
    /// Its lines.
    #[serde(default)]
    pub system: Vec<SystemRelease>,
}

/// A release of an operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemRelease {
    /// One of [`FAMILIES`].
    pub family: String,
    /// As people know it, "Windows 11 24H2".
    pub name: String,
    /// The first number that it goes by: its major version; for Windows the first number of the browser's hint.
    pub from: u16,
    /// The last number that it goes by, inclusive; none = this and everything newer.
    #[serde(default)]
    pub to: Option<u16>,
    /// The last day with security updates; none = no end is announced.
    #[serde(default)]
    pub ends: Option<Day>,
    /// The last day of updates that a person has to enrol for, where there are such; no page can see who did.
    #[serde(default)]
    pub extended: Option<Day>,
}

wire_fields!(SystemRelease { family, name, from, to, ends, extended });

/// What is wrong with a table, one line per fault.
pub fn faults(table: &[SystemRelease]) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, it) in table.iter().enumerate() {
        let mut hold = |holds: bool, fault: &str| {
            if !holds {
                faults.push(format!("system {} ({:?}): {fault}", at + 1, it.name));
            }
        };
        hold(!it.name.is_empty(), "name is empty");
        hold(FAMILIES.contains(&it.family.as_str()), "family is windows, macos, ios, ipados or android");
        hold(it.to.is_none_or(|to| it.from <= to), "from is not above to");
        hold(
            it.extended.is_none_or(|extended| it.ends.is_some_and(|ends| ends < extended)),
            "extended is after ends",
        );
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    fn release() -> SystemRelease {
        let day = |text| parse_date(text).map(Day);
        SystemRelease {
            family: "windows".into(),
            name: "Windows 10".into(),
            from: 10,
            to: Some(10),
            ends: day("2025-10-14"),
            extended: day("2027-10-12"),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut SystemRelease), expected: &[&str]) {
        let mut changed = release();
        change(&mut changed);
        let found = faults(&[release(), changed]);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (fault, part) in found.iter().zip(expected) {
            assert!(fault.starts_with("system 2 (") && fault.ends_with(part), "{fault}");
        }
    }

    #[test]
    fn article_10_4_each_fault_of_a_table_names_its_line() {
        check(|_| {}, &[]);
        check(|it| it.to = None, &[]);
        check(|it| it.to = Some(9), &["from is not above to"]);
        check(|it| it.family = "Windows".into(), &["family is windows, macos, ios, ipados or android"]);
        check(|it| it.extended = it.ends, &["extended is after ends"]);
        check(|it| it.ends = None, &["extended is after ends"]);
        check(|it| (it.name, it.to) = (String::new(), Some(0)), &["name is empty", "from is not above to"]);
    }

    #[test]
    fn article_10_4_otarus_table_knows_every_family_and_the_day_it_was_made() {
        let table: SystemTable =
            toml::from_str(crate::policy::otaru::SYSTEMS).expect("the embedded table reads");
        assert_eq!(faults(&table.system), [""; 0]);
        assert_eq!(table.as_of.0.to_string(), "2026-11-22");
        for family in FAMILIES {
            assert!(table.system.iter().any(|it| it.family == family), "{family}");
        }
    }

    #[test]
    fn a_table_without_its_day_is_none() {
        let read = toml::from_str::<SystemTable>;
        assert!(read("as_of = \"2026-11-22\"").is_ok());
        for text in ["", "as_of = \"2026-11\"", "as_of = \"2026-11-22\"\n[[systems]]\nname = \"x\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
