//! Copying a text: by the clipboard where the page may use it, else from a field that a page's policy says nothing of.
//!
//! The field stands beside what was pressed, so that nothing scrolls, nor the page around a frame; it cannot be typed into, so that
//! no keyboard comes up. Where the browser refuses that too, it stays and holds the text, selected, for a person's own copying.

use wasm_bindgen::JsValue;

use super::{Root, is_secure, navigator};
use crate::js::{Waiting, call, get, object, set, settle, window};

/// Copies a text when the button that is named so in `data-act` is pressed; nothing where the browser refuses every way.
///
/// Asked for at once, not when it is waited for: some browsers let only the press itself copy.
pub(crate) fn copy(root: &Root, act: &str, text: &str) -> Waiting {
    let asked = if may_write() {
        let clipboard = get(&navigator(), "clipboard");
        clipboard.and_then(|it| call(&it, "writeText", &[text.into()]))
    } else {
        None
    };
    let button = root.find(&["[data-act='", act, "']"].concat());
    if let Some(before) = button.as_ref().and_then(field_of) {
        // Of an earlier press.
        call(&before, "remove", &[]);
    }
    let (root, text) = (root.clone(), text.to_owned());
    Box::pin(async move {
        match settle(asked).await {
            Some(_) => Some(JsValue::TRUE),
            None => by_selection(&root, &button?, &text),
        }
    })
}

/// Whether the browser lets this page write into the clipboard, as far as it tells before it is asked: a refusal would stand in the
/// console as a fault.
fn may_write() -> bool {
    let policy = get(&window(), "document").and_then(|it| get(&it, "featurePolicy"));
    let told = policy.and_then(|it| call(&it, "allowsFeature", &["clipboard-write".into()]));
    is_secure() && told != Some(JsValue::FALSE)
}

/// The field of a button, if there is one.
fn field_of(button: &JsValue) -> Option<JsValue> {
    call(&get(button, "parentNode")?, "querySelector", &["textarea".into()]).filter(JsValue::is_truthy)
}

/// Copies what is selected in a field, and puts focus and selection back; the field stays where that is refused.
fn by_selection(root: &Root, button: &JsValue, text: &str) -> Option<JsValue> {
    let document = get(&window(), "document")?;
    let before = root.active();
    let selection = call(&document, "getSelection", &[]);
    let range =
        selection.as_ref().and_then(|it| call(&call(it, "getRangeAt", &[0.into()])?, "cloneRange", &[]));
    let field = call(&document, "createElement", &["textarea".into()])?;
    set(&field, "className", &"oc-hidden".into());
    set(&field, "readOnly", &JsValue::TRUE);
    set(&field, "value", &text.into());
    call(&field, "setAttribute", &["aria-label".into(), get(button, "textContent").unwrap_or_default()]);
    call(button, "after", std::slice::from_ref(&field));
    let focus = |it: &JsValue| call(it, "focus", &[object(&[("preventScroll", JsValue::TRUE)])]);
    focus(&field);
    call(&field, "select", &[]);
    // Safari on telephones selects nothing of a field that cannot be typed into by the call above.
    call(&field, "setSelectionRange", &[0.into(), u32::MAX.into()]);
    let copied = call(&document, "execCommand", &["copy".into()]).filter(JsValue::is_truthy);
    if copied.is_none() {
        set(&field, "className", &"oc-input oc-input--lines".into());
        return None;
    }
    call(&field, "remove", &[]);
    if let (Some(selection), Some(range)) = (selection, range) {
        call(&selection, "removeAllRanges", &[]);
        call(&selection, "addRange", &[range]);
    }
    if let Some(before) = before {
        focus(&before);
    }
    copied
}
