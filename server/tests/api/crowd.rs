//! One address with two thousand connections, on real sockets against the real program: nobody else notices.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinSet;

use crate::program::{Program, command_with};

const CONNECTIONS: usize = 2000;

/// How often each of them comes back after it was sent away.
const ROUNDS: usize = 2;

/// What one address may have.
const SHARE: usize = 64;

/// Others are answered within this.
const WITHIN: Duration = Duration::from_secs(1);

const ASK: &[u8] = b"GET /api/v1/slots?from=2026-11-26&to=2026-11-26 HTTP/1.1\r\nhost: x\r\n\r\n";

/// Room for all the sockets of this test beside those of the others.
fn open_enough_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = 3 * CONNECTIONS as u64;
    if current.is_none_or(|it| wanted <= it) {
        return;
    }
    let most = maximum.map_or(wanted, |it| it.min(wanted));
    assert!(
        CONNECTIONS as u64 + 500 < most,
        "this test opens {CONNECTIONS} sockets, and {most} files are allowed"
    );
    setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum }).unwrap();
}

async fn connect(from: &str, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(format!("{from}:0").parse().unwrap())?;
    socket.connect(to).await
}

/// Asks and reads the answer, which says its length.
async fn ask(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(ASK).await?;
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
            if length.parse() == Ok(body.len()) {
                return Ok(());
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// What each connection does before it waits for its end.
#[derive(Clone, Copy)]
enum Manner {
    KeptAlive,
    Slow,
    Silent,
    Unfinished,
}

async fn hold(manner: Manner, server: SocketAddr) {
    for _ in 0..ROUNDS {
        let Ok(mut stream) = connect("127.0.0.1", server).await else { continue };
        let begun = match manner {
            Manner::KeptAlive => ask(&mut stream).await,
            Manner::Slow => stream.write_all(&ASK[..20]).await,
            Manner::Silent => Ok(()),
            Manner::Unfinished => {
                let head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\nat=";
                stream.write_all(head).await
            }
        };
        // However it ends: it has ended.
        if begun.is_ok() {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    }
}

/// One crowd at a time: there are few processors.
static TURN: Mutex<()> = Mutex::const_new(());

/// Comes with all connections, on a thread of its own; `gone` counts those that were sent away for the last time.
fn come(
    manner: Manner,
    server: SocketAddr,
    gone: &Arc<AtomicUsize>,
    enough: oneshot::Receiver<()>,
) -> JoinHandle<()> {
    let gone = Arc::clone(gone);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut crowd = JoinSet::new();
            for _ in 0..CONNECTIONS {
                let gone = Arc::clone(&gone);
                crowd.spawn(async move {
                    hold(manner, server).await;
                    gone.fetch_add(1, Ordering::Relaxed);
                });
            }
            let _ = enough.await;
        });
    })
}

async fn others_are_answered_beside(manner: Manner) {
    let _turn = TURN.lock().await;
    open_enough_files();
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start_as(&mut command_with(folder.path(), "on"));
    let server: SocketAddr = program.address().parse().unwrap();
    let mut kept = connect("127.0.0.2", server).await.unwrap();
    ask(&mut kept).await.unwrap();

    let gone = Arc::<AtomicUsize>::default();
    let (tell, enough) = oneshot::channel();
    let crowd = come(manner, server, &gone, enough);
    let (mut answered, mut slowest) = (0, Duration::ZERO);
    // The last ones stay: they have the address's share.
    while gone.load(Ordering::Relaxed) < CONNECTIONS - SHARE || answered < 20 {
        let asked = Instant::now();
        let mut fresh = connect("127.0.0.2", server).await.unwrap();
        ask(&mut fresh).await.unwrap();
        slowest = slowest.max(asked.elapsed());
        let asked = Instant::now();
        ask(&mut kept).await.expect("a connection of another address is never given up");
        slowest = slowest.max(asked.elapsed());
        answered += 1;
    }
    assert!(slowest < WITHIN, "one of {answered} others waited {slowest:?}");
    tell.send(()).unwrap();
    crowd.join().unwrap();
    program.signal("-TERM");
}

#[tokio::test]
async fn two_thousand_connections_of_one_address_that_are_kept_alive_keep_nobody_out() {
    others_are_answered_beside(Manner::KeptAlive).await;
}

#[tokio::test]
async fn two_thousand_connections_of_one_address_that_send_half_a_head_keep_nobody_out() {
    others_are_answered_beside(Manner::Slow).await;
}

#[tokio::test]
async fn two_thousand_connections_of_one_address_that_say_nothing_keep_nobody_out() {
    others_are_answered_beside(Manner::Silent).await;
}

#[tokio::test]
async fn two_thousand_connections_of_one_address_with_unfinished_bodies_keep_nobody_out() {
    others_are_answered_beside(Manner::Unfinished).await;
}
