//! The one module that touches the browser: clock, storage of the tab, address, focus, clipboard.
//!
//! Every call may fail (a sandboxed frame throws on each storage access); a failure is `None` or `false`, and memory
//! is the fall-back.

use std::cell::Cell;
use std::pin::Pin;

use chrono::DateTime;
use precheck_shared::checklist::device::{Hints, Seen};
use precheck_shared::person::Characters;
use precheck_shared::time::{Instant, JST};
use precheck_shared::wire::Node;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;
use web_sys::Event;

use crate::js::{array, call, get, get_count, get_text, make, object, once, race, set, settle, window};
use crate::json::Parsed;
use crate::ui::at_the_end;

pub(crate) mod clipboard;
pub(crate) mod sandbox;

/// The element that the widget was mounted into.
#[derive(Clone)]
pub(crate) struct Root(pub(crate) JsValue);

impl Root {
    /// The first element that a selector finds inside the widget.
    pub(crate) fn find(&self, selector: &str) -> Option<JsValue> {
        call(&self.0, "querySelector", &[selector.into()]).filter(JsValue::is_truthy)
    }

    /// Moves the focus after the screen has been drawn, and brings the element into view.
    pub(crate) fn focus(&self, selector: &str) {
        self.focus_first(vec![selector.to_owned()]);
    }

    /// The element inside the widget that has the focus.
    pub(crate) fn active(&self) -> Option<JsValue> {
        get(&call(&self.0, "getRootNode", &[])?, "activeElement")
    }

    /// A selector for the element that has the focus, by one of its attributes; `None` where that element has none.
    pub(crate) fn focused(&self, attribute: &str) -> Option<String> {
        let value = call(&self.active()?, "getAttribute", &[attribute.into()])?.as_string()?;
        Some(["[", attribute, "='", &value, "']"].concat())
    }

    /// Moves the focus to the first of several that is there.
    pub(crate) fn focus_first(&self, selectors: Vec<String>) {
        let root = self.clone();
        let focus = once(move || {
            if let Some(found) = selectors.iter().find_map(|it| root.find(it)) {
                let frame = call(&found, "closest", &["fieldset, .oc-field, .oc-tick".into()]);
                call(frame.as_ref().filter(|it| it.is_truthy()).unwrap_or(&found), "scrollIntoView", &[]);
                // A focus that is refused leaves the reader where she was: nothing to tell.
                call(&found, "focus", &[object(&[("preventScroll", JsValue::TRUE)])]);
            }
        });
        call(&window(), "setTimeout", &[focus]);
    }
}

/// The device's own clock; the server's is this and an offset.
pub(crate) fn device_now() -> Instant {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit into 53 bits")]
    let millis = js_sys::Date::now() as i64;
    DateTime::from_timestamp_millis(millis).unwrap_or_default().with_timezone(&JST)
}

/// Whether the device's zone is as far from Greenwich as Japan's is now.
pub(crate) fn is_on_japans_time() -> bool {
    let date = make(&window(), "Date", &[]);
    date.and_then(|it| call(&it, "getTimezoneOffset", &[])?.as_f64())
        .is_some_and(|it| it < -539.0 && -541.0 < it)
}

pub(crate) fn navigator() -> JsValue {
    get(&window(), "navigator").unwrap_or_default()
}

/// What the browser says of itself and its system.
#[derive(Clone, Default)]
pub(crate) struct Device {
    user_agent: String,
    touch_points: i32,
    /// System and its version, where the browser has client hints.
    hints: Option<(String, String)>,
}

impl Device {
    /// What is said at once.
    pub(crate) fn at_once() -> Self {
        let navigator = navigator();
        let touch_points = i32::try_from(get_count(&navigator, "maxTouchPoints")).unwrap_or(0);
        Self { user_agent: get_text(&navigator, "userAgent"), touch_points, hints: None }
    }

    /// Asks for more; the answer is waited for later, beside what takes longer.
    pub(crate) fn ask() -> Option<JsValue> {
        let names: JsValue = array(&["platformVersion".into()]).into();
        call(&get(&navigator(), "userAgentData")?, "getHighEntropyValues", &[names])
    }

    /// What was said when asked for more, if that is said soon.
    pub(crate) async fn told(asked: Option<JsValue>) -> Self {
        let said = settle(asked.and_then(|it| race(&it, 1_000))).await.filter(JsValue::is_object);
        let hints = said.map(|it| (get_text(&it, "platform"), get_text(&it, "platformVersion")));
        Self { hints, ..Self::at_once() }
    }

    /// As the rules look at it.
    pub(crate) fn seen(&self) -> Seen<'_> {
        let hints =
            self.hints.as_ref().map(|(platform, platform_version)| Hints { platform, platform_version });
        Seen { user_agent: &self.user_agent, touch_points: self.touch_points, hints }
    }
}

