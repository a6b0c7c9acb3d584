//! Article 10(4): measuring the line. Exact amounts of incompressible bytes, and bounds in bytes, time and number that nobody
//! gets around; nobody else's page gets anything at all.

use std::collections::HashSet;
use std::io::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use precheck_server::serve::Peer;
use serde_json::json;
use tower::ServiceExt as _;

use crate::harness::{Reply, Server, Wanted, body, request};
use crate::protocol::Endless;

const LATENCY: &str = "/api/v1/probe/latency";
const UPLOAD: &str = "/api/v1/probe/upload";
const MOST: usize = 1_000_000;

fn download(bytes: impl std::fmt::Display) -> String {
    format!("/api/v1/probe/download?bytes={bytes}")
}

fn upload(body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, UPLOAD, &[]).map(|_| body.into())
}

fn by(peer: &str, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(Peer(peer.parse().unwrap()));
    request
}

fn limited() -> Server {
    Server::start_with(Wanted { limits: true, ..Wanted::default() })
}

/// An answer whose body is not read yet.
async fn begin(server: &Server, request: Request<Body>) -> Response {
    server.router.clone().oneshot(request).await.unwrap()
}

/// One check of the device, as the widget makes it: how many of its 17 probes were refused.
async fn check(server: &Server, peer: &str) -> usize {
    let mut replies: Vec<Reply> = Vec::new();
    for _ in 0..11 {
        replies.push(server.send(by(peer, request(Method::GET, LATENCY, &[]))).await);
    }
    for bytes in [32_768, 131_072, 524_288] {
        replies.push(server.send(by(peer, request(Method::GET, &download(bytes), &[]))).await);
    }
    for bytes in [32_768, 131_072, 262_144] {
        replies.push(server.send(by(peer, upload(vec![7; bytes]))).await);
    }
    replies.iter().filter(|it| !it.status.is_success()).count()
}

#[tokio::test]
async fn the_answer_to_take_the_time_of_has_no_body_and_is_kept_nowhere() {
    let server = Server::start();
    for method in [Method::GET, Method::HEAD] {
        let reply = server.send(request(method, LATENCY, &[])).await;
        assert_eq!((reply.status, reply.body.len()), (StatusCode::NO_CONTENT, 0));
        assert_eq!(reply.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_download_has_exactly_as_many_bytes_as_were_asked_for() {
    let server = Server::start();
    for bytes in [1, 2, 16_383, 16_384, 16_385, 32_768, 524_288, MOST] {
        let encodings = [("accept-encoding", "gzip, deflate, br, zstd")];
        let reply = server.get_with(&download(bytes), &encodings).await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (200, bytes));
        assert_eq!(reply.header("content-length"), bytes.to_string());
        assert_eq!(reply.header("content-type"), "application/octet-stream");
        assert_eq!(reply.header("content-encoding"), "");
        assert_eq!(reply.header("cache-control"), "no-store, no-transform");
    }
    let head = server.send(request(Method::HEAD, &download(32_768), &[])).await;
    assert_eq!((head.status.as_u16(), head.body.len(), head.header("content-length")), (200, 0, "32768"));
}

#[tokio::test]
async fn an_amount_that_is_missing_unreadable_or_out_of_bounds_is_malformed() {
    let server = Server::start();
    for query in [
        "",
        "?",
        "?bytes",
        "?bytes=",
        "?bytes=0",
        "?bytes=1000001",
        "?bytes=4294967297",
        "?bytes=-1",
        "?bytes=1.5",
        "?bytes=1e3",
        "?bytes=many",
        "?bytes=%ff",
        "?bytes=1&bytes=1",
        "?bytes=1&x=1",
        "?length=1",
    ] {
        let reply = server.get(&format!("/api/v1/probe/download{query}")).await;
        let problem = reply.problem(400, "malformed");
        assert!(problem["detail"].as_str().unwrap().contains("bytes"), "{query}: {problem}");
    }
}

#[tokio::test]
async fn nothing_on_the_way_can_make_a_download_smaller() {
    let server = Server::start();
    let body = server.get(&download(MOST)).await.body;
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
    deflated.write_all(&body).unwrap();
    let deflated = deflated.finish().unwrap().len();
    assert!(body.len() * 99 / 100 < deflated, "{deflated}");
    // Others than deflate also look far back.
    let stretches: HashSet<_> = body.windows(16).step_by(16).collect();
    assert_eq!(stretches.len(), MOST / 16);
}

#[tokio::test]
async fn an_upload_is_counted_and_never_sent_back() {
    let server = Server::start();
    let secret = "<script>alert('小樽')</script>";
    for content_type in ["text/html", "application/json", "multipart/form-data", "", "x"] {
        let sent = request(Method::POST, UPLOAD, &[("content-type", content_type), ("x-secret", "1")]);
        let reply = server.send(sent.map(|_| Body::from(secret))).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/json"));
        assert_eq!(reply.text(), format!("{{\"bytes\":{}}}", secret.len()));
        assert!(!format!("{:?}", reply.headers).contains("secret"));
    }
    for bytes in [0, 1, 262_144, MOST] {
        let reply = server.send(upload(vec![b'x'; bytes])).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({ "bytes": bytes })));
    }
}

