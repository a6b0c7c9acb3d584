//! Somebody else's page, on another origin than ours: what it holds is what the test says.

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// One page; it ends with the value that holds it.
pub(crate) struct HostPage {
    port: u16,
    body: watch::Sender<String>,
    accepting: AbortHandle,
}

impl HostPage {
    /// An empty page.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for a page")?;
        let port = listener.local_addr()?.port();
        let (body, shown) = watch::channel(String::new());
        let accepting = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(answer(browser, shown.clone()));
            }
        });
        Ok(Self { port, body, accepting: accepting.abort_handle() })
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Holds something else from now on.
    pub(crate) fn holds(&self, body: String) {
        self.body.send_replace(body);
    }
}

impl Drop for HostPage {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The page at `/`; everything else, as an icon, is not there and not missed.
async fn answer(mut browser: TcpStream, shown: watch::Receiver<String>) -> std::io::Result<()> {
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let mut piece = [0; 1024];
        let length = browser.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        asked.extend_from_slice(&piece[..length]);
    }
    // Looked at when it is asked for: browsers open connections ahead of time.
    let body = shown.borrow().clone();
    let page = format!(
        "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><title>小樽市</title><h1>小樽市</h1>{body}</html>"
    );
    let (status, page) =
        if asked.starts_with(b"GET / ") { ("200 OK", page) } else { ("204 No Content", String::new()) };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    browser.write_all(head.as_bytes()).await?;
    browser.write_all(page.as_bytes()).await?;
    browser.shutdown().await
}
