//! The widget: six steps from "may I?" to a receipt, in a custom element's shadow root.
//!
//! The loader (`scripts/element.js`) defines the element, `scripts/begin.js` calls [`mount`]; from here on it is leptos. Data moves one way:
//! what is entered goes into a `Form`, `shared::journey` judges it, the screen shows the verdict. Steps decide
//! nothing. `browser` alone touches clock, storage and address, `net` alone fetches.

use crate::browser::spawn;
use precheck_shared::journey::Step;
use precheck_shared::texts::known_by;
use precheck_shared::wire::Node;
use wasm_bindgen::prelude::*;

mod browser;
mod form;
mod idle;
mod js;
mod json;
mod keep;
mod media;
mod net;
mod send;
mod signal;
mod state;
mod steps;
mod takeover;
mod ui;
mod vault;
mod widget;

use browser::Root;
use net::Server;
use state::{App, Load, Setup};

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Mounts the widget into `root`, an element inside the custom element's shadow root. What comes back has three functions: `unmount`
/// takes it out again, and stops everything that it started; `take` takes over what a form drawn by the server holds, as JSON; `press`
/// does what a button of such a form says, `go next` or `language en`.
///
/// `options`: `api` and `assets` (addresses), `texts` (language to file), `standalone` (our own page: address and
/// history are ours), `place` (empty for the first element of a page, another word for each further one, which has a module of its own
/// then: nothing that the tab keeps is shared between them), `start` (`check`: the check of device and room alone; `receipt`: the way to a receipt), `language`, `office` (a promise of the
/// answer that the loader has asked for already), `tell` (a function that is told what the page around the element may know).
#[wasm_bindgen]
pub fn mount(root: web_sys::HtmlElement, options: &JsValue) -> JsValue {
    let word = |name: &str| js::get_text(options, name);
    browser::set_place(word("place"));
    let setup = Setup {
        server: Server { page: page_of(&word("assets")), api: word("api"), assets: word("assets") },
        standalone: js::get(options, "standalone").is_some_and(|it| it.is_truthy()),
        alone: word("start") == "check",
        options: options.clone(),
        texts: js::get(options, "texts").map_or_else(Vec::new, files),
    };
    let language = word("language");
    let office = js::get(options, "office");
    let place = web_sys::Element::from(root);
    let app = App::new(Root(place.clone().into()), setup);
    let mounted = ui::mount(&place, move || {
        if js::get_text(&app.setup.options, "start") == "receipt" {
            app.step.set(Step::Receipt);
        }
        start(app, language, office);
        widget::frame(app)
    });
    js::object(&[
        ("unmount", js::once(move || drop(mounted))),
        ("take", js::function(move |handed| takeover::take(app, &handed))),
        ("press", js::function(move |pressed| takeover::press(app, &pressed))),
    ])
}

/// Brings back what the tab kept, asks for the office, opens the step that the address names.
fn start(app: App, language: String, office: Option<JsValue>) {
    let standalone = app.setup.standalone;
    app.chosen.set(keep::language().unwrap_or_default());
    let wished = [app.chosen.get_now(), language, browser::language()];
    let known = ["ja"].into_iter().chain(app.setup.texts.iter().map(|it| it.0.as_str()));
    // Whoever reads no Japanese reads English more likely than Japanese.
    let language = wished.iter().find_map(|it| known_by(it, known.clone())).unwrap_or("en").to_owned();
    if language != "ja" {
        widget::choose_language(app, language.clone());
    }
    send::follow(app);
    idle::follow(app);
    if standalone {
        widget::follow_address(app);
        if widget::is_at_a_receipt() {
            widget::arrive(app);
        }
    }
    let hints = browser::Device::ask();
    spawn(async move {
        let in_time = keep::restore(app).await;
        let device = browser::Device::told(hints).await;
        app.device.set(device);
        app.load_office(office).await;
        if app.load.get_now() == Load::Ready && app.step.get_now() != Step::Receipt {
            if standalone {
                widget::arrive(app);
            }
            if !in_time {
                app.alert.set(Some(app.t("send.expired").to_owned()));
            }
        }
        send::resume(app);
        app.tell("step", app.step.get_now().as_str());
        app.tell("ready", &language);
        keep::follow(app);
        send::look_beside(app).await;
    });
}

/// Our own page lies two folders above the widget's files.
fn page_of(assets: &str) -> String {
    assets.strip_suffix("embed/v1/").unwrap_or("/").to_owned()
}

/// `{"en": "en-….words"}` as pairs.
fn files(texts: JsValue) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (language, file) in json::Parsed(texts).entries().unwrap_or_default() {
        if let Some(file) = file.text() {
            files.push((language, file));
        }
    }
    files
}
