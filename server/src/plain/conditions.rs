//! Step 1, article 2: four questions, none answered in advance. A "no" says what to do instead.
//!
//! The same elements, classes, ids and words as the widget's own first step (`app/src/steps/conditions.rs`), in the same order, so that
//! nothing moves when it takes this one over. What only a page without it needs is marked `data-plain` and takes no place beside it.

use askama::Template;
use precheck_shared::eligibility::{Condition, refused};

use super::entry::Entry;
use super::fields::{Label, Notice, paragraph};
use super::page::{Frame, Framed};
use super::words::Html;

#[derive(Template)]
#[template(path = "plain/conditions.html")]
pub(super) struct ConditionsStep {
    page: Frame,
    questions: Vec<Asked>,
    /// Whether this is a device of several people's.
    shares: bool,
    refused: bool,
}

/// A question as the widget draws it: its field's name is that of the form, its ids are the widget's.
struct Asked {
    name: String,
    label: Label,
    answers: Vec<Answer>,
}

struct Answer {
    id: String,
    value: &'static str,
    label: Html,
    is_chosen: bool,
}

pub(super) fn page(mut page: Frame, entry: &Entry) -> ConditionsStep {
    let questions = Condition::ALL.into_iter().map(|it| question(&page, entry, it)).collect();
    let refused = refused(&entry.draft().eligibility);
    page.helps = !refused;
    ConditionsStep { page, questions, shares: !entry.get("shared_device").is_empty(), refused }
}

impl Framed for ConditionsStep {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

impl ConditionsStep {
    fn prepare(&self) -> Html {
        let words = self.page.words;
        let told = paragraph(words.t("conditions.prepare"));
        Notice { kind: "info", heading: words.t("conditions.prepare.heading"), body: told, plain: false }
            .made()
    }

    /// What this way keeps, for whoever goes it.
    fn about(&self) -> Html {
        let words = self.page.words;
        let told = words.paras("plain.about");
        Notice { kind: "info", heading: words.t("plain.about.heading"), body: told, plain: true }.made()
    }
}

fn question(page: &Frame, entry: &Entry, condition: Condition) -> Asked {
    let words = page.words;
    let (name, key) =
        (format!("eligibility-{}", condition.as_str()), format!("conditions.{}", condition.as_str()));
    let label = Label::required(words, &page.faults, &name, &key).clause(words.clause(condition.clause()));
    let id = format!("f-{name}");
    let chosen = entry.get(&name);
    let answer = |(at, value): (usize, &'static str)| Answer {
        // The first has the question's own, so that a fault leads to it.
        id: if at == 0 { id.clone() } else { format!("{id}-{at}") },
        value,
        label: words.t_or(&format!("{key}.{value}"), &format!("answer.{value}")),
        is_chosen: value == chosen,
    };
    let answers = condition.answers().iter().map(|it| it.as_str()).enumerate().map(answer).collect();
    Asked { answers, label: Label { id, ..label }, name }
}
