//! A new connection to an application.

use std::{io, sync::Arc, time::Duration};

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::AbortHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::{request_body::RequestBody, settings::Upstream};

/// Why no connection was made. Nothing of the request was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// No application is configured.
    #[error("no upstream is configured")]
    NoUpstream,
    /// It took too long.
    #[error("the connection was not there in time")]
    TimedOut,
    /// The name cannot be looked up, or nobody listens there.
    #[error("no connection")]
    Network(#[source] io::Error),
    /// The host cannot stand in a certificate.
    #[error("the host is no name of a TLS server")]
    ServerName,
    /// An `https` upstream, and no roots to trust.
    #[error("no roots to trust for an https upstream")]
    NoTrust,
    /// The TLS handshake failed, or the certificate is not to be trusted.
    #[error("no TLS session")]
    Tls(#[source] io::Error),
    /// The connection broke before it was used.
    #[error("the connection broke at once")]
    Handshake(#[source] hyper::Error),
}

/// Makes connections to one upstream.
#[derive(Debug)]
pub(super) struct Dialer {
    upstream: Upstream,
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
}

/// A connection that can carry one exchange after the other.
#[derive(Debug)]
pub(super) struct Connection {
    /// Takes requests.
    pub(super) sender: SendRequest<RequestBody>,
    /// The task that moves its bytes.
    pub(super) driver: AbortHandle,
}

impl Dialer {
    pub(super) fn new(upstream: Upstream, tls: Option<&Arc<ClientConfig>>, timeout: Duration) -> Self {
        let tls = tls.filter(|_| upstream.is_https()).map(|trust| {
            let mut trust = ClientConfig::clone(trust);
            trust.alpn_protocols = vec![b"http/1.1".to_vec()];
            Arc::new(trust)
        });
        Self { upstream, tls, timeout }
    }

    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// A connection that nobody has used yet.
    pub(super) async fn dial(&self) -> Result<Connection, ConnectError> {
        timeout(self.timeout, self.dial_patiently()).await.unwrap_or(Err(ConnectError::TimedOut))
    }

    async fn dial_patiently(&self) -> Result<Connection, ConnectError> {
        let address = (self.upstream.host(), self.upstream.port());
        let socket = TcpStream::connect(address).await.map_err(ConnectError::Network)?;
        // A head and the first part of a body must not wait for each other's acknowledgement.
        socket.set_nodelay(true).map_err(ConnectError::Network)?;
        if !self.upstream.is_https() {
            return speak_http(socket).await;
        }
        let trust = self.tls.clone().ok_or(ConnectError::NoTrust)?;
        let name = ServerName::try_from(self.upstream.host().to_owned()).map_err(|_| ConnectError::ServerName)?;
        let socket = TlsConnector::from(trust).connect(name, socket).await.map_err(ConnectError::Tls)?;
        speak_http(socket).await
    }
}

async fn speak_http<S>(socket: S) -> Result<Connection, ConnectError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(ConnectError::Handshake)?;
    let driver = tokio::spawn(async move {
        // Whoever waits for an answer is told the error; of an idle connection it matters to nobody.
        let _ended = connection.with_upgrades().await;
    });
    Ok(Connection { sender, driver: driver.abort_handle() })
}
