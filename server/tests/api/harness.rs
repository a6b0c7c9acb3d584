//! A server in process, requests to it, and what is true of every answer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use precheck_server::clock::ManualClock;
use precheck_server::config::Database;
use precheck_server::ids::{Ids, SystemIds};
use precheck_server::in_flight::KeysInFlight;
use precheck_server::jobs::{self, Done};
use precheck_server::limits::{LimitSettings, Limits};
use precheck_server::office::Office;
use precheck_server::readiness::Readiness;
use precheck_server::releases::Releases;
use precheck_server::service::clock;
use precheck_server::state::{AppState, open_store};
use precheck_server::store::opening::{Allowed, Opening};
use precheck_server::store::postgres::Address;
use precheck_server::vault::Sealed;
use precheck_shared::checklist::Item;
use precheck_shared::time::{Instant, parse_instant};
use private_postgres::Postgres;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// A Tuesday morning; Monday was a holiday.
pub(crate) const NOW: &str = "2026-11-24T09:00:00+09:00";

pub(crate) const NAME: &str = "小樽　花子";
pub(crate) const NUMBER: &str = "01234-5678901";
pub(crate) const BIRTH_DATE: &str = "1985-04-01";

/// The tests' PostgreSQL does not wait for the disk.
const TESTING: Opening = Opening::Serve(Allowed { new_database: false, new_office: false, lossy: true });

pub(crate) struct Server {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) state: Arc<AppState>,
    pub(crate) router: Router,
}

/// What a test wants otherwise.
pub(crate) struct Wanted {
    pub(crate) office: Office,
    pub(crate) ids: Box<dyn Ids>,
    pub(crate) limits: bool,
    pub(crate) origins: &'static [&'static str],
    pub(crate) public_origin: Option<String>,
    pub(crate) desk_over_http: bool,
    pub(crate) body_deadline: Duration,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            office: Office::otaru().unwrap(),
            ids: Box::new(SystemIds),
            limits: false,
            origins: &[],
            public_origin: None,
            desk_over_http: false,
            body_deadline: Duration::from_mins(1),
        }
    }
}

