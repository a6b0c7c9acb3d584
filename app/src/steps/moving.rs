//! Out of the browser inside a messaging app, where camera and microphone often do not work: before the first answer, or with
//! the answers so far in the address.
//!
//! Only conditions, consents and attested checks go along, never what people enter about themselves.

use precheck_shared::checklist::device;

use super::{copying, numbered};
use crate::browser;
use crate::keep;
use crate::state::App;
use crate::ui::{View, add_paragraphs, dynamic, el, group, notice, text};

/// Stands above the steps in such a browser.
pub(crate) fn offer(app: App, in_app: &'static str) -> View {
    let values = [("app", name_of(app, in_app))];
    let mut offer = notice("warn", &app.fill("move.heading", &values)).set("data-move-offer", "");
    add_paragraphs(&mut offer, "oc-text", &app.fill("move.words", &values));
    let (is_line, system) = app.device.peek(|it| (device::is_line(it.seen()), device::os(it.seen()).key()));
    let offer = if is_line {
        let link = app
            .words("a", "oc-button", "move.line")
            .set("data-move", "")
            // A frame cannot be moved out: the page around it is.
            .set("target", "_top")
            .follow("href", move || Some(address(app, "?openExternalBrowser=1")));
        offer.with(el("p", "oc-text").with(link))
    } else {
        // What such an app's menu opens is the address that it shows: the answers are in our own page's.
        let is_shown = app.setup.standalone && !browser::is_framed();
        let steps = match system {
            _ if !is_shown => "move.paste",
            "ios" => "move.steps.ios",
            _ => "move.steps.android",
        };
        offer
            .with(numbered(app.t(steps)))
            .with(copying(app, "move", move || address(app, "")))
            .with(el("p", "oc-move__link").with(dynamic(move || text(&address(app, "")))))
    };
    group("oc-move").with(offer)
}

/// The app's name; one that shows pages without giving its own is just an app.
pub(crate) fn name_of(app: App, in_app: &str) -> &str {
    if in_app == device::WEB_VIEW { app.t("move.app") } else { in_app }
}

/// Our own page with the answers so far.
fn address(app: App, query: &str) -> String {
    let path = if app.setup.alone { "check" } else { "" };
    [&app.setup.server.page, path, query, "#/", &keep::carried(app, app.step.get())].concat()
}
