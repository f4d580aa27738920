//! Trailers are dropped in both directions.
//!
//! The checks of the header section do not cover trailer fields (RFC 9110 §6.5.1), and applications behind HTTP/1.1 proxies
//! do not rely on trailers.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use hyper::body::Incoming;

/// Polls `body` for its next data frame and skips trailer frames.
pub(super) fn poll_data(
    body: &mut Incoming,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(context)) {
            Some(Ok(frame)) if !frame.is_data() => {}
            other => return Poll::Ready(other),
        }
    }
}
