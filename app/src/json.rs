//! JSON by the browser's own parser, as the wire types read it.

use precheck_shared::wire::{Node, Wire};
use wasm_bindgen::{JsCast, JsValue};

/// A value that the browser parsed.
struct Parsed(JsValue);

/// Reads a wire type; `None` where the text is no JSON or of another shape.
pub(crate) fn read<T: Wire>(text: &str) -> Option<T> {
    T::read(Some(&Parsed(js_sys::JSON::parse(text).ok()?)))
}

impl Node for Parsed {
    fn field(&self, name: &str) -> Option<Self> {
        let value = js_sys::Reflect::get(&self.0, &JsValue::from_str(name)).ok()?;
        (!value.is_null() && !value.is_undefined()).then_some(Self(value))
    }

    fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn items(&self) -> Option<Vec<Self>> {
        Some(self.0.dyn_ref::<js_sys::Array>()?.iter().map(Self).collect())
    }

    fn entries(&self) -> Option<Vec<(String, Self)>> {
        let object = self.0.dyn_ref::<js_sys::Object>()?;
        let names = js_sys::Object::keys(object);
        names
            .iter()
            .map(|it| it.as_string())
            .map(|name| name.and_then(|it| Some((it.clone(), self.field(&it)?))))
            .collect()
    }
}
