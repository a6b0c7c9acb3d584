//! What was entered about a bad day, kept as it was.

use chrono::TimeDelta;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::person::{OWN_TABLES, is_note};
use precheck_shared::time::{HourMinute, at, day_of, midnight, parse_date, parse_instant};
use precheck_shared::violation::{Code, Violation};

use crate::desk::fields::Fields;
use crate::desk::words::{dates, fill, t, t2};
use crate::error::ApiError;
use crate::service::affected::{Picked, Remedy, Span};
use crate::state::AppState;

/// Longest addition to a reason, in characters.
const LONGEST_ADDITION: usize = 300;

/// More rows than a day has.
const MOST: usize = 200;

/// Why a day is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Closure,
    OfficerAway,
    Outage,
}

/// The form's fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Form {
    pub(super) day: String,
    pub(super) officer: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) cause: String,
    pub(super) act: String,
    pub(super) addition: String,
    /// Number, version, start, officer of each row that was picked.
    pub(super) rows: Vec<FormRow>,
    /// Whether anything was sent: before that every row is picked.
    pub(super) sent: bool,
}

/// A row as it was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct FormRow {
    pub(super) number: String,
    pub(super) picked: bool,
    version: String,
    pub(super) start: String,
    pub(super) officer: String,
}

/// What is to be done.
pub(super) struct Order {
    pub(super) picked: Vec<Picked>,
    pub(super) reason: String,
}

impl Cause {
    pub(super) const ALL: [Self; 3] = [Self::Closure, Self::OfficerAway, Self::Outage];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Closure => "closure",
            Self::OfficerAway => "officer_away",
            Self::Outage => "outage",
        }
    }
}

impl Form {
    /// As it was sent, by a form or in an address; without a day it is about today.
    pub(super) fn read(fields: &Fields, app: &AppState) -> Self {
        let text = |name: &str| fields.get(name).trim().to_owned();
        let row = |number: &str| FormRow {
            number: number.to_owned(),
            picked: fields.all("pick").any(|it| it == number),
            version: text(&format!("version-{number}")),
            start: text(&format!("start-{number}")),
            officer: text(&format!("officer-{number}")),
        };
        let mut form = Self {
            day: text("day"),
            officer: text("officer"),
            from: text("from"),
            to: text("to"),
            cause: text("cause"),
            act: text("act"),
            addition: text("addition"),
            rows: fields.all("row").take(MOST).map(row).collect(),
            sent: fields.has("row"),
        };
        if form.day.is_empty() {
            form.day = day_of(app.clock.now()).to_string();
        }
        if form.cause.is_empty() {
            let hours = !form.from.is_empty() || !form.to.is_empty();
            let guess = if form.officer.is_empty() {
                if hours { Cause::Outage } else { Cause::Closure }
            } else {
                Cause::OfficerAway
            };
            guess.as_str().clone_into(&mut form.cause);
        }
        form
    }

    /// Which counsellings are meant.
    pub(super) fn span(&self) -> Result<Span, ApiError> {
        let day = parse_date(&self.day);
        let time = |typed: &str, else_: HourMinute| match typed {
            "" => Some(else_),
            typed => HourMinute::parse(typed),
        };
        let from = time(&self.from, HourMinute::default());
        let to = match self.to.as_str() {
            "" => day.map(|it| midnight(it + TimeDelta::days(1))),
            typed => HourMinute::parse(typed).zip(day).map(|(time, day)| at(day, time)),
        };
        let start = day.zip(from).map(|(day, from)| at(day, from));
        let end = if self.to.is_empty() { "/from" } else { "/to" };
        let wrong = |holds: bool, pointer: &str, what| (!holds).then(|| fault(pointer, what));
        let faults: Vec<_> = [
            wrong(day.is_some(), "/day", "affected_day"),
            wrong(from.is_some(), "/from", "affected_time"),
            wrong(to.is_some() || day.is_none(), "/to", "affected_time"),
            // Nothing lies in it, which somebody would take for the answer.
            wrong(start.zip(to).is_none_or(|(start, to)| start < to), end, "affected_span"),
        ]
        .into_iter()
        .flatten()
        .collect();
        match (day, from, to) {
            (Some(day), Some(from), Some(to)) if faults.is_empty() => {
                let officer = (!self.officer.is_empty()).then(|| self.officer.clone());
                Ok(Span { from: at(day, from), to, officer })
            }
            _ => Err(ApiError::Refused { violations: faults, terms: None }),
        }
    }

    /// What is to be done with which rows.
    pub(super) fn order(&self) -> Result<Order, ApiError> {
        let mut faults = Vec::new();
        let cause = Cause::ALL.into_iter().find(|it| it.as_str() == self.cause);
        if cause.is_none() {
            faults.push(fault("/cause", "affected_cause"));
        }
        if !is_note(OWN_TABLES, &self.addition, LONGEST_ADDITION) {
            faults.push(fault("/addition", "affected_addition").with("most", LONGEST_ADDITION.to_string()));
        }
        let picked: Vec<_> =
            self.rows.iter().filter(|it| it.picked).filter_map(|it| it.picked(&self.act)).collect();
        if !matches!(self.act.as_str(), "cancel" | "move" | "take_over") {
            faults.push(fault("/act", "affected_act"));
        } else if picked.is_empty() {
            faults.push(fault("/rows", "affected_rows"));
        }
        match cause {
            Some(cause) if faults.is_empty() => {
                let words = t2("desk.affected.reason.", cause.as_str());
                Ok(Order { picked, reason: [words.as_str(), &self.addition].join("\n").trim().to_owned() })
            }
            _ => Err(ApiError::Refused { violations: faults, terms: None }),
        }
    }

    /// The span, as its heading says it.
    pub(super) fn in_words(&self) -> String {
        let day = parse_date(&self.day).map_or_else(|| self.day.clone(), |it| dates().date(it));
        let hours = match (self.from.as_str(), self.to.as_str()) {
            ("", "") => t("desk.affected.whole_day").to_owned(),
            (from, "") => fill("desk.affected.from", &[("from", from)]),
            ("", to) => fill("desk.affected.to", &[("to", to)]),
            (from, to) => fill("desk.affected.from_to", &[("from", from), ("to", to)]),
        };
        format!("{day} {hours}")
    }

    /// A row of what was sent.
    pub(super) fn row(&self, number: &str) -> Option<&FormRow> {
        self.rows.iter().find(|it| it.number == number)
    }
}

impl FormRow {
    /// `None` for what no form of ours sends.
    fn picked(&self, act: &str) -> Option<Picked> {
        let remedy = match act {
            "cancel" => Remedy::Cancel,
            "move" => Remedy::Move(parse_instant(&self.start)),
            "take_over" => Remedy::TakeOver(self.officer.clone()),
            _ => return None,
        };
        // A version that cannot be read is none that the booking has.
        let version = self.version.parse().unwrap_or(0);
        Some(Picked { number: ReceptionNumber::parse(&self.number)?, version, remedy })
    }
}

fn fault(pointer: &str, what: &'static str) -> Violation {
    Violation::of_setting(Code::Malformed, pointer).variant(what)
}
