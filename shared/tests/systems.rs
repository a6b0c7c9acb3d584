//! Article 10(4)①: the judgement of the system over what browsers say of themselves (`systems/cases.txt`).
//!
//! Nobody may be sent away by a detector's mistake: the strings that browsers have frozen are never condemned.

#![expect(clippy::unwrap_used, reason = "a test")]

use chrono::NaiveDate;
use precheck_shared::checklist::device::{Hints, Seen};
use precheck_shared::checklist::system::{Judged, Support, judge};
use precheck_shared::policy::{ChecklistRules, Policy, SystemRelease, SystemTable, otaru, systems};
use precheck_shared::time::{Day, days, parse_date};

/// A line of the table.
struct Case {
    verdict: &'static str,
    name: &'static str,
    day: NaiveDate,
    seen: Seen<'static>,
}

fn cases() -> Vec<Case> {
    let lines = include_str!("systems/cases.txt").lines();
    let lines = lines.filter(|it| !it.is_empty() && !it.starts_with('#'));
    lines.map(|it| case(it).unwrap_or_else(|| panic!("cannot read {it}"))).collect()
}

fn case(line: &'static str) -> Option<Case> {
    let mut columns = line.split(" | ");
    let mut next = || columns.next();
    let (verdict, name, day, touch_points, hints, user_agent) =
        (next()?, next()?, next()?, next()?, next()?, next()?);
    let hints = match hints {
        "-" => None,
        _ => hints.split_once('/').map(|(platform, platform_version)| Hints { platform, platform_version }),
    };
    let seen = Seen { user_agent, touch_points: touch_points.parse().ok()?, hints };
    Some(Case { verdict, name, day: parse_date(day)?, seen })
}

fn rules() -> ChecklistRules {
    let policy: Policy = toml::from_str(otaru::POLICY).unwrap();
    let table: SystemTable = toml::from_str(otaru::SYSTEMS).unwrap();
    ChecklistRules { systems: table.system, ..policy.checklist }
}

