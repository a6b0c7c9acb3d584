//! Step 3, articles 2(2) and 10: device and room. What a page can find out by itself is found out; the rest is asked.
//!
//! Camera, microphone, sound and line are tried by a press, each alone (`check/media_test`, `speaker`, `line`); whoever tries
//! nothing answers by herself. Nothing blocks by failing: what counts is the answer in the form, judged by
//! `shared::checklist`.

use precheck_shared::checklist::{Item, Outcome, device, line};
use precheck_shared::journey::Step;

use self::card::Card;
use super::conditions::recorded;
use super::{clause_words, ending, label, moving, opening, subheading};
use crate::media::Kind;
use crate::signal::State;
use crate::state::App;
use crate::ui::fields::{Choice, Label, choice, faults_below, select};
use crate::ui::{View, dynamic, el, group, id_of, nothing, outside_link, words};

mod card;
mod help;
mod line_test;
mod media_test;
mod result;
mod run;
mod speaker;
mod system;

pub(crate) use result::said;
pub(crate) use system::judge_for_wishes;

/// The parts of the list, in order.
const PARTS: [(&str, &[Item]); 3] = [
    (
        "check.part.device",
        &[
            Item::SecureContext,
            Item::BrowserKind,
            Item::Camera,
            Item::Microphone,
            Item::Speaker,
            Item::Network,
            Item::Metered,
        ],
    ),
    (
        "check.part.software",
        &[Item::AppReady, Item::OsSupported, Item::OsPatched, Item::Firewall, Item::BrowserUpdated],
    ),
    ("check.part.room", &[Item::PrivateRoom]),
];

pub(crate) fn screen(app: App) -> View {
    detect(app);
    // Also the language of the how-tos' systems: of this device, or of the one that is told.
    let system = State::new(app.device.peek(|it| device::os(it.seen()).key()));
    let own = State::new(app.form.peek(|it| it.plain.own_device) != Some(false));
    opening(app, Step::Check)
        // By itself it is the first screen.
        .with(if app.setup.alone { recorded(app) } else { nothing() })
        .with(own_device(app, own))
        .with(dynamic(move || items(app, own.get(), system)))
        .with(result::section(app))
        .with(if app.setup.alone { result::ending(app) } else { ending(app, Step::Check) })
}

fn items(app: App, own: bool, system: State<&'static str>) -> View {
    let mut all = group("oc-items");
    if !own {
        all.add(other_system(app, system));
    }
    for (heading, items) in PARTS {
        all.add(subheading(app, heading));
        for item in items {
            all.add(match item {
                Item::SecureContext | Item::BrowserKind => found(app, *item),
                _ => question(app, *item, own, system),
            });
        }
    }
    all
}

/// Fills in what can be found out. A frozen or hidden version condemns nothing.
pub(crate) fn detect(app: App) {
    let in_app = app.in_app();
    let (os, browser) = app.device.peek(|it| (device::os(it.seen()), device::browser(it.seen())));
    app.form.update(|form| {
        let secure = crate::browser::is_secure();
        form.set_check(Item::SecureContext, if secure { Outcome::Passed } else { Outcome::Failed });
        form.set_check(Item::BrowserKind, if in_app.is_some() { Outcome::Failed } else { Outcome::Passed });
        form.set_detail(Item::BrowserKind, in_app.unwrap_or_default());
        if form.plain.own_device == Some(false) {
            return;
        }
        let version = browser.1.map_or_else(String::new, |it| [" ", &it.to_string()].concat());
        form.set_detail(Item::BrowserUpdated, &[browser.0.name(), &version].concat());
        // A telephone has no personal firewall to switch on; the person can still answer otherwise.
        if os.is_mobile() && form.check(Item::Firewall).is_none() {
            form.set_check(Item::Firewall, Outcome::NotApplicable);
        }
    });
    system::detect(app);
}

fn own_device(app: App, own: State<bool>) -> View {
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
        move |value| {
            let is_own = value == "yes";
            app.form.update(|form| {
                form.plain.own_device = Some(is_own);
                if !is_own {
                    form.forget_tests();
                }
            });
            if own.get_now() != is_own {
                own.set(is_own);
                detect(app);
            }
        },
    )
}

