//! Who works at the desk: for managers.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::{Once, fault, faults_of, origin};
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Frame};
use crate::desk::session::{Manager, Proven};
use crate::desk::words::{dates, fill1, t, t2};
use crate::error::ApiError;
use crate::service::staff::fault::Fault;
use crate::service::staff::invitations;
use crate::service::staff::members::{self, Deed};
use crate::service::staff::{Role, SignedIn};
use crate::state::AppState;
use crate::store::desk::staff::StoredStaff;

const DONE: [&str; 6] =
    ["role", "ended", "codes_required", "codes_not_required", "all_required", "all_not_required"];

#[derive(Template)]
#[template(path = "desk/staff.html")]
struct List {
    page: Frame,
    everybody: Vec<Member>,
    required_of_all: bool,
    login: String,
    name: String,
    role: String,
}

#[derive(Template)]
#[template(path = "desk/staff_one.html")]
struct One {
    page: Frame,
    member: Member,
    is_manager: bool,
    required: bool,
    required_of_all: bool,
}

/// Somebody, in words.
struct Member {
    id: String,
    login: String,
    name: String,
    role: String,
    state: String,
    codes: String,
    left: bool,
}

impl Member {
    fn of(it: &StoredStaff) -> Self {
        let state = match (it.ended_at, &it.password) {
            (Some(at), _) => fill1("desk.staff.state.ended", "at", &dates().date_time(at)),
            (None, None) => t("desk.staff.state.invited").to_owned(),
            (None, Some(_)) => t("desk.staff.state.active").to_owned(),
        };
        let codes = match (it.totp.is_some(), it.totp_required || it.totp_required_of_all) {
            (true, _) => "set",
            (false, true) => "missing",
            (false, false) => "none",
        };
        Self {
            id: it.id.clone(),
            login: it.login.clone(),
            name: it.name.clone(),
            role: t2("desk.role.", &it.role),
            state,
            codes: t2("desk.staff.codes.", codes),
            left: it.ended_at.is_some(),
        }
    }
}

/// Everybody, and a form for somebody new.
pub(super) async fn list(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    uri: Uri,
) -> Result<Response, Failed> {
    let page = Frame { done: done(&uri), ..frame(&app, &who) };
    answer(&app, StatusCode::OK, page, &Fields::default()).await
}

/// Adds somebody and shows her link once.
pub(super) async fn invite(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let [login, name, role] = ["login", "name", "role"].map(|it| fields.get(it));
    let invited = match Role::parse(role) {
        Some(role) => invitations::invite(&app, who.officer.as_str(), login, name, role).await?,
        None => Err(vec![Fault::RoleForm]),
    };
    match invited {
        Ok(secret) => Ok(link(&app, &who, &headers, name, &secret)),
        Err(faults) => {
            let page = Frame { faults: faults_of(&faults), ..frame(&app, &who) };
            answer(&app, StatusCode::UNPROCESSABLE_ENTITY, page, &fields).await
        }
    }
}

/// Requires one-time passwords of everybody, or no longer.
pub(super) async fn require_codes_of_all(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let required = Fields::read(&app, &headers, body).await?.get("required") == "yes";
    members::require_codes_of_all(&app, &who, required).await?;
    let done = if required { "all_required" } else { "all_not_required" };
    Ok(page::see_other(&format!("/desk/staff?done={done}")))
}

/// Somebody, and what can be done.
pub(super) async fn one(
    State(app): State<Arc<AppState>>,
    Manager(who): Manager,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Failed> {
    Ok(match members::one(&app, &id).await? {
        Some(found) => show(&app, &who, StatusCode::OK, &found, done(&uri), Vec::new()),
        None => page::not_there(&app, &who),
    })
}

/// Does it.
pub(super) async fn perform(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let (deed, then) = match (fields.get("act"), Role::parse(fields.get("role"))) {
        ("role", Some(role)) => (Deed::Role(role), format!("/desk/staff/{id}?done=role")),
        ("require_codes", _) => (Deed::RequireCodes(true), format!("/desk/staff/{id}?done=codes_required")),
        ("free_codes", _) => (Deed::RequireCodes(false), format!("/desk/staff/{id}?done=codes_not_required")),
        ("end", _) => (Deed::End, "/desk/staff?done=ended".to_owned()),
        _ => return Ok(page::not_there(&app, &who)),
    };
    match members::perform(&app, &who, &id, deed).await {
        Ok(Ok(())) => Ok(page::see_other(&then)),
        Ok(Err(Fault::Counsellings)) => Ok(page::see_other(&format!("/desk/staff/{id}/end"))),
        Ok(Err(fault)) => {
            let found = members::one(&app, &id).await?.ok_or(ApiError::NotFound)?;
            Ok(refuse(&app, &who, &found, fault))
        }
        Err(ApiError::NotFound) => Ok(page::not_there(&app, &who)),
        Err(error) => Err(error.into()),
    }
}

/// Somebody, with what is wrong with what was to be done.
pub(super) fn refuse(app: &AppState, who: &SignedIn, found: &StoredStaff, fault: Fault) -> Response {
    show(app, who, StatusCode::UNPROCESSABLE_ENTITY, found, None, faults_of(&[fault]))
}

/// A link, shown once.
pub(super) fn link(
    app: &AppState,
    who: &SignedIn,
    headers: &HeaderMap,
    name: &str,
    secret: &str,
) -> Response {
    let page = Frame::new(app, who, t("desk.staff.link.title"), "staff");
    let address = format!("{}/desk/invitation/{secret}", origin(app, headers));
    Once::answer(page, fill1("desk.staff.link.once", "name", name.trim()), vec![address], "/desk/staff")
}

fn done(uri: &Uri) -> Option<String> {
    let query = Fields::of_query(uri.query());
    DONE.into_iter().find(|it| *it == query.get("done")).map(|it| t2("desk.staff.done.", it))
}

fn frame(app: &AppState, who: &SignedIn) -> Frame {
    Frame::new(app, who, t("desk.staff.title"), "staff")
}

async fn answer(
    app: &AppState,
    status: StatusCode,
    page: Frame,
    fields: &Fields,
) -> Result<Response, Failed> {
    let all = members::all(app).await?;
    let list = List {
        page,
        required_of_all: members::required_of_all(&all),
        everybody: all.iter().map(Member::of).collect(),
        login: fields.get("login").to_owned(),
        name: fields.get("name").to_owned(),
        role: fields.get("role").to_owned(),
    };
    Ok(page::html(status, &list))
}

fn show(
    app: &AppState,
    who: &SignedIn,
    status: StatusCode,
    found: &StoredStaff,
    done: Option<String>,
    faults: Vec<page::Fault>,
) -> Response {
    let title = fill1("desk.staff.one.title", "name", &found.name);
    let one = One {
        page: Frame { done, faults, ..Frame::new(app, who, title, "staff") },
        member: Member::of(found),
        is_manager: found.role == Role::Manager.as_str(),
        required: found.totp_required,
        required_of_all: found.totp_required_of_all,
    };
    page::html(status, &one)
}
