//! The log of what the staff read and changed, and whether it is whole. Article 6.
//!
//! What is looked for is sent, never part of an address, and understood before it is looked for: a request by its number, somebody by
//! login or name, a day. Anything else finds nothing.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::time::day_of;

use crate::clock::from_millis;
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Frame};
use crate::desk::session::Manager;
use crate::desk::words::{dates, fill, t, t2};
use crate::error::ApiError;
use crate::service::audit;
use crate::service::audit::finding::Finding;
use crate::service::day::find;
use crate::service::staff::{SignedIn, members};
use crate::state::AppState;
use crate::store::desk::audit::list::Wanted;
use crate::store::desk::audit::{StoredRow, Subject, Word};
use crate::store::desk::staff::StoredStaff;
use crate::vault::log_head::Break;

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "desk/log.html")]
struct Log {
    page: Frame,
    rows: Vec<Line>,
    everybody: Vec<StoredStaff>,
    actor: String,
    /// As typed.
    subject: String,
    /// Nothing that can be looked for was typed.
    unknown: bool,
    /// Older rows are before the one with this id.
    older: Option<i64>,
    notices: Vec<Notice>,
}

/// Something that was wrong with log or database, for the managers.
struct Notice {
    words: String,
    /// What was ended once more: whose, and what.
    ended: Vec<String>,
}

/// A row, in words.
struct Line {
    at: String,
    actor: String,
    act: String,
    subject: String,
    /// Where the request is, if it is one.
    address: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/log_check.html")]
struct Check {
    page: Frame,
    words: String,
    findings: Vec<String>,
    intact: bool,
}

/// The latest rows of it.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    uri: Uri,
) -> Result<Response, Failed> {
    let asked = Fields::of_query(uri.query());
    answer(&app, &who, asked.get("actor"), "", asked.get("before")).await
}

/// The form was sent: who did it, to what, before which row.
pub(super) async fn search(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let asked = Fields::read(&app, &headers, body).await?;
    answer(&app, &who, asked.get("actor"), asked.get("subject"), asked.get("before")).await
}

async fn answer(
    app: &AppState,
    who: &SignedIn,
    actor: &str,
    typed: &str,
    before: &str,
) -> Result<Response, Failed> {
    let everybody = members::all(app).await?;
    let names = Names::of(&everybody);
    let subject = understood(app, &everybody, typed);
    let unknown = subject.is_none() && !typed.trim().is_empty();
    let rows = if unknown {
        audit::note(app, who, "log_read", Subject::Word(Word::Words)).await?;
        Vec::new()
    } else {
        let actor = (!actor.is_empty()).then(|| actor.to_owned());
        let before = before.parse().unwrap_or(i64::MAX);
        audit::page(app, who, before, Wanted { actor, subject }, ROWS + 1).await?
    };
    let older = (ROWS < rows.len()).then(|| rows[ROWS - 1].id);
    let rows = rows.iter().take(ROWS).map(|it| line(it, &names)).collect();
    let notices = notices(app, &names);
    let page = Frame::new(app, who, t("desk.log.title"), "records");
    let (actor, subject) = (actor.to_owned(), typed.trim().chars().take(100).collect());
    Ok(page::html(StatusCode::OK, &Log { page, rows, everybody, actor, subject, unknown, older, notices }))
}

/// A manager has seen what was wrong.
pub(super) async fn seen(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
) -> Result<Response, Failed> {
    audit::watch::seen(&app, &who).await.map_err(ApiError::from)?;
    Ok(page::see_other("/desk/log"))
}

fn notices(app: &AppState, names: &Names<'_>) -> Vec<Notice> {
    let notice = |it: &Break| {
        let at = dates().date_time(from_millis(it.found_at));
        let what = Finding::read(&it.kind, it.numbers).as_ref().map(in_words).unwrap_or_default();
        let ended = |(id, kind): &(String, String)| {
            fill("desk.log.ended", &[("name", &names.name(id)), ("what", &t2("desk.log.ended.", kind))])
        };
        Notice {
            words: fill("desk.log.notice.at", &[("at", &at), ("what", &what)]),
            ended: it.ended.iter().map(ended).collect(),
        }
    };
    app.log_watch.unseen().iter().map(notice).collect()
}

