//! The byte stream of one connection, with or without TLS.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

use super::{connections::Place, lingering::Lingering, settings::Limits};
use crate::stream::BoundedRead;

/// Cleartext on the left, TLS on the right. One type for both, so that HTTP is compiled once. The TLS stream is boxed
/// because it is a kilobyte larger.
pub(super) type Transport = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A [`Transport`] with the place of its connection. The stream of an upgraded connection leaves the server, so the place
/// must be part of it: the connection is counted until it is closed.
#[derive(Debug)]
pub(super) struct Stream {
    transport: BoundedRead<Transport>,
    /// Whether the client has not accepted what was last written.
    is_blocked: bool,
    place: Place,
    limits: Limits,
    /// Whether a head begins with the first byte that arrives between requests. Over HTTP/2 it may be any frame.
    notes_heads: bool,
    /// Whether the client has closed its direction.
    ended: bool,
    lingering: Option<Lingering>,
}

impl Stream {
    pub(super) fn new(transport: Transport, place: Place, limits: Limits, notes_heads: bool) -> Self {
        let transport = BoundedRead::new(transport, ());
        Self { transport, is_blocked: false, place, limits, notes_heads, ended: false, lingering: None }
    }

    fn transport(self: Pin<&mut Self>) -> Pin<&mut BoundedRead<Transport>> {
        Pin::new(&mut self.get_mut().transport)
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = self.as_mut().transport().poll_read(cx, buf);
        if buf.filled().len() == before {
            self.ended |= result.is_ready();
        } else if self.notes_heads {
            self.place.connection.has_read();
        }
        result
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

    /// Closes the direction to the client, then lingers.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.transport).poll_shutdown(cx))?;
            if this.ended || this.place.connection.closes_abruptly() {
                return Poll::Ready(Ok(()));
            }
        }
        let lingering = this.lingering.get_or_insert_with(|| Lingering::new(&this.limits));
        lingering.poll(&mut this.transport, cx).map(Ok)
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
