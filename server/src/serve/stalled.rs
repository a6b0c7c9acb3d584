//! A connection whose client must go on reading.
//!
//! A client that asks and never takes the answer would hold a connection, and the answer, for good. Neither hyper nor the
//! system ends that.

use std::future::{Pending, pending};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Timeout, timeout};

use super::places::Mark;

/// Ends when nothing could be written for a while.
pub(super) struct Stalling {
    stream: TcpStream,
    patience: Duration,
    mark: Mark,
    waiting: Option<Pin<Box<Timeout<Pending<()>>>>>,
}

impl Stalling {
    pub(super) fn new(stream: TcpStream, patience: Duration, mark: Mark) -> Self {
        Self { stream, patience, mark, waiting: None }
    }

    /// Passes an outcome of writing on; one that is not there for too long becomes an error.
    fn limit<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.waiting.take().is_some() {
                self.mark.is_taken();
            }
            return written;
        }
        if self.waiting.is_none() {
            self.mark.is_not_taken();
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(timeout(patience, pending())));
        let _ = ready!(waiting.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Stalling {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stalling {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.limit(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
