//! A browser, the gateway and an application on real sockets, each of them scripted byte by byte.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, oneshot, watch},
};

use super::Forward;
use crate::{
    access::{Decision, Rule},
    base::{SystemRandom, Timestamp},
    identity::{Claims, HeaderSet, Identity},
    proxy::{SiteHeaders, StripList, Upstream, UpstreamSettings},
    web::{Body, Cookies, Manner, Origin, RequestIds, Target, Visit},
};

const GET: &str = "GET /x HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A gateway with one site; its clock stands still unless it is moved.
struct Gateway {
    address: SocketAddr,
    forward: Arc<Forward>,
    now: Arc<AtomicU64>,
    stop: watch::Sender<bool>,
}

impl Gateway {
    async fn before(upstreams: &[SocketAddr]) -> Self {
        let texts: Vec<_> = upstreams.iter().map(|address| format!("http://{address}")).collect();
        Self::with(&UpstreamSettings::new(texts.iter().map(|text| Upstream::parse(text).expect("upstream")).collect()))
            .await
    }

    async fn with(upstream: &UpstreamSettings) -> Self {
        let (stop, stopped) = watch::channel(false);
        let site = SiteHeaders {
            strip: Arc::new(StripList::new([&HeaderSet::Standard])),
            identity: HeaderSet::Standard,
            open: false,
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

    fn pass_time(&self, seconds: u64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    fn tick(&self) {
        self.forward.reap(Timestamp::from_micros(self.now.load(Ordering::Relaxed)));
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Sends `request` on a connection of its own and reads until the gateway closes it.
    async fn ask(&self, request: &str) -> String {
        let mut socket = self.connect().await;
        socket.write_all(request.as_bytes()).await.expect("sent");
        rest(&mut socket).await
    }
}

async fn serve(forward: &Forward, request: Request<Incoming>, now: u64) -> Response<Body> {
    let visit = Visit {
        id: RequestIds::new(&SystemRandom).next(),
        now: Timestamp::from_micros(now),
        method: request.method().clone(),
        origin: Arc::new(Origin::parse("https://app.example").expect("an origin")),
        target: Target::new(request.uri().path_and_query().expect("a path")).expect("a target"),
        client: [192, 0, 2, 7].into(),
        cookies: Cookies::read(request.headers()),
        manner: Manner::Call,
        same_origin: false,
    };
    let Value::Object(claims) = json!({"name": "Ann"}) else { unreachable!("an object") };
    let who = Arc::new(Identity::new("https://i.example", "subject-1", Claims::new(claims)));
    let Decision::Allow(pass) = Rule::SignedIn.decide(Some(who)) else { unreachable!("signed in") };
    forward.send(request, &visit, pass).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response.headers_mut().insert("reason", HeaderValue::from_static(error.reason()));
        response
    })
}

/// An application that plays `script` on each connection, which it numbers from 1.
async fn app<F>(script: impl Fn(TcpStream, usize) -> F + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>)
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
async fn until(socket: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        match socket.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn head(socket: &mut TcpStream) -> String {
    until(socket, "\r\n\r\n").await
}

/// Reads until the other side closes or breaks.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _closed = socket.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn say(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.expect("sent");
}

/// Answers every request without a body with `answer`.
async fn answer_all(mut socket: TcpStream, answer: &str) {
    while !head(&mut socket).await.is_empty() {
        say(&mut socket, answer).await;
    }
}

fn body_of(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[tokio::test]
async fn cve_a06_b01_h04_the_application_reads_one_canonical_request() {
    let (told, mut heard) = mpsc::unbounded_channel();
    let (address, _) = app(move |mut socket, _| {
        let told = told.clone();
        async move {
            told.send(head(&mut socket).await).expect("heard");
            say(&mut socket, OK).await;
        }
    })
    .await;
    let gateway = Gateway::before(&[address]).await;
    let answer = gateway
        .ask(
            "GET /public/%2e%2e/private?x=1 HTTP/1.1\r\nHost: APP.example.\r\nConnection: close, x-forwarded-user\r\n\
             x_forwarded_user: admin\r\nX-Forwarded-For: 1.2.3.4\r\nCookie: a=1; __Host-vestibule=secret; b=2\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && body_of(&answer) == "ok", "{answer}");
    assert!(answer.contains("cache-control: private\r\n"), "{answer}");
    let request = heard.recv().await.expect("a request");
    let mut lines: Vec<_> = request.trim_end().split("\r\n").filter(|line| !line.starts_with("x-request-id")).collect();
    lines[1..].sort_unstable();
    assert_eq!(
        lines,
        [
            "GET /private?x=1 HTTP/1.1",
            "cookie: a=1; b=2",
            "host: app.example",
            "x-forwarded-for: 192.0.2.7",
            "x-forwarded-host: app.example",
            "x-forwarded-name: Ann",
            "x-forwarded-port: 443",
            "x-forwarded-proto: https",
            "x-forwarded-user: subject-1",
        ]
    );
}

#[tokio::test]
async fn one_connection_carries_one_request_after_the_other() {
    for (request, answer, body) in [
        (GET, OK, "ok"),
        (GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"),
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
        (GET, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""),
        (GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""),
        (
            "HEAD / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "",
        ),
        ("POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", OK, "ok"),
        ("GET / HTTP/1.0\r\nHost: app.example\r\n\r\n", OK, "ok"),
        (GET, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
    ] {
        let (address, connections) = app(move |socket, _| answer_all(socket, answer)).await;
        let gateway = Gateway::before(&[address]).await;
        for _ in 0..20 {
            let seen = gateway.ask(request).await;
            assert_eq!(body_of(&seen), body, "{answer}\n{seen}");
            let kept = request.starts_with("HEAD");
            assert_eq!(seen.contains("content-length: 5"), kept, "{seen}");
        }
        assert_eq!(connections.load(Ordering::Relaxed), 1, "{request}{answer}");
    }
}

#[tokio::test]
async fn bytes_pass_as_they_come_in_both_directions() {
    let (address, _) = app(|mut socket, _| async move {
        head(&mut socket).await;
        // Each side waits for what the other said before it goes on: nothing may be held back.
        assert_eq!(until(&mut socket, "3\r\none\r\n").await, "3\r\none\r\n");
        say(&mut socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\neins\r\n").await;
        assert_eq!(until(&mut socket, "3\r\ntwo\r\n").await, "3\r\ntwo\r\n");
        say(&mut socket, "4\r\nzwei\r\n0\r\n\r\n").await;
        rest(&mut socket).await;
    })
    .await;
    let gateway = Gateway::before(&[address]).await;
    let mut browser = gateway.connect().await;
    say(&mut browser, "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n").await;
    assert!(head(&mut browser).await.starts_with("HTTP/1.1 200"));
    assert_eq!(until(&mut browser, "eins\r\n").await, "4\r\neins\r\n");
    say(&mut browser, "3\r\ntwo\r\n").await;
    assert_eq!(until(&mut browser, "0\r\n\r\n").await, "4\r\nzwei\r\n0\r\n\r\n");
}

#[tokio::test]
async fn trailers_carry_nothing_past_the_checks() {
    for method in ["POST", "GET"] {
        let (address, _) = app(|mut socket, _| async move {
            let head = head(&mut socket).await;
            assert!(head.contains("transfer-encoding: chunked\r\n") && !head.contains("content-length"), "{head}");
            assert_eq!(until(&mut socket, "0\r\n\r\n").await, "2\r\nhi\r\n0\r\n\r\n");
            let answer = "HTTP/1.1 200 OK\r\nTrailer: Set-Cookie\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n";
            say(&mut socket, &format!("{answer}0\r\nSet-Cookie: vestibule=x\r\n\r\n")).await;
            rest(&mut socket).await;
        })
        .await;
        let gateway = Gateway::before(&[address]).await;
        let answer = gateway
            .ask(&format!(
                "{method} / HTTP/1.1\r\nHost: app.example\r\nConnection: close, TE\r\nTE: trailers\r\n\
                 Trailer: X-Forwarded-User\r\nTransfer-Encoding: chunked\r\n\r\n\
                 2\r\nhi\r\n0\r\nX-Forwarded-User: admin\r\n\r\n"
            ))
            .await;
        assert_eq!(body_of(&answer), "2\r\nok\r\n0\r\n\r\n", "{answer}");
        assert!(!answer.contains("vestibule"), "{answer}");
    }
}

#[tokio::test]
async fn a_request_is_sent_again_only_when_that_is_harmless() {
    let post = GET.replace("GET", "POST");
    let put = "PUT / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
    for (request, rested, status) in [
        (GET, 1, "HTTP/1.1 200"),
        // Without a rest no copy was kept.
        (GET, 0, "HTTP/1.1 502"),
        (&post, 1, "HTTP/1.1 502"),
        (put, 1, "HTTP/1.1 502"),
    ] {
        let (address, connections) = app(|mut socket, number| async move {
            head(&mut socket).await;
            say(&mut socket, OK).await;
            if number == 1 {
                // The second request is read and never answered.
                head(&mut socket).await;
            } else {
                rest(&mut socket).await;
            }
        })
        .await;
        let gateway = Gateway::before(&[address]).await;
        assert!(gateway.ask(GET).await.starts_with("HTTP/1.1 200"));
        gateway.pass_time(rested);
        let answer = gateway.ask(request).await;
        assert!(answer.starts_with(status), "{request}{answer}");
        assert_eq!(answer.contains("reason: upstream-protocol"), status.ends_with("502"), "{answer}");
        assert_eq!(connections.load(Ordering::Relaxed), if status.ends_with("200") { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_connection_that_the_application_closed_is_not_used() {
    let (address, connections) = app(|mut socket, _| async move {
        head(&mut socket).await;
        say(&mut socket, OK).await;
    })
    .await;
    let gateway = Gateway::before(&[address]).await;
    for asked in 1..=5 {
        gateway.pass_time(1);
        assert!(gateway.ask(GET).await.starts_with("HTTP/1.1 200"));
        assert_eq!(connections.load(Ordering::Relaxed), asked);
    }
}

#[tokio::test]
async fn cve_f07_an_answer_before_the_upload_is_done_ends_the_connection() {
    let (closed, until_closed) = oneshot::channel();
    let closed = std::sync::Mutex::new(Some(closed));
    let (address, connections) = app(move |mut socket, number| {
        let closed = closed.lock().expect("no panic").take();
        async move {
            head(&mut socket).await;
            if number == 1 {
                say(&mut socket, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig").await;
                rest(&mut socket).await;
                closed.expect("the first").send(()).expect("awaited");
            } else {
                say(&mut socket, OK).await;
                rest(&mut socket).await;
            }
        }
    })
    .await;
    let gateway = Gateway::before(&[address]).await;
    let mut browser = gateway.connect().await;
    say(&mut browser, "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 100\r\n\r\nthe first of it").await;
    assert!(head(&mut browser).await.starts_with("HTTP/1.1 413"));
    assert_eq!(until(&mut browser, "big").await, "big");
    until_closed.await.expect("the connection is closed");
    assert!(gateway.ask(GET).await.ends_with("ok"));
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn cve_f07_a_connection_that_broke_or_was_left_is_not_used_again() {
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    let (told, mut heard) = mpsc::unbounded_channel();
    let (address, connections) = app(move |mut socket, number| {
        let told = told.clone();
        async move {
            head(&mut socket).await;
            match number {
                1 => say(&mut socket, long).await,
                2 => {
                    say(&mut socket, long).await;
                    rest(&mut socket).await;
                    told.send("closed").expect("heard");
                }
                // More than was asked for: the start of somebody else's answer.
                3 => {
                    say(&mut socket, &format!("{OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")).await;
                    rest(&mut socket).await;
                }
                _ => say(&mut socket, OK).await,
            }
        }
    })
    .await;
    let gateway = Gateway::before(&[address]).await;
    assert_eq!(body_of(&gateway.ask(GET).await), "half");

    let mut browser = gateway.connect().await;
    say(&mut browser, GET).await;
    until(&mut browser, "half").await;
    drop(browser);
    assert_eq!(heard.recv().await, Some("closed"));

    for _ in 0..2 {
        let seen = gateway.ask(GET).await;
        assert!(seen.ends_with("\r\n\r\nok"), "{seen}");
    }
    assert_eq!(connections.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn an_idle_connection_is_closed_before_the_application_would() {
    let (told, mut heard) = mpsc::unbounded_channel();
    let (address, _) = app(move |mut socket, _| {
        let told = told.clone();
        async move {
            head(&mut socket).await;
            say(&mut socket, OK).await;
            rest(&mut socket).await;
            told.send("closed").expect("heard");
        }
    })
    .await;
    let gateway = Gateway::before(&[address]).await;
    gateway.ask(GET).await;
    gateway.pass_time(3);
    gateway.tick();
    assert!(heard.try_recv().is_err());
    gateway.pass_time(1);
    gateway.tick();
    assert_eq!(heard.recv().await, Some("closed"));
}

#[tokio::test]
async fn several_upstreams_take_turns_and_a_dead_one_is_passed_over() {
    let (one, ones) = app(|socket, _| answer_all(socket, OK)).await;
    let (two, twos) = app(|socket, _| answer_all(socket, OK)).await;
    // A port that is taken, and nobody listens.
    let taken = TcpSocket::new_v4().expect("a socket");
    taken.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let dead = taken.local_addr().expect("an address");
    let gateway = Gateway::before(&[one, dead, two]).await;
    for _ in 0..9 {
        assert!(gateway.ask(GET).await.ends_with("ok"));
    }
    assert_eq!((ones.load(Ordering::Relaxed), twos.load(Ordering::Relaxed)), (1, 1));

    let nobody = Gateway::before(&[dead]).await;
    assert!(nobody.ask(GET).await.contains("reason: upstream-unreachable"));
    let none = Gateway::before(&[]).await;
    assert!(none.ask(GET).await.contains("reason: upstream-unreachable"));
    let upstream = Upstream::parse(&format!("https://{one}")).expect("an upstream");
    let untrusted = Gateway::with(&UpstreamSettings::new(vec![upstream])).await;
    assert!(untrusted.ask(GET).await.contains("reason: upstream-unreachable"));
}

#[tokio::test]
async fn an_application_that_gives_no_proper_answer_has_a_reason() {
    for (answer, reason) in [
        ("", "upstream-timeout"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "upstream-timeout"),
        ("nonsense\r\n\r\n", "upstream-protocol"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "upstream-protocol"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "upstream-protocol"),
    ] {
        let (address, connections) = app(move |mut socket, _| async move {
            head(&mut socket).await;
            say(&mut socket, answer).await;
            rest(&mut socket).await;
        })
        .await;
        let upstream = Upstream::parse(&format!("http://{address}")).expect("an upstream");
        let settings =
            UpstreamSettings { response_timeout: Duration::from_millis(20), ..UpstreamSettings::new(vec![upstream]) };
        let gateway = Gateway::with(&settings).await;
        for asked in 1..=2 {
            let seen = gateway.ask(GET).await;
            assert!(seen.contains(&format!("reason: {reason}")), "{answer}{seen}");
            assert_eq!(connections.load(Ordering::Relaxed), asked, "a connection with a past was used");
        }
    }
}

#[tokio::test]
async fn an_upload_may_take_longer_than_the_answer() {
    let (told, mut heard) = mpsc::unbounded_channel();
    let (address, _) = app(move |mut socket, _| {
        let told = told.clone();
        async move {
            head(&mut socket).await;
            while until(&mut socket, "\r\n").await != "0\r\n" {
                told.send(()).expect("heard");
            }
            say(&mut socket, OK).await;
            rest(&mut socket).await;
        }
    })
    .await;
    let upstream = Upstream::parse(&format!("http://{address}")).expect("an upstream");
    let limit = Duration::from_millis(50);
    let gateway =
        Gateway::with(&UpstreamSettings { response_timeout: limit, ..UpstreamSettings::new(vec![upstream]) }).await;
    let mut browser = gateway.connect().await;
    say(&mut browser, "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let upload = async {
        loop {
            say(&mut browser, "1\r\nx\r\n").await;
            heard.recv().await.expect("the length");
            heard.recv().await.expect("the byte");
        }
    };
    assert!(tokio::time::timeout(4 * limit, upload).await.is_err());
    say(&mut browser, "0\r\n\r\n").await;
    assert!(until(&mut browser, "\r\n\r\nok").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_https_upstream_must_prove_who_it_is() {
    let issued = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(issued.signing_key.serialize_der()).expect("a key");
    let certificate = issued.cert.der().clone();
    let mut server = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("a server");
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
    let (address, connections) = app(move |socket, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut socket) = acceptor.accept(socket).await else { return };
            assert_eq!(socket.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
            let mut bytes = Vec::new();
            while let Ok(byte) = socket.read_u8().await {
                bytes.push(byte);
                if bytes.ends_with(b"\r\n\r\n") {
                    socket.write_all(OK.as_bytes()).await.expect("sent");
                }
            }
        }
    })
    .await;
    let mut trusted = rustls::RootCertStore::empty();
    trusted.add(certificate).expect("a root");
    let upstream = Upstream::parse(&format!("https://{address}")).expect("an upstream");
    for (roots, end) in [(trusted, "\r\n\r\nok"), (rustls::RootCertStore::empty(), "\r\n\r\n")] {
        let trust = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let settings = UpstreamSettings { tls: Some(Arc::new(trust)), ..UpstreamSettings::new(vec![upstream.clone()]) };
        let gateway = Gateway::with(&settings).await;
        for _ in 0..3 {
            let seen = gateway.ask(GET).await;
            assert!(seen.ends_with(end), "{seen}");
            assert_eq!(seen.contains("reason: upstream-unreachable"), end == "\r\n\r\n", "{seen}");
        }
    }
    assert_eq!(connections.load(Ordering::Relaxed), 4, "one that was used again, three that were refused");
}

#[tokio::test]
async fn a_request_that_breaks_off_is_the_browsers_fault() {
    let (address, _) = app(|mut socket, _| async move { drop(rest(&mut socket).await) }).await;
    let gateway = Gateway::before(&[address]).await;
    let broken = "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n";
    assert!(gateway.ask(broken).await.contains("reason: request-incomplete"));
}

fn upgrade(protocol: &str, fields: &str) -> String {
    format!(
        "GET /socket HTTP/1.1\r\nHost: app.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: {protocol}\r\n{fields}\r\n"
    )
}

#[tokio::test]
async fn cve_g01_h12_a_websocket_of_the_sites_own_page_is_tunnelled() {
    for origin in ["https://app.example", "https://friend.example"] {
        let (address, _) = app(|mut socket, _| async move {
            let head = head(&mut socket).await;
            for field in ["connection: Upgrade", "upgrade: websocket", "x-forwarded-user: subject-1"] {
                assert!(head.contains(&format!("\r\n{field}\r\n")), "{head}");
            }
            assert!(!head.contains("admin"), "{head}");
            say(
                &mut socket,
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst",
            )
            .await;
            assert_eq!(until(&mut socket, "too soon").await, "too soon");
            assert_eq!(until(&mut socket, "hello").await, "hello");
            say(&mut socket, "world").await;
            rest(&mut socket).await;
        })
        .await;
        let gateway = Gateway::before(&[address]).await;
        let mut browser = gateway.connect().await;
        let fields = format!("Origin: {origin}\r\nx_forwarded_user: admin\r\n");
        say(&mut browser, &format!("{}too soon", upgrade("websocket", &fields))).await;
        let head = head(&mut browser).await;
        assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("upgrade: websocket\r\n"), "{head}");
        assert_eq!(until(&mut browser, "first").await, "first");
        say(&mut browser, "hello").await;
        assert_eq!(until(&mut browser, "world").await, "world");
        gateway.stop.send(true).expect("a tunnel");
        assert_eq!(rest(&mut browser).await, "");
    }
}

#[tokio::test]
async fn cve_g01_nothing_follows_an_upgrade_that_was_not_granted() {
    let (told, mut heard) = mpsc::unbounded_channel();
    let (address, connections) = app(move |mut socket, _| {
        let told = told.clone();
        async move {
            let request = head(&mut socket).await;
            say(&mut socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").await;
            told.send((request, rest(&mut socket).await)).expect("heard");
        }
    })
    .await;
    let gateway = Gateway::before(&[address]).await;
    let mut browser = gateway.connect().await;
    let request = upgrade("websocket", "Origin: https://app.example\r\n");
    say(&mut browser, &format!("{request}{GET}")).await;
    assert!(until(&mut browser, "no").await.starts_with("HTTP/1.1 403"));
    let (granted, after) = heard.recv().await.expect("the connection ended");
    assert!(granted.contains("upgrade: websocket"), "{granted}");
    assert_eq!(after, "");
    // What followed was a request of its own, over a connection of its own.
    assert!(until(&mut browser, "no").await.starts_with("HTTP/1.1 403"));
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn cve_h12_an_upgrade_for_another_origins_page_never_arrives() {
    let (address, connections) = app(|socket, _| answer_all(socket, OK)).await;
    let gateway = Gateway::before(&[address]).await;
    for fields in [
        "",
        "Origin: null\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: http://app.example\r\n",
        "Origin: https://app.example.evil.example\r\n",
        "Origin: https://app.example\r\nOrigin: https://evil.example\r\n",
    ] {
        let request = upgrade("websocket", fields).replace("keep-alive", "close");
        let answer = gateway.ask(&request).await;
        assert!(answer.contains("reason: upgrade-foreign-origin"), "{fields}{answer}");
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn cve_g06_what_is_no_proper_upgrade_is_an_ordinary_request() {
    let own = "Origin: https://app.example\r\n";
    let websocket = upgrade("websocket", own);
    for request in [
        upgrade("h2c", own),
        upgrade("H2C", "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
        upgrade("websocket, h2c", own),
        upgrade("HTTP/2.0", own),
        upgrade("TLS/1.0", own),
        upgrade("websocket", &format!("Upgrade: h2c\r\n{own}")),
        upgrade("websocket", &format!("Content-Length: 2\r\n{own}")) + "hi",
        websocket.replace("keep-alive, Upgrade", "keep-alive"),
        websocket.replace("HTTP/1.1", "HTTP/1.0"),
    ] {
        let (address, _) = app(|mut socket, _| async move {
            let head = head(&mut socket).await;
            let clean = !head.contains("upgrade") && !head.contains("http2") && head.contains(" HTTP/1.1\r\n");
            say(&mut socket, if clean { OK } else { "HTTP/1.1 500 Wrong\r\nContent-Length: 0\r\n\r\n" }).await;
            rest(&mut socket).await;
        })
        .await;
        let gateway = Gateway::before(&[address]).await;
        let mut browser = gateway.connect().await;
        say(&mut browser, &request).await;
        let answer = until(&mut browser, "\r\n\r\nok").await;
        assert!(answer.contains(" 200 OK\r\n"), "{request}{answer}");
    }
}
