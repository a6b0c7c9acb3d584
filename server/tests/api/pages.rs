//! Our own pages and the widget's files, whether or not a bundle is inside.

use std::collections::BTreeSet;

use crate::harness::{Server, Wanted};

#[tokio::test]
async fn pages_load_nothing_of_others_and_are_framed_by_the_offices_pages_alone() {
    let server =
        Server::start_with(Wanted { origins: &["https://www.example.jp", "null"], ..Wanted::default() });
    for path in ["/", "/?lang=en", "/check", "/check/", "/demo", "/demo/"] {
        let page = server.get(path).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'self' https://www.example.jp"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(page.header("permissions-policy"), "camera=(self), microphone=(self)");
        assert_eq!(page.header("cache-control"), "no-cache");
        let known = server.get_with(path, &[("if-none-match", page.header("etag"))]).await;
        assert_eq!(known.status, 304);
    }
}

#[tokio::test]
async fn what_is_no_page_loads_nothing_and_sets_no_base_and_drawings_say_in_which_letters_they_are() {
    let server = Server::start();
    for path in ["/nothing", "/api/v1/office", "/api/v1/nothing", "/healthz", "/desk/assets/nothing"] {
        let reply = server.get_with(path, &[("accept", "text/html")]).await;
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("base-uri 'none'"),
            "{path}: {policy}"
        );
    }
    for path in ["/embed/assets/icon.svg", "/desk/assets/icon.svg"] {
        assert_eq!(server.get(path).await.header("content-type"), "image/svg+xml; charset=utf-8", "{path}");
    }
}

#[tokio::test]
async fn every_file_that_the_pages_name_is_there_and_may_be_loaded_from_other_origins() {
    let server = Server::start();
    let mut named = BTreeSet::new();
    let is_built = !server.get("/check").await.text().contains("cargo xtask build");
    for path in ["/", "/check", "/check/", "/demo", "/demo/"] {
        let page = server.get(path).await;
        // Without a bundle the pages name none and say how to build one; the form alone needs none.
        if !is_built {
            assert!(path == "/" || page.text().contains("cargo xtask build"), "{path}");
            assert!(!page.text().contains("/embed/v1/"), "{path}");
            continue;
        }
        assert_eq!(page.text().contains(" only=\"check\""), path.starts_with("/check"), "{path}");
        let quoted: Vec<_> = page.text().split('"').filter(|it| it.starts_with("/embed/v1/")).collect();
        assert!(!quoted.is_empty(), "{path}");
        if path == "/" {
            for (place, starts) in
                ["precheck-", "glue-", "widget-", "precheck.js", "begin-", "icon-"].iter().enumerate()
            {
                let name = quoted[place].trim_start_matches("/embed/v1/");
                assert!(name.starts_with(starts), "{name} is named in the place of {starts}");
            }
        }
        named.extend(quoted.into_iter().map(str::to_owned));
    }
    for path in named {
        let file = server.get_with(&path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("cross-origin-resource-policy"), "cross-origin", "{path}");
        assert_eq!(file.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(
            (file.header("content-encoding"), file.header("vary")),
            ("br", "accept-encoding"),
            "{path}"
        );
        let lasts = if path.ends_with("/precheck.js") { "max-age=300" } else { "immutable" };
        assert!(file.header("cache-control").contains(lasts), "{path}");
        let plain = server.get(&path).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        assert_ne!(plain.header("etag"), file.header("etag"), "{path}");
    }
    for page in ["index", "check", "demo"] {
        server.get(&format!("/embed/v1/{page}.html")).await.problem(404, "not_found");
    }
}
