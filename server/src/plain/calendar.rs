//! 4(1)④: a calendar of days with free times, and the wishes chosen from it. Choosing a day shows its times; each press is a form
//! of its own that carries all else along.

use askama::Template;
use chrono::{Datelike as _, NaiveDate, TimeDelta};
use precheck_shared::calendar::{DayPlan, Slot, SlotState, day_plan, last_day};
use precheck_shared::clause::item;
use precheck_shared::time::{HourMinute, day_of, days, format_instant, parse_date, parse_instant};

use super::entry::Entry;
use super::fields::Below;
use super::page::Frame;
use super::words::{Html, Words};
use crate::service::JudgedBy;

#[derive(Template)]
#[template(path = "plain/calendar.html")]
pub(super) struct Calendar {
    words: Words,
    clause: Html,
    hint: Html,
    faults: Vec<Below>,
    wishes: Vec<Wish>,
    full: bool,
    months: Vec<Month>,
    times: Option<Times>,
}

struct Wish {
    place: Html,
    when: Html,
}

struct Month {
    caption: Html,
    weekdays: Vec<(Html, String)>,
    weeks: Vec<[Option<Day>; 7]>,
}

struct Day {
    date: NaiveDate,
    told: Html,
    mark: String,
    open: bool,
    chosen: bool,
}

/// The times of the chosen day, or why there are none.
struct Times {
    heading: Html,
    until: Html,
    refusal: Html,
    slots: Vec<Time>,
}

struct Time {
    value: String,
    span: String,
    state: Html,
    kind: &'static str,
    chosen: bool,
    can_be: bool,
}

pub(super) fn calendar(by: &JudgedBy<'_>, page: &Frame, entry: &Entry) -> Calendar {
    let (words, rules) = (page.words, &by.policy.booking);
    let wished = entry.wishes();
    let shown: Vec<_> = days(day_of(by.now), last_day(&by.policy, by.now)).collect();
    let plan = |day| day_plan(&by.policy, &by.taken, by.now, day);
    let chosen = parse_date(entry.get("day")).filter(|it| shown.contains(it));
    let months = months_of(&shown).into_iter().map(|it| month(words, it, &shown, chosen, &plan));
    let full = usize::from(rules.wishes_max) <= wished.len();
    let places = (0..=wished.len()).map(|at| format!("wishes-{at}")).chain(["wishes".to_owned()]);
    Calendar {
        words,
        clause: words.clause(item(4, 1, 4)),
        hint: words.fill(
            "wishes.hint",
            &[("minutes", &rules.length_minutes.to_string()), ("most", &rules.wishes_max.to_string())],
        ),
        faults: places.map(|id| Below { faults: page.faults.at(&id), id }).collect(),
        wishes: wished
            .iter()
            .enumerate()
            .map(|(at, it)| Wish {
                place: words.count("wishes.nth", at + 1),
                when: parse_instant(it).map_or_else(|| Html::of(it), |it| words.date_time(it)),
            })
            .collect(),
        full,
        months: months.collect(),
        times: chosen.map(|day| times(by, words, &plan(day), &wished, full)),
    }
}

/// The first of each month that has a day to show.
fn months_of(shown: &[NaiveDate]) -> Vec<NaiveDate> {
    let mut months: Vec<_> = shown.iter().filter_map(|it| it.with_day(1)).collect();
    months.dedup();
    months
}

fn month(
    words: Words,
    first: NaiveDate,
    shown: &[NaiveDate],
    chosen: Option<NaiveDate>,
    plan: &dyn Fn(NaiveDate) -> DayPlan,
) -> Month {
    let mut weeks: Vec<[Option<Day>; 7]> = Vec::new();
    for date in shown.iter().filter(|it| it.with_day(1) == Some(first)) {
        let at = date.weekday().num_days_from_monday() as usize;
        if weeks.is_empty() || at == 0 {
            weeks.push([const { None }; 7]);
        }
        if let Some(week) = weeks.last_mut() {
            week[at] = Some(day(words, &plan(*date), chosen == Some(*date)));
        }
    }
    let name = |at: usize| words.bare(&format!("weekday.{}", at + 1));
    let weekdays =
        words.texts.get("weekday.short").split(' ').enumerate().map(|(at, it)| (Html::of(it), name(at)));
    let caption = words.texts.get(&format!("month.{}", first.month())).to_owned();
    Month {
        caption: words.fill("date.month", &[("year", &first.year().to_string()), ("month", &caption)]),
        weekdays: weekdays.collect(),
        weeks,
    }
}

/// Says the date, the weekday, and how many times are free, or why none is.
fn day(words: Words, plan: &DayPlan, chosen: bool) -> Day {
    let free = plan.slots.iter().filter(|it| it.state != SlotState::Full).count();
    let date = words.texts.short_date(plan.date);
    let (told, mark) = match &plan.refusal {
        None => (words.texts.fill("calendar.free", &[("n", &free.to_string())]), free.to_string()),
        Some(why) => (why.code.title(words.texts), "－".to_owned()),
    };
    Day {
        date: plan.date,
        told: Html::of(&format!("{date} {told}")),
        mark,
        open: plan.refusal.is_none(),
        chosen,
    }
}

fn times(by: &JudgedBy<'_>, words: Words, plan: &DayPlan, wished: &[String], full: bool) -> Times {
    let texts = words.texts;
    let length = TimeDelta::minutes(i64::from(by.policy.booking.length_minutes));
    let time = |it: &Slot| {
        let value = format_instant(it.start);
        let place = wished.iter().position(|wish| parse_instant(wish) == Some(it.start));
        let kind = it.state.as_str();
        let state = match place {
            Some(at) => words.count("wishes.nth", at + 1),
            None => words.t(&format!("slot.{kind}")),
        };
        let span = format!("{}～{}", HourMinute::of(it.start), HourMinute::of(it.start + length));
        let can_be = place.is_some() || (it.state != SlotState::Full && !full);
        Time { value, span, state, kind, chosen: place.is_some(), can_be }
    };
    let refusal =
        plan.refusal.as_ref().map(|it| Html::of(&format!("{} {}", it.message(texts), it.cure(texts))));
    Times {
        heading: words.fill("calendar.times", &[("date", &texts.date(plan.date))]),
        until: words.fill("calendar.until", &[("time", &texts.date_time(plan.deadline))]),
        slots: if refusal.is_some() { Vec::new() } else { plan.slots.iter().map(time).collect() },
        refusal: refusal.unwrap_or_default(),
    }
}
