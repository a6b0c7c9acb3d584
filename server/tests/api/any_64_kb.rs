//! No work that grows faster than its input: every address answers any 64 kB within 50 ms of processor time and with less than a
//! megabyte. A table of all addresses, which fails when one is missing, against what strangers and browsers may send.
//!
//! What is measured is the thread that answers, in which nobody else is served meanwhile. Passwords are weighed on threads of their
//! own, a quarter of a second each by design, two at a time.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use precheck_server::service::Officer;
use precheck_server::service::staff::{self, Role};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::desk::Asked;
use crate::harness::{Server, body, new_key, request, set};
use crate::officer::AtTheDesk;

/// Bytes of a body; a longer one is refused by its length.
const LENGTH: usize = 64 * 1024;

/// Bytes of an address and of a header: more than 16 kB of a head are never read (`serve`).
const HEAD: usize = 15 * 1024;

/// An answer is shorter.
const ANSWER: usize = 1_000_000;

/// Of the processor, as a release build has it. Without the optimiser the same work takes some twenty times as long.
const WITHIN: Duration = Duration::from_millis(if cfg!(debug_assertions) { 50 * 20 } else { 50 });

const GET: &str = "GET";
const POST: &str = "POST";

/// Every address, as it is routed, with the methods that it takes.
pub(crate) const TABLE: &[(&str, &[&str])] = &[
    ("/", &[GET, POST]),
    ("/receipt", &[GET, POST]),
    ("/receipt/", &[GET, POST]),
    ("/receipt/appointment.ics", &[POST]),
    ("/embed/v1/first", &[GET]),
    ("/check", &[GET]),
    ("/check/", &[GET]),
    ("/demo", &[GET]),
    ("/demo/", &[GET]),
    ("/embed/v1/{file}", &[GET]),
    ("/embed", &[GET]),
    ("/embed/", &[GET]),
    ("/embed/assets/{file}", &[GET]),
    ("/embed/frame-test", &[GET]),
    ("/accessibility", &[GET]),
    ("/accessibility/", &[GET]),
    ("/openapi.json", &[GET]),
    ("/healthz", &[GET]),
    ("/readyz", &[GET]),
    ("/api/v1/office", &[GET]),
    ("/api/v1/terms/{id}", &[GET]),
    ("/api/v1/terms/{id}/text", &[GET]),
    ("/api/v1/slots", &[GET]),
    ("/api/v1/requests", &[POST]),
    ("/api/v1/requests/{reception_number}", &[GET]),
    ("/api/v1/requests/{reception_number}/appointment.ics", &[GET]),
    ("/api/v1/requests/{reception_number}/qr", &[GET]),
    ("/api/v1/probe/latency", &[GET]),
    ("/api/v1/probe/download", &[GET]),
    ("/api/v1/probe/upload", &[POST]),
    ("/api/v1/visits", &[POST]),
    ("/plain", &[GET, POST]),
    ("/plain/", &[GET, POST]),
    ("/plain/assets/plain.css", &[GET]),
    ("/plain/{*rest}", &[GET, POST]),
    ("/desk", &[GET]),
    ("/desk/", &[GET]),
    ("/desk/sign-in", &[GET, POST]),
    ("/desk/sign-out", &[POST]),
    ("/desk/resume", &[POST]),
    ("/desk/present", &[GET, POST]),
    ("/desk/alarms", &[POST]),
    ("/desk/invitation/{secret}", &[GET, POST]),
    ("/desk/prove", &[GET, POST]),
    ("/desk/me", &[GET]),
    ("/desk/me/password", &[POST]),
    ("/desk/me/sessions", &[POST]),
    ("/desk/me/feed", &[POST]),
    ("/desk/me/codes", &[GET, POST]),
    ("/desk/me/codes/drop", &[POST]),
    ("/desk/me/codes/recovery", &[POST]),
    ("/desk/staff", &[GET, POST]),
    ("/desk/staff/codes", &[POST]),
    ("/desk/staff/{id}", &[GET, POST]),
    ("/desk/staff/{id}/link", &[GET, POST]),
    ("/desk/staff/{id}/end", &[GET, POST]),
    ("/desk/log", &[GET, POST]),
    ("/desk/log/seen", &[POST]),
    ("/desk/log/check", &[GET]),
    ("/desk/find", &[GET, POST]),
    ("/desk/requests", &[GET]),
    ("/desk/requests/{number}", &[GET]),
    ("/desk/requests/{number}/{act}", &[GET, POST]),
    ("/desk/requests/{number}/next", &[GET, POST]),
    ("/desk/new", &[GET, POST]),
    ("/desk/affected", &[GET, POST]),
    ("/desk/settings", &[GET, POST]),
    ("/desk/calendar", &[GET]),
    ("/desk/day/{date}/print", &[GET]),
    ("/desk/feed/{file}", &[GET]),
    ("/desk/figures", &[GET]),
    ("/desk/figures/{file}", &[GET, POST]),
    ("/desk/records", &[GET, POST]),
    ("/desk/records/disclosure", &[GET, POST]),
    ("/desk/records/own", &[GET, POST]),
    ("/desk/records/{id}", &[GET, POST]),
    ("/desk/records/{id}/print", &[GET, POST]),
    ("/desk/records/{id}/file", &[GET, POST]),
    ("/desk/assets/{file}", &[GET]),
    ("/desk/{*rest}", &[GET, POST]),
];

