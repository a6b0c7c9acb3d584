//! `/embed`: the line and what goes with it, and that what is asked for stays text.

use axum::http::{HeaderValue, Method};

use crate::harness::{Reply, Server, Wanted, request};

const README: &str = include_str!("../../../README.md");

fn public() -> Server {
    Server::start_with(Wanted {
        origins: &["https://www.city.example.jp"],
        public_origin: Some("https://precheck.example.jp".to_owned()),
        ..Wanted::default()
    })
}

/// The text in a `<textarea>` or another element with an id, as a browser reads it.
#[track_caller]
fn text_of(page: &Reply, id: &str) -> String {
    let mark = format!(" id=\"{id}\"");
    let at = page.text().find(&mark).unwrap_or_else(|| panic!("no {id} in {}", page.text()));
    let (_, rest) = page.text()[at..].split_once('>').unwrap();
    let text = rest.split("</textarea>").next().unwrap();
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (mark, letter)| text.replace(mark, letter))
}

fn form(fields: &[(&str, &str)]) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric();
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn the_line_and_the_clauses_are_those_of_the_readme() {
    let server = public();
    let page = server.get("/embed").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let line = text_of(&page, "code");
    let lines: Vec<_> = line.lines().collect();
    assert!(README.contains(lines[0]), "{}", lines[0]);
    assert_eq!(
        (lines[1], lines.last().copied()),
        ("<online-counselling-precheck>", Some("</online-counselling-precheck>"))
    );
    assert!(
        lines[2].contains("https://precheck.example.jp/?lang=ja&amp;plain=yes")
            && lines[2].contains("ハローワーク小樽"),
        "{line}"
    );
    assert_eq!(
        text_of(&page, "clauses"),
        "script-src https://precheck.example.jp;\nframe-src https://precheck.example.jp"
    );
    assert!(README.contains("in `script-src` and `frame-src`"));
    assert_eq!(
        text_of(&page, "permissions"),
        "Permissions-Policy: camera=(self \"https://precheck.example.jp\"), microphone=(self \"https://precheck.example.jp\")"
    );

    let page = server.get("/embed?isolation=none").await;
    assert_eq!(
        text_of(&page, "clauses"),
        "script-src https://precheck.example.jp 'wasm-unsafe-eval';\nconnect-src https://precheck.example.jp;\nstyle-src https://precheck.example.jp"
    );
    assert!(README.contains("(and there `'wasm-unsafe-eval'`), `connect-src` and `style-src`"));
    assert_eq!(text_of(&page, "permissions"), "Permissions-Policy: camera=(self), microphone=(self)");
}

#[tokio::test]
async fn each_option_stands_in_the_line_and_in_the_preview_and_stays_chosen() {
    let server = public();
    for (query, tag, chosen) in [
        ("", "<online-counselling-precheck>", "language-"),
        ("language=vi", "<online-counselling-precheck language=\"vi\">", "language-vi"),
        ("language=ja-easy", "<online-counselling-precheck language=\"ja-easy\">", "language-ja-easy"),
        ("start=check", "<online-counselling-precheck start=\"check\">", "start-check"),
        (
            "start=receipt&theme=light",
            "<online-counselling-precheck start=\"receipt\" theme=\"light\">",
            "theme-light",
        ),
        ("isolation=none", "<online-counselling-precheck isolation=\"none\">", "isolation-none"),
        ("language=fr&start=%22&theme=DARK&isolation=", "<online-counselling-precheck>", "start-booking"),
    ] {
        let page = server.get(&format!("/embed?{query}")).await;
        assert!(text_of(&page, "code").contains(&format!("\n{tag}\n")), "{query}");
        assert!(page.text().contains(&format!("{tag}\n<noscript>")), "{query}: the preview");
        let radio = page.text().split("<input ").find(|it| it.contains(&format!("id=\"{chosen}\""))).unwrap();
        assert!(radio.split('>').next().unwrap().contains(" checked"), "{query}: {radio}");
    }
}

