//! The office's settings: every number and name that the rules need, as data.
//!
//! An office is a folder (`offices/otaru/`): its published terms, `policy.toml`, `closures.toml`, `systems.toml`. The
//! server reads the folder and hands the policy to the widget as JSON; the rules take it as an argument. Nothing here
//! decides.

use serde::{Deserialize, Serialize};

use crate::time::{Day, HourMinute};
use crate::wire::{Node, Source, Wire};
use crate::wire_fields;

pub mod line;
pub mod seats;
pub mod systems;

pub use line::LineRules;
pub use seats::SeatsByDay;
pub use systems::{SystemRelease, SystemTable};

/// The embedded default office, Hello Work Otaru.
pub mod otaru {
    /// `policy.toml`
    pub const POLICY: &str = include_str!("../offices/otaru/policy.toml");
    /// `closures.toml`
    pub const CLOSURES: &str = include_str!("../offices/otaru/closures.toml");
    /// `systems.toml`
    pub const SYSTEMS: &str = include_str!("../offices/otaru/systems.toml");
    /// The terms as published, with the name of their file.
    pub const TERMS: (&str, &str) =
        ("terms-2023-10-01.txt", include_str!("../offices/otaru/terms-2023-10-01.txt"));
}

/// Everything an office sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Who the office is.
    pub office: OfficeName,
    /// How it is reached.
    pub contact: Contact,
    /// Article 3: the application software.
    pub app: ConferencingApp,
    /// Article 4(1).
    pub booking: BookingRules,
    /// Seats per slot.
    pub seats: Seats,
    /// Article 4(3).
    pub cancellation: CancellationRules,
    /// Article 10.
    pub checklist: ChecklistRules,
    /// Articles 5 and 6.
    pub records: RecordRules,
    /// Closures of the office's own.
    #[serde(default)]
    pub closures: Vec<Closure>,
    /// The staff's desk. No client is told of it.
    #[serde(default, skip_serializing)]
    pub desk: DeskRules,
}

/// The office's names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeName {
    /// Short identifier, `otaru`; also the first part of its terms' ids.
    pub id: String,
    /// Official name.
    pub name: String,
    /// Everyday name.
    pub short_name: String,
    /// Name in Latin letters.
    pub name_en: String,
}

/// How the office is reached; an empty text means that it is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Telephone number as people write it.
    pub telephone: String,
    /// Mail address.
    pub mail: String,
    /// Postal address.
    pub address: String,
    /// Reception opens.
    pub opens: HourMinute,
    /// Reception closes.
    pub closes: HourMinute,
    /// The national telephone relay service.
    pub relay_url: String,
    /// One more channel for people who cannot hear or speak.
    pub extra_channel: String,
}

/// Article 3: what the counselling is held with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConferencingApp {
    /// Name, "Zoom".
    pub name: String,
    /// Its terms of service, to be agreed to separately.
    pub terms_url: String,
    /// Its own test meeting.
    pub test_url: String,
    /// Where it is got from.
    pub download_url: String,
    /// Join links lie on this host or below it.
    pub join_host: String,
    /// Fewest digits of a meeting ID.
    pub meeting_id_digits_min: u8,
    /// Most digits of a meeting ID.
    pub meeting_id_digits_max: u8,
    /// What a video call between two takes, each way, in kbit/s.
    pub video_kbps: u16,
}

/// Article 4(1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookingRules {
    /// Length of a counselling in minutes.
    pub length_minutes: u16,
    /// The windows that a counselling lies wholly inside of, half-open, in order.
    pub windows: Vec<Window>,
    /// Starts lie on this grid.
    pub grid_minutes: u16,
    /// The last bookable date is today + this many days, inclusive.
    pub days_ahead: u16,
    /// Most wishes in a request.
    pub wishes_max: u8,
    /// Until when a request must arrive.
    pub cutoff: Cutoff,
}

/// Hours of a day, [from, to).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// First minute inside.
    pub from: HourMinute,
    /// First minute outside.
    pub to: HourMinute,
}

