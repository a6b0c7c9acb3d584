//! What the person gets who asked: number, words to say, and a sheet to print with the receipt's link.
//!
//! The link opens everything about the booking, so it is shown once, to be handed over, and kept nowhere in plain.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use precheck_shared::violation::Violation;

use crate::desk::page::{self, Frame};
use crate::desk::words::{dates, fill1, of_violation, t};
use crate::qr;
use crate::service::enter::Entered;
use crate::service::enter::next::AtOnce;
use crate::service::staff::SignedIn;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "desk/new_sheet.html")]
struct Sheet {
    page: Frame,
    number: String,
    /// For the address of the request's page.
    plain_number: String,
    wishes: Vec<String>,
    link: String,
    check: String,
    code: Option<Drawn>,
    telephone: String,
    replayed: bool,
    confirmed: bool,
}

/// A QR code as SVG.
struct Drawn {
    size: u32,
    path: String,
}

/// The sheet as an answer.
pub(super) fn answer(
    app: &AppState,
    who: &SignedIn,
    headers: &HeaderMap,
    entered: &Entered,
    at_once: &AtOnce,
) -> Response {
    let page = Frame::new(app, who, t("desk.enter.done.title"), "new");
    let page = match at_once {
        AtOnce::Refused(error) => page.with_faults(error),
        AtOnce::Waits | AtOnce::Confirmed => page,
    };
    let home = home(app, headers);
    let link = format!("{home}/#/receipt/{}/{}", entered.number.as_str(), entered.code.as_str());
    let drawn = qr::draw(&link).map(|it| Drawn { size: it.size, path: it.path });
    let wish = |(start, gone): &(_, Option<_>)| {
        let when = dates().date_time(*start);
        match gone {
            Some(code) => {
                let why = of_violation(&Violation::of_setting(*code, ""));
                format!("{when} {}", fill1("desk.enter.gone", "why", &why))
            }
            None => when,
        }
    };
    let sheet = Sheet {
        page,
        number: entered.number.to_string(),
        plain_number: entered.number.as_str().to_owned(),
        wishes: entered.wishes.iter().map(wish).collect(),
        link,
        check: format!("{home}/#/check"),
        code: drawn,
        telephone: app.office.policy().contact.telephone.clone(),
        replayed: entered.replayed,
        confirmed: matches!(at_once, AtOnce::Confirmed),
    };
    page::html(StatusCode::CREATED, &sheet)
}

/// The address under which people reach this server: as set, or the one that the officer's browser asked.
fn home(app: &AppState, headers: &HeaderMap) -> String {
    let asked = || headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or("localhost");
    app.public_origin.clone().unwrap_or_else(|| format!("http://{}", asked()))
}
