//! The two forms: a lawful disclosure, and a person's own request. What was entered stays, whatever is wrong with it.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use precheck_shared::booking::ReceptionNumber;

use super::faults_of;
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Fault, Frame};
use crate::desk::session::Proven;
use crate::desk::words::{t, t2};
use crate::error::ApiError;
use crate::service::disclose::{self, Entered, ITEMS, NotDone};
use crate::service::{audit, staff::SignedIn};
use crate::state::AppState;
use crate::store::desk::audit::Subject;

#[derive(Template)]
#[template(path = "desk/disclosure_new.html")]
struct Lawful {
    page: Frame,
    entered: Entered,
    approval: bool,
}

#[derive(Template)]
#[template(path = "desk/disclosure_own.html")]
struct Own {
    page: Frame,
    number: String,
    birth_date: String,
    identified: bool,
}

/// What is wrong with a field, in words.
fn wrong_at(faults: &[Fault], field: &str) -> Option<String> {
    faults.iter().find(|it| it.field == field).map(|it| it.words.clone())
}

impl Lawful {
    fn wrong(&self, field: &str) -> Option<String> {
        wrong_at(&self.page.faults, field)
    }

    /// The items, in words, and whether they are wanted.
    fn items(&self) -> Vec<(&'static str, String, bool)> {
        let wanted = |item: &str| self.entered.items.iter().any(|it| it == item);
        ITEMS.map(|it| (it, t2("desk.records.item.", it), wanted(it))).to_vec()
    }
}

impl Own {
    fn wrong(&self, field: &str) -> Option<String> {
        wrong_at(&self.page.faults, field)
    }
}

/// The empty form.
pub(super) async fn lawful(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
) -> Result<Response, Failed> {
    ask(&app, &who, Entered::default(), Vec::new(), StatusCode::OK).await
}

async fn ask(
    app: &AppState,
    who: &SignedIn,
    entered: Entered,
    faults: Vec<Fault>,
    status: StatusCode,
) -> Result<Response, Failed> {
    let page = Frame { faults, ..Frame::new(app, who, t("desk.records.new"), "records") };
    Ok(page::html(status, &Lawful { page, entered, approval: disclose::needs_approval(app).await? }))
}

/// Makes it.
pub(super) async fn make(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let text = |name: &str| fields.get(name).to_owned();
    let entered = Entered {
        asked_by: text("asked_by"),
        ground: text("ground"),
        reason: text("reason"),
        scope: text("scope"),
        numbers: text("numbers"),
        job_seeker: text("job_seeker"),
        from: text("from"),
        to: text("to"),
        items: fields.all("items").map(str::to_owned).collect(),
    };
    match disclose::make(&app, &who, &entered).await {
        Ok(id) => Ok(page::see_other(&format!("/desk/records/{id}?done=made"))),
        Err(NotDone::Wrong(wrong)) => {
            ask(&app, &who, entered, faults_of(&wrong), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(NotDone::Failed(error)) => Err(Failed(error)),
    }
}

/// The form for a person's own request; `?number=` names one of her requests.
pub(super) async fn own(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    uri: Uri,
) -> Result<Response, Failed> {
    let reception_number = Fields::of_query(uri.query()).get("number").to_owned();
    let (number, birth_date) = if reception_number.is_empty() {
        (String::new(), String::new())
    } else {
        let number = ReceptionNumber::parse(&reception_number).ok_or(ApiError::NotFound)?;
        let person = disclose::person_of(&app, &number).await?;
        audit::note(&app, &who, "request_opened", Subject::reception(&number)).await?;
        person
    };
    let page = Frame::new(&app, &who, t("desk.records.own"), "records");
    Ok(page::html(StatusCode::OK, &Own { page, number, birth_date, identified: false }))
}

/// Makes it.
pub(super) async fn make_own(
    State(app): State<Arc<AppState>>,
    Proven(who): Proven,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let (number, birth_date) = (fields.get("number").to_owned(), fields.get("birth_date").to_owned());
    let identified = fields.has("identified");
    match disclose::make_own(&app, &who, &number, &birth_date, identified).await {
        Ok(id) => Ok(page::see_other(&format!("/desk/records/{id}?done=made"))),
        Err(NotDone::Wrong(wrong)) => {
            let faults = faults_of(&wrong);
            let page = Frame { faults, ..Frame::new(&app, &who, t("desk.records.own"), "records") };
            let form = Own { page, number, birth_date, identified };
            Ok(page::html(StatusCode::UNPROCESSABLE_ENTITY, &form))
        }
        Err(NotDone::Failed(error)) => Err(Failed(error)),
    }
}
