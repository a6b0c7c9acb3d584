//! Somebody between browser and server who understands what is said: counts the requests for a booking, loses the answers to
//! them, holds them up, or answers in the server's place; and has files of an earlier release, as a cache has. Everything else is
//! passed on as it is.
//!
//! The page is opened through it. It ends with the value that holds it.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Duration, Instant, timeout};

/// What becomes of a request for a booking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Manner {
    /// It is passed on, and so is the answer.
    Honest,
    /// It is passed on and answered; the answer never arrives.
    LosesAnswers,
    /// It is held until the manner is another one.
    Holds,
    /// It is answered here, with these bytes, and never seen by the server.
    Answers(String),
}

/// How the widget's module arrives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Module {
    /// As the server sends it.
    Whole,
    /// It is held until it is another one.
    Held,
    /// A part of it, then the line is cut.
    Cut,
    /// Not at all: a filter has words of its own.
    Refused,
    /// Whole, under another content type; under none where that is empty.
    As(&'static str),
}

/// What has been seen so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// Requests for a booking that came in: their keys, and when.
    pub(crate) keys: Vec<(String, Instant)>,
    /// Those that are here now.
    pub(crate) present: usize,
    /// The most that were here at the same time.
    pub(crate) most: usize,
    /// Answers of the server that were lost on the way.
    pub(crate) lost: Vec<String>,
}

pub(crate) struct Relay {
    port: u16,
    state: Arc<State>,
    accepting: AbortHandle,
}

struct State {
    server: u16,
    manner: watch::Sender<Manner>,
    module: watch::Sender<Module>,
    seen: watch::Sender<Seen>,
    /// What is answered here, by path: whole answers.
    cached: Mutex<HashMap<String, Vec<u8>>>,
    /// The path of each file that was not.
    asked: Mutex<Vec<String>>,
}

/// How long a person waits before she calls it broken.
const PATIENCE: Duration = Duration::from_secs(20);

