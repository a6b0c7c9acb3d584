//! Whether the process runs, and whether it can take requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::State;
use tokio::sync::Mutex;

use crate::error::ApiError;
use crate::state::AppState;
use crate::store::{Store, StoreError};

/// What a check came to holds so long: whoever asks, and how many, the store is written to for it once a second.
const HOLDS: Duration = Duration::from_secs(1);

/// The last check of the store, one at a time.
#[derive(Default)]
pub(super) struct LastCheck(Mutex<Option<(Instant, Result<(), StoreError>)>>);

impl LastCheck {
    async fn of(&self, store: &dyn Store) -> Result<(), StoreError> {
        let mut last = self.0.lock().await;
        if let Some((at, outcome)) = &*last
            && at.elapsed() < HOLDS
        {
            // What has failed since then is known without another write.
            return outcome.clone().and_then(|()| store.standing());
        }
        let outcome = store.check().await;
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }
}

/// 200 while the process runs.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "The process runs", body = String)))]
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// 200 when the store takes a write and reads it back.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "The store takes writes", body = String),
        (status = 503, description = "`unavailable`", body = precheck_shared::api::Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn ready(
    State(app): State<Arc<AppState>>,
    Extension(last): Extension<Arc<LastCheck>>,
) -> Result<&'static str, ApiError> {
    // To its end also when whoever asked has gone: those who ask again at once cause no other write.
    let check = tokio::spawn(async move { last.of(&*app.store).await });
    check.await.map_err(|error| ApiError::Unavailable(format!("the check did not end: {error}")))??;
    Ok("ready\n")
}
