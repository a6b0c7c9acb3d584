//! What is refused before any rule is asked, and what HTTP itself asks for.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};

use crate::harness::{Server, Wanted, body, new_key, request, submission};

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_meant() {
    let server = Server::start();
    for (path, allow) in [
        ("/api/v1/office", "GET,HEAD"),
        ("/api/v1/slots", "GET,HEAD"),
        ("/api/v1/requests", "POST"),
        ("/api/v1/requests/7K3M-9QXD-2", "GET,HEAD"),
        ("/api/v1/probe/latency", "GET,HEAD"),
        ("/api/v1/probe/download", "GET,HEAD"),
        ("/api/v1/probe/upload", "POST"),
        ("/healthz", "GET,HEAD"),
        ("/", "GET,HEAD,POST"),
        ("/check", "GET,HEAD"),
    ] {
        let reply = server.send(request(Method::PUT, path, &[])).await;
        reply.problem(405, "malformed");
        assert_eq!(reply.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn unknown_addresses_are_a_problem_or_for_people_a_page() {
    let server = Server::start();
    for path in
        ["/api/v1/nothing", "/api/v2/office", "/nothing", "/api/v1/office/", "/embed/v1/../x", "/metrics"]
    {
        server.get(path).await.problem(404, "not_found");
        server.send(request(Method::POST, path, &[])).await.problem(404, "not_found");
    }
    server.get("/embed/v1/x.js").await.problem(404, "not_found");
    let page = server.get_with("/nothing", &[("accept", "text/html,*/*")]).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (404, "text/html; charset=utf-8"));
    for reply in [page, server.get("/nothing").await] {
        assert!(reply.headers.get_all("vary").iter().any(|it| it == "accept"));
    }
    server.get_with("/api/v1/x", &[("accept", "text/html")]).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_body_that_is_not_said_to_be_json_is_refused() {
    let server = Server::start();
    for content_type in
        ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "text/json"]
    {
        let headers = [("content-type", content_type), ("idempotency-key", &new_key())];
        let sent =
            request(Method::POST, "/api/v1/requests", &headers).map(|_| Body::from(body().to_string()));
        server.send(sent).await.problem(415, "malformed");
    }
    for content_type in
        ["application/json; charset=utf-8", "Application/JSON;x=y", "application/json;Charset=\"UTF-8\""]
    {
        let headers = [("content-type", content_type), ("idempotency-key", &new_key())];
        let sent =
            request(Method::POST, "/api/v1/requests", &headers).map(|_| Body::from(body().to_string()));
        server.send(sent).await.accepted();
    }
}

#[tokio::test]
async fn a_body_in_another_charset_or_encoding_is_refused() {
    let server = Server::start();
    for (content_type, encoding, status) in [
        ("application/json; charset=shift_jis", "identity", 415),
        ("application/json; x=y; charset=\"iso-2022-jp\"", "identity", 415),
        ("application/json", "gzip", 415),
        ("application/json", "identity, br", 415),
        ("application/json", "Identity", 201),
    ] {
        let headers =
            [("content-type", content_type), ("content-encoding", encoding), ("idempotency-key", &new_key())];
        let sent =
            request(Method::POST, "/api/v1/requests", &headers).map(|_| Body::from(body().to_string()));
        let reply = server.send(sent).await;
        assert_eq!(reply.status, status, "{content_type} {encoding}");
        if status == 415 {
            reply.problem(415, "malformed");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_malformed_and_says_where() {
    let server = Server::start();
    for text in
        ["", "x", "{", "[]", "null", "\"x\"", "1", "{\"a\":1,\"a\":2}", "{\"language\":\"ja\",}", "{} x"]
    {
        server.send(submission(&new_key(), text)).await.problem(400, "malformed");
    }
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    server.send(submission(&new_key(), deep)).await.problem(400, "malformed");
    server.send(submission(&new_key(), vec![b'"', 0xff, b'"'])).await.problem(400, "malformed");
    let problem =
        server.send(submission(&new_key(), "{\n \"language\": ja}")).await.problem(400, "malformed");
    assert!(problem["detail"].as_str().unwrap().contains("line 2"), "{problem}");
}

#[tokio::test]
async fn a_body_over_64_kib_is_refused() {
    let server = Server::start();
    let padded = |length: usize| {
        let text = body().to_string();
        text.clone() + &" ".repeat(length - text.len())
    };
    server.send(submission(&new_key(), padded(64 * 1024))).await.accepted();
    server.send(submission(&new_key(), padded(64 * 1024 + 1))).await.problem(413, "malformed");
    server.send(submission(&new_key(), vec![b' '; 3 * 1024 * 1024])).await.problem(413, "malformed");
}

#[tokio::test]
async fn a_body_that_never_ends_is_cut_off_by_its_deadline() {
    let wanted = Wanted { body_deadline: Duration::from_millis(50), ..Wanted::default() };
    let server = Server::start_with(wanted);
    let (sender, body) = Endless::new();
    let request = submission(&new_key(), Body::new(body));
    server.send(request).await.problem(408, "malformed");
    drop(sender);
}

/// A body of which nothing ever arrives.
pub(crate) struct Endless(tokio::net::UnixStream);

impl Endless {
    /// With what keeps it open.
    pub(crate) fn new() -> (std::os::unix::net::UnixStream, Self) {
        let (sender, receiver) = std::os::unix::net::UnixStream::pair().unwrap();
        receiver.set_nonblocking(true).unwrap();
        (sender, Self(tokio::net::UnixStream::from_std(receiver).unwrap()))
    }
}

impl hyper::body::Body for Endless {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        self.0.poll_read_ready(context).map(|_| None)
    }
}

#[tokio::test]
async fn too_many_requests_of_one_peer_are_told_when_to_come_back() {
    let server = Server::start_with(Wanted { limits: true, ..Wanted::default() });
    let mut accepted = 0;
    let refused = loop {
        let reply = server.post(&body()).await;
        if reply.status != 201 {
            break reply;
        }
        accepted += 1;
        assert!(accepted < 1000);
    };
    refused.problem(429, "rate_limited");
    assert!(10 <= accepted);
    // Looking at a receipt has a limit of its own.
    server.get("/api/v1/requests/0000-0000-0").await.problem(404, "not_found");
}

#[tokio::test]
async fn pages_of_configured_origins_may_call_the_api_and_others_may_not() {
    let server = Server::start_with(Wanted { origins: &["https://www.example.jp"], ..Wanted::default() });
    let preflight = |origin: &'static str| {
        request(
            Method::OPTIONS,
            "/api/v1/requests",
            &[
                ("origin", origin),
                ("access-control-request-method", "POST"),
                ("access-control-request-headers", "content-type,idempotency-key"),
            ],
        )
    };
    let ours = server.send(preflight("https://www.example.jp")).await;
    assert_eq!(ours.header("access-control-allow-origin"), "https://www.example.jp");
    for name in ["authorization", "content-type", "idempotency-key", "if-none-match", "precheck-receipt-code"]
    {
        assert!(ours.header("access-control-allow-headers").contains(name), "{name}");
    }
    assert!(!ours.headers.contains_key("access-control-allow-credentials"));
    let other = server.send(preflight("https://evil.example")).await;
    assert!(
        !other.headers.keys().any(|it| it.as_str().starts_with("access-control-")),
        "{:?}",
        other.headers
    );

    let refused = server.send(submission(&new_key(), "{}").map_headers("https://www.example.jp")).await;
    refused.problem(400, "malformed");
    assert_eq!(refused.header("access-control-allow-origin"), "https://www.example.jp");
    for name in ["etag", "precheck-time", "retry-after", "idempotent-replayed"] {
        assert!(refused.header("access-control-expose-headers").contains(name), "{name}");
    }
    let without = Server::start();
    let closed = without.send(preflight("https://www.example.jp")).await;
    closed.problem(405, "malformed");
    assert!(!closed.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn what_the_widget_fetches_may_be_loaded_by_the_pages_that_embed_it() {
    let open = Server::start_with(Wanted { origins: &["https://www.example.jp"], ..Wanted::default() });
    let closed = Server::start();
    for path in [
        "/api/v1/office",
        "/api/v1/terms/otaru-2023-10-01",
        "/api/v1/terms/otaru-2023-10-01/text",
        "/api/v1/slots",
        "/api/v1/requests/0000-0000-0",
    ] {
        let policy = "cross-origin-resource-policy";
        assert_eq!(open.get(path).await.header(policy), "cross-origin", "{path}");
        assert_eq!(closed.get(path).await.header(policy), "same-origin", "{path}");
    }
}

trait WithOrigin {
    fn map_headers(self, origin: &'static str) -> Self;
}

impl WithOrigin for Request<Body> {
    fn map_headers(mut self, origin: &'static str) -> Self {
        self.headers_mut().insert("origin", axum::http::HeaderValue::from_static(origin));
        self
    }
}

#[tokio::test]
async fn the_description_names_every_address_of_the_api_with_its_refusals() {
    let server = Server::start();
    let openapi = server.get("/openapi.json").await.json();
    for (path, method, statuses) in [
        ("/api/v1/office", "get", "200 304"),
        ("/api/v1/terms/{id}", "get", "200 304 404"),
        ("/api/v1/terms/{id}/text", "get", "200 304 404"),
        ("/api/v1/slots", "get", "200 400"),
        ("/api/v1/requests", "post", "201 400 408 409 413 415 422 429 503"),
        ("/api/v1/requests/{reception_number}", "get", "200 304 404 429 503"),
        ("/api/v1/probe/latency", "get", "204 403 429"),
        ("/api/v1/probe/download", "get", "200 400 403 429 503"),
        ("/api/v1/probe/upload", "post", "200 403 408 413 429 503"),
        ("/api/v1/visits", "post", "204 400 403 408 413 429 503"),
        ("/healthz", "get", "200"),
        ("/readyz", "get", "200 503"),
    ] {
        let operation = &openapi["paths"][path][method];
        for status in statuses.split(' ') {
            assert!(operation["responses"][status].is_object(), "{method} {path} {status}");
        }
    }
    let schemes = &openapi["components"]["securitySchemes"]["receipt_code"];
    assert_eq!((&schemes["type"], &schemes["scheme"]), (&"http".into(), &"bearer".into()));
    let own = &openapi["components"]["securitySchemes"]["receipt_code_header"];
    assert_eq!(
        (&own["type"], &own["in"], &own["name"]),
        (&"apiKey".into(), &"header".into(), &"precheck-receipt-code".into())
    );
    for below in ["", "/appointment.ics", "/qr"] {
        let operation = &openapi["paths"][format!("/api/v1/requests/{{reception_number}}{below}")]["get"];
        // Either of them: a list of ways.
        assert_eq!(operation["security"].as_array().map_or(0, Vec::len), 2, "{below}");
    }
    let key = &openapi["paths"]["/api/v1/requests"]["post"]["parameters"][0];
    assert_eq!(
        (&key["name"], &key["in"], &key["required"]),
        (&"Idempotency-Key".into(), &"header".into(), &true.into())
    );
    for content in [
        &openapi["paths"]["/api/v1/probe/download"]["get"]["responses"]["200"],
        &openapi["paths"]["/api/v1/probe/upload"]["post"]["requestBody"],
    ] {
        assert_eq!(content["content"]["application/octet-stream"]["schema"]["format"], "binary", "{content}");
    }
    for schema in [
        "Accepted",
        "OfficeView",
        "Problem",
        "RequestView",
        "SlotsView",
        "SubmitRequest",
        "TermsView",
        "Uploaded",
        "ViolationView",
        "VisitReport",
    ] {
        assert!(openapi["components"]["schemas"][schema].is_object(), "{schema}");
    }
}