#[tokio::test]
async fn an_upload_that_is_too_long_is_refused_also_when_it_does_not_say_how_long_it_is() {
    let server = Server::start();
    for bytes in [MOST + 1, 1024 * 1024 + 1, 3 * MOST] {
        let problem = server.send(upload(vec![b'x'; bytes])).await.problem(413, "malformed");
        assert!(problem["detail"].as_str().unwrap().contains("1000000 bytes"), "{problem}");
        server.send(upload(Pieces::of(bytes))).await.problem(413, "malformed");
    }
    for bytes in [1, MOST - 1, MOST] {
        let reply = server.send(upload(Pieces::of(bytes))).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({ "bytes": bytes })));
    }
}

/// A body that comes in pieces and does not say how long it is.
struct Pieces(usize);

impl Pieces {
    fn of(bytes: usize) -> Body {
        Body::new(Self(bytes))
    }
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        let piece = self.0.min(10_007);
        self.0 -= piece;
        let frame = (0 < piece).then(|| Ok(hyper::body::Frame::data(vec![b'x'; piece].into())));
        std::task::Poll::Ready(frame)
    }
}

#[tokio::test]
async fn an_upload_that_never_ends_is_cut_off_by_its_deadline() {
    let wanted = Wanted { body_deadline: Duration::from_millis(50), ..Wanted::default() };
    let server = Server::start_with(wanted);
    let (sender, body) = Endless::new();
    server.send(upload(Body::new(body))).await.problem(408, "malformed");
    drop(sender);
}

#[tokio::test]
async fn a_download_that_is_not_taken_in_time_breaks_off() {
    let server = Server::start_with(Wanted { body_deadline: Duration::ZERO, ..Wanted::default() });
    let response = begin(&server, request(Method::GET, &download(1), &[])).await;
    assert_eq!(response.status(), 200);
    assert!(to_bytes(response.into_body(), usize::MAX).await.is_err());
}

#[tokio::test]
async fn six_checks_in_a_row_pass_and_a_peer_that_goes_on_is_told_when_to_come_back() {
    let server = limited();
    for number in 1..=6 {
        assert_eq!(check(&server, "192.0.2.1").await, 0, "check {number}");
    }
    let mut checks = 6;
    while check(&server, "192.0.2.1").await == 0 {
        checks += 1;
        assert!(checks < 100, "no limit");
    }
    // Neither somebody else's check nor this peer's request waits for it.
    assert_eq!(check(&server, "192.0.2.2").await, 0);
    server.post(&body()).await.accepted();
}

#[tokio::test]
async fn short_probes_have_a_limit_too() {
    let server = limited();
    let mut passed = 0;
    let refused = loop {
        let reply = server.get(LATENCY).await;
        if reply.status != 204 {
            break reply;
        }
        passed += 1;
        assert!(passed < 10_000, "no limit");
    };
    refused.problem(429, "rate_limited");
    assert!(120 <= passed, "{passed}");
    // They are the same probes.
    server.get(&download(1)).await.problem(429, "rate_limited");
    server.send(upload("x")).await.problem(429, "rate_limited");
}

#[tokio::test]
async fn bytes_have_one_limit_both_ways() {
    let server = limited();
    let mut passed = 0;
    let refused = loop {
        let reply = if passed % 2 == 0 {
            server.get(&download(MOST)).await
        } else {
            server.send(upload(vec![b'x'; MOST])).await
        };
        if reply.status != 200 {
            break reply;
        }
        passed += 1;
        assert!(passed < 100, "no limit");
    };
    refused.problem(429, "rate_limited");
    assert!(8 <= passed, "{passed}");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=25).contains(&wait), "{wait}");
    // Who does not say how much comes is counted with the most.
    server.send(upload(Pieces::of(1))).await.problem(429, "rate_limited");
    // What costs hardly any bytes goes on.
    assert_eq!(server.get(LATENCY).await.status, 204);
}

#[tokio::test]
async fn one_peer_cannot_hold_all_the_transfers_that_may_run_at_a_time() {
    let server = limited();
    let ask = |peer| by(peer, request(Method::GET, &download(1), &[]));
    let mut held = Vec::new();
    let refused = loop {
        let response = begin(&server, ask("192.0.2.1")).await;
        if response.status() != 200 {
            break response;
        }
        held.push(response);
        assert!(held.len() < 100, "no bound");
    };
    assert_eq!((refused.status().as_u16(), held.len()), (429, 8));
    server.send(by("192.0.2.1", upload("x"))).await.problem(429, "rate_limited");
    assert_eq!(server.send(ask("192.0.2.2")).await.status, 200);
    // Read to its end, or given up: both make room.
    to_bytes(held.pop().unwrap().into_body(), 1).await.unwrap();
    assert_eq!(server.send(ask("192.0.2.1")).await.status, 200);
    drop(held);
    assert_eq!(server.send(by("192.0.2.1", upload("x"))).await.status, 200);
}

