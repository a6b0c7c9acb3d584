//! The line, measured against the server: round trip, jitter, loss, down and up; under 2 MB and 12 s, stopped at any time.
//!
//! A measurement that could not be finished says nothing about the line, and says so. What the figures mean is
//! `shared::checklist::line`'s.

use precheck_shared::checklist::Outcome;
use precheck_shared::checklist::line::{
    DOWN_LIMIT_MS, Figures, Grade, PROBE_LIMIT_MS, PROBES, PROBES_LIMIT_MS, ROUNDS, UP_LIMIT_MS, UPLOADS,
    figures, grade,
};
use wasm_bindgen::JsValue;

use super::card::{Card, Phase};
use super::run::{Flight, Open};
use crate::browser::{self, spawn};
use crate::js::{array, bytes, make, window};
use crate::net::Probe;
use crate::signal::State;
use crate::state::App;
use crate::ui::{View, bare_button, dynamic, el, group, nothing, notice, row};

/// A test on the screen.
#[derive(Clone, Copy)]
struct Test {
    card: Card,
    /// Exchanges made so far.
    progress: State<usize>,
    figures: State<Option<Figures>>,
    /// The line is billed by volume: asked first.
    confirming: State<bool>,
}

/// The first exchange opens the connection and is not counted.
const EXCHANGES: usize = 1 + PROBES as usize + ROUNDS.len() + UPLOADS.len();

pub(super) fn area(card: Card) -> View {
    let test =
        Test { card, progress: State::new(0), figures: State::new(None), confirming: State::new(false) };
    group("oc-test__area")
        .with(dynamic(move || if test.confirming.get() { test.confirmation() } else { nothing() }))
        .with(dynamic(move || if card.live.get() { test.running() } else { nothing() }))
        .with(dynamic(move || test.figures.get().map_or_else(nothing, |it| shown(card.app, &it))))
        .with(card.button(move || test.ask()))
}

impl Test {
    fn running(self) -> View {
        let bar = el("progress", "oc-progress")
            .set("max", &EXCHANGES.to_string())
            .set("aria-label", self.card.app.t("test.network.progress"))
            .follow("value", move || Some(self.progress.get().to_string()));
        group("").with(self.card.app.para("test.network.started")).with(bar)
    }

    fn confirmation(self) -> View {
        let app = self.card.app;
        let sum: u32 = ROUNDS.iter().chain(&UPLOADS).sum();
        let megabytes = sum.div_ceil(1_000_000).to_string();
        let start = bare_button("oc-button oc-button--plain")
            .set("data-confirm", "network")
            .says(app.t("test.network.confirm"))
            .press(move || {
                app.root.focus("[data-item='network'] [data-start], [data-item='network'] [data-stop]");
                self.start();
            });
        notice("info", &app.fill("test.network.metered", &[("mb", &megabytes)])).with(start)
    }

    fn ask(self) {
        if browser::is_metered() && !self.confirming.get_now() {
            self.confirming.set(true);
            self.card.app.root.focus("[data-confirm]");
        } else {
            self.start();
        }
    }

    fn start(self) {
        let Self { card, progress, figures, confirming } = self;
        if confirming.get_now() {
            confirming.set(false);
        }
        let turn = card.begin();
        card.run.hold(turn, Open::default());
        progress.set(0);
        if figures.get_now().is_some() {
            figures.set(None);
        }
        card.enter(Phase::Running);
        card.set_live(true);
        card.app.say(card.app.t("test.network.started"));
        spawn(async move {
            let measured = self.measure(turn).await;
            if !card.run.is(turn) {
                return;
            }
            card.run.end();
            card.set_live(false);
            figures.set(measured);
            self.conclude(measured);
        });
    }

    fn conclude(self, measured: Option<Figures>) {
        let card = self.card;
        let (Some(it), Some(office)) = (measured, card.app.office.get_now()) else {
            return card.trouble("line_failed");
        };
        let detail = detail(&it);
        match grade(&office.policy.checklist.line, &it).0 {
            Grade::Good => card.pass(&detail, "test.network.good"),
            Grade::Fair => {
                card.found(Outcome::Unknown, &detail);
                card.trouble("line_fair");
            }
            Grade::Poor => {
                card.found(Outcome::Failed, &detail);
                card.trouble("line_poor");
            }
        }
    }

