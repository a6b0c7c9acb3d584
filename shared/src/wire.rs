//! Reading and writing the wire types without serde, for the widget.
//!
//! The server and the tests use serde; in the widget its generated readers alone cost 28 kB brotli, a fifth of the
//! whole budget. The field lists here are the types' own: a missing field does not compile, and a test holds that both ways
//! give the same.

use std::collections::BTreeMap;

use crate::time::{Day, HourMinute, parse_date};

/// A parsed JSON value, whoever parsed it.
pub trait Node: Sized {
    /// The value of a field; `None` where there is none, or where it is null.
    fn field(&self, name: &str) -> Option<Self>;
    /// The value as text.
    fn text(&self) -> Option<String>;
    /// The value as a number.
    fn number(&self) -> Option<f64>;
    /// The value as true or false.
    fn flag(&self) -> Option<bool>;
    /// The values of a list.
    fn items(&self) -> Option<Vec<Self>>;
    /// The names and values of an object.
    fn entries(&self) -> Option<Vec<(String, Self)>>;
}

/// A type that goes over the wire.
pub trait Wire: Sized {
    /// Reads a value; `None` as the argument is a field that is not there.
    fn read<N: Node>(node: Option<&N>) -> Option<Self>;
    /// Appends the value as JSON.
    fn write(&self, json: &mut String);

    /// The value as JSON.
    fn to_json(&self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }
}

/// Implements [`Wire`] for a struct by its fields; `kind as "type"` names a field differently on the wire.
#[macro_export]
macro_rules! wire_fields {
    ($name:ident { $($field:ident $(as $wire:literal)?),+ $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn read<N: $crate::wire::Node>(node: Option<&N>) -> Option<Self> {
                let node = node?;
                Some(Self { $($field: $crate::wire::read_field(
                    node, $crate::wire_fields!(@name $field $($wire)?)
                )?),+ })
            }

            fn write(&self, json: &mut String) {
                let mut mark = '{';
                $(
                    $crate::wire::write_field(json, mark, $crate::wire_fields!(@name $field $($wire)?), &self.$field);
                    mark = ',';
                )+
                let _: char = mark;
                json.push('}');
            }
        }
    };
    (@name $field:ident $wire:literal) => { $wire };
    (@name $field:ident) => { stringify!($field) };
}

/// Reads a field. Compiled once for every type of field, not for every field.
#[inline(never)]
pub fn read_field<N: Node, T: Wire>(node: &N, name: &str) -> Option<T> {
    T::read(node.field(name).as_ref())
}

/// Appends `{"name":value` or `,"name":value`.
#[inline(never)]
pub fn write_field<T: Wire>(json: &mut String, mark: char, name: &str, value: &T) {
    json.push(mark);
    write_text(json, name);
    json.push(':');
    value.write(json);
}

/// Appends a text in quotes, escaped as RFC 8259 asks.
#[inline(never)]
fn write_text(json: &mut String, text: &str) {
    json.push('"');
    for symbol in text.chars() {
        match symbol {
            '"' | '\\' => json.extend(['\\', symbol]),
            '\u{0}'..='\u{1F}' => {
                let digit = |it: u32| char::from_digit(it, 16).unwrap_or('0');
                json.push_str("\\u00");
                json.extend([digit(u32::from(symbol) >> 4), digit(u32::from(symbol) & 15)]);
            }
            _ => json.push(symbol),
        }
    }
    json.push('"');
}

impl Wire for String {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        node?.text()
    }

    fn write(&self, json: &mut String) {
        write_text(json, self);
    }
}

impl Wire for bool {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        node?.flag()
    }

    fn write(&self, json: &mut String) {
        json.push_str(if *self { "true" } else { "false" });
    }
}

macro_rules! wire_number {
    ($($kind:ty),+) => {$(
        impl Wire for $kind {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number in range")]
            fn read<N: Node>(node: Option<&N>) -> Option<Self> {
                let number = node?.number()?;
                let whole = number as Self;
                (f64::from(whole).to_bits() == number.to_bits()).then_some(whole)
            }

            fn write(&self, json: &mut String) {
                json.push_str(&self.to_string());
            }
        }
    )+};
}

wire_number!(u8, u16, u32);

