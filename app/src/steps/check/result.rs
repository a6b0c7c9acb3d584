//! The result on one page: each item, the verdict, and all of it as plain text for the telephone.

use precheck_shared::checklist::{Item, Outcome, Verdict, device, verdict};
use precheck_shared::journey::Step;
use precheck_shared::violation::Code;

use crate::state::App;
use crate::steps::{contact, copying, subheading};
use crate::ui::{View, button, dynamic, el, group, nothing, notice, words};

/// The overall verdict, once every item is answered.
pub(super) fn section(app: App) -> View {
    dynamic(move || result(app))
}

fn result(app: App) -> View {
    let (own_device, entries) = app.form.with(|form| (form.plain.own_device, form.checklist()));
    let Some(own_device) = own_device.filter(|_| entries.len() == Item::ALL.len()) else { return nothing() };
    let verdict = verdict(own_device, &entries);
    let (name, kind, key) = match &verdict {
        Verdict::Ready => ("ready", "good", "check.ready"),
        Verdict::ReadyWithPreparations(_) => ("preparations", "info", "check.preparations"),
        Verdict::Blocked(_) => ("blocked", "bad", "check.blocked"),
    };
    let mut overall = notice(kind, app.t(key)).with(app.para(&[key, ".words"].concat()));
    if let Verdict::Blocked(items) = &verdict {
        for item in items {
            overall.add(app.para(&["refusal.check_blocking.", item.as_str(), ".do"].concat()));
        }
        overall.add(contact(app));
    }
    let mut rows = el("ul", "oc-results");
    for item in Item::ALL {
        rows.add(row(app, item));
    }
    let plain = as_text(app, app.t(key));
    let copied = plain.clone();
    group("oc-result")
        .set("data-verdict", name)
        .with(subheading(app, "result.heading").set("id", "oc-result").set("tabindex", "-1"))
        .with(overall)
        .with(rows)
        .with(copying(app, "result", move || copied.clone()))
        .with(
            el("details", "oc-how")
                .with(app.words("summary", "oc-link oc-how__summary", "result.text"))
                .with(words("pre", "oc-result__text", &plain)),
        )
}

/// An item with its sign and its word: never by colour alone, and heard too, since the words above speak of the sign.
fn row(app: App, item: Item) -> View {
    let outcome = app.form.peek(|it| it.check(item)).unwrap_or(Outcome::Unknown);
    let sign = match outcome {
        Outcome::Passed | Outcome::Attested | Outcome::NotApplicable => "✓",
        Outcome::ByTheDay => "□",
        Outcome::Unknown => "？",
        Outcome::Failed => "！",
    };
    el("li", "oc-results__item")
        .set("data-result", item.as_str())
        .set("data-outcome", outcome.as_str())
        .with(words("span", "oc-results__sign", sign))
        .with(app.words("span", "oc-results__name", &item.words()))
        .with(words("span", "oc-results__outcome", said(app, item, outcome)))
}

/// An answer in the words in which it was given; what the program found, in its own.
pub(crate) fn said(app: App, item: Item, outcome: Outcome) -> &'static str {
    let answer = outcome.as_str();
    match (item, outcome) {
        (Item::SecureContext | Item::BrowserKind, Outcome::Failed) => app.t_or("check.found.failed", ""),
        (_, Outcome::Passed) => app.t_or("outcome.passed", ""),
        // Measured: its figures stand beside it.
        (Item::Network, Outcome::Failed | Outcome::Unknown)
            if app.form.peek(|it| !it.detail(item).is_empty()) =>
        {
            app.t_or(if outcome == Outcome::Failed { "repair.line_poor" } else { "repair.line_fair" }, "")
        }
        _ => app.t_or(&[&item.words(), ".", answer].concat(), &["outcome.", answer].concat()),
    }
}

fn as_text(app: App, overall: &str) -> String {
    let mut plain = String::new();
    let mut line = |parts: &[&str]| {
        plain.push_str(&parts.concat());
        plain.push('\n');
    };
    line(&[app.t("result.title")]);
    line(&[&app.texts().date_time(app.now())]);
    let (os, browser) = app.device.peek(|it| (device::os(it.seen()), device::browser(it.seen())));
    let version = browser.1.map_or_else(String::new, |it| it.to_string());
    if app.form.peek(|it| it.plain.own_device) != Some(false) {
        line(&[os.name(), " / ", browser.0.name(), " ", &version]);
    }
    line(&[overall]);
    app.form.peek(|form| {
        for item in Item::ALL {
            let outcome = form.check(item).map_or("", |it| said(app, item, it));
            let detail = form.detail(item);
            let (opens, closes) = if detail.is_empty() { ("", "") } else { (" (", ")") };
            line(&["- ", app.t(&item.words()), ": ", outcome, opens, detail, closes]);
        }
    });
    plain
}

/// The end of the check alone: the result, and the way to a booking for whoever wants one.
pub(super) fn ending(app: App) -> View {
    let result = button("oc-button", app.t("result.show"), move || {
        let mut open = app.judge(Step::Check);
        // What blocks a booking is a result like any other.
        open.retain(|it| it.code != Code::CheckBlocking);
        if open.is_empty() {
            app.root.focus("#oc-result");
        } else {
            app.show_violations(&open);
        }
    });
    let booking = app.words("a", "oc-link", "result.booking").set("href", &app.setup.server.page);
    group("oc-ending").with(result).with(el("p", "oc-text").with(booking))
}
