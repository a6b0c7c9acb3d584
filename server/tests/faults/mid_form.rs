//! A session ends while an officer writes, and the server is another one when she sends: her form is kept until she has shown who
//! she is, and acted upon once.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use precheck_server::config::{Args, Config};
use precheck_server::service::staff::{self, Role, passwords};
use precheck_server::state::AppState;
use tower::ServiceExt as _;

use crate::harness::{NOW, body, new_key, submission};
use crate::ledger::Tally;
use crate::site::Site;

/// When she sends what she wrote: nobody was there for longer than a session lasts.
const LATER: &str = "2026-11-24T09:20:00+09:00";

const PASSWORD: &str = "minato no kaze 2026";

/// Somebody who writes a note on a request.
struct Writer {
    cookie: String,
    number: String,
    note: String,
}

/// So many officers, each in the middle of a form.
pub(crate) async fn session_ended(site: &Site, forms: usize) -> Tally {
    let mut tally = Tally::default();
    let hash = passwords::hash(PASSWORD).await.unwrap();
    let first = open(site, NOW).await;
    let mut writers = Vec::new();
    for at in 0..forms {
        writers.push(Writer::begins(&first, at, &hash).await);
    }
    first.store.close().await.unwrap();
    let second = open(site, LATER).await;
    let desk = precheck_server::router(Arc::clone(&second));
    for writer in &writers {
        tally.tries += 1;
        let began = Instant::now();
        let sent = writer.sends(&desk).await;
        tally.worst = tally.worst.max(began.elapsed());
        match sent {
            Ok(page) => {
                tally.acknowledged += 1;
                match page.matches(&writer.note).count() {
                    0 => tally.lost += 1,
                    1 => {}
                    _ => tally.doubled += 1,
                }
            }
            Err(why) => {
                tally.lost += 1;
                tally.wrong.push(why);
            }
        }
    }
    second.store.close().await.unwrap();
    let events = site.count("select count(*) from event");
    if usize::try_from(events).ok() != Some(2 * forms) {
        tally.wrong.push(format!("{events} events of {forms} requests with a note each"));
    }
    "sent 20 minutes later to a new start, then the password alone".clone_into(&mut tally.note);
    tally
}

impl Writer {
    async fn begins(app: &Arc<AppState>, at: usize, hash: &str) -> Self {
        let login = format!("writer{at}");
        let officer =
            staff::add(app, &login, "小樽 京子", Role::Officer, Some(hash.to_owned())).await.unwrap();
        let cookie = staff::open_session(app, &officer.unwrap(), "test").await.unwrap();
        let request = submission(&new_key(), body().to_string());
        let answer = precheck_server::router(Arc::clone(app)).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let answer: serde_json::Value = serde_json::from_str(&text(answer).await).unwrap();
        let number = answer["reception_number"].as_str().unwrap().to_owned();
        Self { cookie, number, note: format!("{at}番の折り返し電話は午後にします") }
    }

    /// Sends the note, is asked for her password, gives it, and looks at the request.
    async fn sends(&self, desk: &Router) -> Result<String, String> {
        let path = format!("/desk/requests/{}", self.number);
        let note = form(&[("version", "1"), ("reason", &self.note)]);
        let asks = post(desk, &format!("{path}/note"), &self.cookie, note).await;
        if asks.status() != StatusCode::UNAUTHORIZED {
            return Err(format!("a form of an ended session is answered {}", asks.status()));
        }
        let page = text(asks).await;
        let carried = page.split("name=\"pending_form\" value=\"").nth(1).and_then(|it| it.split('"').next());
        let carried = carried.ok_or_else(|| format!("nothing is carried: {page}"))?;
        let shown = form(&[("password", PASSWORD), ("pending_form", carried)]);
        let done = post(desk, "/desk/resume", &self.cookie, shown).await;
        let set = done.headers().get(header::SET_COOKIE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        if done.status() != StatusCode::SEE_OTHER || cookie.is_empty() {
            return Err(format!("the password is answered {}: {}", done.status(), text(done).await));
        }
        let mut request = Request::get(&path).body(Body::empty()).unwrap();
        request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        Ok(text(desk.clone().oneshot(request).await.unwrap()).await)
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

async fn post(desk: &Router, path: &str, cookie: &str, form: String) -> Response {
    let request = Request::post(path)
        .header(header::COOKIE, format!("desk={cookie}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(form));
    desk.clone().oneshot(request.unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn open(site: &Site, clock: &str) -> Arc<AppState> {
    let args = Args {
        data: Some(site.data().display().to_string()),
        database_url: site.url().map(str::to_owned),
        clock: Some(clock.to_owned()),
        limits: Some("off".to_owned()),
        ..Args::default()
    };
    Arc::new(AppState::open(Config::read(&args).unwrap()).await.unwrap())
}
