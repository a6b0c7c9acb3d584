//! The first step as the server draws it: in the reader's language, of the widget's own elements, the same for everybody, and a part
//! for the element.

use std::io::Read as _;

use axum::body::Body;
use axum::http::Method;
use precheck_shared::texts;

use super::person::{Person, encoded, form_of, post};
use crate::harness::{Server, Wanted, request};

const LANGUAGES: [(&str, &str); 5] =
    [("ja", "ja"), ("ja-easy", "ja"), ("en", "en"), ("vi", "vi"), ("zh", "zh-Hans")];

/// As a content management system writes an attribute, and the language that is meant; empty: the browser's.
const SPELT: [(&str, &str); 16] = [
    ("JA", "ja"),
    ("en_US", "en"),
    ("ja_JP", "ja"),
    ("vi-VN", "vi"),
    ("zh-Hans-CN", "zh-Hans"),
    ("zh_TW", "zh-Hans"),
    ("ZH", "zh-Hans"),
    ("EN", "en"),
    (" en-gb ", "en"),
    ("en_GB.UTF-8", "en"),
    ("JA_EASY", "ja"),
    ("Ja-Easy", "ja"),
    ("vi-Latn-VN", "vi"),
    ("xx", ""),
    ("", ""),
    ("x-en", ""),
];

/// Browsers inside apps: one that the app itself can leave, and one that it cannot.
const LINE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Line/14.0.0";
const OTHER: &str = "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Chrome/130.0 Instagram 300.0";

/// The widget's first step (`app/src/widget.rs`, `app/src/steps/conditions.rs`): its elements with their classes, in order.
fn drawn_by_the_widget() -> Vec<String> {
    let mut all = Vec::new();
    let mut add = |it: &str| all.push(it.to_owned());
    add("div oc-top");
    add("div oc-top__languages");
    for _ in 0..4 {
        add("button oc-button oc-button--plain oc-button--small");
    }
    add("nav oc-steps");
    add("ol oc-steps__list");
    for _ in 0..5 {
        for it in [
            "li oc-steps__item",
            "span oc-hidden",
            "span oc-steps__mark",
            "span oc-steps__name",
            "span oc-hidden",
        ] {
            add(it);
        }
    }
    for it in
        ["div oc-main", "div oc-step", "h2 oc-heading", "p oc-text", "div oc-notice", "p oc-notice__heading"]
    {
        add(it);
    }
    add("p oc-text");
    add("p oc-hint");
    for question in ["registered", "equipped", "ongoing", "need"] {
        for it in [
            "div oc-question",
            "fieldset oc-field oc-group",
            "legend oc-field__label",
            "span oc-field__name",
            "span oc-mark",
            "span oc-clause",
        ] {
            add(it);
        }
        if texts::japanese().find(&format!("conditions.{question}.hint")).is_some() {
            add("p oc-hint");
        }
        add("div oc-choices");
        for _ in 0..2 {
            for it in ["label oc-choice", "input oc-choice__input", "span oc-choice__label"] {
                add(it);
            }
        }
    }
    for it in [
        "div oc-tick",
        "label oc-choice oc-choice--tick",
        "input oc-choice__input",
        "span oc-choice__label",
        "p oc-hint",
        "div oc-ending",
        "button oc-button",
        "div oc-foot",
        "p oc-foot__words",
        "a oc-link",
        "div oc-hidden",
    ] {
        add(it);
    }
    all
}

