//! Who is signed in: what a handler asks for in its arguments, and does not get where nobody is.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::accounts::prove;
use super::{page, pending_form, sign_in};
use crate::service::staff::{self, Role, SignedIn};
use crate::state::AppState;

/// A page that keeps itself up to date says so: that no person asks.
pub(super) const LIVE: HeaderName = HeaderName::from_static("desk-live");

/// Somebody who is signed in; anybody else gets the sign-in page.
pub(crate) struct Signed(pub(crate) SignedIn);

/// A manager who is signed in; to an officer the address does not exist.
pub(crate) struct Manager(pub(crate) SignedIn);

/// A manager who gave her password in the last minutes; any other manager is asked for it, and what she sent goes on from there.
pub(crate) struct Proven(pub(crate) SignedIn);

/// Somebody signed in, whatever her role, who gave her password in the last minutes; anybody else is asked for it, and what she sent
/// goes on from there.
pub(crate) struct ProvenSelf(pub(crate) SignedIn);

/// Where one-time passwords are set up.
pub(super) const ENROL: &str = "/desk/me/codes";

/// What is open to somebody who has still to set them up.
const BEFORE_CODES: [&str; 4] = [ENROL, "/desk/sign-out", "/desk/prove", "/desk/present"];

impl FromRequestParts<Arc<AppState>> for Signed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        match find(app, parts).await {
            Ok(Some(found)) if found.must_enrol && !BEFORE_CODES.contains(&parts.uri.path()) => {
                Err(pending_form::kept(app, parts, &found).unwrap_or_else(|| page::see_other(ENROL)))
            }
            Ok(Some(found)) => Ok(Self(found)),
            Ok(None) => Err(sign_in::wanted(app, parts).await),
            Err(error) => Err(page::Failed(error).into_response()),
        }
    }
}

impl FromRequestParts<Arc<AppState>> for Manager {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let Signed(found) = Signed::from_request_parts(parts, app).await?;
        if found.role < Role::Manager {
            return Err(page::not_there(app, &found));
        }
        Ok(Self(found))
    }
}

impl FromRequestParts<Arc<AppState>> for Proven {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let Manager(found) = Manager::from_request_parts(parts, app).await?;
        proven(app, parts, found).await.map(Self)
    }
}

impl FromRequestParts<Arc<AppState>> for ProvenSelf {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Response> {
        let Signed(found) = Signed::from_request_parts(parts, app).await?;
        proven(app, parts, found).await.map(Self)
    }
}

async fn proven(app: &AppState, parts: &Parts, found: SignedIn) -> Result<SignedIn, Response> {
    if staff::is_proven(&found, app.clock.now()) {
        return Ok(found);
    }
    let (next, carried) = (way_back(parts), pending_form::carried(app, parts, Some((&found).into())));
    if carried.is_empty() {
        return Err(to_proof(&next));
    }
    let asks = prove::ask(app, &found, StatusCode::UNAUTHORIZED, (&next, carried), Vec::new()).await;
    Err(asks.unwrap_or_else(IntoResponse::into_response))
}

/// To the page that asks for the password once more, and from there back.
fn to_proof(next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    page::see_other(&format!("/desk/prove?next={next}"))
}

/// The address that was asked for.
pub(super) fn asked(uri: &Uri) -> String {
    uri.path_and_query().map_or("/desk", |it| it.as_str()).to_owned()
}

/// Where to come back to: what was asked for, as it was asked, whether it is there or not; but for a form that only asks, where that
/// leads.
pub(super) fn way_back(parts: &Parts) -> String {
    pending_form::next(parts).map_or_else(|| asked(&parts.uri), str::to_owned)
}

/// The page whose form is sent to an address at which no page is.
pub(super) fn page_of(path: &str, role: Role) -> Option<&'static str> {
    match path {
        "/desk/present" | "/desk/alarms" => Some("/desk"),
        "/desk/staff/codes" if role == Role::Manager => Some("/desk/staff"),
        "/desk/log/seen" if role == Role::Manager => Some("/desk/log"),
        "/desk/me/password"
        | "/desk/me/sessions"
        | "/desk/me/feed"
        | "/desk/me/codes/drop"
        | "/desk/me/codes/recovery" => Some("/desk/me"),
        _ => None,
    }
}

