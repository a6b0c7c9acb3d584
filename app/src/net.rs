//! The one module that fetches. Every call has a deadline, so that a black hole cannot hold anything.

use std::pin::Pin;

use precheck_shared::api::{Accepted, OfficeView, Problem, RequestView, SlotsView, TermsView};
use precheck_shared::texts::cut;
use precheck_shared::violation::Code;
use precheck_shared::wire::Wire;
use wasm_bindgen::JsValue;

use crate::browser::ticks;
use crate::js::{self, Waiting, get, once, settle, wait, window};

/// What came of a call.
pub(crate) enum Answer<T> {
    /// As hoped for.
    Good(T),
    /// The server says no, with one of the rulebook's codes.
    Refused(Box<Problem>),
    /// No answer, or one that is not the server's: try again, after as many seconds as it asks for.
    Missing(Option<u32>),
}

/// What came back, read to its end.
struct Raw {
    status: u32,
    body: String,
    retry_after: Option<u32>,
}

/// A call on its way; `None` where nothing came back. Boxed, so that whatever is asked for is waited for by the same code.
type Coming = Pin<Box<dyn Future<Output = Option<Raw>>>>;

/// Where the server is.
pub(crate) struct Server {
    /// `https://…/api/v1`
    pub(crate) api: String,
    /// `https://…/embed/v1/`
    pub(crate) assets: String,
    /// `https://…/`, our own page, which receipts link to.
    pub(crate) page: String,
}

/// A measurement of the line.
pub(crate) enum Probe {
    Latency,
    /// So many bytes.
    Download(u32),
    Upload(JsValue),
}

const DEADLINE_MILLIS: u32 = 15_000;

impl Server {
    /// The office, by a request that the loader has started already.
    pub(crate) async fn office(&self, started: Option<JsValue>) -> Answer<OfficeView> {
        let early = settle(started).await.filter(|it| get(it, "bodyUsed").is_some_and(|it| it.is_falsy()));
        match read(early).await {
            None => judge(self.get("/office", None).await),
            early => judge(early),
        }
    }

    pub(crate) async fn terms(&self, id: &str) -> Answer<TermsView> {
        judge(self.get(&["/terms/", id].concat(), None).await)
    }

    pub(crate) async fn slots(&self) -> Answer<SlotsView> {
        judge(self.get("/slots", None).await)
    }

    pub(crate) async fn request(&self, number: &str, code: &str) -> Answer<RequestView> {
        judge(self.get(&["/requests/", number].concat(), Some(code)).await)
    }

    /// Sends a request. Repeating it with the same key and bytes is safe.
    pub(crate) async fn submit(&self, key: &str, body: &str) -> Answer<Accepted> {
        let headers =
            js::object(&[("content-type", "application/json".into()), ("idempotency-key", key.into())]);
        let raw = call([&self.api, "/requests"].concat(), headers, Some(body.into())).await;
        // Only a 201 delivers: any other good status is not the server's.
        judge(raw.filter(|it| it.status == 201 || 400 <= it.status))
    }

    /// One exchange with the probes: how many milliseconds it took, and whether it ended in time. `None` where it broke off, or
    /// something else than our server answered.
    pub(crate) async fn probe(
        &self,
        probe: Probe,
        within_millis: u32,
        abort: JsValue,
    ) -> Option<(u32, bool)> {
        let (path, body, expected) = match probe {
            Probe::Latency => ("latency".to_owned(), None, Some(0)),
            Probe::Download(size) => (["download?bytes=", &size.to_string()].concat(), None, Some(size)),
            Probe::Upload(body) => ("upload".to_owned(), Some(body), None),
        };
        let since = ticks();
        let answer =
            ask([&self.api, "/probe/", &path].concat(), js::object(&[]), body, within_millis, abort).await;
        let length = match answer.filter(|it| get(it, "ok").is_some_and(|it| it.is_truthy())) {
            Some(answer) => {
                wait(&answer, "arrayBuffer", &[]).await.map(|it| js::get_count(&it, "byteLength"))
            }
            None => None,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast that saturates")]
        let millis = (ticks() - since) as u32;
        match length {
            // What acknowledges an upload is short.
            Some(length) => (expected.map_or(length < 64, |it| it == length)).then_some((millis, true)),
            // Clocks of browsers are coarse on purpose: one that ran out of time may seem to have had a little left.
            None => (within_millis <= millis + 50).then_some((millis, false)),
        }
    }

    /// The words of another language.
    pub(crate) async fn texts(&self, file: &str) -> Option<String> {
        let raw = call([&self.assets, file].concat(), js::object(&[]), None).await?;
        (raw.status == 200).then_some(raw.body)
    }

    fn get(&self, path: &str, code: Option<&str>) -> Coming {
        let headers = js::object(&[]);
        if let Some(code) = code {
            js::set(&headers, "authorization", &["Bearer ", code].concat().into());
        }
        call([&self.api, path].concat(), headers, None)
    }
}

/// Delivered only on valid JSON, refused only on a problem document with a code of the rulebook; anything else (a
/// captive portal, a page of a proxy, a failing server) is no answer.
fn judge<T: Wire>(raw: Option<Raw>) -> Answer<T> {
    let Some(raw) = raw else { return Answer::Missing(None) };
    if (200..300).contains(&raw.status) {
        return crate::json::read(&raw.body).map_or(Answer::Missing(None), Answer::Good);
    }
    // A time-out and a failing server are no verdict, whatever they write.
    match refusal(&raw.body).filter(|_| raw.status != 408 && raw.status < 500) {
        Some(problem) => Answer::Refused(Box::new(problem)),
        None => Answer::Missing(raw.retry_after),
    }
}

fn refusal(body: &str) -> Option<Problem> {
    let problem = crate::json::read::<Problem>(body)?;
    let code = Code::parse(&problem.code)?;
    let temporary = matches!(code, Code::KeyInProgress | Code::RateLimited | Code::Unavailable);
    (!temporary).then_some(problem)
}

fn call(url: String, headers: JsValue, body: Option<JsValue>) -> Coming {
    Box::pin(async move {
        let abort = js::make(&window(), "AbortController", &[])?;
        read(ask(url, headers, body, DEADLINE_MILLIS, abort).await).await
    })
}

/// Asks by GET, or by POST where there is a body, and breaks off when the time is over.
fn ask(url: String, headers: JsValue, body: Option<JsValue>, within_millis: u32, abort: JsValue) -> Waiting {
    let signal = get(&abort, "signal").unwrap_or_default();
    let deadline = once(move || {
        js::call(&abort, "abort", &[]);
    });
    // Where the answer has come by then, there is nothing left to abort.
    js::call(&window(), "setTimeout", &[deadline, within_millis.into()]);
    // The server's clock comes with the answer: a stored one would be wrong.
    let cache = if cut(&url, "/api/").is_some() { "no-store" } else { "default" };
    let request = js::object(&[
        ("method", if body.is_some() { "POST" } else { "GET" }.into()),
        ("headers", headers),
        ("signal", signal),
        ("cache", cache.into()),
    ]);
    if let Some(body) = body {
        js::set(&request, "body", &body);
    }
    wait(&window(), "fetch", &[url.into(), request])
}

fn read(response: Option<JsValue>) -> Coming {
    Box::pin(async move {
        let response = response?;
        let body = wait(&response, "text", &[]).await?.as_string()?;
        let retry_after = js::call(&get(&response, "headers")?, "get", &["retry-after".into()]);
        let retry_after = retry_after.and_then(|it| it.as_string()?.parse().ok());
        let status = js::get_count(&response, "status");
        Some(Raw { status, body, retry_after })
    })
}
