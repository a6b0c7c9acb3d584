//! What is wrong with what was entered, at its field and all of it on top.

use precheck_shared::checklist::CheckEntry;
use precheck_shared::violation::{Grade, Violation};

use super::words::{Html, Words};

/// One fault in words.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// Id of the field; empty where none on the page can mend it.
    pub(super) id: String,
    pub(super) message: Html,
    pub(super) cure: Html,
    pub(super) clause: Html,
    pub(super) code: &'static str,
    /// Only asked about.
    pub(super) asks: bool,
}

/// All faults of a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults(pub(super) Vec<Shown>);

impl Faults {
    /// In words; the place of an item in the list of checks is told by the item.
    pub(super) fn of(words: Words, violations: &[Violation], checklist: &[CheckEntry]) -> Self {
        let shown = |it: &Violation| Shown {
            id: id_of(&it.pointer, checklist),
            message: Html::of(&it.message(words.texts)),
            cure: Html::of(&it.cure(words.texts)),
            clause: it.clause.map(|it| words.clause(it)).unwrap_or_default(),
            code: it.code.as_str(),
            asks: it.grade() == Grade::PleaseCheck,
        };
        Self(violations.iter().map(shown).collect())
    }

    /// Those of one field.
    pub(super) fn at(&self, id: &str) -> Vec<Shown> {
        self.0.iter().filter(|it| it.id == id).cloned().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing must be mended: pressing the same button again goes on.
    pub(super) fn only_ask(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|it| it.asks)
    }
}

/// `/checklist/3` is the item that stands there.
fn id_of(pointer: &str, checklist: &[CheckEntry]) -> String {
    let place = pointer.strip_prefix("/checklist/").and_then(|it| it.parse::<usize>().ok());
    match place.and_then(|at| checklist.get(at)) {
        Some(entry) => format!("checklist-{}", entry.id),
        None => pointer.trim_start_matches('/').replace('/', "-"),
    }
}
