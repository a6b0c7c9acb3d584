//! Camera and microphone, tried: asked for on a press, looked at by the rules, stopped on every way out.

use precheck_shared::checklist::Outcome;
use precheck_shared::checklist::picture::{Eye, Picture};
use precheck_shared::checklist::sound::{Ear, Heard};

use super::card::{Card, Phase};
use super::run::Open;
use crate::browser::{self, spawn};
use crate::js::pause;
use crate::media::picture::Lens;
use crate::media::sound::Sound;
use crate::media::{self, Answer, Kind, PATIENCE_MILLIS, Stream};
use crate::signal::State;
use crate::ui::fields::{Label, select};
use crate::ui::{View, dynamic, el, group, nothing};

/// A camera is looked at, a microphone listened to, this often, in milliseconds.
const LOOK_MILLIS: u32 = 250;
const LISTEN_MILLIS: u32 = 100;

/// A camera that shows no frame at all for so long, in milliseconds, shows a picture that stands still.
const NO_FRAME_MILLIS: u32 = 5000;

/// A test on the screen.
#[derive(Clone, Copy)]
struct Test {
    card: Card,
    kind: Kind,
    level: State<u8>,
    /// Id and name of each device, and the one in use.
    devices: State<(Vec<(String, String)>, String)>,
}

pub(super) fn area(card: Card, kind: Kind) -> View {
    let test = Test { card, kind, level: State::new(0), devices: State::new((Vec::new(), String::new())) };
    group("oc-test__area")
        .with(dynamic(move || if card.live.get() { test.live() } else { nothing() }))
        .with(card.button(move || test.start(String::new())))
}

impl Test {
    /// What is shown while the device is open.
    fn live(self) -> View {
        let app = self.card.app;
        let shown = match self.kind {
            Kind::Camera => el("video", "oc-preview")
                .set("playsinline", "")
                .set("aria-label", app.t("test.camera.preview")),
            Kind::Microphone => el("meter", "oc-meter")
                .set("min", "0")
                .set("max", "100")
                .set("aria-label", app.t("test.microphone.level"))
                .follow("value", move || Some(self.level.get().to_string())),
        };
        let told = if self.kind == Kind::Microphone { app.para("test.microphone.speak") } else { nothing() };
        group("oc-test__live").with(told).with(shown).with(dynamic(move || self.devices()))
    }

    /// The choice among several.
    fn devices(self) -> View {
        let (devices, present) = self.devices.get();
        if devices.len() < 2 {
            return nothing();
        }
        let app = self.card.app;
        let name = self.card.item.as_str();
        let choices: Vec<_> = devices
            .into_iter()
            .enumerate()
            .map(|(at, (id, label))| {
                (id, if label.is_empty() { app.count("test.device.nth", at + 1) } else { label })
            })
            .collect();
        let (pointer, key) = (["/device/", name].concat(), ["test.", name, ".device"].concat());
        let label = Label {
            pointer: &pointer,
            name: app.t(&key),
            mark: "",
            required: false,
            clause: String::new(),
            hint: "",
        };
        group("").set("data-device", name).with(select(
            &label,
            app.faults,
            &choices,
            &present,
            Box::new(move |id| self.start(id)),
        ))
    }

    fn start(self, device: String) {
        let Self { card, kind, .. } = self;
        let turn = card.begin();
        card.set_live(false);
        card.enter(Phase::Asking);
        card.app.say(card.app.t("test.asking"));
        spawn(async move {
            let asking = media::ask(kind, &device).await;
            let mut answer = asking.answered(card.app, Some(PATIENCE_MILLIS)).await;
            if matches!(answer, Answer::Nothing) && card.run.is(turn) {
                card.trouble("timeout");
                // The browser's question may still stand there: an answer that comes late is as good.
                answer = asking.answered(card.app, None).await;
            }
            if !card.run.is(turn) {
                if let Answer::Nothing = answer {
                    asking.abandon();
                }
                return;
            }
            match answer {
                Answer::Open(stream) if !browser::is_hidden() => {
                    self.open(turn, stream, !device.is_empty()).await;
                }
                Answer::Refused(cause) => card.trouble(cause.as_str()),
                Answer::Open(_) | Answer::Nothing => card.enter(Phase::Idle),
            }
        });
    }

