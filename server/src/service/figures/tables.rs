//! What is counted, as tables: each is one chart, one table on the page, one file.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::journey::Step;

use super::{Counted, monday_of};
use crate::service::visits::SYSTEMS;

/// Their names, in the order of the page.
pub const NAMES: [&str; 11] = [
    "visits",
    "requests",
    "counsellings",
    "seats",
    "results",
    "leads",
    "endings",
    "steps",
    "checks",
    "systems",
    "browsers",
];

/// How bookings come in.
const CHANNELS: [&str; 4] = ["widget", "telephone", "counter", "counselling"];

/// What becomes of a request.
const STATES: [&str; 10] = [
    "requested",
    "confirmed",
    "held",
    "cancelled",
    "cancelled_by_office",
    "deemed_cancelled",
    "stopped",
    "withdrawn",
    "declined",
    "lapsed",
];

/// Days from receipt to the counselling, by the first of each bucket; the last line is for requests without one.
const LEADS: [(&str, Option<u32>); 8] = [
    ("0", Some(0)),
    ("1", Some(1)),
    ("2", Some(2)),
    ("3", Some(3)),
    ("4", Some(4)),
    ("8", Some(8)),
    ("15", Some(15)),
    ("none", None),
];

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Also the file's name.
    pub name: &'static str,
    /// The columns of counts.
    pub columns: Vec<Column>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Which sums may be known outside.
    pub(crate) sums: Sums,
}

/// A column, and what the chart makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// By which its words are found.
    pub name: &'static str,
    /// It is part of what the chart shows.
    pub drawn: bool,
}

/// Which sums of a table may be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sums {
    /// Of its one column.
    Column,
    /// Of the first column; what stands beside it counts no people.
    First,
    /// Of each line.
    Lines,
    /// Of lines and columns.
    Both,
}

/// A line.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it counts.
    pub label: Label,
    /// How many, by column.
    pub counts: Vec<u32>,
    /// It cannot be counted any more: the records are erased.
    pub erased: bool,
}

/// What a line counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// A week from this Monday on.
    Week(NaiveDate),
    /// A name of ours.
    Name(String),
}

impl Counted {
    /// All tables.
    pub fn tables(&self) -> Vec<Table> {
        vec![
            self.visits(),
            self.requests(),
            self.counsellings(),
            self.seats(),
            self.results(),
            self.leads(),
            self.endings(),
            self.steps(),
            self.checks(),
            self.systems(),
            self.browsers(),
        ]
    }

    /// 4(3): affirmed silences, and the counsellings that have ended one way or the other.
    pub fn silences(&self) -> (u32, u32) {
        let of = |counts: &dyn Fn(&str, bool) -> bool| {
            self.arranged.iter().filter(|it| counts(&it.state, it.affirmed)).map(|it| it.count).sum()
        };
        let silent = of(&|state, affirmed| state == "deemed_cancelled" && affirmed);
        let other: u32 = of(&|state, _| matches!(state, "held" | "stopped"));
        (silent, silent + other)
    }

    /// Seats taken, and all of them, in the weeks that are over or running.
    pub fn use_of_seats(&self) -> (u32, u32) {
        (self.taken.values().sum(), self.seats.values().sum())
    }

    /// The week of a Monday as a line; visits of weeks whose records are erased cannot be counted.
    fn weekly(&self, counts: impl Fn(i64) -> Vec<u32>) -> Vec<Line> {
        let line = |week| Line { label: Label::Week(monday_of(week)), counts: counts(week), erased: false };
        self.period.weeks().map(line).collect()
    }

    fn visits(&self) -> Table {
        let mut lines = self.weekly(|week| vec![self.visits.get(&week).copied().unwrap_or(0)]);
        for (week, line) in self.period.weeks().zip(&mut lines) {
            line.erased = week < self.visits_from;
        }
        one("visits", lines)
    }

    fn requests(&self) -> Table {
        let mut by_week = BTreeMap::new();
        for it in &self.received {
            *by_week.entry((it.week, it.channel.as_str())).or_default() += it.count;
        }
        let of = |week| CHANNELS.map(|it| by_week.get(&(week, it)).copied().unwrap_or(0)).to_vec();
        let columns = CHANNELS.map(|name| Column { name, drawn: true }).to_vec();
        Table { name: "requests", columns, lines: self.weekly(of), sums: Sums::Both }
    }

