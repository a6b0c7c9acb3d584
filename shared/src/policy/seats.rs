//! Article 4(1), an office setting: officers free per slot on single days.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::time::{Day, parse_date};
use crate::wire::{Node, Source, Wire, write_text};

/// Seats by day, `{"2026-11-26": 3}`. A plain list in the widget: a map of the standard library is half a kilobyte there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Day, u16>", into = "BTreeMap<Day, u16>")]
pub struct SeatsByDay(Vec<(Day, u16)>);

impl SeatsByDay {
    /// The seats of a day that has its own.
    pub fn get(&self, day: Day) -> Option<u16> {
        self.0.iter().find(|it| it.0 == day).map(|it| it.1)
    }

    /// The days that have their own and their seats, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Day, u16)> + '_ {
        self.0.iter().copied()
    }

    /// All days that have their own, in no order.
    pub fn into_days(self) -> Vec<(Day, u16)> {
        self.0
    }

    /// Sets the seats of a day.
    pub fn insert(&mut self, day: Day, seats: u16) {
        self.0.retain(|it| it.0 != day);
        self.0.push((day, seats));
    }
}

impl From<BTreeMap<Day, u16>> for SeatsByDay {
    fn from(days: BTreeMap<Day, u16>) -> Self {
        Self(days.into_iter().collect())
    }
}

impl From<SeatsByDay> for BTreeMap<Day, u16> {
    fn from(days: SeatsByDay) -> Self {
        days.0.into_iter().collect()
    }
}

/// A list that is not there is empty.
impl Wire for SeatsByDay {
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        let mut days = Self::default();
        if source.node.is_none() {
            return days;
        }
        for (day, value) in source.take(Vec::new(), N::entries) {
            let day = parse_date(&day).unwrap_or_else(|| {
                source.amiss.set(true);
                NaiveDate::MIN
            });
            days.insert(Day(day), u16::read(&source.with(Some(value))));
        }
        days
    }

    fn write(&self, json: &mut String) {
        json.push('{');
        for (at, (day, seats)) in self.0.iter().enumerate() {
            if 0 < at {
                json.push(',');
            }
            write_text(json, &day.0.to_string());
            json.push(':');
            seats.write(json);
        }
        json.push('}');
    }
}