fn date(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

fn release(family: &str, name: &str, numbers: (u16, Option<u16>), ends: Option<&str>) -> SystemRelease {
    let ends = ends.map(|it| Day(date(it)));
    SystemRelease {
        family: family.into(),
        name: name.into(),
        from: numbers.0,
        to: numbers.1,
        ends,
        extended: None,
    }
}

/// What is judged of a Windows with this number in its hint.
fn windows(rules: &ChecklistRules, number: &str, day: &str) -> Judged {
    let user_agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    let hints = Some(Hints { platform: "Windows", platform_version: number });
    judge(rules, Seen { user_agent, touch_points: 0, hints }, date(day))
}

#[test]
fn article_10_4_every_browser_is_judged_as_the_table_says() {
    let rules = rules();
    let cases = cases();
    assert!(100 < cases.len(), "only {} cases were read", cases.len());
    for Case { verdict, name, day, seen } in cases {
        let judged = judge(&rules, seen, day);
        let expected = match verdict {
            "supported" => Support::Supported,
            "ended" => Support::ProbablyEnded,
            "unclear" | "frozen" => Support::CannotTell,
            _ => panic!("{verdict} is no verdict"),
        };
        assert_eq!((judged.support, judged.name.as_str()), (expected, name), "{day} {seen:?}");
    }
}

#[test]
fn article_10_4_no_frozen_string_is_ever_condemned() {
    let frozen: Vec<_> = cases().into_iter().filter(|it| it.verdict == "frozen").collect();
    assert!(30 < frozen.len(), "only {} frozen strings were read", frozen.len());
    let all_ended = systems::FAMILIES.map(|it| release(it, "all", (0, None), Some("2000-01-01")));
    let harshest = ChecklistRules { systems: all_ended.to_vec(), ..rules() };
    // Without extended updates more has ended than with them.
    let rules = ChecklistRules { windows_10_extended: false, ..rules() };
    for Case { seen, .. } in frozen {
        for day in days(date("2020-01-01"), date("2030-12-31")) {
            assert_eq!(judge(&rules, seen, day).support, Support::CannotTell, "{day} {seen:?}");
        }
        assert_eq!(judge(&harshest, seen, date("2026-11-26")).support, Support::CannotTell, "{seen:?}");
    }
}

#[test]
fn article_10_4_the_last_day_of_updates_is_a_day_with_updates() {
    let alone = release("windows", "Windows 11 24H2", (19, Some(19)), Some("2026-10-13"));
    let rules = ChecklistRules { systems: vec![alone], ..rules() };
    for (day, expected) in [("2026-10-13", Support::Supported), ("2026-10-14", Support::ProbablyEnded)] {
        let judged = windows(&rules, "19.0.0", day);
        assert_eq!((judged.support, judged.name.as_str()), (expected, "Windows 11 24H2"), "{day}");
        assert_eq!(judged.ends, Some(date("2026-10-13")));
    }
}

#[test]
fn article_10_4_a_number_of_several_releases_is_judged_by_all_of_them() {
    let two = |first, second| {
        let name = |it| release("windows", it, (19, Some(19)), None);
        let ends = |it: Option<&str>| it.map(|it| Day(date(it)));
        vec![
            SystemRelease { ends: ends(first), ..name("Windows 11 24H2") },
            SystemRelease { ends: ends(second), ..name("Windows 11 25H2") },
        ]
    };
    for (first, second, day, support, latest) in [
        (Some("2026-10-13"), Some("2027-10-12"), "2026-10-13", Support::Supported, Some("2027-10-12")),
        (Some("2026-10-13"), Some("2027-10-12"), "2026-10-14", Support::CannotTell, Some("2027-10-12")),
        (Some("2027-10-12"), Some("2026-10-13"), "2027-10-12", Support::CannotTell, Some("2027-10-12")),
        (Some("2026-10-13"), Some("2027-10-12"), "2027-10-13", Support::ProbablyEnded, Some("2027-10-12")),
        (Some("2026-10-13"), None, "2027-10-13", Support::CannotTell, None),
        (None, Some("2026-10-13"), "2026-10-13", Support::Supported, None),
    ] {
        let rules = ChecklistRules { systems: two(first, second), ..rules() };
        let judged = windows(&rules, "19.0.0", day);
        assert_eq!(judged.name, "Windows 11 24H2 / 25H2");
        assert_eq!((judged.support, judged.ends), (support, latest.map(date)), "{first:?} {second:?} {day}");
    }
}

#[test]
fn article_10_4_extended_updates_count_only_where_the_office_says_so() {
    for (counts, day, expected) in [
        (false, "2025-10-14", Support::Supported),
        (false, "2025-10-15", Support::ProbablyEnded),
        (true, "2025-10-14", Support::Supported),
        (true, "2025-10-15", Support::CannotTell),
        (true, "2027-10-12", Support::CannotTell),
        (true, "2027-10-13", Support::ProbablyEnded),
    ] {
        let rules = ChecklistRules { windows_10_extended: counts, ..rules() };
        let judged = windows(&rules, "10.0.0", day);
        assert_eq!(judged.support, expected, "{counts} {day}");
        assert_eq!(judged.ends, Some(date("2025-10-14")));
    }
    // Nobody can enrol for what is older.
    let rules = ChecklistRules { windows_10_extended: true, ..rules() };
    assert_eq!(windows(&rules, "8.0.0", "2026-11-26").support, Support::ProbablyEnded);
}

#[test]
fn article_10_4_without_a_table_nothing_is_said() {
    let rules = ChecklistRules { systems: Vec::new(), ..rules() };
    for Case { seen, day, .. } in cases() {
        let judged = judge(&rules, seen, day);
        assert_eq!((judged.support, judged.ends), (Support::CannotTell, None), "{seen:?}");
        assert_eq!(judged.name, judged.os.name());
    }
}
