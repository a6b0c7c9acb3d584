//! What a person waits for until the first step answers: the bytes of our own page as the server sends it, and how long it takes on a slow
//! line (`cargo xtask first-tap`).

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::project::{Project, run};
use crate::tools;

/// A server of our own for a moment.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has nothing to lose, and may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The bytes of `/` as the built server sends it to a browser that takes brotli, its style sheet and the first step inside; without the
/// head of the answer.
pub(crate) fn page_bytes(project: &Project) -> Result<usize> {
    let data = project.target("first-step-data");
    if data.exists() {
        fs::remove_dir_all(&data).with_context(|| format!("cannot empty {}", data.display()))?;
    }
    let mut command = project.command(project.server());
    command.args(["--bind", "127.0.0.1:0", "--data"]).arg(&data);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut server = Running(child.context("the server that was just built does not start")?);
    let output = server.0.stdout.take().context("the server has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).context("the server's output cannot be read")?;
    let address = line.trim_end().strip_prefix("Listening on http://");
    let address = address.with_context(|| format!("the server says {line:?} in place of its address"))?;
    let mut stream = TcpStream::connect(address).context("the server cannot be reached")?;
    let asked = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: br\r\nAccept-Language: ja\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(asked.as_bytes()).context("the server does not listen")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).context("the page does not arrive")?;
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").context("the answer has no head")?;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    ensure!(
        head.starts_with("http/1.1 200 ") && head.contains("content-encoding: br"),
        "not the page: {head}"
    );
    Ok(answer.len() - end - 4)
}

/// Measures the first tap, this server's and others' side by side; `args` are as `tests/perf/first-tap.mjs` has them, eight runs of the
/// server as built where there are none.
pub(crate) fn first_tap(project: &Project, args: &[String]) -> Result<()> {
    tools::npm(project)?;
    let mut command = project.command("node");
    command.arg("tests/perf/first-tap.mjs");
    if args.is_empty() {
        command.arg("8").arg(format!("now={}", project.server().display()));
    } else {
        command.args(args);
    }
    run(&mut command, "it needs Chromium, and a server that `cargo xtask build` has built")
}
