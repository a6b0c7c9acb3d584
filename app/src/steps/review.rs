//! Step 5: check your answers, change any of them, and send.

use precheck_shared::checklist::Item;
use precheck_shared::consent::{Acknowledgement, ConsentSubject};
use precheck_shared::eligibility::Condition;
use precheck_shared::journey::{Step, wishes_of};
use precheck_shared::person::{AttendantKind, BirthDate, JobSeekerNumber};
use precheck_shared::time::day_of;

use super::opening;
use crate::form::Form;
use crate::send;
use crate::state::{App, Delivery};
use crate::ui::{View, button, class, dynamic, el, group, nothing, notice, row, text, words};

pub(crate) fn screen(app: App) -> View {
    let mut pieces = opening(app, Step::Review);
    pieces.push(dynamic(move || {
        app.days.track();
        gone_wishes(app)
    }));
    let form = app.form.get_now();
    pieces.push(section(app, Step::Booking, "review.person", person(app, &form)));
    pieces.push(section(app, Step::Booking, "review.wishes", wishes(app, &form)));
    pieces.push(section(app, Step::Booking, "review.attendants", attendants(app, &form)));
    pieces.push(section(app, Step::Check, "review.check", checks(app, &form)));
    pieces.push(section(app, Step::Conditions, "review.conditions", conditions(app, &form)));
    pieces.push(section(app, Step::Consent, "review.consent", consents(app)));
    pieces.push(dynamic(move || ending(app)));
    group("oc-step", pieces)
}

/// A part of the answers with "change"; nothing can be changed while the outcome of a sending is unknown.
fn section(app: App, step: Step, key: &'static str, rows: Vec<View>) -> View {
    let change = dynamic(move || {
        if app.delivery.get() != Delivery::Idle {
            return nothing();
        }
        let press = class("oc-link")
            .set("type", "button")
            .set("data-change", key)
            .on("click", Box::new(move |_| app.change(step)));
        el(
            "button",
            press,
            vec![text(app.t("review.change")), words("span", "oc-hidden", format!(" {}", app.t(key)))],
        )
    });
    group(
        "oc-answers",
        vec![
            group("oc-answers__top", vec![words("h3", "oc-subheading", app.t(key)), change]),
            el("dl", class("oc-rows"), rows),
        ],
    )
}

fn person(app: App, form: &Form) -> Vec<View> {
    let today = day_of(app.now());
    let birth = BirthDate::parse(today, today, &form.personal.birth_line());
    let birth = birth.map_or_else(|_| form.personal.birth_line(), |(it, _)| app.birth_words(it.date()));
    let number = JobSeekerNumber::parse(&form.personal.number);
    let number = number.map_or_else(|_| form.personal.number.clone(), |(it, _)| it.as_str().to_owned());
    [
        ("booking.name", form.personal.name.trim().to_owned()),
        ("booking.birth_date", birth),
        ("booking.number", number),
    ]
    .map(|(key, value)| row(app.t(key), vec![text(value)]))
    .into()
}

fn wishes(app: App, form: &Form) -> Vec<View> {
    let each = form.personal.wishes.iter().enumerate();
    each.map(|(at, wish)| {
        row(app.fill("wishes.nth", &[("n", &(at + 1).to_string())]), vec![text(app.date_time(wish))])
    })
    .collect()
}

fn attendants(app: App, form: &Form) -> Vec<View> {
    if form.personal.has_attendants != Some(true) {
        return vec![row(app.t("attendants"), vec![text(app.t("attendants.no"))])];
    }
    let told = |at: usize| {
        let entry = &form.personal.attendants[at];
        let kind = AttendantKind::ALL.iter().find(|it| it.as_str() == entry.kind);
        let kind = kind.map_or_else(String::new, |it| app.t(&format!("attendants.{}", it.as_str())));
        let mut values = vec![words(
            "p",
            "oc-text",
            app.fill("review.attendant", &[("kind", &kind), ("n", entry.count.trim())]),
        )];
        values.extend(
            [&entry.language, &entry.note]
                .into_iter()
                .filter(|it| !it.trim().is_empty())
                .map(|it| words("p", "oc-text", it.trim())),
        );
        row(app.fill("attendants.nth", &[("n", &(at + 1).to_string())]), values)
    };
    (0..form.personal.attendants.len()).map(told).collect()
}

fn checks(app: App, form: &Form) -> Vec<View> {
    let own =
        if form.plain.own_device == Some(false) { "check.own_device.no" } else { "check.own_device.yes" };
    let mut rows = vec![row(app.t("check.own_device"), vec![text(app.t(own))])];
    rows.extend(Item::ALL.into_iter().filter_map(|item| {
        let name = item.as_str();
        let outcome = form.check(item)?.as_str();
        let words = app.t_or(&format!("check.{name}.short.{outcome}"), &format!("outcome.{outcome}"));
        Some(row(app.t(&format!("check.{name}")), vec![text(words)]))
    }));
    rows
}

fn conditions(app: App, form: &Form) -> Vec<View> {
    let answer = |it: Condition| {
        let (name, answer) = (it.as_str(), &form.plain.eligibility[it as usize]);
        let words = app.t_or(&format!("conditions.{name}.{answer}"), &format!("answer.{answer}"));
        row(app.t(&format!("conditions.{name}.short")), vec![text(words)])
    };
    Condition::ALL.map(answer).into()
}

fn consents(app: App) -> Vec<View> {
    let agreed = ConsentSubject::ALL.map(|it| (it.as_str(), "review.agreed"));
    let known = Acknowledgement::ALL.map(|it| (it.as_str(), "review.acknowledged"));
    let rows = agreed.into_iter().chain(known);
    rows.map(|(name, said)| row(app.t(&format!("consent.{name}.short")), vec![text(app.t(said))])).collect()
}

/// Wishes that have gone while the page was open; the request goes on as long as another one stands.
fn gone_wishes(app: App) -> View {
    let mut gone = Vec::new();
    app.by_rules(|rules, form| {
        let wishes = wishes_of(rules, &form.draft());
        if let Ok(wishes) = wishes {
            gone = wishes.into_iter().filter_map(|it| Some((it.start, it.gone?))).collect();
        }
        Vec::new()
    });
    if gone.is_empty() {
        return nothing();
    }
    let told = gone.into_iter().map(|(start, why)| {
        let sentence = app.in_language(|texts| format!("{}　{}", texts.date_time(start), why.message(texts)));
        words("p", "oc-text", sentence)
    });
    notice("warn", app.t("review.gone"), told.collect())
}

fn ending(app: App) -> View {
    match app.delivery.get() {
        Delivery::Idle => group(
            "oc-ending",
            vec![
                words("p", "oc-text", app.t("review.sentence")),
                button("oc-button", app.t("button.send"), move || {
                    // Time has passed since the steps were left: what no longer holds is told before anything is sent.
                    let next = app.next_step();
                    if next == Step::Review {
                        send::confirm(app);
                    } else {
                        app.returning.set(true);
                        app.go(next);
                        app.go_on(next);
                    }
                }),
                button("oc-button oc-button--plain", app.t("button.back"), move || app.go(Step::Booking)),
            ],
        ),
        Delivery::Sending => {
            notice("info", app.t("send.sending"), vec![words("p", "oc-text", app.t("send.keep_open"))])
        }
        Delivery::Waiting => notice(
            "warn",
            app.t("send.waiting"),
            vec![
                words("p", "oc-text", app.t("send.waiting.words")),
                words("p", "oc-text", app.t("send.keep_open")),
                super::contact(app),
            ],
        ),
    }
}
