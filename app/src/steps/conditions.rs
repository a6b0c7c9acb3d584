//! Step 1, article 2: four questions, none answered in advance. A "no" says what to do instead.

use std::rc::Rc;

use precheck_shared::eligibility::{Answer, Condition};
use precheck_shared::journey::Step;

use super::{contact, ending, label, opening};
use crate::state::App;
use crate::ui::fields::{Choice, choice, tick};
use crate::ui::{View, button, dynamic, group, nothing, notice, words};

pub(crate) fn screen(app: App) -> View {
    let mut pieces = opening(app, Step::Conditions);
    pieces.push(notice(
        "info",
        app.t("conditions.prepare.heading"),
        vec![words("p", "oc-text", app.t("conditions.prepare"))],
    ));
    pieces.extend(Condition::ALL.map(|it| question(app, it)));
    pieces.push(tick(
        "/shared_device",
        app.faults,
        app.t("keep.shared"),
        app.shared_device.get_now(),
        vec![words("p", "oc-hint", app.t("keep.shared.hint"))],
        Box::new(move |ticked| app.shared_device.set(ticked)),
    ));
    // The way to a booking ends at a "no"; the check of device and room stays open.
    pieces.push(dynamic(move || {
        let refused =
            app.form.with(|it| it.plain.eligibility.iter().any(|answer| answer == Answer::No.as_str()));
        if refused { other_ways(app) } else { ending(app, Step::Conditions) }
    }));
    group("oc-step", pieces)
}

fn question(app: App, condition: Condition) -> View {
    let at = condition as usize;
    let name = condition.as_str();
    let pointer = format!("/eligibility/{name}");
    let key = format!("conditions.{name}");
    let choices = condition.answers().map(|answer| Choice {
        value: answer.as_str(),
        label: app.t_or(&format!("{key}.{}", answer.as_str()), &format!("answer.{}", answer.as_str())),
    });
    let chosen = app.form.peek(|it| it.plain.eligibility[at].clone());
    let field = choice(
        &label(app, &pointer, &key, Some(condition.clause())),
        app.faults,
        choices.into(),
        &chosen,
        Rc::new(move |value| app.form.update(|form| value.clone_into(&mut form.plain.eligibility[at]))),
    );
    let refusal = dynamic(move || {
        let refused = app.form.with(|it| it.plain.eligibility[at] == Answer::No.as_str());
        if !refused {
            return nothing();
        }
        let refusal = format!("refusal.ineligible.{name}");
        notice("warn", app.t(&refusal), vec![words("p", "oc-text", app.t(&format!("{refusal}.do")))])
    });
    group("oc-question", vec![field, refusal])
}

fn other_ways(app: App) -> View {
    group(
        "oc-ending oc-ending--ways",
        vec![
            words("h3", "oc-subheading", app.t("conditions.other_ways")),
            contact(app),
            button("oc-button oc-button--plain", app.t("conditions.only_check"), move || app.go(Step::Check)),
        ],
    )
}
