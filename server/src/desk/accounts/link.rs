//! A new link for whoever lost her password: whoever makes it could take the account over, and gives her own password once more.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::staff::{link, refuse};
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Frame};
use crate::desk::session::Proven;
use crate::desk::words::{fill1, t};
use crate::service::staff::{invitations, members};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/staff_link.html")]
struct Asking {
    page: Frame,
    id: String,
    has_codes: bool,
}

/// Asks whether it shall be made.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
) -> Result<Response, Failed> {
    let Some(found) = members::one(&app, &id).await? else { return Ok(page::not_there(&app, &who)) };
    let page = Frame::new(&app, &who, fill1("desk.staff.link.for", "name", &found.name), "staff");
    Ok(page::html(StatusCode::OK, &Asking { page, id: found.id, has_codes: found.totp.is_some() }))
}

/// Makes it and shows it once.
pub(super) async fn make(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let without_codes = Fields::read(&app, &headers, body).await?.has("without_codes");
    let Some(found) = members::one(&app, &id).await? else { return Ok(page::not_there(&app, &who)) };
    let made = invitations::new_link(&app, who.officer.as_str(), &id, without_codes).await?;
    Ok(match made {
        Some(Ok(secret)) => link(&app, &who, &headers, &found.name, &secret),
        Some(Err(fault)) => refuse(&app, &who, &found, fault),
        None => page::not_there(&app, &who),
    })
}
