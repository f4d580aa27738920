//! New connections to an upstream.

use std::{io, sync::Arc, time::Duration};

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::AbortHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{capacity::ConnectionPermit, request_body::RequestBody, settings::Upstream, write_errors::ReadsOn};
use crate::stream::BoundedRead;

/// Why no connection to an upstream was made. Nothing of the request was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The route has no upstream.
    #[error("no upstream is configured")]
    NoUpstream,
    /// As many connections are open as may be, and none became free in time.
    #[error("all connections to the application are in use")]
    Busy,
    /// TCP and TLS handshake together took longer than the connect timeout.
    #[error("the connection was not established in time")]
    TimedOut,
    /// The host name cannot be resolved, or the address refuses connections.
    #[error("the TCP connection failed")]
    Network(#[source] io::Error),
    /// The host is not valid as the name in a server certificate.
    #[error("the host is not a valid TLS server name")]
    ServerName,
    /// The upstream is `https`, and no trusted roots are configured.
    #[error("no trusted roots for an https upstream")]
    NoTrustedRoots,
    /// The TLS handshake failed, or the server certificate is not trusted.
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    /// The connection broke before the first request.
    #[error("the connection broke before the first request")]
    Handshake(#[source] hyper::Error),
}

/// Makes connections to one upstream.
#[derive(Debug)]
pub(super) struct Connector {
    upstream: Upstream,
    /// The upstream as text, for logs.
    name: Arc<str>,
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
}

/// An HTTP/1.1 connection, which carries one exchange at a time.
#[derive(Debug)]
pub(super) struct Connection {
    /// Sends requests.
    pub(super) sender: SendRequest<RequestBody>,
    /// The task that reads and writes the socket.
    pub(super) driver: AbortHandle,
}

impl Connector {
    pub(super) fn new(upstream: Upstream, tls: Option<&Arc<ClientConfig>>, timeout: Duration) -> Self {
        let tls = tls.filter(|_| upstream.is_https()).map(|config| {
            let mut config = ClientConfig::clone(config);
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Arc::new(config)
        });
        let name = upstream.to_string().into();
        Self { upstream, name, tls, timeout }
    }

    /// The upstream as text, for logs.
    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Makes a new connection within the connect timeout. It holds `permit` until it is closed.
    pub(super) async fn connect(&self, permit: ConnectionPermit) -> Result<Connection, ConnectError> {
        timeout(self.timeout, self.connect_untimed(permit)).await.unwrap_or(Err(ConnectError::TimedOut))
    }

    async fn connect_untimed(&self, permit: ConnectionPermit) -> Result<Connection, ConnectError> {
        let address = (self.upstream.host(), self.upstream.port());
        let socket = TcpStream::connect(address).await.map_err(ConnectError::Network)?;
        set_options(&socket).map_err(ConnectError::Network)?;
        if !self.upstream.is_https() {
            return handshake(BoundedRead::new(ReadsOn::new(socket), permit)).await;
        }
        let tls = self.tls.clone().ok_or(ConnectError::NoTrustedRoots)?;
        let name = ServerName::try_from(self.upstream.host().to_owned()).map_err(|_| ConnectError::ServerName)?;
        let socket = TlsConnector::from(tls).connect(name, socket).await.map_err(ConnectError::Tls)?;
        handshake(BoundedRead::new(ReadsOn::new(socket), permit)).await
    }
}

/// Sets the options of a socket. A host that vanishes sends no FIN: only keep-alive probes notice that it is gone while the
/// gateway waits for bytes, and only the user timeout soon enough while bytes are unacknowledged (RFC 9293 §3.8.3, §3.8.4).
fn set_options(socket: &TcpStream) -> io::Result<()> {
    // With Nagle's algorithm the first part of a body would wait until the head is acknowledged.
    socket.set_nodelay(true)?;
    let options = SockRef::from(socket);
    options.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_TIME).with_interval(KEEPALIVE_INTERVAL))?;
    #[cfg(target_os = "linux")]
    options.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    Ok(())
}

async fn handshake<S>(socket: S) -> Result<Connection, ConnectError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let socket = TokioIo::new(socket);
    let (sender, connection) =
        http1::Builder::new().max_buf_size(MAX_BUFFER).handshake(socket).await.map_err(ConnectError::Handshake)?;
    let driver = tokio::spawn(async move {
        // The sender reports an error during an exchange; an error of an idle connection has no consequence.
        let _result = connection.with_upgrades().await;
    });
    Ok(Connection { sender, driver: driver.abort_handle() })
}

/// How much of a request body is queued for a slow application, and the maximum size of a response head, in bytes.
const MAX_BUFFER: usize = 32 * 1024;

const KEEPALIVE_TIME: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// How long an upstream may leave bytes unacknowledged, or its receive window at zero. On Linux this also ends a connection
/// whose keep-alive probes are not answered.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests;
