//! `POST /requests`: a request arrives.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use precheck_shared::api::{Accepted, Problem, SubmitRequest};
use uuid::Uuid;

use super::{IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, peer, read_body, request_body};
use crate::error::{ApiError, Refusal};
use crate::language;
use crate::limits::Limited;
use crate::service::{self, Answered, Submission};
use crate::state::AppState;

const JSON: &str = "application/json";

/// Article 4(1): accepts a booking request; safe to repeat with the same key.
#[utoipa::path(
    post, path = "/api/v1/requests", tag = "requests",
    params(("Idempotency-Key" = String, Header, pattern = r#"^"?[0-9A-Fa-f-]{32,36}"?$"#, description = "A UUID, bare or in double quotes; the same for every repetition of the same body")),
    request_body = SubmitRequest,
    responses(
        (status = 201, description = "Accepted; kept 14 days for repetitions", body = Accepted, headers(
            ("Location" = String, description = "The request"),
            ("Idempotent-Replayed" = Option<String>, description = "`true` where the request had been accepted before"),
        )),
        (status = 400, description = "`malformed`, `key_missing`", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "`malformed`: the body did not arrive in time", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`key_in_progress`: the first sending is not decided yet", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 413, description = "`malformed`: the body is longer than 64 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`malformed`: the body is not said to be plain JSON in UTF-8", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`key_reused`, or what the terms say against the request, all at once", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
        (status = 503, description = "`unavailable`", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = u64, description = "Seconds"))),
    )
)]
pub(super) async fn submit(State(app): State<Arc<AppState>>, request: Request) -> Result<Response, Refusal> {
    let wait = app.limits.count(Limited::Submit, peer(&request));
    wait.map_err(|wait| ApiError::RateLimited { wait })?;
    let (head, body) = request.into_parts();
    // The body is read before anything is refused: a client that is still sending would miss the answer.
    let bytes = read_body::read(&head.headers, body, app.body_deadline).await;
    let key = idempotency_key(&head.headers).ok_or(ApiError::KeyMissing)?;
    if !read_body::is_json(&head.headers) {
        return Err(ApiError::NotJson.into());
    }
    let body = read_body::parse(&bytes?)?;
    if !body.is_object() {
        return Err(ApiError::Malformed("the body is no JSON object".to_owned()).into());
    }
    let submission =
        Submission { key, fingerprint: app.vault.fingerprint(&body), entered: request_body::read(&body) };
    let answered = service::submit(&app, submission).await;
    let texts = request_body::language(&body).and_then(language::of_tag);
    answered.map(created).map_err(|error| Refusal { error, texts })
}

fn created(answered: Answered) -> Response {
    let mut response = Response::new(Body::from(answered.body));
    *response.status_mut() = StatusCode::CREATED;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/requests/{}", answered.number)) {
        headers.insert(header::LOCATION, location);
    }
    if answered.replayed {
        headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// Bare or in double quotes, as the header's draft standard has it.
fn idempotency_key(headers: &HeaderMap) -> Option<Uuid> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).into_iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = value.to_str().ok()?.trim();
    let bare = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(text);
    let form_fits = matches!(bare.len(), 32 | 36);
    Uuid::try_parse(bare).ok().filter(|_| form_fits)
}
