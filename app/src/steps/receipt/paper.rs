//! The receipt on paper: the print button, and the QR code of its link. What is on the sheet says the style sheet.

use precheck_shared::api::QrView;
use wasm_bindgen::JsValue;

use super::follow::ask;
use crate::browser::{self, sandbox, spawn};
use crate::js::{call, get, window};
use crate::json;
use crate::net::{Raw, content};
use crate::signal::State;
use crate::state::App;
use crate::ui::{View, button, group};

/// An element of SVG is made by its namespace; leptos makes those of HTML by name.
const SVG: &str = "http://www.w3.org/2000/svg";

/// The place of the code.
pub(super) fn place(app: App) -> View {
    group("oc-qr").set("role", "img").set("aria-label", app.t("receipt.qr"))
}

/// Prints the page. A browser inside an app may have no printing: the receipt stays on the screen. Where the frame around the page
/// forbids it, `is_forbidden` says so.
pub(super) fn printing(app: App, is_forbidden: State<bool>) -> View {
    button("oc-button oc-button--plain", app.t("receipt.print"), move || {
        if !sandbox::print() {
            is_forbidden.set(true);
            app.say(app.t("receipt.print.forbidden"));
        }
    })
}

/// Fetches the code of the receipt's link for its place, if it is not there yet.
pub(super) fn draw_code(app: App) {
    // The place is looked for before asking: another receipt, shown meanwhile, has another one.
    let Some(place) = app.root.find(".oc-qr:empty") else { return };
    let asked = ask(app, &["/qr?page=", &browser::encoded(&app.setup.server.page)].concat());
    spawn(async move {
        let raw = asked.await;
        draw(&place, raw);
    });
}

/// A code that did not come, and one that the browser cannot draw, leave the place empty: the link stands below.
#[inline(never)]
fn draw(place: &JsValue, raw: Option<Raw>) -> Option<()> {
    let code: QrView = json::read(&content(raw)?)?;
    let size = code.size.to_string();
    let picture = made("svg", "viewBox", &["0 0 ", &size, " ", &size].concat());
    call(&picture, "append", &[made("path", "d", &code.path)]);
    // Its place has the name.
    call(&picture, "setAttribute", &["aria-hidden".into(), "true".into()]);
    call(place, "replaceChildren", &[picture]).map(drop)
}

fn made(tag: &str, attribute: &str, value: &str) -> JsValue {
    let document = get(&window(), "document").unwrap_or_default();
    let element = call(&document, "createElementNS", &[SVG.into(), tag.into()]).unwrap_or_default();
    call(&element, "setAttribute", &[attribute.into(), value.into()]);
    element
}
