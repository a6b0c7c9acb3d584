//! Calling the browser by name, where a typed binding for each call would cost more than the call.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A property; `None` where it is missing, null, or refused.
pub(crate) fn get(target: &JsValue, name: &str) -> Option<JsValue> {
    let value = js_sys::Reflect::get(target, &JsValue::from_str(name)).ok()?;
    (!value.is_null() && !value.is_undefined()).then_some(value)
}

/// Calls a method; `None` where it is missing, throws, or gives nothing.
pub(crate) fn call(target: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: js_sys::Function = get(target, name)?.dyn_into().ok()?;
    method.apply(target, &arguments.iter().collect()).ok()
}

/// Calls a method that answers with a promise, and waits for it.
pub(crate) async fn wait(target: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let promise: js_sys::Promise = call(target, name, arguments)?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok()
}

/// Waits for a request of `IndexedDB` and gives its result.
pub(crate) async fn settled(request: &JsValue) -> Option<JsValue> {
    let promise = js_sys::Promise::new(&mut |resolve, reject| {
        set(request, "onsuccess", &resolve);
        set(request, "onerror", &reject);
        set(request, "onblocked", &reject);
    });
    JsFuture::from(promise).await.ok()?;
    js_sys::Reflect::get(request, &JsValue::from_str("result")).ok()
}

/// Sets a property; a refusal shows where the property is used.
pub(crate) fn set(target: &JsValue, name: &str, value: &JsValue) {
    drop(js_sys::Reflect::set(target, &JsValue::from_str(name), value));
}

/// An object with these properties.
pub(crate) fn object(properties: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new().into();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object
}

/// A list of texts.
pub(crate) fn list(texts: &[&str]) -> JsValue {
    texts.iter().map(|it| JsValue::from_str(it)).collect::<js_sys::Array>().into()
}

/// Bytes as the browser takes them.
pub(crate) fn bytes(bytes: &[u8]) -> JsValue {
    js_sys::Uint8Array::from(bytes).into()
}
