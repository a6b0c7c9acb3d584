//! Every refusal of the API, and the problem document (RFC 9457) that it becomes.
//!
//! Handlers return an [`ApiError`]; one match says status and code. The words are chosen by `frame`, which knows
//! the client's language; there it is also logged, once, without anything a person entered.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use precheck_shared::api::{OFFICE_SETTING, Problem, TermsVersion, ViolationView};
use precheck_shared::texts::Texts;
use precheck_shared::violation::{Code, Violation};

use crate::store::StoreError;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// The request cannot be read; the text says where.
    Malformed(String),
    /// Another method is meant.
    MethodNotAllowed,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is longer than any request.
    TooLong,
    /// The body is not said to be JSON.
    NotJson,
    /// No readable idempotency key.
    KeyMissing,
    /// The key belongs to another request.
    KeyReused,
    /// Unknown, or not for whoever asks.
    NotFound,
    /// Rules of the office's terms; never empty.
    Refused {
        /// All of them.
        violations: Vec<Violation>,
        /// The version in force, where another one was agreed to.
        terms: Option<TermsVersion>,
    },
    /// Too many requests of one peer.
    RateLimited {
        /// Seconds to wait, at least 1.
        wait: u64,
    },
    /// Not now; the text is for the log.
    Unavailable(String),
}

/// An error with the language of the request's own body, if it named one.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) error: ApiError,
    pub(crate) texts: Option<&'static Texts>,
}

/// Seconds after which a client may try an unavailable server again.
const COME_BACK: u64 = 2;

impl ApiError {
    /// Status and code.
    pub(crate) fn kind(&self) -> (StatusCode, Code) {
        let own_status = |status, code| (status, code);
        let usual =
            |code: Code| (StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST), code);
        match self {
            Self::Malformed(_) => usual(Code::Malformed),
            Self::MethodNotAllowed => own_status(StatusCode::METHOD_NOT_ALLOWED, Code::Malformed),
            Self::TooSlow => own_status(StatusCode::REQUEST_TIMEOUT, Code::Malformed),
            Self::TooLong => own_status(StatusCode::PAYLOAD_TOO_LARGE, Code::Malformed),
            Self::NotJson => own_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Malformed),
            Self::KeyMissing => usual(Code::KeyMissing),
            Self::KeyReused => usual(Code::KeyReused),
            Self::NotFound => usual(Code::NotFound),
            Self::Refused { violations, .. } => {
                usual(violations.first().map_or(Code::Malformed, |it| it.code))
            }
            Self::RateLimited { .. } => usual(Code::RateLimited),
            Self::Unavailable(_) => usual(Code::Unavailable),
        }
    }

    /// What an engineer needs beyond the words for people; never a value that someone entered.
    fn place(&self) -> Option<&str> {
        match self {
            Self::Malformed(place) => Some(place),
            Self::MethodNotAllowed => Some("the Allow header names the methods of this address"),
            Self::TooSlow => Some("the body did not arrive in time"),
            Self::TooLong => Some("the body is longer than 64 KiB"),
            Self::NotJson => Some("Content-Type: application/json is expected"),
            Self::KeyMissing => Some("Idempotency-Key: a UUID, bare or in double quotes"),
            _ => None,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { wait } => Some((*wait).max(1)),
            Self::Unavailable(_) => Some(COME_BACK),
            _ => None,
        }
    }

    fn log_once(&self) {
        let (status, code) = self.kind();
        if let Self::Unavailable(reason) = self {
            tracing::error!(%status, code = code.as_str(), reason, "unavailable");
        } else {
            tracing::debug!(%status, code = code.as_str(), "refused");
        }
    }

    fn problem(&self, texts: &Texts) -> Problem {
        let (status, code) = self.kind();
        let first = match self {
            Self::Refused { violations, .. } => violations.first(),
            _ => None,
        };
        let clause = first.and_then(|it| it.clause).map(|it| it.to_string());
        let (message, cure) = match first {
            Some(violation) => (violation.message(texts), violation.cure(texts)),
            None => (code.message(texts), code.cure(texts)),
        };
        let place = self.place().map(|it| format!(" ({it})")).unwrap_or_default();
        let (violations, terms) = match self {
            Self::Refused { violations, terms } => {
                (violations.iter().map(|it| violation_view(it, texts)).collect(), terms.clone())
            }
            _ => (Vec::new(), None),
        };
        Problem {
            kind: format!("urn:online-counselling-precheck:problem:{}", code.as_str()),
            title: code.title(texts),
            status: status.as_u16(),
            detail: format!("{message} {cure}{place}"),
            code: code.as_str().to_owned(),
            basis: basis(clause.as_ref()),
            clause,
            violations,
            terms,
        }
    }
}

impl Refusal {
    /// Puts the document into the response that carried the refusal; headers that are already there stay.
    pub(crate) fn tell(self, response: &mut Response, client: &'static Texts) {
        self.error.log_once();
        let problem = self.error.problem(self.texts.unwrap_or(client));
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        *response.status_mut() = self.error.kind().0;
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.error.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        *response.body_mut() = Body::from(body);
    }
}

fn violation_view(violation: &Violation, texts: &Texts) -> ViolationView {
    let clause = violation.clause.map(|it| it.to_string());
    ViolationView {
        pointer: violation.pointer.clone(),
        code: violation.code.as_str().to_owned(),
        basis: basis(clause.as_ref()),
        clause,
        message: violation.message(texts),
        next: violation.cure(texts),
        grade: violation.grade().as_str().to_owned(),
    }
}

fn basis(clause: Option<&String>) -> Option<String> {
    clause.is_none().then(|| OFFICE_SETTING.to_owned())
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<getrandom::Error> for ApiError {
    fn from(error: getrandom::Error) -> Self {
        Self::Unavailable(format!("no random bytes: {error}"))
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { error, texts: None }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        Refusal::from(self).into_response()
    }
}

/// Carried as an extension up to the frame.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.error.kind().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
