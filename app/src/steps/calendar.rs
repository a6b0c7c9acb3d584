//! 4(1)④: a calendar of days with free times, and the wishes chosen from it.
//!
//! Drawn by the rules alone, so that it also stands over a bad line; what the server says of seats is added when it
//! comes. A day that cannot be chosen can be asked why. Arrow keys walk the days.

use chrono::{Datelike, NaiveDate, TimeDelta};
use precheck_shared::calendar::{DayPlan, Slot, SlotState, day_plan};
use precheck_shared::clause::item;
use precheck_shared::policy::Policy;
use precheck_shared::time::{HourMinute, day_of, days, format_instant, parse_instant};
use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};

use super::booking::{change, faults_of_wishes};
use super::clause_words;
use crate::signal::State;
use crate::state::App;
use crate::ui::{Attributes, View, button, class, dynamic, el, group, id_of, nothing, text, words};

pub(crate) fn section(app: App) -> View {
    let chosen: State<Option<NaiveDate>> = State::new(None);
    let heading = class("oc-subheading").set("id", id_of("/wishes")).set("tabindex", "-1");
    group(
        "oc-wishes",
        vec![
            el(
                "h3",
                heading,
                vec![
                    text(app.t("wishes.heading")),
                    words("span", "oc-mark", app.t("field.required")),
                    words("span", "oc-clause", clause_words(app, item(4, 1, 4))),
                ],
            ),
            words("p", "oc-hint", app.t("wishes.hint")),
            faults_of_wishes(app),
            dynamic(move || wishes(app)),
            dynamic(move || {
                app.days.track();
                month_tables(app, chosen)
            }),
            dynamic(move || {
                app.days.track();
                app.form.track();
                chosen.get().map_or_else(nothing, |day| times(app, chosen, day))
            }),
        ],
    )
}

/// The wishes chosen so far, in order of preference.
fn wishes(app: App) -> View {
    let wishes = app.form.with(|it| it.personal.wishes.clone());
    if wishes.is_empty() {
        return words("p", "oc-text", app.t("wishes.none"));
    }
    let items = wishes.iter().enumerate().map(|(at, wish)| {
        let place = app.fill("wishes.nth", &[("n", &(at + 1).to_string())]);
        let when = app.date_time(wish);
        let raise = if at == 0 {
            nothing()
        } else {
            named_button(app, "wishes.raise", &when, move || change(app, |it| it.wishes.swap(at - 1, at)))
        };
        let remove = named_button(app, "wishes.remove", &when, move || {
            change(app, |it| drop(it.wishes.remove(at)));
            app.root.focus_first(vec![format!("#{}", id_of("/wishes"))]);
        });
        el(
            "li",
            class("oc-wish").set("id", id_of(&format!("/wishes/{at}"))).set("tabindex", "-1"),
            vec![
                words("span", "oc-wish__place", place),
                words("span", "oc-wish__time", when.clone()),
                group("oc-wish__acts", vec![raise, remove]),
            ],
        )
    });
    el("ol", class("oc-wish-list"), items.collect())
}

/// A button whose name says what it is about, for people who hear it alone.
fn named_button(app: App, key: &str, about: &str, press: impl Fn() + 'static) -> View {
    let attributes = class("oc-button oc-button--plain oc-button--small")
        .set("type", "button")
        .on("click", Box::new(move |_| press()));
    el("button", attributes, vec![text(app.t(key)), words("span", "oc-hidden", format!(" {about}"))])
}

fn plan(app: App, policy: &Policy, day: NaiveDate) -> DayPlan {
    day_plan(policy, &app.full_slots(), app.now(), day)
}

/// A table for each month that can be booked in.
fn month_tables(app: App, chosen: State<Option<NaiveDate>>) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let today = day_of(app.now());
    let last = today + TimeDelta::days(i64::from(office.policy.booking.days_ahead));
    let shown: Vec<_> = days(today, last).collect();
    let first_open = shown.iter().find(|it| plan(app, &office.policy, **it).refusal.is_none()).copied();
    let reachable = chosen.get().or(first_open).unwrap_or(today);
    let mut months: Vec<NaiveDate> = shown.iter().filter_map(|it| it.with_day(1)).collect();
    months.dedup();
    let tables = months.into_iter().map(|month| {
        let weeks = weeks_of(month, &shown).into_iter().map(|week| {
            let cells = week.into_iter().map(|day| match day {
                Some(day) => day_cell(app, &office.policy, chosen, day, reachable == day),
                None => el("td", class("oc-day oc-day--none"), Vec::new()),
            });
            el("tr", Attributes::default(), cells.collect())
        });
        let names = (1..=7).map(|at| {
            let name = app.t(&format!("weekday.{at}"));
            let short = if app.is_japanese() { name.clone() } else { name.chars().take(3).collect() };
            el("th", class("oc-weekday").set("scope", "col").set("abbr", name), vec![text(short)])
        });
        let caption = app.fill(
            "date.month",
            &[("year", &month.year().to_string()), ("month", &app.t(&format!("month.{}", month.month())))],
        );
        el(
            "table",
            class("oc-calendar"),
            vec![
                words("caption", "oc-calendar__month", caption),
                el("thead", Attributes::default(), vec![el("tr", Attributes::default(), names.collect())]),
                el("tbody", Attributes::default(), weeks.collect()),
            ],
        )
    });
    el("div", class("oc-calendars").on("keydown", Box::new(move |event| walk(app, &event))), tables.collect())
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
    policy: &Policy,
    chosen: State<Option<NaiveDate>>,
    day: NaiveDate,
    reachable: bool,
) -> View {
    let plan = plan(app, policy, day);
    let free = plan.slots.iter().filter(|it| it.state != SlotState::Full).count();
    let date = app.in_language(|texts| texts.short_date(day));
    let (open, told) = match &plan.refusal {
        None => (true, app.fill("calendar.free", &[("n", &free.to_string())])),
        Some(why) => (false, app.in_language(|texts| why.code.title(texts))),
    };
    let attributes = class("oc-day__button")
        .set("type", "button")
        .set("data-day", day.to_string())
        .set("data-open", open.to_string())
        // One stop for the whole calendar; arrow keys go on from there.
        .set("tabindex", if reachable { "0" } else { "-1" })
        .follow("aria-pressed", Box::new(move || Some((chosen.get() == Some(day)).to_string())))
        .on(
            "click",
            Box::new(move |_| {
                chosen.set(Some(day));
                app.root.focus(".oc-times__heading");
            }),
        );
    el(
        "td",
        class("oc-day"),
        vec![el(
            "button",
            attributes,
            vec![
                words("span", "oc-hidden", format!("{date} {told}")),
                el(
                    "span",
                    class("oc-day__number").set("aria-hidden", "true"),
                    vec![text(day.day().to_string())],
                ),
                el(
                    "span",
                    class("oc-day__mark").set("aria-hidden", "true"),
                    vec![text(if open { free.to_string() } else { "－".to_owned() })],
                ),
            ],
        )],
    )
}

