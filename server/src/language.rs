//! In which language a person is answered.
//!
//! The language of the request's own body where it names one, else `Accept-Language`, else Japanese.

use axum::http::{HeaderMap, header};
use precheck_shared::texts::{Texts, carried};

/// The words for a language tag such as `en` or `en-GB`, if this build carries them: those of the whole tag (`ja-easy`), else of its
/// first part. Simplified Chinese answers every `zh`: whoever reads the other letters reads these more likely than English.
pub(crate) fn of_tag(tag: &str) -> Option<&'static Texts> {
    named(tag.trim()).or_else(|| of_first_part(tag))
}

fn of_first_part(tag: &str) -> Option<&'static Texts> {
    named(tag.trim().split('-').next().unwrap_or_default())
}

fn named(name: &str) -> Option<&'static Texts> {
    carried().iter().find(|it| it.language().eq_ignore_ascii_case(name))
}

/// The words that the client likes best among those carried; Japanese where it says nothing.
pub(crate) fn of_headers(headers: &HeaderMap) -> &'static Texts {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut best: Option<(f32, &'static Texts)> = None;
    for entry in wanted.split(',').take(20) {
        let (tag, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(1.0, |it| it.trim().parse().unwrap_or(0.0));
        let liked_more = best.is_none_or(|(other, _)| other < weight);
        // By its first part alone: `ja-easy` is no tag of a browser, it is only chosen.
        if let Some(texts) = of_first_part(tag)
            && 0.0 < weight
            && liked_more
        {
            best = Some((weight, texts));
        }
    }
    best.map_or(&carried()[0], |(_, texts)| texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_carried_language_is_answered_and_japanese_otherwise() {
        for (accept, expected) in [
            ("", "ja"),
            ("fr", "ja"),
            ("en", "en"),
            ("EN-gb", "en"),
            ("en;q=0.5, ja", "ja"),
            ("pt-BR, en;q=0.8, ja;q=0.1", "en"),
            ("en;q=0, *", "ja"),
            ("en;q=x", "ja"),
            (",;,", "ja"),
            ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
            ("zh-CN,zh;q=0.9", "zh"),
            ("zh-Hans-CN", "zh"),
            ("zh-TW, en;q=0.8", "zh"),
            ("ZH-hant", "zh"),
            ("za", "ja"),
            ("ja-easy, en;q=0.8", "ja"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            assert_eq!(of_headers(&headers).language(), expected, "{accept}");
        }
    }

    #[test]
    fn a_body_may_name_plain_japanese() {
        for (tag, expected) in
            [("ja-easy", "ja-easy"), (" JA-Easy", "ja-easy"), ("ja-JP", "ja"), ("en-easy", "en")]
        {
            assert_eq!(of_tag(tag).unwrap().language(), expected, "{tag}");
        }
        assert!(of_tag("easy").is_none());
    }
}
