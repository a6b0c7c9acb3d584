//! What a one-time link opens: a name and a new password. Nobody is signed in by it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{fault, faults_of};
use crate::api::peer;
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Frame};
use crate::desk::sign_in::browser;
use crate::desk::words::{fill1, t, t2};
use crate::error::ApiError;
use crate::limits::Limited;
use crate::service::staff::invitations::{self, Invitation, Taken, Taking};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/invitation.html")]
struct Opened {
    page: Frame,
    /// What the link opens; nothing when it is dead.
    link: Option<Invitation>,
    login: String,
    name: String,
}

/// Shows what is to be entered.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    Path(secret): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    if let Err(wait) = app.limits.count(Limited::SignIn, peer(&request)) {
        return Ok(too_many(wait));
    }
    let link = invitations::invitation(&app, &secret).await?;
    let name = link.as_ref().map(|it| it.name.clone()).unwrap_or_default();
    Ok(answer(&app, StatusCode::OK, Vec::new(), link, String::new(), name))
}

/// Takes what was entered.
pub(super) async fn take(
    State(app): State<Arc<AppState>>,
    Path(secret): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let counted = app.limits.count(Limited::SignIn, peer(&request));
    let (parts, body) = request.into_parts();
    let fields = Fields::read(&app, &parts.headers, body).await?;
    if let Err(wait) = counted {
        return Ok(too_many(wait));
    }
    let taking = Taking {
        login: fields.get("login").to_owned(),
        name: fields.get("name").to_owned(),
        password: fields.get("password").to_owned(),
        again: fields.get("again").to_owned(),
    };
    let browser = browser::cookie(&app, &parts.headers);
    let faults = match invitations::take(&app, &secret, &taking, browser).await? {
        Taken::Done(browser) => {
            let mut response = page::see_other("/desk/sign-in?done=password");
            response.headers_mut().insert(header::SET_COOKIE, browser::set_cookie(&app, &browser));
            return Ok(response);
        }
        Taken::Refused(faults) => faults_of(&faults),
        Taken::Dead => {
            return Ok(answer(&app, StatusCode::OK, Vec::new(), None, String::new(), String::new()));
        }
    };
    let link = invitations::invitation(&app, &secret).await?;
    Ok(answer(&app, StatusCode::UNPROCESSABLE_ENTITY, faults, link, taking.login, taking.name))
}

fn too_many(wait: u64) -> Response {
    let mut response = axum::response::IntoResponse::into_response(Failed(ApiError::RateLimited { wait }));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    response
}

fn answer(
    app: &AppState,
    status: StatusCode,
    faults: Vec<page::Fault>,
    link: Option<Invitation>,
    login: String,
    name: String,
) -> Response {
    let title = if link.is_some() { "desk.invitation.title" } else { "desk.invitation.dead.title" };
    let status = if link.is_some() { status } else { StatusCode::NOT_FOUND };
    let page = Frame { faults, ..Frame::signed_out(app, t(title)) };
    page::html(status, &Opened { page, link, login, name })
}
