//! The body of what our servers answer and our clients send: whole, or piece by piece as somebody produces it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::mpsc;

/// A whole body, or one that arrives.
pub(crate) enum Body {
    /// Everything at once.
    Whole(Option<Bytes>),
    /// What comes through the channel, until its sender goes; an error ends the connection.
    Arriving(mpsc::Receiver<Piece>),
}

/// A frame, or the end of the connection.
pub(crate) type Piece = Result<Frame<Bytes>, io::Error>;

impl Body {
    /// Nothing.
    pub(crate) fn empty() -> Self {
        Self::Whole(None)
    }

    /// A body that is fed through the sender.
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
