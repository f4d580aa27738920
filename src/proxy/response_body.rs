//! The body of a response to the client, and the upstream connection that carries it.
//!
//! The body is forwarded frame by frame and never collected. Its trailers are dropped (see `trailers`).

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{pool::PooledConnection, stream_watch::StreamWatch, trailers};
use crate::{stream::compact, web::BoxError};

/// The body of a response from the application. The last frame releases the connection to its pool; a body that fails or
/// is dropped earlier closes the connection.
pub(super) struct ResponseBody {
    body: Incoming,
    connection: Option<PooledConnection>,
    watch: StreamWatch,
}

impl ResponseBody {
    pub(super) fn new(body: Incoming, connection: PooledConnection, watch: StreamWatch) -> Self {
        Self { body, connection: Some(connection), watch }
    }

    /// Ends the body with `error` and closes the connection.
    fn fail(&mut self, error: BoxError) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.connection = None;
        Poll::Ready(Some(Err(error)))
    }

    fn release(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.release();
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Err(end) = this.watch.before_poll() {
            return this.fail(end.into());
        }
        let polled = trailers::poll_data(&mut this.body, context);
        if !this.body.is_end_stream()
            && !matches!(polled, Poll::Ready(None))
            && let Err(end) = this.watch.after_poll(&polled, context)
        {
            return this.fail(end.into());
        }
        match ready!(polled) {
            Some(Ok(frame)) => {
                if this.body.is_end_stream() {
                    this.release();
                    this.watch.before_last();
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Ok(frame.map_data(compact))))
            }
            Some(Err(error)) => this.fail(error.into()),
            None => {
                this.release();
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
