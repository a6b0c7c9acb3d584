//! The frame around the steps: title, list of steps, language, fault summary, and the way between addresses and
//! steps.

use precheck_shared::journey::Step;
use precheck_shared::texts::{Texts, japanese, tag_of};

use crate::browser::{self, spawn};
use crate::idle;
use crate::js::window;
use crate::keep;
use crate::send;
use crate::state::{App, HEADING, Load};
use crate::steps;
use crate::ui::fields::Shown;
use crate::ui::{
    View, bare_button, button, dynamic, el, group, id_of, nothing, notice, outside_link, text, words,
};

/// Everything on the screen.
pub(crate) fn frame(app: App) -> View {
    // A change of language draws all of it anew; what was entered lives in the state, not on the screen.
    dynamic(move || {
        app.texts.track();
        group("oc-widget")
            .set("lang", app.texts().tag())
            .with(top(app))
            .with(dynamic(move || idle::warning(app)))
            .with(dynamic(move || clock_of_device(app, Step::Receipt)))
            .with(dynamic(move || aside(app)))
            .with(dynamic(move || in_app(app)))
            .with(dynamic(move || {
                if app.setup.alone || app.step.get() == Step::Receipt { nothing() } else { steps_list(app) }
            }))
            .with(dynamic(move || summary(app)))
            .with(group("oc-main").with(dynamic(move || screen(app))))
            .with(dynamic(move || clock_of_device(app, Step::Conditions)))
            .with(foot(app))
            .with(spoken(app))
    })
}

/// Out of the browser inside an app; and what is told to whoever has come from one.
fn in_app(app: App) -> View {
    match app.in_app() {
        _ if app.step.get() == Step::Receipt => nothing(),
        Some(name) => steps::moving::offer(app, name),
        None if app.moved.get() => notice("info", app.t("move.arrived")),
        None => nothing(),
    }
}

/// A clock that is wrong, at the beginning and where it counts to be in time. At the beginning it stands below the questions, which are
/// there before anybody knows the time: nothing of them moves.
fn clock_of_device(app: App, on: Step) -> View {
    if app.clock_is_off.get() && app.step.get() == on {
        notice("warn", app.t("clock.off"))
    } else {
        nothing()
    }
}

/// What has become of a request that another tab left.
fn aside(app: App) -> View {
    let (key, address) = (app.aside.get(), app.aside_link.get_now());
    if key.is_empty() {
        return nothing();
    }
    let mut words = notice("info", app.t(&key));
    if !address.is_empty() {
        words.add(outside_link(&address, app.t("beside.open"), app.t("link.outside")));
    }
    group("oc-part").with(words)
}

fn top(app: App) -> View {
    let mut switches = group("oc-top__languages");
    let present = app.texts().language();
    for language in ["ja"].into_iter().chain(app.setup.texts.iter().map(|it| it.0.as_str())) {
        if language != present {
            let to = language.to_owned();
            switches.add(
                bare_button("oc-button oc-button--plain oc-button--small")
                    .set("lang", tag_of(language))
                    .says(app.t(&["language.", language].concat()))
                    .press(move || {
                        app.chosen.set(to.clone());
                        choose_language(app, to.clone());
                    }),
            );
        }
    }
    // Our own page has its title already.
    let title = if app.setup.standalone {
        nothing()
    } else {
        app.words("p", "oc-title", if app.setup.alone { "check.heading" } else { "app.title" })
    };
    group("oc-top").with(title).with(switches)
}

