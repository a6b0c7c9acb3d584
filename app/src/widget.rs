//! The frame around the steps: title, list of steps, language, fault summary, and the way between addresses and
//! steps.

use std::sync::Arc;

use crate::browser::spawn;
use leptos::prelude::*;
use precheck_shared::journey::Step;
use precheck_shared::texts::Texts;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

use crate::browser;
use crate::keep;
use crate::state::{App, HEADING, Load, Receipt};
use crate::steps;
use crate::ui::{Attributes, View, button, class, dynamic, el, group, id_of, nothing, notice, text, words};

/// Everything on the screen.
pub(crate) fn frame(app: App) -> View {
    // A change of language draws all of it anew; what was entered lives in the state, not on the screen.
    dynamic(move || {
        app.texts.track();
        group(
            "oc-widget",
            vec![
                top(app),
                dynamic(move || if app.step.get() == Step::Receipt { nothing() } else { steps_list(app) }),
                dynamic(move || summary(app)),
                el("div", class("oc-main"), vec![dynamic(move || screen(app))]),
                foot(app),
                spoken(app),
            ],
        )
    })
}

fn top(app: App) -> View {
    let languages = app.setup.with_value(|it| it.texts.clone());
    let other = languages.into_iter().map(|(language, _)| language).chain(["ja".to_owned()]);
    let present = app.texts.peek(|it| it.language().to_owned());
    let switches = other.filter(|it| *it != present).map(|language| {
        let name = app.t(&format!("language.{language}"));
        let to = language.clone();
        let attributes = class("oc-button oc-button--plain oc-button--small")
            .set("type", "button")
            .set("lang", language)
            .on("click", Box::new(move |_| choose_language(app, to.clone())));
        el("button", attributes, vec![text(name)])
    });
    // Our own page has its title already.
    let own_page = app.setup.with_value(|it| it.standalone);
    let title = if own_page { nothing() } else { words("p", "oc-title", app.t("app.title")) };
    group("oc-top", vec![title, group("oc-top__languages", switches.collect())])
}

fn steps_list(app: App) -> View {
    let present = app.step.get();
    let shown = &Step::ALL[..5];
    let items = shown.iter().enumerate().map(|(at, step)| {
        let state = match (*step).cmp(&present) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "next",
        };
        let numbers = [("n", (at + 1).to_string()), ("of", shown.len().to_string())];
        let numbers: Vec<_> = numbers.iter().map(|it| (it.0, it.1.as_str())).collect();
        let attributes =
            class("oc-steps__item").set("data-state", state).set_if(state == "now", "aria-current", "step");
        el(
            "li",
            attributes,
            vec![
                words("span", "oc-hidden", app.fill("steps.place", &numbers)),
                el(
                    "span",
                    class("oc-steps__mark").set("aria-hidden", "true"),
                    vec![text(if state == "done" { "✓".to_owned() } else { (at + 1).to_string() })],
                ),
                words("span", "oc-steps__name", app.t(&format!("step.{}", step.as_str()))),
                words("span", "oc-hidden", app.t(&format!("steps.{state}"))),
            ],
        )
    });
    el(
        "nav",
        class("oc-steps").set("aria-label", app.t("steps.label")),
        vec![el("ol", class("oc-steps__list"), items.collect())],
    )
}

