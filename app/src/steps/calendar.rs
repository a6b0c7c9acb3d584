//! 4(1)④: a calendar of days with free times, and the wishes chosen from it.
//!
//! Drawn by the rules alone, so that it also stands over a bad line; what the server says of seats is added when it
//! comes. A day that cannot be chosen can be asked why. Arrow keys walk the days.

use chrono::{Datelike, NaiveDate, TimeDelta};
use precheck_shared::calendar::{DayPlan, Slot, SlotState, day_plan};
use precheck_shared::clause::item;
use precheck_shared::policy::Policy;
use precheck_shared::time::{HourMinute, day_of, days, format_instant, parse_date, parse_instant};
use web_sys::Event;

use super::booking::{change, faults_of_wishes};
use super::{clause_words, nth_wish};
use crate::js::{call, get, get_text};
use crate::signal::State;
use crate::state::App;
use crate::ui::{View, bare_button, button, dynamic, el, group, id_of, nothing, words};

pub(crate) fn section(app: App) -> View {
    let chosen: State<Option<NaiveDate>> = State::new(None);
    let heading = el("h3", "oc-subheading")
        .set("id", &id_of("/wishes"))
        .set("tabindex", "-1")
        .says(app.t("wishes.heading"))
        .says(" ")
        .with(app.words("span", "oc-mark", "field.required"))
        .says(" ")
        .with(words("span", "oc-clause", &clause_words(app, item(4, 1, 4))));
    let Some(office) = app.office.get_now() else { return nothing() };
    let rules = &office.policy.booking;
    let (minutes, most) = (rules.length_minutes.to_string(), rules.wishes_max.to_string());
    let hint = app.fill("wishes.hint", &[("minutes", &minutes), ("most", &most)]);
    group("oc-wishes")
        .with(heading)
        .with(words("p", "oc-hint", &hint))
        .with(faults_of_wishes(app))
        .with(dynamic(move || wishes(app)))
        .with(dynamic(move || {
            app.days.track();
            month_tables(app, chosen)
        }))
        .with(dynamic(move || {
            app.days.track();
            app.form.track();
            chosen.get().map_or_else(nothing, |day| times(app, chosen, day))
        }))
}

/// The wishes chosen so far, in order of preference.
fn wishes(app: App) -> View {
    let wishes = app.form.with(|it| it.personal.wishes.clone());
    if wishes.is_empty() {
        return app.para("wishes.none");
    }
    let mut list = el("ol", "oc-wish-list");
    for (at, wish) in wishes.iter().enumerate() {
        let when = app.date_time(wish);
        let raise = if at == 0 {
            nothing()
        } else {
            named_button(app, "wishes.raise", &when).press(move || {
                change(app, |it| it.wishes.swap(at - 1, at));
                // Its new place is what is to be heard.
                app.root.focus(&format!("#f-wishes-{}", at - 1));
            })
        };
        let remove = named_button(app, "wishes.remove", &when).press(move || {
            change(app, |it| drop(it.wishes.remove(at)));
            app.root.focus_first(vec![format!("#{}", id_of("/wishes"))]);
        });
        let entry = el("li", "oc-wish")
            .set("id", &id_of(&format!("/wishes/{at}")))
            .set("tabindex", "-1")
            .with(words("span", "oc-wish__place", &nth_wish(app, at)))
            .with(words("span", "oc-wish__time", &when))
            .with(group("oc-wish__acts").with(raise).with(remove));
        list.add(entry);
    }
    list
}

/// A button whose name says what it is about, for people who hear it alone.
fn named_button(app: App, key: &str, about: &str) -> View {
    bare_button("oc-button oc-button--plain oc-button--small").says(app.t(key)).with(words(
        "span",
        "oc-hidden",
        &[" ", about].concat(),
    ))
}

