//! The body of a download: bytes that nothing on the way can make smaller, and a deadline.
//!
//! They are made once and shared; a download is a view of them that is handed over piece by piece.

use std::io;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::MOST;
use crate::limits::Transfer;

/// Handed over at a time, in bytes. A client that stops reading leaves no more than this and the system's buffer behind.
const PIECE: usize = 16 * 1024;

/// As long as the longest download, so that no stretch of it comes twice.
static RANDOM: LazyLock<Result<Bytes, getrandom::Error>> = LazyLock::new(|| {
    let mut bytes = vec![0; MOST as usize];
    getrandom::fill(&mut bytes).map(|()| bytes.into())
});

/// What is left of a download.
pub(super) struct Filler {
    left: Bytes,
    until: Instant,
    transfer: Transfer,
}

impl Filler {
    /// So many bytes, at most [`MOST`], to be taken within the time.
    pub(super) fn new(bytes: u32, within: Duration, transfer: Transfer) -> Result<Self, getrandom::Error> {
        let random = RANDOM.as_ref().map_err(|&error| error)?;
        let left = random.slice(..random.len().min(bytes as usize));
        Ok(Self { left, until: Instant::now() + within, transfer })
    }
}

impl Body for Filler {
    type Data = Bytes;
    type Error = io::Error;

    /// Whoever takes nothing at all is cut off by the connection; whoever takes a little now and then, here.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        if self.until <= Instant::now() || self.transfer.is_given_up() {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        let length = self.left.len().min(PIECE);
        self.transfer.moved(length);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
