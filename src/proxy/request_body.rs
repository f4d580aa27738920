//! The body of a request to the application.
//!
//! A body from the client is forwarded frame by frame and never collected. Its trailers are dropped (see `trailers`).

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{
    stream_watch::{Polled, StreamWatch},
    trailers,
};
use crate::{
    stream::{Reservation, StreamEnd, compact},
    web::ForwardedBytes,
};

/// The body of a request to the application.
pub(super) struct RequestBody {
    source: Source,
    progress: Option<Arc<Progress>>,
    watch: Option<Box<StreamWatch>>,
    /// How many more bytes the application may get.
    allowance: u64,
    /// Held until the body was sent.
    _reservation: Option<Reservation>,
}

/// Why a request body ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// The client's connection or stream broke.
    #[error("the request body broke off")]
    Broken(#[source] hyper::Error),
    /// The gateway ended the body.
    #[error("the request body was ended")]
    Ended(#[source] StreamEnd),
    /// The body is larger than the route allows.
    #[error("the request body is too large")]
    TooLarge,
}

enum Source {
    Empty,
    /// From the client, as its frames arrive.
    Streaming(Incoming),
    /// In memory.
    Buffered(Bytes),
}

/// How much of a request body has been handed to the connection. A request without a body has no progress.
#[derive(Debug, Default)]
pub(super) struct Progress {
    advanced: AtomicBool,
    waits_for_client: AtomicBool,
    complete: AtomicBool,
    bytes: AtomicU64,
}

impl RequestBody {
    /// A body from the client, of at most `max` bytes. `watch` is called unless the body is empty.
    pub(super) fn streaming(body: Incoming, max: u64, watch: impl FnOnce(&Incoming) -> StreamWatch) -> Self {
        if body.is_end_stream() {
            return Self::empty();
        }
        let watch = Some(Box::new(watch(&body)));
        Self { watch, allowance: max, ..Self::from(Source::Streaming(body)) }
    }

    pub(super) fn buffered(body: Bytes) -> Self {
        if body.is_empty() { Self::empty() } else { Self::from(Source::Buffered(body)) }
    }

    /// A body in memory that is reserved for it until the body was sent.
    pub(super) fn collected(body: Bytes, reservation: Reservation) -> Self {
        Self { _reservation: Some(reservation), ..Self::buffered(body) }
    }

    pub(super) fn empty() -> Self {
        Self { source: Source::Empty, progress: None, watch: None, allowance: 0, _reservation: None }
    }

    fn poll_source(&mut self, context: &mut Context<'_>) -> Polled<BodyError> {
        match &mut self.source {
            Source::Empty => Poll::Ready(None),
            Source::Buffered(body) if body.is_empty() => Poll::Ready(None),
            // In parts, so that the reservation lasts until the last part is under way.
            Source::Buffered(body) => Poll::Ready(Some(Ok(Frame::data(body.split_to(body.len().min(MAX_FRAME)))))),
            Source::Streaming(body) => {
                if let Some(watch) = &self.watch {
                    watch.before_poll().map_err(BodyError::Ended)?;
                }
                let polled = trailers::poll_data(body, context).map_err(BodyError::Broken);
                if body.is_end_stream() {
                    return polled;
                }
                if let Some(watch) = &mut self.watch {
                    watch.after_poll(&polled, context).map_err(BodyError::Ended)?;
                }
                polled.map(|frame| frame.map(|frame| Ok(frame?.map_data(compact))))
            }
        }
    }

    /// The progress of this body, readable while the connection owns the body; `None` for an empty body.
    pub(super) fn progress(&self) -> Option<Arc<Progress>> {
        self.progress.clone()
    }
}

impl From<Source> for RequestBody {
    fn from(source: Source) -> Self {
        Self { source, progress: Some(Arc::default()), watch: None, allowance: 0, _reservation: None }
    }
}

impl Progress {
    /// Whether a frame was sent since the last call, or the client has to send more.
    pub(super) fn is_under_way(&self) -> bool {
        self.advanced.swap(false, Ordering::Relaxed) || self.waits_for_client.load(Ordering::Relaxed)
    }

    /// Whether the last frame was sent.
    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }
}

impl ForwardedBytes for Progress {
    fn forwarded_bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled<BodyError> {
        let this = self.get_mut();
        let polled = this.poll_source(context);
        if let Some(progress) = &this.progress {
            progress.waits_for_client.store(polled.is_pending(), Ordering::Relaxed);
        }
        let mut frame = ready!(polled);
        if let (Some(Ok(data)), Some(_)) = (&frame, &this.watch) {
            match this.allowance.checked_sub(data.data_ref().map_or(0, Bytes::len) as u64) {
                Some(left) => this.allowance = left,
                None => frame = Some(Err(BodyError::TooLarge)),
            }
        }
        if let Some(progress) = &this.progress {
            progress.advanced.store(true, Ordering::Relaxed);
            let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
            progress.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
            if frame.is_none() || this.source.is_end_stream() {
                progress.complete.store(true, Ordering::Relaxed);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Empty => SizeHint::with_exact(0),
            Source::Streaming(body) => body.size_hint(),
            Source::Buffered(body) => SizeHint::with_exact(body.len() as u64),
        }
    }
}

impl Source {
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Streaming(body) => body.is_end_stream(),
            Self::Buffered(body) => body.is_empty(),
        }
    }
}

/// The largest frame of a body in memory.
const MAX_FRAME: usize = 16 * 1024;