/// A table for each month that can be booked in.
fn month_tables(app: App, chosen: State<Option<NaiveDate>>) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let today = day_of(app.now());
    let last = today + TimeDelta::days(i64::from(office.policy.booking.days_ahead));
    let shown: Vec<_> = days(today, last).collect();
    let (taken, now) = (app.full_slots(), app.now());
    let plan = |day| day_plan(&office.policy, &taken, now, day);
    let first_open = shown.iter().find(|it| plan(**it).refusal.is_none()).copied();
    let reachable = chosen.get().or(first_open).unwrap_or(today);
    let mut tables = group("oc-calendars").on("keydown", move |event| walk(app, &event));
    for month in months_of(&shown) {
        let mut names = el("tr", "");
        for (at, short) in app.t("weekday.short").split(' ').enumerate() {
            let name = app.t_or(&format!("weekday.{}", at + 1), "");
            names.add(words("th", "oc-weekday", short).set("scope", "col").set("abbr", name));
        }
        let mut weeks = el("tbody", "");
        for week in weeks_of(month, &shown) {
            let mut row = el("tr", "");
            for day in week {
                row.add(match day {
                    Some(day) => day_cell(app, &plan(day), chosen, day, reachable == day),
                    None => el("td", "oc-day oc-day--none"),
                });
            }
            weeks.add(row);
        }
        let name = app.t_or(&format!("month.{}", month.month()), "");
        let caption = app.fill("date.month", &[("year", &month.year().to_string()), ("month", name)]);
        let table = el("table", "oc-calendar")
            .with(words("caption", "oc-calendar__month", &caption))
            .with(el("thead", "").with(names))
            .with(weeks);
        tables.add(table);
    }
    tables
}

/// The first of each month that has a day to show.
fn months_of(shown: &[NaiveDate]) -> Vec<NaiveDate> {
    let mut months: Vec<NaiveDate> = Vec::new();
    for first in shown.iter().filter_map(|it| it.with_day(1)) {
        if months.last() != Some(&first) {
            months.push(first);
        }
    }
    months
}

/// The weeks of a month that hold a day to show; days outside are empty cells.
fn weeks_of(month: NaiveDate, shown: &[NaiveDate]) -> Vec<[Option<NaiveDate>; 7]> {
    let mut weeks: Vec<[Option<NaiveDate>; 7]> = Vec::new();
    for day in shown.iter().filter(|it| it.with_day(1) == Some(month)) {
        let at = day.weekday().num_days_from_monday() as usize;
        if weeks.is_empty() || at == 0 {
            weeks.push([None; 7]);
        }
        if let Some(week) = weeks.last_mut() {
            week[at] = Some(*day);
        }
    }
    weeks
}

/// Says the date, the weekday, and how many times are free, or why none is.
fn day_cell(
    app: App,
    plan: &DayPlan,
    chosen: State<Option<NaiveDate>>,
    day: NaiveDate,
    reachable: bool,
) -> View {
    let free = plan.slots.iter().filter(|it| it.state != SlotState::Full).count();
    let texts = app.texts();
    let date = texts.short_date(day);
    let (open, told, mark) = match &plan.refusal {
        None => ("true", app.count("calendar.free", free), free.to_string()),
        Some(why) => ("false", why.code.title(texts), "－".to_owned()),
    };
    let press = bare_button("oc-day__button")
        .set("data-day", &day.to_string())
        .set("data-open", open)
        // One stop for the whole calendar; arrow keys go on from there.
        .set("tabindex", if reachable { "0" } else { "-1" })
        .follow("aria-pressed", move || {
            Some(if chosen.get() == Some(day) { "true" } else { "false" }.to_owned())
        })
        .press(move || {
            chosen.set(Some(day));
            app.root.focus(".oc-times__heading");
        })
        .with(words("span", "oc-hidden", &[&date, " ", &told].concat()))
        .with(words("span", "oc-day__number", &day.day().to_string()).set("aria-hidden", "true"))
        .with(words("span", "oc-day__mark", &mark).set("aria-hidden", "true"));
    el("td", "oc-day").with(press)
}

