//! A bad line between browser and server: slow, late, cut, refused, or silent; switched while it is in use, and counted.
//!
//! The page is opened through it, so that the line is bad for everything that the page asks for. It ends with the value that
//! holds it.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Duration, Instant, sleep_until, timeout};

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Line {
    /// As good as the machine.
    Clear,
    /// So many kilobits a second each way, for all connections together.
    Slow(u32),
    /// Every piece arrives so much later.
    Late(Duration),
    /// Connections are torn as soon as they are made.
    Refused,
    /// Nothing arrives any more, and nobody says so.
    BlackHole,
}

/// Bytes that arrived so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Carried {
    /// At the server.
    pub(crate) up: u64,
    /// At the browser.
    pub(crate) down: u64,
}

pub(crate) struct BadLine {
    port: u16,
    state: Arc<State>,
    accepting: AbortHandle,
}

struct State {
    line: watch::Sender<Line>,
    /// Counts up with each cut.
    cuts: watch::Sender<u32>,
    carried: watch::Sender<Carried>,
    /// When a slow line is free again, up and down.
    free: Mutex<[Instant; 2]>,
}

/// A line is silent when nothing has arrived for so long.
const SILENCE: Duration = Duration::from_secs(2);
/// How long a person waits before she calls it broken.
const PATIENCE: Duration = Duration::from_secs(20);

const UP: usize = 0;
const DOWN: usize = 1;

impl BadLine {
    /// A clear line to a server on this machine.
    pub(crate) async fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port for a line")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            line: watch::Sender::new(Line::Clear),
            cuts: watch::Sender::new(0),
            carried: watch::Sender::new(Carried::default()),
            free: Mutex::new([Instant::now(); 2]),
        });
        let accepting = tokio::spawn(accept(listener, server, Arc::clone(&state))).abort_handle();
        Ok(Self { port, state, accepting })
    }

    /// The address of a page at the other end.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Is another line from now on; what is on its way arrives as it would have.
    pub(crate) fn becomes(&self, line: Line) {
        self.state.line.send_replace(line);
    }

    /// Tears every connection there is; new ones can be made.
    pub(crate) fn cut(&self) {
        self.state.cuts.send_modify(|it| *it += 1);
    }

    pub(crate) fn carried(&self) -> Carried {
        *self.state.carried.borrow()
    }

    /// Waits until so many more bytes have arrived at the browser: in the middle of something.
    pub(crate) async fn carries_down(&self, bytes: u64) -> Result<()> {
        let enough = self.carried().down + bytes;
        let mut carried = self.state.carried.subscribe();
        let arrived = timeout(PATIENCE, carried.wait_for(|it| enough <= it.down)).await;
        ensure!(arrived.is_ok(), "{bytes} more bytes never came: {:?}", self.carried());
        Ok(())
    }

    /// Waits until nothing arrives any more, neither here nor there.
    pub(crate) async fn falls_silent(&self) -> Result<()> {
        let mut carried = self.state.carried.subscribe();
        let silence = async { while timeout(SILENCE, carried.changed()).await.is_ok() {} };
        ensure!(timeout(PATIENCE, silence).await.is_ok(), "the line is still in use: {:?}", self.carried());
        Ok(())
    }
}

impl Drop for BadLine {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn accept(listener: TcpListener, server: u16, state: Arc<State>) {
    while let Ok((near, _)) = listener.accept().await {
        tokio::spawn(connect(near, server, Arc::clone(&state)));
    }
}

/// One connection, until both ends have said all, one of them is gone, or it is cut.
async fn connect(mut near: TcpStream, server: u16, state: Arc<State>) {
    let mut cuts = state.cuts.subscribe();
    let is_refused = *state.line.borrow() == Line::Refused;
    let far = if is_refused { None } else { TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await.ok() };
    if let Some(mut far) = far {
        let (near_read, near_write) = near.split();
        let (far_read, far_write) = far.split();
        let both = async {
            tokio::try_join!(
                carry(near_read, far_write, UP, &state),
                carry(far_read, near_write, DOWN, &state)
            )
        };
        let has_ended = tokio::select! {
            ended = both => ended.is_ok(),
            _ = cuts.changed() => false,
        };
        if has_ended {
            return;
        }
    }
    // Torn, not closed: without a word of goodbye. A browser that has gone already does not mind.
    drop(near.set_zero_linger());
}

/// One way of a connection: reads on while earlier pieces are still on their way.
async fn carry(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, way: usize, state: &State) -> io::Result<()> {
    let (on_its_way, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(32);
    let reading = async move {
        loop {
            let mut piece = vec![0; state.largest_piece()];
            let length = from.read(&mut piece).await?;
            piece.truncate(length);
            let due = state.due(way, length).await;
            if length == 0 || on_its_way.send((due, piece)).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let writing = async {
        while let Some((due, piece)) = arriving.recv().await {
            sleep_until(due).await;
            to.write_all(&piece).await?;
            let bytes = piece.len() as u64;
            state.carried.send_modify(|it| if way == UP { it.up += bytes } else { it.down += bytes });
        }
        to.shutdown().await
    };
    tokio::try_join!(reading, writing).map(drop)
}

impl State {
    /// Bytes taken at once: a slow line is slow evenly.
    fn largest_piece(&self) -> usize {
        if matches!(*self.line.borrow(), Line::Slow(_)) { 2048 } else { 16_384 }
    }

    /// When a piece arrives; in a black hole not before the line is another.
    async fn due(&self, way: usize, bytes: usize) -> Instant {
        let mut line = self.line.subscribe();
        let line = line.wait_for(|it| *it != Line::BlackHole).await.map_or(Line::Clear, |it| *it);
        let now = Instant::now();
        match line {
            Line::Slow(kbps) => {
                let mut free = self.free.lock().await;
                let micros = bytes as u64 * 8000 / u64::from(kbps);
                free[way] = free[way].max(now) + Duration::from_micros(micros);
                free[way]
            }
            Line::Late(by) => now + by,
            Line::Clear | Line::Refused | Line::BlackHole => now,
        }
    }
}
