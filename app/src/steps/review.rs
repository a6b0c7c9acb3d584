//! Step 5: check your answers, change any of them, and send.

use precheck_shared::checklist::Item;
use precheck_shared::consent::{Acknowledgement, ConsentSubject};
use precheck_shared::eligibility::Condition;
use precheck_shared::journey::{Step, wishes_of};
use precheck_shared::person::{AttendantKind, BirthDate, JobSeekerNumber};
use precheck_shared::time::day_of;

use super::{back, check, nth_wish, opening, subheading};
use crate::form::Form;
use crate::send;
use crate::state::App;
use crate::ui::{
    View, bare_button, button, dynamic, el, group, nothing, notice, row, row_of, row_value, words,
};

pub(crate) fn screen(app: App) -> View {
    let screen = opening(app, Step::Review).with(dynamic(move || {
        app.days.track();
        gone_wishes(app)
    }));
    app.form.peek(|form| answers(app, form, screen)).with(dynamic(move || ending(app)))
}

fn answers(app: App, form: &Form, screen: View) -> View {
    screen
        .with(section(app, Step::Booking, "review.person", person(app, form)))
        .with(section(app, Step::Booking, "review.wishes", wishes(app, form)))
        .with(section(app, Step::Booking, "review.attendants", attendants(app, form)))
        .with(section(app, Step::Check, "review.check", checks(app, form)))
        .with(section(app, Step::Conditions, "review.conditions", conditions(app, form)))
        .with(section(app, Step::Consent, "review.consent", consents(app)))
}

fn rows() -> View {
    el("dl", "oc-rows")
}

/// A part of the answers with "change"; nothing can be changed while the outcome of a sending is unknown.
fn section(app: App, step: Step, key: &'static str, rows: View) -> View {
    let change = dynamic(move || {
        if app.frozen.get() {
            return nothing();
        }
        bare_button("oc-link")
            .set("data-change", key)
            .says(app.t("review.change"))
            .with(words("span", "oc-hidden", &format!(" {}", app.t(key))))
            .press(move || app.change(step))
    });
    let top = group("oc-answers__top").with(subheading(app, key)).with(change);
    group("oc-answers").with(top).with(rows)
}

fn person(app: App, form: &Form) -> View {
    let today = day_of(app.now());
    let birth = BirthDate::parse(today, today, &form.personal.birth_line());
    let birth = birth.map_or_else(|_| form.personal.birth_line(), |(it, _)| app.birth_words(it.date()));
    let number = JobSeekerNumber::parse(&form.personal.number);
    let number = number.map_or_else(|_| form.personal.number.clone(), |(it, _)| it.as_str().to_owned());
    rows()
        .with(row(app.t("booking.name"), form.personal.name.trim()))
        .with(row(app.t("booking.birth_date"), &birth))
        .with(row(app.t("booking.number"), &number))
}

fn wishes(app: App, form: &Form) -> View {
    let mut rows = rows();
    for (at, wish) in form.personal.wishes.iter().enumerate() {
        rows.add(row(&nth_wish(app, at), &app.date_time(wish)));
    }
    rows
}

fn attendants(app: App, form: &Form) -> View {
    let mut rows = rows();
    if form.personal.has_attendants != Some(true) {
        return rows.with(row(app.t("attendants"), app.t("attendants.no")));
    }
    for (at, entry) in form.personal.attendants.iter().enumerate() {
        let kind = AttendantKind::ALL.iter().find(|it| it.as_str() == entry.kind);
        let kind = kind.map_or("", |it| app.t_or(&format!("attendants.{}", it.as_str()), ""));
        let told = app.fill("review.attendant", &[("kind", kind), ("n", &entry.counted())]);
        let mut value = row_value().with(words("p", "oc-text", &told));
        for it in [entry.language.trim(), entry.note.trim()] {
            if !it.is_empty() {
                value.add(words("p", "oc-text", it));
            }
        }
        rows.add(row_of(&app.count("attendants.nth", at + 1), value));
    }
    rows
}

