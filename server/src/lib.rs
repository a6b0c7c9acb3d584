//! The sync server: takes booking requests for online counselling, judges them by the rules of [`precheck_shared`], and keeps
//! them so that an acknowledged one survives.
//!
//! | what | where |
//! |---|---|
//! | settings of the start, all faults at once | [`config`] |
//! | the office's policy and terms | [`office`] |
//! | which address is answered by whom | `api` |
//! | the body of a request, read forgivingly | `api::request_body` |
//! | measuring the line | `api::probe` |
//! | the use cases | [`service`] |
//! | what time does by itself | [`jobs`] |
//! | whether the server can be relied on | [`readiness`] |
//! | one request a key at a time | [`in_flight`] |
//! | what is kept, and how | [`store`], [`store::sqlite`], [`store::postgres`] |
//! | rate limits per peer, transfers at a time | [`limits`] |
//! | sealing, keyed hashes, the key file | [`vault`] |
//! | refusals as problem documents | [`error`], `frame` |
//! | the widget's files and pages | `assets` |
//! | the files of earlier releases | [`releases`] |
//! | the staff's pages | `desk` |
//! | our own page, and the way without script | `plain` |
//! | pages for editors of web sites, the statement on accessibility | `guide` |
//! | connections, deadlines, stopping | [`serve`] |
//! | what the program's own log folds | [`log`] |
//! | a copy of the database while the server runs | [`backup`] |
//!
//! Calls go downwards: `api` (and `jobs`) to `service` to the shared rules and the store. Handlers hold no SQL and no rule, `service` no
//! type of the web, `store` no rule.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;

use crate::state::AppState;

pub mod backup;
pub mod clock;
pub mod config;
pub mod environment;
pub mod error;
pub mod ids;
pub mod in_flight;
pub mod jobs;
pub mod limits;
pub mod log;
pub mod office;
pub mod readiness;
pub mod releases;
pub mod serve;
pub mod service;
pub mod staff_command;
pub mod state;
pub mod store;
pub mod vault;

mod api;
mod assets;
mod desk;
mod etag;
mod frame;
mod guide;
mod language;
mod log_once;
mod origin;
mod panics;
mod plain;
mod qr;

/// Everything that the server answers.
pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .merge(api::routes(&state))
        .merge(assets::routes(&state))
        .merge(desk::routes(&state))
        .merge(plain::routes(&state))
        .merge(guide::routes())
        .fallback(frame::unknown_address)
        .method_not_allowed_fallback(frame::other_method)
        .with_state(Arc::clone(&state))
        .layer(CatchPanicLayer::custom(frame::after_panic))
        .layer(from_fn(frame::one_host))
        .layer(from_fn_with_state(state, frame::complete))
}