    fn counsellings(&self) -> Table {
        let mut by_week = BTreeMap::new();
        for it in &self.arranged {
            let of_week: &mut [u32; 3] = by_week.entry(it.week).or_default();
            match it.state.as_str() {
                "held" => of_week[0] += it.count,
                "confirmed" => of_week[1] += it.count,
                _ => of_week[2] += it.count,
            }
        }
        let of = |week| by_week.get(&week).copied().unwrap_or_default().to_vec();
        let names = ["held", "open", "not_held"];
        let columns = names.map(|name| Column { name, drawn: name == "held" }).to_vec();
        Table { name: "counsellings", columns, lines: self.weekly(of), sums: Sums::Both }
    }

    fn seats(&self) -> Table {
        let of = |week| [&self.taken, &self.seats].map(|it| it.get(&week).copied().unwrap_or(0)).to_vec();
        let columns = vec![Column { name: "taken", drawn: true }, Column { name: "all", drawn: false }];
        Table { name: "seats", columns, lines: self.weekly(of), sums: Sums::First }
    }

    fn results(&self) -> Table {
        let of = |state: &str| {
            let found = self.received.iter().filter(|it| it.state == state);
            found.map(|it| it.count).sum()
        };
        one("results", STATES.iter().map(|it| named(it, of(it))).collect())
    }

    fn leads(&self) -> Table {
        let of = |lead| self.received.iter().filter(|it| it.lead == lead).map(|it| it.count).sum();
        one("leads", LEADS.iter().map(|(name, lead)| named(name, of(*lead))).collect())
    }

    fn endings(&self) -> Table {
        let of = |state: &str, affirmed| {
            let found = self.arranged.iter().filter(|it| it.state == state && it.affirmed == affirmed);
            found.map(|it| it.count).sum::<u32>()
        };
        let either = |state| named(state, of(state, false) + of(state, true));
        let mut lines = ["held", "cancelled", "cancelled_by_office", "stopped"].map(either).to_vec();
        lines.push(named("affirmed", of("deemed_cancelled", true)));
        lines.push(named("deemed", of("deemed_cancelled", false)));
        one("endings", lines)
    }

    fn steps(&self) -> Table {
        let at = |step: &str| {
            let found = self.visited.iter().filter(|it| it.step == step);
            found.map(|it| it.count).sum::<u32>()
        };
        // The first report is of the step behind the first one.
        let lines = Step::ALL.into_iter().skip(1).map(|it| {
            let stayed = at(it.as_str()) + if it == Step::Consent { at("conditions") } else { 0 };
            named(it.as_str(), stayed)
        });
        one("steps", lines.collect())
    }

    fn checks(&self) -> Table {
        let mut counts = [[0_u32; 3]; Item::ALL.len()];
        for (checks, count) in &self.checked {
            for pair in checks.split(',') {
                let Some((item, outcome)) = pair.split_once('=') else { continue };
                let Some(item) = Item::parse(item) else { continue };
                let column = match Outcome::parse(outcome) {
                    Some(Outcome::Failed) => 0,
                    Some(Outcome::ByTheDay | Outcome::Unknown) => 1,
                    _ => 2,
                };
                counts[item as usize][column] += count;
            }
        }
        let line = |it: &Item| Line {
            label: Label::Name(it.as_str().to_owned()),
            counts: counts[*it as usize].to_vec(),
            erased: false,
        };
        let mut lines: Vec<_> = Item::ALL.iter().map(line).collect();
        lines.sort_by_key(|it| std::cmp::Reverse(it.counts[0]));
        let names = ["failed", "open", "good"];
        let columns = names.map(|name| Column { name, drawn: name == "failed" }).to_vec();
        Table { name: "checks", columns, lines, sums: Sums::Lines }
    }

    fn systems(&self) -> Table {
        let of = |os: &str| self.visited.iter().filter(|it| it.os == os).map(|it| it.count).sum();
        one("systems", SYSTEMS.iter().map(|it| named(it, of(it))).collect())
    }

    fn browsers(&self) -> Table {
        let mut by_name: BTreeMap<&str, u32> = BTreeMap::new();
        for it in &self.visited {
            *by_name.entry(&it.browser).or_default() += it.count;
        }
        let mut lines: Vec<_> = by_name.into_iter().map(|(name, count)| named(name, count)).collect();
        lines.sort_by_key(|it| std::cmp::Reverse(it.counts[0]));
        one("browsers", lines)
    }
}

fn named(name: &str, count: u32) -> Line {
    Line { label: Label::Name(name.to_owned()), counts: vec![count], erased: false }
}

/// A table of one column, whose sum may be known.
fn one(name: &'static str, lines: Vec<Line>) -> Table {
    Table { name, columns: vec![Column { name: "count", drawn: true }], lines, sums: Sums::Column }
}
