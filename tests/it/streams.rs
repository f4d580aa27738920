//! Bodies under way: clients that do not read or send, applications that are silent, sessions that end.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::interval,
};
use vestibule_harness::{browser::Call, raw};

use crate::world::{Setup, World, session_cookie_field, wait_until};

/// An application that serves one request per connection, and the number of connections that are open.
struct RawApp {
    address: SocketAddr,
    open: Arc<AtomicUsize>,
}

impl RawApp {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let app = Self { address: listener.local_addr().expect("an address"), open: Arc::default() };
        let open = Arc::clone(&app.open);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let open = Arc::clone(&open);
                open.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    serve(socket).await;
                    open.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        app
    }

    /// A gateway in front of this application, which anyone may use, with these lines of `[limits]` and of the route.
    async fn world(&self, limits: &str, route: &str) -> World {
        let lines = format!("[[route]]\nupstream = \"http://{}\"\nallow = \"anyone\"\n{route}\n", self.address);
        Setup::new().limits(limits).routes(&lines).start().await
    }

    async fn wait_for_open(&self, count: usize) {
        wait_until(|| self.open.load(Ordering::Relaxed) == count).await;
    }
}

/// `/endless` never ends, `/silent` stops after its first bytes, and all other requests are read to the end of the
/// connection.
async fn serve(mut socket: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let start = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    if text.contains("/endless") {
        let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
        let mut written = socket.write_all(start.as_bytes()).await;
        while written.is_ok() {
            written = socket.write_all(chunk.as_bytes()).await;
        }
        return;
    }
    if text.contains("/silent") {
        let _ = socket.write_all(format!("{start}5\r\nhello\r\n").as_bytes()).await;
    }
    if text.contains("/small") {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsmall").await;
        return;
    }
    while socket.read_u8().await.is_ok() {}
}

/// A connection whose receive buffer is small, so that it fills soon.
async fn narrow(world: &World) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a buffer");
    socket.connect(world.address()).await.expect("a connection")
}

async fn request(world: &World, line: &str, fields: &str) -> TcpStream {
    let mut socket = narrow(world).await;
    let head = format!("{line} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", world.authority());
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket
}

async fn http2_with_window(world: &World, window: u32) -> http2::SendRequest<Empty<Bytes>> {
    let socket = TcpStream::connect(world.address()).await.expect("a connection");
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(window);
    let (client, connection) = builder.handshake(TokioIo::new(socket)).await.expect("a connection");
    tokio::spawn(connection);
    client
}

async fn get(world: &World, client: &mut http2::SendRequest<Empty<Bytes>>, path: &str) -> Incoming {
    let request = Request::get(world.at(path)).body(Empty::new()).expect("a request");
    client.send_request(request).await.expect("a response").into_body()
}

// Covers: CVE-G11.
#[tokio::test]
async fn clients_that_do_not_read_free_the_application() {
    let app = RawApp::start().await;
    let world = app.world("send_timeout = \"1s\"", "").await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(request(&world, "GET /endless", "").await);
    }
    app.wait_for_open(3).await;
    app.wait_for_open(0).await;
    assert_eq!(world.metrics.slow_readers.value(), 3);
    for mut socket in sockets {
        let end = socket.read_to_end(&mut Vec::new()).await;
        assert!(end.is_err(), "the kernel holds no rest for a client that does not read");
    }
    let small = answer_of(request(&world, "GET /small", "").await).await;
    assert!(small.starts_with("HTTP/1.1 200 "), "{small}");
}

// Covers: CVE-G11.
#[tokio::test]
async fn clients_that_do_not_read_over_tls_free_the_application() {
    let app = RawApp::start().await;
    let lines = format!("[[route]]\nupstream = \"http://{}\"\nallow = \"anyone\"\n", app.address);
    let world = Setup::new().https().limits("send_timeout = \"1s\"").routes(&lines).start().await;
    let mut connections = Vec::new();
    for _ in 0..3 {
        let mut connection = raw::Connection::open_tls(world.address(), "127.0.0.1", &world.ca).await;
        let head = format!("GET /endless HTTP/1.1\r\nHost: {}\r\n\r\n", world.authority());
        connection.send(head.as_bytes()).await;
        connections.push(connection);
    }
    app.wait_for_open(3).await;
    app.wait_for_open(0).await;
    assert_eq!(world.metrics.slow_readers.value(), 3);
}

// Covers: CVE-G11.
#[tokio::test]
async fn a_stalled_stream_is_reset_and_its_connection_goes_on() {
    let app = RawApp::start().await;
    let world = app.world("send_timeout = \"1s\"", "").await;
    let mut client = http2_with_window(&world, 10).await;
    let mut stalled = Vec::new();
    for _ in 0..3 {
        stalled.push(get(&world, &mut client, "/endless").await);
    }
    app.wait_for_open(3).await;
    app.wait_for_open(0).await;
    let small = get(&world, &mut client, "/small").await.collect().await.expect("a complete response");
    assert_eq!(small.to_bytes(), "small", "the connection goes on");
    let mut first = stalled.remove(0);
    let end = loop {
        match first.frame().await {
            Some(Ok(_)) => {}
            end => break end,
        }
    };
    assert!(matches!(end, Some(Err(_))), "the client must detect the end: {end:?}");
}

