//! The desk: a request, and what an officer does with it, over HTTP.

use axum::http::StatusCode;
use serde_json::Value;

use crate::desk::{Asked, LINK, START};
use crate::harness::Reply;
use crate::officer::AtTheDesk;

#[path = "desk_request/acts.rs"]
mod acts;
#[path = "desk_request/conduct.rs"]
mod conduct;
#[path = "desk_request/person.rs"]
mod person;
#[path = "desk_request/shown.rs"]
mod shown;

/// What the app gives to be handed on.
const INVITATION: &str = "参加 Zoom ミーティング\nhttps://us02web.zoom.us/j/81234567890?pwd=Abc0Def1.1\n\n\
    ミーティング ID: 812 3456 7890\nパスコード: k7;Qx_9\n";

fn path(asked: &Asked) -> String {
    format!("/desk/requests/{}", asked.number.as_str())
}

/// The version in the page's forms.
fn version(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Sends the form of an act as the page has it now.
async fn act(desk: &AtTheDesk<'_>, asked: &Asked, act: &str, fields: &[(&str, &str)]) -> Reply {
    let version = version(&desk.page(&path(asked)).await);
    let mut all = vec![("version", version.as_str())];
    all.extend(fields);
    desk.post(&format!("{}/{act}", path(asked)), &all).await
}

/// Sends it, and it is done.
#[track_caller]
fn is_done(reply: &Reply, act: &str) {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{act}: {}", faults(reply));
    assert!(reply.header("location").ends_with(&format!("?done={act}")), "{}", reply.header("location"));
}

/// What a page says is wrong.
fn faults(reply: &Reply) -> String {
    let (_, faults) = reply.text().split_once("d-faults__title").unwrap_or(("", reply.text()));
    faults.split_once("</div>").map_or(faults, |it| it.0).to_owned()
}

#[track_caller]
fn is_refused(reply: &Reply, words: &str) {
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text());
    assert!(faults(reply).contains(words), "{words}: {}", faults(reply));
}

fn confirmation<'a>(start: &'a str, meeting: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("wish", start), ("identity", "1"), ("meeting", meeting), ("officer", "")]
}

async fn confirmed(desk: &AtTheDesk<'_>) -> Asked {
    let asked = Asked::send(desk.server).await;
    is_done(&act(desk, &asked, "confirm", &confirmation(START, LINK)).await, "confirm");
    asked
}

async fn receipt(desk: &AtTheDesk<'_>, asked: &Asked) -> Value {
    desk.server.receipt(&asked.accepted).await.json()
}
