//! The one module that fetches. Every call has a deadline, so that a black hole cannot hold anything.

use std::pin::Pin;

use precheck_shared::api::{Accepted, OfficeView, Problem, RequestView, SlotsView, TermsView};
use precheck_shared::outbox::{self, Verdict, Voice};
use precheck_shared::texts::{cut, spelling};
use precheck_shared::wire::Wire;
use wasm_bindgen::JsValue;

use crate::browser::{self, abort_within, ticks};
use crate::js::{self, Waiting, get, settle, wait, window};

/// What came of a call.
pub(crate) enum Answer<T> {
    /// As hoped for.
    Good(T),
    /// The server says no, with one of the rulebook's codes.
    Refused,
    /// No answer, or one that is not the server's: try again, after as many seconds as it asks for.
    Missing(Option<u32>),
}

/// What came of a sending.
pub(crate) struct Told {
    pub(crate) verdict: Verdict,
    /// Who has answered.
    pub(crate) voice: Voice,
    pub(crate) accepted: Option<Accepted>,
    pub(crate) problem: Option<Problem>,
}

/// What came back, read to its end.
#[derive(Default)]
pub(crate) struct Raw {
    status: u16,
    body: String,
    retry_after: Option<u32>,
    /// Its entity tag.
    tag: Option<String>,
}

/// A call on its way; `None` where nothing came back. Boxed, so that whatever is asked for is waited for by the same code.
pub(crate) type Coming = Pin<Box<dyn Future<Output = Option<Raw>>>>;

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
            None => judge(self.get("/office", "", "").await),
            early => judge(early),
        }
    }

    pub(crate) async fn terms(&self, id: &str) -> Answer<TermsView> {
        judge(self.get(&["/terms/", id].concat(), "", "").await)
    }

    pub(crate) async fn slots(&self) -> Answer<SlotsView> {
        judge(self.get("/slots", "", "").await)
    }

    /// Asks for a receipt, or for a part of it: `/appointment.ics`, `/qr?page=…`. `tag` is the one of what is known already.
    pub(crate) fn receipt(&self, number: &str, code: &str, part: &str, tag: &str) -> Coming {
        self.get(&["/requests/", number, part].concat(), code, tag)
    }

    /// Sends a request. Repeating it with the same key and bytes is safe.
    pub(crate) async fn submit(&self, key: &str, body: &str) -> Told {
        let headers =
            js::object(&[("content-type", "application/json".into()), ("idempotency-key", key.into())]);
        let raw = call([&self.api, "/requests"].concat(), headers, Some(body.into())).await;
        let raw = raw.unwrap_or_default();
        let accepted = crate::json::read::<Accepted>(&raw.body);
        let problem = crate::json::read::<Problem>(&raw.body);
        let code = problem.as_ref().map(|it| it.code.as_str());
        let verdict = outbox::classify(raw.status, accepted.is_some(), code, raw.retry_after);
        let voice = outbox::voice(raw.status, accepted.is_some(), code);
        Told { verdict, voice, accepted, problem }
    }

    /// Sends the record of a visit. Nobody waits for an answer, and nothing is lost without one.
    pub(crate) fn record(&self, report: &str) {
        let to = [&self.api, "/visits"].concat();
        js::call(&browser::navigator(), "sendBeacon", &[to.into(), report.into()]);
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
        let abort = js::make(&window(), "AbortController", &[])?;
        let answer =
            ask([&self.assets, file].concat(), js::object(&[]), None, DEADLINE_MILLIS, abort).await?;
        get(&answer, "ok").filter(JsValue::is_truthy)?;
        let spelled = js_sys::Uint8Array::new(&wait(&answer, "arrayBuffer", &[]).await?);
        Some(spelling::read(&spelled.to_vec()))
    }

    /// Asks by GET, with a receipt's code and the tag of what is known already, where there are any.
    ///
    /// A proxy that asks for a sign-in of its own has that in the header where the code stands by right, and answers 401 in our place:
    /// it is asked once more, with the code in another one.
    fn get(&self, path: &str, code: &str, tag: &str) -> Coming {
        let address = [&self.api, path].concat();
        let headers = |name: &str, value: String| {
            let headers = js::object(&[]);
            if !code.is_empty() {
                js::set(&headers, name, &value.into());
            }
            if !tag.is_empty() {
                js::set(&headers, "if-none-match", &tag.into());
            }
            headers
        };
        let first = call(address.clone(), headers("authorization", ["Bearer ", code].concat()), None);
        if code.is_empty() {
            return first;
        }
        let other = headers("precheck-receipt-code", code.to_owned());
        Box::pin(async move {
            match first.await {
                Some(Raw { status: 401, .. }) => call(address, other, None).await,
                answer => answer,
            }
        })
    }
}

/// What was asked for, where it came.
pub(crate) fn content(raw: Option<Raw>) -> Option<String> {
    raw.filter(|it| it.status == 200).map(|it| it.body)
}

/// How a request stands; `None` where it still stands as its tag says, and a new tag where it does not.
pub(crate) fn standing(mut raw: Option<Raw>, tag: &mut String) -> Option<Answer<RequestView>> {
    if raw.as_ref().is_some_and(|it| it.status == 304) && !tag.is_empty() {
        return None;
    }
    let new = raw.as_mut().and_then(|it| it.tag.take());
    let answer = judge(raw);
    if let Answer::Good(_) = answer {
        *tag = new.unwrap_or_default();
    }
    Some(answer)
}

/// Delivered only on valid JSON, refused only on a problem document with a code of the rulebook; anything else (a
/// captive portal, a page of a proxy, a failing server) is no answer.
fn judge<T: Wire>(raw: Option<Raw>) -> Answer<T> {
    let Some(raw) = raw else { return Answer::Missing(None) };
    if (200..300).contains(&raw.status) {
        return crate::json::read(&raw.body).map_or(Answer::Missing(None), Answer::Good);
    }
    let problem = crate::json::read::<Problem>(&raw.body);
    match problem.and_then(|it| outbox::refusal(raw.status, Some(&it.code))) {
        Some(_) => Answer::Refused,
        None => Answer::Missing(raw.retry_after),
    }
}

fn call(url: String, headers: JsValue, body: Option<JsValue>) -> Coming {
    Box::pin(async move {
        let abort = js::make(&window(), "AbortController", &[])?;
        read(ask(url, headers, body, DEADLINE_MILLIS, abort).await).await
    })
}

/// Asks by GET, or by POST where there is a body, and breaks off when the time is over.
fn ask(url: String, headers: JsValue, body: Option<JsValue>, within_millis: u32, abort: JsValue) -> Waiting {
    let signal = abort_within(within_millis, abort);
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
        let headers = get(&response, "headers")?;
        let header = |name: &str| js::call(&headers, "get", &[name.into()]).and_then(|it| it.as_string());
        let retry_after = header("retry-after").and_then(|it| it.parse().ok());
        let status = u16::try_from(js::get_count(&response, "status")).unwrap_or_default();
        Some(Raw { status, body, retry_after, tag: header("etag") })
    })
}
