//! The one module that fetches. Every call has a deadline, so that a black hole cannot hold anything.

use leptos::prelude::window;
use precheck_shared::api::{Accepted, OfficeView, Problem, RequestView, SlotsView, TermsView};
use precheck_shared::violation::Code;
use precheck_shared::wire::Wire;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestCache, RequestInit, Response};

/// What came of a call.
pub(crate) enum Answer<T> {
    /// As hoped for.
    Good(T),
    /// The server says no, with one of the rulebook's codes.
    Refused(Problem),
    /// No answer, or one that is not the server's: try again, after as many seconds as it asks for.
    NoAnswer(Option<u32>),
}

/// What came back, read to its end.
struct Raw {
    status: u16,
    body: String,
    retry_after: Option<u32>,
}

/// Where the server is.
#[derive(Clone)]
pub(crate) struct Server {
    /// `https://…/api/v1`
    pub(crate) api: String,
    /// `https://…/embed/v1/`
    pub(crate) assets: String,
    /// `https://…/`, our own page, which receipts link to.
    pub(crate) page: String,
}

const DEADLINE_MILLIS: u32 = 15_000;

impl Server {
    /// The office, by a request that the loader has started already.
    pub(crate) async fn office(&self, started: Option<js_sys::Promise>) -> Answer<OfficeView> {
        if let Some(promise) = started {
            let early = JsFuture::from(promise).await.ok().and_then(|it| it.dyn_into::<Response>().ok());
            if let Some(response) = early.filter(|it| !it.body_used()) {
                if let Some(raw) = read(&response).await {
                    return judge(raw);
                }
            }
        }
        self.get("/office", None).await
    }

    pub(crate) async fn terms(&self, id: &str) -> Answer<TermsView> {
        self.get(&format!("/terms/{id}"), None).await
    }

    pub(crate) async fn slots(&self) -> Answer<SlotsView> {
        self.get("/slots", None).await
    }

    pub(crate) async fn request(&self, number: &str, code: &str) -> Answer<RequestView> {
        self.get(&format!("/requests/{number}"), Some(code)).await
    }

    /// Sends a request. Repeating it with the same key and bytes is safe.
    pub(crate) async fn submit(&self, key: &str, body: &str) -> Answer<Accepted> {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        match call(&format!("{}/requests", self.api), "POST", &headers, Some(body)).await {
            // Only a 201 delivers: any other good status is not the server's.
            Some(raw) if raw.status == 200 || 201 < raw.status && raw.status < 400 => Answer::NoAnswer(None),
            Some(raw) => judge(raw),
            None => Answer::NoAnswer(None),
        }
    }

    /// The words of another language.
    pub(crate) async fn texts(&self, file: &str) -> Option<String> {
        let raw = call(&format!("{}{file}", self.assets), "GET", &[], None).await?;
        (raw.status == 200).then_some(raw.body)
    }

    async fn get<T: Wire>(&self, path: &str, code: Option<&str>) -> Answer<T> {
        let bearer = code.map(|it| format!("Bearer {it}"));
        let headers: Vec<_> = bearer.iter().map(|it| ("authorization", it.as_str())).collect();
        match call(&format!("{}{path}", self.api), "GET", &headers, None).await {
            Some(raw) => judge(raw),
            None => Answer::NoAnswer(None),
        }
    }
}

/// Delivered only on valid JSON, refused only on a problem document with a code of the rulebook; anything else (a
/// captive portal, a page of a proxy, a failing server) is no answer.
fn judge<T: Wire>(raw: Raw) -> Answer<T> {
    if (200..300).contains(&raw.status) {
        return crate::json::read(&raw.body).map_or(Answer::NoAnswer(None), Answer::Good);
    }
    let temporary = [Code::KeyInProgress, Code::RateLimited, Code::Unavailable].map(Code::as_str);
    match crate::json::read::<Problem>(&raw.body) {
        Some(problem)
            if Code::parse(&problem.code).is_some() && !temporary.contains(&problem.code.as_str()) =>
        {
            Answer::Refused(problem)
        }
        _ => Answer::NoAnswer(raw.retry_after),
    }
}

async fn call(url: &str, method: &str, headers: &[(&str, &str)], body: Option<&str>) -> Option<Raw> {
    let abort = AbortController::new().ok()?;
    let deadline = {
        let abort = abort.clone();
        gloo::timers::callback::Timeout::new(DEADLINE_MILLIS, move || abort.abort())
    };
    let all = Headers::new().ok()?;
    for (name, value) in headers {
        all.set(name, value).ok()?;
    }
    let request = RequestInit::new();
    request.set_method(method);
    request.set_headers(&all);
    request.set_signal(Some(&abort.signal()));
    // The server's clock comes with the answer: a stored one would be wrong.
    request.set_cache(if url.contains("/api/") { RequestCache::NoStore } else { RequestCache::Default });
    if let Some(body) = body {
        request.set_body(&JsValue::from_str(body));
    }
    let answer = JsFuture::from(window().fetch_with_str_and_init(url, &request)).await.ok()?;
    let raw = read(&answer.dyn_into().ok()?).await;
    drop(deadline);
    raw
}

async fn read(response: &Response) -> Option<Raw> {
    let body = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    let retry_after = response.headers().get("retry-after").ok().flatten().and_then(|it| it.parse().ok());
    Some(Raw { status: response.status(), body, retry_after })
}