// Covers: CVE-G11.
#[tokio::test]
async fn a_short_response_does_not_wait_for_a_window_for_ever() {
    let app = RawApp::start().await;
    let world = app.world("send_timeout = \"1s\"", "").await;
    let mut client = http2_with_window(&world, 0).await;
    for _ in 0..3 {
        let mut small = get(&world, &mut client, "/small").await;
        assert!(matches!(small.frame().await, Some(Err(_))), "the stream is reset");
    }
    assert_eq!(world.metrics.slow_readers.value(), 3);
}

#[tokio::test]
async fn an_upload_that_stops_or_trickles_is_refused() {
    let app = RawApp::start().await;
    for (name, limits, pause) in [
        ("stops", "body_timeout = \"1s\"", None),
        ("trickles", "min_rate = 100\nmin_rate_after = \"1s\"", Some(Duration::from_millis(100))),
    ] {
        let world = app.world(limits, "").await;
        for fields in ["Content-Length: 100000\r\n", "Transfer-Encoding: chunked\r\n"] {
            let socket = request(&world, "POST /upload", fields).await;
            let (mut reader, mut writer) = socket.into_split();
            writer.write_all(b"5\r\nhello\r\n").await.expect("sent");
            let sender = tokio::spawn(async move {
                let Some(pause) = pause else { return Some(writer) };
                let mut ticks = interval(pause);
                while writer.write_all(b"1\r\nx\r\n").await.is_ok() {
                    ticks.tick().await;
                }
                None
            });
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\n") {
                answer.push(reader.read_u8().await.unwrap_or_else(|error| panic!("{name} {fields}: {error}")));
            }
            assert_eq!(raw::status(&answer), 408, "{name} {fields}");
            app.wait_for_open(0).await;
            sender.abort();
        }
        assert_eq!(world.metrics.slow_requests.value(), 2, "{name}");
    }
}

#[tokio::test]
async fn silence_of_the_application_is_not_the_clients_fault() {
    let world =
        Setup::new().limits("send_timeout = \"1s\"\nbody_timeout = \"1s\"\nmin_rate_after = \"1s\"").start().await;
    let browser = world.signed_in().await;
    let mut events = browser.open(Call::fetch("GET", &world.at("/sse"), &[])).await;
    world.app.wait_for_listeners(1).await;
    world.app.emit("first");
    assert_eq!(events.next_text().await, "data: first\n\n");
    // Another client does not read. When it is cut off, the limits have passed for this one, too.
    let _unread =
        request(&world, "GET /large?bytes=100000000", &format!("{}\r\n", session_cookie_field(&browser))).await;
    wait_until(|| world.metrics.slow_readers.value() == 1).await;
    world.app.emit("second");
    assert_eq!(events.next_text().await, "data: second\n\n");
    assert_eq!(world.metrics.slow_readers.value(), 1);
}

#[tokio::test]
async fn a_silent_application_ends_the_response() {
    let app = RawApp::start().await;
    let world = app.world("", "response_idle_timeout = \"1s\"").await;
    let mut socket = request(&world, "GET /silent", "").await;
    let mut answer = Vec::new();
    let _closed = socket.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer);
    assert!(text.contains("hello") && !text.ends_with("0\r\n\r\n"), "the client must detect the truncation: {text}");
    app.wait_for_open(0).await;
    assert_eq!(world.metrics.silent_responses.value(), 1);
}

#[tokio::test]
async fn memory_pressure_sheds_the_slowest() {
    let app = RawApp::start().await;
    for budget in ["memory = 300000\nmemory_per_client = 300000", "memory_per_client = 300000"] {
        let world = app.world(budget, "").await;
        let mut sockets = Vec::new();
        for _ in 0..8 {
            sockets.push(request(&world, "GET /endless", "").await);
        }
        wait_until(|| world.metrics.streams_shed.value() == 5).await;
        app.wait_for_open(3).await;
        assert_eq!(world.metrics.slow_readers.value(), 0);
        drop(sockets);
        app.wait_for_open(0).await;
    }
}

