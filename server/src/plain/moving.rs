//! Out of the browser inside a messaging app, where camera and microphone often do not work: what the widget says there
//! (`app/src/steps/moving.rs`), in the same place. Nothing has been answered yet, so the address carries nothing.

use askama::Template;
use axum::http::{HeaderMap, header};
use precheck_shared::checklist::device::{self, Seen};

use super::page::Reader;
use super::words::{Html, Words};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "plain/moving.html")]
struct Moving {
    words: Words,
    heading: Html,
    told: Html,
    way: Way,
}

enum Way {
    /// An address that the app itself opens outside.
    Link(String),
    /// What the person does, and the address for it.
    Steps { steps: Vec<Html>, address: String },
}

/// What such a browser is shown; nothing in any other. `is_part`: as a part of somebody's page.
pub(super) fn offer(app: &AppState, reader: Reader, headers: &HeaderMap, is_part: bool) -> Html {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let seen = Seen { user_agent: text(header::USER_AGENT.as_str()), ..Seen::default() };
    let Some(name) = device::in_app(seen) else { return Html::default() };
    let words = reader.words;
    let name = if name == device::WEB_VIEW { words.bare("move.app") } else { name.to_owned() };
    let values = [("app", name.as_str())];
    let way = if device::is_line(seen) {
        Way::Link(format!("/{}&openExternalBrowser=1", reader.query()))
    } else {
        // What the app's menu opens is the address that it shows, which is ours unless another page is around this one.
        let is_shown = !is_part && !reader.is_framed;
        let key = match device::os(seen).key() {
            _ if !is_shown => "move.paste",
            "ios" => "move.steps.ios",
            _ => "move.steps.android",
        };
        let steps = words.texts.get(key).split('\n').map(Html::of).collect();
        Way::Steps { steps, address: format!("{}/#/conditions", super::home(app, headers)) }
    };
    Html::made(&Moving {
        words,
        heading: words.fill("move.heading", &values),
        told: words.filled_paras("move.words", &values),
        way,
    })
}
