//! The byte stream of one connection, with or without TLS.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use crate::stream::BoundedRead;

/// Cleartext on the left, TLS on the right. One type for both, so that HTTP is compiled once. The TLS stream is boxed
/// because it is a kilobyte larger.
pub(super) type Transport = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A [`Transport`] with the permit of its connection. The stream of an upgraded connection leaves the server, so the
/// permit must be part of it: the connection is counted until it is closed.
#[derive(Debug)]
pub(super) struct Stream {
    transport: BoundedRead<Transport>,
    /// Whether the client has not accepted what was last written.
    is_blocked: bool,
    _permit: OwnedSemaphorePermit,
}

impl Stream {
    pub(super) fn new(transport: Transport, permit: OwnedSemaphorePermit) -> Self {
        Self { transport: BoundedRead::new(transport, ()), is_blocked: false, _permit: permit }
    }

    fn transport(self: Pin<&mut Self>) -> Pin<&mut BoundedRead<Transport>> {
        Pin::new(&mut self.get_mut().transport)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.transport().poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        let written = Pin::new(&mut stream.transport).poll_write(cx, buf);
        stream.is_blocked = written.is_pending();
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        let written = Pin::new(&mut stream.transport).poll_write_vectored(cx, bufs);
        stream.is_blocked = written.is_pending();
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport().poll_shutdown(cx)
    }
}

impl Drop for Stream {
    /// Resets a connection that is closed while its client does not read. The kernel would otherwise hold what it has not
    /// sent until the user timeout, and a truncated response of HTTP/1.0 would look complete.
    fn drop(&mut self) {
        if self.is_blocked {
            let tcp = match self.transport.connection() {
                Either::Left(tcp) => tcp,
                Either::Right(tls) => tls.get_ref().0,
            };
            let _result = SockRef::from(tcp).set_linger(Some(Duration::ZERO));
        }
    }
}
