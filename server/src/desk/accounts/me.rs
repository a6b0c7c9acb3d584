//! One's own settings: sessions, password, the calendar feed's address.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::{Once, fault, faults_of, origin};
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Fault, Frame};
use crate::desk::session::{ProvenSelf, Signed};
use crate::desk::sign_in::browser;
use crate::desk::words::{dates, fill1, t, t2};
use crate::service::staff::SignedIn;
use crate::service::staff::own::{self, Own};
use crate::state::AppState;

const DONE: [&str; 4] = ["password", "session", "codes_dropped", "feed_ended"];

#[derive(Template)]
#[template(path = "desk/me.html")]
struct Me {
    page: Frame,
    account: Own,
    sessions: Vec<Session>,
    /// When signing in failed lately.
    failures: Vec<String>,
}

/// A line of the list.
struct Session {
    id: String,
    device: String,
    since: String,
    seen: String,
    here: bool,
}

/// Shows them.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    uri: Uri,
) -> Result<Response, Failed> {
    let query = Fields::of_query(uri.query());
    let done = DONE.into_iter().find(|it| *it == query.get("done")).map(|it| t2("desk.me.done.", it));
    let page = Frame { done, ..frame(&app, &who) };
    answer(&app, &who, StatusCode::OK, page).await
}

/// Changes the password.
pub(super) async fn change_password(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let [old, new, again] = ["old", "password", "again"].map(|it| fields.get(it));
    let browser = browser::cookie(&app, &headers);
    let faults = own::change_password(&app, &who, old, new, again, browser).await?;
    if faults.is_empty() {
        return Ok(page::see_other("/desk/me?done=password"));
    }
    refuse(&app, &who, faults_of(&faults)).await
}

/// Ends a session.
pub(super) async fn end_session(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    own::end_session(&app, &who, fields.get("session")).await?;
    Ok(page::see_other("/desk/me?done=session"))
}

/// Gives the calendar feed another address, or takes it away.
pub(super) async fn change_feed(
    State(app): State<Arc<AppState>>,
    ProvenSelf(who): ProvenSelf,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let wanted = Fields::read(&app, &headers, body).await?.get("end").is_empty();
    let secret = own::new_feed(&app, &who, wanted).await?;
    if !wanted {
        return Ok(page::see_other("/desk/me?done=feed_ended"));
    }
    let page = Frame::new(&app, &who, t("desk.me.feed.title"), "me");
    let address = format!("{}/desk/feed/{secret}.ics", origin(&app, &headers));
    Ok(Once::answer(page, t("desk.me.feed.once").to_owned(), vec![address], "/desk/me"))
}

/// The same page with what is wrong.
pub(super) async fn refuse(app: &AppState, who: &SignedIn, faults: Vec<Fault>) -> Result<Response, Failed> {
    let page = Frame { faults, ..frame(app, who) };
    answer(app, who, StatusCode::UNPROCESSABLE_ENTITY, page).await
}

fn frame(app: &AppState, who: &SignedIn) -> Frame {
    Frame::new(app, who, t("desk.me.title"), "me")
}

async fn answer(app: &AppState, who: &SignedIn, status: StatusCode, page: Frame) -> Result<Response, Failed> {
    let account = own::account(app, who).await?;
    let sessions = account.sessions.iter().map(|it| Session {
        id: it.id.clone(),
        device: if it.device == "-" { t("desk.me.device.unknown").to_owned() } else { it.device.clone() },
        since: dates().date_time(it.created_at),
        seen: dates().date_time(it.seen_at),
        here: it.id == who.session,
    });
    let sessions = sessions.collect();
    let failures = account.failed_at.iter().map(|it| dates().date_time(*it)).collect();
    Ok(page::html(status, &Me { page, account, sessions, failures }))
}