/// What fields are filled with: what readers of names, dates, numbers, links and forms look at closely.
const JUNK: [&str; 16] = [
    "a",
    "あ",
    "a\u{301}\u{302}",
    "👨\u{200D}👩\u{200D}",
    "0",
    "０１２３４－５６７８９０１、",
    "昭和60年4月1日",
    ",a;",
    " - ",
    "https://zoom.us/j/12345678901?pwd=a ",
    "/receipt/",
    "《》（）",
    "{name}",
    "<&'\"",
    "\u{0}\r\n\t",
    "2026-11-26T10:00:00+09:00 ",
];

/// Forms that are no form.
const NO_FORMS: [&str; 8] = ["&", "=&", "a&", "a=b&", "%", "%E3%81%82", "+", ";a=,"];

/// JSON that is none, or more of it than anybody means.
const NO_JSON: [&str; 8] = ["[", "{\"a\":", "[0,", "\"", "1", "[{},", "\\u3042", " "];

/// Lists in headers and addresses.
const LISTS: [&str; 6] = [",", "a,", "\"a\", W/\"b\",", "ja;q=0.1,", "a=b; ", "%41"];

fn filled(with: &str, length: usize) -> String {
    with.repeat(length / with.len())
}

/// So much that a form's reader makes `with` of it again.
fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace('=', "%3D")
}

/// Names of fields that any handler asks for, as its code writes them.
fn names(folder: &str) -> Vec<String> {
    let mut names = BTreeSet::new();
    for_all_sources(&Path::new("src").join(folder), &mut |text| {
        for mark in ["get(\"", "has(\"", "all(\"", "text(\"", "row(\""] {
            let found = text.split(mark).skip(1).filter_map(|it| it.split('"').next());
            names.extend(found.filter(|it| !it.is_empty() && !it.contains('.')).map(str::to_owned));
        }
    });
    assert!(10 < names.len(), "{names:?}");
    names.into_iter().collect()
}

