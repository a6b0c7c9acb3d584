//! Whether sound can be heard: a tone made on the spot, then the person answers.

use super::card::{Card, Phase};
use super::help;
use super::run::Open;
use crate::browser::spawn;
use crate::js::pause;
use crate::media::sound::Sound;
use crate::signal::State;
use crate::ui::{View, dynamic, group, nothing};

/// The two notes and a breath after them, in milliseconds.
const TONE_MILLIS: u32 = 1600;

pub(super) fn area(card: Card) -> View {
    let heard = State::new(false);
    group("oc-test__area").with(card.button(move || play(card, heard))).with(dynamic(move || {
        if !heard.get() {
            return nothing();
        }
        let app = card.app;
        group("")
            .with(app.words("p", "oc-text oc-test__ask", "test.speaker.ask"))
            .with(help::steps_in_details(app.t("test.speaker.not_heard"), app.t("repair.speaker.steps")))
    }))
}

fn play(card: Card, heard: State<bool>) {
    let turn = card.begin();
    card.enter(Phase::Running);
    card.app.tones.update(|it| *it += 1);
    spawn(async move {
        let Some(sound) = Sound::play().await else {
            if card.run.is(turn) {
                card.trouble("unsupported");
            }
            return;
        };
        card.run.hold(turn, Open { sound: Some(sound), ..Open::default() });
        pause(TONE_MILLIS).await;
        if card.run.is(turn) {
            card.run.end();
            card.enter(Phase::Idle);
            if !heard.get_now() {
                heard.set(true);
            }
            card.app.say(card.app.t("test.speaker.ask"));
        }
    });
}