/// Where to go next: a page of the desk and nothing else, whatever the form says.
pub(super) fn next_of(wanted: &str) -> &str {
    let plain = wanted.len() <= 500 && wanted.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    let below = wanted.strip_prefix("/desk").is_some_and(|it| it.is_empty() || it.starts_with(['/', '?']));
    let path = wanted.split('?').next().unwrap_or_default();
    let straight = !path.contains("//") && !path.contains("..") && !path.contains('%');
    let there =
        !["/desk/sign-in", "/desk/sign-out", "/desk/prove", "/desk/resume", "/desk/present"].contains(&path);
    if plain && below && straight && there { wanted } else { "/desk" }
}

async fn find(app: &AppState, parts: &Parts) -> Result<Option<SignedIn>, crate::error::ApiError> {
    match cookie(app, &parts.headers) {
        Some(cookie) => {
            let found = staff::signed_in(app, cookie, by_person(parts)).await?;
            Ok(found.map(|it| SignedIn { is_shown_nothing: parts.method == Method::HEAD, ..it }))
        }
        None => Ok(None),
    }
}

/// Whether somebody is there: not a page that keeps itself up to date, by script or by being loaded anew.
fn by_person(parts: &Parts) -> bool {
    let said = |name: &str| parts.headers.get(name).map(HeaderValue::as_bytes);
    let loads = said("sec-fetch-mode") == Some(b"navigate") && said("sec-fetch-site") == Some(b"same-origin");
    let by_itself = parts.method == Method::GET && loads && said("sec-fetch-user").is_none();
    !parts.headers.contains_key(LIVE) && !by_itself && parts.method != Method::HEAD
}

/// The session's cookie, if there is one.
pub(super) fn cookie<'a>(app: &AppState, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie_named(headers, name(app))
}

/// A cookie by its name.
pub(super) fn cookie_named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|it| it.0 == name).map(|it| it.1)
}

/// The session's cookie in what sets one.
pub(super) fn value_of<'a>(app: &AppState, set: &'a str) -> Option<&'a str> {
    let (found, value) = set.split(';').next()?.split_once('=')?;
    (found == name(app) && !value.is_empty()).then_some(value)
}

/// What a browser with this cookie sends.
pub(super) fn pair(app: &AppState, cookie: &str) -> String {
    format!("{}={cookie}", name(app))
}

/// Sets the session's cookie; an empty one takes it away.
///
/// `Lax`: a link to a request in a mail or a chat shows the request to somebody who is signed in. Nothing is changed by looking, and
/// what changes something is held by the guard.
pub(super) fn set_cookie(app: &AppState, cookie: &str) -> HeaderValue {
    let secure = if app.is_https() { "; Secure" } else { "" };
    let age = if cookie.is_empty() { "; Max-Age=0" } else { "" };
    let set = format!("{}={cookie}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", name(app));
    // A cookie of ours is hexadecimal.
    HeaderValue::from_str(&set).unwrap_or(HeaderValue::from_static(""))
}

fn name(app: &AppState) -> &'static str {
    // The prefix has browsers refuse it from other hosts below the same domain.
    if app.is_https() { "__Host-desk" } else { "desk" }
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn after_signing_in_one_goes_to_pages_of_the_desk_alone() {
        for own in ["/desk", "/desk/", "/desk/find?q=%E5%B0%8F&a=b", "/desk/requests/7K3M9QXD2"] {
            assert_eq!(next_of(own), own);
        }
        for other in [
            "",
            "https://example.com/desk",
            "//example.com/desk",
            "/deskx",
            "/desk//example.com",
            "/desk/../api",
            "/desk/%2e%2e/api",
            "/desk\\example.com",
            "/desk\r\nset-cookie:x",
            "javascript:alert(1)",
            "/desk/sign-out",
            "/desk/prove?next=/desk",
            &format!("/desk/{}", "a".repeat(500)),
        ] {
            assert_eq!(next_of(other), "/desk", "{other}");
        }
    }
}
