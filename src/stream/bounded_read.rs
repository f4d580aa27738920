//! A connection of which one read returns a bounded number of bytes.
//!
//! hyper doubles its read buffer whenever a read fills it, and each frame of a body is what one read returned. Frames that
//! wait for a slow receiver hold their whole buffers, so the size of a read is what a stream holds.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};

/// A connection of which one read returns at most [`MAX_READ`] bytes, and a value that it holds until it is closed.
#[derive(Debug)]
pub(crate) struct BoundedRead<S, P = ()> {
    connection: Take<S>,
    _held: P,
}

impl<S: AsyncRead, P> BoundedRead<S, P> {
    /// Bounds the reads of `connection`, which holds `held`.
    pub(crate) fn new(connection: S, held: P) -> Self {
        Self { connection: connection.take(MAX_READ), _held: held }
    }

    /// The connection.
    pub(crate) fn connection(&self) -> &S {
        self.connection.get_ref()
    }
}

impl<S: AsyncRead + Unpin, P: Unpin> AsyncRead for BoundedRead<S, P> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.connection.set_limit(MAX_READ);
        Pin::new(&mut self.connection).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, P: Unpin> AsyncWrite for BoundedRead<S, P> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.connection.get_mut()).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.connection.get_mut()).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.get_ref().is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.connection.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.connection.get_mut()).poll_shutdown(cx)
    }
}

/// The most that one read returns. A full buffer of 8 KiB, which is the first, would make hyper double it; one byte less does
/// not.
const MAX_READ: u64 = 8 * 1024 - 1;