    /// `None` where an exchange broke off, or nothing answered.
    async fn measure(self, turn: u32) -> Option<Figures> {
        let mut limit = Limit::new(PROBES_LIMIT_MS);
        self.exchange(turn, "latency", 0, limit.left(PROBES_LIMIT_MS)?).await?;
        let mut latencies = Vec::new();
        for _ in 0..PROBES {
            let Some(left) = limit.left(PROBE_LIMIT_MS) else { break };
            let (millis, in_time) = self.exchange(turn, "latency", 0, left).await?;
            // One that was cut short by us, and not by its own limit, says nothing.
            if in_time || left == PROBE_LIMIT_MS {
                latencies.push(in_time.then_some(millis));
            }
        }
        let mut rounds = [Vec::new(), Vec::new()];
        for (at, (path, sizes, most)) in
            [("download", ROUNDS, DOWN_LIMIT_MS), ("upload", UPLOADS, UP_LIMIT_MS)].into_iter().enumerate()
        {
            limit = Limit::new(most);
            for size in sizes {
                let Some(left) = limit.left(most) else { break };
                let (millis, in_time) = self.exchange(turn, path, size, left).await?;
                rounds[at].push((size, millis, in_time));
                if !in_time {
                    break;
                }
            }
        }
        figures(&latencies, &rounds[0], &rounds[1])
    }

    /// One exchange, ended with its run.
    async fn exchange(self, turn: u32, path: &str, size: u32, within_millis: u32) -> Option<(u32, bool)> {
        let abort = make(&window(), "AbortController", &[])?;
        self.card.run.with(turn, |open| open.flight = Some(Flight(abort.clone())))?;
        let probe = match path {
            "latency" => Probe::Latency,
            "download" => Probe::Download(size),
            _ => Probe::Upload(filler(size)?),
        };
        let done = self.card.app.setup.server.probe(probe, within_millis, abort).await;
        self.card.run.with(turn, |open| open.flight = None)?;
        self.progress.update(|it| *it += 1);
        done
    }
}

/// What is left of a time.
struct Limit {
    ends: f64,
}

impl Limit {
    fn new(millis: u32) -> Self {
        Self { ends: browser::ticks() + f64::from(millis) }
    }

    /// Milliseconds, at most so many; `None` when it is over.
    fn left(&self, most: u32) -> Option<u32> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast that saturates")]
        let left = (self.ends - browser::ticks()) as u32;
        (0 < left).then_some(left.min(most))
    }
}

/// Bytes that nothing on the way can make fewer: pieces of 16 KiB that differ from each other in nothing a packer looks back at.
fn filler(size: u32) -> Option<JsValue> {
    const PIECE: u32 = 16_384;
    let mut pieces = Vec::new();
    for _ in 0..size / PIECE {
        pieces.push(bytes(&browser::random(PIECE)?));
    }
    make(&window(), "Blob", &[array(&pieces).into()])
}

/// For the staff and the telephone, in every language the same.
fn detail(it: &Figures) -> String {
    let number = |it: u32| it.to_string();
    [
        "RTT ",
        &number(it.round_trip_ms),
        " ms ±",
        &number(it.jitter_ms),
        ", loss ",
        &number(it.loss_percent),
        " %, down ",
        &number(it.down_kbps),
        ", up ",
        &number(it.up_kbps),
        " kbit/s",
    ]
    .concat()
}

fn shown(app: App, it: &Figures) -> View {
    let mut rows = el("dl", "oc-rows oc-figures");
    for (name, value, unit) in [
        ("round_trip", it.round_trip_ms, " ms"),
        ("jitter", it.jitter_ms, " ms"),
        ("loss", it.loss_percent, " %"),
        ("down", it.down_kbps, " kbit/s"),
        ("up", it.up_kbps, " kbit/s"),
    ] {
        rows.add(row(app.t(&["line.", name].concat()), &[&value.to_string(), unit].concat()));
    }
    rows
}