#[tokio::test]
async fn more_transfers_than_may_run_at_a_time_are_told_to_come_back_also_without_limits() {
    let server = Server::start();
    let mut held = Vec::new();
    loop {
        let response = begin(&server, request(Method::GET, &download(1), &[])).await;
        if response.status() != 200 {
            break;
        }
        held.push(response);
        assert!(held.len() < 1000, "no bound");
    }
    assert_eq!(held.len(), 32);
    server.get(&download(1)).await.problem(503, "unavailable");
    server.send(upload("x")).await.problem(503, "unavailable");
    assert_eq!(server.get(LATENCY).await.status, 204);
    // A refusal holds no place, and neither does a transfer that is over.
    held.truncate(31);
    assert_eq!(server.get(&download(MOST)).await.status, 200);
    assert_eq!(server.send(upload("x")).await.status, 200);
}

#[tokio::test]
async fn without_limits_a_peer_measures_as_often_as_it_likes() {
    let server = Server::start();
    for _ in 0..20 {
        assert_eq!(check(&server, "192.0.2.1").await, 0);
    }
}

#[tokio::test]
async fn a_page_of_somebody_else_gets_nothing_and_its_upload_is_not_read() {
    for origins in [&[][..], &["https://www.example.jp"]] {
        let server = Server::start_with(Wanted { origins, ..Wanted::default() });
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://blog.example.jp")],
            &[("host", "precheck.example.jp"), ("origin", "https://evil.example")],
        ] {
            for (method, path) in
                [(Method::GET, LATENCY), (Method::GET, &download(1)), (Method::HEAD, &download(1))]
            {
                let reply = server.send(request(method, path, headers)).await;
                assert_eq!(reply.status, 403, "{path} {headers:?}");
                assert!(!reply.headers.contains_key("access-control-allow-origin"));
            }
            let (sender, body) = Endless::new();
            let sent = request(Method::POST, UPLOAD, headers).map(|_| Body::new(body));
            server.send(sent).await.problem(403, "not_allowed");
            drop(sender);
        }
    }
}

#[tokio::test]
async fn our_own_pages_and_those_that_may_embed_measure_and_may_read_the_answers() {
    let server = Server::start_with(Wanted { origins: &["https://www.example.jp"], ..Wanted::default() });
    for headers in [
        &[][..],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://precheck.example.jp")],
        &[("host", "precheck.example.jp"), ("origin", "https://precheck.example.jp")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://www.example.jp")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://www.example.jp")],
        &[("origin", "https://www.example.jp")],
    ] {
        let embedded = headers.contains(&("origin", "https://www.example.jp"));
        let latency = server.get_with(LATENCY, headers).await;
        let down = server.get_with(&download(1), headers).await;
        let up = server.send(request(Method::POST, UPLOAD, headers).map(|_| Body::from("x"))).await;
        for (reply, status) in [(latency, 204), (down, 200), (up, 200)] {
            assert_eq!(reply.status, status, "{headers:?}");
            let reader = reply.header("access-control-allow-origin");
            assert_eq!(reader, if embedded { "https://www.example.jp" } else { "" }, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn refused_pages_use_up_nobodys_share() {
    let server = limited();
    for _ in 0..500 {
        server
            .get_with(&download(MOST), &[("sec-fetch-site", "cross-site")])
            .await
            .problem(403, "not_allowed");
    }
    assert_eq!(check(&server, "0.0.0.0").await, 0);
}

#[tokio::test]
async fn uploads_that_stall_hold_nobody_elses_test() {
    let server = limited();
    let mut stalled = tokio::task::JoinSet::new();
    let mut senders = Vec::new();
    for at in 0..32 {
        let (sender, body) = Endless::new();
        senders.push(sender);
        let sent = by(&format!("192.0.2.{}", 1 + at / 8), upload(Body::new(body)));
        stalled.spawn(server.router.clone().oneshot(sent));
    }
    let mut asks = tokio::time::interval(Duration::from_millis(50));
    let mut asked = 0;
    loop {
        asks.tick().await;
        // Each from another address, as other people do.
        let peer = format!("198.51.100.{asked}");
        let reply = server.send(by(&peer, request(Method::GET, &download(32_768), &[]))).await;
        asked += 1;
        if asked > 1 && reply.status == 200 {
            break;
        }
        assert!(asked < 200, "nobody can measure");
    }
    let given_up = stalled.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(given_up.status(), 408);
    drop(senders);
}
