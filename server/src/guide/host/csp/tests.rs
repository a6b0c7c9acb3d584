//! Boundary pairs: what allows an address, and what comes as near as it can and does not.

use super::*;

fn address(text: &str) -> Address {
    let start = text.find("://").unwrap() + 3;
    let path = text[start..].find('/').map_or("/", |it| &text[start + it..]);
    Address::of_page(text).unwrap().at(path)
}

const SERVER: &str = "https://precheck.example.jp/embed/v1/precheck.js";
const HOST: &str = "https://www.city.example.jp";

#[track_caller]
fn is_allowed(source: &str, wanted: &str, own: &str, expected: bool) {
    let directive = Policy::read(&format!("script-src {source}")).unwrap();
    let allowed = directive.named("script-src").unwrap().allows(&address(wanted), Some(&address(own)));
    assert_eq!(allowed, expected, "{source} for {wanted} on {own}");
}

#[test]
fn a_source_allows_what_the_specification_says() {
    for (allowing, refusing) in [
        ("https://precheck.example.jp", "https://precheck.example.jp.evil.example"),
        ("HTTPS://PreCheck.Example.JP", "https://check.example.jp"),
        ("*.example.jp", "*.precheck.example.jp"),
        ("https://*.example.jp", "https://*.xample.jp"),
        ("*", "'none'"),
        ("https:", "wss:"),
        ("http:", "blob:"),
        ("precheck.example.jp", "precheck.example"),
        ("precheck.example.jp:443", "precheck.example.jp:8443"),
        ("precheck.example.jp:*", "precheck.example.jp:80"),
        ("http://precheck.example.jp", "ftp://precheck.example.jp"),
        ("https://precheck.example.jp/", "https://precheck.example.jp/embed"),
        ("https://precheck.example.jp/embed/v1/", "https://precheck.example.jp/embed/v2/"),
        (
            "https://precheck.example.jp/embed/v1/precheck.js",
            "https://precheck.example.jp/embed/v1/Precheck.js",
        ),
        ("'none' https://precheck.example.jp", "'unsafe-inline'"),
    ] {
        is_allowed(allowing, SERVER, HOST, true);
        is_allowed(refusing, SERVER, HOST, false);
    }
}

#[test]
fn a_pages_own_origin_is_told_from_its_neighbours() {
    for (wanted, own, expected) in [
        ("https://a.example.jp/", "https://a.example.jp", true),
        ("https://a.example.jp/", "http://a.example.jp", true),
        ("http://a.example.jp/", "https://a.example.jp", false),
        ("https://a.example.jp:8443/", "https://a.example.jp", false),
        ("https://b.a.example.jp/", "https://a.example.jp", false),
        ("http://localhost:8080/", "http://localhost:8080", true),
        ("http://localhost:8080/", "http://localhost:8081", false),
    ] {
        is_allowed("'self'", wanted, own, expected);
    }
}

#[test]
fn a_source_without_a_scheme_takes_the_pages() {
    is_allowed("a.example.jp", "https://a.example.jp/", "http://www.example.jp", true);
    is_allowed("a.example.jp", "http://a.example.jp/", "http://www.example.jp", true);
    is_allowed("a.example.jp", "http://a.example.jp/", "https://www.example.jp", false);
}

#[test]
fn what_is_not_said_particularly_is_said_by_the_next_directive() {
    let effective = |policy: &str, names| {
        Policy::read(policy).unwrap().effective(names).map(|it| it.name.clone()).unwrap_or_default()
    };
    for (policy, names, name) in [
        ("default-src a; frame-src b", FRAMES, "frame-src"),
        ("default-src a; child-src b", FRAMES, "child-src"),
        ("default-src a; img-src b", FRAMES, "default-src"),
        ("img-src b", FRAMES, ""),
        ("script-src a; script-src-elem b", SCRIPTS, "script-src-elem"),
        ("script-src a; script-src-elem b", COMPILING, "script-src"),
        ("default-src a; script-src-elem b", COMPILING, "default-src"),
        ("DEFAULT-SRC a", FETCHES, "default-src"),
    ] {
        assert_eq!(effective(policy, names), name, "{policy}");
    }
}

#[test]
fn of_two_directives_with_one_name_the_first_counts() {
    let policy = Policy::read("frame-src 'none'; frame-src *").unwrap();
    assert_eq!(policy.to_string(), "frame-src 'none'");
    assert_eq!(Policy::read(" ; ;"), None);
}

#[test]
fn a_correction_opens_what_is_needed_and_nothing_else() {
    for (before, names, after) in [
        ("frame-src 'none'", FRAMES, "frame-src https://s"),
        ("frame-src 'self'", FRAMES, "frame-src 'self' https://s"),
        ("frame-src https://s", FRAMES, "frame-src https://s"),
        (
            "default-src 'self'; img-src *",
            FRAMES,
            "default-src 'self'; img-src *; frame-src 'self' https://s",
        ),
        ("default-src 'none'", SCRIPTS, "default-src 'none'; script-src https://s"),
        ("script-src-elem 'self'", SCRIPTS, "script-src-elem 'self' https://s"),
        ("img-src *", FRAMES, "img-src *"),
    ] {
        let mut policy = Policy::read(before).unwrap();
        policy.add(names, &["https://s".to_owned()]);
        assert_eq!(policy.to_string(), after, "{before}");
    }
}
