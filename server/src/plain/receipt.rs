//! Step 6, the receipt: number, state, appointment, what is left to prepare, how to cancel now. Also the place one comes back to.
//!
//! Number and code are sent in a form, never in an address.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use precheck_shared::api::{QrView, RequestView};
use precheck_shared::booking::{ReceiptCode, ReceptionNumber, is_join_link};
use precheck_shared::checklist::Item;
use precheck_shared::journey::Step;
use precheck_shared::policy::Policy;
use precheck_shared::texts::{self, ruby};
use precheck_shared::time::{HourMinute, parse_instant};

use super::fields::{Label, Line, outside};
use super::page::{self, Frame, Framed, Reader};
use super::words::Html;
use crate::desk::Fields;
use crate::error::ApiError;
use crate::service::Presented;
use crate::state::AppState;
use crate::{api, qr, service};

/// The form that opens a receipt.
#[derive(Template)]
#[template(path = "plain/receipt_open.html")]
struct Open {
    page: Frame,
    number: Line,
    code: Line,
}

impl Framed for Open {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

fn form(app: &AppState, reader: Reader, number: &str, code: &str, error: Option<&ApiError>) -> Open {
    let words = reader.words;
    let mut page = Frame { action: "/receipt", ..Frame::new(app, reader, "plain.receipt.open") };
    if let Some(error) = error {
        match error {
            ApiError::NotFound => {
                page.alert(words.t("refusal.not_found.title"), words.paras("plain.receipt.unknown"));
            }
            error => page = page.with_alert(error),
        }
    }
    let line = |id: &str, value: &str| {
        Line::new(Label::required(words, &page.faults, id, &format!("plain.receipt.{id}")), value)
    };
    Open { number: line("number", number), code: line("code", code), page }
}

/// Asks for number and code.
pub(super) async fn ask(State(app): State<Arc<AppState>>, uri: Uri, headers: HeaderMap) -> Response {
    let reader = Reader::of_address(uri.query(), &headers);
    page::html(StatusCode::OK, &form(&app, reader, "", "", None))
}

/// What a form about a receipt says.
struct Asked {
    reader: Reader,
    headers: HeaderMap,
    number: String,
    code: String,
    only_language: bool,
    peer: IpAddr,
}

impl Asked {
    async fn read(app: &AppState, request: Request) -> Result<Self, Response> {
        let peer = api::peer(&request);
        let (head, body) = request.into_parts();
        let headers = head.headers;
        let fields = Fields::read(app, &headers, body).await;
        let fields = fields.map_err(|error| page::failed(app, Reader::of_address(None, &headers), &error))?;
        let reader = Reader::of_form(&fields, &headers);
        let (number, code) = of_link(fields.get("number"), fields.get("code"));
        let shown = !fields.has("shown");
        let only_language = fields.has("language") && shown;
        Ok(Self { reader, headers, number, code, only_language, peer })
    }

    fn presented(&self) -> Presented {
        let (number, code) = (ReceptionNumber::parse(&self.number), ReceiptCode::parse(&self.code));
        Presented { peer: self.peer, number, code, is_shown_nothing: false }
    }

    /// The form again, with what was typed.
    fn refused(&self, app: &AppState, error: &ApiError) -> Response {
        page::html_of(error, &form(app, self.reader, &self.number, &self.code, Some(error)))
    }
}

/// Number and code, also out of a receipt's whole link in either field.
fn of_link(number: &str, code: &str) -> (String, String) {
    let parts = |text: &str| {
        let (_, rest) = text.rsplit_once("/receipt/")?;
        let (number, code) = rest.trim().split_once('/')?;
        Some((number.to_owned(), code.to_owned()))
    };
    parts(code).or_else(|| parts(number)).unwrap_or_else(|| (number.to_owned(), code.to_owned()))
}

/// Opens a receipt.
pub(super) async fn open(State(app): State<Arc<AppState>>, request: Request) -> Response {
    let asked = match Asked::read(&app, request).await {
        Ok(asked) => asked,
        Err(answer) => return answer,
    };
    if asked.only_language {
        return page::html(StatusCode::OK, &form(&app, asked.reader, &asked.number, &asked.code, None));
    }
    let presented = asked.presented();
    match service::receipt(&app, &presented).await {
        Ok(view) => {
            let code = presented.code.map(|it| it.as_str().to_owned()).unwrap_or_default();
            page::html(StatusCode::OK, &receipt(&app, asked.reader, &asked.headers, &view, code))
        }
        Err(error) => asked.refused(&app, &error),
    }
}

/// The appointment as a file for calendars.
pub(super) async fn appointment(State(app): State<Arc<AppState>>, request: Request) -> Response {
    let asked = match Asked::read(&app, request).await {
        Ok(asked) => asked,
        Err(answer) => return answer,
    };
    // Words in a file have no readings.
    let language = asked.reader.words.language();
    let texts = texts::carried().iter().find(|it| it.language() == language).unwrap_or(&texts::carried()[0]);
    match service::appointment(&app, &asked.presented(), texts).await {
        Ok(file) => {
            let mut response = Response::new(Body::from(file.text));
            let headers = response.headers_mut();
            let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
            headers.insert(header::CONTENT_TYPE, kind);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", file.name)) {
                headers.insert(header::CONTENT_DISPOSITION, name);
            }
            response
        }
        Err(error) => asked.refused(&app, &error),
    }
}

