//! Step 6, the receipt: number, state, wishes, what is left to prepare, how to cancel now. Also the place one comes
//! back to by its link.

use std::rc::Rc;

use crate::browser::spawn;
use precheck_shared::api::RequestView;
use precheck_shared::texts::replaced;

use super::{contact, heading, nth_wish, subheading};
use crate::browser;
use crate::net::Answer;
use crate::signal::State;
use crate::state::{App, Receipt};
use crate::ui::{View, button, dynamic, el, group, nothing, notice, row, row_of, row_value, text, words};

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
            .with(preparations(app, view))
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
            value.add(app.words("p", "oc-fault oc-fault--asks", &format!("refusal.{code}")));
        }
        rows.add(row_of(&nth_wish(app, at), value));
    }
    rows
}

/// What it still asks of the seeker.
fn preparations(app: App, view: &RequestView) -> View {
    if view.preparations.is_empty() {
        return nothing();
    }
    let mut items = el("ul", "oc-list");
    for it in &view.preparations {
        items.add(app.words("li", "oc-list__item", &format!("check.{it}")));
    }
    group("oc-part")
        .with(subheading(app, "receipt.preparations"))
        .with(app.para("receipt.preparations.words"))
        .with(items)
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
    let told = State::new("");
    let copy = button("oc-button oc-button--plain", app.t("receipt.copy"), move || {
        let address = address.clone();
        spawn(async move {
            let key = if browser::copy(&address).await { "receipt.copied" } else { "receipt.not_copied" };
            app.say(app.t(key));
            told.set(key);
        });
    });
    // What is read out is said by the live region already.
    let told = dynamic(move || text(if told.get().is_empty() { "" } else { app.t(told.get()) }));
    group("oc-part")
        .with(subheading(app, "receipt.link"))
        .with(app.para("receipt.link.words"))
        .with(el("p", "oc-text").with(anchor))
        .with(copy)
        .with(el("p", "oc-hint").set("aria-hidden", "true").with(told))
}
