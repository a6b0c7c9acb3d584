//! What the frame of a sandbox forbids, as far as a page can find out.
//!
//! No browser tells whether it lets a page save a file. But no sandbox, whatever it allows, lets a page change its domain: a page that
//! cannot stands in one. Tried on an empty page inside this one, which goes at once, so that this one stays as it is.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use crate::js::{call, get, once, set, window};

/// Whether this page stands in a sandbox, or was opened out of one.
pub(crate) fn is_sandboxed() -> bool {
    tried().unwrap_or(false)
}

fn tried() -> Option<bool> {
    let document = get(&window(), "document")?;
    let frame = call(&document, "createElement", &["iframe".into()])?;
    set(&frame, "hidden", &JsValue::TRUE);
    call(&get(&document, "body")?, "append", std::slice::from_ref(&frame))?;
    // In a sandbox that takes a page's origin away, the empty page is a stranger's.
    let refuses = get(&frame, "contentDocument").is_none_or(|inside| {
        let own = get(&inside, "domain").unwrap_or_default();
        js_sys::Reflect::set(&inside, &"domain".into(), &own).is_err()
    });
    call(&frame, "remove", &[]);
    Some(refuses)
}

/// Prints the page; false where its frame forbids it. A browser inside an app may have no printing at all, and not tell.
pub(crate) fn print() -> bool {
    let has_begun = Rc::new(Cell::new(false));
    let begins = Rc::clone(&has_begun);
    let arguments = ["beforeprint".into(), once(move || begins.set(true))];
    call(&window(), "addEventListener", &arguments);
    call(&window(), "print", &[]);
    call(&window(), "removeEventListener", &arguments);
    has_begun.get() || !is_sandboxed()
}
