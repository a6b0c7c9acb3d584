//! The headers that matter here, out of what somebody pasted: the answer of `curl -I`, what developer tools copy, a `<meta>` of the page,
//! or a policy alone.

use super::csp::Policy;

/// What was found in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pasted {
    /// Policies that are in force.
    pub(crate) policies: Vec<Written>,
    /// `Permissions-Policy`, of several headers one.
    pub(crate) permissions: Option<String>,
    /// `Feature-Policy`.
    pub(crate) features: Option<String>,
    /// `Cross-Origin-Embedder-Policy`.
    pub(crate) embedder: Option<String>,
    /// Whether anything was read as a header, also one that does not matter.
    pub(crate) is_read: bool,
}

/// Where a policy was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Header,
    /// `Content-Security-Policy-Report-Only`: only told, nothing is stopped.
    ReportOnly,
    /// In the page's own markup.
    Meta,
}

/// A policy and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) place: Place,
    pub(crate) policy: Policy,
}

/// Names that developer tools copy onto a line of their own, the value on the next.
const KNOWN: [&str; 5] = [
    "content-security-policy",
    "content-security-policy-report-only",
    "permissions-policy",
    "feature-policy",
    "cross-origin-embedder-policy",
];

/// What a policy that stands alone begins with.
const DIRECTIVES: [&str; 16] = [
    "default-src",
    "script-src",
    "script-src-elem",
    "style-src",
    "style-src-elem",
    "img-src",
    "font-src",
    "connect-src",
    "frame-src",
    "child-src",
    "frame-ancestors",
    "object-src",
    "base-uri",
    "form-action",
    "sandbox",
    "upgrade-insecure-requests",
];

/// These mean nothing in a `<meta>`.
const NOT_IN_META: [&str; 3] = ["frame-ancestors", "report-uri", "sandbox"];

impl Pasted {
    /// Reads it, forgivingly.
    pub(crate) fn read(text: &str) -> Self {
        let mut pasted = Self::default();
        for (name, value) in headers(text) {
            pasted.is_read = true;
            match name.as_str() {
                "content-security-policy" => pasted.add(Place::Header, &value),
                "content-security-policy-report-only" => pasted.add(Place::ReportOnly, &value),
                "permissions-policy" => join(&mut pasted.permissions, &value),
                "feature-policy" => join(&mut pasted.features, &value),
                "cross-origin-embedder-policy" => pasted.embedder = Some(value),
                _ => {}
            }
        }
        for value in metas(text) {
            pasted.is_read = true;
            pasted.add(Place::Meta, &value);
        }
        pasted
    }

    /// A header may hold several policies, and each of them has to be kept.
    fn add(&mut self, place: Place, value: &str) {
        let policies = value.split(',').filter_map(Policy::read);
        let policies = policies.filter_map(|it| match place {
            Place::Meta => it.without(&NOT_IN_META),
            Place::Header | Place::ReportOnly => Some(it),
        });
        self.policies.extend(policies.map(|policy| Written { place, policy }));
    }
}

fn join(header: &mut Option<String>, value: &str) {
    match header {
        Some(before) => {
            before.push_str(", ");
            before.push_str(value);
        }
        None => *header = Some(value.to_owned()),
    }
}

/// Names in small letters, with their values.
fn headers(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut awaits_value = false;
    for line in text.lines() {
        // `curl -v` marks what it got; a line that begins with a space goes on with the one before.
        let is_continued = line.starts_with([' ', '\t']);
        let line = line.strip_prefix("< ").unwrap_or(line).trim();
        if line.is_empty() || line.starts_with('<') {
            continue;
        }
        let bare = line.trim_end_matches(':').to_ascii_lowercase();
        if KNOWN.contains(&bare.as_str()) {
            found.push((bare, String::new()));
            awaits_value = true;
            continue;
        }
        let named = line.split_once(':').filter(|(name, _)| is_name(name) && !is_directive(line));
        match (named, found.last_mut()) {
            (_, Some((_, value))) if awaits_value || is_continued => {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(line);
            }
            (Some((name, value)), _) => found.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            (None, _) if is_directive(line) => found.push((KNOWN[0].to_owned(), line.to_owned())),
            (None, _) => {}
        }
        awaits_value = false;
    }
    found
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
}

fn is_directive(line: &str) -> bool {
    let first = line.split([' ', ';']).next().unwrap_or_default().to_ascii_lowercase();
    DIRECTIVES.contains(&first.as_str())
}

