//! Step 6, the receipt: number, state, appointment, what is left to prepare, how to cancel now. Also the place one comes back
//! to by its link.
//!
//! Parts that follow the server are drawn anew by themselves; number, link and code stay as they are.

use precheck_shared::api::RequestView;
use precheck_shared::journey::Step;
use precheck_shared::texts::{cut, replaced};

use super::{contact, copying, heading, nth_wish, subheading};
use crate::browser;
use crate::keep;
use crate::signal::State;
use crate::state::{App, Known, Receipt};
use crate::ui::fields::tick;
use crate::ui::{
    View, button, dynamic, el, group, nothing, notice, outside_link, row, row_of, row_value, words,
};

mod appointment;
mod cancel;
mod follow;
mod paper;

use follow::Watch;

pub(crate) fn screen(app: App) -> View {
    let screen = group("oc-step oc-receipt").with(heading(app, "receipt.heading"));
    if app.receipt.peek(Option::is_none) {
        // Whoever comes without number and code is told how one comes with them.
        return screen.with(app.para("receipt.lost")).with(reached(app));
    }
    let watch = follow::follow(app);
    screen.with(dynamic(move || match app.receipt.get() {
        None => nothing(),
        Some(Receipt { unknown: true, .. }) => unknown(app),
        Some(receipt) => known(app, watch, &receipt),
    }))
}

fn unknown(app: App) -> View {
    notice("bad", app.t("refusal.not_found.title"))
        .with(app.para("refusal.not_found"))
        .with(app.para("refusal.not_found.do"))
        .with(reached(app))
}

/// The office's contact, as soon as the office is known.
fn reached(app: App) -> View {
    dynamic(move || {
        app.load.track();
        contact(app)
    })
}

fn known(app: App, watch: Watch, receipt: &Receipt) -> View {
    let (number, key) = (receipt.number.clone(), keep::prepared(&receipt.code));
    let done = State::new(browser::note_read(&key).unwrap_or_default());
    let is_forbidden = State::new(false);
    group("oc-receipt__body")
        .with(dynamic(move || {
            app.load.track();
            app.known.with(|known| standing(app, &number, known))
        }))
        .with(watch.line(app))
        .with(dynamic(move || {
            app.preparations
                .with(|it| it.as_ref().map_or_else(nothing, |it| preparations(app, it, done, &key)))
        }))
        .with(dynamic(move || {
            app.load.track();
            app.known.with(|it| it.view.as_ref().map_or_else(nothing, |it| cancel::cancelling(app, it)))
        }))
        .with(link(app, receipt))
        .with(outside(app, "receipt.print.forbidden", is_forbidden))
        .with(group("oc-ending").with(paper::printing(app, is_forbidden)).with(button(
            "oc-button oc-button--plain",
            app.t("receipt.refresh"),
            move || watch.press(app),
        )))
}

/// Where the frame around this page forbids something: what it is, if that is not said already, and the receipt on a page of its own.
fn outside(app: App, key: &'static str, is_forbidden: State<bool>) -> View {
    dynamic(move || {
        if !is_forbidden.get() {
            return nothing();
        }
        let address = app.receipt.peek(|it| it.as_ref().map_or_else(String::new, |it| address_of(app, it)));
        let told = if key.is_empty() {
            group("oc-notice").set("data-kind", "warn")
        } else {
            notice("warn", app.t(key))
        };
        told.with(app.para("receipt.outside.words"))
            .with(el("p", "oc-text").with(outside_link(
                &address,
                app.t("receipt.outside"),
                app.t("link.outside"),
            )))
            .with(words("p", "oc-move__link", &address))
            .with(copying(app, "move", move || address.clone()))
    })
}

/// Number, state and times: what follows the server.
fn standing(app: App, number: &str, known: &Known) -> View {
    // As the server writes it, where it has been seen.
    let number = known.view.as_ref().map_or(number, |it| &it.reception_number);
    let number = group("oc-number")
        .with(app.words("p", "oc-number__label", "receipt.number"))
        .with(words("p", "oc-number__value", number))
        .with(app.words("p", "oc-hint", "receipt.number.hint"));
    let part = group("").with(number);
    match &known.view {
        Some(view) => part
            .with(state(app, view, known.changed))
            .with(appointment::appointment(app, view, known.moved_from.as_deref()))
            .with(wished(app, view)),
        None => part.with(app.words("p", "oc-loading", "receipt.loading")),
    }
}

