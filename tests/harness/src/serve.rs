//! A real server (HTTP/1.1, and HTTP/2 for whoever asks) on a task of the current runtime, plain or TLS, gone when its handle is dropped.

use std::{
    future::Future,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
};

use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{ServerConfig, pki_types::CertificateDer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use crate::body::Body;

/// What a handler answers; an error closes the connection without an answer.
pub(crate) type Answer = Result<Response<Body>, io::Error>;

/// The certificates that a client has shown, its own first: an extension of its requests.
#[derive(Clone)]
pub(crate) struct ClientCertificates(pub(crate) Arc<Vec<CertificateDer<'static>>>);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers on the socket with `handler`; needs a running tokio runtime.
    pub(crate) fn start<H, F>(listener: TcpListener, tls: Option<Arc<ServerConfig>>, handler: H) -> Self
    where
        H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        listener.set_nonblocking(true).expect("a socket that can be made non-blocking");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a running tokio runtime");
        let address = listener.local_addr().expect("the address of a bound socket");
        let task = tokio::spawn(accept(listener, tls.map(TlsAcceptor::from), handler));
        Self { address, task }
    }

    /// Where it listens.
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

async fn accept<H, F>(listener: tokio::net::TcpListener, tls: Option<TlsAcceptor>, handler: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    // Connections live in this set, so that aborting the accept loop ends them too.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let (tls, handler) = (tls.clone(), handler.clone());
                connections.spawn(async move {
                    // Small answers must not wait for an acknowledgement of the piece before.
                    let _ = stream.set_nodelay(true);
                    match tls {
                        None => serve(stream, handler).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
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
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
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
    // A peer that goes away in the middle is nothing to report.
    let _ = connection.await;
}