/// The policies of every `<meta http-equiv="Content-Security-Policy" content="…">`.
fn metas(text: &str) -> Vec<String> {
    let small = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (start, _) in small.match_indices("<meta") {
        let end = closing(&text[start..]).map_or(text.len(), |it| start + it);
        let tag = &text[start..end];
        let is_policy =
            attribute(tag, "http-equiv").is_some_and(|it| it.trim().eq_ignore_ascii_case(KNOWN[0]));
        if is_policy && let Some(content) = attribute(tag, "content") {
            found.push(content);
        }
    }
    found
}

/// Where a tag ends: at a `>` that stands in no quotes.
fn closing(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in tag.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute, quoted in either way.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let small = tag.to_ascii_lowercase();
    let at = small.match_indices(name).map(|it| it.0).find(|&at| {
        let is_alone = small[..at].ends_with(|it: char| it.is_ascii_whitespace() || it == '"' || it == '\'');
        is_alone && small[at + name.len()..].trim_start().starts_with('=')
    })?;
    let value = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let inside = &value[1..];
    let value = &inside[..inside.find(quote)?];
    let marks = [("&quot;", "\""), ("&#39;", "'"), ("&#039;", "'"), ("&apos;", "'"), ("&amp;", "&")];
    Some(marks.iter().fold(value.to_owned(), |text, (mark, letter)| text.replace(mark, letter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let pasted = Pasted::read(text);
        let mut told: Vec<_> =
            pasted.policies.iter().map(|it| format!("{:?} {}", it.place, it.policy)).collect();
        told.extend(pasted.permissions.map(|it| format!("permissions {it}")));
        told.extend(pasted.features.map(|it| format!("features {it}")));
        told.extend(pasted.embedder.map(|it| format!("embedder {it}")));
        told
    }

    #[test]
    fn the_answer_of_curl_is_read() {
        let text = "HTTP/2 200\r\ncontent-type: text/html\r\nContent-Security-Policy: default-src 'self'; img-src *\r\n\
            content-security-policy-report-only: default-src 'none'\r\npermissions-policy: camera=()\r\n\
            Permissions-Policy: microphone=()\r\nFeature-Policy: camera 'none'\r\n\
            cross-origin-embedder-policy: require-corp\r\n\r\n";
        let expected = [
            "Header default-src 'self'; img-src *",
            "ReportOnly default-src 'none'",
            "permissions camera=(), microphone=()",
            "features camera 'none'",
            "embedder require-corp",
        ];
        assert_eq!(told(text), expected);
        assert_eq!(told(&text.replace("\r\n", "\n< ")), expected);
    }

    #[test]
    fn what_developer_tools_copy_is_read() {
        let text = "content-security-policy\ndefault-src 'self'; frame-src https://a.example\npermissions-policy:\n\
            camera=()\nserver\nnginx";
        let expected = ["Header default-src 'self'; frame-src https://a.example", "permissions camera=()"];
        assert_eq!(told(text), expected);
    }

    #[test]
    fn a_policy_alone_and_one_over_several_lines_are_read() {
        assert_eq!(
            told("script-src https://a.example:8443 'self'"),
            ["Header script-src https://a.example:8443 'self'"]
        );
        assert_eq!(
            told("Content-Security-Policy: default-src 'self';\n  frame-src https://a.example"),
            ["Header default-src 'self'; frame-src https://a.example"]
        );
    }

    #[test]
    fn several_policies_in_one_header_stay_several() {
        assert_eq!(
            told("Content-Security-Policy: default-src 'self', frame-src 'none'"),
            ["Header default-src 'self'", "Header frame-src 'none'"]
        );
    }

    #[test]
    fn a_policy_in_the_pages_markup_is_read_without_what_means_nothing_there() {
        for text in [
            "<head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self'; sandbox; frame-ancestors 'none'\">",
            "<META content='default-src &#39;self&#39;' HTTP-EQUIV='content-security-policy' />",
        ] {
            assert_eq!(told(text), ["Meta default-src 'self'"], "{text}");
        }
        assert_eq!(told("<meta name=\"description\" content=\"default-src 'self'\">"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_header_is_not_read_as_one() {
        for text in ["", "お世話になっております。", "https://www.city.example.jp/", "a b c", "<p>a</p>"]
        {
            assert_eq!(told(text), Vec::<String>::new(), "{text}");
        }
        assert!(!Pasted::read("お世話になっております。").is_read);
        assert!(Pasted::read("HTTP/2 200\nserver: nginx").is_read);
    }

    #[test]
    fn no_text_makes_it_panic() {
        for text in [
            "<meta",
            "<meta content=",
            "<meta content=\"",
            "<meta http-equiv=\"content-security-policy\" content='",
            "ｃｓｐ：",
            ":",
            "< ",
            "<\u{301}meta=>",
        ] {
            drop(Pasted::read(text));
        }
    }
}
