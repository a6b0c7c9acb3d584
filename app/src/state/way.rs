//! The way through the steps: judging one by the rules, going on from it, showing what is wrong with it.
//!
//! Decides nothing by itself: every judgement is one of `shared`'s, with the server's time.

use precheck_shared::api::{Problem, report};
use precheck_shared::calendar::Occupancy;
use precheck_shared::consent::TermsRef;
use precheck_shared::journey::{self, Rules, Step};
use precheck_shared::time::parse_instant;
use precheck_shared::violation::{Grade, Violation};

use super::{App, HEADING};
use crate::browser;
use crate::form::Form;
use crate::keep;
use crate::steps::check;
use crate::ui::fields::Shown;

impl App {
    /// Judges a step by the rules, with the server's time.
    pub(crate) fn judge(self, step: Step) -> Vec<Violation> {
        self.by_rules(|rules, form| journey::faults_of(step, rules, &form.draft()))
    }

    /// The first step that is not complete.
    pub(crate) fn next_step(self) -> Step {
        let mut next = Step::Conditions;
        self.by_rules(|rules, form| {
            next = journey::next_step(rules, &form.draft());
            Vec::new()
        });
        next
    }

    pub(crate) fn by_rules(self, judge: impl FnOnce(Rules<'_>, &Form) -> Vec<Violation>) -> Vec<Violation> {
        let Some(office) = self.office.get_now() else { return Vec::new() };
        let in_force = &office.terms.in_force;
        let terms = TermsRef { id: in_force.id.clone(), sha256: in_force.sha256.clone() };
        let taken = self.full_slots();
        let (policy, now) = (&office.policy, self.now());
        let rules = Rules { policy, terms: &terms, taken: &taken, now, characters: browser::CHARACTERS };
        self.form.peek(|form| judge(rules, form))
    }

    /// Slots that the server calls full.
    pub(crate) fn full_slots(self) -> Occupancy {
        let mut taken = Occupancy::new();
        self.days.peek(|days| {
            for day in days {
                for slot in &day.slots {
                    if let Some(start) = parse_instant(&slot.start).filter(|_| slot.state == "full") {
                        taken.insert(start, u16::MAX);
                    }
                }
            }
        });
        taken
    }

    /// Goes on from a step: to the next one, or to its faults.
    pub(crate) fn go_on(self, step: Step) {
        let asked_anew = step == Step::Booking && check::judge_for_wishes(self);
        let violations = self.judge(step);
        if violations.is_empty() {
            let following = Step::ALL.get(step as usize + 1).copied().unwrap_or(Step::Receipt);
            let reached = self.next_step();
            // The check of device and room is open also to those whom a condition keeps from a booking.
            let next = if self.returning.get_now() { reached } else { following.min(reached) };
            self.go(next);
            self.record(next);
            if asked_anew {
                self.show_violations(&self.judge(Step::Check));
            }
            return;
        }
        self.show_violations(&violations);
    }

    /// 5(1): records that a person has come to a step. The first screen says so, and nothing is recorded before somebody goes on
    /// from it. On a shared device nothing joins the records: there only the first one is made.
    #[inline(never)]
    pub(crate) fn record(self, step: Step) {
        let shared = self.shared_device.get_now();
        let mut tab = self.tab.get_now();
        // A request that waited for its answer brings nobody to its receipt.
        if (shared && step != Step::Consent) || (tab.is_empty() && step == Step::Receipt) {
            return;
        }
        if tab.is_empty() {
            tab = browser::uuid().unwrap_or_default();
            self.tab.set(tab.clone());
        }
        let report = self.form.peek(|form| {
            self.device.peek(|it| report(if shared { "" } else { &tab }, step, it.seen(), &form.plain.checks))
        });
        self.setup.server.record(&report);
    }

    /// Shows what the rules found, and moves the focus to its summary.
    pub(crate) fn show_violations(self, violations: &[Violation]) {
        self.show_faults(violations.iter().map(|it| self.shown(it)).collect(), None);
    }

    /// Shows faults, and moves the focus to their summary.
    pub(crate) fn show_faults(self, mut shown: Vec<Shown>, alert: Option<String>) {
        self.form.update(|form| {
            for fault in &mut shown {
                fault.pointer = form.named_pointer(&fault.pointer);
                if fault.only_asks {
                    // What is only asked, here or by the server, passes when the person presses again.
                    form.personal.accepted.push(fault.code.clone());
                }
            }
        });
        self.faults.set(shown);
        self.alert.set(alert);
        self.root.focus(".oc-summary");
    }

    fn shown(self, violation: &Violation) -> Shown {
        Shown {
            pointer: violation.pointer.clone(),
            message: violation.message(self.texts()),
            cure: violation.cure(self.texts()),
            code: violation.code.as_str().to_owned(),
            only_asks: violation.grade() == Grade::PleaseCheck,
        }
    }

    /// The server refused what the rules here let pass: the step that can mend it, with everything kept.
    pub(crate) fn take_refusal(self, problem: &Problem) {
        let shown: Vec<_> = problem
            .violations
            .iter()
            .map(|it| Shown {
                pointer: it.pointer.clone(),
                message: it.message.clone(),
                cure: it.next.clone(),
                code: it.code.clone(),
                only_asks: it.grade == Grade::PleaseCheck.as_str(),
            })
            .collect();
        let first = problem.violations.first().map_or("", |it| it.pointer.as_str());
        self.returning.set(true);
        self.go(Step::of_pointer(first));
        // The faults say themselves what is the matter, where there are any.
        let alert = if shown.is_empty() { &problem.detail } else { self.t("send.refused") };
        self.show_faults(shown, Some(alert.to_owned()));
    }

    /// Opens a step. On our own page it gets an address, so that Back leads here.
    pub(crate) fn go(self, step: Step) {
        self.open(step);
        self.root.focus(HEADING);
        if step == Step::Receipt {
            keep::keep_receipt(self);
        } else if self.setup.standalone {
            browser::set_fragment(&keep::address(self, step), false);
        }
    }

    /// Opens a step without touching address or focus.
    pub(crate) fn open(self, step: Step) {
        self.faults.set(Vec::new());
        self.alert.set(None);
        // What was said of another screen is not to be found on this one.
        self.spoken.set(String::new());
        if step == Step::Review {
            self.returning.set(false);
        }
        if step == Step::Booking || step == Step::Review {
            self.load_slots();
        }
        self.step.set(step);
        self.tell("step", step.as_str());
    }

    /// Opens a step to change something in it, and comes back to the check of answers.
    pub(crate) fn change(self, step: Step) {
        self.go(step);
        self.returning.set(true);
    }
}
