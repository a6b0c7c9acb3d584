//! Step 4, article 4(1) and 10(3): who you are, when, and who else will be there.
//!
//! Exactly the four items of the clause, and no more. The purpose of use stands above the first of them. Values stay
//! as typed; what was understood is echoed below.

use precheck_shared::clause::item;
use precheck_shared::journey::Step;
use precheck_shared::person::{BirthDate, Era, JobSeekerNumber};
use precheck_shared::time::day_of;

use super::{attendants, calendar, ending, label, opening};
use crate::form::Personal;
use crate::state::App;
use crate::ui::fields::{Label, faults_below, line, select};
use crate::ui::{Attributes, View, class, dynamic, el, group, id_of, nothing, notice, text, words};

pub(crate) fn screen(app: App) -> View {
    let mut pieces = opening(app, Step::Booking);
    pieces.push(notice(
        "info",
        app.t("booking.purpose.heading"),
        vec![words("p", "oc-text", app.t("booking.purpose"))],
    ));
    pieces.push(words("h3", "oc-subheading", app.t("booking.person")));
    pieces.push(name(app));
    pieces.push(birth_date(app));
    pieces.push(number(app));
    pieces.push(calendar::section(app));
    pieces.push(attendants::section(app));
    pieces.push(ending(app, Step::Booking));
    group("oc-step", pieces)
}

/// Changes a personal item; what was confirmed about the old value is asked again.
pub(crate) fn change(app: App, change: impl FnOnce(&mut Personal)) {
    app.form.update(|form| {
        form.personal.accepted.clear();
        change(&mut form.personal);
    });
}

fn name(app: App) -> View {
    let value = app.form.peek(|it| it.personal.name.clone());
    let attributes = Attributes::default().set("autocomplete", "name");
    line(
        &label(app, "/person/name", "booking.name", Some(item(4, 1, 1))),
        app.faults,
        value,
        attributes,
        Box::new(move |typed| {
            change(app, |it| it.name = typed);
        }),
    )
}

fn birth_date(app: App) -> View {
    let personal = app.form.peek(|it| it.personal.clone());
    let pointer = "/person/birth_date";
    let whole = label(app, pointer, "booking.birth_date", Some(item(4, 1, 2)));
    let part = |key: &str| Label {
        pointer: "",
        name: app.t(key),
        mark: String::new(),
        required: false,
        clause: String::new(),
        hint: String::new(),
    };
    let eras = Era::OFFERED.iter().enumerate().map(|(at, era)| {
        let name = if app.is_japanese() { era.name() } else { era.latin() };
        (at.to_string(), if app.is_japanese() { name.to_owned() } else { format!("{name} ({})", era.name()) })
    });
    let fields = group(
        "oc-date",
        vec![
            select(
                &Label { pointer: "/person/birth_date/era", ..part("booking.era") },
                app.faults,
                eras.collect(),
                &personal.era.to_string(),
                Box::new(move |chosen| change(app, |it| it.era = chosen.parse().unwrap_or_default())),
            ),
            digits(
                app,
                &Label { pointer, ..part("booking.year") },
                "bday-year",
                personal.year,
                |it, typed| it.year = typed,
            ),
            digits(
                app,
                &Label { pointer: "/person/birth_date/month", ..part("booking.month") },
                "bday-month",
                personal.month,
                |it, typed| it.month = typed,
            ),
            digits(
                app,
                &Label { pointer: "/person/birth_date/day", ..part("booking.day") },
                "bday-day",
                personal.day,
                |it, typed| it.day = typed,
            ),
        ],
    );
    let echo = dynamic(move || {
        let line = app.form.with(|it| it.personal.birth_line());
        let today = day_of(app.now());
        match BirthDate::parse(today, today, &line) {
            Ok((date, _)) => {
                words("p", "oc-echo", app.fill("booking.echo", &[("value", &app.birth_words(date.date()))]))
            }
            Err(_) => nothing(),
        }
    });
    let hint = class("oc-hint").set("id", format!("{}-hint", id_of(pointer)));
    el(
        "fieldset",
        class("oc-field oc-group").set("aria-describedby", format!("{}-hint", id_of(pointer))),
        vec![
            el(
                "legend",
                class("oc-field__label"),
                vec![
                    words("span", "oc-field__name", whole.name),
                    words("span", "oc-mark", whole.mark),
                    words("span", "oc-clause", whole.clause),
                ],
            ),
            el("p", hint, vec![text(whole.hint)]),
            fields,
            el("div", Attributes::default().set("aria-live", "polite"), vec![echo]),
        ],
    )
}

fn digits(app: App, label: &Label<'_>, fill: &str, value: String, set: fn(&mut Personal, String)) -> View {
    let attributes = Attributes::default().set("inputmode", "text").set("autocomplete", fill);
    line(label, app.faults, value, attributes, Box::new(move |typed| change(app, |it| set(it, typed))))
}

fn number(app: App) -> View {
    let value = app.form.peek(|it| it.personal.number.clone());
    let attributes = Attributes::default().set("autocomplete", "off").set("inputmode", "text");
    let label = label(app, "/person/job_seeker_number", "booking.number", Some(item(4, 1, 3)));
    let field = line(
        &label,
        app.faults,
        value,
        attributes,
        Box::new(move |typed| change(app, |it| it.number = typed)),
    );
    let echo =
        dynamic(move || match JobSeekerNumber::parse(&app.form.with(|it| it.personal.number.clone())) {
            Ok((number, _)) => words("p", "oc-echo", app.fill("booking.echo", &[("value", number.as_str())])),
            Err(_) => nothing(),
        });
    group("oc-question", vec![field, echo])
}

/// The place that faults of all wishes lead to.
pub(crate) fn faults_of_wishes(app: App) -> View {
    group(
        "oc-wish-faults",
        (0..4)
            .map(|at| faults_below(app.faults, &format!("/wishes/{at}")))
            .chain([faults_below(app.faults, "/wishes")])
            .collect(),
    )
}
