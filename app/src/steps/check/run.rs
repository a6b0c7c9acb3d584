//! A test that holds a device open: ended by its button, by leaving the step, by hiding the page, by taking the element out.

use std::cell::{Cell, RefCell};

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

use crate::browser;
use crate::js::{call, get, window};
use crate::media::Stream;
use crate::media::picture::Lens;
use crate::media::sound::Sound;
use crate::ui::at_the_end;

/// What is open while a test runs; letting go of it stops it.
#[derive(Default)]
pub(super) struct Open {
    pub(super) stream: Option<Stream>,
    pub(super) lens: Option<Lens>,
    pub(super) sound: Option<Sound>,
    pub(super) flight: Option<Flight>,
}

/// The controller of what is on its way over the line; broken off when it is let go.
pub(super) struct Flight(pub(super) JsValue);

impl Drop for Flight {
    fn drop(&mut self) {
        call(&self.0, "abort", &[]);
    }
}

/// The runs of one test: at most one at a time, each with a number of its own, so that a late answer finds out that its run is over.
#[derive(Clone, Copy)]
pub(super) struct Run(&'static Turns);

struct Turns {
    present: Cell<u32>,
    open: RefCell<Option<Open>>,
}

impl Run {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(Box::leak(Box::new(Turns { present: Cell::new(0), open: RefCell::new(None) })))
    }

    /// Ends it with the step, and when the page goes out of sight; `hidden` is told of the latter.
    pub(super) fn stop_when_hidden(self, hidden: impl Fn() + 'static) {
        let run = self;
        let ended = Closure::<dyn FnMut()>::new(move || {
            if browser::is_hidden() && run.0.open.borrow().is_some() {
                run.end();
                hidden();
            }
        });
        let listen = |method: &str, ended: &JsValue| {
            let document = get(&window(), "document").unwrap_or_default();
            call(&document, method, &["visibilitychange".into(), ended.clone()]);
        };
        listen("addEventListener", ended.as_ref());
        at_the_end(move || {
            listen("removeEventListener", ended.as_ref());
            run.end();
        });
    }

    /// Ends the one before and begins another.
    pub(super) fn begin(self) -> u32 {
        self.end();
        self.0.present.get()
    }

    /// Ends what runs.
    pub(super) fn end(self) {
        self.0.present.set(self.0.present.get().wrapping_add(1));
        // Taken out first: letting go of it calls the browser.
        let open = self.0.open.take();
        drop(open);
    }

    /// Whether a run is still the present one.
    pub(super) fn is(self, turn: u32) -> bool {
        self.0.present.get() == turn
    }

    /// Keeps something open for as long as the run lasts; what comes too late is let go.
    pub(super) fn hold(self, turn: u32, open: Open) {
        if self.is(turn) {
            self.0.open.replace(Some(open));
        }
    }

    /// What is open; `None` when the run is over.
    pub(super) fn with<R>(self, turn: u32, act: impl FnOnce(&mut Open) -> R) -> Option<R> {
        if self.is(turn) { self.0.open.borrow_mut().as_mut().map(act) } else { None }
    }
}
