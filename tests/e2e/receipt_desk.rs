//! An office that arranges: between page and server it answers for one receipt what a test says, with an entity tag as the server
//! gives it, and hands everything else on. It notes what was asked of it, so that a test sees how a page follows its request.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Duration, Instant, timeout};

/// The receipt's number and code; nobody's.
pub(crate) const NUMBER: &str = "7K3M-9QXD-2";
const CODE: &str = "0123456789ABCDEFGHJKMNPQRS";

/// The file for calendars that it gives out.
pub(crate) const CALENDAR: &str = "BEGIN:VCALENDAR\r\nSUMMARY:オンライン職業相談\r\nEND:VCALENDAR\r\n";
/// Its QR code: three modules.
pub(crate) const MODULES: &str = "M4 4h2v1h-2zM5 5h1v1h-1z";

/// How long a page may take to ask.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was asked of a receipt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// What lies below the receipt, empty for the receipt itself.
    pub(crate) part: String,
    /// `If-None-Match`
    pub(crate) tag: Option<String>,
    /// The status of the answer.
    pub(crate) status: u16,
    /// When it came.
    pub(crate) at: Instant,
}

/// It ends with the value that holds it.
pub(crate) struct Desk {
    port: u16,
    state: Arc<State>,
    accepting: AbortHandle,
}

struct State {
    /// The port of the server behind it.
    server: u16,
    /// The answer, or the status and the pause with which it has none.
    says: Mutex<Result<String, (u16, u32)>>,
    asked: watch::Sender<Vec<Asked>>,
    /// Something in front of it asks for a sign-in of its own: a bearer is none.
    proxied: AtomicBool,
}

