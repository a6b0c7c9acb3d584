//! Somebody else's page, on another origin than ours: what it holds is what the test says, or a page of the gallery.
//!
//! `tests/gallery/` has the pages that are hard to live on, a file each. Comments at its top, a line each, say what it plays, and
//! then the headers that it comes with; `%SERVER%` stands for our origin, `%ISOLATION%` for the element's attributes.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// What is answered at `/`.
#[derive(Clone, Default)]
struct Shown {
    /// Lines of the head, each with its end.
    headers: String,
    document: String,
}

/// One page; it ends with the value that holds it.
pub(crate) struct HostPage {
    port: u16,
    shown: watch::Sender<Shown>,
    accepting: AbortHandle,
}

impl HostPage {
    /// An empty page.
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for a page")?;
        let port = listener.local_addr()?.port();
        let (shown, seen) = watch::channel(Shown::default());
        let accepting = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(answer(browser, seen.clone()));
            }
        });
        Ok(Self { port, shown, accepting: accepting.abort_handle() })
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Holds something else from now on.
    pub(crate) fn holds(&self, body: &str) {
        let document = format!(
            "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><title>小樽市</title><h1>小樽市</h1>{body}</html>"
        );
        self.shown.send_replace(Shown { headers: String::new(), document });
    }

    /// Is a page of the gallery from now on, with these attributes on its element.
    pub(crate) fn plays(&self, name: &str, server: &str, attributes: &str) -> Result<()> {
        let file = gallery().join(name);
        let page =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let page = page.replace("%SERVER%", server).replace("%ISOLATION%", attributes);
        let mut document = page.as_str();
        let mut headers = String::new();
        while let Some((comment, rest)) =
            document.strip_prefix("<!-- ").and_then(|it| it.split_once(" -->\n"))
        {
            if comment.starts_with("Content-Security-Policy: ") || comment.starts_with("Permissions-Policy: ")
            {
                headers.push_str(comment);
                headers.push_str("\r\n");
            }
            document = rest;
        }
        self.shown.send_replace(Shown { headers, document: document.to_owned() });
        Ok(())
    }

    /// The same, with a header.
    pub(crate) fn holds_with(&self, header: &str, body: &str) {
        self.holds(body);
        let line = if header.is_empty() { String::new() } else { [header, "\r\n"].concat() };
        self.shown.send_modify(|it| it.headers = line);
    }
}

impl Drop for HostPage {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Where the pages of the gallery lie.
pub(crate) fn gallery() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("gallery")
}

/// The page at `/`; everything else, as an icon, is not there and not missed.
async fn answer(mut browser: TcpStream, shown: watch::Receiver<Shown>) -> std::io::Result<()> {
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
    let Shown { headers, document } = shown.borrow().clone();
    let (status, page) =
        if asked.starts_with(b"GET / ") { ("200 OK", document) } else { ("204 No Content", String::new()) };
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    browser.write_all(head.as_bytes()).await?;
    browser.write_all(page.as_bytes()).await?;
    browser.shutdown().await
}
