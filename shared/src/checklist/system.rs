//! Article 10(4)①: whether the system of the device still gets security updates on the day wished.
//!
//! Three-valued, by the office's dated table. "Cannot tell" is the normal answer, since most browsers hide the
//! version; it comes whenever anything is in doubt. Only pre-fills: what counts is what the person says after having
//! looked.

use chrono::NaiveDate;

use super::device::{self, Os, Seen};
use super::version;
use crate::policy::{ChecklistRules, SystemRelease};
use crate::time::Day;

/// What can be said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Every release that it can be gets security updates on that day.
    Supported,
    /// None of the releases that it can be gets any on that day; for the person to confirm.
    ProbablyEnded,
    /// The version is hidden, the table does not know it, or some of the releases that it can be get updates and some
    /// not.
    CannotTell,
}

/// What was read and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The family.
    pub os: Os,
    /// What was read, "Windows 11 24H2 / 25H2", "iOS 26"; the family alone where the version is hidden or unknown to
    /// the table; empty where not even the family is known.
    pub name: String,
    /// Whether it gets updates on the day.
    pub support: Support,
    /// The last day of updates that nobody has to enrol for: the latest among the releases that it can be; `None`
    /// where one of them has no end announced.
    pub ends: Option<NaiveDate>,
}

/// Article 10(4)①: judges the system for a day in Japan.
pub fn judge(rules: &ChecklistRules, seen: Seen<'_>, day: NaiveDate) -> Judged {
    let os = device::os(seen);
    let number = version::number(os, seen);
    let goes_by = |it: &&SystemRelease| {
        it.family == family(os)
            && number.is_some_and(|number| it.from <= number && it.to.is_none_or(|to| number <= to))
    };
    let releases: Vec<_> = rules.systems.iter().filter(goes_by).collect();
    // One number may be that of several releases: what is said is what holds for all of them.
    let standings = releases.iter().map(|it| standing(rules, it, day));
    let support = standings.reduce(|one, other| if one == other { one } else { Support::CannotTell });
    let ends = releases.iter().map(|it| it.ends).reduce(|one, other| Some(one?.max(other?)));
    Judged {
        os,
        name: name(os, number, &releases),
        support: support.unwrap_or(Support::CannotTell),
        ends: ends.flatten().map(|it| it.0),
    }
}

/// A release on a day. Nobody sees whether a device takes part in extended updates.
fn standing(rules: &ChecklistRules, release: &SystemRelease, day: NaiveDate) -> Support {
    let lasts = |until: Day| day <= until.0;
    if release.ends.is_none_or(lasts) {
        Support::Supported
    } else if rules.windows_10_extended && release.extended.is_some_and(lasts) {
        Support::CannotTell
    } else {
        Support::ProbablyEnded
    }
}

fn name(os: Os, number: Option<u16>, releases: &[&SystemRelease]) -> String {
    let mut name = String::new();
    match number.filter(|_| !releases.is_empty()) {
        None => name.push_str(os.name()),
        Some(_) if os == Os::Windows => releases.iter().for_each(|it| also(&mut name, &it.name)),
        // The number is the one that people know, and a line of the table may stand for several.
        Some(number) => name = [os.name(), " ", &u32::from(number).to_string()].concat(),
    }
    name
}

/// The family's name in the table.
fn family(os: Os) -> &'static str {
    match os {
        Os::IpadOs => "ipados",
        Os::Windows | Os::MacOs | Os::Ios | Os::Android => os.key(),
        Os::ChromeOs | Os::Linux | Os::Other => "",
    }
}

/// "Windows 11 24H2" and "Windows 11 25H2" are "Windows 11 24H2 / 25H2".
fn also(names: &mut String, name: &str) {
    if names.is_empty() {
        names.push_str(name);
    } else if names != name {
        let family = name.rsplit_once(' ').filter(|it| names.starts_with(it.0));
        names.push_str(" / ");
        names.push_str(family.map_or(name, |it| it.1));
    }
}