/// Every element of a form with its classes, in order, without what is marked as needed without the widget alone.
fn drawn(page: &str) -> Vec<String> {
    let form =
        page.split_once("<form ").unwrap().1.split_once('>').unwrap().1.split_once("</form>").unwrap().0;
    let (mut all, mut left_out) = (Vec::new(), None);
    for part in form.split('<').skip(1) {
        let tag = part.split_once('>').unwrap().0;
        let name = tag.split([' ', '/']).find(|it| !it.is_empty()).unwrap();
        if let Some((within, depth)) = &mut left_out {
            if name == *within {
                *depth += if tag.starts_with('/') { -1 } else { 1 };
            }
            if *depth == 0 {
                left_out = None;
            }
            continue;
        }
        if tag.starts_with('/') || tag.contains(" type=\"hidden\"") || tag.contains("button hidden") {
            continue;
        }
        if tag.contains(" data-plain") {
            left_out = Some((name, 1));
            continue;
        }
        let class = tag.split_once(" class=\"").map_or("", |it| it.1.split_once('"').unwrap().0);
        if !class.is_empty() {
            all.push(format!("{name} {class}"));
        }
    }
    all
}

#[tokio::test]
async fn it_has_the_widgets_elements_in_the_widgets_order_in_every_language() {
    let server = Server::start();
    let mut expected = drawn_by_the_widget();
    for (language, tag) in LANGUAGES {
        let page = server.get(&format!("/?lang={language}")).await;
        let own = drawn(page.text());
        assert_eq!(own, expected, "{language}");
        for words in [
            format!("<html lang=\"{tag}\""),
            format!("<header class=\"page-header\" lang=\"{tag}\">"),
            format!("<footer class=\"page-footer\" lang=\"{tag}\">"),
            format!("<online-counselling-precheck standalone lang=\"{tag}\" language=\"{language}\">"),
            format!(
                "<form class=\"oc-widget\" lang=\"{tag}\" method=\"post\" action=\"/\" autocomplete=\"off\" data-form data-at=\"conditions\">"
            ),
            "name=\"eligibility-registered\" id=\"f-eligibility-registered\" value=\"yes\">".to_owned(),
            "name=\"eligibility-need\" id=\"f-eligibility-need-1\" value=\"not_sure\">".to_owned(),
            "id=\"f-shared_device\" name=\"shared_device\" value=\"yes\">".to_owned(),
        ] {
            assert!(page.text().contains(&words), "{language}: {words}");
        }
        assert!(!page.text().contains("translate=") && !page.text().contains("notranslate"));
    }
    // As a part of another page it has the widget's title.
    expected.insert(1, "p oc-title".to_owned());
    let part = server.get("/embed/v1/first?lang=ja").await;
    assert_eq!(drawn(part.text())[..4], expected[..4]);
}

#[tokio::test]
async fn its_language_is_the_addresss_in_any_spelling_else_the_browsers() {
    let server = Server::start();
    for path in ["/", "/embed/v1/first"] {
        for (spelt, tag) in SPELT {
            let asked = form_urlencoded::byte_serialize(spelt.as_bytes()).collect::<String>();
            let page = server
                .get_with(&format!("{path}?lang={asked}"), &[("accept-language", "vi-VN, en;q=0.5")])
                .await;
            let tag = if tag.is_empty() { "vi" } else { tag };
            let says = format!("class=\"oc-widget\" lang=\"{tag}\"");
            assert!(page.text().contains(&says), "{path} {spelt:?}: {tag}");
        }
        for (accepted, tag) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
            ("EN-us", "en"),
            ("pt-BR,pt;q=0.9", "en"),
            ("ne-NP, fr;q=0.5, ja;q=0.1", "ja"),
            ("*", "ja"),
        ] {
            let page = server.get_with(path, &[("accept-language", accepted)]).await;
            assert!(
                page.text().contains(&format!("class=\"oc-widget\" lang=\"{tag}\"")),
                "{path} {accepted}"
            );
        }
        assert!(server.get(path).await.text().contains("class=\"oc-widget\" lang=\"ja\""));
    }
}

