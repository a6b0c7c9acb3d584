//! 10(3): who else will be in the room. The kind is asked, never the reason.

use precheck_shared::clause::paragraph;
use precheck_shared::person::AttendantKind;

use super::booking::change;
use super::{label, optional};
use crate::form::AttendantRow;
use crate::signal::State;
use crate::state::App;
use crate::ui::fields::{Choice, choice, faults_below, input, line, lines, select};
use crate::ui::{View, button, dynamic, el, group, nothing, words};

const MOST_ROWS: usize = 5;

pub(crate) fn section(app: App) -> View {
    let chosen = match app.form.peek(|it| it.personal.has_attendants) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let choices = ["attendants.no", "attendants.yes"].map(|key| app.t_or(key, ""));
    let rows = State::new(shown_rows(app));
    let question = choice(
        &optional(app, "/attendants", "attendants", Some(paragraph(10, 3))),
        app.faults,
        vec![Choice { value: "no", label: choices[0] }, Choice { value: "yes", label: choices[1] }],
        chosen,
        move |value| {
            change(app, |it| {
                it.has_attendants = Some(value == "yes");
                if it.attendants.is_empty() {
                    it.attendants.push(AttendantRow::new());
                }
            });
            rows.set(shown_rows(app));
        },
    );
    let entries = dynamic(move || rows.get().map_or_else(nothing, |count| entries(app, rows, count)));
    group("oc-attendants").with(question).with(entries)
}

/// How many lines are drawn; none where nobody attends. Apart from the form, which changes with every letter.
fn shown_rows(app: App) -> Option<usize> {
    app.form.peek(|it| (it.personal.has_attendants == Some(true)).then_some(it.personal.attendants.len()))
}

fn entries(app: App, rows: State<Option<usize>>, count: usize) -> View {
    let mut entries = group("oc-attendants__rows");
    for at in 0..count {
        entries.add(entry(app, rows, at));
    }
    if count < MOST_ROWS {
        entries.add(button("oc-button oc-button--plain", app.t("attendants.add"), move || {
            change(app, |it| it.attendants.push(AttendantRow::new()));
            rows.set(shown_rows(app));
            app.root.focus(&kind_at(count));
        }));
    }
    entries
}

/// Everything below the question is drawn anew with a line more or less: the focus goes to the line that it is about.
fn kind_at(at: usize) -> String {
    format!("#f-attendants-{at}-kind")
}

fn entry(app: App, rows: State<Option<usize>>, at: usize) -> View {
    let row = app.form.peek(|it| it.personal.attendants.get(at).cloned()).unwrap_or_default();
    let whole = format!("/attendants/{at}");
    let [kind, language, count, note] =
        ["kind", "language", "count", "note"].map(|field| [&whole, "/", field].concat());
    let mut kinds = vec![(String::new(), app.t("attendants.choose").to_owned())];
    for it in AttendantKind::ALL {
        let name = it.as_str();
        kinds.push((name.to_owned(), app.t(&["attendants.", name].concat()).to_owned()));
    }
    let set = move |field: fn(&mut AttendantRow) -> &mut String| -> Box<dyn Fn(String)> {
        Box::new(move |value| change(app, |it| it.attendants.get_mut(at).map_or((), |it| *field(it) = value)))
    };
    el("fieldset", "oc-group oc-attendants__row")
        .with(words("legend", "oc-field__label", &app.count("attendants.nth", at + 1)))
        .with(select(
            &label(app, &kind, "attendants.kind", None),
            app.faults,
            &kinds,
            &row.kind,
            set(|it| &mut it.kind),
        ))
        .with(line(
            &optional(app, &language, "attendants.language", None),
            app.faults,
            &row.language,
            input(),
            set(|it| &mut it.language),
        ))
        .with(line(
            &label(app, &count, "attendants.count", None),
            app.faults,
            &row.count,
            input().set("inputmode", "numeric"),
            set(|it| &mut it.count),
        ))
        .with(lines(
            &optional(app, &note, "attendants.note", None),
            app.faults,
            &row.note,
            set(|it| &mut it.note),
        ))
        .with(faults_below(app.faults, &whole))
        .with(button("oc-link", app.t("attendants.remove"), move || {
            change(app, |it| drop(it.attendants.remove(at)));
            rows.set(shown_rows(app));
            let above = kind_at(at.saturating_sub(1));
            app.root.focus_first(vec![kind_at(at), above, ".oc-attendants__rows > button".to_owned()]);
        }))
}
