//! Drives the outbox: the confirmed request of this tab, and beside it one that another tab has left on the device.
//!
//! What counts as an answer, when to try again and when it is over is decided by `shared::outbox`. Here it is sent, by one tab
//! at a time, and what came of it is shown: a receipt; a refusal with the step that can mend it, everything kept; or why it is
//! not sent any more.

use precheck_shared::api::{Accepted, Problem};
use precheck_shared::journey::Step;
use precheck_shared::outbox::{Act, Expiry, Outbox, Standing, Verdict};
use precheck_shared::time::{format_instant, parse_instant};
use precheck_shared::wire::Wire;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::browser::{self, spawn};
use crate::form::Sending;
use crate::js::{call, get, make, object, once, wait, window};
use crate::keep::{self, Elsewhere};
use crate::signal::State;
use crate::state::App;
use crate::steps::check;
use crate::vault::{self, Shut};

/// Another tab that sends is waited for so long: a try of its is over by then, unless its browser has put it to sleep.
const LONGEST_TURN: u32 = 20_000;

/// Freezes what was checked, and sends it.
pub(crate) fn confirm(app: App) {
    if app.frozen.get_now() {
        return;
    }
    if check::judge_for_wishes(app) {
        app.go(Step::Check);
        app.show_violations(&app.judge(Step::Check));
        return;
    }
    let Some(key) = browser::uuid() else {
        app.show_faults(Vec::new(), Some(app.t("send.no_random").to_owned()));
        return;
    };
    let entered_at = format_instant(browser::device_now());
    let language = app.texts().language();
    let body = app.form.peek(|form| form.body(language, entered_at));
    let mut last_wish = app.now();
    for wish in &body.wishes {
        last_wish = parse_instant(wish).map_or(last_wish, |it| it.max(last_wish));
    }
    let sending = Sending::new(key, body.to_json(), app.now(), last_wish);
    let entry = sending.entry();
    app.form.update(|form| form.personal.sending = Some(sending));
    app.frozen.set(true);
    app.sending.set(true);
    app.say(app.t("send.sending"));
    // The button is gone.
    app.root.focus(".oc-sending");
    spawn(async move {
        // On the device before it is on the line.
        keep::keep_waiting(app).await;
        if !app.frozen.get_now() {
            // Erased meanwhile, and what was kept since then as well.
            keep::forget_all();
            return;
        }
        if app.outbox.reach(|it| it.confirm(entry, app.millis())).is_ok() {
            go_on(app, false);
        }
    });
}

/// After a reload, or in the tab that took it up: a request that was on its way goes on.
pub(crate) fn resume(app: App) {
    let Some(sending) = app.form.peek(|form| form.personal.sending.clone()) else { return };
    if app.outbox.reach(|it| it.take_up(sending.entry(), app.millis())).is_ok() {
        app.frozen.set(true);
        app.go(Step::Review);
        go_on(app, false);
    }
}

/// Sends again when the line is back, when the page is seen again, and when another tab has brought the request to its end.
pub(crate) fn follow(app: App) {
    let document = get(&window(), "document").unwrap_or_default();
    for (target, event) in [(window(), "online"), (window(), "pageshow"), (document, "visibilitychange")] {
        browser::listen(target, event, Box::new(move |_| wake(app)));
    }
    let noticed = move |_| {
        if app.waits_here.get_now() && vault::left(true, "").is_none() {
            wake(app);
        }
    };
    browser::listen(window(), "storage", Box::new(noticed));
}

/// Tries at once, and looks for what other tabs have left.
pub(crate) fn wake(app: App) {
    for beside in [false, true] {
        outbox(app, beside).reach(|it| it.wake(app.millis()));
        go_on(app, beside);
    }
    spawn(look_beside(app));
}

