//! One-time passwords: set up, taken away, and the codes for a lost device.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use precheck_shared::api::QrView;

use super::{Once, fault, faults_of, me};
use crate::desk::fields::Fields;
use crate::desk::page::{self, Failed, Fault, Frame};
use crate::desk::session::ProvenSelf;
use crate::desk::words::t;
use crate::qr;
use crate::service::staff::SignedIn;
use crate::service::staff::own::{self, Offer};
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/me_codes.html")]
struct SetUp {
    page: Frame,
    /// They are required, and nothing else is open before.
    required: bool,
    offer: Offer,
    picture: Option<QrView>,
}

/// Offers a secret.
pub(super) async fn show(
    State(app): State<Arc<AppState>>,
    ProvenSelf(who): ProvenSelf,
) -> Result<Response, Failed> {
    let account = own::account(&app, &who).await?;
    let offer = own::offer(&app, &who, &account.login)?;
    Ok(answer(&app, &who, StatusCode::OK, offer, Vec::new()))
}

/// Keeps it when a code of it was entered.
pub(super) async fn enrol(
    State(app): State<Arc<AppState>>,
    ProvenSelf(who): ProvenSelf,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failed> {
    let fields = Fields::read(&app, &headers, body).await?;
    let account = own::account(&app, &who).await?;
    let sealed = fields.get("offer");
    match own::enrol(&app, &who, sealed, fields.get("code")).await? {
        Ok(recovery) => Ok(once(&app, &who, recovery)),
        Err(fault) => {
            // The same secret again: the device may have it by now.
            let again = own::offer_again(&app, &who, &account.login, sealed);
            let offer = again.map_or_else(|| own::offer(&app, &who, &account.login), Ok)?;
            Ok(answer(&app, &who, StatusCode::UNPROCESSABLE_ENTITY, offer, faults_of(&[fault])))
        }
    }
}

/// Takes them away.
pub(super) async fn drop_codes(
    State(app): State<Arc<AppState>>,
    ProvenSelf(who): ProvenSelf,
) -> Result<Response, Failed> {
    match own::drop_codes(&app, &who).await? {
        Ok(()) => Ok(page::see_other("/desk/me?done=codes_dropped")),
        Err(fault) => me::refuse(&app, &who, faults_of(&[fault])).await,
    }
}

/// New codes for a lost device.
pub(super) async fn new_recovery(
    State(app): State<Arc<AppState>>,
    ProvenSelf(who): ProvenSelf,
) -> Result<Response, Failed> {
    if !own::account(&app, &who).await?.has_codes {
        return Ok(page::see_other("/desk/me"));
    }
    let recovery = own::new_recovery(&app, &who).await?;
    Ok(once(&app, &who, recovery))
}

fn once(app: &AppState, who: &SignedIn, recovery: Vec<String>) -> Response {
    let page = Frame::new(app, who, t("desk.me.recovery.title"), "me");
    Once::answer(page, t("desk.me.recovery.once").to_owned(), recovery, "/desk/me")
}

fn answer(app: &AppState, who: &SignedIn, status: StatusCode, offer: Offer, faults: Vec<Fault>) -> Response {
    let page = Frame { faults, ..Frame::new(app, who, t("desk.me.codes.title"), "me") };
    let picture = qr::draw(&offer.address);
    page::html(status, &SetUp { page, required: who.must_enrol, offer, picture })
}