/// What was typed, as something that the log has.
fn understood(app: &AppState, everybody: &[StoredStaff], typed: &str) -> Option<Subject> {
    let typed = typed.trim();
    if let Some(number) = ReceptionNumber::parse(typed) {
        return Some(Subject::Reception(number));
    }
    let plain = find::plain(typed);
    let named = everybody.iter().find(|it| {
        !plain.is_empty()
            && (find::plain(&it.login) == plain || find::plain(&it.name) == plain || it.id == typed)
    });
    if let Some(named) = named {
        return Some(Subject::staff(&named.id));
    }
    match find::Wanted::read(day_of(app.clock.now()), typed) {
        find::Wanted::Day(day) => Some(Subject::Day(day)),
        _ => None,
    }
}

/// Whether all of it is as it was written.
pub(super) async fn check(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
) -> Result<Response, Failed> {
    audit::note(&app, &who, "log_verified", Subject::Word(Word::Log)).await?;
    let found = audit::start::verify(&app).await?;
    let rows = found.intact.to_string();
    let key = if found.is_intact() { "desk.log.intact" } else { "desk.log.broken" };
    let words = fill(key, &[("rows", &rows), ("fingerprint", &found.fingerprint)]);
    let findings = found.findings.iter().map(in_words).collect();
    let page = Frame::new(&app, &who, t("desk.log.check.title"), "records");
    Ok(page::html(StatusCode::OK, &Check { page, words, findings, intact: found.is_intact() }))
}

/// A finding in the desk's words.
pub(crate) fn in_words(finding: &Finding) -> String {
    let (one, two) = finding.numbers();
    let key = format!("desk.log.found.{}", finding.kind());
    fill(&key, &[("one", &one.to_string()), ("two", &two.to_string())])
}

/// What the staff are called, also those who left; those of one name by their login too.
struct Names<'a>(HashMap<&'a str, String>);

impl<'a> Names<'a> {
    fn of(everybody: &'a [StoredStaff]) -> Self {
        let mut names: HashMap<&str, usize> = HashMap::new();
        for it in everybody {
            *names.entry(&it.name).or_default() += 1;
        }
        let name = |it: &'a StoredStaff| match names[it.name.as_str()] {
            1 => it.name.clone(),
            _ => fill("desk.log.somebody", &[("name", &it.name), ("login", &it.login)]),
        };
        Self(everybody.iter().map(|it| (it.id.as_str(), name(it))).collect())
    }

    /// Somebody who is not there any more, or never was, keeps her id: it is all that is known.
    fn name(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

fn line(row: &StoredRow, names: &Names<'_>) -> Line {
    let known =
        |family: &str, name: &str| Some(t2(family, name)).filter(|it| *it != format!("{family}{name}"));
    let subject = Subject::read(&row.subject);
    Line {
        at: dates().date_time(row.at),
        actor: known("desk.log.actor.", &row.actor).unwrap_or_else(|| names.name(&row.actor)),
        // An act that has no words yet is better named than left out.
        act: known("desk.log.act.", &row.act).unwrap_or_else(|| row.act.clone()),
        address: match &subject {
            Some(Subject::Reception(number)) => Some(format!("/desk/requests/{}", number.as_str())),
            _ => None,
        },
        subject: match &subject {
            Some(subject) => shown(subject, names),
            // Programs before this one wrote down what somebody looked for: it stays bound, and is not shown.
            None if row.act == "log_read" => t("desk.log.subject.typed").to_owned(),
            None => row.subject.clone(),
        },
    }
}

fn shown(subject: &Subject, names: &Names<'_>) -> String {
    match subject {
        Subject::Reception(number) => number.to_string(),
        Subject::Staff(id) => names.name(id.as_str()),
        Subject::Day(day) => dates().date(*day),
        Subject::Seats(day, seats) => {
            fill("desk.log.seats", &[("day", &dates().date(*day)), ("seats", &seats.to_string())])
        }
        Subject::Word(word) => t2("desk.log.subject.", word.as_str()),
        Subject::Times(of, times) => {
            fill("desk.log.times", &[("of", &shown(of, names)), ("times", &times.to_string())])
        }
        Subject::Disclosure(_) | Subject::Weeks(_) | Subject::Table(..) => subject.to_string(),
    }
}
