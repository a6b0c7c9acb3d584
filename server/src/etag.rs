//! Entity tags: whether a client already has the answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use sha2::{Digest, Sha256};

use crate::vault::hex;

/// A strong tag over the bytes that make the content.
pub(crate) fn of(content: &[u8]) -> HeaderValue {
    of_digest(&Sha256::digest(content).into())
}

/// The same where the SHA-256 is known.
pub(crate) fn of_digest(digest: &[u8; 32]) -> HeaderValue {
    let tag = format!("\"{}\"", hex(&digest[..12]));
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
}

/// A weak one: two answers with it may differ in what does not matter.
pub(crate) fn weak_of(content: &[u8]) -> HeaderValue {
    let tag = [b"W/", of(content).as_bytes()].concat();
    HeaderValue::from_bytes(&tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Whether `If-None-Match` names the tag: strong or weak, in a list, or `*`.
pub(crate) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").to_owned();
    let wanted = tag.to_str().map(opaque).unwrap_or_default();
    let mut named = headers
        .get_all(header::IF_NONE_MATCH)
        .into_iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .map(str::trim);
    named.any(|it| it == "*" || opaque(it) == wanted)
}

/// The answer with its tag, or 304 without content where the client has it.
pub(crate) fn answer(
    asked: &HeaderMap,
    tag: HeaderValue,
    content_type: &'static str,
    body: Body,
) -> Response {
    let mut response = Response::new(Body::empty());
    if is_known(asked, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        *response.body_mut() = body;
    }
    response.headers_mut().insert(header::ETAG, tag);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_none_match_is_read_in_all_its_forms() {
        let tag = of(b"content");
        let strong = tag.to_str().unwrap();
        for (asked, known) in [
            (strong.to_owned(), true),
            (format!("W/{strong}"), true),
            (format!("\"a\", W/\"b\" ,{strong}"), true),
            ("*".to_owned(), true),
            ("\"a\"".to_owned(), false),
            (strong.trim_matches('"').to_owned(), false),
            (String::new(), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, asked.parse().unwrap());
            assert_eq!(is_known(&headers, &tag), known, "{asked}");
            assert_eq!(is_known(&headers, &weak_of(b"content")), known, "{asked}, weak");
        }
    }
}
