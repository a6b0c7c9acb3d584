//! `/accessibility`: what the pages reach, criterion by criterion, by what it was looked at, what is known to be missing, and
//! where to report a barrier.
//!
//! The results are data ([`criteria`]); the office's name and contact are the office's. What is said here holds for the program as
//! it is delivered, which is why it carries its version.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use precheck_shared::policy::{Contact, Telephone};
use precheck_shared::texts::{self, Texts};

use self::criteria::{Criterion, JIS, LATER, METHODS};
use super::page::{self, Frame, WITHOUT_SCRIPT};
use crate::error::ApiError;
use crate::state::AppState;

mod criteria;

/// The day of the tests that the results rest on.
const TESTED: &str = "2026年11月22日";

#[derive(Template)]
#[template(path = "guide/accessibility.html")]
struct Statement {
    page: Frame,
    words: &'static Texts,
    office: String,
    contact: Contact,
    hours: String,
    tested: &'static str,
    version: &'static str,
    tables: [Table; 2],
    methods: Vec<[String; 2]>,
    lists: Lists,
}

struct Table {
    caption: String,
    rows: Vec<Row>,
}

struct Row {
    criterion: &'static Criterion,
    applies: String,
    result: String,
    methods: String,
}

/// What stands in the words as one line each.
struct Lists {
    pages: Vec<String>,
    browsers: Vec<String>,
    limits: Vec<String>,
    promises: Vec<String>,
}

impl Statement {
    /// The number to dial, apart from what comes after it.
    fn telephone(&self) -> Option<Telephone<'_>> {
        Telephone::read(&self.contact.telephone)
    }
}

/// The statement, the same for everybody.
pub(super) async fn show(State(app): State<Arc<AppState>>, asked: HeaderMap) -> Result<Response, ApiError> {
    page::html(&asked, &statement(&app), WITHOUT_SCRIPT, "camera=(), microphone=()")
}

fn statement(app: &AppState) -> Statement {
    let words = texts::statement();
    let policy = app.office.policy();
    let list = |family: &str| -> Vec<String> {
        words.keys().filter(|it| it.starts_with(family)).map(|it| words.get(it).to_owned()).collect()
    };
    Statement {
        page: Frame::new(app, page::words_for("ja"), words.get("statement.title"), "/accessibility"),
        words,
        office: policy.office.name.clone(),
        hours: format!("{}～{}", policy.contact.opens, policy.contact.closes),
        contact: policy.contact.clone(),
        tested: TESTED,
        version: env!("CARGO_PKG_VERSION"),
        tables: [table(words, "statement.table.jis", &JIS), table(words, "statement.table.later", &LATER)],
        methods: METHODS
            .map(|it| ["", ".what"].map(|end| words.get(&format!("statement.method.{it}{end}")).to_owned()))
            .into(),
        lists: Lists {
            pages: list("statement.pages."),
            browsers: list("statement.browsers."),
            limits: list("statement.limits."),
            promises: list("statement.promises."),
        },
    }
}

fn table(words: &Texts, caption: &str, criteria: &'static [Criterion]) -> Table {
    let row = |criterion: &'static Criterion| {
        let is_applied = if criterion.result == "none" { "no" } else { "yes" };
        let methods =
            criterion.methods.iter().map(|it| words.get(&format!("statement.method.{it}")).to_owned());
        Row {
            criterion,
            applies: words.get(&format!("statement.applies.{is_applied}")).to_owned(),
            result: words.get(&format!("statement.result.{}", criterion.result)).to_owned(),
            methods: methods.collect::<Vec<_>>().join("、"),
        }
    };
    Table { caption: words.get(caption).to_owned(), rows: criteria.iter().map(row).collect() }
}
