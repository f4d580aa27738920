//! The body of responses of the test servers and requests of the test clients: complete, or streamed.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;

/// A complete or a streamed body.
pub(crate) enum Body {
    /// All bytes at once.
    Whole(Option<Bytes>),
    /// The frames of a channel, until its sender is dropped; an error closes the connection.
    Arriving(mpsc::Receiver<Piece>),
}

/// A frame, or an error that closes the connection.
pub(crate) type Piece = Result<Frame<Bytes>, io::Error>;

impl Body {
    /// An empty body.
    pub(crate) fn empty() -> Self {
        Self::Whole(None)
    }

    /// A body that is sent through the returned sender.
    pub(crate) fn arriving() -> (mpsc::Sender<Piece>, Self) {
        let (sender, receiver) = mpsc::channel(4);
        (sender, Self::Arriving(receiver))
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(content: T) -> Self {
        let content = content.into();
        Self::Whole((!content.is_empty()).then_some(content))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Piece>> {
        match self.get_mut() {
            Self::Whole(whole) => Poll::Ready(whole.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Arriving(receiver) => receiver.poll_recv(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(content) => SizeHint::with_exact(content.as_ref().map_or(0, Bytes::len) as u64),
            Self::Arriving(_) => SizeHint::default(),
        }
    }
}
