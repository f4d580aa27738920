//! The two bodies of an exchange, passed through frame by frame: nothing is collected.
//!
//! Trailers are dropped in both directions: a field in a trailer has passed no check of the head (RFC 9110 §6.5.1), and
//! applications behind HTTP/1.1 proxies do not rely on them.

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

use super::pool::Lease;
use crate::web::BoxError;

/// The body of a request on its way to the application.
pub(super) struct Upload {
    source: Source,
    progress: Option<Arc<Progress>>,
}

/// Where it comes from.
enum Source {
    /// Nowhere: there is none.
    Nothing,
    /// The browser, as it comes.
    Browser(Incoming),
    /// It is all here.
    Whole(Bytes),
}

/// How far an upload has come. A request without a body has none.
#[derive(Debug, Default)]
pub(super) struct Progress {
    moved: AtomicBool,
    finished: AtomicBool,
}

impl Upload {
    pub(super) fn new(body: Incoming) -> Self {
        if body.is_end_stream() { Self::empty() } else { Self::from(Source::Browser(body)) }
    }

    pub(super) fn whole(body: Bytes) -> Self {
        if body.is_empty() { Self::empty() } else { Self::from(Source::Whole(body)) }
    }

    pub(super) fn empty() -> Self {
        Self { source: Source::Nothing, progress: None }
    }

    /// How far it has come, to be asked while it is under way; nothing when there is nothing to send.
    pub(super) fn progress(&self) -> Option<Arc<Progress>> {
        self.progress.clone()
    }
}

impl From<Source> for Upload {
    fn from(source: Source) -> Self {
        Self { source, progress: Some(Arc::default()) }
    }
}

impl Progress {
    /// Whether anything was sent since this was last asked.
    pub(super) fn has_moved(&self) -> bool {
        self.moved.swap(false, Ordering::Relaxed)
    }

    /// Whether the last byte was handed over.
    pub(super) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let upload = self.get_mut();
        let frame = match &mut upload.source {
            Source::Nothing => return Poll::Ready(None),
            Source::Browser(body) => ready!(next_data(body, context)),
            Source::Whole(body) => Some(Ok(Frame::data(std::mem::take(body)))),
        };
        if matches!(&upload.source, Source::Whole(_)) {
            upload.source = Source::Nothing;
        }
        if let Some(progress) = &upload.progress {
            progress.moved.store(true, Ordering::Relaxed);
            if frame.is_none() || upload.source.is_end_stream() {
                progress.finished.store(true, Ordering::Relaxed);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Nothing => SizeHint::with_exact(0),
            Source::Browser(body) => body.size_hint(),
            Source::Whole(body) => SizeHint::with_exact(body.len() as u64),
        }
    }
}

impl Source {
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Browser(body) => body.is_end_stream(),
            Self::Whole(_) => false,
        }
    }
}

/// The body of an answer on its way to the browser. Its connection is given back with the last frame, and closed when the
/// body ends in any other way.
pub(super) struct Download {
    body: Incoming,
    lease: Option<Lease>,
}

impl Download {
    pub(super) fn new(body: Incoming, lease: Lease) -> Self {
        Self { body, lease: Some(lease) }
    }

    fn give_back(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let download = self.get_mut();
        match ready!(next_data(&mut download.body, context)) {
            Some(Ok(frame)) => {
                if download.body.is_end_stream() {
                    download.give_back();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Some(Err(error)) => {
                download.lease = None;
                Poll::Ready(Some(Err(error.into())))
            }
            None => {
                download.give_back();
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

/// The next frame with data in it.
fn next_data(body: &mut Incoming, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(context)) {
            Some(Ok(frame)) if !frame.is_data() => {}
            other => return Poll::Ready(other),
        }
    }
}