/// Whether the line says of itself that it is billed by volume, or to be spared; only Chromium tells.
pub(crate) fn is_metered() -> bool {
    let Some(line) = get(&navigator(), "connection") else { return false };
    get_text(&line, "type") == "cellular" || get(&line, "saveData").is_some_and(|it| it.is_truthy())
}

/// Milliseconds since the page was opened, by a clock that nobody sets.
pub(crate) fn ticks() -> f64 {
    let ticks = get(&window(), "performance").and_then(|it| call(&it, "now", &[])?.as_f64());
    ticks.unwrap_or_default()
}

/// Whether the page stands inside another one.
pub(crate) fn is_framed() -> bool {
    get(&window(), "top").is_some_and(|it| it != window())
}

/// Whether the page is out of sight.
pub(crate) fn is_hidden() -> bool {
    get(&window(), "document").and_then(|it| get(&it, "hidden")).is_some_and(|it| it.is_truthy())
}

/// Whether the page may use camera and microphone at all.
pub(crate) fn is_secure() -> bool {
    get(&window(), "isSecureContext").is_some_and(|it| it.is_truthy())
}

/// The browser's preferred language, `ja`.
pub(crate) fn language() -> String {
    get_text(&navigator(), "language")
}

thread_local! {
    /// The widget's place among those of its page; empty for the first one.
    static PLACE: Cell<&'static str> = const { Cell::new("") };
}

/// Sets the place of every widget of this module: what the tab keeps for one of another place is not its.
pub(crate) fn set_place(place: String) {
    PLACE.set(Box::leak(place.into_boxed_str()));
}

/// Asks for what this tab keeps under a name.
fn storage(method: &str, key: &str, value: Option<&str>) -> Option<JsValue> {
    let place = PLACE.get();
    let key = if place.is_empty() { key.to_owned() } else { [key, "-", place].concat() };
    let mut arguments = vec![key.into()];
    arguments.extend(value.map(JsValue::from));
    call(&get(&window(), "sessionStorage")?, method, &arguments)
}

/// Reads what this device keeps beyond the tab; nothing personal that is not sealed.
pub(crate) fn note_read(key: &str) -> Option<String> {
    call(&get(&window(), "localStorage")?, "getItem", &[key.into()])?.as_string()
}

/// The names that begin so, of what is kept beyond the tab.
pub(crate) fn notes(beginning: &str) -> Vec<String> {
    let notes = get(&window(), "localStorage").and_then(|it| Parsed(it).entries());
    let mut names = Vec::new();
    for (name, _) in notes.unwrap_or_default() {
        if name.starts_with(beginning) {
            names.push(name);
        }
    }
    names
}

/// Forgets what is kept beyond the tab under names that begin so.
pub(crate) fn notes_forget(beginning: &str) {
    for name in notes(beginning) {
        note_forget(&name);
    }
}

/// Forgets something that is kept beyond the tab.
pub(crate) fn note_forget(key: &str) {
    if let Some(notes) = get(&window(), "localStorage") {
        call(&notes, "removeItem", &[key.into()]);
    }
}

/// Keeps something on this device beyond the tab; false where storage is refused.
pub(crate) fn note_write(key: &str, value: &str) -> bool {
    get(&window(), "localStorage").and_then(|it| call(&it, "setItem", &[key.into(), value.into()])).is_some()
}

/// Reads what this tab keeps.
pub(crate) fn keep_read(key: &str) -> Option<String> {
    storage("getItem", key, None)?.as_string()
}

/// Keeps something for this tab; false where storage is refused.
pub(crate) fn keep_write(key: &str, value: &str) -> bool {
    storage("setItem", key, Some(value)).is_some()
}

/// Forgets something that this tab kept.
pub(crate) fn keep_forget(key: &str) {
    // Nothing is left to do where storage refuses to forget what it refused to keep.
    storage("removeItem", key, None);
}

/// The address behind `#`, decoded until nothing changes: mail programs encode fragments twice.
pub(crate) fn fragment() -> String {
    let mut fragment = get(&window(), "location").map_or_else(String::new, |it| get_text(&it, "hash"));
    for _ in 0..4 {
        let decoded = call(&window(), "decodeURIComponent", &[fragment.as_str().into()]);
        match decoded.and_then(|it| it.as_string()) {
            Some(decoded) if decoded != fragment => fragment = decoded,
            _ => break,
        }
    }
    fragment.trim_start_matches(['#', '/']).to_owned()
}

/// A text as a part of an address.
pub(crate) fn encoded(text: &str) -> String {
    call(&window(), "encodeURIComponent", &[text.into()]).and_then(|it| it.as_string()).unwrap_or_default()
}

