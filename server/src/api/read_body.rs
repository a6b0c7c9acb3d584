//! The bytes of a request body, within a limit and a deadline, kept or thrown away, and JSON without doubtful places.

use std::fmt;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::header;
use http_body_util::BodyExt as _;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::ApiError;

/// Longest body that is kept; the longest sensible request has about 8 KiB.
pub(crate) const LIMIT: usize = 64 * 1024;

/// A longer body is read on up to here and thrown away: a client that is still sending would miss the answer.
const DRAINED: usize = 1024 * 1024;

/// Reads the whole body.
pub(crate) async fn read(headers: &HeaderMap, body: Body, deadline: Duration) -> Result<Vec<u8>, ApiError> {
    read_at_most(headers, body, LIMIT, deadline).await
}

/// Reads the whole body where it may be longer or has to be shorter than others.
pub(crate) async fn read_at_most(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    deadline: Duration,
) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::with_capacity(4096);
    take(headers, body, most, deadline, |piece| bytes.extend_from_slice(piece)).await?;
    Ok(bytes)
}

/// Reads a body of at most so many bytes and keeps none of them; the answer is how many there were.
pub(super) async fn discard(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    deadline: Duration,
) -> Result<usize, ApiError> {
    take(headers, body, most, deadline, |_| ()).await
}

/// One that is said to be too long is not waited for where its end would not be read anyway, nor where the client asks before
/// it sends.
async fn take(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    deadline: Duration,
    keep: impl FnMut(&[u8]),
) -> Result<usize, ApiError> {
    let longest = if headers.contains_key(header::EXPECT) { most } else { DRAINED };
    if u64::try_from(longest).is_ok_and(|longest| longest < body.size_hint().lower()) {
        return Err(ApiError::TooLong { most });
    }
    tokio::time::timeout(deadline, pieces(body, most, keep)).await.unwrap_or(Err(ApiError::TooSlow))
}

async fn pieces(mut body: Body, most: usize, mut keep: impl FnMut(&[u8])) -> Result<usize, ApiError> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::Malformed("the body breaks off".to_owned()))?;
        let Ok(piece) = frame.into_data() else { continue };
        length += piece.len();
        if length <= most {
            keep(&piece);
        } else if DRAINED < length {
            break;
        }
    }
    if length <= most { Ok(length) } else { Err(ApiError::TooLong { most }) }
}

/// Whether the body is said to be JSON, in UTF-8 and as it is.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    let in_utf8 = parts.filter_map(|it| it.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    let encodings = headers.get_all(header::CONTENT_ENCODING).into_iter();
    is_json && in_utf8 && encodings.into_iter().all(|it| it.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Reads JSON. A name that stands twice in an object is refused: two readers could see two different requests. Half of a pair of
/// surrogates, which no text can hold, is read as U+0000: whatever item it stands in is refused by its own rule.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    let parsed =
        serde_json::from_slice::<Strict>(bytes).or_else(|error| match without_lone_surrogates(bytes) {
            Some(mended) => serde_json::from_slice::<Strict>(&mended),
            None => Err(error),
        });
    parsed.map(|it| it.0).map_err(|error| ApiError::Malformed(format!("no JSON: {error}")))
}

/// The same text with `\u0000` for every escape that is half of a pair; `None` where there is none.
fn without_lone_surrogates(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match escaped(bytes, at) {
            Some(0xD800..=0xDBFF) if matches!(escaped(bytes, at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                mended.get_or_insert_with(|| bytes.to_vec())[at + 2..at + 6].fill(b'0');
                at += 6;
            }
            // The sign behind a backslash belongs to it.
            _ => at += 2,
        }
    }
    mended
}

/// The unit of UTF-16 that an escape at this place names.
fn escaped(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let plain = digits.iter().all(u8::is_ascii_hexdigit);
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().filter(|_| plain)
}

struct Strict(Value);

struct StrictVisitor;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let Strict(value) = fields.next_value()?;
            if object.contains_key(&name) {
                return Err(A::Error::custom("a name stands twice in an object"));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_it_is_and_doubtful_json_is_refused() {
        let text = r#"{"a":[1,-1,1.5,"x",true,null,{}],"b":{"a":1}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        for text in
            [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"c":2,"a":3}}]"#, "", "{", "{} {}", "\"\\ud80\"", "[1,]"]
        {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        for (text, read) in [
            (r#""\ud800""#, "\0"),
            (r#""a\uDFFFb""#, "a\0b"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d\ud83d\ude00\ude00""#, "\0😀\0"),
            (r#""\\ud800\ud800""#, "\\ud800\0"),
            (r#""\ud800\n\u0041""#, "\0\nA"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), Value::String(read.to_owned()), "{text}");
        }
        assert!(parse(br#"{"a":"\ud800","a":1}"#).is_err());
        assert!(parse(b"\"\xff\"").is_err());
        assert!(parse("[".repeat(10_000).as_bytes()).is_err());
    }
}
