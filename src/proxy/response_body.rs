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

use super::{pool::PooledConnection, trailers};
use crate::{stream::compact, web::BoxError};

/// The body of a response from the application. The last frame releases the connection to its pool; a body that fails or
/// is dropped earlier closes the connection.
pub(super) struct ResponseBody {
    body: Incoming,
    connection: Option<PooledConnection>,
}

impl ResponseBody {
    pub(super) fn new(body: Incoming, connection: PooledConnection) -> Self {
        Self { body, connection: Some(connection) }
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
        match ready!(trailers::poll_data(&mut this.body, context)) {
            Some(Ok(frame)) => {
                if this.body.is_end_stream() {
                    this.release();
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Ok(frame.map_data(compact))))
            }
            Some(Err(error)) => {
                this.connection = None;
                Poll::Ready(Some(Err(error.into())))
            }
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
