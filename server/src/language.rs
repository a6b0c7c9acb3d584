//! In which language a person is answered.
//!
//! The language of the request's own body where it names one, else `Accept-Language`, else Japanese.

use axum::http::{HeaderMap, header};
use precheck_shared::texts::{Texts, carried};

/// The words for a language tag such as `en` or `en-GB`, if this build carries them: those of the whole tag (`ja-easy`), else of as
/// many of its first parts as there are words for. However it is spelt: letters of either size, `ja_JP` as systems write it.
/// Simplified Chinese answers every `zh`: whoever reads the other letters reads these more likely than English.
pub(crate) fn of_tag(tag: &str) -> Option<&'static Texts> {
    let mut parts = tag.trim().split(|it: char| !it.is_ascii_alphanumeric());
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    named(&format!("{first}-{second}")).or_else(|| named(first))
}

fn of_first_part(tag: &str) -> Option<&'static Texts> {
    named(tag.trim().split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or_default())
}

fn named(name: &str) -> Option<&'static Texts> {
    carried().iter().find(|it| it.language().eq_ignore_ascii_case(name))
}

/// What a client says of its languages.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Liked {
    /// Nothing.
    Nothing,
    /// The one that it likes best among ours.
    Ours(&'static Texts),
    /// Others alone.
    Others,
}

/// Reads `Accept-Language`.
pub(crate) fn liked(headers: &HeaderMap) -> Liked {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut best: Option<(f32, &'static Texts)> = None;
    let mut names_others = false;
    for entry in wanted.split(',').take(20) {
        let (tag, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(1.0, |it| it.trim().parse().unwrap_or(0.0));
        let counts = 0.0 < weight;
        if !counts {
            continue;
        }
        // By its first part alone: `ja-easy` is no tag of a browser, it is only chosen.
        match of_first_part(tag) {
            Some(texts) if best.is_none_or(|(other, _)| other < weight) => best = Some((weight, texts)),
            Some(_) => {}
            None => names_others |= tag.trim().starts_with(|it: char| it.is_ascii_alphabetic()),
        }
    }
    match best {
        Some((_, texts)) => Liked::Ours(texts),
        None if names_others => Liked::Others,
        None => Liked::Nothing,
    }
}

/// The words that the client likes best among those carried; Japanese where it says nothing.
pub(crate) fn of_headers(headers: &HeaderMap) -> &'static Texts {
    match liked(headers) {
        Liked::Ours(texts) => texts,
        Liked::Nothing | Liked::Others => &carried()[0],
    }
}

/// The same for whoever looks at a page: who reads no Japanese reads English more likely.
pub(crate) fn of_reader(headers: &HeaderMap) -> &'static Texts {
    match liked(headers) {
        Liked::Ours(texts) => texts,
        Liked::Nothing => &carried()[0],
        Liked::Others => named("en").unwrap_or(&carried()[0]),
    }
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
    fn a_page_is_in_english_for_whoever_names_other_languages_alone_and_in_japanese_for_whoever_names_none() {
        for (accept, expected) in [
            ("", "ja"),
            ("*", "ja"),
            (",;,", "ja"),
            ("en;q=0, *", "ja"),
            ("fr", "en"),
            ("pt-BR, pt;q=0.9", "en"),
            ("ne, *;q=0.5", "en"),
            ("fr, ja;q=0.1", "ja"),
            ("ko-KR, zh_Hant_TW;q=0.2, en;q=0.1", "zh"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            assert_eq!(of_reader(&headers).language(), expected, "{accept}");
        }
        assert_eq!(of_reader(&HeaderMap::new()).language(), "ja");
    }

    #[test]
    fn a_body_may_name_plain_japanese() {
        for (tag, expected) in [
            ("ja-easy", "ja-easy"),
            (" JA-Easy", "ja-easy"),
            ("JA_EASY", "ja-easy"),
            ("ja-easy-JP", "ja-easy"),
            ("ja-JP", "ja"),
            ("ja_JP", "ja"),
            ("en_US.UTF-8", "en"),
            ("zh-Hans-CN", "zh"),
            ("en-easy", "en"),
        ] {
            assert_eq!(of_tag(tag).unwrap().language(), expected, "{tag}");
        }
        assert!(of_tag("easy").is_none());
    }
}
