//! One request on its own connection. Every host is this machine, unless another address was configured.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use http::{HeaderValue, Request, Response, Uri, header};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::Url;

use crate::body::Body;

/// A connection, plain or TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How hosts are resolved and connected to.
#[derive(Clone)]
pub(crate) struct Transport {
    pub(crate) tls: Arc<ClientConfig>,
    /// The addresses of hosts that are not at their own port of this machine.
    pub(crate) hosts: HashMap<String, SocketAddr>,
    /// HTTP/2 on every TLS connection.
    pub(crate) http2: bool,
}

impl Transport {
    /// Sends a request; its target is sent unchanged, the connection goes to `url`.
    pub(crate) async fn send(&self, url: &Url, request: Request<Body>) -> io::Result<Response<Incoming>> {
        let stream = TokioIo::new(self.connect(url).await?);
        if self.http2 && url.scheme() == "https" {
            return send_http2(stream, url, request).await;
        }
        let builder = &mut http1::Builder::new();
        let (mut sender, connection) =
            builder.max_buf_size(1024 * 1024).handshake(stream).await.map_err(io::Error::other)?;
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await.map_err(io::Error::other)
    }

    async fn connect(&self, url: &Url) -> io::Result<Box<dyn Stream>> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(80);
        // Test names are not in the DNS: all of them are this machine.
        let here = host.trim_matches(['[', ']']).parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let address = self.hosts.get(host).copied().unwrap_or(SocketAddr::new(here, port));
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        if !matches!(url.scheme(), "https" | "wss") {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Box::new(TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?))
    }
}

/// Sends a request over HTTP/2: scheme and authority are pseudo-headers, taken from an absolute URL (RFC 9113, section 8.3.1).
async fn send_http2(
    stream: TokioIo<Box<dyn Stream>>,
    url: &Url,
    mut request: Request<Body>,
) -> io::Result<Response<Incoming>> {
    let authority = request.headers_mut().remove(header::HOST).unwrap_or_else(|| HeaderValue::from_static("localhost"));
    let mut uri = std::mem::take(request.uri_mut()).into_parts();
    uri.scheme = Some(url.scheme().parse().map_err(io::Error::other)?);
    uri.authority = Some(authority.as_bytes().try_into().map_err(io::Error::other)?);
    *request.uri_mut() = Uri::from_parts(uri).map_err(io::Error::other)?;
    let builder = http2::Builder::new(TokioExecutor::new());
    let (mut sender, connection) = builder.handshake(stream).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(io::Error::other)
}
