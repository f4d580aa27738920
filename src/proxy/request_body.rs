//! The body of a request to the application.
//!
//! A body from the client is forwarded frame by frame and never collected. Its trailers are dropped (see `trailers`).

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::trailers;
use crate::stream::compact;

/// The body of a request to the application.
pub(super) struct RequestBody {
    source: Source,
    progress: Option<Arc<Progress>>,
}

enum Source {
    Empty,
    /// From the client, as its frames arrive.
    Streaming(Incoming),
    /// In memory, sent as one frame.
    Buffered(Bytes),
}

/// How much of a request body has been handed to the connection. A request without a body has no progress.
#[derive(Debug, Default)]
pub(super) struct Progress {
    advanced: AtomicBool,
    complete: AtomicBool,
}

impl RequestBody {
    pub(super) fn streaming(body: Incoming) -> Self {
        if body.is_end_stream() { Self::empty() } else { Self::from(Source::Streaming(body)) }
    }

    pub(super) fn buffered(body: Bytes) -> Self {
        if body.is_empty() { Self::empty() } else { Self::from(Source::Buffered(body)) }
    }

    pub(super) fn empty() -> Self {
        Self { source: Source::Empty, progress: None }
    }

    /// The progress of this body, readable while the connection owns the body; `None` for an empty body.
    pub(super) fn progress(&self) -> Option<Arc<Progress>> {
        self.progress.clone()
    }
}

impl From<Source> for RequestBody {
    fn from(source: Source) -> Self {
        Self { source, progress: Some(Arc::default()) }
    }
}

impl Progress {
    /// Whether a frame was sent since the last call.
    pub(super) fn has_advanced(&self) -> bool {
        self.advanced.swap(false, Ordering::Relaxed)
    }

    /// Whether the last frame was sent.
    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let frame = match &mut this.source {
            Source::Empty => return Poll::Ready(None),
            Source::Streaming(body) => {
                let frame = ready!(trailers::poll_data(body, context));
                if body.is_end_stream() { frame } else { frame.map(|frame| Ok(frame?.map_data(compact))) }
            }
            Source::Buffered(body) => Some(Ok(Frame::data(std::mem::take(body)))),
        };
        if matches!(&this.source, Source::Buffered(_)) {
            this.source = Source::Empty;
        }
        if let Some(progress) = &this.progress {
            progress.advanced.store(true, Ordering::Relaxed);
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
            Self::Buffered(_) => false,
        }
    }
}