/// The fault summary, which takes the focus when it appears.
fn summary(app: App) -> View {
    let faults = app.faults.get();
    let alert = app.alert.get();
    if faults.is_empty() && alert.is_none() {
        return nothing();
    }
    let only_asks = !faults.is_empty() && faults.iter().all(|it| it.only_asks);
    let heading = match (only_asks, faults.len()) {
        (_, 0) => app.t("summary.alert"),
        (true, _) => app.t("summary.asks"),
        (false, count) => app.fill("summary.fix", &[("n", &count.to_string())]),
    };
    let links = faults.into_iter().map(|fault| {
        let pointer = fault.pointer.clone();
        let go = class("oc-link oc-summary__link")
            .set("type", "button")
            .on("click", Box::new(move |_| focus_item(app, &pointer)));
        el("li", Attributes::default(), vec![el("button", go, vec![text(fault.message)])])
    });
    let list = el("ul", class("oc-summary__list"), links.collect());
    let attributes = class("oc-summary")
        .set("tabindex", "-1")
        .set("role", "group")
        .set("aria-labelledby", "oc-summary-heading")
        .set("data-kind", if only_asks { "asks" } else { "fix" });
    let heading = el("h2", class("oc-summary__heading").set("id", "oc-summary-heading"), vec![text(heading)]);
    let alert = alert.map_or_else(nothing, |it| words("p", "oc-summary__alert", it));
    el("div", attributes, vec![heading, alert, list])
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
        Load::Loading => words("p", "oc-loading", app.t("load.loading")),
        Load::Failed => notice(
            "bad",
            app.t("load.failed"),
            vec![
                words("p", "oc-text", app.t("load.failed.do")),
                button("oc-button", app.t("load.again"), move || {
                    spawn(app.load_office(None));
                }),
            ],
        ),
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
        let shared = app.shared_device.get();
        let kept = if shared { "keep.nothing" } else { "keep.tab" };
        el(
            "div",
            class("oc-foot"),
            vec![
                words("p", "oc-foot__words", app.t(kept)),
                button("oc-link", app.t("keep.erase"), move || erase(app)),
            ],
        )
    })
}

/// A region that tells people who listen what has changed.
fn spoken(app: App) -> View {
    let attributes = class("oc-hidden").set("role", "status");
    el("div", attributes, vec![dynamic(move || text(app.spoken.get()))])
}

/// Forgets everything that was entered here.
fn erase(app: App) {
    keep::forget_all();
    app.form.set(crate::form::Form::default());
    app.receipt.set(None);
    app.terms.set(None);
    app.go(Step::Conditions);
    app.say(app.t("keep.erased"));
}

/// Fetches and shows another language.
pub(crate) fn choose_language(app: App, language: String) {
    spawn(async move {
        if language == "ja" {
            app.texts.set(Arc::new(Texts::parse("ja", "")));
            return;
        }
        let file =
            app.setup.with_value(|it| it.texts.iter().find(|it| it.0 == language).map(|it| it.1.clone()));
        let Some(file) = file else { return };
        match app.server().texts(&file).await {
            Some(source) => app.texts.set(Arc::new(Texts::parse(&language, &source))),
            None => app.say(app.t("language.failed")),
        }
    });
}

/// Opens the screen that the address asks for, as far as what was entered reaches.
pub(crate) fn arrive(app: App) {
    let address = browser::fragment();
    let mut parts = address.split('/');
    match (parts.next().unwrap_or_default(), parts.next(), parts.next()) {
        ("receipt", Some(number), Some(code)) => {
            let (number, code) = (number.to_owned(), code.to_owned());
            if app.receipt.peek(|it| it.as_ref().is_none_or(|it| it.number != number || it.code != code)) {
                app.receipt.set(Some(Receipt { number, code, view: None, unknown: false }));
            }
            app.open(Step::Receipt);
        }
        (name, ..) => {
            let wished = Step::parse(name).unwrap_or(Step::Conditions);
            // The check of device and room is open to everyone; the other steps follow each other.
            let reached = if wished == Step::Check { wished } else { wished.min(app.next_step()) };
            app.open(reached.min(Step::Review));
            if reached != wished {
                browser::set_fragment(reached.as_str(), true);
            }
        }
    }
}

/// Follows Back, Forward and typed addresses while the widget is there.
pub(crate) fn follow_address(app: App) {
    let arrived = Closure::<dyn FnMut()>::new(move || {
        if app.load.get_now() == Load::Ready || browser::fragment().starts_with("receipt/") {
            arrive(app);
            app.root.focus(HEADING);
        }
    });
    let listener = arrived.as_ref().unchecked_ref::<js_sys::Function>().clone();
    let added = window().add_event_listener_with_callback("popstate", &listener).is_ok();
    let kept = StoredValue::new_local(arrived);
    on_cleanup(move || {
        if added {
            // The listener was added above; taking it off again cannot fail in a way that matters.
            drop(window().remove_event_listener_with_callback("popstate", &listener));
        }
        kept.dispose();
    });
}
