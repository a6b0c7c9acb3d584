//! Step 3, articles 2(2) and 10: device and room. What a page can find out by itself is found out; the rest is asked.

use std::rc::Rc;

use precheck_shared::checklist::{Item, Outcome, Verdict, device, verdict};
use precheck_shared::journey::Step;

use super::{clause_words, ending, label, opening};
use crate::browser;
use crate::state::App;
use crate::ui::fields::{Choice, choice, faults_below};
use crate::ui::{View, class, dynamic, el, group, id_of, nothing, notice, outside_link, text, words};

pub(crate) fn screen(app: App) -> View {
    detect(app);
    let mut pieces = opening(app, Step::Check);
    pieces.push(own_device(app));
    pieces.push(words("h3", "oc-subheading", app.t("check.items")));
    pieces.extend(Item::ALL.map(|it| if is_detected(it) { found(app, it) } else { question(app, it) }));
    pieces.push(dynamic(move || result(app)));
    pieces.push(ending(app, Step::Check));
    group("oc-step", pieces)
}

/// Found out by the page itself; every other item is asked.
fn is_detected(item: Item) -> bool {
    matches!(item, Item::SecureContext | Item::BrowserKind)
}

/// Fills in what can be found out. A frozen or hidden version condemns nothing: only families are named.
fn detect(app: App) {
    let (os, browser, in_app) =
        browser::with_seen(|seen| (device::os(seen), device::browser(seen), device::in_app(seen)));
    let secure = browser::is_secure();
    app.form.update(|form| {
        form.set_check(Item::SecureContext, if secure { Outcome::Passed } else { Outcome::Failed });
        form.set_check(Item::BrowserKind, if in_app.is_some() { Outcome::Failed } else { Outcome::Passed });
        let version = browser.1.map_or_else(String::new, |it| format!(" {it}"));
        form.plain.details[Item::OsSupported as usize] = os.name().to_owned();
        form.plain.details[Item::BrowserUpdated as usize] = format!("{}{version}", browser.0.name());
        form.plain.details[Item::BrowserKind as usize] = in_app.unwrap_or_default().to_owned();
        // A telephone has no personal firewall to switch on; the person can still answer otherwise.
        if os.is_mobile() && form.check(Item::Firewall).is_none() {
            form.set_check(Item::Firewall, Outcome::NotApplicable);
        }
    });
}

fn own_device(app: App) -> View {
    let choices = vec![
        Choice { value: "yes", label: app.t("check.own_device.yes") },
        Choice { value: "no", label: app.t("check.own_device.no") },
    ];
    let chosen = match app.form.peek(|it| it.plain.own_device) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let label = label(app, "/own_device", "check.own_device", None);
    choice(
        &label,
        app.faults,
        choices,
        chosen,
        Rc::new(move |value| {
            app.form.update(|form| form.plain.own_device = Some(value == "yes"));
        }),
    )
}

/// An item that the page has found out by itself.
fn found(app: App, item: Item) -> View {
    let name = item.as_str();
    let good = app.form.peek(|form| form.check(item)) == Some(Outcome::Passed);
    let (kind, key) = if good { ("good", "passed") } else { ("warn", "failed") };
    let detail = app.form.peek(|form| form.plain.details[item as usize].clone());
    let sentence = app.fill(&format!("check.{name}.{key}"), &[("detail", &detail)]);
    let mark = if good { "check.found.passed" } else { "check.found.failed" };
    el(
        "div",
        class("oc-found").set("data-kind", kind).set("id", id_of(&format!("/checklist/{name}"))),
        vec![
            el(
                "p",
                class("oc-field__label"),
                vec![
                    words("span", "oc-field__name", app.t(&format!("check.{name}"))),
                    words("span", "oc-clause", clause_words(app, item.clause())),
                ],
            ),
            el(
                "p",
                class("oc-text"),
                vec![words("strong", "oc-found__mark", app.t(mark)), text(format!(" {sentence}"))],
            ),
            faults_below(app.faults, &format!("/checklist/{name}")),
        ],
    )
}

fn question(app: App, item: Item) -> View {
    let name = item.as_str();
    let key = format!("check.{name}");
    let offered =
        [Outcome::Attested, Outcome::ByTheDay, Outcome::NotApplicable, Outcome::Unknown, Outcome::Failed];
    let choices = offered.into_iter().filter(|it| is_offered(item, *it)).map(|outcome| Choice {
        value: outcome.as_str(),
        label: app.t_or(&format!("{key}.{}", outcome.as_str()), &format!("outcome.{}", outcome.as_str())),
    });
    let chosen = app.form.peek(|form| form.plain.checks[item as usize].clone());
    let pointer = format!("/checklist/{name}");
    let field = choice(
        &label(app, &pointer, &key, Some(item.clause())),
        app.faults,
        choices.collect(),
        &chosen,
        Rc::new(move |value| app.form.update(|form| value.clone_into(&mut form.plain.checks[item as usize]))),
    );
    group("oc-question", vec![field, beside(app, item)])
}

/// What helps to answer an item: what was seen of the device, or where to try.
fn beside(app: App, item: Item) -> View {
    let detail = app.form.peek(|form| form.plain.details[item as usize].clone());
    match item {
        Item::OsSupported | Item::BrowserUpdated if !detail.trim().is_empty() => {
            words("p", "oc-hint oc-hint--seen", app.fill("check.seen", &[("detail", &detail)]))
        }
        Item::AppReady => app.office.peek(|office| {
            office.as_ref().map_or_else(nothing, |it| {
                let label = app.fill("check.app_ready.test", &[("app", &it.policy.app.name)]);
                el(
                    "p",
                    class("oc-text"),
                    vec![outside_link(&it.policy.app.test_url, label, &app.t("link.outside"))],
                )
            })
        }),
        _ => nothing(),
    }
}

/// The answers that make sense for an item: all that the rules accept of it, less those that say nothing.
fn is_offered(item: Item, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Attested => true,
        Outcome::ByTheDay => item.can_be_ready_by_the_day(),
        Outcome::NotApplicable => item.can_be_inapplicable() && item != Item::Metered,
        Outcome::Unknown => !matches!(item, Item::PrivateRoom | Item::AppReady),
        Outcome::Failed => item != Item::Metered,
        Outcome::Passed => false,
    }
}

/// The overall verdict, once every item is answered.
fn result(app: App) -> View {
    let (own_device, entries) = app.form.with(|form| (form.plain.own_device, form.checklist()));
    let Some(own_device) = own_device.filter(|_| entries.len() == Item::ALL.len()) else { return nothing() };
    let names = |items: &[Item]| {
        let names =
            items.iter().map(|it| words("li", "oc-list__item", app.t(&format!("check.{}", it.as_str()))));
        el("ul", class("oc-list"), names.collect())
    };
    match verdict(own_device, &entries) {
        Verdict::Ready => notice("good", app.t("check.ready"), Vec::new()),
        Verdict::ReadyWithPreparations(items) => {
            notice("info", app.t("check.preparations"), vec![names(&items)])
        }
        Verdict::Blocked(items) => {
            notice("bad", app.t("check.blocked"), vec![names(&items), super::contact(app)])
        }
    }
}
