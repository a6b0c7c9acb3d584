//! `GET /office` and `GET /terms/{id}`: the office's data, unchanged, for every client alike.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use precheck_shared::api::{ArticleView, LineView, OfficeView, Problem, TermsVersions, TermsView};
use precheck_shared::clause::Clause;
use precheck_shared::policy::Telephone;
use precheck_shared::terms::{Article, LineKind, Terms};
use precheck_shared::time::format_instant;

use super::PRECHECK_TIME;
use crate::error::ApiError;
use crate::state::AppState;
use crate::{etag, office};

const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Name, contact, policy, versions of the terms. The tag covers all but the server's time, so that it is a weak one.
#[utoipa::path(
    get, path = "/api/v1/office", tag = "office",
    params(("If-None-Match" = Option<String>, Header, description = "Tags that the client has")),
    responses(
        (status = 200, description = "The office", body = OfficeView, headers(
            ("ETag" = String, description = "Weak: covers all but `server_time`"),
            ("Precheck-Time" = String, description = "The server's clock, RFC 3339 at +09:00"),
        )),
        (status = 304, description = "Unchanged", headers(("Precheck-Time" = String, description = "The server's clock"))),
        (status = 405, description = "`malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(State(app): State<Arc<AppState>>, headers: HeaderMap) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let in_force = app
        .office
        .terms_in_force(now)
        .ok_or_else(|| ApiError::Unavailable("no version of the terms is in force".to_owned()))?;
    let policy = &*app.office.policy();
    let mut view = OfficeView {
        id: policy.office.id.clone(),
        name: policy.office.name.clone(),
        contact: policy.contact.clone(),
        telephone_link: Telephone::read(&policy.contact.telephone).map(|it| it.link()).unwrap_or_default(),
        policy: policy.clone(),
        terms: TermsVersions {
            in_force: office::version(in_force),
            announced: app.office.terms_announced(now).into_iter().map(office::version).collect(),
        },
        server_time: String::new(),
    };
    let tag = etag::weak_of(&to_json(&view)?);
    view.server_time = format_instant(now);
    let mut response = etag::answer(&headers, tag, JSON, Body::from(to_json(&view)?));
    if let Ok(time) = HeaderValue::from_str(&view.server_time) {
        response.headers_mut().insert(PRECHECK_TIME, time);
    }
    Ok(revalidated(response))
}

/// A version of the terms, structured: its articles with their clauses.
#[utoipa::path(
    get, path = "/api/v1/terms/{id}", tag = "office",
    params(("id" = String, Path, description = "`otaru-2023-10-01`")),
    responses(
        (status = 200, description = "The articles in order", body = TermsView),
        (status = 304, description = "Unchanged"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn terms(
    State(app): State<Arc<AppState>>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let terms = known(&app, id)?;
    let body = to_json(&terms_view(terms))?;
    Ok(revalidated(etag::answer(&headers, etag::of(&body), JSON, Body::from(body))))
}

/// A version of the terms exactly as published.
#[utoipa::path(
    get, path = "/api/v1/terms/{id}/text", tag = "office",
    params(("id" = String, Path, description = "`otaru-2023-10-01`")),
    responses(
        (status = 200, description = "The published file's bytes", body = String, content_type = "text/plain"),
        (status = 304, description = "Unchanged"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn terms_text(
    State(app): State<Arc<AppState>>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let text = known(&app, id)?.text();
    Ok(revalidated(etag::answer(&headers, etag::of(text.as_bytes()), PLAIN, Body::from(text))))
}

fn known(app: &AppState, id: Result<Path<String>, PathRejection>) -> Result<&Terms, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::NotFound)?;
    app.office.terms(&id).ok_or(ApiError::NotFound)
}

/// To be asked for again each time: the answer is 304 as long as nothing has changed.
fn revalidated(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(|error| ApiError::Unavailable(error.to_string()))
}

fn terms_view(terms: &Terms) -> TermsView {
    TermsView {
        id: terms.id.clone(),
        sha256: terms.sha256.clone(),
        effective: terms.effective.to_string(),
        articles: terms.articles().iter().map(article_view).collect(),
    }
}

fn article_view(article: &Article<'_>) -> ArticleView {
    let clause = Clause { place: article.place, paragraph: None, item: None };
    let lines = article.lines.iter().map(|line| LineView {
        clause: line.clause.to_string(),
        kind: kind_name(line.kind).to_owned(),
        text: line.words().to_owned(),
    });
    ArticleView { clause: clause.to_string(), anchor: clause.anchor(), lines: lines.collect() }
}

fn kind_name(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Title => "title",
        LineKind::Heading => "heading",
        LineKind::Text | LineKind::Blank => "text",
        LineKind::Paragraph => "paragraph",
        LineKind::Item => "item",
        LineKind::Signature => "signature",
    }
}
