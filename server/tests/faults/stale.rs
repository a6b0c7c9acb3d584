//! Two officers on stale pages, while others read: one confirms a request again and again, the others have its page open all the
//! time and send what it offers. State and version of a page belong together, and a form that was made of an older one overwrites
//! nothing.
//!
//! Over the router, as browsers do it; on PostgreSQL each officer has a server of her own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, StatusCode};
use precheck_server::error::ApiError;
use precheck_server::service::staff::{self, Role};
use precheck_server::service::{self, Act, Officer};
use precheck_server::state::AppState;
use precheck_shared::booking::ReceptionNumber;

use crate::harness::{body, new_key, request, submission};
use crate::ledger::Tally;
use crate::races::{entered, open};
use crate::site::{Engine, Site};

/// So many have the page open.
const READERS: usize = 3;

/// The times that are confirmed one after the other; each booking is cancelled afterwards.
const START: &str = "2026-12-01T10:00:00+09:00";
const ELSEWHEN: &str = "2026-12-01T13:00:00+09:00";

/// A browser of the desk.
#[derive(Clone)]
struct Desk {
    router: Router,
    cookie: String,
}

/// What a page of a request says of itself.
struct Page {
    version: u32,
    state: String,
    /// It offers to arrange a first time.
    arranges: bool,
    /// It offers to move the time that stands.
    moves: bool,
}

impl Desk {
    async fn at(app: &Arc<AppState>, login: &str) -> Self {
        let officer = staff::add(app, login, "小樽 次郎", Role::Officer, None).await.unwrap().unwrap();
        let cookie = staff::open_session(app, &officer, "test").await.unwrap();
        Self { router: precheck_server::router(Arc::clone(app)), cookie: format!("desk={cookie}") }
    }

    async fn send(&self, method: Method, path: &str, form: String) -> (StatusCode, String) {
        use tower::ServiceExt as _;
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            // A page that keeps itself up to date.
            ("desk-live", "1"),
        ];
        let request = request(method, path, &headers).map(|_| Body::from(form));
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 22).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// The page of a request; `None` where it cannot be had at the moment.
    async fn page(&self, number: &ReceptionNumber) -> Option<Page> {
        let (status, page) =
            self.send(Method::GET, &format!("/desk/requests/{}", number.as_str()), String::new()).await;
        let text = |before: &str| page.split_once(before)?.1.split('"').next().map(str::to_owned);
        if status != StatusCode::OK {
            return None;
        }
        let offers = |words: &str| page.contains(words);
        Some(Page {
            version: text("name=\"version\" value=\"")?.parse().ok()?,
            state: text("data-state=\"")?,
            arranges: offers("<h2 id=\"act-confirm\">"),
            moves: offers("<summary id=\"act-confirm\">"),
        })
    }

    /// Sends the form that arranges a time, made of a page in that version.
    async fn confirm(&self, number: &ReceptionNumber, version: u32, start: &str) -> StatusCode {
        let version = version.to_string();
        let fields = [
            ("version", version.as_str()),
            ("wish", start),
            ("identity", "1"),
            ("meeting", "https://us02web.zoom.us/j/12345678901?pwd=Himitsu.1"),
            ("reason", "ご希望により"),
            ("accepted", "meeting_id_in_use"),
            ("officer", ""),
        ];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let path = format!("/desk/requests/{}/confirm", number.as_str());
        self.send(Method::POST, &path, form).await.0
    }
}

