//! The widget: six steps from "may I?" to a receipt, in a custom element's shadow root.
//!
//! The loader (`loader.js`) defines the element and calls [`mount`]; from here on it is leptos. Data moves one way:
//! what is entered goes into a `Form`, `shared::journey` judges it, the screen shows the verdict. Steps decide
//! nothing. `browser` alone touches clock, storage and address, `net` alone fetches.

use crate::browser::spawn;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

mod browser;
mod form;
mod js;
mod json;
mod keep;
mod net;
mod send;
mod signal;
mod state;
mod steps;
mod ui;
mod vault;
mod widget;

use browser::Root;
use net::Server;
use state::{App, Load, Setup};

/// A mounted widget; `unmount` takes it out again and stops everything that it started.
#[wasm_bindgen]
pub struct Widget {
    mounted: Option<Box<dyn std::any::Any>>,
}

#[wasm_bindgen]
impl Widget {
    /// Takes the widget out of its root.
    pub fn unmount(&mut self) {
        self.mounted.take();
    }
}

/// Mounts the widget into `root`, an element inside the custom element's shadow root.
///
/// `options`: `api` and `assets` (addresses), `texts` (language to file), `standalone` (our own page: address and
/// history are ours), `language`, `office` (a promise of the answer that the loader has asked for already).
#[wasm_bindgen]
pub fn mount(root: web_sys::HtmlElement, options: &JsValue) -> Widget {
    let option = |name: &str| js_sys::Reflect::get(options, &JsValue::from_str(name)).unwrap_or_default();
    let word = |name: &str| option(name).as_string().unwrap_or_default();
    let setup = Setup {
        server: Server { page: page_of(&word("assets")), api: word("api"), assets: word("assets") },
        standalone: option("standalone").is_truthy(),
        texts: files(&option("texts")),
    };
    let language = match word("language") {
        asked if !asked.is_empty() => asked,
        _ => browser::language(),
    };
    let office = option("office").dyn_into::<js_sys::Promise>().ok();
    let mounted = mount_to(root.clone(), move || {
        let app = App::new(Root::new(root), setup);
        start(app, language, office);
        widget::frame(app).into_view()
    });
    browser::mark_interactive();
    Widget { mounted: Some(Box::new(mounted)) }
}

/// Brings back what the tab kept, asks for the office, opens the step that the address names.
fn start(app: App, language: String, office: Option<js_sys::Promise>) {
    let standalone = app.setup.with_value(|it| it.standalone);
    let language = keep::language().unwrap_or(language);
    let language = language.split('-').next().unwrap_or_default().to_owned();
    if language != "ja" {
        // Whoever reads no Japanese reads English more likely than Japanese.
        let known = app.setup.with_value(|it| it.texts.iter().any(|it| it.0 == language));
        widget::choose_language(app, if known { language } else { "en".to_owned() });
    }
    if standalone {
        widget::follow_address(app);
        if browser::fragment().starts_with("receipt/") {
            widget::arrive(app);
        }
    }
    spawn(async move {
        keep::restore(app).await;
        app.load_office(office).await;
        if app.load.get_now() == Load::Ready && app.step.get_now() != precheck_shared::journey::Step::Receipt
        {
            if standalone {
                widget::arrive(app);
            }
            send::resume(app);
        }
        keep::follow(app);
    });
}

/// Our own page lies two folders above the widget's files.
fn page_of(assets: &str) -> String {
    assets.strip_suffix("embed/v1/").unwrap_or("/").to_owned()
}

/// `{"en": "en-….txt"}` as pairs.
fn files(texts: &JsValue) -> Vec<(String, String)> {
    let Some(object) = texts.dyn_ref::<js_sys::Object>() else { return Vec::new() };
    let entries = js_sys::Object::entries(object);
    entries
        .iter()
        .filter_map(|entry| {
            let pair: js_sys::Array = entry.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        })
        .collect()
}
