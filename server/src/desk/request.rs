//! A request: everything about it, and every act. Articles 4(1) to 4(3), 6, 10(1), 10(3).
//!
//! | what | where |
//! |---|---|
//! | the page | [`view`], its parts [`facts`] and [`history`] |
//! | the form that arranges a time | [`confirm`] |
//! | the forms of all other acts, as a table | [`forms`] |
//! | doing them | [`acts`] |
//! | what is read out or mailed | [`ready`] |
//! | the sheet with a new receipt | [`sheet`] |
//!
//! Each act is `POST /desk/requests/{number}/{act}` with the version that the officer saw. What is refused comes back as the same
//! page with everything entered; where somebody else was faster, it also tells what has changed meanwhile.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use precheck_shared::booking::ReceptionNumber;

use self::acts::{Done, Kind};
use self::forms::Entered;
use self::view::RequestPage;
use super::fields::Fields;
use super::page::{self, Failed, Fault};
use super::session::{LIVE, Signed};
use crate::error::ApiError;
use crate::service::staff::{Role, SignedIn};
use crate::service::{audit, history};
use crate::state::AppState;
use crate::store::desk::audit::Subject;

mod acts;
mod confirm;
mod facts;
mod forms;
mod ready;
mod sheet;
mod view;

pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/desk/requests/{number}", get(show))
        .route("/desk/requests/{number}/{act}", get(back).post(act))
}

/// The page.
async fn show(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    Path(number): Path<String>,
    asked: HeaderMap,
    uri: Uri,
) -> Result<Response, Failed> {
    let number = ReceptionNumber::parse(&number).ok_or(ApiError::NotFound)?;
    let query = Fields::of_query(uri.query());
    let whole = history::whole(&app, &number).await?;
    // A page that keeps itself up to date was opened once.
    if !asked.contains_key(LIVE) {
        audit::note(&app, &who, "request_opened", Subject::reception(&number)).await?;
    }
    let mut page = RequestPage::new(&app, &who, &whole, &Entered::default());
    // Not so the page of a refusal: what was entered stands there, and what is wrong with it.
    (page.page.live, page.page.written_on) = (true, true);
    page.page.done = Kind::parse(query.get("done")).map(Kind::done_in_words);
    Ok(page::live(&asked, &page))
}

/// An act's address, opened as a page.
async fn back(Signed(_): Signed, Path((number, _)): Path<(String, String)>) -> Result<Response, Failed> {
    let number = ReceptionNumber::parse(&number).ok_or(ApiError::NotFound)?;
    Ok(page::see_other(&address(&number)))
}

/// An act.
async fn act(
    State(app): State<Arc<AppState>>,
    Signed(who): Signed,
    Path((number, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let number = ReceptionNumber::parse(&number).ok_or(ApiError::NotFound)?;
    let Some(kind) = Kind::parse(&act).filter(|it| !it.is_managers() || Role::Manager <= who.role) else {
        return Ok(page::not_there(&app, &who));
    };
    match acts::perform(&app, &who, &number, kind, &fields).await {
        Ok(Done::Plainly) => {
            let to = way_back(fields.get("back")).unwrap_or_else(|| address(&number));
            Ok(page::see_other(&format!("{to}?done={}", kind.as_str())))
        }
        Ok(Done::Nothing) => Ok(page::see_other(&address(&number))),
        Ok(Done::Receipt(code)) => Ok(sheet::answer(&app, &who, &headers, &number, &code)),
        Err(error @ (ApiError::Refused { .. } | ApiError::StaleVersion)) => {
            Ok(again(&app, &who, &number, (kind, &fields), &error).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The page of the desk from which the act was done, where the form names one.
fn way_back(named: &str) -> Option<String> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'/' | b'-');
    let ours = named == "/desk" || named.starts_with("/desk/");
    (ours && named.bytes().all(plain)).then(|| named.to_owned())
}

/// The page once more, with what was entered and what is wrong with it.
async fn again(
    app: &AppState,
    who: &SignedIn,
    number: &ReceptionNumber,
    (kind, fields): (Kind, &Fields),
    error: &ApiError,
) -> Result<Response, ApiError> {
    let whole = history::whole(app, number).await?;
    audit::note(app, who, "request_opened", Subject::reception(number)).await?;
    let faults = page::faults_of(error).into_iter().map(|it| placed(kind, fields, it)).collect();
    let stale = matches!(error, ApiError::StaleVersion);
    let entered = Entered { kind: Some(kind), fields: fields.clone(), faults, stale };
    let status = if stale { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page::html(status, &RequestPage::new(app, who, &whole, &entered)))
}

/// The rules name an item; the page has one of that name in several forms.
fn placed(kind: Kind, fields: &Fields, fault: Fault) -> Fault {
    let own = format!("{}-", kind.as_str());
    let is_placed = fault.field.is_empty() || kind == Kind::Confirm || fault.field.starts_with(&own);
    let field = if is_placed { fault.field } else { format!("{own}{}", fault.field) };
    // Nothing that can be entered mends the state.
    let field = if field.ends_with("state") { String::new() } else { field };
    let field = match (kind, fields.get("suspension").parse::<i64>()) {
        (Kind::Lift, Ok(which)) => format!("{field}-{which}"),
        _ => field,
    };
    Fault { field, ..fault }
}

fn address(number: &ReceptionNumber) -> String {
    format!("/desk/requests/{}", number.as_str())
}