/// So many confirmations, each under the eyes of [`READERS`].
pub(crate) async fn under_readers(site: &Site, confirmations: usize) -> Tally {
    let first = open(site, &site.data()).await;
    let second = match site.engine() {
        Engine::Sqlite => Arc::clone(&first),
        Engine::Postgres => open(site, &site.second_data()).await,
    };
    let officer = Desk::at(&first, "ichiro").await;
    let mut readers = Vec::new();
    for at in 0..READERS {
        readers.push(Desk::at(if at % 2 == 0 { &second } else { &first }, &format!("reader{at}")).await);
    }
    let (mut tally, mut pages) = (Tally::default(), 0_u64);
    for _ in 0..confirmations {
        let number = send(&officer.router).await;
        let over = Arc::new(AtomicBool::new(false));
        let reading: Vec<_> = readers
            .iter()
            .map(|it| tokio::spawn(read(it.clone(), number.clone(), Arc::clone(&over))))
            .collect();
        let began = Instant::now();
        let act = Act { number: number.clone(), version: 1, officer: Officer::parse("o-1").unwrap() };
        let done = service::confirm(&first, &act, &entered(START)).await;
        tally.worst = tally.worst.max(began.elapsed());
        tally.tries += 1;
        // Who reads once more after it was confirmed sees that.
        over.store(true, Ordering::Release);
        for it in reading {
            let seen = it.await.unwrap();
            pages += seen.pages;
            tally.wrong.extend(seen.wrong);
            tally.doubled += seen.overwrote;
        }
        match done {
            Ok(_) => tally.acknowledged += 1,
            Err(error) => tally.wrong.push(format!("a confirmation: {error:?}")),
        }
        if let Err(error) = free(&first, &readers[0], &number).await {
            tally.wrong.push(format!("the seat was not given back: {error:?}"));
        }
    }
    let first_arranged = "select count(*) from (
        select booking from event where kind = 'confirmed' group by booking having count(*) > 1) as twice";
    let silently = "select count(*) from event e where e.kind in ('moved', 'meeting_changed')";
    for (what, sql) in [
        ("bookings that were arranged for the first time twice", first_arranged),
        ("times that were moved by a form that was to arrange a first one", silently),
    ] {
        let rows = site.count(sql);
        if rows != 0 {
            tally.wrong.push(format!("{rows} {what}"));
        }
    }
    for server in [&first, &second] {
        let _ = server.store.close().await;
    }
    tally.note = format!("{READERS} readers saw {pages} pages");
    tally
}

/// Gives the seat back, in the version that is there; who is told to come back, does.
async fn free(app: &AppState, desk: &Desk, number: &ReceptionNumber) -> Result<u32, ApiError> {
    let mut done = Err(ApiError::StaleVersion);
    for _ in 0..4 {
        let version = desk.page(number).await.map_or(0, |it| it.version);
        let act = Act { number: number.clone(), version, officer: Officer::parse("o-1").unwrap() };
        done = service::cancel_by_office(app, &act, "担当者の急病のため").await;
        if done.is_ok() {
            break;
        }
    }
    done
}

/// What a reader saw.
#[derive(Default)]
struct Seen {
    pages: u64,
    overwrote: u64,
    wrong: Vec<String>,
}

/// Opens the page again and again until it is over, once more then, and sends the form of the first page that it had.
async fn read(desk: Desk, number: ReceptionNumber, over: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    let mut first = None;
    loop {
        let last = over.load(Ordering::Acquire);
        if let Some(page) = desk.page(&number).await {
            seen.pages += 1;
            let (requested, confirmed) = (page.state == "requested", page.state == "confirmed");
            let belongs = match page.version {
                1 => requested && page.arranges && !page.moves,
                _ => confirmed && page.moves && !page.arranges,
            };
            if !belongs {
                let Page { version, state, arranges, moves } = &page;
                seen.wrong.push(format!(
                    "a page of version {version} says {state} (arranges {arranges}, moves {moves})"
                ));
            }
            first.get_or_insert(page.version);
        }
        if last {
            break;
        }
    }
    // Made of what she saw first: where that is not how it is any more, nothing is changed.
    if first == Some(1) && desk.confirm(&number, 1, ELSEWHEN).await != StatusCode::CONFLICT {
        seen.overwrote += 1;
        seen.wrong.push("a form of an older page was taken".to_owned());
    }
    seen
}

/// A new request, by the API.
async fn send(router: &Router) -> ReceptionNumber {
    use tower::ServiceExt as _;
    let answer = router.clone().oneshot(submission(&new_key(), body().to_string())).await.unwrap();
    assert_eq!(answer.status(), 201);
    let answer = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    ReceptionNumber::parse(answer["reception_number"].as_str().unwrap()).unwrap()
}
