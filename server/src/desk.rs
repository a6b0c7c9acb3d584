//! The desk: the staff's side, pages made on the server that work without script.
//!
//! | what | where |
//! |---|---|
//! | who is signed in, what she may see | [`session`] |
//! | that a form comes from our own page | [`guard`] |
//! | a form's fields | [`fields`] |
//! | what surrounds every page, words | [`page`], [`words`] |
//! | sign-in, sign-out, the password alone after a pause | [`sign_in`] |
//! | what was entered when a session ended | [`pending_form`] |
//! | that somebody is there, how long her session lasts | [`presence`] |
//! | the day | [`today`] |
//! | stylesheet and script | [`assets`] |
//!
//! Whoever is not signed in gets the sign-in page at every address below `/desk`, whether there is something or not. What a role may
//! not see does not exist for it.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub(crate) use self::fields::Fields;
use crate::state::AppState;

mod accounts;
mod affected;
mod assets;
mod calendar;
mod chart;
mod enter;
mod feed;
pub(crate) mod fields;
mod figures;
mod find;
mod guard;
mod page;
mod pending_form;
mod presence;
mod print;
mod records;
mod request;
mod session;
mod settings;
mod sign_in;
mod today;
mod words;

pub(crate) fn routes(state: &Arc<AppState>) -> Router<Arc<AppState>> {
    let desk = addresses();
    let carrier =
        pending_form::Carrier { app: Arc::clone(state), desk: desk.clone().with_state(Arc::clone(state)) };
    desk.layer(from_fn_with_state(carrier, pending_form::carry))
        .layer(from_fn_with_state(Arc::clone(state), guard::own_pages))
}

fn addresses() -> Router<Arc<AppState>> {
    Router::new()
        .route("/desk", get(today::show))
        .route("/desk/", get(today::show))
        .route("/desk/sign-in", get(sign_in::show).post(sign_in::enter))
        .route("/desk/resume", post(sign_in::resume))
        .route("/desk/sign-out", post(sign_in::leave))
        .route("/desk/present", get(presence::left).post(presence::note))
        .merge(accounts::routes())
        .merge(affected::routes())
        .merge(calendar::routes())
        .merge(enter::routes())
        .merge(feed::routes())
        .merge(figures::routes())
        .merge(find::routes())
        .merge(print::routes())
        .merge(records::routes())
        .merge(request::routes())
        .merge(settings::routes())
        .route("/desk/assets/{file}", get(assets::file))
        .route("/desk/{*rest}", axum::routing::any(page::nothing))
        // Whether an address takes another method tells nobody that it is there.
        .method_not_allowed_fallback(page::nothing)
}