impl Relay {
    /// An honest one to a server on this machine.
    pub(crate) async fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for a relay")?;
        let port = listener.local_addr()?.port();
        let manner = watch::Sender::new(Manner::Honest);
        let module = watch::Sender::new(Module::Whole);
        let seen = watch::Sender::new(Seen::default());
        let (cached, asked) = (Mutex::default(), Mutex::default());
        let state = Arc::new(State { server, manner, module, seen, cached, asked });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&state))).abort_handle();
        Ok(Self { port, state, accepting })
    }

    /// The address of a page at the other end.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Treats requests otherwise from now on, those that it holds too.
    pub(crate) fn becomes(&self, manner: Manner) {
        self.state.manner.send_replace(manner);
    }

    /// Lets the widget's module arrive otherwise from now on, one that it holds too.
    pub(crate) fn brings(&self, module: Module) {
        self.state.module.send_replace(module);
    }

    pub(crate) fn seen(&self) -> Seen {
        self.state.seen.borrow().clone()
    }

    /// Answers here at a path from now on, as a cache does that has the file from before; under another query it has not.
    pub(crate) fn has(&self, path: &str, content_type: &str, encoding: Option<&str>, content: &[u8]) {
        let encoding = encoding.map_or_else(String::new, |it| format!("Content-Encoding: {it}\r\n"));
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{encoding}Cache-Control: no-store\r\n\
             Access-Control-Allow-Origin: *\r\nCross-Origin-Resource-Policy: cross-origin\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            content.len()
        );
        locked(&self.state.cached).insert(path.to_owned(), [head.as_bytes(), content].concat());
    }

    /// Has nothing any more.
    pub(crate) fn has_nothing(&self) {
        locked(&self.state.cached).clear();
    }

    /// The paths, with their queries, that the server was asked for since this was asked last.
    pub(crate) fn was_asked_for(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.state.asked))
    }

    /// Waits until so many requests for a booking have come in since the beginning.
    pub(crate) async fn sees(&self, count: usize) -> Result<()> {
        let mut seen = self.state.seen.subscribe();
        let came = timeout(PATIENCE, seen.wait_for(|it| count <= it.keys.len())).await;
        ensure!(came.is_ok(), "{count} requests for a booking never came: {:?}", self.seen());
        Ok(())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// An answer that is no problem document and no acceptance.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Manner {
    Manner::Answers(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((browser, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        // A browser that has gone already does not mind.
        tokio::spawn(async move { drop(pass(browser, &state).await) });
    }
}

/// One request and its answer; the connection ends with it.
async fn pass(mut browser: TcpStream, state: &State) -> io::Result<()> {
    let Some(request) = Request::read(&mut browser).await? else { return Ok(()) };
    let cached = locked(&state.cached).get(&request.path).cloned();
    if let Some(answer) = cached {
        browser.write_all(&answer).await?;
        return browser.shutdown().await;
    }
    locked(&state.asked).push(request.path.clone());
    if request.path.starts_with("/embed/v1/precheck-") {
        return bring(&request, state, &mut browser).await;
    }
    let Some(key) = request.key.clone() else { return relay(&request, state, &mut browser).await };
    state.seen.send_modify(|it| {
        it.keys.push((key, Instant::now()));
        it.present += 1;
        it.most = it.most.max(it.present);
    });
    let outcome = treat(&request, state, &mut browser).await;
    state.seen.send_modify(|it| it.present -= 1);
    outcome
}

async fn treat(request: &Request, state: &State, browser: &mut TcpStream) -> io::Result<()> {
    let mut manner = state.manner.subscribe();
    let mut gone = [0; 1];
    let manner = tokio::select! {
        manner = manner.wait_for(|it| *it != Manner::Holds) => manner.map_or(Manner::Honest, |it| it.clone()),
        // A browser says nothing more on this connection, but it may give up.
        _ = browser.read(&mut gone) => return Ok(()),
    };
    match manner {
        Manner::Answers(answer) => {
            browser.write_all(answer.as_bytes()).await?;
            browser.shutdown().await
        }
        Manner::LosesAnswers => {
            let answer = ask(request, state.server).await?;
            if !answer.starts_with(b"HTTP/1.1 201 ") {
                return Err(io::Error::other("nothing was committed that could be lost"));
            }
            let lost = String::from_utf8_lossy(&answer).into_owned();
            state.seen.send_modify(|it| it.lost.push(lost));
            browser.set_zero_linger()
        }
        Manner::Honest | Manner::Holds => relay(request, state, browser).await,
    }
}

/// The widget's module, as it arrives now.
async fn bring(request: &Request, state: &State, browser: &mut TcpStream) -> io::Result<()> {
    let mut module = state.module.subscribe();
    let module = module.wait_for(|it| *it != Module::Held).await.map_or(Module::Whole, |it| it.clone());
    let mut answer = ask(request, state.server).await?;
    match module {
        Module::Whole | Module::Held => browser.write_all(&answer).await?,
        Module::Cut => {
            browser.write_all(&answer[..answer.len() / 2]).await?;
            return browser.set_zero_linger();
        }
        Module::Refused => {
            let told = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
            browser.write_all(told.as_bytes()).await?;
        }
        Module::As(kind) => {
            let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap_or_default();
            let body = answer.split_off(end);
            let head = String::from_utf8_lossy(&answer).into_owned();
            let lines = head.split("\r\n").filter(|it| !it.to_ascii_lowercase().starts_with("content-type:"));
            let mut head = lines.collect::<Vec<_>>().join("\r\n");
            if !kind.is_empty() {
                head = format!("{head}\r\nContent-Type: {kind}");
            }
            browser.write_all(&[head.as_bytes(), &body].concat()).await?;
        }
    }
    browser.shutdown().await
}

async fn relay(request: &Request, state: &State, browser: &mut TcpStream) -> io::Result<()> {
    match ask(request, state.server).await {
        Ok(answer) => {
            browser.write_all(&answer).await?;
            browser.shutdown().await
        }
        // Torn, as it was there.
        Err(_) => browser.set_zero_linger(),
    }
}

/// The server's whole answer.
async fn ask(request: &Request, server: u16) -> io::Result<Vec<u8>> {
    let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await?;
    far.write_all(&request.bytes).await?;
    let mut answer = Vec::new();
    far.read_to_end(&mut answer).await?;
    if answer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
}

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Request {
    /// With its query.
    path: String,
    /// To be sent on: the same, but for the connection, which ends with it.
    bytes: Vec<u8>,
    /// The key of a request for a booking.
    key: Option<String>,
}

impl Request {
    /// `None` where the browser has opened the connection ahead of time and does not need it.
    async fn read(browser: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut read = Vec::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|it| it == b"\r\n\r\n") {
                break at;
            }
            if browser.read_buf(&mut read).await? == 0 {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let header = |name: &str| {
            let lines = head.lines().skip(1).filter_map(|it| it.split_once(':'));
            lines.filter(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1.trim().to_owned()).next()
        };
        let length = header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let mut body = read.split_off(end + 4);
        while body.len() < length {
            if browser.read_buf(&mut body).await? == 0 {
                return Ok(None);
            }
        }
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let is_booking = head.starts_with("POST /api/v1/requests ");
        let key = header("idempotency-key").filter(|_| is_booking);
        let lines = head.lines().filter(|it| !it.to_ascii_lowercase().starts_with("connection:"));
        let head = lines.collect::<Vec<_>>().join("\r\n") + "\r\nConnection: close\r\n\r\n";
        Ok(Some(Self { path, bytes: [head.as_bytes(), &body].concat(), key }))
    }
}