pub(crate) fn jst(text: &str) -> Instant {
    parse_instant(text).unwrap_or_else(|| panic!("{text}"))
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(Wanted::default())
    }

    pub(crate) fn start_with(wanted: Wanted) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), jst(NOW), wanted)
    }

    pub(crate) fn start_in(folder: TempDir, now: Instant, wanted: Wanted) -> Self {
        let clock = Arc::new(ManualClock::new(now));
        let office = wanted.office.id().to_owned();
        let database = place(folder.path());
        let (store, vault) = open_store(folder.path(), database, &office, TESTING, 64, &*clock).unwrap();
        let state = Arc::new(AppState {
            office: wanted.office,
            clock: clock.clone(),
            ids: wanted.ids,
            store,
            in_flight: KeysInFlight::default(),
            vault,
            log_watch: precheck_server::service::audit::watch::Watch::default(),
            readiness: Readiness::default(),
            limits: Limits::new(LimitSettings { on: wanted.limits, exempt: Vec::new() }),
            public_origin: wanted.public_origin,
            desk_over_http: wanted.desk_over_http,
            allowed_origins: wanted.origins.iter().map(|it| HeaderValue::from_static(it)).collect(),
            body_deadline: wanted.body_deadline,
            releases: Releases::beside(folder.path()),
        });
        let router = precheck_server::router(state.clone());
        Self { folder, clock, state, router }
    }

    /// Closes the store and opens it anew, as a restart does.
    pub(crate) async fn restart(self, now: Instant, wanted: Wanted) -> Self {
        self.state.store.close().await.unwrap();
        Self::start_in(self.folder, now, wanted)
    }

    pub(crate) fn at(&self, now: &str) -> &Self {
        self.clock.set(jst(now));
        self
    }

    /// A person says that the clock is right, as `precheck-server clock accept` does.
    pub(crate) async fn accept_the_clock(&self) {
        clock::accept(&self.state, "shell").await.unwrap();
    }

    /// Somebody accepts the clock where a test has let more time pass at once than is believed.
    pub(crate) async fn believe_the_clock(&self) {
        clock::begin(&self.state).await.unwrap();
        if !self.state.conditions().is_empty() {
            self.accept_the_clock().await;
        }
    }

    /// Time's own acts at this moment. Where a test has let weeks pass at once, somebody accepts that first.
    pub(crate) async fn look(&self) -> Done {
        self.believe_the_clock().await;
        jobs::once(&self.state).await.unwrap()
    }

    /// The SQLite file.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(database(self.folder.path())).unwrap()
    }

    /// Changes what is stored, behind the server's back.
    #[track_caller]
    pub(crate) fn run(&self, sql: &str) {
        if crate::POSTGRES {
            ask(self.folder.path(), sql);
        } else {
            self.database().execute_batch(sql).unwrap();
        }
    }

    /// How many rows a table has.
    #[track_caller]
    pub(crate) fn rows(&self, table: &str) -> i64 {
        // On PostgreSQL a refusal leaves a mark under its key for a while.
        let marks = crate::POSTGRES && table == "idempotency";
        let which = if marks { "where refused_by is null" } else { "" };
        self.count(&format!("select count(*) from {table} {which}"))
    }

    /// The one number that a query gives.
    #[track_caller]
    pub(crate) fn count(&self, query: &str) -> i64 {
        ask(self.folder.path(), query)[0].parse().unwrap()
    }

    /// What is sealed in the one row named: a table, and which row.
    #[track_caller]
    pub(crate) fn sealed(&self, row: &str) -> Sealed {
        let hex = if crate::POSTGRES { "encode(sealed, 'hex')" } else { "lower(hex(sealed))" };
        let found = ask(self.folder.path(), &format!("select key_id || ' ' || {hex} from {row}"));
        let (key_id, hex) = found[0].split_once(' ').unwrap();
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        Sealed { key_id: key_id.to_owned(), bytes: (0..hex.len()).step_by(2).map(byte).collect() }
    }

    /// `version at actor kind`, oldest first.
    pub(crate) fn events(&self) -> Vec<String> {
        events_in(self.folder.path())
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let at_the_desk = request.uri().path().starts_with("/desk");
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let reply = Reply { status: head.status, headers: head.headers, body };
        reply.holds_what_every_answer_holds();
        assert!(at_the_desk || !reply.headers.contains_key("set-cookie"), "no cookies for job seekers");
        reply
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(request(Method::GET, path, &[])).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(request(Method::GET, path, headers)).await
    }

    /// Posts a request under a key of its own.
    pub(crate) async fn post(&self, body: &Value) -> Reply {
        self.post_as(&new_key(), body).await
    }

    pub(crate) async fn post_as(&self, key: &str, body: &Value) -> Reply {
        self.send(submission(key, body.to_string())).await
    }

    pub(crate) async fn receipt(&self, accepted: &Value) -> Reply {
        let number = accepted["reception_number"].as_str().unwrap();
        let code = accepted["receipt_code"].as_str().unwrap();
        self.get_with(&format!("/api/v1/requests/{number}"), &[("authorization", &format!("Bearer {code}"))])
            .await
    }
}

pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("precheck.db")
}

/// Where the server with this data folder keeps its requests, also after a restart.
fn place(folder: &Path) -> Database {
    if crate::POSTGRES {
        Database::Postgres(Address::read(&url(folder)).unwrap())
    } else {
        Database::Sqlite(database(folder))
    }
}