#[tokio::test]
async fn it_is_the_same_for_every_reader_of_a_language_and_is_not_sent_twice() {
    let server = Server::start();
    for path in ["/", "/?lang=en", "/embed/v1/first?lang=vi&theme=dark"] {
        let page = server.get(path).await;
        assert_eq!(page.status, 200);
        let again = server.get_with(path, &[("cookie", "a=b"), ("x-forwarded-for", "192.0.2.7")]).await;
        assert_eq!(again.body, page.body, "{path}");
        assert!(!page.text().contains("name=\"key\""));
        let tag = page.header("etag");
        assert!(tag.starts_with("W/\""), "{tag}");
        assert_eq!(page.header("cache-control"), "no-cache");
        for header in ["accept-encoding", "accept-language", "user-agent"] {
            assert!(page.header("vary").contains(header), "{path}: {}", page.header("vary"));
        }
        for accepted in ["", "br", "gzip"] {
            let known = server.get_with(path, &[("if-none-match", tag), ("accept-encoding", accepted)]).await;
            assert_eq!((known.status.as_u16(), known.body.len()), (304, 0), "{path} {accepted}");
            assert_eq!((known.header("etag"), known.header("cache-control")), (tag, "no-cache"));
        }
    }
    let (one, other) = (server.get("/?lang=ja").await, server.get("/?lang=en").await);
    assert_ne!(one.header("etag"), other.header("etag"));
}

