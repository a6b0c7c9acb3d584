//! What helps: a repair card for each cause of failure, in this browser on this system, and how-tos for what is attested.

use precheck_shared::checklist::media::Cause;
use precheck_shared::checklist::{Item, device};
use precheck_shared::texts::replaced;

use crate::state::App;
use crate::steps::numbered;
use crate::ui::{View, add_paragraphs, el, group, nothing, outside_link, words};

/// What is the matter, what it means, what to do.
pub(super) fn repair(app: App, item: Item, cause: &'static str) -> View {
    let key = ["repair.", cause].concat();
    let device = app.t(if item == Item::Camera { "repair.camera" } else { "repair.microphone" });
    let (system, browser) =
        app.device.peek(|it| (device::os(it.seen()).key(), device::browser(it.seen()).0.key()));
    let steps = [key.as_str(), ".steps"].concat();
    let particular = [
        [&steps, ".", browser, ".", system].concat(),
        [&steps, ".", system].concat(),
        [&steps, ".", browser].concat(),
        steps,
    ];
    let steps = particular.iter().find_map(|it| app.texts().find(it)).unwrap_or_default();
    let mut card = group("oc-notice oc-repair").set("data-kind", "warn").set("data-cause", cause);
    card.add(words("p", "oc-notice__heading", &app.fill(&key, &[("device", device)])));
    add_paragraphs(&mut card, "oc-text", &app.fill(&[&key, ".means"].concat(), &[("device", device)]));
    let card = card.with(numbered(&replaced(steps, "{device}", device)));
    if cause != Cause::Framed.as_str() {
        return card;
    }
    let page = [&app.setup.server.page, "check"].concat();
    card.with(el("p", "oc-text").with(outside_link(&page, app.t("receipt.check"), app.t("link.outside"))))
}

/// How an item is prepared or looked up, on the system of the day's device; closed until it is asked for.
pub(super) fn how_to(app: App, item: Item, system: &str) -> View {
    let key = ["how.", item.as_str()].concat();
    // Of another device only the system is known.
    let is_own = app.form.peek(|it| it.plain.own_device) != Some(false);
    let browser = app.device.peek(|it| device::browser(it.seen()).0.key());
    let particular = match item {
        Item::BrowserUpdated if is_own => browser,
        Item::BrowserUpdated => "",
        _ => system,
    };
    let texts = app.texts();
    match texts.find(&[&key, ".", particular].concat()).or_else(|| texts.find(&key)) {
        Some(steps) => {
            let name = app.office.get_now().map_or("", |it| &it.policy.app.name);
            steps_in_details(app.t("how.summary"), &replaced(steps, "{app}", name))
        }
        None => nothing(),
    }
}

/// Steps that are shown when asked for.
pub(super) fn steps_in_details(summary: &str, steps: &str) -> View {
    el("details", "oc-how").with(words("summary", "oc-link oc-how__summary", summary)).with(numbered(steps))
}
