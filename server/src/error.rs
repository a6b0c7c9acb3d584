//! Every refusal of the API, and the problem document (RFC 9457) that it becomes.
//!
//! Handlers return an [`ApiError`]; one match says status and code. The words are chosen by `frame`, which knows
//! the client's language; there it is also logged, once, without anything a person entered.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use precheck_shared::api::{Problem, TermsVersion, ViolationView, office_setting};
use precheck_shared::texts::Texts;
use precheck_shared::violation::{Code, Grade, Violation};

use crate::log_once::Folded;
use crate::store::StoreError;
use crate::vault::NotOpened;

/// Why a request is refused.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// The request cannot be read; the text says where.
    Malformed(String),
    /// Items that have no code of their own cannot be read; never empty.
    Unreadable(Vec<Place>),
    /// Another method is meant.
    MethodNotAllowed,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is longer than any that is meant.
    TooLong {
        /// The longest, in bytes.
        most: usize,
    },
    /// The body is not said to be plain JSON.
    NotJson,
    /// No readable idempotency key.
    KeyMissing,
    /// The first sending with this key is not decided yet.
    KeyInProgress,
    /// The key belongs to another request.
    KeyReused,
    /// The booking was changed since the officer looked at it.
    StaleVersion,
    /// Unknown, or not for whoever asks.
    NotFound,
    /// The browser says that a page of somebody else asks.
    ForeignPage,
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
    /// As many as can be served at a time are being served.
    Busy,
    /// Not now; the text is for the log.
    Unavailable(String),
    /// Not to be relied on now; the text says why, to whoever asks.
    NotReady(String),
}

/// An item of a request that cannot be read.
#[derive(Debug, Clone)]
pub struct Place {
    /// JSON pointer into the request.
    pub pointer: String,
    /// What is expected there, for an engineer.
    pub why: &'static str,
}

/// An error with the language of the request's own body, if it named one.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) error: ApiError,
    pub(crate) texts: Option<&'static Texts>,
}

/// Seconds after which a client may try an unavailable server again.
const COME_BACK: u64 = 2;

/// Seconds after which the first sending of a request is decided: a commit takes milliseconds.
const DECIDED: u64 = 1;

/// What many requests meet is told once a minute.
static UNAVAILABLE: Folded = Folded::new();

impl ApiError {
    /// The stable code.
    pub fn code(&self) -> Code {
        self.kind().1
    }

    /// Status and code.
    pub(crate) fn kind(&self) -> (StatusCode, Code) {
        let own_status = |status, code| (status, code);
        let usual =
            |code: Code| (StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST), code);
        match self {
            Self::Malformed(_) | Self::Unreadable(_) => usual(Code::Malformed),
            Self::MethodNotAllowed => own_status(StatusCode::METHOD_NOT_ALLOWED, Code::Malformed),
            Self::TooSlow => own_status(StatusCode::REQUEST_TIMEOUT, Code::Malformed),
            Self::TooLong { .. } => own_status(StatusCode::PAYLOAD_TOO_LARGE, Code::Malformed),
            Self::NotJson => own_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Malformed),
            Self::KeyMissing => usual(Code::KeyMissing),
            Self::KeyInProgress => usual(Code::KeyInProgress),
            Self::KeyReused => usual(Code::KeyReused),
            Self::StaleVersion => usual(Code::StaleVersion),
            Self::NotFound => usual(Code::NotFound),
            Self::ForeignPage => usual(Code::NotAllowed),
            Self::Refused { violations, .. } => {
                usual(violations.first().map_or(Code::Malformed, |it| it.code))
            }
            Self::RateLimited { .. } => usual(Code::RateLimited),
            Self::Busy | Self::Unavailable(_) | Self::NotReady(_) => usual(Code::Unavailable),
        }
    }

    /// What an engineer needs beyond the words for people; never a value that someone entered.
    fn place(&self) -> Option<Cow<'_, str>> {
        let fixed = match self {
            Self::Malformed(place) | Self::NotReady(place) => place,
            Self::Unreadable(places) => {
                let all: Vec<_> = places.iter().map(|it| format!("{}: {}", it.pointer, it.why)).collect();
                return Some(all.join("; ").into());
            }
            Self::MethodNotAllowed => "the Allow header names the methods of this address",
            Self::TooSlow => "the body did not arrive in time",
            Self::TooLong { most } => return Some(format!("the body is longer than {most} bytes").into()),
            Self::NotJson => "Content-Type: application/json in UTF-8, without Content-Encoding, is expected",
            Self::KeyMissing => "Idempotency-Key: a UUID, bare or in double quotes",
            Self::ForeignPage => "our own pages may ask, and those of the origins in --allowed-origins",
            Self::Busy => "as many as can be served at a time are being served",
            _ => return None,
        };
        Some(fixed.into())
    }

    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { wait } => Some((*wait).max(1)),
            Self::KeyInProgress => Some(DECIDED),
            Self::Busy | Self::Unavailable(_) | Self::NotReady(_) => Some(COME_BACK),
            _ => None,
        }
    }

    pub(crate) fn log_once(&self) {
        let (status, code) = self.kind();
        if let Self::Unavailable(reason) = self {
            if let Some(left_out) = UNAVAILABLE.admit(reason) {
                tracing::error!(%status, code = code.as_str(), reason, left_out, "unavailable");
            }
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
            Self::Unreadable(places) => (places.iter().map(|it| unreadable_view(it, texts)).collect(), None),
            _ => (Vec::new(), None),
        };
        Problem {
            kind: format!("urn:online-counselling-precheck:problem:{}", code.as_str()),
            title: code.title(texts),
            status: status.as_u16(),
            detail: format!("{message} {cure}{place}"),
            code: code.as_str().to_owned(),
            basis: office_setting(clause.is_none()),
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
        basis: office_setting(clause.is_none()),
        clause,
        message: violation.message(texts),
        next: violation.cure(texts),
        grade: violation.grade().as_str().to_owned(),
    }
}

fn unreadable_view(place: &Place, texts: &Texts) -> ViolationView {
    let code = Code::Malformed;
    ViolationView {
        pointer: place.pointer.clone(),
        code: code.as_str().to_owned(),
        clause: None,
        basis: office_setting(true),
        message: format!("{} ({})", code.message(texts), place.why),
        next: code.cure(texts),
        grade: Grade::MustFix.as_str().to_owned(),
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::KeyInProgress => Self::KeyInProgress,
            // Told once, by whoever found it.
            StoreError::Ground(loss) => Self::NotReady(loss.to_string()),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<NotOpened> for ApiError {
    fn from(error: NotOpened) -> Self {
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
