//! A gateway and a scripted application on real sockets, for tests that send and expect exact bytes.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use http::{HeaderValue, Request, Response, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use super::{
    client_connection::{ClientConnection, ClientRequest},
    forward::Forwarder,
    settings::{RouteHeaders, Upstream, UpstreamSettings},
    strip::StripList,
};
use crate::{
    access::{Allow, Decision, Rule},
    base::{SystemRandom, Timestamp},
    identity::{Account, Claims, HeaderSet, Identity},
    stream::{StreamLimits, Streams},
    web::{Body, Cookies, Origin, RequestContext, RequestIds, RequestKind, Target, Trace},
};

pub(super) const GET: &str = "GET /x HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n";
pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A gateway with one route, where every request has the identity of one user. Its clock advances
/// only by `advance_clock`.
pub(super) struct TestGateway {
    address: SocketAddr,
    forwarder: Arc<Forwarder>,
    now: Arc<AtomicU64>,
    pub(super) shutdown: CancellationToken,
}

impl TestGateway {
    pub(super) async fn in_front_of(upstreams: &[SocketAddr]) -> Self {
        let texts: Vec<_> = upstreams.iter().map(|address| format!("http://{address}")).collect();
        Self::with(&UpstreamSettings::new(texts.iter().map(|text| Upstream::parse(text).expect("upstream")).collect()))
            .await
    }

    pub(super) async fn with(upstream: &UpstreamSettings) -> Self {
        let shutdown = CancellationToken::new();
        let route = RouteHeaders {
            strip: Arc::new(StripList::new([&HeaderSet::Standard], &[])),
            identity: HeaderSet::Standard,
            allows_anyone: false,
            upgrade_origins: Arc::new([Origin::parse("https://friend.example").expect("an origin")]),
        };
        let streams = Arc::new(Streams::new(StreamLimits::default(), Arc::default()));
        let forwarder = Arc::new(Forwarder::new(upstream, route, streams, shutdown.clone()));
        let now = Arc::new(AtomicU64::new(1_000_000_000));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gateway = Self {
            address: listener.local_addr().expect("an address"),
            forwarder: forwarder.clone(),
            now: now.clone(),
            shutdown,
        };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (forwarder, now) = (forwarder.clone(), now.clone());
                let client = Arc::new(ClientConnection::new(false));
                let service = service_fn(move |request| {
                    let (forwarder, client, now) = (forwarder.clone(), client.clone(), now.load(Ordering::Relaxed));
                    async move { Ok::<_, std::convert::Infallible>(serve(&forwarder, &client, request, now).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service).with_upgrades());
            }
        });
        gateway
    }

    pub(super) fn advance_clock(&self, seconds: u64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub(super) fn reap(&self) {
        self.forwarder.reap(Timestamp::from_micros(self.now.load(Ordering::Relaxed)));
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Sends `request` over a new connection and reads until the gateway closes the connection.
    pub(super) async fn round_trip(&self, request: &str) -> String {
        let mut socket = self.connect().await;
        socket.write_all(request.as_bytes()).await.expect("sent");
        read_to_end(&mut socket).await
    }
}

async fn serve(
    forwarder: &Forwarder,
    connection: &ClientConnection,
    request: Request<Incoming>,
    now: u64,
) -> Response<Body> {
    let context = RequestContext {
        id: RequestIds::new(&SystemRandom).next(),
        now: Timestamp::from_micros(now),
        method: request.method().clone(),
        origin: Arc::new(Origin::parse("https://app.example").expect("an origin")),
        target: Target::new(request.uri().path_and_query().expect("a path")).expect("a target"),
        client: [192, 0, 2, 7].into(),
        cookies: Cookies::read(request.headers()),
        accepted_languages: None,
        kind: RequestKind::Call,
        same_origin: false,
        trace: Trace::default(),
    };
    let Value::Object(claims) = json!({"name": "Ann"}) else { unreachable!("an object") };
    let account = Account { provider: "idp", issuer: "https://i.example", subject: "subject-1" };
    let identity = Arc::new(Identity::new(account, Claims::new(claims)));
    let Decision::Allow(pass) = Rule::from(Allow::SignedIn).decide(Some(identity), context.now) else {
        unreachable!("signed in")
    };
    let client = ClientRequest { context: &context, connection, access_watch: &|_| Box::pin(std::future::pending()) };
    forwarder.send(request, client, pass).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response.headers_mut().insert("reason", HeaderValue::from_static(error.reason().as_str()));
        response
    })
}

/// Starts an application that runs `script` for each connection. The connections are numbered from 1; the returned
/// counter is the number of accepted connections.
pub(super) async fn app<F>(script: impl Fn(TcpStream, usize) -> F + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(script(socket, count.fetch_add(1, Ordering::Relaxed) + 1));
        }
    });
    (address, connections)
}

/// Reads up to and including `end`, or to the end of the connection.
pub(super) async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        match socket.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) async fn read_head(socket: &mut TcpStream) -> String {
    read_until(socket, "\r\n\r\n").await
}

/// Reads until the peer closes the connection or the connection fails.
pub(super) async fn read_to_end(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _closed = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) async fn write(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("sent");
}

/// Sends `response` to every request. The requests must have no body.
pub(super) async fn respond_to_all(mut socket: TcpStream, response: &str) {
    while !read_head(&mut socket).await.is_empty() {
        write(&mut socket, response).await;
    }
}

pub(super) fn body_of(response: &str) -> &str {
    response.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
