//! Step 1, article 2: four questions, none answered in advance. A "no" says what to do instead.

use precheck_shared::eligibility::{Answer, Condition};
use precheck_shared::journey::Step;

use super::{contact, ending, label, opening, subheading};
use crate::state::App;
use crate::ui::fields::{Choice, choice, tick};
use crate::ui::{View, button, dynamic, group, nothing, notice};

pub(crate) fn screen(app: App) -> View {
    let mut screen = opening(app, Step::Conditions)
        .with(notice("info", app.t("conditions.prepare.heading")).with(app.para("conditions.prepare")))
        .with(recorded(app));
    for condition in Condition::ALL {
        screen.add(question(app, condition));
    }
    screen
        .with(tick(
            "/shared_device",
            app.faults,
            app.t("keep.shared"),
            app.shared_device.get_now(),
            vec![app.words("p", "oc-hint", "keep.shared.hint")],
            Box::new(move |ticked| app.shared_device.set(ticked)),
        ))
        // The way to a booking ends at a "no"; the check of device and room stays open.
        .with(dynamic(move || {
            let refused =
                app.form.with(|it| it.plain.eligibility.iter().any(|answer| answer == Answer::No.as_str()));
            if refused { other_ways(app) } else { ending(app, Step::Conditions) }
        }))
}

/// 5(1): said before anything is recorded.
pub(super) fn recorded(app: App) -> View {
    app.words("p", "oc-hint", "conditions.records")
}

fn question(app: App, condition: Condition) -> View {
    let at = condition as usize;
    let name = condition.as_str();
    let pointer = ["/eligibility/", name].concat();
    let key = ["conditions.", name].concat();
    let mut choices = Vec::new();
    for answer in condition.answers() {
        let value = answer.as_str();
        let label = app.t_or(&[&key, ".", value].concat(), &["answer.", value].concat());
        choices.push(Choice { value, label });
    }
    let chosen = app.form.peek(|it| it.plain.eligibility[at].clone());
    let field = choice(
        &label(app, &pointer, &key, Some(condition.clause())),
        app.faults,
        choices,
        &chosen,
        move |value| {
            app.form.update(|form| value.clone_into(&mut form.plain.eligibility[at]));
            if value == Answer::No.as_str() {
                app.say(app.t(&["refusal.ineligible.", name].concat()));
            }
        },
    );
    let refusal = dynamic(move || {
        let refused = app.form.with(|it| it.plain.eligibility[at] == Answer::No.as_str());
        if !refused {
            return nothing();
        }
        let refusal = ["refusal.ineligible.", name].concat();
        notice("warn", app.t(&refusal)).with(app.para(&[&refusal, ".do"].concat()))
    });
    group("oc-question").with(field).with(refusal)
}

fn other_ways(app: App) -> View {
    group("oc-ending oc-ending--ways").with(subheading(app, "conditions.other_ways")).with(contact(app)).with(
        button("oc-button oc-button--plain", app.t("conditions.only_check"), move || {
            app.go(Step::Check);
        }),
    )
}
