//! Following a request: asking again while the page is in sight, at the pace of `shared::following`, until nothing can change any
//! more. It ends with the step and with the element.
//!
//! No answer changes nothing of what is shown; the line below the state says that it may be old.

use std::cell::Cell;

use precheck_shared::api::RequestView;
use precheck_shared::following::{FRESH, pause, pause_after_failures, spread};
use precheck_shared::time::Instant;

use super::paper;
use crate::browser::{self, spawn, ticks};
use crate::js::{self, get, window};
use crate::net::{Answer, Coming, Raw, standing};
use crate::signal::State;
use crate::state::App;
use crate::ui::{View, at_the_end, dynamic, el, text};

/// One showing of a receipt.
#[derive(Clone, Copy)]
pub(super) struct Watch(&'static Looks);

struct Looks {
    /// Counts up whenever looking begins or ends, so that a late timer or answer finds out that its turn is over.
    turn: Cell<u32>,
    /// How many in a row had no answer; told after every look.
    failures: State<u32>,
    /// The device's time at the last answer: the server's clock may be known later only.
    seen: Cell<Option<Instant>>,
    /// Not again before these ticks: the server has asked for it.
    not_before: Cell<f64>,
    /// Nothing can change any more.
    over: Cell<bool>,
    /// Somebody has pressed the button, and is to be told what came of it.
    pressed: Cell<bool>,
}

/// Follows the receipt for as long as the screen is there.
pub(super) fn follow(app: App) -> Watch {
    let watch = Watch(Box::leak(Box::new(Looks {
        turn: Cell::new(0),
        failures: State::new(0),
        seen: Cell::new(None),
        not_before: Cell::new(0.0),
        over: Cell::new(false),
        pressed: Cell::new(false),
    })));
    let look = move |_| {
        if browser::is_hidden() {
            watch.end();
        } else if !watch.0.over.get() {
            watch.look(app);
        }
    };
    let document = get(&window(), "document").unwrap_or_default();
    browser::listen(document, "visibilitychange", Box::new(look));
    browser::listen(window(), "online", Box::new(look));
    at_the_end(move || {
        watch.end();
    });
    watch.look(app);
    watch
}

impl Watch {
    /// Looks at once, and goes on looking.
    fn look(self, app: App) {
        let turn = self.end();
        spawn(async move {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a cast that saturates"
            )]
            let mut millis = (self.0.not_before.get() - ticks()) as u32;
            loop {
                js::pause(millis).await;
                if self.0.turn.get() != turn || browser::is_hidden() {
                    return;
                }
                let raw = ask(app, "").await;
                if self.0.turn.get() != turn {
                    return;
                }
                let next = self.heard(app, raw);
                self.0.over.set(next.is_none());
                if self.0.pressed.take() {
                    app.say(&self.words(app));
                }
                let Some(next) = next else { return };
                millis = next;
            }
        });
    }

    /// The button: looks, and tells what came of it.
    pub(super) fn press(self, app: App) {
        self.0.pressed.set(true);
        self.look(app);
    }

    /// Ends the turn, and gives the number of the next.
    fn end(self) -> u32 {
        let turn = self.0.turn.get().wrapping_add(1);
        self.0.turn.set(turn);
        turn
    }

    /// Takes an answer, or none; tells how long to wait before the next look, if there is to be one.
    #[inline(never)]
    fn heard(self, app: App, raw: Option<Raw>) -> Option<u32> {
        let is_first = self.0.seen.get().is_none();
        match app.known.reach(|it| standing(raw, &mut it.tag)) {
            Some(Answer::Refused) => {
                app.receipt.update(|it| it.iter_mut().for_each(|it| it.unknown = true));
                return None;
            }
            Some(Answer::Missing(retry_after)) => return Some(self.was_silent(app, retry_after)),
            Some(Answer::Good(view)) => {
                paper::draw_code(app);
                if take(app, view) {
                    self.0.pressed.set(false);
                }
            }
            None if is_first => paper::draw_code(app),
            None => {}
        }
        self.0.seen.set(Some(browser::device_now()));
        self.0.failures.set(0);
        let pause = match app.office.get_now() {
            Some(office) => app.known.peek(|it| pause(&office.policy, app.now(), it.view.as_ref()?))?,
            // With the office comes the server's clock.
            None => FRESH,
        };
        Some(spread(pause, browser::chance()))
    }

    /// Nobody has answered: how long to wait.
    fn was_silent(self, app: App, retry_after: Option<u32>) -> u32 {
        let failures = self.0.failures.get_now() + 1;
        self.0.failures.set(failures);
        if failures == 1 {
            app.say(app.t("receipt.silent"));
        }
        let millis = pause_after_failures(failures, retry_after);
        if retry_after.is_some() {
            self.0.not_before.set(ticks() + f64::from(millis));
        }
        millis
    }

    /// When this was last seen to be so, and whether the server has been silent since.
    pub(super) fn line(self, app: App) -> View {
        el("p", "oc-hint").with(dynamic(move || {
            self.0.failures.track();
            app.load.track();
            text(&self.words(app))
        }))
    }

    fn words(self, app: App) -> String {
        let silent = if self.0.failures.get_now() == 0 { "" } else { app.t("receipt.silent") };
        let seen =
            self.0.seen.get().filter(|_| app.office.get_now().is_some()).map_or_else(String::new, |it| {
                app.fill("receipt.as_of", &[("time", &app.texts().date_time(app.server_time(it)))])
            });
        [silent, " ", &seen].concat()
    }
}

/// Asks for a part of the receipt, or for all of it where the part has no name: only if that has changed.
pub(super) fn ask(app: App, part: &str) -> Coming {
    app.known.peek(|known| {
        app.receipt.peek(|it| {
            let (number, code) = it.as_ref().map_or(("", ""), |it| (&it.number, &it.code));
            app.setup.server.receipt(number, code, part, if part.is_empty() { &known.tag } else { "" })
        })
    })
}

/// Takes what is new, and says so if somebody has seen it otherwise; tells whether it did.
#[inline(never)]
fn take(app: App, mut view: RequestView) -> bool {
    let left = view.is_open().then(|| std::mem::take(&mut view.preparations));
    if app.preparations.peek(|it| *it != left) {
        app.preparations.set(left);
    }
    // What is drawn anew loses the focus.
    let here = app.root.focused("data-act");
    let mut said = [app.t("receipt.changed"), " ", app.t(&["state.", &view.state].concat())].concat();
    app.known.update(|known| {
        match &known.view {
            Some(before) if before.version != view.version => {
                known.changed = true;
                if let (Some(before), Some(now)) = (&before.appointment, &view.appointment)
                    && before.start != now.start
                {
                    known.moved_from = Some(before.start.clone());
                }
            }
            _ => said.clear(),
        }
        known.view = Some(view);
    });
    if let Some(here) = here {
        app.root.focus_first(vec![here, ".oc-state > *".to_owned()]);
    }
    if !said.is_empty() {
        app.say(&said);
    }
    !said.is_empty()
}
