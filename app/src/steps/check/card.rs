//! An item of the list on the screen: what is asked, the test of it, what was the matter, the answers, the how-to.

use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::journey::Step;

use super::run::Run;
use super::{help, hint};
use crate::signal::State;
use crate::state::App;
use crate::steps::label;
use crate::ui::fields::{Choice, Label, answered, answers, fieldset};
use crate::ui::{View, bare_button, dynamic, el, group, id_of, text};

/// How far a test is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Phase {
    Idle,
    /// The browser asks the person.
    Asking,
    Running,
    Passed,
    /// Why not, the key of a repair card.
    Trouble(&'static str),
}

/// An item on the screen.
#[derive(Clone, Copy)]
pub(super) struct Card {
    pub(super) app: App,
    pub(super) item: Item,
    pub(super) phase: State<Phase>,
    /// Something is open: the button stops it.
    pub(super) live: State<bool>,
    /// Counts up when the answers are to be drawn anew.
    answers: State<u32>,
    /// The outcome that the present run may replace.
    before: State<Option<Outcome>>,
    pub(super) run: Run,
}

impl Card {
    pub(super) fn new(app: App, item: Item) -> Self {
        let passed = app.form.peek(|it| it.check(item)) == Some(Outcome::Passed);
        let phase = State::new(if passed { Phase::Passed } else { Phase::Idle });
        let live = State::new(false);
        Self { app, item, phase, live, answers: State::new(0), before: State::new(None), run: Run::new() }
    }

    /// The whole of it.
    pub(super) fn draw(self, test: View, beside: View, system: State<&'static str>) -> View {
        let (app, item) = (self.app, self.item);
        let (pointer, key, hint) = (self.pointer(), item.words(), hint(app, item));
        let label = Label { hint: &hint, ..label(app, &pointer, &key, Some(item.clause())) };
        let content = group("")
            .with(test)
            .with(dynamic(move || match self.phase.get() {
                Phase::Trouble(cause) => help::repair(app, item, cause),
                Phase::Asking => app.para("test.asking"),
                Phase::Idle | Phase::Running | Phase::Passed => text(""),
            }))
            .with(beside)
            .with(dynamic(move || {
                self.answers.track();
                self.answer()
            }))
            .with(dynamic(move || help::how_to(app, item, system.get())));
        group("oc-question oc-test")
            .set("data-item", item.as_str())
            .follow("data-state", move || Some(self.phase.with(|it| it.name().to_owned())))
            .with(fieldset(&label, app.faults, content))
    }

    fn pointer(self) -> String {
        ["/checklist/", self.item.as_str()].concat()
    }

    /// What the program found, or the answers to choose from.
    fn answer(self) -> View {
        let (app, item) = (self.app, self.item);
        let (outcome, detail) = app.form.peek(|it| (it.check(item), it.detail(item).to_owned()));
        if outcome == Some(Outcome::Passed) {
            let change = bare_button("oc-link")
                .set("data-change", item.as_str())
                .says(app.t("test.change"))
                .press(move || self.ask_again());
            let found = ["✓ ", app.t("outcome.passed")].concat();
            return el("p", "oc-passed")
                .with(crate::ui::words("strong", "oc-passed__mark", &found))
                .says(if detail.is_empty() { "" } else { " " })
                .says(&detail)
                .says(" ")
                .with(change);
        }
        let mut choices = Vec::new();
        for it in Outcome::ALL {
            if it.can_be_told_of(item) {
                let value = it.as_str();
                let label = app.t_or(&[&item.words(), ".", value].concat(), &["outcome.", value].concat());
                choices.push(Choice { value, label });
            }
        }
        let chosen = outcome.map_or("", Outcome::as_str);
        answers(&self.pointer(), app.faults, choices, chosen, move |value| {
            app.form.update(|form| value.clone_into(&mut form.plain.checks[item as usize]));
        })
    }

    /// Takes back what the program found: the person answers herself.
    fn ask_again(self) {
        self.app.form.update(|it| it.clear_check(self.item));
        self.draw_answers();
        self.app.root.focus(&["[name='", &id_of(&self.pointer()), "']"].concat());
    }