fn steps_list(app: App) -> View {
    let present = app.step.get();
    let mut list = el("ol", "oc-steps__list");
    for (at, step) in Step::ALL.into_iter().take_while(|it| *it < Step::Receipt).enumerate() {
        let (state, current) = match step.cmp(&present) {
            std::cmp::Ordering::Less => ("done", false),
            std::cmp::Ordering::Equal => ("now", true),
            std::cmp::Ordering::Greater => ("next", false),
        };
        let number = (at + 1).to_string();
        let place = app.fill("steps.place", &[("n", &number), ("of", "5")]);
        let mark = if state == "done" { "✓" } else { &number };
        list.add(
            el("li", "oc-steps__item")
                .set("data-state", state)
                .set_if(current, "aria-current", "step")
                .with(words("span", "oc-hidden", &place))
                .with(words("span", "oc-steps__mark", mark).set("aria-hidden", "true"))
                .with(app.words("span", "oc-steps__name", &format!("step.{}", step.as_str())))
                .with(app.words("span", "oc-hidden", &["steps.", state].concat())),
        );
    }
    el("nav", "oc-steps").set("aria-label", app.t("steps.label")).with(list)
}

/// The fault summary, which takes the focus when it appears.
fn summary(app: App) -> View {
    let alert = app.alert.get();
    app.faults.with(|faults| summary_of(app, faults, alert))
}

fn summary_of(app: App, faults: &[Shown], alert: Option<String>) -> View {
    if faults.is_empty() && alert.is_none() {
        return nothing();
    }
    let only_asks = !faults.is_empty() && faults.iter().all(|it| it.only_asks);
    let heading = match (only_asks, faults.len()) {
        (_, 0) => app.t("summary.alert").to_owned(),
        (true, _) => app.t("summary.asks").to_owned(),
        (false, count) => app.count("summary.fix", count),
    };
    let mut links = el("ul", "oc-summary__list");
    for fault in faults {
        let pointer = fault.pointer.clone();
        let go = button("oc-link oc-summary__link", &fault.message, move || focus_item(app, &pointer));
        links.add(el("li", "").with(go));
    }
    group("oc-summary")
        .set("tabindex", "-1")
        .set("role", "group")
        .set("aria-labelledby", "oc-summary-heading")
        .set("data-kind", if only_asks { "asks" } else { "fix" })
        .with(words("h2", "oc-summary__heading", &heading).set("id", "oc-summary-heading"))
        .with(alert.map_or_else(nothing, |it| words("p", "oc-summary__alert", &it)))
        .with(links)
}

/// Moves the focus to the field of an item, or to the nearest that stands for it.
fn focus_item(app: App, pointer: &str) {
    let mut pointer = pointer;
    let mut selectors = Vec::new();
    while !pointer.is_empty() {
        selectors.push(format!("#{}", id_of(pointer)));
        pointer = pointer.rsplit_once('/').map_or("", |it| it.0);
    }
    app.root.focus_first(selectors);
}

fn screen(app: App) -> View {
    let step = app.step.get();
    if step == Step::Receipt {
        return steps::receipt::screen(app);
    }
    match app.load.get() {
        Load::Loading => app.words("p", "oc-loading", "load.loading"),
        Load::Failed => notice("bad", app.t("load.failed"))
            .with(app.para("load.failed.do"))
            .with(button("oc-button", app.t("load.again"), move || {
                spawn(async move {
                    app.load_office(None).await;
                    app.root.focus_first(vec![HEADING.to_owned(), ".oc-main button".to_owned()]);
                });
            }))
            .with(if app.frozen.get() { steps::review::sending(app) } else { nothing() }),
        Load::Ready => match step {
            Step::Conditions => steps::conditions::screen(app),
            Step::Consent => steps::consent::screen(app),
            Step::Check => steps::check::screen(app),
            Step::Booking => steps::booking::screen(app),
            Step::Review => steps::review::screen(app),
            Step::Receipt => nothing(),
        },
    }
}

/// What is kept on this device, and how to be rid of it.
fn foot(app: App) -> View {
    dynamic(move || {
        if app.step.get() == Step::Receipt {
            // Delivered: nothing of what was entered is left here.
            return nothing();
        }
        let kept = if app.shared_device.get() { "keep.nothing" } else { "keep.tab" };
        // A request that waits says itself where it lies.
        let kept = if app.frozen.get() { nothing() } else { app.words("p", "oc-foot__words", kept) };
        group("oc-foot").with(kept).with(button("oc-link", app.t("keep.erase"), move || erase(app)))
    })
}

