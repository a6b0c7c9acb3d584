//! Article 4(2): the sheet with a new receipt, printed at the counter. It is the answer to the form that asked for it, once: the
//! code is kept nowhere.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use precheck_shared::booking::{ReceiptCode, ReceptionNumber};

use crate::desk::page::{self, Frame};
use crate::desk::words::t;
use crate::qr;
use crate::service;
use crate::service::staff::SignedIn;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/request_sheet.html")]
struct Sheet {
    page: Frame,
    number: String,
    path: String,
    /// The receipt's own address.
    link: String,
    /// In groups, to be typed.
    code: String,
    size: u32,
    /// The dark modules, as a path of our own.
    modules: String,
}

/// The answer.
pub(super) fn answer(
    app: &AppState,
    who: &SignedIn,
    headers: &HeaderMap,
    number: &ReceptionNumber,
    code: &ReceiptCode,
) -> Response {
    // Without an address that is set, the one under which the officer works.
    let host = || headers.get(header::HOST).and_then(|it| it.to_str().ok()).map(|it| format!("http://{it}"));
    let origin = app.public_origin.clone().or_else(host).unwrap_or_default();
    let link = format!("{origin}/{}", service::fragment(number, code));
    let drawn = qr::draw(&link);
    let (size, modules) = drawn.map(|it| (it.size, it.path)).unwrap_or_default();
    let groups: Vec<_> = code.as_str().as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    let sheet = Sheet {
        page: Frame::new(app, who, t("desk.request.sheet.title"), ""),
        number: number.to_string(),
        path: super::address(number),
        link,
        code: groups.join("-"),
        size,
        modules,
    };
    page::html(StatusCode::OK, &sheet)
}
