//! The listening socket: connections with deadlines, and an end that finishes what was accepted.
//!
//! `axum::serve` has no deadline for request headers: a client that sends a byte now and then would hold a connection for
//! good. hyper's own builder has one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use self::stalled::Stalling;

mod stalled;

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// From the connection, or the end of the last answer, to the end of the next request's headers.
    pub headers: Duration,
    /// For the client to take a piece of an answer.
    pub answer: Duration,
    /// From the signal to stop to the end of the last answer.
    pub stop: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            stop: Duration::from_secs(20),
        }
    }
}

/// Most connections at a time; more wait in the system's queue. Below the usual limit of 1024 open files.
const CONNECTIONS: usize = 960;

/// Most bytes read ahead on a connection, and with them the longest headers. A longer body is read piece by piece.
const READ_AHEAD: usize = 16 * 1024;

/// After the system refused a connection (too many open files, mostly), this long until the next try.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers until `stop` is done, then finishes what was accepted.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    deadlines: Deadlines,
    stop: impl Future<Output = ()>,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            (stream, peer, permit) = accept(&listener, &room) => {
                tokio::spawn(connection(stream, peer, router.clone(), deadlines, graceful.watcher(), permit));
            }
        }
    }
    drop(listener);
    tracing::info!(connections = graceful.count(), "stopping");
    if tokio::time::timeout(deadlines.stop, graceful.shutdown()).await.is_err() {
        tracing::warn!("not every connection ended in time");
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, Peer, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed.
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, Peer(address.ip()), permit),
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                let _ = tokio::time::timeout(PAUSE, std::future::pending::<()>()).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    deadlines: Deadlines,
    watcher: Watcher,
    permit: Option<OwnedSemaphorePermit>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let answer = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.headers)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(Stalling::new(stream, deadlines.answer)), answer);
    // A client that breaks off is no event for the operator.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(permit);
}
