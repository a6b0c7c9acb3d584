//! Addresses of the release before: they lead on with all that is on its way, and lead nowhere else.

use axum::body::Body;
use axum::http::Method;

use super::person::{Person, encoded, post};
use crate::harness::{Server, request};

#[tokio::test]
async fn every_page_below_plain_leads_on_by_whatever_method_with_its_query() {
    let server = Server::start();
    for method in [Method::GET, Method::HEAD, Method::POST, Method::PUT] {
        for (asked, to) in [
            ("/plain", "/"),
            ("/plain/", "/"),
            ("/plain?lang=en&theme=dark", "/?lang=en&theme=dark"),
            ("/plain/receipt", "/receipt"),
            ("/plain/receipt/?lang=vi", "/receipt/?lang=vi"),
            ("/plain/receipt/appointment.ics", "/receipt/appointment.ics"),
        ] {
            // Who comes by an address has been sent here for want of WebAssembly, and would be sent once more.
            let to = match (method.is_safe(), to.split_once('?')) {
                (true, None) if to == "/" => "/?plain=yes".to_owned(),
                (true, Some(("/", query))) => format!("/?{query}&plain=yes"),
                _ => to.to_owned(),
            };
            let reply = server.send(request(method.clone(), asked, &[])).await;
            assert_eq!(
                (reply.status.as_u16(), reply.header("location")),
                (308, to.as_str()),
                "{method} {asked}"
            );
            assert_eq!(reply.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn nothing_else_below_plain_leads_anywhere() {
    let server = Server::start();
    for asked in
        ["/plain//example.com", "/plain/%2F/example.com", "/plain/desk", "/plain/nowhere", "/plain/a/b"]
    {
        let reply = server.get(asked).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (404, ""), "{asked}");
        assert!(reply.text().contains("お探しの画面は見つかりませんでした"), "{asked}");
    }
    assert_eq!(server.get("/plain/nowhere?lang=en").await.status, 404);
}

#[tokio::test]
async fn a_form_of_the_release_before_is_posted_on_and_loses_nothing() {
    let server = Server::start();
    let review = Person::comes_to(&server, "review", "ja").await;
    let form = review.pressed("go", "send");
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("host", "precheck.example.jp")];
    let asked = request(Method::POST, "/plain?lang=ja", &headers).map(|_| Body::from(encoded(&form)));
    let led = server.send(asked).await;
    assert_eq!((led.status.as_u16(), led.header("location")), (308, "/?lang=ja"));
    // A browser sends the same body there.
    let receipt = post(&server, led.header("location"), &form).await;
    assert_eq!(receipt.status, 201, "{}", receipt.text());
    assert_eq!(server.rows("booking"), 1);
}

#[tokio::test]
async fn a_page_of_the_release_before_still_finds_its_style_sheet() {
    let style = Server::start().get("/plain/assets/plain.css").await;
    assert_eq!((style.status.as_u16(), style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(style.text().contains(".plain h1") && style.text().contains(".oc-widget"));
}
