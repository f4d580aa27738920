//! A browser, the gateway and an application on real sockets, each of them scripted byte by byte.

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
    sync::watch,
};

use super::{
    forward::Forward,
    settings::{RouteHeaders, Upstream, UpstreamSettings},
    strip::StripList,
};
use crate::{
    access::{Decision, Rule},
    base::{SystemRandom, Timestamp},
    identity::{Claims, HeaderSet, Identity},
    web::{Body, Cookies, Origin, RequestContext, RequestIds, RequestKind, Target},
};

pub(super) const GET: &str = "GET /x HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n";
pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A gateway with one site; its clock stands still unless it is moved.
pub(super) struct Gateway {
    pub(super) address: SocketAddr,
    pub(super) forward: Arc<Forward>,
    pub(super) now: Arc<AtomicU64>,
    pub(super) stop: watch::Sender<bool>,
}

impl Gateway {
    pub(super) async fn before(upstreams: &[SocketAddr]) -> Self {
        let texts: Vec<_> = upstreams.iter().map(|address| format!("http://{address}")).collect();
        Self::with(&UpstreamSettings::new(texts.iter().map(|text| Upstream::parse(text).expect("upstream")).collect()))
            .await
    }

    pub(super) async fn with(upstream: &UpstreamSettings) -> Self {
        let (stop, stopped) = watch::channel(false);
        let site = RouteHeaders {
            strip: Arc::new(StripList::new([&HeaderSet::Standard])),
            identity: HeaderSet::Standard,
            allows_anyone: false,
            upgrade_origins: Arc::new([Origin::parse("https://friend.example").expect("an origin")]),
        };
        let forward = Arc::new(Forward::new(upstream, site, stopped));
        let now = Arc::new(AtomicU64::new(1_000_000_000));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gateway = Self {
            address: listener.local_addr().expect("an address"),
            forward: forward.clone(),
            now: now.clone(),
            stop,
        };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (forward, now) = (forward.clone(), now.clone());
                let service = service_fn(move |request| {
                    let (forward, now) = (forward.clone(), now.load(Ordering::Relaxed));
                    async move { Ok::<_, std::convert::Infallible>(serve(&forward, request, now).await) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service).with_upgrades());
            }
        });
        gateway
    }

    pub(super) fn pass_time(&self, seconds: u64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub(super) fn tick(&self) {
        self.forward.reap(Timestamp::from_micros(self.now.load(Ordering::Relaxed)));
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Sends `request` on a connection of its own and reads until the gateway closes it.
    pub(super) async fn ask(&self, request: &str) -> String {
        let mut socket = self.connect().await;
        socket.write_all(request.as_bytes()).await.expect("sent");
        rest(&mut socket).await
    }
}

pub(super) async fn serve(forward: &Forward, request: Request<Incoming>, now: u64) -> Response<Body> {
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
    };
    let Value::Object(claims) = json!({"name": "Ann"}) else { unreachable!("an object") };
    let who = Arc::new(Identity::new("https://i.example", "subject-1", Claims::new(claims)));
    let Decision::Allow(pass) = Rule::SignedIn.decide(Some(who), context.now) else { unreachable!("signed in") };
    forward.send(request, &context, pass, || Box::pin(std::future::pending())).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response.headers_mut().insert("reason", HeaderValue::from_static(error.reason()));
        response
    })
}

/// An application that plays `script` on each connection, which it numbers from 1.
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

/// Reads up to and with `end`; less when the connection ends before.
pub(super) async fn until(socket: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        match socket.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) async fn head(socket: &mut TcpStream) -> String {
    until(socket, "\r\n\r\n").await
}

/// Reads until the other side closes or breaks.
pub(super) async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _closed = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) async fn say(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("sent");
}

/// Answers every request without a body with `answer`.
pub(super) async fn answer_all(mut socket: TcpStream, answer: &str) {
    while !head(&mut socket).await.is_empty() {
        say(&mut socket, answer).await;
    }
}

pub(super) fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
