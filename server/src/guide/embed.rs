//! `/embed`: an editor chooses, copies the line, sees what her page has to allow, and how to find out what is in the way.
//!
//! Choosing is a GET, so that the choice can be kept as a link. Her page is neither asked for nor judged here: the self-test on it
//! finds out more.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use precheck_shared::texts::Texts;

use self::address::Address;
use self::choice::{Choice, Group};
use self::wish::Wish;
use super::page::{self, Frame, WITH_ELEMENT};
use crate::desk::fields::Fields;
use crate::error::ApiError;
use crate::origin;
use crate::state::AppState;

mod address;
mod choice;
pub(super) mod frame_test;
mod line;
mod wish;

/// What opens the self-test of the element, behind the address of the page that holds it.
const MARK: &str = "#precheck-self-test";

/// The preview looks at camera and microphone on this page itself.
const DEVICES: &str = "camera=(self), microphone=(self)";

#[derive(Template)]
#[template(path = "guide/embed.html")]
struct Shown {
    page: Frame,
    words: &'static Texts,
    choice: Choice,
    groups: Vec<Group>,
    /// The element's attributes for the preview, as markup that has been escaped.
    attributes: Vec<(&'static str, &'static str)>,
    line: String,
    rows: usize,
    self_test_line: String,
    allowed: Allowed,
    clauses: String,
    permissions: String,
    is_framed: bool,
    server: String,
    mark: &'static str,
    self_test: Option<String>,
}

/// Whether a page may embed the element now.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    NotAsked,
    Unreadable,
    Own { origin: String },
    Yes { origin: String, is_insecure: bool },
    No { origin: String, is_insecure: bool },
}

/// The page for a choice.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    asked: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let fields = Fields::of_query(uri.query());
    page::html(&asked, &shown(&app, &asked, &fields), WITH_ELEMENT, DEVICES)
}

fn shown(app: &AppState, asked: &HeaderMap, fields: &Fields) -> Shown {
    let words = page::words_for(fields.get("lang"));
    let choice = Choice::read(fields);
    let server = server_of(app, asked);
    let wish = choice.wish(&server);
    let line = line::of(&choice, &server, &app.office.policy());
    let mut page = Frame::new(app, words, words.get("embed.title"), "/embed");
    let other = if words.is_japanese() { "en" } else { "ja" };
    page.other = Some(choice.address(other));
    let self_test = (!choice.page.is_empty() && wish.host.is_some())
        .then(|| [choice.page.split('#').next().unwrap_or_default(), MARK].concat());
    Shown {
        page,
        words,
        groups: choice.groups(words),
        attributes: choice.attributes(),
        rows: line.lines().count() + 2,
        self_test_line: line::opening(&choice, true),
        line,
        allowed: allowed(app, &choice, &wish),
        clauses: wish.clauses().join(";\n"),
        permissions: wish.permissions(),
        is_framed: wish.is_framed(),
        server: server.origin(),
        mark: MARK,
        self_test,
        choice,
    }
}

fn allowed(app: &AppState, choice: &Choice, wish: &Wish) -> Allowed {
    if choice.page.trim().is_empty() {
        return Allowed::NotAsked;
    }
    let Some(host) = &wish.host else { return Allowed::Unreadable };
    let origin = host.origin();
    // Browsers give camera and microphone to pages on this machine, too.
    let is_insecure =
        host.scheme == "http" && !matches!(host.host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
    if origin == wish.server.origin() {
        Allowed::Own { origin }
    } else if app.allowed_origins.iter().any(|it| it.as_bytes() == origin.as_bytes()) {
        Allowed::Yes { origin, is_insecure }
    } else {
        Allowed::No { origin, is_insecure }
    }
}

/// The address under which people reach this server: as it is set, else as it was just asked for.
fn server_of(app: &AppState, asked: &HeaderMap) -> Address {
    let set = app.public_origin.as_deref().and_then(Address::of_origin);
    let host = || asked.get(header::HOST).and_then(|it| it.to_str().ok());
    let named = || format!("http://{}/", host()?).parse().ok().and_then(|it| origin::of(&it));
    set.or_else(|| Address::of_origin(&named()?)).unwrap_or_else(|| Address {
        scheme: "http".to_owned(),
        host: "localhost".to_owned(),
        port: 80,
    })
}
