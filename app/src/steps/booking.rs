//! Step 4, article 4(1) and 10(3): who you are, when, and who else will be there.
//!
//! Exactly the four items of the clause, and no more. The purpose of use stands above the first of them. Values stay
//! as typed; what was understood is echoed below.

use precheck_shared::clause::item;
use precheck_shared::journey::Step;
use precheck_shared::person::{BirthDate, Era, JobSeekerNumber};
use precheck_shared::time::day_of;

use super::{attendants, calendar, ending, label, opening, subheading};
use crate::form::Personal;
use crate::state::App;
use crate::ui::fields::{Label, faults_below, input, line, select};
use crate::ui::{View, dynamic, el, group, id_of, nothing, notice, words};

pub(crate) fn screen(app: App) -> View {
    opening(app, Step::Booking)
        .with(notice("info", app.t("booking.purpose.heading")).with(app.para("booking.purpose")))
        .with(subheading(app, "booking.person"))
        .with(name(app))
        .with(birth_date(app))
        .with(number(app))
        .with(calendar::section(app))
        .with(attendants::section(app))
        .with(ending(app, Step::Booking))
}

/// Changes a personal item; what was confirmed about the old value is asked again.
pub(crate) fn change(app: App, change: impl FnOnce(&mut Personal)) {
    app.form.update(|form| {
        form.personal.accepted.clear();
        change(&mut form.personal);
    });
}

/// A line of text for a personal item.
fn item_line(app: App, label: &Label<'_>, input: View, field: fn(&mut Personal) -> &mut String) -> View {
    let value = app.form.reach(|it| field(&mut it.personal).clone());
    line(label, app.faults, &value, input, Box::new(move |typed| change(app, |it| *field(it) = typed)))
}

fn name(app: App) -> View {
    let label = label(app, "/person/name", "booking.name", Some(item(4, 1, 1)));
    item_line(app, &label, input().set("autocomplete", "name"), |it| &mut it.name)
}

fn birth_date(app: App) -> View {
    let pointer = "/person/birth_date";
    let whole = label(app, pointer, "booking.birth_date", Some(item(4, 1, 2)));
    let mut eras = Vec::new();
    for (at, era) in Era::OFFERED.iter().enumerate() {
        let name = era.name();
        let name = match era {
            Era::Western => app.t("booking.western").to_owned(),
            _ if app.reads_kanji() => name.to_owned(),
            _ => format!("{} ({name})", era.latin()),
        };
        eras.push((at.to_string(), name));
    }
    let chosen = app.form.peek(|it| usize::from(it.personal.era)).to_string();
    let fields = group("oc-date")
        .with(select(
            &part(app, "/person/birth_date/era", "booking.era"),
            app.faults,
            &eras,
            &chosen,
            Box::new(move |chosen| change(app, |it| it.era = place(&chosen))),
        ))
        .with(digits(app, &part(app, pointer, "booking.year"), "bday-year", |it| &mut it.year))
        .with(digits(app, &part(app, "/person/birth_date/month", "booking.month"), "bday-month", |it| {
            &mut it.month
        }))
        .with(digits(app, &part(app, "/person/birth_date/day", "booking.day"), "bday-day", |it| &mut it.day));
    let echo = dynamic(move || {
        let line = app.form.with(|it| it.personal.birth_line());
        let today = day_of(app.now());
        match BirthDate::parse(today, today, &line) {
            Ok((date, _)) => echo(app, &app.birth_words(date.date())),
            Err(_) => nothing(),
        }
    });
    let hint = id_of(pointer) + "-hint";
    el("fieldset", "oc-field oc-group")
        .set("aria-describedby", &hint)
        .with(
            el("legend", "oc-field__label")
                .with(words("span", "oc-field__name", whole.name))
                .says(" ")
                .with(words("span", "oc-mark", whole.mark))
                .says(" ")
                .with(words("span", "oc-clause", &whole.clause)),
        )
        .with(words("p", "oc-hint", whole.hint).set("id", &hint))
        .with(fields)
        .with(el("div", "").set("aria-live", "polite").with(echo))
}

fn place(chosen: &str) -> u8 {
    chosen.parse::<u32>().ok().and_then(|it| u8::try_from(it).ok()).unwrap_or_default()
}

/// The label of a part of the date, which says no more than its name.
fn part<'a>(app: App, pointer: &'a str, key: &'a str) -> Label<'a> {
    Label { pointer, name: app.t(key), mark: "", required: false, clause: String::new(), hint: "" }
}

fn digits(app: App, label: &Label<'_>, fill: &str, field: fn(&mut Personal) -> &mut String) -> View {
    item_line(app, label, input().set("inputmode", "text").set("autocomplete", fill), field)
}

/// What was understood.
fn echo(app: App, value: &str) -> View {
    words("p", "oc-echo", &app.fill("booking.echo", &[("value", value)]))
}

fn number(app: App) -> View {
    let label = label(app, "/person/job_seeker_number", "booking.number", Some(item(4, 1, 3)));
    let field = item_line(app, &label, input().set("autocomplete", "off").set("inputmode", "text"), |it| {
        &mut it.number
    });
    let echo =
        dynamic(move || match JobSeekerNumber::parse(&app.form.with(|it| it.personal.number.clone())) {
            Ok((number, _)) => echo(app, number.as_str()),
            Err(_) => nothing(),
        });
    group("oc-question").with(field).with(el("div", "").set("aria-live", "polite").with(echo))
}

/// The place that faults of all wishes lead to.
pub(crate) fn faults_of_wishes(app: App) -> View {
    let mut faults = group("oc-wish-faults");
    for at in 0..4 {
        faults.add(faults_below(app.faults, &format!("/wishes/{at}")));
    }
    faults.with(faults_below(app.faults, "/wishes"))
}