/// Until when a request must arrive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cutoff {
    /// Which reading of "by the day before" the office takes.
    pub rule: CutoffRule,
    /// How many business days before the wished day; of no meaning for `calendar_day`.
    #[serde(default)]
    pub business_days: u8,
    /// Close of reception on that business day; a request at this very moment is too late.
    #[serde(default)]
    pub close: HourMinute,
}

/// The two readings of "by the day before".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutoffRule {
    /// While the office can still act: close of reception on a business day before.
    BusinessDays,
    /// Literally: 24:00 of the calendar day before.
    CalendarDay,
}

/// Officers free per slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seats {
    /// On any day.
    pub default: u16,
    /// On single days, by `2026-11-26`.
    #[serde(default)]
    pub by_date: SeatsByDay,
}

/// Article 4(3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancellationRules {
    /// Minutes of silence after the start that make a cancellation.
    pub grace_minutes: u16,
}

/// Article 10(4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistRules {
    /// Whether Windows 10 with extended security updates counts as supported.
    pub windows_10_extended: bool,
    /// From when on a line is good, and from when on it is poor.
    pub line: LineRules,
    /// Releases of operating systems and how long they get security updates; from `systems.toml`.
    #[serde(default)]
    pub systems: Vec<SystemRelease>,
}

/// Articles 5 and 6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRules {
    /// Days after a request was declined, withdrawn or lapsed.
    pub closed_request_days: u16,
    /// Days after the appointment.
    pub appointment_days: u16,
    /// Days of access records.
    pub access_days: u16,
    /// A published cell that counts fewer is suppressed.
    pub small_cell: u32,
}

/// The staff's desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskRules {
    /// A session in which nobody acts or types ends after so many minutes.
    pub idle_minutes: u16,
}

impl Default for DeskRules {
    fn default() -> Self {
        Self { idle_minutes: 15 }
    }
}

/// A day on which the office is closed by its own decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// The day.
    pub date: Day,
    /// Why, as people read it.
    pub reason: String,
}

wire_fields!(Policy { office, contact, app, booking, seats, cancellation, checklist, records, closures } beside { desk });
wire_fields!(OfficeName { id, name, short_name, name_en });
wire_fields!(Contact { telephone, mail, address, opens, closes, relay_url, extra_channel });
wire_fields!(ConferencingApp {
    name,
    terms_url,
    test_url,
    download_url,
    join_host,
    meeting_id_digits_min,
    meeting_id_digits_max,
    video_kbps
});
wire_fields!(BookingRules { length_minutes, windows, grid_minutes, days_ahead, wishes_max, cutoff });
wire_fields!(Window { from, to });
wire_fields!(Cutoff { rule, business_days, close });
wire_fields!(Seats { default, by_date });
wire_fields!(CancellationRules { grace_minutes });
wire_fields!(ChecklistRules { windows_10_extended, line, systems });
wire_fields!(RecordRules { closed_request_days, appointment_days, access_days, small_cell });
wire_fields!(Closure { date, reason });

impl Wire for CutoffRule {
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        source.take(Self::BusinessDays, |it| match it.text()?.as_str() {
            "business_days" => Some(Self::BusinessDays),
            "calendar_day" => Some(Self::CalendarDay),
            _ => None,
        })
    }

    fn write(&self, json: &mut String) {
        json.push_str(match self {
            Self::BusinessDays => "\"business_days\"",
            Self::CalendarDay => "\"calendar_day\"",
        });
    }
}

