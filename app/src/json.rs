//! JSON by the browser's own parser, as the wire types read it.

use precheck_shared::wire::{self, Node, Wire};
use wasm_bindgen::{JsCast, JsValue};

use crate::js;

/// A value that the browser parsed.
pub(crate) struct Parsed(pub(crate) JsValue);

/// Reads a wire type; `None` where the text is no JSON or of another shape.
pub(crate) fn read<T: Wire>(text: &str) -> Option<T> {
    wire::read(parse(text)?)
}

fn parse(text: &str) -> Option<Parsed> {
    js::call(&js::get(&js::window(), "JSON")?, "parse", &[text.into()]).map(Parsed)
}

impl Node for Parsed {
    fn field(&self, name: &str) -> Option<Self> {
        js::get(&self.0, name).map(Self)
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
        let list = self.0.dyn_ref::<js_sys::Array>()?;
        let mut items = Vec::new();
        for at in 0..list.length() {
            items.push(Self(list.get(at)));
        }
        Some(items)
    }

    fn entries(&self) -> Option<Vec<(String, Self)>> {
        let names = js::call(&js::get(&js::window(), "Object")?, "keys", std::slice::from_ref(&self.0))?;
        let mut entries = Vec::new();
        for name in Self(names).items()? {
            let name = name.text()?;
            let value = self.field(&name)?;
            entries.push((name, value));
        }
        Some(entries)
    }
}