/// Arrow keys walk days and weeks, Home and End the ends of what is shown.
fn walk(app: App, event: &Event) {
    let Some(here) = get(event, "target") else { return };
    let day = call(&here, "getAttribute", &["data-day".into()]).and_then(|it| parse_date(&it.as_string()?));
    let Some(day) = day else { return };
    let today = day_of(app.now());
    let ahead = app.office.get_now().map_or(0, |it| i64::from(it.policy.booking.days_ahead));
    let next = match get_text(event, "key").as_str() {
        "ArrowLeft" => day - TimeDelta::days(1),
        "ArrowRight" => day + TimeDelta::days(1),
        "ArrowUp" => day - TimeDelta::days(7),
        "ArrowDown" => day + TimeDelta::days(7),
        "Home" => today,
        "End" => today + TimeDelta::days(ahead),
        _ => return,
    };
    call(event, "preventDefault", &[]);
    if let Some(next) = app.root.find(&format!("[data-day='{next}']")) {
        // One button keeps the stop of the Tab key: the one with the focus.
        call(&here, "setAttribute", &["tabindex".into(), "-1".into()]);
        call(&next, "setAttribute", &["tabindex".into(), "0".into()]);
        call(&next, "focus", &[]);
    }
}

/// The times of the chosen day, or why there are none.
fn times(app: App, chosen: State<Option<NaiveDate>>, day: NaiveDate) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let plan = day_plan(&office.policy, &app.full_slots(), app.now(), day);
    let texts = app.texts();
    let heading = app.fill("calendar.times", &[("date", &texts.date(day))]);
    let body = if let Some(why) = plan.refusal {
        words("p", "oc-text", &[&why.message(texts), " ", &why.cure(texts)].concat())
    } else {
        let until = app.fill("calendar.until", &[("time", &texts.date_time(plan.deadline))]);
        let mut slots = group("oc-slots");
        for it in plan.slots {
            slots.add(slot(app, &office.policy, it));
        }
        group("oc-times__body").with(words("p", "oc-hint", &until)).with(slots)
    };
    group("oc-times").with(words("h4", "oc-times__heading", &heading).set("tabindex", "-1")).with(body).with(
        button("oc-link", app.t("calendar.other"), move || {
            app.root.focus_first(vec![format!("[data-day='{day}']")]);
            chosen.set(Some(day));
        }),
    )
}

fn slot(app: App, policy: &Policy, slot: Slot) -> View {
    let start = format_instant(slot.start);
    let end = slot.start + TimeDelta::minutes(i64::from(policy.booking.length_minutes));
    let span = format!("{}～{}", HourMinute::of(slot.start), HourMinute::of(end));
    let place = app
        .form
        .peek(|it| it.personal.wishes.iter().position(|wish| parse_instant(wish) == Some(slot.start)));
    let name = slot.state.as_str();
    let state = match place {
        Some(at) => nth_wish(app, at),
        None => app.t(&["slot.", name].concat()).to_owned(),
    };
    let most = usize::from(policy.booking.wishes_max);
    let full = slot.state == SlotState::Full;
    bare_button("oc-slot")
        .set("data-slot", &start)
        .set("data-state", name)
        .set("aria-pressed", if place.is_some() { "true" } else { "false" })
        .press(move || choose(app, &start, place, full, most))
        .with(words("span", "oc-slot__time", &span))
        .with(words("span", "oc-slot__state", &state))
}

/// Chooses a time, or takes it back; a full one and a fourth one are told.
fn choose(app: App, start: &str, place: Option<usize>, full: bool, most: usize) {
    let count = app.form.peek(|it| it.personal.wishes.len());
    if let Some(at) = place {
        change(app, |it| drop(it.wishes.remove(at)));
        app.say(app.t("wishes.removed"));
    } else if full {
        app.say(app.t("refusal.slot_full"));
    } else if most <= count {
        let most = most.to_string();
        app.show_faults(
            vec![crate::ui::fields::Shown {
                pointer: "/wishes".to_owned(),
                message: app.fill("refusal.wishes_count.many", &[("most", &most)]),
                cure: app.t("refusal.wishes_count.many.do").to_owned(),
                code: String::new(),
                only_asks: false,
            }],
            None,
        );
        return;
    } else {
        change(app, |it| it.wishes.push(start.to_owned()));
        app.say(&app.count("wishes.added", count + 1));
    }
    app.faults.update(|faults| faults.retain(|it| !it.pointer.starts_with("/wishes")));
    // The list of times was drawn anew: the focus stays on the time.
    app.root.focus_first(vec![format!("[data-slot='{start}']")]);
}
