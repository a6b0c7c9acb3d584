//! A line that does what lines do: it loses, cuts, delays, swallows and doubles, and sometimes somebody else answers on it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::{pause, random, random_part};

/// Longer than anybody who asks here has patience.
const FOREVER: Duration = Duration::from_secs(30);

/// What happens to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    None,
    /// Both ways take their time.
    Delay,
    /// Reset before a byte has arrived.
    ResetBefore,
    /// A part of the request arrives.
    HalfRequest,
    /// It arrives and is answered; the answer does not arrive.
    LostAnswer,
    /// The same, with a reset.
    ResetAfter,
    /// A part of the answer arrives.
    HalfAnswer,
    /// Nothing arrives, and nobody says so.
    BlackHole,
    /// It arrives and is answered, and nobody says so.
    BlackHoleAfter,
    /// It arrives twice at the same time.
    Doubled,
    /// A page to sign in to somebody's wireless network.
    Portal,
    /// A proxy's own words.
    BadGateway,
}

impl Mischief {
    const ALL: [Self; 12] = [
        Self::None,
        Self::Delay,
        Self::ResetBefore,
        Self::HalfRequest,
        Self::LostAnswer,
        Self::ResetAfter,
        Self::HalfAnswer,
        Self::BlackHole,
        Self::BlackHoleAfter,
        Self::Doubled,
        Self::Portal,
        Self::BadGateway,
    ];

    #[expect(clippy::cast_possible_truncation, reason = "fewer than 256")]
    fn any() -> Self {
        Self::ALL[random(Self::ALL.len() as u64) as usize]
    }
}

/// The line; it is gone with this.
pub(crate) struct BadLine {
    pub(crate) address: SocketAddr,
    carrier: JoinHandle<()>,
}

impl BadLine {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let carrier = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    // A connection that ends badly is what this line is for.
                    let _ = carry(client, server, Mischief::any()).await;
                });
            }
        });
        Self { address, carrier }
    }
}

impl Drop for BadLine {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, mischief: Mischief) -> std::io::Result<()> {
    match mischief {
        Mischief::ResetBefore => return client.set_zero_linger(),
        Mischief::BlackHole => {
            pause(FOREVER).await;
            return Ok(());
        }
        Mischief::Portal => return somebody_elses(client, "200 OK").await,
        Mischief::BadGateway => return somebody_elses(client, "502 Bad Gateway").await,
        Mischief::Delay => pause(random_part(Duration::from_millis(300))).await,
        _ => {}
    }
    let request = request(&mut client).await?;
    let answer = match mischief {
        Mischief::HalfRequest => {
            return TcpStream::connect(server).await?.write_all(&request[..part(&request)]).await;
        }
        Mischief::Doubled => tokio::try_join!(ask(server, &request), ask(server, &request))?.1,
        _ => ask(server, &request).await?,
    };
    match mischief {
        Mischief::LostAnswer => return Ok(()),
        Mischief::ResetAfter => return client.set_zero_linger(),
        Mischief::HalfAnswer => return client.write_all(&answer[..part(&answer)]).await,
        Mischief::BlackHoleAfter => pause(FOREVER).await,
        Mischief::Delay => pause(random_part(Duration::from_millis(300))).await,
        _ => {}
    }
    client.write_all(&answer).await
}

#[expect(clippy::cast_possible_truncation, reason = "a part of what is in memory")]
fn part(whole: &[u8]) -> usize {
    random(whole.len() as u64) as usize
}

/// A whole request: head, and as much as the head announces.
async fn request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    loop {
        if client.read_buf(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let announced = head.lines().find_map(|it| it.strip_prefix("content-length: "));
        if announced.and_then(|it| it.parse().ok()).unwrap_or(0) <= body.len() {
            return Ok(read);
        }
    }
}

async fn ask(server: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(server).await?;
    server.write_all(request).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.map(|_| answer)
}

async fn somebody_elses(mut client: TcpStream, status: &str) -> std::io::Result<()> {
    let page = "<!doctype html><title>Wi-Fi</title>";
    request(&mut client).await?;
    let length = page.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {length}\r\n\r\n");
    client.write_all(format!("{head}{page}").as_bytes()).await
}
