//! Calling the browser by name: a typed binding for each call would cost twice what the call does, once as an import of
//! the module and once in its glue.

use std::pin::Pin;

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Something to wait for; `None` where it was refused. Boxed, so that all waiting is of one kind.
pub(crate) type Waiting = Pin<Box<dyn Future<Output = Option<JsValue>>>>;

/// A request of `IndexedDB` is waited for so long.
const LONGEST_MILLIS: u32 = 3_000;

/// The page's global object.
pub(crate) fn window() -> JsValue {
    tachys::dom::window().into()
}

/// A property; `None` where it is missing, null, or refused.
pub(crate) fn get(target: &JsValue, name: &str) -> Option<JsValue> {
    let value = js_sys::Reflect::get(target, &JsValue::from_str(name)).ok()?;
    (!value.is_null() && !value.is_undefined()).then_some(value)
}

/// A property that is text; empty where it is not.
pub(crate) fn get_text(target: &JsValue, name: &str) -> String {
    get(target, name).and_then(|it| it.as_string()).unwrap_or_default()
}

/// A property that counts something; 0 where it does not.
pub(crate) fn get_count(target: &JsValue, name: &str) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast that saturates")]
    get(target, name).and_then(|it| it.as_f64()).map_or(0, |it| it as u32)
}

/// Calls a method; `None` where it is missing or throws.
pub(crate) fn call(target: &JsValue, name: &str, arguments: &[JsValue]) -> Option<JsValue> {
    // What is no function throws when it is called, as the method itself may.
    let method: js_sys::Function = get(target, name)?.unchecked_into();
    method.apply(target, &array(arguments)).ok()
}

/// Makes an object of a class, `new AbortController()`.
pub(crate) fn make(scope: &JsValue, class: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let class: js_sys::Function = get(scope, class)?.unchecked_into();
    js_sys::Reflect::construct(&class, &array(arguments)).ok()
}

/// Waits for a promise, or takes the value that is none.
pub(crate) fn settle(promise: Option<JsValue>) -> Waiting {
    Box::pin(async move { JsFuture::from(js_sys::Promise::resolve(&promise?)).await.ok() })
}

/// Calls a method that answers with a promise, and waits for it.
pub(crate) fn wait(target: &JsValue, name: &str, arguments: &[JsValue]) -> Waiting {
    settle(call(target, name, arguments))
}

/// Waits for a request of `IndexedDB` and gives its result; `None` where it fails, or has no answer for so long that people would
/// wait in vain for what comes behind it.
pub(crate) fn settled(request: Option<JsValue>) -> Waiting {
    Box::pin(async move {
        let request = request?;
        let promise = js_sys::Promise::new(&mut |resolve, reject| {
            set(&request, "onsuccess", &resolve);
            set(&request, "onerror", &reject);
            set(&request, "onblocked", &reject);
        });
        settle(race(&promise, LONGEST_MILLIS)).await?;
        let is_done = get_text(&request, "readyState") == "done";
        is_done.then(|| get(&request, "result").unwrap_or(JsValue::UNDEFINED))
    })
}

/// Waits for a promise, and tells how it ended.
pub(crate) async fn outcome(promise: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(js_sys::Promise::resolve(&promise)).await
}

/// A promise that is kept after some time.
fn later(millis: u32) -> JsValue {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        call(&window(), "setTimeout", &[resolve.into(), millis.into()]);
    });
    promise.into()
}

/// A promise that is kept with the other one, or without a value after some time.
pub(crate) fn race(promise: &JsValue, within_millis: u32) -> Option<JsValue> {
    let both = array(&[promise.clone(), later(within_millis)]);
    call(&get(&window(), "Promise")?, "race", &[both.into()])
}

/// Waits for some time.
pub(crate) fn pause(millis: u32) -> Waiting {
    settle(Some(later(millis)))
}

/// A function that the browser calls once; it is freed when it was.
pub(crate) fn once(act: impl FnOnce() + 'static) -> JsValue {
    // Boxed, so that what wraps it is compiled once.
    let act: Box<dyn FnOnce()> = Box::new(act);
    Closure::once_into_js(act)
}

/// A function of a text for the page's script. Its few bytes stay for as long as the page does, as the state behind it.
pub(crate) fn function(act: impl Fn(String) + 'static) -> JsValue {
    Closure::<dyn Fn(String)>::new(act).into_js_value()
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

/// A list of values.
pub(crate) fn array(values: &[JsValue]) -> js_sys::Array {
    let array = js_sys::Array::new();
    for value in values {
        array.push(value);
    }
    array
}

/// Bytes as the browser takes them.
pub(crate) fn bytes(bytes: &[u8]) -> JsValue {
    js_sys::Uint8Array::from(bytes).into()
}
