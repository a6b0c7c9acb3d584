//! What works and is hardly meant: told at the start with file and line, never refused.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use precheck_shared::policy::{Closure, Policy};
use precheck_shared::terms::{LineKind, Terms};

use super::files::{line_of, lines_of};

/// Makers end support every few months: an older table was not looked through.
const TABLE_KEPT: Days = Days::new(366);

/// One line.
#[derive(Debug)]
pub(super) struct Strange {
    pub(super) told: String,
    /// From which day on it is strange; `None`: always.
    pub(super) from: Option<NaiveDate>,
}

fn always(told: String) -> Strange {
    Strange { told, from: None }
}

pub(super) fn in_policy(policy: &Policy, text: &str) -> Vec<Strange> {
    let line = |name: &str| format!("policy.toml{}", line_of(text, name));
    let mut all = Vec::new();
    let close = policy.booking.cutoff.close;
    if policy.contact.closes < close {
        all.push(always(format!(
            "{}: booking.cutoff.close {close} is after contact.closes {}: nobody is there to act",
            line("booking.cutoff.close"),
            policy.contact.closes
        )));
    }
    let mut days: Vec<_> = policy.seats.by_date.iter().map(|it| it.0.0).collect();
    days.sort_unstable();
    for day in days {
        let name = format!("seats.by_date.{day}");
        let told = format!("{}: seats.by_date {day} is in the past", line(&name));
        all.push(Strange { told, from: day.checked_add_days(Days::new(1)) });
        all.extend(weekend(day).map(|it| always(format!("{}: seats.by_date {day} is a {it}", line(&name)))));
    }
    all
}

pub(super) fn in_closures(closures: &[Closure], text: &str) -> Vec<Strange> {
    let lines = lines_of(text, "closure", "date");
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (at, closure) in closures.iter().enumerate() {
        let day = closure.date.0;
        let line = lines.get(at).map(|it| format!(", line {it}")).unwrap_or_default();
        let mut tell = |what: &str| all.push(always(format!("closures.toml{line}: {day} {what}")));
        if !seen.insert(day) {
            tell("stands twice");
        }
        if let Some(weekend) = weekend(day) {
            tell(&format!("is a {weekend}, on which the office is closed anyway"));
        }
        if closure.reason.trim().is_empty() {
            tell("has no reason, which people read");
        }
    }
    all
}

pub(super) fn in_systems(as_of: NaiveDate, text: &str) -> Vec<Strange> {
    let told = format!(
        "systems.toml{}: as_of {as_of}: the table of systems is more than a year old",
        line_of(text, "as_of")
    );
    vec![Strange { told, from: as_of.checked_add_days(TABLE_KEPT) }]
}

pub(super) fn in_terms(versions: &[Terms]) -> Vec<Strange> {
    let untitled = versions.iter().filter(|it| !it.lines.iter().any(|it| it.kind == LineKind::Title));
    untitled.map(|it| always(format!("{}: the first line is no title", it.id))).collect()
}

fn weekend(day: NaiveDate) -> Option<&'static str> {
    match day.weekday() {
        Weekday::Sat => Some("Saturday"),
        Weekday::Sun => Some("Sunday"),
        _ => None,
    }
}