/// Sets the address behind `#`, as a new place for Back or in place of the present one.
pub(crate) fn set_fragment(fragment: &str, replace: bool) {
    set_history(if replace { "replaceState" } else { "pushState" }, JsValue::NULL, fragment);
}

/// Gives the present place of the history an address that tells nothing, and a number to know it by.
pub(crate) fn set_numbered_fragment(fragment: &str, number: u32) {
    set_history("replaceState", number.into(), fragment);
}

fn set_history(method: &str, state: JsValue, fragment: &str) {
    let Some(history) = get(&window(), "history") else { return };
    // A frame may not be allowed to: the widget works without addresses too.
    call(&history, method, &[state, "".into(), ["#/", fragment].concat().into()]);
}

/// The number of the present place of the history.
pub(crate) fn history_number() -> Option<u32> {
    let state = get(&get(&window(), "history")?, "state")?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast that saturates")]
    state.as_f64().map(|it| it as u32)
}

/// Gives a text to the browser as a file to keep; `None` where it has no way to.
///
/// As an address that holds it: Safari on telephones opens such a calendar, and asks to save what it was given otherwise.
pub(crate) fn save(name: &str, kind: &str, content: &str) -> Option<()> {
    let link = call(&get(&window(), "document")?, "createElement", &["a".into()])?;
    set(&link, "href", &["data:", kind, ",", &encoded(content)].concat().into());
    set(&link, "download", &name.into());
    call(&link, "click", &[]).map(drop)
}

/// A random version 4 UUID; `randomUUID` itself is missing in older Safaris and on insecure pages.
pub(crate) fn uuid() -> Option<String> {
    let mut uuid = String::new();
    for (at, byte) in random(16)?.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        push_hex(
            &mut uuid,
            match at {
                6 => byte & 0x0F | 0x40,
                8 => byte & 0x3F | 0x80,
                _ => byte,
            },
        );
    }
    Some(uuid)
}

/// Appends a byte in two digits.
pub(crate) fn push_hex(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 15] {
        text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
    }
}

/// Random bytes of the browser's own source.
pub(crate) fn random(length: u32) -> Option<Vec<u8>> {
    let array = js_sys::Uint8Array::new_with_length(length);
    call(&get(&window(), "crypto")?, "getRandomValues", &[array.clone().into()])?;
    Some(array.to_vec())
}

/// Chance, from 0 to 1.
pub(crate) fn chance() -> f64 {
    random(1).map_or(0.5, |it| f64::from(it.first().copied().unwrap_or(0)) / 256.0)
}

/// Breaks something off when a time is over; its signal.
pub(crate) fn abort_within(millis: u32, abort: JsValue) -> JsValue {
    let signal = get(&abort, "signal").unwrap_or_default();
    let deadline = once(move || {
        call(&abort, "abort", &[]);
    });
    // Where it is over by then, there is nothing left to abort.
    call(&window(), "setTimeout", &[deadline, millis.into()]);
    signal
}

/// Calls something at each event, for as long as the view that is being drawn is there.
pub(crate) fn listen(target: JsValue, event: &'static str, act: Box<dyn FnMut(Event)>) {
    let act = Closure::wrap(act);
    let arguments = [event.into(), act.as_ref().clone()];
    call(&target, "addEventListener", &arguments);
    at_the_end(move || {
        call(&target, "removeEventListener", &arguments);
        drop(act);
    });
}

/// What the browser's own tables tell of characters. A browser without them refuses nothing: the server judges again.
pub(crate) const CHARACTERS: Characters = Characters {
    count: |text| count(text).unwrap_or(0),
    has_letter_or_number: |text| matches(text, "[\\p{Alphabetic}\\p{N}]").unwrap_or(true),
    has_number: |text| matches(text, "\\p{N}").unwrap_or(false),
    has_more_marks: |text, most| {
        let pattern =
            format!("[\\p{{M}}\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2060-\\u206f\\ufeff]{{{}}}", most + 1);
        matches(text, &pattern).unwrap_or(false)
    },
    has_unknown: |text| matches(text, "[\\p{Co}\\p{Cn}]").unwrap_or(false),
};

fn count(text: &str) -> Option<usize> {
    let segmenter = make(&get(&window(), "Intl")?, "Segmenter", &[])?;
    let segments = call(&segmenter, "segment", &[text.into()])?;
    Some(js_sys::Array::from(&segments).length() as usize)
}

fn matches(text: &str, pattern: &str) -> Option<bool> {
    let pattern = make(&window(), "RegExp", &[pattern.into(), "u".into()])?;
    Some(call(&pattern, "test", &[text.into()])?.is_truthy())
}

/// Something that runs by itself. Boxed, so that the machinery around it is compiled once.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs something that waits.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    run(Box::pin(task));
}

/// Runs a task.
pub(crate) fn run(task: Task) {
    wasm_bindgen_futures::spawn_local(task);
}