/// Forgets what is on its way, here and in other tabs.
pub(crate) fn erase(app: App) {
    for beside in [false, true] {
        let key = outbox(app, beside).reach(|it| {
            let key = it.entry().map(|it| it.key().to_owned());
            it.let_go();
            key
        });
        // What is in memory alone is in no other tab.
        if let Some(key) = key.filter(|_| beside || app.waits_here.get_now()) {
            keep::settle(&key, Elsewhere::Erased);
        }
    }
    tell_aside(app, "", String::new());
    thaw(app);
}

fn outbox(app: App, beside: bool) -> State<Outbox> {
    if beside { app.beside } else { app.outbox }
}

/// Does what is to be done now. Called once too often, it does nothing.
fn go_on(app: App, beside: bool) {
    let outbox = outbox(app, beside);
    let act = outbox.reach(|it| it.act(app.millis()));
    let standing = outbox.peek(Outbox::standing);
    match act {
        Act::Send => spawn(in_turn(app, beside)),
        Act::Pause(millis) => {
            let next = once(move || go_on(app, beside));
            call(&window(), "setTimeout", &[next, millis.into()]);
        }
        Act::Rest => {
            if let Standing::Expired(why) = standing {
                outbox.reach(Outbox::let_go);
                expired(app, beside, why);
            }
        }
    }
    let is_sending = standing == Standing::Sending;
    if !beside && app.frozen.get_now() && app.sending.get_now() != is_sending {
        app.sending.set(is_sending);
        if !is_sending && !app.delayed.get_now() {
            // Said once, and not again with every try.
            app.delayed.set(true);
            app.say(app.t("send.waiting"));
        }
        if !is_sending && outbox.peek(Outbox::is_held_back) != app.held_back.get_now() {
            let is_held_back = !app.held_back.get_now();
            app.held_back.set(is_held_back);
            app.say(app.t(if is_held_back { "send.held_back" } else { "send.waiting" }));
        }
    }
}

/// One sender among all tabs. Where the browser has no locks, or one is held by a tab that sleeps, it is sent all the same: the
/// server makes one of two.
async fn in_turn(app: App, beside: bool) {
    let act = move || {
        let trying = async move {
            try_once(app, beside).await;
            Ok(JsValue::UNDEFINED)
        };
        JsValue::from(wasm_bindgen_futures::future_to_promise(trying))
    };
    let act = Closure::once(act).into_js_value();
    let abort = make(&window(), "AbortController", &[]).unwrap_or_default();
    let signal = browser::abort_within(LONGEST_TURN, abort);
    let locks = get(&browser::navigator(), "locks").unwrap_or_default();
    let arguments = ["precheck-send".into(), object(&[("signal", signal)]), act];
    if wait(&locks, "request", &arguments).await.is_none() {
        try_once(app, beside).await;
    }
}

/// Sends once, unless another tab has brought it to its end meanwhile.
async fn try_once(app: App, beside: bool) {
    let outbox = outbox(app, beside);
    let Some(entry) = outbox.peek(|it| it.entry().cloned()) else { return };
    if beside {
        if browser::note_read(&app.beside_at.get_now()).is_none() {
            // Its own tab has sent it, or shows why not.
            outbox.reach(Outbox::let_go);
            tell_aside(app, "", String::new());
            return;
        }
    } else if let Some(end) = keep::settled(entry.key()) {
        outbox.reach(Outbox::let_go);
        settled_elsewhere(app, end);
        return;
    }
    let told = app.setup.server.submit(entry.key(), entry.body()).await;
    let verdict = told.verdict;
    let (now, chance) = (app.millis(), browser::chance());
    let is_ours = outbox.reach(|it| {
        // Erased meanwhile, or another one by now.
        let is_ours = it.entry().is_some_and(|it| it.key() == entry.key());
        if is_ours {
            it.heard(told.voice);
            it.answered(verdict, now, chance);
        }
        is_ours
    });
    if !is_ours {
        return;
    }
    match (verdict, told.accepted, told.problem) {
        (Verdict::Delivered, Some(accepted), _) => delivered(app, beside, accepted),
        (Verdict::Refused(_), _, Some(problem)) => {
            if beside {
                // What was entered for it lies sealed: a new tab takes it up, is told why, and mends it.
                app.passed_by.reach(|it| it.push_str(&app.beside_at.get_now()));
                tell_aside(app, "beside.refused", app.setup.server.page.clone());
            } else {
                if app.waits_here.get_now() {
                    keep::settle(entry.key(), Elsewhere::Refused);
                }
                ended(app, beside);
                // Not in this tab's turn: it asks the server for more.
                spawn(refused(app, problem));
            }
        }
        _ => go_on(app, beside),
    }
}