#[tokio::test]
async fn pages_are_compressed_as_the_client_likes_it_and_files_of_the_bundle_once() {
    let server = Server::start();
    for path in ["/", "/embed/v1/first", "/receipt", "/?plain=yes"] {
        let plain = server.get(path).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        let gzip = server.get_with(path, &[("accept-encoding", "gzip, deflate")]).await;
        assert_eq!(gzip.header("content-encoding"), "gzip", "{path}");
        let mut text = String::new();
        flate2::read::GzDecoder::new(gzip.body.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, plain.text(), "{path}");
        let brotli = server.get_with(path, &[("accept-encoding", "gzip, deflate, br, zstd")]).await;
        assert_eq!(brotli.header("content-encoding"), "br", "{path}");
        assert!(brotli.body.len() < plain.body.len() / 2, "{path}");
        assert_eq!(brotli.header("etag"), plain.header("etag"));
        for reply in [&plain, &gzip, &brotli] {
            assert!(reply.header("vary").contains("accept-encoding"), "{path}");
        }
    }
    let form = encoded(&form_of(server.get("/").await.text()));
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept-encoding", "br")];
    let posted = server.send(request(Method::POST, "/", &headers).map(|_| Body::from(form))).await;
    assert_eq!((posted.status.as_u16(), posted.header("content-encoding")), (422, "br"));
    assert_eq!(posted.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_part_may_be_fetched_from_any_page_and_is_no_whole_page() {
    let server = Server::start();
    let part =
        server.get_with("/embed/v1/first?lang=en&theme=dark", &[("origin", "https://www.example.jp")]).await;
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(part.header(name), value);
    }
    let text = part.text();
    assert!(text.starts_with("<div class=\"place\">") && text.trim_end().ends_with("</div>"), "{text}");
    assert!(!text.contains("<html") && !text.contains("<script") && !text.contains("<style"), "{text}");
    assert!(
        text.contains("data-form data-at=\"conditions\"") && text.contains("name=\"theme\" value=\"dark\"")
    );
    assert!(part.header("content-security-policy").contains("default-src 'none'"));
}

#[tokio::test]
async fn the_key_comes_with_the_answer_to_the_first_form_and_stays() {
    let server = Server::start();
    let first = Person::opens(&server, "/").await;
    assert!(first.value("key").is_empty());
    first.reads("data-at=\"conditions\">");
    let refused = first.presses("next").await;
    refused.reads("data-at=\"conditions\" data-posted data-faults>");
    let key = refused.value("key").concat();
    assert_eq!(key.len(), 36, "{key}");
    let mut person = refused;
    person.answers_conditions();
    let consent = person.presses("next").await;
    consent.reads("data-at=\"consent\" data-posted>");
    assert_eq!(consent.value("key"), [key.as_str()]);
    assert_eq!(consent.reads_in("en").await.presses("back").await.value("key"), [key.as_str()]);
    // Two readers never have the same.
    assert_ne!(Person::opens(&server, "/").await.presses("next").await.value("key").concat(), key);
}

#[tokio::test]
async fn that_a_device_is_shared_is_carried_from_page_to_page() {
    let server = Server::start();
    let mut person = Person::opens(&server, "/").await;
    person.answers_conditions().enters("shared_device", "yes");
    let consent = person.presses("next").await;
    assert_eq!(consent.value("shared_device"), ["yes"]);
    let back = consent.reads_in("en").await.presses("back").await;
    back.reads("id=\"f-shared_device\" name=\"shared_device\" value=\"yes\" checked>");
    assert_eq!(back.value("shared_device"), ["yes"]);
    // A tick taken out again is out.
    let mut back = back;
    back.form.retain(|it| it.0 != "shared_device");
    assert!(back.presses("next").await.value("shared_device").is_empty());
}

#[tokio::test]
async fn whoever_wants_no_widget_keeps_to_that_from_page_to_page() {
    let server = Server::start();
    for (mut person, how) in [
        (Person::opens(&server, "/?plain=yes").await, "by the address"),
        (Person::opens(&server, "/").await, "by the form"),
    ] {
        // A script fills in the field that is there, or adds one.
        person.form.push(("plain".to_owned(), "yes".to_owned()));
        person.answers_conditions();
        let consent = person.presses("next").await;
        consent.is_at("consent").reads(" class=\"no-widget\">");
        assert_eq!(consent.value("plain"), ["yes"], "{how}");
        assert!(!consent.text().contains("<script") && !consent.text().contains("<online-"), "{how}");
        let back = consent.presses("back").await;
        back.is_at("conditions").reads("&#38;plain=yes").reads(" class=\"no-widget\">");
    }
}

#[tokio::test]
async fn whatever_was_typed_comes_back_escaped() {
    let server = Server::start();
    let mut form = form_of(server.get("/").await.text());
    for name in [
        "lang",
        "theme",
        "plain",
        "at",
        "about",
        "person-name",
        "wishes",
        "shared_device",
        "eligibility-need",
    ] {
        form.push((name.to_owned(), "\"<b>'&".to_owned()));
    }
    form.retain(|it| it.0 != "lang" || it.1.contains('<'));
    let page = post(&server, "/", &form).await;
    assert!(!page.text().contains("<b>"));
    assert!(
        page.text().contains("name=\"person-name\" value=\"&#34;&#60;b&#62;&#39;&#38;\""),
        "{}",
        page.text()
    );
    for path in [
        "/?lang=%22%3Cb%3E&theme=%22%3Cb%3E&plain=%22%3Cb%3E",
        "/embed/v1/first?lang=%22%3Cb%3E&theme=%3Cb%3E",
    ] {
        assert!(
            !server
                .get_with(path, &[("host", "\"<b>"), ("user-agent", "Instagram <b>")])
                .await
                .text()
                .contains("<b>")
        );
    }
}

#[tokio::test]
async fn readers_of_other_languages_alone_are_told_of_their_browsers_translator() {
    let server = Server::start();
    let told = "<div class=\"plain-foreign\">";
    for (path, accepted, address) in [
        ("/", "pt-BR,pt;q=0.9", "/?lang=en&amp;plain=yes"),
        ("/?lang=ja&theme=dark", "ne", "/?lang=ja&amp;theme=dark&amp;plain=yes"),
        ("/?lang=vi", "ko-KR", "/?lang=vi&amp;plain=yes"),
    ] {
        let page = server.get_with(path, &[("accept-language", accepted)]).await;
        let text = page.text().replace("&#38;", "&amp;");
        let part = text.split_once(told).unwrap().1.split_once("</div>").unwrap().0;
        assert!(part.contains("<p lang=\"en\">") && part.contains(&format!("href=\"{address}\"")), "{part}");
        assert!(text.find(told) < text.find("<online-counselling-precheck"), "it stands above the element");
        assert!(
            !server
                .get_with(&address.replace("&amp;", "&"), &[("accept-language", accepted)])
                .await
                .text()
                .contains(told)
        );
    }
    for accepted in ["", "en", "pt, en;q=0.5", "*", "vi-VN"] {
        assert!(
            !server.get_with("/", &[("accept-language", accepted)]).await.text().contains(told),
            "{accepted}"
        );
    }
}

#[tokio::test]
async fn only_codes_are_kept_from_translators() {
    let server = Server::start();
    let receipt = Person::comes_to(&server, "review", "ja").await.presses("send").await;
    let (number, code) = receipt.receipt();
    let kept: Vec<_> =
        receipt.text().split(" translate=\"no\">").skip(1).map(|it| it.split('<').next().unwrap()).collect();
    assert_eq!(kept, [number.as_str(), &number, &code]);
    for step in ["conditions", "consent", "check", "booking", "review"] {
        let page = Person::comes_to(&server, step, "en").await;
        assert!(!page.text().contains("translate=\"no\"") && !page.text().contains("notranslate"), "{step}");
    }
}

#[tokio::test]
async fn in_the_browser_inside_an_app_it_says_how_to_get_out_where_the_widget_says_it() {
    let server = Server::start_with(Wanted {
        public_origin: Some("https://precheck.example.jp".to_owned()),
        ..Wanted::default()
    });
    let line = server.get_with("/?lang=en", &[("user-agent", LINE)]).await;
    let text = line.text();
    assert!(
        text.contains("data-move target=\"_top\" href=\"/?lang=en&#38;openExternalBrowser=1\""),
        "{text}"
    );
    let (offer, steps) = (text.find("class=\"oc-move\""), text.find("<nav class=\"oc-steps\""));
    assert!(offer.is_some() && offer < steps && text.find("oc-top") < offer);
    let other = server.get_with("/?lang=en", &[("user-agent", OTHER)]).await;
    assert!(
        other.text().contains("Press \"⋮\"") || other.text().contains("Press &quot;⋮&quot;"),
        "{}",
        other.text()
    );
    assert!(other.text().contains("https://precheck.example.jp/#/conditions</p>"));
    let framed = server.get_with("/?lang=en", &[("user-agent", OTHER), ("sec-fetch-dest", "iframe")]).await;
    assert!(framed.text().contains("data-language=\"en\" class=\"framed\">"));
    assert!(!framed.text().contains('⋮') && framed.text().contains("class=\"oc-move\""));
    let usual =
        server.get_with("/?lang=en", &[("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0")]).await;
    assert!(!usual.text().contains("class=\"oc-move\""));
}

#[tokio::test]
async fn it_is_there_while_nothing_can_be_stored() {
    let server = Server::start();
    server.state.store.close().await.unwrap();
    assert_eq!(server.get("/").await.status, 200);
    assert_eq!(server.get("/embed/v1/first").await.status, 200);
}

#[tokio::test]
async fn the_page_of_the_check_leads_to_its_questions_without_script() {
    let server = Server::start();
    let page = server.get("/check").await;
    if page.text().contains("<online-counselling-precheck") {
        assert!(page.text().contains("form=\"without\" name=\"go\" value=\"change-check\""));
        assert!(page.text().contains("<form hidden id=\"without\" method=\"post\" action=\"/\"></form>"));
        assert!(!page.text().contains("http-equiv=\"refresh\"") && !page.text().contains("/plain"));
    }
    // What its button sends.
    let form = vec![("go".to_owned(), "change-check".to_owned())];
    let check = Person::posts(&server, &form).await;
    check.is_at("check").reads("name=\"checklist-camera\"");
    assert_eq!((check.reply.status.as_u16(), check.value("key").concat().len()), (200, 36));
}
