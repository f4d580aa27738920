//! What the tests of the module share: a service that records its requests, a server with it, and a client for raw bytes.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, split},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

use crate::server::{
    acceptor::serve,
    connections::Connections,
    service::HttpService,
    settings::{ConnectionPeer, Limits},
    shutdown::{Shutdown, ShutdownSettings},
};

/// Records the requests of the service, and holds back its responses to `/wait`.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    seen: Arc<Mutex<Vec<String>>>,
    /// One permit for each request to `/wait` that has started.
    pub(super) started: Arc<Semaphore>,
    /// One permit for each request to `/wait` that may complete.
    pub(super) release: Arc<Semaphore>,
}

impl Recorder {
    pub(super) fn new() -> Self {
        let (started, release) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        Self { seen: Arc::default(), started, release }
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn record(&self, line: String) {
        self.seen.lock().unwrap().push(line);
    }

    /// The service of one connection.
    pub(super) fn service(&self, peer: ConnectionPeer) -> impl HttpService + use<> {
        let recorder = self.clone();
        tower::service_fn(move |request| {
            let recorder = recorder.clone();
            async move { Ok::<_, Infallible>(recorder.respond(request, peer).await) }
        })
    }

    async fn respond(&self, mut request: Request<Incoming>, peer: ConnectionPeer) -> Response<Full<Bytes>> {
        let request_line = format!("{} {}", request.method(), request.uri().path());
        match request.uri().path() {
            "/unread" => {
                self.record(request_line);
                text(StatusCode::FORBIDDEN, "unread")
            }
            "/wait" => {
                self.record(request_line.clone());
                self.started.add_permits(1);
                self.release.acquire().await.unwrap().forget();
                self.record(format!("{request_line} ended"));
                text(StatusCode::OK, "waited")
            }
            "/tunnel" => {
                let upgrade = hyper::upgrade::on(&mut request);
                tokio::spawn(async move {
                    let (mut from, mut to) = split(TokioIo::new(upgrade.await.unwrap()));
                    copy(&mut from, &mut to).await.unwrap();
                });
                Response::builder()
                    .status(StatusCode::SWITCHING_PROTOCOLS)
                    .header(header::CONNECTION, "upgrade")
                    .header(header::UPGRADE, "echo")
                    .body(Full::default())
                    .unwrap()
            }
            _ => {
                let Ok(body) = request.body_mut().collect().await else {
                    self.record(format!("{request_line} broken"));
                    return text(StatusCode::BAD_REQUEST, "broken");
                };
                let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
                self.record(format!("{request_line} {body}").trim_end().to_owned());
                text(StatusCode::OK, if peer.tls { "under TLS" } else { "in the clear" })
            }
        }
    }
}

fn text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()
}

/// A server with one listener on the runtime of the test.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) recorder: Recorder,
    pub(super) shutdown: Shutdown,
    pub(super) ended: JoinHandle<()>,
}

/// No connections yet, from no proxy.
pub(super) fn connections(limits: Limits) -> Arc<Connections> {
    Connections::new(limits, |_| false, Arc::default())
}

pub(super) async fn start(limits: Limits) -> Server {
    start_with(connections(limits), ShutdownSettings::default()).await
}

pub(super) async fn start_with(connections: Arc<Connections>, settings: ShutdownSettings) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, recorder, shutdown) = (listener.local_addr().unwrap(), Recorder::new(), Shutdown::new(settings));
    let service = recorder.clone();
    let ended = tokio::spawn(serve(listener, connections, shutdown.clone(), move |peer| service.service(peer)));
    Server { address, recorder, shutdown, ended }
}

impl Server {
    pub(super) async fn connect(&self) -> RawClient {
        RawClient(TcpStream::connect(self.address).await.unwrap())
    }
}

/// A client that sends the given bytes unchanged.
pub(super) struct RawClient(pub(super) TcpStream);

impl RawClient {
    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads until `end` has been received.
    pub(super) async fn read_until(&mut self, end: &str) -> String {
        let mut received = Vec::new();
        while !String::from_utf8_lossy(&received).contains(end) {
            let byte = self.0.read_u8().await;
            received
                .push(byte.unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&received))));
        }
        String::from_utf8_lossy(&received).into_owned()
    }

    /// Reads until the server closes or resets the connection. It may reset a connection whose request it does not read
    /// completely.
    pub(super) async fn read_to_close(&mut self) -> String {
        let mut received = Vec::new();
        let mut part = [0; 1024];
        while let Ok(length @ 1..) = self.0.read(&mut part).await {
            received.extend_from_slice(&part[..length]);
        }
        String::from_utf8_lossy(&received).into_owned()
    }
}

/// A request without a body.
pub(super) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// A request without a body, after which the server closes the connection.
pub(super) fn last_get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}
