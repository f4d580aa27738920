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

/// A connection of which one read returns at most [`MAX_READ`] bytes.
#[derive(Debug)]
pub(crate) struct BoundedRead<S>(Take<S>);

impl<S: AsyncRead> BoundedRead<S> {
    /// Bounds the reads of `connection`.
    pub(crate) fn new(connection: S) -> Self {
        Self(connection.take(MAX_READ))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for BoundedRead<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.set_limit(MAX_READ);
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for BoundedRead<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.0.get_mut()).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.0.get_mut()).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.get_ref().is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.0.get_mut()).poll_shutdown(cx)
    }
}

/// The most that one read returns. A full buffer of 16 KiB would make hyper double it; one byte less does not.
const MAX_READ: u64 = 16 * 1024 - 1;