impl<T: Wire> Wire for Option<T> {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        match node {
            Some(node) => T::read(Some(node)).map(Some),
            None => Some(None),
        }
    }

    fn write(&self, json: &mut String) {
        match self {
            Some(value) => value.write(json),
            None => json.push_str("null"),
        }
    }
}

/// A list that is not there is empty.
impl<T: Wire> Wire for Vec<T> {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        let Some(node) = node else { return Some(Self::new()) };
        node.items()?.iter().map(|it| T::read(Some(it))).collect()
    }

    fn write(&self, json: &mut String) {
        write_list(json, self);
    }
}

impl<T: Wire, const LENGTH: usize> Wire for [T; LENGTH] {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        Vec::read(node)?.try_into().ok()
    }

    fn write(&self, json: &mut String) {
        write_list(json, self);
    }
}

fn write_list<T: Wire>(json: &mut String, items: &[T]) {
    json.push('[');
    for (at, item) in items.iter().enumerate() {
        if 0 < at {
            json.push(',');
        }
        item.write(json);
    }
    json.push(']');
}

impl Wire for HourMinute {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        Self::parse(&node?.text()?)
    }

    fn write(&self, json: &mut String) {
        self.to_string().write(json);
    }
}

impl Wire for Day {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        parse_date(&node?.text()?).map(Self)
    }

    fn write(&self, json: &mut String) {
        self.0.to_string().write(json);
    }
}

/// A map by days that is not there is empty.
impl Wire for BTreeMap<Day, u16> {
    fn read<N: Node>(node: Option<&N>) -> Option<Self> {
        let Some(node) = node else { return Some(Self::new()) };
        // One by one: collecting would bring a sort along.
        let mut map = Self::new();
        for (day, value) in node.entries()? {
            map.insert(Day(parse_date(&day)?), u16::read(Some(&value))?);
        }
        Some(map)
    }

    fn write(&self, json: &mut String) {
        json.push('{');
        for (at, (day, value)) in self.iter().enumerate() {
            if 0 < at {
                json.push(',');
            }
            write_text(json, &day.0.to_string());
            json.push(':');
            value.write(json);
        }
        json.push('}');
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::Value;

    impl Node for Value {
        fn field(&self, name: &str) -> Option<Self> {
            self.get(name).filter(|it| !it.is_null()).cloned()
        }
        fn text(&self) -> Option<String> {
            self.as_str().map(str::to_owned)
        }
        fn number(&self) -> Option<f64> {
            self.as_f64()
        }
        fn flag(&self) -> Option<bool> {
            self.as_bool()
        }
        fn items(&self) -> Option<Vec<Self>> {
            self.as_array().cloned()
        }
        fn entries(&self) -> Option<Vec<(String, Self)>> {
            Some(self.as_object()?.iter().map(|(name, it)| (name.clone(), it.clone())).collect())
        }
    }

    /// What serde wrote reads the same here, and what is written here reads the same there.
    #[track_caller]
    pub(crate) fn both_ways<T>(value: &T)
    where
        T: Wire + serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        let theirs = serde_json::to_value(value).unwrap();
        assert_eq!(T::read(Some(&theirs)).as_ref(), Some(value));
        assert_eq!(&serde_json::from_str::<T>(&value.to_json()).unwrap(), value);
    }

    #[test]
    fn texts_are_escaped() {
        for text in ["", "小樽 \"花子\"", "a\\b", "line\nbreak\ttab\u{0}\u{1f}", "𠮷😀", "</script>"]
        {
            assert_eq!(serde_json::from_str::<String>(&text.to_owned().to_json()).unwrap(), text);
        }
    }

    #[test]
    fn numbers_are_whole_and_in_range() {
        let read = |text: &str| u8::read(Some(&serde_json::from_str::<Value>(text).unwrap()));
        assert_eq!((read("0"), read("255")), (Some(0), Some(255)));
        for text in ["256", "-1", "1.5", "\"1\"", "null", "1e9"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_policy_goes_both_ways() {
        let mut policy = crate::policy::tests::otaru_policy();
        policy.seats.by_date.insert(Day(parse_date("2026-12-01").unwrap()), 3);
        policy.closures.push(crate::policy::Closure {
            date: Day(parse_date("2026-12-02").unwrap()),
            reason: "点検".into(),
        });
        both_ways(&policy);
    }
}