/// What the state means and what to do now; what the office says of it.
fn state(app: App, view: &RequestView, changed: bool) -> View {
    let state = ["state.", &view.state].concat();
    let kind = if view.is_one_of(&["requested", "confirmed", "held"]) {
        "good"
    } else if view.is_one_of(&["withdrawn", "cancelled"]) {
        "info"
    } else {
        "warn"
    };
    let mut said = notice(kind, app.t(&state)).set("tabindex", "-1");
    if changed {
        said.add(app.words("p", "oc-reason", "receipt.changed"));
    }
    said.add(app.para(&[&state, ".words"].concat()));
    if let Some(reason) = &view.reason {
        said.add(words("p", "oc-reason", &app.fill("receipt.reason", &[("reason", reason)])));
    }
    if view.lacks_a_piece() {
        said.add(app.words("p", "oc-reason", "receipt.unreadable"));
    }
    if view.is_one_of(&["declined", "withdrawn", "lapsed", "cancelled", "cancelled_by_office"]) {
        said.add(button("oc-button oc-button--plain", app.t("receipt.anew"), move || {
            app.receipt.set(None);
            app.go(Step::Conditions);
        }));
    }
    group("oc-state").with(said)
}

/// When it came in, and what was wished for.
fn wished(app: App, view: &RequestView) -> View {
    let mut rows =
        el("dl", "oc-rows").with(row(app.t("receipt.received_at"), &app.date_time(&view.received_at)));
    for (at, wish) in view.wishes.iter().enumerate() {
        let mut value = row_value().says(&app.date_time(&wish.start));
        if let Some(code) = &wish.code {
            value.add(app.words("p", "oc-fault oc-fault--asks", &["refusal.", code].concat()));
        }
        rows.add(row_of(&nth_wish(app, at), value));
    }
    rows
}

/// What it still asks of the seeker, to be ticked off; ticks stay on this device.
fn preparations(app: App, asked: &[String], done: State<String>, key: &str) -> View {
    let link = outside_link(
        &[&app.setup.server.page, "check"].concat(),
        app.t("receipt.check"),
        app.t("link.outside"),
    );
    let check = group("oc-part oc-prepared")
        .with(subheading(app, "receipt.check.heading"))
        .with(app.para("receipt.check.words"))
        .with(el("p", "oc-text").with(link));
    if asked.is_empty() {
        return check;
    }
    let mut items = group("oc-part oc-prepared")
        .with(subheading(app, "receipt.preparations"))
        .with(app.para("receipt.preparations.words"));
    for it in asked {
        // Each with a comma behind it, so that no id is taken for the end of another.
        let (mark, key) = ([it, ","].concat(), key.to_owned());
        let ticked = done.peek(|it| cut(it, &mark).is_some());
        items.add(tick(
            &["/prepared/", it].concat(),
            app.faults,
            app.t(&["check.", it].concat()),
            ticked,
            Vec::new(),
            Box::new(move |ticked| {
                done.update(|done| {
                    *done = replaced(done, &mark, "");
                    if ticked {
                        done.push_str(&mark);
                    }
                });
                if !app.shared_device.get_now() {
                    // A device that keeps nothing shows the list again: no harm.
                    done.peek(|it| browser::note_write(&key, it));
                }
            }),
        ));
    }
    let count = asked.len();
    items
        .with(dynamic(move || {
            let left = done.with(|it| count.saturating_sub(it.bytes().filter(|it| *it == b',').count()));
            match left {
                0 => notice("good", app.t("receipt.preparations.done")),
                left => words("p", "oc-hint", &app.count("receipt.preparations.left", left)),
            }
        }))
        .with(check)
}

/// The address that leads back here; whoever has it sees the receipt.
fn address_of(app: App, receipt: &Receipt) -> String {
    let number = replaced(&receipt.number, "-", "");
    [&app.setup.server.page, "#/receipt/", &number, "/", &receipt.code].concat()
}

/// The link that leads back here.
fn link(app: App, receipt: &Receipt) -> View {
    let address = address_of(app, receipt);
    let anchor = words("a", "oc-link oc-receipt__link", &address).set("href", &address);
    group("oc-part")
        .with(paper::place(app))
        .with(subheading(app, "receipt.link"))
        .with(app.para("receipt.link.words"))
        .with(el("p", "oc-text").with(anchor))
        .with(copying(app, "receipt", move || address.clone()))
}