/// The receipt of a request that was accepted just now, or before under the same key.
pub(super) async fn received(
    app: &AppState,
    reader: Reader,
    headers: &HeaderMap,
    peer: IpAddr,
    number: ReceptionNumber,
    code: ReceiptCode,
) -> Response {
    let told = code.as_str().to_owned();
    let presented =
        Presented { peer, number: Some(number.clone()), code: Some(code), is_shown_nothing: false };
    match service::receipt(app, &presented).await {
        Ok(view) => page::html(StatusCode::CREATED, &receipt(app, reader, headers, &view, told)),
        // It is stored: number and code are shown whatever else cannot be.
        Err(error) => page::html_of(&error, &form(app, reader, &number.to_string(), &told, Some(&error))),
    }
}

#[derive(Template)]
#[template(path = "plain/receipt.html")]
struct Receipt {
    page: Frame,
    view: RequestView,
    code: String,
    kind: &'static str,
    state: String,
    said: Html,
    appointment: Html,
    join: Option<String>,
    wishes: Vec<(Html, Html, Html)>,
    preparations: Vec<Html>,
    cancel: Option<&'static str>,
    mail: Option<(String, Html)>,
    check: Html,
    qr: Option<QrView>,
    home: String,
}

impl Framed for Receipt {
    fn frame(&self) -> &Frame {
        &self.page
    }
}

fn receipt(app: &AppState, reader: Reader, headers: &HeaderMap, view: &RequestView, code: String) -> Receipt {
    let (words, policy) = (reader.words, app.office.policy());
    let mut page = Frame { step: Some(Step::Receipt), ..Frame::new(app, reader, "receipt.heading") };
    page.action = "/receipt";
    page.helps = cancel(view).is_none();
    let carried = [("number", view.reception_number.as_str()), ("code", &code), ("shown", "yes")];
    page.hidden.extend(carried.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let wish = |(at, it): (usize, &precheck_shared::api::WishView)| {
        let gone = it.code.as_ref().map(|it| words.t(&format!("refusal.{it}")));
        (words.count("wishes.nth", at + 1), words.wire_time(&it.start), gone.unwrap_or_default())
    };
    let is_prepared =
        |it: &&String| !matches!(Item::parse(it), Some(Item::SecureContext | Item::BrowserKind));
    let kind = if view.is_one_of(&["requested", "confirmed", "held"]) {
        "good"
    } else if view.is_one_of(&["withdrawn", "cancelled"]) {
        "info"
    } else {
        "warn"
    };
    let home = super::home(app, headers);
    let number = view.reception_number.replace('-', "");
    let link = view.meeting.as_ref().and_then(|it| it.link.clone());
    Receipt {
        kind,
        state: format!("state.{}", view.state),
        said: words.paras(&format!("state.{}.words", view.state)),
        appointment: appointment_words(reader, view),
        join: link.filter(|it| view.state == "confirmed" && is_join_link(&policy.app, it)),
        wishes: view.wishes.iter().enumerate().map(wish).collect(),
        preparations: view
            .preparations
            .iter()
            .filter(is_prepared)
            .map(|it| words.t(&format!("check.{it}")))
            .collect(),
        cancel: cancel(view),
        mail: mail(reader, &policy, view),
        check: outside(words, &format!("{home}/check"), words.t("receipt.check")),
        qr: qr::draw(&format!("{home}/#/receipt/{number}/{code}")),
        home,
        view: view.clone(),
        code,
        page,
    }
}

/// Day, start and end.
fn appointment_words(reader: Reader, view: &RequestView) -> Html {
    let Some(appointment) = &view.appointment else { return Html::default() };
    let texts = reader.words.texts;
    let (start, end) = (parse_instant(&appointment.start), parse_instant(&appointment.end));
    let (Some(start), Some(end)) = (start, end) else { return Html::default() };
    let time = format!("{}～{}", texts.date_time(start), HourMinute::of(end));
    reader.words.fill("receipt.japans_time", &[("time", &time)])
}

/// Article 4(3): how it can be cancelled now.
fn cancel(view: &RequestView) -> Option<&'static str> {
    let by = |channel: &str| view.cancel_channels.iter().any(|it| it == channel);
    view.is_open().then(|| match (by("telephone"), by("mail")) {
        (_, true) => "cancel.both",
        (true, false) => "cancel.telephone",
        (false, false) => "cancel.none",
    })
}

/// A mail with number and time filled in; nothing personal. It is the office that reads it: the time is in Japanese.
fn mail(reader: Reader, policy: &Policy, view: &RequestView) -> Option<(String, Html)> {
    let to = &policy.contact.mail;
    if to.is_empty() || !view.cancel_channels.iter().any(|it| it == "mail") {
        return None;
    }
    let japanese = texts::japanese();
    let start = view.appointment.as_ref().and_then(|it| parse_instant(&it.start));
    let time =
        start.map_or_else(|| japanese.get("cancel.mail.no_time").to_owned(), |it| japanese.date_time(it));
    let values = [("number", view.reception_number.as_str()), ("time", &time)];
    let encoded = |key: &str| percent(&ruby::plain(&reader.words.texts.fill(key, &values)));
    let (subject, body) = (encoded("cancel.mail.subject"), encoded("cancel.mail.body"));
    let label = reader.words.fill("cancel.mail", &[("mail", to)]);
    Some((format!("mailto:{to}?subject={subject}&body={body}"), label))
}

/// As RFC 6068 wants it: a space is no plus.
fn percent(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
