//! What our own pages may run: the widget and what stands in them, named by its hash; where no widget is wanted, nothing.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::person::Person;
use crate::harness::{Server, Wanted, request};

/// What stands in elements of a name without attributes, by the hash that a policy names.
fn hashes(page: &str, element: &str) -> Vec<String> {
    let (opens, closes) = (format!("<{element}>"), format!("</{element}>"));
    let inside = page.split(&opens).skip(1).map(|it| it.split_once(&closes).unwrap().0);
    inside.map(|it| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(it)))).collect()
}

fn directive<'a>(policy: &'a str, name: &str) -> Vec<&'a str> {
    let found = policy.split("; ").find_map(|it| it.strip_prefix(name)?.strip_prefix(' '));
    found.map(|it| it.split(' ').collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_step_may_run_the_widget_and_exactly_what_stands_in_the_page() {
    let wanted = Wanted { origins: &["https://www.example.jp", "null"], ..Wanted::default() };
    let server = Server::start_with(wanted);
    let posted = Person::comes_to(&server, "booking", "ja").await.reply;
    let refused = Person::comes_to(&server, "conditions", "vi").await.presses("next").await.reply;
    for page in [server.get("/").await, server.get("/?lang=en&theme=dark").await, posted, refused] {
        let policy = page.header("content-security-policy");
        let (scripts, styles) = (hashes(page.text(), "script"), hashes(page.text(), "style"));
        // Without a bundle there is no script to begin with.
        let is_built = page.text().contains("/embed/v1/precheck.js");
        assert_eq!((scripts.len(), styles.len()), (2 * usize::from(is_built), 2));
        let own: Vec<_> =
            ["'self'", "'wasm-unsafe-eval'"].into_iter().chain(scripts.iter().map(String::as_str)).collect();
        assert_eq!(directive(policy, "script-src"), own, "{policy}");
        let own: Vec<_> = ["'self'"].into_iter().chain(styles.iter().map(String::as_str)).collect();
        assert_eq!(directive(policy, "style-src"), own, "{policy}");
        assert!(!policy.contains("unsafe-inline") && policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'self' https://www.example.jp"), "{policy}");
        assert_eq!(page.header("permissions-policy"), "camera=(self), microphone=(self)");
        // Nothing stands in an attribute, which no hash allows.
        assert!(!page.text().contains(" style=") && !page.text().contains(" onclick="));
    }
}

#[tokio::test]
async fn where_no_widget_is_wanted_no_script_may_run_and_the_office_is_named() {
    let wanted = Wanted { origins: &["https://www.example.jp", "null"], ..Wanted::default() };
    let server = Server::start_with(wanted);
    let receipt = Person::comes_to(&server, "review", "ja").await.presses("send").await.reply;
    let mut pages = vec![("a receipt", receipt)];
    for path in [
        "/?plain=yes",
        "/?lang=en&theme=dark&plain=yes",
        "/receipt",
        "/receipt/",
        "/plain/nowhere",
        "/plain/a/b",
    ] {
        pages.push((path, server.get(path).await));
    }
    for (path, page) in pages {
        let policy = page.header("content-security-policy");
        let styles = hashes(page.text(), "style");
        assert_eq!(directive(policy, "style-src"), styles, "{path}");
        assert!(directive(policy, "script-src").is_empty() && !policy.contains("unsafe"), "{policy}");
        assert!(
            policy.contains("form-action 'self'") && policy.starts_with("default-src 'none';"),
            "{policy}"
        );
        assert!(policy.ends_with("frame-ancestors 'self' https://www.example.jp"), "{policy}");
        let text = page.text();
        assert!(
            !text.contains("<script") && !text.contains("<noscript") && !text.contains(" style="),
            "{path}"
        );
        assert!(text.contains(" class=\"no-widget\">"), "{path}");
        assert!(
            text.contains("tel:") || text.contains("窓口でお尋ねください") || path.contains("en"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_answer_to_a_form_is_kept_by_nobody_and_another_method_is_refused() {
    let server = Server::start();
    for path in ["/receipt", "/receipt/", "/plain/nowhere"] {
        assert_eq!(server.get(path).await.header("cache-control"), "no-store", "{path}");
    }
    let put = server.send(request(Method::PUT, "/", &[])).await;
    put.problem(405, "malformed");
    assert!(
        server
            .get("/?theme=dark")
            .await
            .text()
            .contains("<html lang=\"ja\" data-language=\"ja\" data-theme=\"dark\">")
    );
    let strange = server.get("/?theme=%22%3E").await;
    assert!(strange.text().contains("<html lang=\"ja\" data-language=\"ja\">"));
}
