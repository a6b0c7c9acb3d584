//! The one module that touches the browser: clock, storage of the tab, address, focus, clipboard.
//!
//! Every call may fail (a sandboxed frame throws on each storage access); a failure is `None` or `false`, and memory
//! is the fall-back.

use std::pin::Pin;

use chrono::{DateTime, TimeDelta};
use leptos::prelude::*;
use precheck_shared::checklist::device::Seen;
use precheck_shared::time::{Instant, JST};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use crate::js;

/// The element that the widget was mounted into.
#[derive(Clone, Copy)]
pub(crate) struct Root(StoredValue<HtmlElement, LocalStorage>);

impl Root {
    pub(crate) fn new(root: HtmlElement) -> Self {
        Self(StoredValue::new_local(root))
    }

    /// The first element that a selector finds inside the widget.
    pub(crate) fn find(self, selector: &str) -> Option<HtmlElement> {
        self.0.try_with_value(|root| root.query_selector(selector).ok().flatten())??.dyn_into().ok()
    }

    /// Moves the focus after the screen has been drawn, and brings the element into view.
    pub(crate) fn focus(self, selector: &'static str) {
        self.focus_first(vec![selector.to_owned()]);
    }

    /// Moves the focus to the first of several that is there.
    pub(crate) fn focus_first(self, selectors: Vec<String>) {
        gloo::timers::callback::Timeout::new(0, move || {
            if let Some(found) = selectors.iter().find_map(|it| self.find(it)) {
                let frame = found.closest("fieldset, .oc-field, .oc-tick").ok().flatten();
                frame.unwrap_or_else(|| Element::clone(&found)).scroll_into_view();
                let options = web_sys::FocusOptions::new();
                options.set_prevent_scroll(true);
                // A focus that is refused leaves the reader where she was: nothing to tell.
                drop(found.focus_with_options(&options));
            }
        })
        .forget();
    }
}

/// The device's own clock; the server's is this and an offset.
pub(crate) fn device_now() -> Instant {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit into 53 bits")]
    let millis = js_sys::Date::now() as i64;
    DateTime::from_timestamp_millis(millis).unwrap_or_default().with_timezone(&JST)
}

/// The server's time, from the offset learnt from its answer.
pub(crate) fn server_now(offset: TimeDelta) -> Instant {
    device_now() + offset
}

/// What the browser says of itself.
pub(crate) fn with_seen<T>(judge: impl FnOnce(Seen<'_>) -> T) -> T {
    let navigator = window().navigator();
    let user_agent = navigator.user_agent().unwrap_or_default();
    judge(Seen { user_agent: &user_agent, touch_points: navigator.max_touch_points() })
}

/// Whether the page may use camera and microphone at all.
pub(crate) fn is_secure() -> bool {
    window().is_secure_context()
}

/// The browser's preferred language, `ja`.
pub(crate) fn language() -> String {
    window().navigator().language().unwrap_or_default()
}

/// Reads what this tab keeps.
pub(crate) fn keep_read(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// Keeps something for this tab; false where storage is refused.
pub(crate) fn keep_write(key: &str, value: &str) -> bool {
    let storage = window().session_storage().ok().flatten();
    storage.is_some_and(|it| it.set_item(key, value).is_ok())
}

/// Forgets something that this tab kept.
pub(crate) fn keep_forget(key: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        // Nothing is left to do where storage refuses to forget what it refused to keep.
        drop(storage.remove_item(key));
    }
}

/// The address behind `#`, decoded until nothing changes: mail programs encode fragments twice.
pub(crate) fn fragment() -> String {
    let mut fragment = window().location().hash().unwrap_or_default();
    for _ in 0..4 {
        let decoded = js_sys::decode_uri_component(&fragment).map_or_else(|_| fragment.clone(), String::from);
        if decoded == fragment {
            break;
        }
        fragment = decoded;
    }
    fragment.trim_start_matches(['#', '/']).to_owned()
}

/// Sets the address behind `#`, as a new place for Back or in place of the present one.
pub(crate) fn set_fragment(fragment: &str, replace: bool) {
    let Ok(history) = window().history() else { return };
    let address = format!("#/{fragment}");
    // A frame may not be allowed to: the widget works without addresses too.
    drop(if replace {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(&address))
    });
}

/// Copies a text; false where the browser refuses.
pub(crate) async fn copy(text: &str) -> bool {
    if !is_secure() {
        return false;
    }
    let promise = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(promise).await.is_ok()
}

/// A random version 4 UUID; `randomUUID` itself is missing in older Safaris and on insecure pages.
pub(crate) fn uuid() -> Option<String> {
    let mut bytes = random::<16>()?;
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let digits: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
    Some([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}

/// Random bytes of the browser's own source.
pub(crate) fn random<const LENGTH: usize>() -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    window().crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(bytes)
}

/// How many characters a person counts, by the browser's own tables. A browser without them refuses nothing for its
/// length: the server counts again.
pub(crate) fn characters(text: &str) -> usize {
    let count = || {
        let segmenter: js_sys::Function =
            js::get(&js::get(&window(), "Intl")?, "Segmenter")?.dyn_into().ok()?;
        let segmenter = js_sys::Reflect::construct(&segmenter, &js_sys::Array::new()).ok()?;
        let segments = js::call(&segmenter, "segment", &[text.into()])?;
        Some(js_sys::Array::from(&segments).length() as usize)
    };
    count().unwrap_or(0)
}

/// Marks the moment at which the first step answers a tap.
pub(crate) fn mark_interactive() {
    if let Some(performance) = window().performance() {
        // Measuring is a comfort: a browser without it loses nothing.
        drop(performance.mark("precheck:interactive"));
    }
}

/// Runs something that waits. Boxed, so that the machinery around it is compiled once.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    spawn_boxed(Box::pin(task));
}

fn spawn_boxed(task: Pin<Box<dyn Future<Output = ()>>>) {
    leptos::task::spawn_local(task);
}