/// A region that tells people who listen what has changed.
fn spoken(app: App) -> View {
    group("oc-hidden").set("role", "status").with(dynamic(move || text(&app.spoken.get())))
}

/// Forgets everything that was entered here.
fn erase(app: App) {
    send::erase(app);
    keep::forget_all();
    app.clear_form();
    app.receipt.set(None);
    app.receipts.set(String::new());
    app.terms.set(None);
    app.moved.set(false);
    app.go(app.setup.first_step());
    app.say(app.t("keep.erased"));
}

/// Fetches and shows another language.
pub(crate) fn choose_language(app: App, language: String) {
    let known = app.fetched.peek(|all| all.iter().find(|it| it.language() == language).copied());
    if let Some(texts) = known.or_else(|| (language == "ja").then(japanese)) {
        show_language(app, texts);
        return;
    }
    spawn(async move {
        let Some((_, file)) = app.setup.texts.iter().find(|it| it.0 == language) else { return };
        let Some(source) = app.setup.server.texts(file).await else {
            app.say(app.t("language.failed"));
            return;
        };
        let texts: &'static Texts = Box::leak(Box::new(Texts::in_order_of(japanese(), &language, &source)));
        app.fetched.update(|it| it.push(texts));
        show_language(app, texts);
    });
}

/// All is drawn anew: the focus goes back to the switch that was pressed, if one was.
fn show_language(app: App, texts: &'static Texts) {
    let pressed = app.root.focused("lang").is_some();
    app.texts.set(texts);
    if pressed {
        app.root.focus_first(vec![".oc-top__languages button".to_owned()]);
    }
}

/// The first part of the addresses of receipts.
const RECEIPT: &str = "receipt";

/// Whether the address asks for a receipt, or for the way to one: that needs nothing of the office.
pub(crate) fn is_at_a_receipt() -> bool {
    browser::fragment().split('/').next() == Some(RECEIPT)
}

/// Opens the screen that the address asks for, as far as what was entered reaches.
pub(crate) fn arrive(app: App) {
    let address = browser::fragment();
    let mut parts = address.split('/');
    let (mut name, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let carries = name == keep::CARRIED;
    if let (true, Some(step), Some(answers)) = (carries, second, third) {
        name = step;
        if keep::take_carried(app, answers) {
            app.moved.set(true);
            // Every step is looked through once: anybody can write such an address.
            name = "";
        }
    }
    if app.setup.alone {
        app.open(Step::Check);
        browser::set_fragment(&keep::address(app, Step::Check), true);
        return;
    }
    if name == RECEIPT {
        let asked = match (second, third) {
            // Number and code are in no address for longer than it takes to read them: the tab knows which it was.
            (None, _) => keep::receipt_at(app, browser::history_number()),
            (Some(number), Some(code)) => Some((number.to_owned(), code.to_owned())),
            // A link that was cut off leads to no receipt, nor to another one.
            _ => None,
        };
        match asked {
            None => app.receipt.set(None),
            Some((number, code)) => {
                if app.receipt.peek(|it| it.as_ref().is_none_or(|it| it.number != number || it.code != code))
                {
                    app.show_receipt(number, code);
                }
            }
        }
        app.open(Step::Receipt);
        keep::keep_receipt(app);
        return;
    }
    // While the outcome of a sending is unknown, nothing can be edited.
    let idle = !app.frozen.get_now();
    let wished = if idle { Step::parse(name).unwrap_or(Step::Conditions) } else { Step::Review };
    // The check of device and room is open to everyone; the other steps follow each other.
    let reached = if wished == Step::Check { wished } else { wished.min(app.next_step()) };
    app.open(reached.min(Step::Review));
    if reached != wished || !idle || carries {
        browser::set_fragment(&keep::address(app, reached), true);
    }
}

/// Follows Back, Forward and typed addresses while the widget is there.
pub(crate) fn follow_address(app: App) {
    let arrived = move |_| {
        if app.load.get_now() == Load::Ready || is_at_a_receipt() {
            arrive(app);
            app.root.focus(HEADING);
        }
    };
    browser::listen(window(), "popstate", Box::new(arrived));
}
