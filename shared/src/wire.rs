//! Reading and writing the wire types without serde, for the widget.
//!
//! The server and the tests use serde; in the widget its generated readers alone cost 28 kB brotli, a fifth of the
//! whole budget. The field lists here are the types' own: a missing field does not compile, and a test holds that both ways
//! give the same.

use std::cell::Cell;

use chrono::NaiveDate;

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

/// A value to read, if it is there, and whether anything in its document was amiss.
///
/// One mark for the whole document, looked at once at the end: leaving at the first fault, with everything read until
/// then to be freed, was 3 kB brotli of ways out.
pub struct Source<'a, N> {
    pub(crate) node: Option<N>,
    pub(crate) amiss: &'a Cell<bool>,
}

impl<N: Node> Source<'_, N> {
    /// A field of the value.
    #[inline(never)]
    fn field(&self, name: &str) -> Self {
        self.with(self.node.as_ref().and_then(|it| it.field(name)))
    }

    pub(crate) fn with(&self, node: Option<N>) -> Self {
        Self { node, amiss: self.amiss }
    }

    /// What `read` makes of the value; `empty`, and a mark, where it is missing or of another kind.
    pub fn take<T>(&self, empty: T, read: impl FnOnce(&N) -> Option<T>) -> T {
        self.node.as_ref().and_then(read).unwrap_or_else(|| {
            self.amiss.set(true);
            empty
        })
    }

    /// The values of a list; a list that is not there is empty.
    fn items(&self) -> Vec<N> {
        if self.node.is_some() { self.take(Vec::new(), N::items) } else { Vec::new() }
    }

    /// Reads the values of a list one by one.
    #[inline(never)]
    fn each(&self, read: &mut dyn FnMut(&Self)) {
        for item in self.items() {
            read(&self.with(Some(item)));
        }
    }
}

/// A type that goes over the wire.
pub trait Wire: Sized {
    /// Reads a value; what is missing or of another kind is marked, and read as something empty.
    fn read<N: Node>(source: &Source<'_, N>) -> Self;
    /// Appends the value as JSON.
    fn write(&self, json: &mut String);

    /// The value as JSON.
    fn to_json(&self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }
}

/// Reads a document; `None` where anything in it is missing or of another kind.
pub fn read<N: Node, T: Wire>(node: N) -> Option<T> {
    let amiss = Cell::new(false);
    let value = T::read(&Source { node: Some(node), amiss: &amiss });
    (!amiss.get()).then_some(value)
}

/// Implements [`Wire`] for a struct by its fields; `kind as "type"` names a field differently on the wire, and what stands
/// `beside` them does not travel.
#[macro_export]
macro_rules! wire_fields {
    ($name:ident { $($field:ident $(as $wire:literal)?),+ $(,)? } $(beside { $($own:ident),+ })?) => {
        impl $crate::wire::Wire for $name {
            fn read<N: $crate::wire::Node>(source: &$crate::wire::Source<'_, N>) -> Self {
                Self { $($field: $crate::wire::read_field(
                    source, $crate::wire_fields!(@name $field $($wire)?)
                ),)+ $($($own: Default::default(),)+)? }
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
pub fn read_field<N: Node, T: Wire>(source: &Source<'_, N>, name: &str) -> T {
    T::read(&source.field(name))
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
pub(crate) fn write_text(json: &mut String, text: &str) {
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
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        source.take(Self::new(), N::text)
    }

    fn write(&self, json: &mut String) {
        write_text(json, self);
    }
}

impl Wire for bool {
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        source.take(false, N::flag)
    }

    fn write(&self, json: &mut String) {
        json.push_str(if *self { "true" } else { "false" });
    }
}

macro_rules! wire_number {
    ($($kind:ty),+) => {$(
        impl Wire for $kind {
            fn read<N: Node>(source: &Source<'_, N>) -> Self {
                source.take(0, |it| Self::try_from(whole(it.number()?)?).ok())
            }

            fn write(&self, json: &mut String) {
                json.push_str(&u32::from(*self).to_string());
            }
        }
    )+};
}

wire_number!(u8, u16, u32);

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be a whole number in range"
)]
fn whole(number: f64) -> Option<u32> {
    let whole = number as u32;
    (f64::from(whole).to_bits() == number.to_bits()).then_some(whole)
}

impl<T: Wire> Wire for Option<T> {
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        source.node.is_some().then(|| T::read(source))
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
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        let mut list = Self::new();
        source.each(&mut |item| list.push(T::read(item)));
        list
    }

    fn write(&self, json: &mut String) {
        write_list(json, self);
    }
}

impl<T: Wire, const LENGTH: usize> Wire for [T; LENGTH] {
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        let items = source.items();
        if items.len() != LENGTH {
            source.amiss.set(true);
        }
        let mut items = items.into_iter();
        std::array::from_fn(|_| T::read(&source.with(items.next())))
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
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        source.take(Self::default(), |it| Self::parse(&it.text()?))
    }

    fn write(&self, json: &mut String) {
        self.to_string().write(json);
    }
}

impl Wire for Day {
    fn read<N: Node>(source: &Source<'_, N>) -> Self {
        source.take(Self(NaiveDate::MIN), |it| parse_date(&it.text()?).map(Self))
    }

    fn write(&self, json: &mut String) {
        self.0.to_string().write(json);
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
        assert_eq!(read::<_, T>(theirs).as_ref(), Some(value));
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
        let read = |text: &str| read::<Value, u8>(serde_json::from_str(text).unwrap());
        assert_eq!((read("0"), read("255")), (Some(0), Some(255)));
        for text in ["256", "-1", "1.5", "\"1\"", "null", "1e9"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn one_fault_anywhere_spoils_the_document() {
        let good = crate::policy::tests::otaru_policy();
        let json = good.to_json();
        let policy = |json: &str| read::<Value, crate::policy::Policy>(serde_json::from_str(json).unwrap());
        assert_eq!(policy(&json), Some(good));
        for (from, to) in [
            ("\"grace_minutes\":", "\"other\":"),
            ("\"from\":\"", "\"from\":\"x"),
            ("\"business_days\",", "\"some_days\","),
            ("\"windows\":[", "\"windows\":[7,"),
            ("\"by_date\":{", "\"by_date\":{\"2026-13-01\":1"),
        ] {
            assert!(json.contains(from), "{from}");
            assert_eq!(policy(&json.replacen(from, to, 1)), None, "{to}");
        }
        let three = |json: &str| read::<Value, [u8; 3]>(serde_json::from_str(json).unwrap());
        assert_eq!(three("[1,2,3]"), Some([1, 2, 3]));
        assert_eq!((three("[1,2]"), three("[1,2,3,4]"), three("null")), (None, None, None));
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