/// Arrow keys walk days and weeks, Home and End the ends of what is shown.
fn walk(app: App, event: &Event) {
    let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
    let Some(here) = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) else { return };
    let Some(day) = here.get_attribute("data-day").and_then(|it| precheck_shared::time::parse_date(&it))
    else {
        return;
    };
    let step = match key.key().as_str() {
        "ArrowLeft" => -1,
        "ArrowRight" => 1,
        "ArrowUp" => -7,
        "ArrowDown" => 7,
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = app.root.find(&format!("[data-day='{}']", day + TimeDelta::days(step))) {
        // One button keeps the stop of the Tab key: the one with the focus.
        drop((here.set_attribute("tabindex", "-1"), next.set_attribute("tabindex", "0"), next.focus()));
    }
}

/// The times of the chosen day, or why there are none.
fn times(app: App, chosen: State<Option<NaiveDate>>, day: NaiveDate) -> View {
    let Some(office) = app.office.get_now() else { return nothing() };
    let plan = plan(app, &office.policy, day);
    let date = app.in_language(|texts| texts.date(day));
    let heading = class("oc-times__heading").set("tabindex", "-1");
    let heading = el("h4", heading, vec![text(app.fill("calendar.times", &[("date", &date)]))]);
    let other = button("oc-link", app.t("calendar.other"), move || {
        app.root.focus_first(vec![format!("[data-day='{day}']")]);
        chosen.set(Some(day));
    });
    let body = match plan.refusal {
        Some(why) => el(
            "p",
            class("oc-text"),
            vec![text(app.in_language(|texts| format!("{} {}", why.message(texts), why.cure(texts))))],
        ),
        None => {
            let until =
                app.fill("calendar.until", &[("time", &app.date_time(&format_instant(plan.deadline)))]);
            let slots = plan.slots.iter().map(|it| slot(app, &office.policy, *it));
            group("oc-times__body", vec![words("p", "oc-hint", until), group("oc-slots", slots.collect())])
        }
    };
    group("oc-times", vec![heading, body, other])
}

fn slot(app: App, policy: &Policy, slot: Slot) -> View {
    let start = format_instant(slot.start);
    let end = slot.start + TimeDelta::minutes(i64::from(policy.booking.length_minutes));
    let span = format!("{}～{}", HourMinute::of(slot.start), HourMinute::of(end));
    let place = app
        .form
        .peek(|it| it.personal.wishes.iter().position(|wish| parse_instant(wish) == Some(slot.start)));
    let state = match place {
        Some(at) => app.fill("wishes.nth", &[("n", &(at + 1).to_string())]),
        None => app.t(&format!("slot.{}", slot.state.as_str())),
    };
    let most = usize::from(policy.booking.wishes_max);
    let full = slot.state == SlotState::Full;
    let key = start.clone();
    let attributes = class("oc-slot")
        .set("type", "button")
        .set("data-slot", key)
        .set("data-state", slot.state.as_str())
        .set("aria-pressed", place.is_some().to_string())
        .on("click", Box::new(move |_| choose(app, &start, place, full, most)));
    el(
        "button",
        attributes,
        vec![words("span", "oc-slot__time", span), words("span", "oc-slot__state", state)],
    )
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
                cure: app.t("refusal.wishes_count.many.do"),
                only_asks: false,
            }],
            None,
        );
        return;
    } else {
        change(app, |it| it.wishes.push(start.to_owned()));
        app.say(app.fill("wishes.added", &[("n", &(count + 1).to_string())]));
    }
    app.faults.update(|faults| faults.retain(|it| !it.pointer.starts_with("/wishes")));
    // The list of times was drawn anew: the focus stays on the time.
    app.root.focus_first(vec![format!("[data-slot='{start}']")]);
}
