//! The listening socket: connections with bounds and deadlines, and an end that finishes what was accepted.
//!
//! `axum::serve` has no deadline for request headers: a client that sends a byte now and then would hold a connection for
//! good. hyper's own builder has one. How many connections there may be, and which of them gives way, is said in `places`.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tower::ServiceExt as _;

use self::bodies::{Coming, Going};
use self::places::{Bounds, Mark, Place, Places, Taken};
use self::stalled::Stalling;

mod bodies;
mod places;
mod stalled;

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// A request that came over a connection, and not from within.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived;

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// From the connection to its first byte. Browsers open some connections ahead of need, and open them anew.
    pub first_byte: Duration,
    /// From the first byte, or the end of the last answer, to the end of the next request's headers.
    pub headers: Duration,
    /// For the client to take a piece of an answer.
    pub answer: Duration,
    /// From the connection to the last request that it may carry.
    pub life: Duration,
    /// From the signal to stop to the end of the last answer.
    pub stop: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(5),
            headers: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            life: Duration::from_mins(10),
            stop: Duration::from_secs(20),
        }
    }
}

/// Most requests that one connection carries.
const REQUESTS: u32 = 1000;

/// Connections that have lost their place and are not closed yet, at most: their files are open still.
const LEAVING: usize = 24;

/// Most bytes read ahead on a connection, and with them the longest headers. A longer body is read piece by piece.
const READ_AHEAD: usize = 16 * 1024;

/// After the system refused a connection (too many open files, mostly), this long until the next try.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections that wait in the system's queue. Where that is full the system leaves the next one unanswered for a second.
const QUEUE: u32 = 4096;

/// Listens at an address.
///
/// # Errors
/// Those of the system.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that was stopped is started again at once.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

/// Answers until `stop` is done, then finishes what was accepted. `counted` says as what a peer is counted; `None` is one without
/// a bound of its own.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    counted: impl Fn(IpAddr) -> Option<IpAddr> + Send + Sync,
    deadlines: Deadlines,
    stop: impl Future<Output = ()>,
) {
    let places = Places::new(Bounds::USUAL);
    let open = Arc::new(Semaphore::new(Bounds::USUAL.all + LEAVING));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places, &open, &counted) => {
                tokio::spawn(accepted.until_its_end(router.clone(), deadlines, graceful.watcher()));
            }
        }
    }
    drop(listener);
    places.close();
    tracing::info!(connections = graceful.count(), "stopping");
    if tokio::time::timeout(deadlines.stop, graceful.shutdown()).await.is_err() {
        tracing::warn!("not every connection ended in time");
    }
}

/// A connection with a place.
struct Accepted {
    stream: TcpStream,
    peer: Peer,
    place: Place,
    _open: Option<OwnedSemaphorePermit>,
}

async fn accept(
    listener: &TcpListener,
    places: &Places,
    open: &Arc<Semaphore>,
    counted: &(impl Fn(IpAddr) -> Option<IpAddr> + Send + Sync),
) -> Accepted {
    loop {
        // The semaphore is never closed.
        let permit = Arc::clone(open).acquire_owned().await.ok();
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                let _ = tokio::time::timeout(PAUSE, std::future::pending::<()>()).await;
                continue;
            }
        };
        let peer = Peer(address.ip());
        if let Some(place) = place_for(places, counted(peer.0)).await {
            return Accepted { stream, peer, place, _open: permit };
        }
    }
}

/// A place, as soon as there is one; none for a peer that has its share.
async fn place_for(places: &Places, peer: Option<IpAddr>) -> Option<Place> {
    loop {
        match places.take(peer) {
            Taken::Place(place) => return Some(place),
            Taken::Refused => return None,
            Taken::Full => places.changed().await,
        }
    }
}

impl Accepted {
    async fn until_its_end(self, router: Router, deadlines: Deadlines, watcher: Watcher) {
        let Self { stream, peer, place, _open } = self;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        tokio::select! {
            // What has come already is read first, so that a request is answered that is there.
            biased;
            () = converse(stream, peer, place.mark.clone(), router, deadlines, watcher) => {}
            () = place.given_up() => {}
        }
    }
}

async fn converse(
    stream: TcpStream,
    peer: Peer,
    mark: Mark,
    router: Router,
    deadlines: Deadlines,
    watcher: Watcher,
) {
    let last_from = Instant::now() + deadlines.life;
    // Not `readable`, which may be so without a byte.
    if !matches!(tokio::time::timeout(deadlines.first_byte, stream.peek(&mut [0])).await, Ok(Ok(1))) {
        return;
    }
    let stream = Stalling::new(stream, deadlines.answer, mark.clone());
    let answer = service_fn(move |request: Request<Incoming>| {
        let is_last = REQUESTS <= mark.begins() || last_from <= Instant::now();
        let mut request = request.map(|it| Body::new(Coming::new(it, mark.clone())));
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(Arrived);
        let (answering, mark) = (router.clone().oneshot(request), mark.clone());
        async move {
            let Ok(response) = answering.await;
            let mut response: Response<Going> = response.map(|it| Going::new(it, mark));
            if is_last {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.headers)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(stream), answer);
    // A client that breaks off is no event for the operator.
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