#[tokio::test]
async fn bodies_end_with_their_session() {
    let app = RawApp::start().await;
    let routes = format!(
        "[[route]]\nupstream = \"{{app}}\"\n[[route]]\npath = \"/raw\"\nupstream = \"http://{}\"\n",
        app.address
    );
    let world = Setup::new().routes(&routes).start().await;
    let browser = world.signed_in().await;
    let mut events = browser.open(Call::fetch("GET", &world.at("/sse"), &[])).await;
    let cookie = format!("{}\r\n", session_cookie_field(&browser));
    let mut download = request(&world, "GET /raw/endless", &cookie).await;
    let mut upload = request(&world, "POST /raw/upload", &format!("{cookie}Transfer-Encoding: chunked\r\n")).await;
    app.wait_for_open(2).await;
    // Both go on, so that only the end of the session can end them.
    tokio::spawn(async move { while download.read(&mut [0; 4096]).await.is_ok_and(|length| length > 0) {} });
    tokio::spawn(async move { while upload.write_all(b"5\r\nhello\r\n").await.is_ok() {} });
    let page = browser.navigate(world.at("/.auth/logout")).await;
    browser.submit(&page, 0, &[]).await;
    assert!(matches!(events.next().await, Some(Err(_)) | None), "she has signed out");
    app.wait_for_open(0).await;
    assert_eq!(world.metrics.streams_revoked.value(), 3);
}

#[tokio::test]
async fn a_body_above_the_limit_of_the_route_is_refused() {
    let app = RawApp::start().await;
    let world = app.world("", "max_body = 10").await;
    let at_once = request(&world, "POST /upload", "Content-Length: 11\r\n").await;
    assert!(answer_of(at_once).await.starts_with("HTTP/1.1 413 "));
    app.wait_for_open(0).await;
    let mut chunked = request(&world, "POST /upload", "Transfer-Encoding: chunked\r\n").await;
    chunked.write_all(b"8\r\n12345678\r\n3\r\n901\r\n").await.expect("sent");
    assert!(answer_of(chunked).await.starts_with("HTTP/1.1 413 "));
    app.wait_for_open(0).await;
    let mut client = http2_with_window(&world, 10).await;
    assert_eq!(get(&world, &mut client, "/small").await.collect().await.expect("a body").to_bytes(), "small");
}

async fn answer_of(mut socket: TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => answer.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A gateway that collects request bodies for the legacy application.
async fn collecting(limits: &str, route: &str) -> World {
    let lines = format!("[[route]]\nupstream = \"{{app}}\"\nallow = \"anyone\"\nrequest_body = \"buffer\"\n{route}\n");
    Setup::new().limits(limits).routes(&lines).start().await
}

#[tokio::test]
async fn a_collected_body_arrives_at_once_and_with_its_length() {
    let world = collecting("", "").await;
    let mut socket = request(&world, "POST /upload", "Transfer-Encoding: chunked\r\n").await;
    socket.write_all(b"8\r\n12345678\r\n").await.expect("sent");
    // A whole request of somebody else, after which the first half was surely read.
    let other = answer_of(request(&world, "GET /x", "").await).await;
    assert!(other.starts_with("HTTP/1.1 200 "), "{other}");
    assert_eq!(world.app.hits(), 1, "the application does not wait for the client");
    socket.write_all(b"3\r\n901\r\n0\r\n\r\n").await.expect("sent");
    assert!(answer_of(socket).await.starts_with("HTTP/1.1 200 "));
    let upload = world.app.last();
    assert_eq!((upload.header("content-length"), upload.header("transfer-encoding")), (Some("11"), None));
    let large = vec![b'x'; 300_000];
    let answer = world.browser().fetch("POST", &world.at("/upload"), &[], large).await;
    assert_eq!(answer.json()["bytes"], 300_000);
}

#[tokio::test]
async fn a_body_that_cannot_be_collected_is_refused() {
    for (name, limits, route, length, status) in [
        ("above the limit of the route", "", "request_body_buffer = 1000", 1001, 413),
        ("above the memory of a client", "memory_per_client = 131072", "", 131_073, 503),
        ("as large as allowed", "", "request_body_buffer = 1000", 1000, 200),
    ] {
        let world = collecting(limits, route).await;
        let body = "x".repeat(length);
        for (fields, body) in [
            (format!("Content-Length: {length}\r\n"), body.clone()),
            ("Transfer-Encoding: chunked\r\n".to_owned(), format!("{length:x}\r\n{body}\r\n0\r\n\r\n")),
        ] {
            let mut socket = request(&world, "POST /upload", &fields).await;
            // The refusal may come before the end of the body.
            let _ = socket.write_all(body.as_bytes()).await;
            let answer = answer_of(socket).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name} {fields}: {answer}");
        }
        assert_eq!(world.app.hits(), if status == 200 { 2 } else { 0 }, "{name}");
    }
}

#[tokio::test]
async fn slow_senders_do_not_occupy_the_application() {
    let world = collecting("body_timeout = \"1s\"", "max_connections = 1\nqueue = 0").await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut socket = request(&world, "POST /upload", "Content-Length: 100\r\n").await;
        socket.write_all(b"x").await.expect("sent");
        slow.push(socket);
    }
    assert!(answer_of(request(&world, "GET /x", "").await).await.starts_with("HTTP/1.1 200 "));
    for socket in slow {
        assert!(answer_of(socket).await.starts_with("HTTP/1.1 408 "));
    }
    assert_eq!(world.app.hits(), 1);
}
