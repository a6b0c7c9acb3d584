//! What is true of every page of the desk: nobody frames it, nobody keeps it, it opens over https alone, and what changes something
//! comes from our own pages.
//!
//! A form of another site, or of another port of this host, is refused by what the browser says of where it comes from:
//! `Sec-Fetch-Site` where there is one, else `Origin`, else `Referer`. Our own pages let the browser tell: a policy of `no-referrer`
//! would make it send `Origin: null` with our own forms. A browser that says nothing at all is refused.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::page;
use super::words::t;
use crate::error::ApiError;
use crate::origin;
use crate::state::AppState;

/// Our own stylesheet and script, and pictures that we draw.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The address of these pages holds a secret: not even our own log of a stylesheet's request shall have it. The origin is sent, and
/// with it the form of the page is known for ours.
const SECRET_ADDRESSES: &str = "/desk/invitation/";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What somebody gets who opens the desk without encryption.
#[derive(Template)]
#[template(path = "desk/needs_https.html")]
struct NeedsHttps {
    page: page::Frame,
}

/// Lets requests of our own pages through, and completes the answers.
pub(super) async fn own_pages(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let referrer =
        if request.uri().path().starts_with(SECRET_ADDRESSES) { "strict-origin" } else { "same-origin" };
    let mut response = if !is_open(&app, &request) {
        let page = page::Frame { title: t("desk.https.title").to_owned(), ..page::Frame::default() };
        page::html(StatusCode::FORBIDDEN, &NeedsHttps { page })
    } else if reads || is_own(&app, request.headers()) {
        next.run(request).await
    } else {
        let refused = page::Message::new("desk.foreign.title", "desk.foreign");
        (StatusCode::FORBIDDEN, refused).into_response()
    };
    if is_frameworks(&response) {
        response = page::Failed(ApiError::NotFound).into_response();
    }
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, referrer),
        (OPENER_POLICY, "same-origin"),
        (PERMISSIONS_POLICY, "camera=(), microphone=()"),
        // The framework would name the methods of an address that is there, also to whoever may not know of it: so all name the
        // same.
        (header::ALLOW, "GET, HEAD, POST"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Whether the desk may be opened over the way by which the request came.
///
/// Over https it may, and how people reach this server is told by `--public-url`: nothing else that arrives here says so. Without
/// it, a browser that names this very machine sends nothing over a network. Style and script hold no secret.
fn is_open(app: &AppState, request: &Request) -> bool {
    let asset = request.uri().path().starts_with("/desk/assets/");
    let host = request.headers().get(header::HOST).and_then(|it| it.to_str().ok());
    app.is_https() || app.desk_over_http || asset || host.or(request.uri().host()).is_none_or(is_this_machine)
}

/// Whether a browser takes the host for its own machine, and pages of it for as safe as over https.
fn is_this_machine(host: &str) -> bool {
    let Ok(authority) = host.parse::<axum::http::uri::Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or(name == "localhost" || name.ends_with(".localhost"), |it| it.to_canonical().is_loopback())
}

/// A part of the address that is no text: the framework says so in its own words, which are nobody's here.
fn is_frameworks(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    response.status() == StatusCode::BAD_REQUEST && kind.is_some_and(|it| it.starts_with(b"text/plain"))
}

/// Whether a page of ours sends it.
fn is_own(app: &AppState, headers: &HeaderMap) -> bool {
    let said = |name: &HeaderName| headers.get(name).and_then(|it| it.to_str().ok());
    if let Some(site) = said(&SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    // An origin that is hidden tells nothing; then the page's address does, which no foreign page can make up.
    let from = said(&header::ORIGIN).filter(|it| *it != origin::SANDBOX).or(said(&header::REFERER));
    let Some(sent) = from.and_then(|it| it.parse::<Uri>().ok()).and_then(|it| origin::of(&it)) else {
        return false;
    };
    match &app.public_origin {
        Some(own) => sent == *own,
        None => said(&header::HOST).is_some_and(|host| {
            ["http", "https"].iter().any(|scheme| {
                let own = format!("{scheme}://{host}").parse().ok().and_then(|it| origin::of(&it));
                own.as_ref() == Some(&sent)
            })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_names_of_this_machine_need_no_encryption() {
        for own in
            ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.8.0.1", "[::1]:80", "front.localhost"]
        {
            assert!(is_this_machine(own), "{own}");
        }
        for other in [
            "front.office.example",
            "192.168.1.5:8080",
            "[fe80::1]",
            "localhost.example",
            "127.0.0.1.example:80",
            "notlocalhost",
            "",
            "a b",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
