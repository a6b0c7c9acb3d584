//! The widget takes the place of a form that the server has drawn: the first step, or any page of the way without script.
//!
//! What stands in the form goes before what the tab has kept where the form was sent to the server already; on a first step that
//! was just opened only what was answered in the meantime counts. The names are those of `server/src/plain/entry.rs`.

use precheck_shared::checklist::Item;
use precheck_shared::consent::{Acknowledgement, ConsentSubject};
use precheck_shared::eligibility::Condition;
use precheck_shared::journey::Step;
use precheck_shared::wire_fields;

use crate::browser;
use crate::form::{AttendantRow, Form};
use crate::keep;
use crate::state::App;
use crate::steps::check;
use crate::widget;

/// A form as the page's script hands it over.
struct Handed {
    /// The step that it shows.
    at: String,
    /// It has been to the server: it is the newest there is.
    posted: bool,
    /// Names and values, in the order of the form.
    names: Vec<String>,
    values: Vec<String>,
}

wire_fields!(Handed { at, posted, names, values });

impl Handed {
    /// The values of a name.
    fn all(&self, name: &str) -> Vec<&str> {
        let fields = self.names.iter().zip(&self.values);
        fields.filter(|it| it.0 == name).map(|it| it.1.as_str()).collect()
    }

    /// The first of them; empty where there is none.
    fn get(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        !self.all(name).is_empty()
    }
}

/// Takes over what a form holds.
pub(crate) fn take(app: App, handed: &str) {
    let Some(handed) = crate::json::read::<Handed>(handed) else { return };
    // While the outcome of a sending is unknown, nothing can be edited.
    if app.frozen.get_now() {
        return;
    }
    if handed.has("shared_device") {
        app.shared_device.set(true);
    }
    if !handed.posted {
        let answered = Condition::ALL.map(|it| handed.get(&eligibility(it)).to_owned());
        if answered.iter().any(|it| !it.is_empty()) {
            app.form.update(|form| {
                for (kept, answer) in form.plain.eligibility.iter_mut().zip(answered) {
                    if !answer.is_empty() {
                        *kept = answer;
                    }
                }
            });
        }
        // Drawn anew, with what was answered.
        app.step.set(app.step.get_now());
        return;
    }
    app.form.update(|form| fill_in(form, &handed));
    let step = Step::parse(&handed.at).unwrap_or(Step::Conditions);
    if Step::Check < step {
        // What the widget finds out by itself is part of a check that has been passed.
        check::detect(app);
    }
    let reached = if step == Step::Check { step } else { step.min(app.next_step()) };
    app.open(reached);
    app.returning.set(!handed.get("returning").is_empty() && reached != Step::Review);
    if app.setup.standalone {
        browser::set_fragment(&keep::address(app, reached), true);
    }
}

/// Does what a button of the form says that was pressed before there was anybody to answer.
pub(crate) fn press(app: App, pressed: &str) {
    match pressed.split_once(' ') {
        Some(("language", language)) => {
            app.chosen.set(language.to_owned());
            widget::choose_language(app, language.to_owned());
        }
        Some(("go", "next")) => app.go_on(app.step.get_now()),
        _ => {}
    }
}

fn eligibility(condition: Condition) -> String {
    ["eligibility-", condition.as_str()].concat()
}

fn fill_in(form: &mut Form, handed: &Handed) {
    let plain = &mut form.plain;
    plain.terms = ["terms-id", "terms-sha256"].map(|it| handed.get(it).to_owned());
    plain.eligibility = Condition::ALL.map(|it| handed.get(&eligibility(it)).to_owned());
    plain.agreed = ConsentSubject::ALL.map(|it| handed.has(&["consents-", it.as_str()].concat()));
    plain.acknowledged =
        Acknowledgement::ALL.map(|it| handed.has(&["consents-acknowledged-", it.as_str()].concat()));
    plain.own_device = match handed.get("own_device") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    for item in Item::ALL {
        let answer = handed.get(&["checklist-", item.as_str()].concat()).to_owned();
        // What the widget has found out itself is not asked there.
        if !answer.is_empty() {
            plain.checks[item as usize] = answer;
        }
    }
    plain.keep_only_told();
    let personal = &mut form.personal;
    let part = |name: &str| handed.get(&["person-", name].concat()).to_owned();
    personal.name = part("name");
    personal.era = part("birth_date-era").parse().unwrap_or_default();
    personal.year = part("birth_date");
    personal.month = part("birth_date-month");
    personal.day = part("birth_date-day");
    personal.number = part("job_seeker_number");
    personal.wishes = handed.all("wishes").into_iter().map(str::to_owned).collect();
    personal.accepted = handed.all("accepted").into_iter().map(str::to_owned).collect();
    personal.has_attendants = match handed.get("attendants") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    personal.attendants = attendants(handed);
}

/// The lines in which anything was entered; one at least where somebody attends.
fn attendants(handed: &Handed) -> Vec<AttendantRow> {
    let mut rows = Vec::new();
    for at in 0.. {
        let name = |part: &str| format!("attendants-{at}-{part}");
        if !handed.has(&name("kind")) {
            break;
        }
        let part = |it: &str| handed.get(&name(it)).to_owned();
        let row = AttendantRow {
            kind: part("kind"),
            language: part("language"),
            count: part("count"),
            note: part("note"),
        };
        if rows.is_empty() || !(row.kind.is_empty() && row.language.is_empty() && row.note.is_empty()) {
            rows.push(row);
        }
    }
    rows
}