/// The first column of a query, as text.
#[track_caller]
fn ask(folder: &Path, query: &str) -> Vec<String> {
    if crate::POSTGRES {
        return Postgres::shared().ask(&url(folder), query).lines().map(str::to_owned).collect();
    }
    let database = rusqlite::Connection::open(database(folder)).unwrap();
    let mut query = database.prepare(query).unwrap();
    let rows = query.query_map([], |row| {
        row.get::<_, String>(0).or_else(|_| row.get::<_, i64>(0).map(|it| it.to_string()))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// The database of a data folder, made when it is asked for first.
fn url(folder: &Path) -> String {
    let file = folder.join("database-url");
    std::fs::read_to_string(&file).unwrap_or_else(|_| {
        let url = Postgres::shared().database();
        std::fs::write(&file, &url).unwrap();
        url
    })
}

pub(crate) fn events_in(data: &Path) -> Vec<String> {
    let at = if crate::POSTGRES {
        "to_char(to_timestamp(at / 1000) at time zone 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS')"
    } else {
        "datetime(at / 1000, 'unixepoch', '+9 hours')"
    };
    let events = format!(
        "select version || ' ' || {at} || ' ' || actor || ' ' || kind from event order by booking, version"
    );
    ask(data, &events)
}

pub(crate) fn new_key() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in headers {
        let name: axum::http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    request
}

pub(crate) fn submission(key: &str, body: impl Into<Body>) -> Request<Body> {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    request(Method::POST, "/api/v1/requests", &headers).map(|_| body.into())
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    #[track_caller]
    pub(crate) fn accepted(&self) -> Value {
        assert_eq!(self.status, StatusCode::CREATED, "{}", self.text());
        self.json()
    }

    /// The problem document, with its code and status as expected.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!((self.status.as_u16(), problem["code"].as_str()), (status, Some(code)), "{problem:#}");
        problem
    }

    /// `pointer code` of every violation, in order.
    pub(crate) fn violations(&self) -> Vec<String> {
        let all = self.json()["violations"].as_array().cloned().unwrap_or_default();
        let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        all.iter().map(|it| format!("{} {}", text(it, "pointer"), text(it, "code"))).collect()
    }

    #[track_caller]
    fn holds_what_every_answer_holds(&self) {
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert!(self.header("content-security-policy").starts_with("default-src 'none'"));
        // The desk's own forms are known by their origin, which `no-referrer` would hide.
        let referrer = self.header("referrer-policy");
        assert!(["no-referrer", "same-origin", "strict-origin"].contains(&referrer), "{referrer}");
        assert!(!self.header("cross-origin-resource-policy").is_empty());
        assert!(!self.header("cache-control").is_empty());
        if self.status.as_u16() < 400
            || self.header("content-type").starts_with("text/html")
            || self.body.is_empty()
        {
            return;
        }
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        let code = problem["code"].as_str().unwrap();
        assert_eq!(problem["type"], format!("urn:online-counselling-precheck:problem:{code}"));
        assert_eq!(problem["status"], self.status.as_u16());
        for words in ["title", "detail"] {
            assert!(!problem[words].as_str().unwrap().trim().is_empty(), "{problem:#}");
        }
        let documents = problem["violations"].as_array().cloned().unwrap_or_default();
        for document in documents.iter().chain([&problem]) {
            let clause = &document["clause"];
            assert!(clause.is_null() || clause.is_string());
            assert_eq!(document.get("basis").is_some(), clause.is_null(), "{document:#}");
        }
        for violation in &documents {
            assert!(["must_fix", "please_check"].contains(&violation["grade"].as_str().unwrap()));
            assert!(violation["message"].is_string() && violation["next"].is_string());
        }
        if matches!(self.status.as_u16(), 409 | 429 | 503) {
            assert!(1 <= self.header("retry-after").parse::<u64>().unwrap());
        }
    }
}

/// A request that every rule accepts.
pub(crate) fn body() -> Value {
    let checks: Vec<_> =
        Item::ALL.iter().map(|it| json!({"id": it.as_str(), "outcome": "attested"})).collect();
    json!({
        "terms": {
            "id": "otaru-2023-10-01",
            "sha256": "2deaf231d6471079f83cf1980d33b7282dae3a5a16b06dc736fc1817440cfff0"
        },
        "language": "ja",
        "eligibility": {"registered": "yes", "equipped": "yes", "ongoing": "yes", "need": "not_sure"},
        "consents": {
            "terms": true,
            "app_terms": true,
            "acknowledged": ["no_recording", "own_cost", "cancellation", "records", "disclaimers", "damages"]
        },
        "own_device": true,
        "checklist": checks,
        "person": {"name": NAME, "birth_date": "昭和60年4月1日", "job_seeker_number": "０１２３４ー５６７８９０１"},
        "wishes": ["2026-11-26T10:00:00+09:00", "2026-11-27T13:00:00+09:00"],
        "attendants": [{"kind": "interpreter", "language": "en", "count": 1, "note": "駅から一緒に来ます"}],
        "accepted_findings": [],
        "entered_at": "2026-11-24T08:59:58+09:00"
    })
}

/// The sample with one item changed; `/wishes/2` adds an element.
pub(crate) fn with(pointer: &str, value: Value) -> Value {
    let mut body = body();
    set(&mut body, pointer, value);
    body
}

pub(crate) fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap_or_else(|| panic!("{parent}")) {
        Value::Object(object) => {
            object.insert(name.to_owned(), value);
        }
        Value::Array(array) => match array.get_mut(name.parse::<usize>().unwrap()) {
            Some(place) => *place = value,
            None => array.push(value),
        },
        other => panic!("{pointer}: {other}"),
    }
}

/// The sample without one item.
pub(crate) fn without(pointer: &str) -> Value {
    let mut body = body();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(object) => assert!(object.remove(name).is_some(), "{pointer}"),
        Value::Array(array) => drop(array.remove(name.parse().unwrap())),
        other => panic!("{pointer}: {other}"),
    }
    body
}