impl Desk {
    /// One in front of a server, with a request that has just come in.
    pub(crate) async fn before(server: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for a desk")?;
        let port = listener.local_addr()?.port();
        let says = Mutex::new(Ok(request("requested", 1).to_string()));
        let proxied = AtomicBool::new(false);
        let state = Arc::new(State { server, says, asked: watch::Sender::default(), proxied });
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(answer(browser, Arc::clone(&shared)));
            }
        });
        Ok(Self { port, state, accepting: accepting.abort_handle() })
    }

    /// The address of a page.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The receipt's link.
    pub(crate) fn link(&self) -> String {
        self.address(&format!("/#/receipt/{}/{CODE}", NUMBER.replace('-', "")))
    }

    /// Says something else of the request from now on.
    pub(crate) fn says(&self, request: &Value) {
        *self.state.says.lock().unwrap_or_else(PoisonError::into_inner) = Ok(request.to_string());
    }

    /// Has no answer from now on, and asks for a pause of so many seconds.
    pub(crate) fn fails(&self, status: u16, retry_after: u32) {
        *self.state.says.lock().unwrap_or_else(PoisonError::into_inner) = Err((status, retry_after));
    }

    /// A proxy asks for its own sign-in from now on.
    pub(crate) fn stands_behind_a_proxy(&self) {
        self.state.proxied.store(true, Ordering::Relaxed);
    }

    /// What was asked of the receipt itself so far.
    pub(crate) fn looks(&self) -> Vec<Asked> {
        self.state.asked.borrow().iter().filter(|it| it.part.is_empty()).cloned().collect()
    }

    /// What was asked so far, parts of the receipt too.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.asked.borrow().clone()
    }

    /// Waits until the receipt has been looked at so many times in all.
    pub(crate) async fn is_looked_at(&self, times: usize) -> Result<Vec<Asked>> {
        let mut asked = self.state.asked.subscribe();
        let enough = |all: &Vec<Asked>| times <= all.iter().filter(|it| it.part.is_empty()).count();
        let came = timeout(PATIENCE, asked.wait_for(enough)).await.is_ok();
        ensure!(came, "looked at {} times and not {times}: {:#?}", self.looks().len(), self.asked());
        Ok(self.looks())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A request of Tuesday morning for Thursday, as the API tells it.
pub(crate) fn request(state: &str, version: u32) -> Value {
    json!({
        "reception_number": NUMBER,
        "state": state,
        "version": version,
        "received_at": "2026-11-24T08:30:00+09:00",
        "wishes": [{ "start": crate::applicant::THURSDAY, "code": null, "clause": null }],
        "appointment": null,
        "meeting": null,
        "cancel_channels": if state == "requested" { json!(["telephone", "mail"]) } else { json!([]) },
        "preparations": ["app_ready"],
        "terms": { "id": "otaru-2023-10-01", "sha256": "00" },
    })
}

/// The same once it is arranged for half an hour from a start on.
pub(crate) fn confirmed(version: u32, start: &str, end: &str, channels: &[&str]) -> Value {
    let mut request = request("confirmed", version);
    request["appointment"] = json!({ "start": start, "end": end });
    request["meeting"] = json!({
        "id": "123 4567 8901",
        "link": "https://us02web.zoom.us/j/12345678901?pwd=secret",
        "passcode": "aB3x9K",
    });
    request["cancel_channels"] = json!(channels);
    request
}

async fn answer(mut browser: TcpStream, state: Arc<State>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if browser.read(&mut byte).await? == 0 {
            return Ok(());
        }
        head.extend(byte);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default();
    let number = format!("/api/v1/requests/{}", NUMBER.replace('-', ""));
    let header = |name: &str| {
        let mut lines = text.lines().filter_map(|it| it.split_once(": "));
        lines.find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.to_owned())
    };
    let is_proxied = state.proxied.load(Ordering::Relaxed);
    if is_proxied && header("authorization").is_some_and(|it| it.starts_with("Bearer ")) {
        let refused = "HTTP/1.1 401 -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        browser.write_all(refused.as_bytes()).await?;
        return browser.shutdown().await;
    }
    let Some(part) = path.strip_prefix(&number) else {
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, state.server)).await?;
        // One exchange for each connection: what comes behind it may be for the desk.
        let head =
            text.replacen("\r\n", "\r\nConnection: close\r\n", 1).replace("Connection: keep-alive\r\n", "");
        server.write_all(head.as_bytes()).await?;
        copy_bidirectional(&mut browser, &mut server).await?;
        return Ok(());
    };
    let tag = header("if-none-match");
    let has_code = if is_proxied {
        header("precheck-receipt-code").as_deref() == Some(CODE)
    } else {
        header("authorization") == Some(format!("Bearer {CODE}"))
    };
    let (status, headers, body) =
        if has_code { state.answer(part, tag.as_deref()) } else { (404, String::new(), String::new()) };
    // Told before it is answered: a test that sees the answer on the screen finds it noted.
    state.asked.send_modify(|it| it.push(Asked { part: part.to_owned(), tag, status, at: Instant::now() }));
    let length = if status == 304 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} -\r\n{headers}{length}Connection: close\r\n\r\n");
    browser.write_all(head.as_bytes()).await?;
    browser.write_all(body.as_bytes()).await?;
    browser.shutdown().await
}

impl State {
    /// Status, headers and content.
    fn answer(&self, part: &str, tag: Option<&str>) -> (u16, String, String) {
        let says = self.says.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let body = match says {
            Ok(body) => body,
            Err((status, pause)) => return (status, format!("Retry-After: {pause}\r\n"), String::new()),
        };
        match part {
            "" => {
                let mut hash = std::hash::DefaultHasher::new();
                std::hash::Hash::hash(&body, &mut hash);
                let present = format!("\"{:x}\"", std::hash::Hasher::finish(&hash));
                // As an intermediate store would like it, to be found out if the page lets it.
                let headers = format!(
                    "Content-Type: application/json\r\nETag: {present}\r\nCache-Control: max-age=600\r\n"
                );
                if tag == Some(&present) { (304, headers, String::new()) } else { (200, headers, body) }
            }
            "/appointment.ics" => (200, "Content-Type: text/calendar\r\n".to_owned(), CALENDAR.to_owned()),
            _ if part.starts_with("/qr?page=http%3A%2F%2F127.0.0.1%3A") => {
                let code = json!({ "size": 10, "path": MODULES });
                (200, "Content-Type: application/json\r\n".to_owned(), code.to_string())
            }
            _ => (404, String::new(), String::new()),
        }
    }
}