/// Which system the device of the day has, for the how-tos.
fn other_system(app: App, system: State<&'static str>) -> View {
    const SYSTEMS: [&str; 6] = ["windows", "macos", "ios", "android", "chromeos", "other"];
    let choices: Vec<_> = SYSTEMS
        .iter()
        .map(|it| ((*it).to_owned(), app.t_or(&["system.", it].concat(), it).to_owned()))
        .collect();
    let label = Label {
        pointer: "/system",
        name: app.t("check.system"),
        mark: "",
        required: false,
        clause: String::new(),
        hint: app.t("check.system.hint"),
    };
    let chosen = system.get_now();
    select(
        &label,
        app.faults,
        &choices,
        chosen,
        Box::new(move |value| {
            if let Some(known) = SYSTEMS.iter().find(|it| **it == value) {
                system.set(known);
            }
        }),
    )
}

/// An item that the page has found out by itself.
fn found(app: App, item: Item) -> View {
    let name = item.as_str();
    let good = app.form.peek(|form| form.check(item)) == Some(Outcome::Passed);
    let (kind, key) = if good { ("good", "passed") } else { ("warn", "failed") };
    let detail = app.form.peek(|form| form.detail(item).to_owned());
    let seen = moving::name_of(app, &detail);
    let sentence = app.fill(&["check.", name, ".", key].concat(), &[("detail", seen)]);
    let mark = if good { "check.found.passed" } else { "check.found.failed" };
    let pointer = ["/checklist/", name].concat();
    group("oc-found")
        .set("data-kind", kind)
        .set("id", &id_of(&pointer))
        .with(
            el("p", "oc-field__label").with(app.words("span", "oc-field__name", &item.words())).with(words(
                "span",
                "oc-clause",
                &clause_words(app, item.clause()),
            )),
        )
        .with(el("p", "oc-text").with(app.words("strong", "oc-found__mark", mark)).says(" ").says(&sentence))
        .with(faults_below(app.faults, &pointer))
}

fn question(app: App, item: Item, own: bool, system: State<&'static str>) -> View {
    let card = Card::new(app, item);
    let test = match item {
        Item::Camera if own => media_test::area(card, Kind::Camera),
        Item::Microphone if own => media_test::area(card, Kind::Microphone),
        Item::Speaker if own => speaker::area(card),
        Item::Network if own => line_test::area(card),
        _ => nothing(),
    };
    card.draw(test, beside(app, item, own), system)
}

/// What helps to answer an item: what was seen of the device, or where to try.
fn beside(app: App, item: Item, own: bool) -> View {
    match item {
        Item::OsSupported if own => system::seen(app),
        Item::BrowserUpdated if own => seen(app, &app.form.peek(|form| form.detail(item).to_owned())),
        Item::Metered if own && crate::browser::is_metered() => {
            app.words("p", "oc-hint", "check.metered.seen")
        }
        Item::AppReady => {
            let Some(office) = app.office.get_now() else { return nothing() };
            let (name, hint) = (&office.policy.app.name, app.t("link.outside"));
            let link = |url: &str, key: &str| {
                el("p", "oc-text").with(outside_link(url, &app.fill(key, &[("app", name)]), hint))
            };
            group("")
                .with(link(&office.policy.app.test_url, "check.app_ready.test"))
                .with(link(&office.policy.app.download_url, "check.app_ready.get"))
        }
        _ => nothing(),
    }
}

/// "This seems to be …".
fn seen(app: App, detail: &str) -> View {
    if detail.trim().is_empty() {
        return nothing();
    }
    words("p", "oc-hint oc-hint--seen", &app.fill("check.seen", &[("detail", detail)]))
}

/// The hint of an item, with the office's figures in it.
fn hint(app: App, item: Item) -> String {
    let key = [&item.words(), ".hint"].concat();
    let Some(office) = app.office.get_now() else { return String::new() };
    let minutes = office.policy.booking.length_minutes;
    let megabytes = line::megabytes(&office.policy.app, minutes).to_string();
    app.fill(&key, &[("mb", &megabytes), ("minutes", &minutes.to_string()), ("app", &office.policy.app.name)])
}