#[tokio::test]
async fn whether_a_page_may_embed_is_told_by_its_origin_alone() {
    let server = public();
    for (page, said) in [
        ("https://www.city.example.jp/work.html?a#b", "https://www.city.example.jp は許可されています。"),
        ("https://www.city.example.jp:8443/", "https://www.city.example.jp:8443 は許可されていません。"),
        ("http://www.city.example.jp/", "http://www.city.example.jp は許可されていません。"),
        ("http://www.city.example.jp/", "ブラウザがカメラとマイクの使用を許可しません"),
        ("https://precheck.example.jp/", "はこのサーバー自身です"),
        ("www.city.example.jp", "アドレスを読み取れません"),
        ("", "上の欄に入力すると"),
    ] {
        let answer = server.get(&format!("/embed?{}", form(&[("page", page)]))).await;
        assert!(answer.text().contains(said), "{page}: {said}");
    }
    let refused = server.get(&format!("/embed?{}", form(&[("page", "https://a.example/b c")]))).await;
    assert_eq!(text_of(&refused, "setting"), "--allowed-origins https://a.example");
    assert_eq!(text_of(&refused, "self-test"), "https://a.example/b c#precheck-self-test");
}

#[tokio::test]
async fn whatever_is_sent_stays_text() {
    let server = public();
    let usual = server.get("/embed").await.text().matches("<script").count();
    let hostile = "\"'></textarea><script>alert(1)</script><img src=x onerror=alert(1)>";
    let address = format!("https://a.example/{hostile}");
    let got = server
        .get(&format!("/embed?{}", form(&[("page", &address), ("language", hostile), ("lang", hostile)])))
        .await;
    assert_eq!(got.status, 200);
    assert_eq!(got.text().matches("<script").count(), usual);
    assert!(!got.text().contains("<img"));
    // Nor does the address that a client says it has asked for.
    let local = Server::start();
    let page = local.get_with("/embed", &[("host", "a\"><script>")]).await;
    assert!(
        text_of(&page, "code")
            .starts_with("<script type=\"module\" src=\"http://localhost/embed/v1/precheck.js\">")
    );
    let page = local.get_with("/embed", &[("host", "127.0.0.1:8080")]).await;
    assert!(text_of(&page, "code").contains("src=\"http://127.0.0.1:8080/embed/v1/precheck.js\""));
}

#[tokio::test]
async fn nothing_can_be_sent_to_these_pages() {
    let server = public();
    let fields = form(&[("headers", "Content-Security-Policy: default-src 'self'")]);
    for path in ["/embed", "/embed/", "/accessibility"] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let sent = request(method.clone(), path, &headers).map(|_| fields.clone().into());
            server.send(sent).await.problem(405, "malformed");
        }
    }
    let page = server.get("/embed").await;
    assert!(!page.text().contains("method=\"post\""), "nothing on it sends anything");
}

#[tokio::test]
async fn nothing_inline_runs_on_these_pages_and_nobody_frames_them() {
    let server = public();
    for path in ["/embed", "/embed/", "/embed?lang=en", "/accessibility", "/accessibility/"] {
        let page = server.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.ends_with("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert!(!page.text().contains(" style=") && !page.text().contains("<style"), "{path}");
        let scripts = page
            .text()
            .split("<script")
            .skip(1)
            .filter(|it| !it.trim_start().starts_with("src=") && !it.contains("src=\"/embed/"));
        assert_eq!(scripts.count(), 0, "{path}");
        assert_eq!(server.get_with(path, &[("if-none-match", page.header("etag"))]).await.status, 304);
    }
    for file in ["guide.css", "guide.js", "icon.svg", "frame-test.js"] {
        assert_eq!(server.get(&format!("/embed/assets/{file}")).await.status, 200, "{file}");
    }
    for path in ["/embed/assets/desk.css", "/embed/nothing", "/embed/v1/nothing.js", "/accessibility/nothing"]
    {
        server.get(path).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_frame_of_the_self_test_stands_where_the_widget_may_stand() {
    let server = public();
    let frame = server.get("/embed/frame-test").await;
    let widget = server.get("/check").await;
    for header in ["content-security-policy", "permissions-policy"] {
        assert_eq!(frame.headers.get(header), widget.headers.get(header), "{header}");
    }
    assert_eq!(frame.headers.get("x-frame-options"), None::<&HeaderValue>);
}

#[tokio::test]
async fn in_english_the_same_is_said() {
    let server = public();
    let page = server.get("/embed?lang=en&start=check").await;
    assert!(
        page.text().contains("<html lang=\"en\">")
            && page.text().contains("Paste this where the pre-check is to appear.")
    );
    assert!(page.text().contains("name=\"lang\" value=\"en\""), "the choice keeps the language");
    assert!(
        page.text().contains("href=\"/embed?lang=ja&#38;start=check\""),
        "the other language keeps the choice"
    );
    assert!(page.text().contains("5. Find out what is wrong"));
}