impl Policy {
    /// What contradicts itself or the terms, one line per fault; empty when the policy can be used.
    pub fn faults(&self) -> Vec<String> {
        let booking = &self.booking;
        let mut faults = Vec::new();
        let mut hold = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        hold(!self.office.id.is_empty(), "office.id is empty");
        hold(!self.office.name.is_empty(), "office.name is empty");
        hold(!self.app.join_host.is_empty(), "app.join_host is empty");
        hold(
            0 < self.app.meeting_id_digits_min
                && self.app.meeting_id_digits_min <= self.app.meeting_id_digits_max,
            "app.meeting_id_digits_min is 1 or more and not above app.meeting_id_digits_max",
        );
        hold(0 < booking.length_minutes, "booking.length_minutes is 0");
        let grid = booking.grid_minutes;
        hold(
            0 < grid && 60_u16.is_multiple_of(grid) && booking.length_minutes.is_multiple_of(grid),
            "booking.grid_minutes divides 60 and booking.length_minutes",
        );
        hold(!booking.windows.is_empty(), "booking.windows is empty");
        hold(
            booking.windows.iter().all(|it| it.from.minutes() + booking.length_minutes <= it.to.minutes()),
            "each of booking.windows holds at least one counselling",
        );
        hold(
            booking.windows.windows(2).all(|pair| pair[0].to <= pair[1].from),
            "booking.windows are in order and do not overlap",
        );
        hold((1..=10).contains(&booking.wishes_max), "booking.wishes_max is 1 to 10");
        hold((1..=366).contains(&booking.days_ahead), "booking.days_ahead is 1 to 366");
        hold(
            booking.cutoff.rule == CutoffRule::CalendarDay
                || (1..=30).contains(&booking.cutoff.business_days),
            "booking.cutoff.business_days is 1 to 30",
        );
        hold(
            booking.cutoff.rule == CutoffRule::CalendarDay || 0 < booking.cutoff.close.minutes(),
            "booking.cutoff.close is missing",
        );
        hold(self.contact.opens < self.contact.closes, "contact.opens is before contact.closes");
        hold(0 < self.app.video_kbps, "app.video_kbps is 0");
        hold((1..=60).contains(&self.desk.idle_minutes), "desk.idle_minutes is 1 to 60");
        faults.extend(self.checklist.line.faults().into_iter().map(|it| ["checklist.line: ", it].concat()));
        let systems = systems::faults(&self.checklist.systems).into_iter();
        faults.extend(systems.map(|it| ["checklist.systems: ", &it].concat()));
        faults
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Otaru's policy as embedded, with its table of systems.
    pub(crate) fn otaru_policy() -> Policy {
        let mut policy: Policy = toml::from_str(otaru::POLICY).expect("the embedded policy reads");
        let table: SystemTable = toml::from_str(otaru::SYSTEMS).expect("the embedded table reads");
        policy.checklist.systems = table.system;
        policy
    }

    #[test]
    fn otarus_settings_read_and_do_not_contradict_themselves() {
        assert_eq!(otaru_policy().faults(), Vec::<String>::new());
    }

    #[test]
    fn article_4_1_a_grid_divides_the_hour_and_the_length() {
        for (grid, length, holds) in
            [(30, 30, true), (15, 30, true), (10, 30, true), (20, 30, false), (60, 30, false), (0, 30, false)]
        {
            let mut policy = otaru_policy();
            policy.booking.grid_minutes = grid;
            policy.booking.length_minutes = length;
            assert_eq!(policy.faults().is_empty(), holds, "grid {grid}, length {length}");
        }
    }

    #[test]
    fn article_10_4_a_fault_of_the_line_or_of_the_table_of_systems_is_one_of_the_policy() {
        let mut policy = otaru_policy();
        policy.checklist.line.least_kbps = 0;
        assert_eq!(policy.faults().len(), 1);
        assert!(policy.faults()[0].starts_with("checklist.line: least_kbps "), "{:?}", policy.faults());
        let mut policy = otaru_policy();
        policy.checklist.systems[0].to = Some(0);
        policy.checklist.systems[0].from = 1;
        assert_eq!(policy.faults().len(), 1);
        assert!(policy.faults()[0].starts_with("checklist.systems: system 1 "), "{:?}", policy.faults());
    }

    #[test]
    fn each_contradiction_is_named() {
        let mut policy = otaru_policy();
        policy.booking.windows.clear();
        policy.booking.wishes_max = 0;
        policy.contact.closes = policy.contact.opens;
        policy.app.video_kbps = 0;
        assert_eq!(policy.faults().len(), 4);
    }
}
