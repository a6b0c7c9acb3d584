//! Step 6, the receipt: number, state, wishes, what is left to prepare, how to cancel now. Also the place one comes
//! back to by its link.

use crate::browser::spawn;
use leptos::prelude::*;
use precheck_shared::api::RequestView;

use super::contact;
use crate::browser;
use crate::net::Answer;
use crate::signal::State;
use crate::state::{App, Receipt};
use crate::ui::{View, button, class, dynamic, el, group, nothing, notice, row, text, words};

pub(crate) fn screen(app: App) -> View {
    let heading = class("oc-heading").set("tabindex", "-1").set("data-heading", "");
    let heading = el("h2", heading, vec![text(app.t("receipt.heading"))]);
    refresh(app);
    group(
        "oc-step oc-receipt",
        vec![
            heading,
            dynamic(move || match app.receipt.get() {
                None => nothing(),
                Some(Receipt { unknown: true, .. }) => unknown(app),
                Some(receipt) => known(app, &receipt),
            }),
        ],
    )
}

/// Asks the server how the request stands.
fn refresh(app: App) {
    let Some(shown) = app.receipt.get_now() else { return };
    spawn(async move {
        let answer = app.server().request(&shown.number, &shown.code).await;
        app.receipt.update(|receipt| {
            let Some(receipt) = receipt.as_mut().filter(|it| it.number == shown.number) else { return };
            match answer {
                Answer::Good(view) => {
                    receipt.number.clone_from(&view.reception_number);
                    receipt.view = Some(view);
                }
                Answer::Refused(_) => receipt.unknown = true,
                Answer::NoAnswer(_) => {}
            }
        });
    });
}

fn unknown(app: App) -> View {
    notice(
        "bad",
        app.t("refusal.not_found.title"),
        vec![
            words("p", "oc-text", app.t("refusal.not_found")),
            words("p", "oc-text", app.t("refusal.not_found.do")),
            contact(app),
        ],
    )
}

fn known(app: App, receipt: &Receipt) -> View {
    let number = group(
        "oc-number",
        vec![
            words("p", "oc-number__label", app.t("receipt.number")),
            words("p", "oc-number__value", receipt.number.clone()),
            words("p", "oc-hint", app.t("receipt.number.hint")),
        ],
    );
    let standing = match &receipt.view {
        Some(view) => standing(app, view),
        None => vec![words("p", "oc-loading", app.t("receipt.loading"))],
    };
    let mut pieces = vec![number];
    pieces.extend(standing);
    pieces.push(link(app, receipt));
    pieces.push(group(
        "oc-ending",
        vec![button("oc-button oc-button--plain", app.t("receipt.refresh"), move || refresh(app))],
    ));
    group("oc-receipt__body", pieces)
}

/// How the request stands, and what it asks of the seeker.
fn standing(app: App, view: &RequestView) -> Vec<View> {
    let state = notice(
        "good",
        app.t(&format!("state.{}", view.state)),
        vec![words("p", "oc-text", app.t(&format!("state.{}.words", view.state)))],
    );
    let wishes = view.wishes.iter().enumerate().map(|(at, wish)| {
        let gone = match &wish.code {
            Some(code) => words("p", "oc-fault oc-fault--asks", app.t(&format!("refusal.{code}"))),
            None => nothing(),
        };
        row(
            app.fill("wishes.nth", &[("n", &(at + 1).to_string())]),
            vec![text(app.date_time(&wish.start)), gone],
        )
    });
    let mut rows = vec![row(app.t("receipt.received_at"), vec![text(app.date_time(&view.received_at))])];
    if let Some(appointment) = &view.appointment {
        rows.push(row(app.t("receipt.appointment"), vec![text(app.date_time(&appointment.start))]));
    }
    rows.extend(wishes);
    vec![state, el("dl", class("oc-rows"), rows), preparations(app, view), cancelling(app, view)]
}

fn preparations(app: App, view: &RequestView) -> View {
    if view.preparations.is_empty() {
        return nothing();
    }
    let items =
        view.preparations.iter().map(|it| words("li", "oc-list__item", app.t(&format!("check.{it}"))));
    group(
        "oc-part",
        vec![
            words("h3", "oc-subheading", app.t("receipt.preparations")),
            words("p", "oc-text", app.t("receipt.preparations.words")),
            el("ul", class("oc-list"), items.collect()),
        ],
    )
}

/// Article 4(3): the channels that are open now, and what silence leads to. The widget cancels nothing by itself.
fn cancelling(app: App, view: &RequestView) -> View {
    let by = |channel: &str| view.cancel_channels.iter().any(|it| it == channel);
    let key = match (by("telephone"), by("mail")) {
        (true, true) => "cancel.both",
        (true, false) => "cancel.telephone",
        _ => "cancel.none",
    };
    let mail = app.office.peek(|it| it.as_ref().map_or_else(String::new, |it| it.contact.mail.clone()));
    let mail = if by("mail") && !mail.is_empty() {
        mail_link(app, &mail, &view.reception_number)
    } else {
        nothing()
    };
    group(
        "oc-part",
        vec![
            words("h3", "oc-subheading", app.t("cancel.heading")),
            words("p", "oc-text", app.t(key)),
            contact(app),
            mail,
            words("p", "oc-text", app.t("cancel.silence")),
        ],
    )
}

/// A mail with the reception number filled in; no personal data goes into an address.
fn mail_link(app: App, mail: &str, number: &str) -> View {
    let encode = |text: String| String::from(js_sys::encode_uri_component(&text));
    let subject = encode(app.fill("cancel.mail.subject", &[("number", number)]));
    let body = encode(app.fill("cancel.mail.body", &[("number", number)]));
    let link = class("oc-link").set("href", format!("mailto:{mail}?subject={subject}&body={body}"));
    el("p", class("oc-text"), vec![el("a", link, vec![text(app.fill("cancel.mail", &[("mail", mail)]))])])
}

/// The link that leads back here; whoever has it sees the receipt.
fn link(app: App, receipt: &Receipt) -> View {
    let page = app.setup.with_value(|it| it.server.page.clone());
    let address = format!("{page}#/receipt/{}/{}", receipt.number.replace('-', ""), receipt.code);
    let anchor = class("oc-link oc-receipt__link").set("href", address.clone());
    let copied = address.clone();
    let told = State::new(String::new());
    group(
        "oc-part",
        vec![
            words("h3", "oc-subheading", app.t("receipt.link")),
            words("p", "oc-text", app.t("receipt.link.words")),
            el("p", class("oc-text"), vec![el("a", anchor, vec![text(address)])]),
            button("oc-button oc-button--plain", app.t("receipt.copy"), move || {
                let address = copied.clone();
                spawn(async move {
                    let key =
                        if browser::copy(&address).await { "receipt.copied" } else { "receipt.not_copied" };
                    app.say(app.t(key));
                    told.set(app.t(key));
                });
            }),
            el("p", class("oc-hint").set("aria-hidden", "true"), vec![dynamic(move || text(told.get()))]),
        ],
    )
}
