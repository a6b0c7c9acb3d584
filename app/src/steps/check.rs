//! Step 3, articles 2(2) and 10: device and room. What a page can find out by itself is found out; the rest is asked.

use precheck_shared::checklist::{Item, Outcome, Verdict, device, verdict};
use precheck_shared::journey::Step;

use super::{clause_words, ending, label, opening, subheading};
use crate::browser;
use crate::state::App;
use crate::ui::fields::{Choice, choice, faults_below};
use crate::ui::{View, dynamic, el, group, id_of, nothing, notice, outside_link, words};

pub(crate) fn screen(app: App) -> View {
    detect(app);
    let mut screen = opening(app, Step::Check).with(own_device(app)).with(subheading(app, "check.items"));
    for item in Item::ALL {
        screen.add(if is_detected(item) { found(app, item) } else { question(app, item) });
    }
    screen.with(dynamic(move || result(app))).with(ending(app, Step::Check))
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
        os.name().clone_into(&mut form.plain.details[Item::OsSupported as usize]);
        form.plain.details[Item::BrowserUpdated as usize] = format!("{}{version}", browser.0.name());
        in_app.unwrap_or_default().clone_into(&mut form.plain.details[Item::BrowserKind as usize]);
        // A telephone has no personal firewall to switch on; the person can still answer otherwise.
        if os.is_mobile() && form.check(Item::Firewall).is_none() {
            form.set_check(Item::Firewall, Outcome::NotApplicable);
        }
    });
}

fn own_device(app: App) -> View {
    let choices = ["check.own_device.yes", "check.own_device.no"].map(|key| app.t_or(key, ""));
    let chosen = match app.form.peek(|it| it.plain.own_device) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    choice(
        &label(app, "/own_device", "check.own_device", None),
        app.faults,
        vec![Choice { value: "yes", label: choices[0] }, Choice { value: "no", label: choices[1] }],
        chosen,
        move |value| app.form.update(|form| form.plain.own_device = Some(value == "yes")),
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
    let pointer = format!("/checklist/{name}");
    group("oc-found")
        .set("data-kind", kind)
        .set("id", &id_of(&pointer))
        .with(
            el("p", "oc-field__label")
                .with(app.words("span", "oc-field__name", &format!("check.{name}")))
                .with(words("span", "oc-clause", &clause_words(app, item.clause()))),
        )
        .with(el("p", "oc-text").with(app.words("strong", "oc-found__mark", mark)).says(" ").says(&sentence))
        .with(faults_below(app.faults, &pointer))
}

fn question(app: App, item: Item) -> View {
    let name = item.as_str();
    let key = format!("check.{name}");
    let mut choices = Vec::new();
    for outcome in
        [Outcome::Attested, Outcome::ByTheDay, Outcome::NotApplicable, Outcome::Unknown, Outcome::Failed]
    {
        if is_offered(item, outcome) {
            let value = outcome.as_str();
            let label = app.t_or(&format!("{key}.{value}"), &format!("outcome.{value}"));
            choices.push(Choice { value, label });
        }
    }
    let chosen = app.form.peek(|form| form.plain.checks[item as usize].clone());
    let pointer = format!("/checklist/{name}");
    let field = choice(
        &label(app, &pointer, &key, Some(item.clause())),
        app.faults,
        choices,
        &chosen,
        move |value| app.form.update(|form| value.clone_into(&mut form.plain.checks[item as usize])),
    );
    group("oc-question").with(field).with(beside(app, item))
}

/// What helps to answer an item: what was seen of the device, or where to try.
fn beside(app: App, item: Item) -> View {
    let detail = app.form.peek(|form| form.plain.details[item as usize].clone());
    match item {
        Item::OsSupported | Item::BrowserUpdated if !detail.trim().is_empty() => {
            words("p", "oc-hint oc-hint--seen", &app.fill("check.seen", &[("detail", &detail)]))
        }
        Item::AppReady => {
            let Some(office) = app.office.get_now() else { return nothing() };
            let label = app.fill("check.app_ready.test", &[("app", &office.policy.app.name)]);
            let link = outside_link(&office.policy.app.test_url, &label, app.t("link.outside"));
            el("p", "oc-text").with(link)
        }
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
    match verdict(own_device, &entries) {
        Verdict::Ready => notice("good", app.t("check.ready")),
        Verdict::ReadyWithPreparations(items) => {
            notice("info", app.t("check.preparations")).with(names(app, &items))
        }
        Verdict::Blocked(items) => {
            notice("bad", app.t("check.blocked")).with(names(app, &items)).with(super::contact(app))
        }
    }
}

fn names(app: App, items: &[Item]) -> View {
    let mut names = el("ul", "oc-list");
    for item in items {
        names.add(app.words("li", "oc-list__item", &format!("check.{}", item.as_str())));
    }
    names
}