fn for_all_sources(folder: &Path, look: &mut dyn FnMut(&str)) {
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            for_all_sources(&path, look);
        } else if path.extension().is_some_and(|it| it == "rs") {
            look(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Forms of 64 kB: names of ours with junk, in parts and whole, one name many times, and no form at all.
fn forms(names: &[String]) -> Vec<String> {
    let mut forms: Vec<String> = NO_FORMS.iter().map(|it| filled(it, LENGTH)).collect();
    for (at, some) in names.chunks(8).enumerate() {
        for junk in 0..2 {
            let part = LENGTH / some.len();
            let field = |(place, name): (usize, &String)| {
                let with = encoded(JUNK[(at * 5 + place + 7 * junk) % JUNK.len()]);
                format!("{name}={}", filled(&with, part - name.len() - 2))
            };
            forms.push(some.iter().enumerate().map(field).collect::<Vec<_>>().join("&"));
        }
    }
    for name in names {
        let with = encoded(JUNK[name.len() % JUNK.len()]);
        forms.push(filled(&format!("{name}={with}&"), LENGTH));
    }
    forms
}

fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// Asks once and looks at what it costs.
async fn ask(server: &Server, asked: Request<Body>, with: &str) {
    let address = asked.uri().path_and_query().map_or("", |it| it.as_str());
    let what = format!("{} {address:.60} with {with:.60}", asked.method());
    let before = spent();
    let reply = server.send(asked).await;
    let spent = spent().saturating_sub(before);
    assert!(spent < WITHIN, "{what}: {spent:?}");
    assert!(reply.body.len() < ANSWER, "{what}: {} bytes", reply.body.len());
    assert!(!reply.status.is_server_error(), "{what}: {}", reply.status);
}

/// An address with something real in it.
pub(crate) fn real(route: &str, number: &str, id: &str) -> String {
    route
        .replace("{number}", number)
        .replace("{reception_number}", number)
        .replace("{id}", id)
        .replace("{act}", "note")
        .replace("{date}", "2026-11-24")
        .replace("{secret}", &"0".repeat(40))
        .replace("{file}", "visits.csv")
        .replace("{*rest}", "nothing")
}

fn methods_of(method: &str) -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(move |it| it.1.contains(&method)).map(|it| it.0)
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A browser of somebody who may do everything. Some of what is sent signs her out.
struct Desk<'a> {
    server: &'a Server,
    officer: Officer,
    number: String,
    id: String,
}

impl<'a> Desk<'a> {
    async fn new(server: &'a Server) -> Self {
        let number = Asked::confirmed(server).await.number.as_str().to_owned();
        let her = AtTheDesk::signed_in(server, "kyoko", Role::Manager).await;
        Self { server, officer: Officer::parse(&her.id).unwrap(), number, id: her.id.clone() }
    }

    async fn send(&self, method: Method, path: &str, body: &str) {
        let cookie = staff::open_session(&self.server.state, &self.officer, "test").await.unwrap();
        let cookie = format!("desk={cookie}");
        let headers = [OWN, FORM, ("cookie", cookie.as_str())];
        let asked = request(method, path, &headers).map(|_| Body::from(body.to_owned()));
        ask(self.server, asked, body).await;
    }
}

#[tokio::test]
async fn every_form_of_the_desk_is_answered_in_bounded_time() {
    let server = Server::start();
    let desk = Desk::new(&server).await;
    let all = forms(&names("desk"));
    // Each form once at every address would take minutes: each address gets another choice of them, and all no form at all.
    let mut next = 0;
    for route in methods_of(POST).filter(|it| it.starts_with("/desk")) {
        let path = real(route, &desk.number, &desk.id);
        for at in 0..NO_FORMS.len() + 8 {
            let form =
                if at < NO_FORMS.len() { at } else { NO_FORMS.len() + next % (all.len() - NO_FORMS.len()) };
            next += usize::from(NO_FORMS.len() <= at);
            desk.send(Method::POST, &path, &all[form]).await;
        }
    }
}

#[tokio::test]
async fn every_act_on_a_request_reads_any_text_in_bounded_time() {
    let server = Server::start();
    let desk = Desk::new(&server).await;
    let acts = [
        "confirm",
        "assign",
        "decline",
        "withdraw",
        "word",
        "cancel",
        "cancel-office",
        "stop",
        "correct-held",
        "notified",
        "note",
        "identity",
        "doubles",
        "person",
        "attendants",
        "receipt-sheet",
        "legal-hold",
        "suspend",
        "lift",
        "review",
    ];
    let texts = [
        "meeting",
        "passcode",
        "reason",
        "name",
        "birth_date",
        "number",
        "note",
        "word_at",
        "ends",
        "language-0",
    ];
    for (at, act) in acts.iter().enumerate() {
        for (place, text) in texts.iter().enumerate() {
            let with = encoded(JUNK[(3 * at + place) % JUNK.len()]);
            let form = format!("version=2&start=2026-11-27T10:00&{text}={}", filled(&with, LENGTH - 60));
            desk.send(Method::POST, &format!("/desk/requests/{}/{act}", desk.number), &form).await;
        }
    }
    for (at, (path, text)) in [
        ("/desk/find", "q"),
        ("/desk/find", "number"),
        ("/desk/find", "name"),
        ("/desk/new", "name"),
        ("/desk/new", "birth_date"),
        ("/desk/new", "number"),
        ("/desk/new", "note-0"),
        ("/desk/records/disclosure", "numbers"),
        ("/desk/records/disclosure", "asked_by"),
        ("/desk/records/disclosure", "ground"),
        ("/desk/affected", "pick"),
        ("/desk/affected", "addition"),
        ("/desk/settings", "reason"),
    ]
    .into_iter()
    .enumerate()
    {
        for junk in 0..3 {
            let with = encoded(JUNK[(at + 5 * junk) % JUNK.len()]);
            desk.send(Method::POST, path, &format!("{text}={}", filled(&with, LENGTH - 40))).await;
        }
    }
}

#[tokio::test]
async fn every_page_of_the_way_without_script_is_made_in_bounded_time() {
    let server = Server::start();
    let forms = forms(&names("plain"));
    let mut next = 0;
    for route in methods_of(POST).filter(|it| !it.starts_with("/desk") && !it.starts_with("/api/")) {
        let path = real(route, "7K3M9QXD2", "1");
        for at in 0..NO_FORMS.len() + 10 {
            let form =
                if at < NO_FORMS.len() { at } else { NO_FORMS.len() + next % (forms.len() - NO_FORMS.len()) };
            next += usize::from(NO_FORMS.len() <= at);
            ask(
                &server,
                request(Method::POST, &path, &[FORM]).map(|_| Body::from(forms[form].clone())),
                &forms[form],
            )
            .await;
        }
    }
    let fields = [
        "person-name",
        "person-birth_date",
        "person-birth_date-year",
        "person-job_seeker_number",
        "wishes",
        "accepted",
        "attendants-0-note",
        "attendants-0-language",
        "attendants",
        "checklist-camera",
        "terms-sha256",
        "key",
        "about",
        "asked",
    ];
    for (at, step) in ["conditions", "consent", "check", "booking", "review"].into_iter().enumerate() {
        for (place, field) in fields.iter().enumerate() {
            let with = encoded(JUNK[(5 * at + place) % JUNK.len()]);
            let go = ["next", "back", "send", "wish", "raise 1", "day 2026-11-26"][(at + place) % 6];
            let form = format!("at={step}&go={go}&rows=5&{field}={}", filled(&with, LENGTH - 100));
            ask(&server, request(Method::POST, "/", &[FORM]).map(|_| Body::from(form.clone())), &form).await;
        }
    }
}

#[tokio::test]
async fn every_body_of_the_interface_is_read_in_bounded_time() {
    let server = Server::start();
    let headers = |key: &'static str| [("content-type", "application/json"), ("idempotency-key", key)];
    let key: &'static str = new_key().leak();
    let mut bodies: Vec<String> = NO_JSON.iter().map(|it| filled(it, LENGTH)).collect();
    bodies.push(format!("\"{}\"", filled("\\u3042", LENGTH - 2)));
    let members: Vec<_> = (0..5000).map(|it| format!("\"a{it}\":0,")).collect();
    bodies.push(format!("{{{}", members.concat()));
    // Every text of a request, and every list of it, as long as it can be.
    for (at, pointer) in [
        "/person/name",
        "/person/birth_date",
        "/person/job_seeker_number",
        "/wishes/0",
        "/attendants/0/note",
        "/attendants/0/language",
        "/attendants/0/kind",
        "/checklist/0/detail",
        "/checklist/0/id",
        "/language",
        "/terms/id",
        "/entered_at",
        "/eligibility/need",
        "/accepted_findings",
    ]
    .into_iter()
    .enumerate()
    {
        for junk in 0..4 {
            let mut long = body();
            let junk = JUNK[(at + 4 * junk) % JUNK.len()];
            let written = json!(junk).to_string().len();
            set(&mut long, pointer, json!(junk.repeat((LENGTH - 2500) / written)));
            bodies.push(long.to_string());
        }
    }
    for (pointer, item) in [
        ("/wishes", json!("2026-11-26T10:00:00+09:00")),
        ("/accepted_findings", json!("birth_date_over_90")),
        ("/attendants", json!({"kind": "interpreter", "count": 1})),
        ("/checklist", json!({"id": "camera", "outcome": "passed"})),
        ("/consents/acknowledged", json!("records")),
        ("/wishes", json!([])),
    ] {
        let mut long = body();
        let many = (LENGTH - 2500) / (item.to_string().len() + 1);
        set(&mut long, pointer, Value::Array(vec![item; many]));
        bodies.push(long.to_string());
    }
    let visit = json!({"tab": "a".repeat(60_000), "step": "check", "os": "linux", "browser": "firefox"});
    bodies.push(visit.to_string());
    let checks: Value =
        (0..3000).map(|it| (format!("c{it}"), json!("passed"))).collect::<serde_json::Map<_, _>>().into();
    bodies.push(json!({"step": "check", "os": "linux", "browser": "firefox", "checks": checks}).to_string());
    for body in &bodies {
        assert!(body.len() <= LENGTH, "{:.60}: {}", body, body.len());
        for route in methods_of(POST).filter(|it| it.starts_with("/api/")) {
            ask(&server, request(Method::POST, route, &headers(key)).map(|_| Body::from(body.clone())), body)
                .await;
        }
    }
}

#[tokio::test]
async fn every_address_is_read_in_bounded_time_with_any_query_any_part_and_any_header() {
    let server = Server::start();
    let desk = Desk::new(&server).await;
    let cookie = staff::open_session(&server.state, &desk.officer, "test").await.unwrap();
    let cookie = format!("desk={cookie}");
    let part = filled("%E3%81%82", HEAD);
    for (at, (route, _)) in TABLE.iter().enumerate() {
        let path = real(route, &desk.number, &desk.id);
        let mut paths =
            vec![format!("{path}?{}", filled("a=b&", HEAD)), format!("{path}?{}", filled("%", HEAD))];
        for name in ["page", "from", "bytes", "weeks", "q", "number", "subject", "day", "next", "lang"] {
            let with =
                ["%E3%81%82", "2026-11-26", "1", ",", "https://a.example/", "%00", "/desk", "a.b"][at % 8];
            paths.push(format!("{path}?{name}={}", filled(with, HEAD)));
        }
        if let Some((before, rest)) = route.split_once('{') {
            let after = rest.split_once('}').map_or("", |it| it.1);
            paths.push(real(&format!("{before}{part}{after}"), &desk.number, &desk.id));
            paths.push(real(&format!("{before}{}{after}", filled("0", HEAD)), &desk.number, &desk.id));
        }
        for path in paths {
            ask(&server, request(Method::GET, &path, &[("cookie", &cookie)]), "").await;
        }
        let headers = [
            "accept-language",
            "if-none-match",
            "accept-encoding",
            "cookie",
            "authorization",
            "accept",
            "origin",
        ];
        for (place, name) in headers.into_iter().enumerate() {
            for list in [LISTS[(at + place) % LISTS.len()], LISTS[(at + place + 3) % LISTS.len()]] {
                let long = filled(list, HEAD);
                ask(&server, request(Method::GET, &path, &[(name, &long)]), name).await;
            }
        }
    }
}

#[test]
fn every_address_that_is_routed_stands_in_the_table() {
    let mut routed = BTreeSet::new();
    for_all_sources(Path::new("src"), &mut |text| {
        let text: String = text.split_whitespace().collect();
        let found = text.split(".route(\"").skip(1).filter_map(|it| it.split('"').next());
        routed.extend(found.map(str::to_owned));
    });
    // Named by a constant in the code, as pages lead there.
    routed.insert("/desk/me/codes".to_owned());
    assert!(50 < routed.len());
    let is_known = |it: &String| TABLE.iter().any(|row| row.0 == it || row.0 == format!("/api/v1{it}"));
    let forgotten: Vec<_> = routed.iter().filter(|it| !is_known(it)).collect();
    assert!(forgotten.is_empty(), "who has tried {forgotten:?}?");
}
