//! `/api/v1`, the contract: which address is answered by whom.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::frame;
use crate::serve::Peer;
use crate::state::AppState;

mod health;
mod office;
pub(crate) mod openapi;
mod probe;
pub(crate) mod read_body;
mod receipt;
mod request_body;
mod requests;
mod slots;
mod visits;

/// The server's clock, for clients that must not trust their device's.
pub(crate) const PRECHECK_TIME: HeaderName = HeaderName::from_static("precheck-time");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

pub(crate) fn routes(state: &AppState) -> Router<Arc<AppState>> {
    let v1 = Router::new()
        .route("/office", get(office::show))
        .route("/terms/{id}", get(office::terms))
        .route("/terms/{id}/text", get(office::terms_text))
        .route("/slots", get(slots::list))
        .route("/requests", post(requests::submit))
        .route("/requests/{reception_number}", get(receipt::show))
        .route("/requests/{reception_number}/appointment.ics", get(receipt::appointment))
        .route("/requests/{reception_number}/qr", get(receipt::draw))
        .route("/probe/latency", get(probe::latency))
        .route("/probe/download", get(probe::download))
        .route("/probe/upload", post(probe::upload))
        .route("/visits", post(visits::report));
    let v1 = match state.allowed_origins.as_slice() {
        [] => v1,
        // The answer to another method is set first, so that it lies inside the layer as well.
        _ => v1
            .method_not_allowed_fallback(frame::other_method)
            .layer(cross_origin(state))
            .layer(from_fn(for_origins)),
    };
    Router::new()
        .nest("/api/v1", v1)
        .route("/openapi.json", get(openapi::document))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready).layer(Extension(Arc::new(health::LastCheck::default()))))
}

/// Pages of the configured origins may call the API; there are no cookies that could come along.
fn cross_origin(state: &AppState) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(state.allowed_origins.iter().cloned()))
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            IDEMPOTENCY_KEY,
            receipt::RECEIPT_CODE,
        ])
        .expose_headers([header::ETAG, header::RETRY_AFTER, PRECHECK_TIME, IDEMPOTENT_REPLAYED])
        .max_age(std::time::Duration::from_hours(1))
}

/// Without a connection (in tests) everybody is one peer.
pub(crate) fn peer(request: &Request) -> IpAddr {
    request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.0)
}

/// Around the layer of CORS: what pages of other origins look at may be loaded by them; a page that is not allowed is not told
/// what others are.
async fn for_origins(request: Request, next: Next) -> Response {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if looks {
        headers.insert(frame::CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        for name in [
            header::ACCESS_CONTROL_ALLOW_METHODS,
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            header::ACCESS_CONTROL_MAX_AGE,
        ] {
            headers.remove(name);
        }
    }
    response
}
