//! One request on one connection, and what came back. What that means is decided by the widget's own rule.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use precheck_shared::outbox::{self, Verdict};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Whoever asks gives up then.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// A confirmed request: key and bytes belong together for good.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) key: String,
    pub(crate) body: String,
}

/// What an acknowledged request is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) number: String,
    pub(crate) code: String,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// 0 where nothing came back.
    pub(crate) status: u16,
    pub(crate) accepted: Option<Accepted>,
    /// Of a problem document.
    pub(crate) code: Option<String>,
    /// Seconds.
    pub(crate) retry_after: Option<u32>,
}

impl Answer {
    /// What it means to a sender, by the widget's own rule.
    pub(crate) fn verdict(&self) -> Verdict {
        outbox::classify(self.status, self.accepted.is_some(), self.code.as_deref(), self.retry_after)
    }
}

/// An answer as it came over the line.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends a request once, gives up after `patience`, and tells how long it took.
pub(crate) async fn send(address: SocketAddr, request: &Request, patience: Duration) -> (Answer, Duration) {
    let Request { key, body } = request;
    let message = format!(
        "POST /api/v1/requests HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         idempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let began = Instant::now();
    let reply = exchange(address, &message, patience).await;
    (reply.map(|it| read(&it)).unwrap_or_default(), began.elapsed())
}

/// Asks for the receipt, as its holder does.
pub(crate) async fn receipt(address: SocketAddr, accepted: &Accepted) -> Result<u16, String> {
    let Accepted { number, code } = accepted;
    let head = format!("GET /api/v1/requests/{number} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    exchange(address, &format!("{head}authorization: Bearer {code}\r\n\r\n"), PATIENCE)
        .await
        .map(|it| it.status)
}

/// Whether the server takes itself for ready, or what went wrong with asking.
pub(crate) async fn ready(address: SocketAddr) -> Result<bool, String> {
    let asked =
        exchange(address, "GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", PATIENCE).await?;
    Ok(asked.status == 200)
}

/// Why the server is not ready; none where it is.
pub(crate) async fn not_ready(address: SocketAddr) -> Result<Option<String>, String> {
    let asked =
        exchange(address, "GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", PATIENCE).await?;
    Ok((asked.status != 200).then_some(asked.body))
}

/// Writes a message and reads until the other side closes.
pub(crate) async fn exchange(
    address: SocketAddr,
    message: &str,
    patience: Duration,
) -> Result<Reply, String> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(message.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.map(|_| answer)
    };
    let answer = tokio::time::timeout(patience, talk).await.map_err(|_| "no answer in time".to_owned())?;
    let answer = answer.map_err(|error| error.to_string())?;
    let answer = String::from_utf8(answer).map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("half an answer")?;
    let status = head.get(9..12).and_then(|it| it.parse().ok()).ok_or("no status")?;
    Ok(Reply { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

fn read(reply: &Reply) -> Answer {
    let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let accepted = text("reception_number").zip(text("receipt_code"));
    let asked = reply.head.lines().find_map(|it| it.strip_prefix("retry-after: "));
    Answer {
        status: reply.status,
        accepted: accepted.map(|(number, code)| Accepted { number, code }),
        code: text("code"),
        retry_after: asked.and_then(|it| it.parse().ok()),
    }
}