fn checks(app: App, form: &Form) -> View {
    let own =
        if form.plain.own_device == Some(false) { "check.own_device.no" } else { "check.own_device.yes" };
    let mut rows = rows().with(row(app.t("check.own_device"), app.t(own)));
    for item in Item::ALL {
        if let Some(outcome) = form.check(item) {
            rows.add(row(app.t(&item.words()), check::said(app, item, outcome)));
        }
    }
    rows
}

fn conditions(app: App, form: &Form) -> View {
    let mut rows = rows();
    for it in Condition::ALL {
        let (name, answer) = (it.as_str(), &form.plain.eligibility[it as usize]);
        let words = app.t_or(&["conditions.", name, ".", answer].concat(), &["answer.", answer].concat());
        rows.add(row(app.t(&["conditions.", name, ".short"].concat()), words));
    }
    rows
}

fn consents(app: App) -> View {
    let mut rows = rows();
    let mut add = |name: &str, said: &str| {
        rows.add(row(app.t(&["consent.", name, ".short"].concat()), app.t(said)));
    };
    for it in ConsentSubject::ALL {
        add(it.as_str(), "review.agreed");
    }
    for it in Acknowledgement::ALL {
        add(it.as_str(), "review.acknowledged");
    }
    rows
}

/// Wishes that have gone while the page was open; the request goes on as long as another one stands.
fn gone_wishes(app: App) -> View {
    let mut told = Vec::new();
    app.by_rules(|rules, form| {
        for wish in wishes_of(rules, &form.draft()).unwrap_or_default() {
            if let Some(why) = wish.gone {
                let texts = app.texts();
                told.push([&texts.date_time(wish.start), "　", &why.message(texts)].concat());
            }
        }
        Vec::new()
    });
    if told.is_empty() {
        return nothing();
    }
    let mut gone = notice("warn", app.t("review.gone"));
    for sentence in told {
        gone.add(words("p", "oc-text", &sentence));
    }
    gone
}

fn ending(app: App) -> View {
    if app.frozen.get() {
        return sending(app);
    }
    group("oc-ending")
        .with(app.para("review.sentence"))
        .with(button("oc-button", app.t("button.send"), move || {
            // Time has passed since the steps were left: what no longer holds is told before anything is sent.
            let next = app.next_step();
            if next == Step::Review {
                send::confirm(app);
            } else {
                app.returning.set(true);
                app.go(next);
                app.go_on(next);
            }
        }))
        .with(back(app, Step::Booking))
}

/// Somebody on the way refuses it, as a rule for good: the telephone is the surer way.
fn held_back(app: App) -> View {
    notice("bad", app.t("send.held_back"))
        .with(app.para("send.held_back.words"))
        .with(super::contact(app))
        .with(app.para("send.held_back.say"))
}

/// The request is on its way. The button stays while it is tried again: whoever stands on it keeps her place.
pub(crate) fn sending(app: App) -> View {
    let told = move || {
        let kept = if app.waits_here.get() { "send.kept" } else { "send.keep_open" };
        let told = if app.sending.get() {
            notice("info", app.t("send.sending"))
        } else {
            notice("warn", app.t("send.waiting")).with(app.para("send.waiting.words"))
        };
        let told = told.with(app.para(kept));
        if app.held_back.get() { group("oc-part").with(told).with(held_back(app)) } else { told }
    };
    let more = move || {
        if !app.delayed.get() {
            return nothing();
        }
        group("oc-ending")
            .with(button("oc-button", app.t("send.now"), move || send::wake(app)))
            .with(dynamic(move || if app.held_back.get() { nothing() } else { super::contact(app) }))
    };
    let told = group("oc-sending").set("tabindex", "-1").with(dynamic(told));
    group("oc-part").with(told).with(dynamic(more))
}
