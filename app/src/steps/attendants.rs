//! 10(3): who else will be in the room. The kind is asked, never the reason.

use std::rc::Rc;

use leptos::prelude::*;
use precheck_shared::clause::paragraph;
use precheck_shared::person::AttendantKind;

use super::booking::change;
use super::label;
use crate::form::AttendantRow;
use crate::signal::State;
use crate::state::App;
use crate::ui::fields::{Choice, Label, choice, faults_below, line, lines, select};
use crate::ui::{Attributes, View, button, class, dynamic, el, group, nothing, text};

const MOST_ROWS: usize = 5;

pub(crate) fn section(app: App) -> View {
    let chosen = match app.form.peek(|it| it.personal.has_attendants) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let choices = vec![
        Choice { value: "no", label: app.t("attendants.no") },
        Choice { value: "yes", label: app.t("attendants.yes") },
    ];
    let rows = State::new(app.form.peek(|it| it.personal.attendants.len()));
    let mark = app.t("field.optional");
    let question =
        Label { mark, required: false, ..label(app, "/attendants", "attendants", Some(paragraph(10, 3))) };
    let question = choice(
        &question,
        app.faults,
        choices,
        chosen,
        Rc::new(move |value| {
            change(app, |it| {
                it.has_attendants = Some(value == "yes");
                if it.attendants.is_empty() {
                    it.attendants.push(AttendantRow::new());
                }
            });
            rows.set(app.form.peek(|it| it.personal.attendants.len()));
        }),
    );
    let asked = Memo::new(move |_| app.form.with(|it| it.personal.has_attendants == Some(true)));
    group(
        "oc-attendants",
        vec![question, dynamic(move || if asked.get() { entries(app, rows) } else { nothing() })],
    )
}

fn entries(app: App, rows: State<usize>) -> View {
    let count = rows.get();
    let mut pieces: Vec<_> = (0..count).map(|at| entry(app, rows, at)).collect();
    if count < MOST_ROWS {
        pieces.push(button("oc-button oc-button--plain", app.t("attendants.add"), move || {
            change(app, |it| it.attendants.push(AttendantRow::new()));
            rows.update(|it| *it += 1);
        }));
    }
    group("oc-attendants__rows", pieces)
}

fn entry(app: App, rows: State<usize>, at: usize) -> View {
    let row = app.form.peek(|it| it.personal.attendants.get(at).cloned()).unwrap_or_default();
    let pointer = |field: &str| format!("/attendants/{at}/{field}");
    let kinds = std::iter::once((String::new(), app.t("attendants.choose"))).chain(
        AttendantKind::ALL
            .iter()
            .map(|it| (it.as_str().to_owned(), app.t(&format!("attendants.{}", it.as_str())))),
    );
    let optional = |pointer, key| Label {
        mark: app.t("field.optional"),
        required: false,
        ..label(app, pointer, key, None)
    };
    let update = move |act: &dyn Fn(&mut AttendantRow)| {
        change(app, |it| {
            if let Some(row) = it.attendants.get_mut(at) {
                act(row);
            }
        });
    };
    let (kind, language, count, note) =
        (pointer("kind"), pointer("language"), pointer("count"), pointer("note"));
    let heading = app.fill("attendants.nth", &[("n", &(at + 1).to_string())]);
    el(
        "fieldset",
        class("oc-group oc-attendants__row"),
        vec![
            el("legend", class("oc-field__label"), vec![text(heading)]),
            select(
                &label(app, &kind, "attendants.kind", None),
                app.faults,
                kinds.collect(),
                &row.kind,
                Box::new(move |value| {
                    update(&|row| row.kind.clone_from(&value));
                }),
            ),
            line(
                &optional(&language, "attendants.language"),
                app.faults,
                row.language,
                Attributes::default(),
                Box::new(move |value| {
                    update(&|row| row.language.clone_from(&value));
                }),
            ),
            line(
                &label(app, &count, "attendants.count", None),
                app.faults,
                row.count,
                Attributes::default().set("inputmode", "numeric"),
                Box::new(move |value| {
                    update(&|row| row.count.clone_from(&value));
                }),
            ),
            lines(
                &optional(&note, "attendants.note"),
                app.faults,
                row.note,
                Box::new(move |value| {
                    update(&|row| row.note.clone_from(&value));
                }),
            ),
            faults_below(app.faults, &format!("/attendants/{at}")),
            button("oc-link", app.t("attendants.remove"), move || {
                change(app, |it| {
                    it.attendants.remove(at);
                });
                rows.update(|it| *it -= 1);
            }),
        ],
    )
}
