//! Step 6, the receipt: number, state, wishes, what is left to prepare, how to cancel now. Also the place one comes
//! back to by its link.

use std::rc::Rc;

use crate::browser::spawn;
use precheck_shared::api::RequestView;
use precheck_shared::texts::{cut, replaced};

use super::{contact, copying, heading, nth_wish, subheading};
use crate::browser;
use crate::keep;
use crate::net::Answer;
use crate::signal::State;
use crate::state::{App, Receipt};
use crate::ui::fields::tick;
use crate::ui::{
    View, button, dynamic, el, group, nothing, notice, outside_link, row, row_of, row_value, words,
};

pub(crate) fn screen(app: App) -> View {
    refresh(app);
    group("oc-step oc-receipt").with(heading(app, "receipt.heading")).with(dynamic(move || {
        match app.receipt.get() {
            None => nothing(),
            Some(Receipt { unknown: true, .. }) => unknown(app),
            Some(receipt) => known(app, &receipt),
        }
    }))
}

/// Asks the server how the request stands.
fn refresh(app: App) {
    let Some(shown) = app.receipt.get_now() else { return };
    spawn(async move {
        let answer = app.setup.server.request(&shown.number, &shown.code).await;
        app.receipt.update(|receipt| {
            let Some(receipt) = receipt.as_mut().filter(|it| it.number == shown.number) else { return };
            match answer {
                Answer::Good(view) => {
                    receipt.number.clone_from(&view.reception_number);
                    receipt.view = Some(Rc::new(view));
                }
                Answer::Refused(_) => receipt.unknown = true,
                Answer::Missing(_) => {}
            }
        });
    });
}

fn unknown(app: App) -> View {
    notice("bad", app.t("refusal.not_found.title"))
        .with(app.para("refusal.not_found"))
        .with(app.para("refusal.not_found.do"))
        .with(contact(app))
}

fn known(app: App, receipt: &Receipt) -> View {
    let number = group("oc-number")
        .with(app.words("p", "oc-number__label", "receipt.number"))
        .with(words("p", "oc-number__value", &receipt.number))
        .with(app.words("p", "oc-hint", "receipt.number.hint"));
    let body = group("oc-receipt__body").with(number);
    let body = match &receipt.view {
        Some(view) => body
            .with(state(app, view))
            .with(standing(app, view))
            .with(preparations(app, view, &receipt.code))
            .with(cancelling(app, view)),
        None => body.with(app.words("p", "oc-loading", "receipt.loading")),
    };
    let again = button("oc-button oc-button--plain", app.t("receipt.refresh"), move || refresh(app));
    body.with(link(app, receipt)).with(group("oc-ending").with(again))
}

fn state(app: App, view: &RequestView) -> View {
    let state = format!("state.{}", view.state);
    let kind = match view.state.as_str() {
        "requested" | "confirmed" | "held" => "good",
        "withdrawn" | "cancelled" => "info",
        _ => "warn",
    };
    notice(kind, app.t(&state)).with(app.para(&(state.clone() + ".words")))
}

/// How the request stands.
fn standing(app: App, view: &RequestView) -> View {
    let mut rows =
        el("dl", "oc-rows").with(row(app.t("receipt.received_at"), &app.date_time(&view.received_at)));
    if let Some(appointment) = &view.appointment {
        rows.add(row(app.t("receipt.appointment"), &app.date_time(&appointment.start)));
    }
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
fn preparations(app: App, view: &RequestView, code: &str) -> View {
    let link = outside_link(
        &[&app.setup.server.page, "check"].concat(),
        app.t("receipt.check"),
        app.t("link.outside"),
    );
    let check = group("oc-part")
        .with(subheading(app, "receipt.check.heading"))
        .with(app.para("receipt.check.words"))
        .with(el("p", "oc-text").with(link));
    if view.preparations.is_empty() {
        return check;
    }
    let key = keep::prepared(code);
    let done = State::new(browser::note_read(&key).unwrap_or_default());
    let mut items = group("oc-part")
        .with(subheading(app, "receipt.preparations"))
        .with(app.para("receipt.preparations.words"));
    for it in &view.preparations {
        // Each with a comma behind it, so that no id is taken for the end of another.
        let (mark, key) = ([it, ","].concat(), key.clone());
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
    let count = view.preparations.len();
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

/// Article 4(3): the channels that are open now, and what silence leads to. The widget cancels nothing by itself.
fn cancelling(app: App, view: &RequestView) -> View {
    if !matches!(view.state.as_str(), "requested" | "confirmed") {
        return contact(app);
    }
    let by = |channel: &str| view.cancel_channels.iter().any(|it| it == channel);
    let key = match (by("telephone"), by("mail")) {
        (true, true) => "cancel.both",
        (true, false) => "cancel.telephone",
        _ => "cancel.none",
    };
    let mail = app.office.get_now().map_or("", |it| &it.contact.mail);
    let mail =
        if by("mail") && !mail.is_empty() { mail_link(app, mail, &view.reception_number) } else { nothing() };
    group("oc-part")
        .with(subheading(app, "cancel.heading"))
        .with(app.para(key))
        .with(contact(app))
        .with(mail)
        .with(app.para("cancel.silence"))
}

/// A mail with the reception number filled in; no personal data goes into an address.
fn mail_link(app: App, mail: &str, number: &str) -> View {
    let subject = browser::encoded(&app.fill("cancel.mail.subject", &[("number", number)]));
    let body = browser::encoded(&app.fill("cancel.mail.body", &[("number", number)]));
    let address = ["mailto:", mail, "?subject=", &subject, "&body=", &body].concat();
    let label = app.fill("cancel.mail", &[("mail", mail)]);
    el("p", "oc-text").with(words("a", "oc-link", &label).set("href", &address))
}

/// The link that leads back here; whoever has it sees the receipt.
fn link(app: App, receipt: &Receipt) -> View {
    let number = replaced(&receipt.number, "-", "");
    let address = [&app.setup.server.page, "#/receipt/", &number, "/", &receipt.code].concat();
    let anchor = words("a", "oc-link oc-receipt__link", &address).set("href", &address);
    group("oc-part")
        .with(subheading(app, "receipt.link"))
        .with(app.para("receipt.link.words"))
        .with(el("p", "oc-text").with(anchor))
        .with(copying(app, "receipt", move || address.clone()))
}
