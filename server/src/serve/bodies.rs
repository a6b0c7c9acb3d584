//! The bodies of a connection, which tell the places whether the server waits for its client.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

use super::places::Mark;

/// What a client sends: the server waits for it while nothing is there.
pub(super) struct Coming {
    body: Incoming,
    mark: Mark,
}

impl Coming {
    pub(super) fn new(body: Incoming, mark: Mark) -> Self {
        Self { body, mark }
    }
}

impl HttpBody for Coming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.mark.wants_body(polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.mark.wants_body(false);
    }
}

/// What a client gets: with its end the connection waits for the next request.
pub(super) struct Going {
    body: Body,
    mark: Mark,
}

impl Going {
    pub(super) fn new(body: Body, mark: Mark) -> Self {
        Self { body, mark }
    }
}

impl HttpBody for Going {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.mark.ends();
    }
}
