//! Deadlines and the end, on a real socket. Every wait is for an event; nothing sleeps.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use precheck_server::serve::{Deadlines, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::harness::{Server, Wanted, body, new_key};

struct Running {
    server: Server,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn run(headers: Duration) -> Running {
    run_with(Deadlines { first_byte: headers, headers, ..Deadlines::default() }).await
}

async fn run_with(deadlines: Deadlines) -> Running {
    run_server(Server::start(), deadlines).await
}

async fn run_server(server: Server, deadlines: Deadlines) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let router = precheck_server::router(Arc::clone(&server.state));
    let ended = tokio::spawn(serve(listener, router, |_| None, deadlines, async {
        let _ = stopped.await;
    }));
    Running { server, address, stop, ended }
}

const PATIENT: Duration = Duration::from_mins(1);

fn post(length: usize) -> String {
    format!(
        "POST /api/v1/requests HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         idempotency-key: {}\r\ncontent-length: {length}\r\n\r\n",
        new_key()
    )
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Reads one answer of a connection that stays open.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await.unwrap();
        assert!(0 < length, "closed after {text:?}");
        text += std::str::from_utf8(&piece[..length]).unwrap();
        let Some((head, rest)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
        if rest.len() == length.parse::<usize>().unwrap() {
            return text;
        }
    }
}

#[tokio::test]
async fn a_client_that_trickles_its_headers_is_cut_off() {
    let running = run(Duration::from_millis(100)).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_cut_off() {
    let running = run(Duration::from_millis(100)).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test]
async fn the_first_byte_has_a_deadline_of_its_own() {
    let first_byte = Duration::from_millis(50);
    let running = run_with(Deadlines { first_byte, headers: PATIENT, ..Deadlines::default() }).await;
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all(b"G").await.unwrap();
    assert_eq!(read_all(&mut silent).await, "");
    slow.write_all(b"ET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(read_answer(&mut slow).await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_connection_has_a_longest_life_and_says_so_with_its_last_answer() {
    let running = run_with(Deadlines { life: Duration::ZERO, ..Deadlines::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_connection_carries_a_thousand_requests_and_no_more() {
    let running = run(PATIENT).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let mut answered = 0;
    loop {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        answered += 1;
        if read_answer(&mut stream).await.contains("connection: close") {
            break;
        }
        assert!(answered < 10_000, "for ever");
    }
    assert_eq!((answered, read_all(&mut stream).await), (1000, String::new()));
}

#[tokio::test]
async fn a_connection_carries_several_requests() {
    let running = run(PATIENT).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200 OK"));
    }
}

#[tokio::test]
async fn a_request_that_was_accepted_is_finished_before_the_end() {
    let running = run(PATIENT).await;
    let body = body().to_string();
    let (first, second) = body.split_at(100);
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    slow.write_all((post(body.len()) + first).as_bytes()).await.unwrap();
    // An answer on another connection shows that the server has been reading meanwhile.
    let mut other = TcpStream::connect(running.address).await.unwrap();
    other.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_answer(&mut other).await;
    running.stop.send(()).unwrap();
    // The idle connection is closed at once; that is the sign that stopping has begun.
    assert_eq!(read_all(&mut other).await, "");
    slow.write_all(second.as_bytes()).await.unwrap();
    let answer = read_all(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    running.ended.await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
    assert_eq!(running.server.rows("booking"), 1);
}

#[tokio::test]
async fn a_body_that_is_far_too_long_still_gets_its_answer() {
    let running = run(PATIENT).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let long = " ".repeat(900 * 1024);
    stream.write_all((post(long.len()) + &long).as_bytes()).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_body_that_is_said_to_be_too_long_is_not_waited_for() {
    let running = run(PATIENT).await;
    let longer_than_drained = post(2 * 1024 * 1024);
    let asked_first = post(64 * 1024 + 1).replacen("host: x", "host: x\r\nexpect: 100-continue", 1);
    for head in [longer_than_drained, asked_first] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_told_to_go_on() {
    let running = run(PATIENT).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let body = body().to_string();
    let head = post(body.len()).replacen("host: x", "host: x\r\nexpect: 100-continue", 1);
    stream.write_all(head.as_bytes()).await.unwrap();
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut told = vec![0; expected.len()];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(told, expected);
    stream.write_all(body.as_bytes()).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn headers_have_a_bound_and_a_body_is_not_held_to_it() {
    let running = run(PATIENT).await;
    let with_header =
        |length: usize| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(length));
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(with_header(12 * 1024).as_bytes()).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200 "));

    let mut stream = TcpStream::connect(running.address).await.unwrap();
    // The server may close while the client is still sending.
    let _ = stream.write_all(with_header(200_000).as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");

    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let body = body().to_string();
    let padded = format!("{body}{}", " ".repeat(64 * 1024 - body.len()));
    stream.write_all((post(padded.len()) + &padded).as_bytes()).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answers_is_cut_off() {
    let running = run_with(Deadlines { answer: Duration::from_millis(100), ..Deadlines::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let ask = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    // Without the deadline both sides would wait for each other.
    while stream.write_all(&ask).await.is_ok() {}
}

#[tokio::test]
async fn a_download_of_the_probes_says_its_length_once_and_leaves_the_connection_open() {
    let running = run(PATIENT).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    for bytes in [1_000_000, 1, 524_288] {
        let ask = format!("GET /api/v1/probe/download?bytes={bytes} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert_eq!(head.matches(&format!("content-length: {bytes}\r\n")).count(), 1, "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        stream.read_exact(&mut vec![0; bytes]).await.unwrap();
    }
}

#[tokio::test]
async fn an_upload_that_trickles_is_told_so_and_its_connection_is_closed() {
    let server = Server::start_with(Wanted { body_deadline: Duration::from_millis(50), ..Wanted::default() });
    let running = run_server(server, Deadlines::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = "POST /api/v1/probe/upload HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\nxxx";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn an_upload_from_a_page_of_somebody_else_is_refused_before_it_is_sent() {
    let running = run(PATIENT).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = "POST /api/v1/probe/upload HTTP/1.1\r\nhost: x\r\nsec-fetch-site: cross-site\r\n\
                content-length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_does_not_take_its_downloads_is_cut_off_and_holds_no_place() {
    let running = run_with(Deadlines { answer: Duration::from_millis(100), ..Deadlines::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let ask = b"GET /api/v1/probe/download?bytes=1000000 HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    while stream.write_all(&ask).await.is_ok() {}
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
    let begin = || running.server.state.limits.begin_transfer([192, 0, 2, 1].into());
    let places: Vec<_> = std::iter::from_fn(|| begin().ok()).collect();
    assert_eq!(places.len(), 32);
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let running = run(PATIENT).await;
    for (head, status) in [
        ("GET /healthz HTTP/1.1\r\nhost: x\r\n", "200"),
        ("GET /healthz HTTP/1.1\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nhost: x\r\nhost: x\r\n", "400"),
        ("GET /desk HTTP/1.1\r\nhost: x\r\nHost: y\r\n", "400"),
        ("GET /embed HTTP/1.1\r\nHost: a.example\r\nhost: b.example\r\n", "400"),
        // From before there were names.
        ("GET /healthz HTTP/1.0\r\n", "200"),
    ] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).await.unwrap();
        let answer = read_all(&mut stream).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{head}: {answer}");
        assert!(status == "200" || answer.contains("\"code\":\"malformed\""), "{answer}");
    }
}
