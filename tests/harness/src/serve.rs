//! An HTTP server (HTTP/1.1, and HTTP/2 for clients that request it) as a task of the current runtime, plain or TLS; stops when its handle is dropped.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
};

use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{ServerConfig, pki_types::CertificateDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use crate::body::Body;

/// The response of a handler; an error closes the connection without a response.
pub(crate) type Answer = Result<Response<Body>, io::Error>;

/// The certificates that a client presented, its own first: an extension of its requests.
#[derive(Clone)]
pub(crate) struct ClientCertificates(pub(crate) Arc<Vec<CertificateDer<'static>>>);

/// A running server.
pub(crate) struct Server {
    address: SocketAddr,
    handshake: Arc<Mutex<Handshake>>,
    task: JoinHandle<()>,
}

/// The handshake of a connection before HTTP.
#[derive(Clone)]
pub enum Handshake {
    /// None: plain http.
    Plain,
    /// TLS, with a certificate that may be invalid.
    Tls(Arc<ServerConfig>),
    /// TLS 1.1, which is prohibited (RFC 8996).
    Tls11,
}

impl Server {
    /// Serves the socket with `handler`; needs a running tokio runtime.
    pub(crate) fn start<H, F>(listener: TcpListener, tls: Option<Arc<ServerConfig>>, handler: H) -> Self
    where
        H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        listener.set_nonblocking(true).expect("a socket that can be made non-blocking");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a running tokio runtime");
        let address = listener.local_addr().expect("the address of a bound socket");
        let handshake = Arc::new(Mutex::new(tls.map_or(Handshake::Plain, Handshake::Tls)));
        let task = tokio::spawn(accept(listener, Arc::clone(&handshake), handler));
        Self { address, handshake, task }
    }

    /// Changes the handshake of new connections.
    pub(crate) fn set_handshake(&self, handshake: Handshake) {
        *self.handshake.lock().unwrap_or_else(PoisonError::into_inner) = handshake;
    }

    /// The address it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A socket on 127.0.0.1: any free port unless one is given.
pub(crate) fn bind(port: Option<u16>) -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).expect("a free port on 127.0.0.1")
}

async fn accept<H, F>(listener: tokio::net::TcpListener, handshake: Arc<Mutex<Handshake>>, handler: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    // All connections are in this set, so that aborting the accept loop closes them too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let handshake = handshake.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let handler = handler.clone();
                connections.spawn(async move {
                    // Small responses must not wait for the acknowledgement of the previous segment.
                    let _ = stream.set_nodelay(true);
                    match handshake {
                        Handshake::Plain => serve(stream, handler).await,
                        Handshake::Tls(config) => {
                            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                                let shown = stream.get_ref().1.peer_certificates().map(<[_]>::to_vec);
                                let shown = shown.map(|chain| ClientCertificates(Arc::new(chain)));
                                let handler = move |mut request: Request<Incoming>| {
                                    if let Some(shown) = &shown {
                                        request.extensions_mut().insert(shown.clone());
                                    }
                                    handler(request)
                                };
                                serve(stream, handler).await;
                            }
                        }
                        // Whether the client disconnects or answers, the handshake goes no further.
                        Handshake::Tls11 => drop(speak_tls_1_1(stream).await),
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Sends a `ServerHello` of version 1.1 (RFC 4346, section 7.4.1.3), whatever the client offers, and reads its reaction.
async fn speak_tls_1_1(mut stream: tokio::net::TcpStream) -> io::Result<Vec<u8>> {
    let mut hello = vec![0; 4096];
    let _asked = stream.read(&mut hello).await?;
    let version = [3, 2];
    // Random bytes, no session id, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    let body = [&version[..], &[7; 32], &[0], &[0xc0, 0x13], &[0]].concat();
    let message = [&[2, 0, 0, 38][..], &body].concat();
    let record = [&[22][..], &version, &[0, 42], &message].concat();
    stream.write_all(&record).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

async fn serve<S, H, F>(stream: S, handler: H)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(1024 * 1024);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service_fn(handler));
    // A peer that disconnects is not an error.
    let _ = connection.await;
}
