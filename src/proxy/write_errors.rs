//! Reading on after an application has stopped reading.
//!
//! An application that refuses a request early, such as with 413, often closes its connection at once, with unread bytes of
//! the request body. What is written then fails, while the response waits in the receive buffer (RFC 9112 §9.5). hyper would
//! report the failed write and drop the response.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection whose writes succeed, without an effect, from the moment when the peer no longer reads. The following read
/// returns the response, or tells that the connection is broken.
#[derive(Debug)]
pub(super) struct ReadsOn<S> {
    connection: S,
    is_broken: bool,
}

impl<S> ReadsOn<S> {
    pub(super) fn new(connection: S) -> Self {
        Self { connection, is_broken: false }
    }

    /// The result of a write, or `written` instead of an error that tells that the peer no longer reads.
    fn checked<T>(&mut self, result: Poll<io::Result<T>>, written: T) -> Poll<io::Result<T>> {
        match result {
            Poll::Ready(Err(error)) if is_closed(&error) => {
                self.is_broken = true;
                Poll::Ready(Ok(written))
            }
            other => other,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadsOn<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ReadsOn<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_broken {
            return Poll::Ready(Ok(buf.len()));
        }
        let result = Pin::new(&mut self.connection).poll_write(cx, buf);
        self.checked(result, buf.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = bufs.iter().map(|buf| buf.len()).sum();
        if self.is_broken {
            return Poll::Ready(Ok(length));
        }
        let result = Pin::new(&mut self.connection).poll_write_vectored(cx, bufs);
        self.checked(result, length)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_broken {
            return Poll::Ready(Ok(()));
        }
        let result = Pin::new(&mut self.connection).poll_flush(cx);
        self.checked(result, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(cx)
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}
