//! Idleness: what people entered about themselves does not stay before whoever comes next.
//!
//! After an hour without a touch, on a shared device after a quarter of one, a question takes the focus, and a minute later
//! everything entered in this tab is erased. A press anywhere, or a letter typed, puts that off, as often as it takes (WCAG 2.2.1), and
//! gives the focus back. Nothing is asked while a request waits for the line, or where nobody has told who she is.
//! The device's clock decides, not a timer: a page that slept looks when it wakes. Then a shared device, which may be
//! before somebody else by now, asks no more.

use wasm_bindgen::JsValue;

use crate::browser::{self, listen};
use crate::js::{call, get, get_text, once, window};
use crate::keep;
use crate::state::App;
use crate::ui::{View, at_the_end, button, nothing, notice};

/// So long nobody has to do anything; in milliseconds, like all here.
const PATIENCE: i64 = 60 * 60_000;
const PATIENCE_SHARED: i64 = 15 * 60_000;
/// So long the question stands: three times what WCAG asks for.
const WARNING: i64 = 60_000;
/// The clock is looked at so often.
const PACE: u32 = 10_000;

const QUESTION: &str = "[role=alertdialog]";

/// When somebody last did something here.
#[derive(Default)]
pub(crate) struct Idle {
    since: i64,
    asked_at: i64,
    /// What had the focus before the question.
    before: Option<JsValue>,
    /// The widget is gone.
    over: bool,
}

/// Looks at the clock for as long as the widget is there, and at a page that comes back by the browser's Back.
pub(crate) fn follow(app: App) {
    for event in ["click", "input"] {
        listen(window(), event, Box::new(move |_| stay(app)));
    }
    for event in ["keydown", "scroll"] {
        // While it is asked, keys and scrolling are for reading the question.
        let stirs = move |_| {
            if !app.asks.get_now() {
                stay(app);
            }
        };
        listen(window(), event, Box::new(stirs));
    }
    let document = get(&window(), "document").unwrap_or_default();
    listen(document, "visibilitychange", Box::new(move |_| look(app)));
    let returned = move |event: web_sys::Event| {
        if get(&event, "persisted").is_some_and(|it| it.is_truthy()) && keep::is_outdated(app) {
            wipe(app, "keep.erased");
        }
        look(app);
    };
    listen(window(), "pageshow", Box::new(returned));
    at_the_end(move || app.idle.reach(|it| it.over = true));
    stay(app);
    look_on(app);
}

fn look_on(app: App) {
    if !app.idle.peek(|it| it.over) {
        look(app);
        call(&window(), "setTimeout", &[once(move || look_on(app)), PACE.into()]);
    }
}

fn look(app: App) {
    let (now, shared) = (now(), app.shared_device.get_now());
    let (idle, asked) = app.idle.peek(|it| (now - it.since, now - it.asked_at));
    let patience = if shared { PATIENCE_SHARED } else { PATIENCE };
    let protects = !app.frozen.get_now() && app.form.peek(|it| it.personal.names_somebody());
    if !protects {
        stay(app);
    } else if app.asks.get_now() {
        if WARNING <= asked {
            wipe(app, "idle.erased");
        }
    } else if shared && patience + WARNING <= idle {
        wipe(app, "idle.erased");
    } else if patience <= idle {
        let before = app.root.active();
        app.idle.reach(|it| (it.asked_at, it.before) = (now, before));
        app.asks.set(true);
        app.root.focus([QUESTION, " button"].concat().as_str());
    }
}

fn now() -> i64 {
    browser::device_now().timestamp_millis()
}

/// Somebody is here. The focus goes back where it was, unless a press has moved it already.
fn stay(app: App) {
    let before = app.idle.reach(|it| {
        it.since = now();
        it.before.take()
    });
    if app.asks.get_now() {
        if let Some(before) = before.filter(|_| app.root.find("[role=alertdialog] :focus").is_some()) {
            call(&before, "focus", &[]);
        }
        app.asks.set(false);
    }
}

/// Forgets what was entered in this tab, and says so.
fn wipe(app: App, said: &str) {
    stay(app);
    keep::forget_tab();
    app.clear_form();
    app.receipt.set(None);
    app.receipts.set(String::new());
    app.moved.set(false);
    app.go(app.setup.first_step());
    app.show_faults(Vec::new(), Some(app.t(said).to_owned()));
}

/// Whether somebody is still here.
pub(crate) fn warning(app: App) -> View {
    if !app.asks.get() {
        return nothing();
    }
    notice("warn", app.t("idle.heading"))
        .set("role", "alertdialog")
        .set("aria-label", app.t("idle.heading"))
        .set("aria-describedby", "oc-idle")
        .with(app.para("idle.words").set("id", "oc-idle"))
        .with(button("oc-button", app.t("idle.stay"), move || stay(app)))
        .on("keydown", move |event| {
            if get_text(&event, "key") == "Escape" {
                stay(app);
            }
        })
}