    async fn open(self, turn: u32, stream: Stream, chosen: bool) {
        let Self { card, kind, .. } = self;
        let (present, size) = (stream.device(), stream.size());
        card.run.hold(turn, Open { stream: Some(stream), ..Open::default() });
        let devices = media::devices(kind).await;
        if !card.run.is(turn) {
            return;
        }
        self.devices.set((devices, present));
        card.set_live(true);
        card.enter(Phase::Running);
        if chosen {
            let list = ["[data-device='", card.item.as_str(), "'] select"].concat();
            card.app.root.focus(&list);
        }
        // What was drawn just now is there at the next turn of the browser's.
        pause(0).await;
        match kind {
            Kind::Camera => self.watch(turn, &size).await,
            Kind::Microphone => self.listen(turn).await,
        }
    }

    /// Looks at frames until the picture is good, or for as long as the test runs.
    async fn watch(self, turn: u32, size: &str) {
        let card = self.card;
        let video = card.app.root.find("[data-item='camera'] video");
        let shown = card.run.with(turn, |open| {
            open.lens = Lens::new(video?, open.stream.as_ref()?);
            open.lens.as_ref().map(|_| ())
        });
        if shown != Some(Some(())) {
            return self.give_up(turn, "other");
        }
        let (mut eye, mut clock, mut dark) = (Eye::default(), Clock::new(), 0);
        loop {
            pause(LOOK_MILLIS).await;
            let millis = clock.passed();
            let Some(frame) = card.run.with(turn, |open| open.lens.as_ref()?.frame()) else { return };
            if self.was_taken_away(turn) {
                return;
            }
            let Some(frame) = frame else {
                dark += millis;
                if NO_FRAME_MILLIS <= dark {
                    card.trouble("frozen");
                }
                continue;
            };
            eye.take(&frame, millis);
            match eye.sees() {
                Picture::Looking => {}
                Picture::Good => return card.pass(size, "test.camera.good"),
                Picture::Black => card.trouble("black"),
                Picture::Frozen => card.trouble("frozen"),
            }
        }
    }

    /// Listens for as long as the test runs.
    async fn listen(self, turn: u32) {
        let card = self.card;
        // The stream stays with the run, the graph is made of a second hand on it.
        let stream = card.run.with(turn, |open| open.stream.as_ref().map(|it| it.value().clone()));
        let Some(Some(stream)) = stream else { return };
        let Some(sound) = Sound::listen(&stream).await else { return self.give_up(turn, "other") };
        card.run.with(turn, |open| open.sound = Some(sound));
        let (mut ear, mut clock) = (Ear::default(), Clock::new());
        let (tones, mut heard, mut warned) = (card.app.tones.get_now(), false, false);
        loop {
            pause(LISTEN_MILLIS).await;
            if card.app.tones.get_now() != tones && card.run.is(turn) {
                // It would take our own tone for a voice.
                return card.stop();
            }
            let samples = card.run.with(turn, |open| open.sound.as_ref().map(Sound::samples));
            let Some(Some(samples)) = samples else { return };
            if self.was_taken_away(turn) {
                return;
            }
            let level = ear.take(&samples, clock.passed());
            if self.level.get_now() != level {
                self.level.set(level);
            }
            // Each is said once: a screen that changes to and fro helps nobody.
            match ear.heard() {
                Heard::Voice if heard => card.enter(Phase::Passed),
                Heard::Voice => {
                    heard = true;
                    card.pass("", "test.microphone.good");
                }
                Heard::Clipping if warned => card.enter(Phase::Trouble("clipping")),
                Heard::Clipping => {
                    // It hears, though too much.
                    if !heard {
                        card.found(Outcome::Passed, "");
                    }
                    (heard, warned) = (true, true);
                    card.trouble("clipping");
                }
                Heard::Silence if !heard => card.trouble("silence"),
                Heard::Silence | Heard::Listening => {}
            }
        }
    }

    /// Pulled out, or taken by the system while it ran.
    fn was_taken_away(self, turn: u32) -> bool {
        let ended = self.card.run.with(turn, |open| open.stream.as_ref().is_some_and(Stream::has_ended));
        if ended == Some(true) {
            self.give_up(turn, "no_device");
        }
        ended == Some(true)
    }

    fn give_up(self, turn: u32, cause: &'static str) {
        if self.card.run.is(turn) {
            self.card.run.end();
            self.card.set_live(false);
            self.card.trouble(cause);
        }
    }
}

/// Milliseconds between two looks: a browser that is busy comes late.
struct Clock(f64);

impl Clock {
    fn new() -> Self {
        Self(browser::ticks())
    }

    fn passed(&mut self) -> u32 {
        let now = browser::ticks();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast that saturates")]
        let millis = (now - self.0) as u32;
        self.0 = now;
        millis
    }
}