/// Of what was entered, only the receipt's number and code stay.
fn delivered(app: App, beside: bool, accepted: Accepted) {
    let Accepted { reception_number, receipt_code, .. } = accepted;
    app.tell("sent", "");
    if beside {
        let address = [&app.setup.server.page, "#/receipt/", &reception_number, "/", &receipt_code].concat();
        tell_aside(app, "beside.received", address);
    } else {
        app.show_receipt(reception_number, receipt_code);
        app.clear_form();
        app.moved.set(false);
        app.go(Step::Receipt);
        app.record(Step::Receipt);
        app.say(app.t("send.received"));
    }
    ended(app, beside);
}

/// The step that can mend it, with everything kept.
async fn refused(app: App, problem: Problem) {
    // Something is otherwise than this page knows: the version of the terms, hours, closed days.
    app.load_office(None).await;
    app.take_refusal(&problem);
}

/// Not sent any more; what was entered stays.
fn expired(app: App, beside: bool, why: Expiry) {
    ended(app, beside);
    if beside {
        tell_aside(app, "send.expired", String::new());
    } else if why == Expiry::LastWish {
        app.change(Step::Booking);
        app.show_violations(&app.judge(Step::Booking));
    } else {
        app.show_faults(Vec::new(), Some(app.t("send.expired").to_owned()));
    }
}

/// It need not wait any more.
fn ended(app: App, beside: bool) {
    if beside {
        browser::note_forget(&app.beside_at.get_now());
    } else {
        vault::forget_waiting();
        thaw(app);
    }
}

/// Tells of a request that another tab has left, and where it leads.
fn tell_aside(app: App, key: &str, address: String) {
    app.aside_link.set(address);
    app.aside.set(key.to_owned());
}

/// Another tab shows the refusal, and has everything as well; or everything was erased.
fn settled_elsewhere(app: App, end: Elsewhere) {
    thaw(app);
    match end {
        Elsewhere::Refused => app.show_faults(Vec::new(), Some(app.t("send.elsewhere").to_owned())),
        Elsewhere::Erased => {
            app.clear_form();
            app.go(Step::Conditions);
        }
    }
}

/// What was entered can be edited again.
fn thaw(app: App) {
    app.form.update(|form| form.personal.sending = None);
    app.waits_here.set(false);
    app.delayed.set(false);
    app.held_back.set(false);
    app.sending.set(false);
    app.frozen.set(false);
}

/// Sends a request that another tab has left, beside what is entered here, and mixes nothing.
pub(crate) async fn look_beside(app: App) {
    let is_free = app.beside.peek(Outbox::can_be_edited);
    let Some(left) = app.passed_by.peek(|it| vault::left(false, it)).filter(|_| is_free) else { return };
    let name = left.name.clone();
    let form = keep::open_left(left).await;
    if !app.beside.peek(Outbox::can_be_edited) {
        return;
    }
    let sending = match form {
        Ok(form) => form.personal.sending,
        Err(Shut::KeyGone) => None,
        // It waits for a tab that can open it.
        Err(Shut::ForNow) => return,
    };
    app.beside_at.set(name);
    let Some(sending) = sending else {
        expired(app, true, Expiry::Days);
        return;
    };
    if app.beside.reach(|it| it.take_up(sending.entry(), app.millis())).is_ok() {
        tell_aside(app, "beside.waiting", String::new());
        go_on(app, true);
    }
}