    /// Goes on to a phase; the screen is left alone where nothing changes.
    pub(super) fn enter(self, phase: Phase) {
        if self.phase.get_now() != phase {
            self.phase.set(phase);
        }
    }

    pub(super) fn set_live(self, live: bool) {
        if self.live.get_now() != live {
            self.live.set(live);
        }
    }

    /// Begins a run of the test; what is answered while it runs is not overwritten by it.
    pub(super) fn begin(self) -> u32 {
        self.app.record(Step::Check);
        self.before.set(self.app.form.peek(|it| it.check(self.item)));
        self.run.begin()
    }

    /// The program found an outcome.
    pub(super) fn found(self, outcome: Outcome, detail: &str) {
        if self.app.form.peek(|it| it.check(self.item)) != self.before.get_now() {
            return;
        }
        self.before.set(Some(outcome));
        self.app.form.update(|form| {
            form.set_check(self.item, outcome);
            form.set_detail(self.item, detail);
        });
        answered(self.app.faults, &self.pointer());
        self.draw_answers();
    }

    /// Draws the answers anew; whoever was among them stays there.
    fn draw_answers(self) {
        let radios = ["[name='", &id_of(&self.pointer()), "']"].concat();
        let was_there = self.app.root.focused("name").is_some_and(|it| it == radios);
        self.answers.update(|it| *it += 1);
        if was_there {
            let change = ["[data-change='", self.item.as_str(), "']"].concat();
            self.app.root.focus_first(vec![change, [&radios, ":checked"].concat(), radios]);
        }
    }

    /// Found good: said once.
    pub(super) fn pass(self, detail: &str, said: &str) {
        self.found(Outcome::Passed, detail);
        self.enter(Phase::Passed);
        self.app.say(self.app.t(said));
    }

    /// Found bad: what it means is said once.
    pub(super) fn trouble(self, cause: &'static str) {
        if self.phase.get_now() == Phase::Trouble(cause) {
            return;
        }
        self.phase.set(Phase::Trouble(cause));
        self.app.say(self.app.t(&["repair.", cause].concat()));
        // What was found good before is not so any more.
        let is_seen = matches!(cause, "black" | "frozen" | "silence" | "no_device");
        if is_seen && self.app.form.peek(|it| it.check(self.item)) == Some(Outcome::Passed) {
            self.app.form.update(|it| it.clear_check(self.item));
            self.before.set(None);
            self.draw_answers();
        }
    }

    /// Ends what runs; what was found stays.
    pub(super) fn stop(self) {
        self.run.end();
        self.set_live(false);
        self.rest();
    }

    /// What was found stays on the screen; steps to mend it are followed while nothing runs.
    fn rest(self) {
        if matches!(self.phase.get_now(), Phase::Asking | Phase::Running) {
            self.phase.set(Phase::Idle);
        }
    }

    /// One button that starts, stops and starts again, so that the focus has a place to stay. What it starts also ends with the
    /// step, and when the page goes out of sight.
    pub(super) fn button(self, start: impl Fn() + Copy + 'static) -> View {
        self.run.stop_when_hidden(move || {
            self.set_live(false);
            self.rest();
        });
        let name = self.item.as_str();
        let attribute = move |on: bool| (self.is_busy() == on).then(|| name.to_owned());
        bare_button("oc-button oc-button--plain")
            .follow("data-start", move || attribute(false))
            .follow("data-stop", move || attribute(true))
            .with(dynamic(move || {
                let key = if self.is_busy() {
                    "stop"
                } else if matches!(self.phase.get(), Phase::Idle) {
                    "start"
                } else {
                    "again"
                };
                text(self.app.t(&["test.", name, ".", key].concat()))
            }))
            .press(move || if self.is_busy_now() { self.stop() } else { start() })
    }

    fn is_busy(self) -> bool {
        self.live.track();
        self.phase.track();
        self.is_busy_now()
    }

    fn is_busy_now(self) -> bool {
        self.live.get_now() || matches!(self.phase.get_now(), Phase::Asking | Phase::Running)
    }
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Asking => "asking",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Trouble(_) => "trouble",
        }
    }
}
