//! Step 1, article 2: four questions, none answered in advance. A "no" says what to do instead.

use askama::Template;
use precheck_shared::eligibility::{Condition, refused};

use super::entry::Entry;
use super::fields::{Choice, Label, Notice, Question};
use super::page::Frame;
use super::words::Html;

#[derive(Template)]
#[template(path = "plain/conditions.html")]
pub(super) struct ConditionsStep {
    page: Frame,
    questions: Vec<Question>,
    refused: bool,
}

pub(super) fn page(mut page: Frame, entry: &Entry) -> ConditionsStep {
    let questions = Condition::ALL.into_iter().map(|it| question(&page, entry, it)).collect();
    let refused = refused(&entry.draft().eligibility);
    page.helps = !refused;
    ConditionsStep { page, questions, refused }
}

impl ConditionsStep {
    fn prepare(&self) -> Html {
        let words = self.page.words;
        Notice::html("info", words.t("conditions.prepare.heading"), words.paras("conditions.prepare"))
    }

    fn about(&self) -> Html {
        let words = self.page.words;
        Notice::html("info", words.t("plain.about.heading"), words.paras("plain.about"))
    }
}

fn question(page: &Frame, entry: &Entry, condition: Condition) -> Question {
    let (words, name) = (page.words, condition.as_str());
    let (id, key) = (format!("eligibility-{name}"), format!("conditions.{name}"));
    let label = Label::required(words, &page.faults, &id, &key).clause(words.clause(condition.clause()));
    let choice = |value: &'static str| Choice {
        value,
        label: words.t_or(&format!("{key}.{value}"), &format!("answer.{value}")),
    };
    let choices = condition.answers().map(|it| choice(it.as_str())).into();
    let chosen = entry.get(&id).to_owned();
    Question { label, choices, chosen, beside: Html::default(), after: Html::default() }
}
