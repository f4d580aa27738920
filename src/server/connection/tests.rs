//! HTTP/1.1 and HTTP/2 on one port, tunnels, the limits of a connection, and floods of frames (RFC 9113 §10.5).

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty};
use hyper::{
    client::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

use super::{http1_builder, http2_builder};
use crate::server::{
    settings::Limits,
    tests::{Server, get, last_get, start},
};

fn short() -> Limits {
    let moment = Duration::from_millis(200);
    Limits { header_timeout: moment, idle_timeout: moment, handshake_timeout: moment, ..Limits::default() }
}

fn request(path: &str) -> Request<Empty<Bytes>> {
    Request::get(path).header("host", "a").body(Empty::new()).unwrap()
}

#[tokio::test]
async fn one_port_serves_both_versions_over_persistent_connections() {
    let server = start(Limits::default()).await;

    let (mut one, connection) = http1::handshake(TokioIo::new(server.connect().await.0)).await.unwrap();
    tokio::spawn(connection);
    let (mut two, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(server.connect().await.0)).await.unwrap();
    tokio::spawn(connection);
    for _ in 0..3 {
        one.ready().await.unwrap();
        let answer = one.send_request(request("/one")).await.unwrap();
        assert_eq!((answer.version(), answer.status()), (Version::HTTP_11, StatusCode::OK));
        assert!(answer.headers().contains_key("date"));
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "in the clear");

        let answer = two.send_request(request("http://a/two")).await.unwrap();
        assert_eq!((answer.version(), answer.status()), (Version::HTTP_2, StatusCode::OK));
        assert!(answer.headers().contains_key("date"));
    }
    assert_eq!(server.recorder.seen(), ["GET /one", "GET /two"].repeat(3));
}

#[tokio::test]
async fn pipelined_requests_get_responses_in_order() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(get("/1") + &get("/2") + &last_get("/3")).await;
    assert_eq!(client.read_to_close().await.matches("200 OK").count(), 3);
    assert_eq!(server.recorder.seen(), ["GET /1", "GET /2", "GET /3"]);
}

// Covers: CVE-G6.
#[tokio::test]
async fn upgrade_to_h2c_is_never_honoured() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client
        .send("GET /plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n")
        .await;
    let answer = client.read_to_close().await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn an_upgraded_connection_is_a_tunnel() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nearly ").await;
    let head = client.read_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    client.send("and late").await;
    assert_eq!(client.read_until("late").await, "early and late");
}

// Covers: CVE-G17.
#[tokio::test]
async fn an_unfinished_request_head_closes_the_connection() {
    let server = start(short()).await;
    for (name, start) in [
        ("silent", ""),
        ("half a head", "GET / HTTP/1.1\r\nHos"),
        ("possible preface", "P"),
        ("incomplete preface", "PRI * HTTP/2.0\r\n"),
        ("preface and silence", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
    ] {
        let mut client = server.connect().await;
        client.send(start).await;
        client.read_to_close().await;
        assert!(server.recorder.seen().is_empty(), "{name}");
    }
    let mut client = server.connect().await;
    client.send(get("/first")).await;
    let all = client.read_to_close().await;
    assert!(all.starts_with("HTTP/1.1 200 OK"), "an idle connection is closed too: {all}");
}

#[tokio::test]
async fn an_idle_http2_connection_gets_goaway() {
    let server = start(short()).await;
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(server.connect().await.0)).await.unwrap();
    let connection = tokio::spawn(connection);
    let answer = client.send_request(request("http://a/once")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_slow_response_outlives_the_idle_limit_on_http2() {
    let server = start(short()).await;
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(server.connect().await.0)).await.unwrap();
    let mut connection = tokio::spawn(connection);
    let (slow, mut next) = (client.send_request(request("http://a/wait")), client.clone());
    let slow = tokio::spawn(slow);
    server.recorder.started.acquire().await.unwrap().forget();
    tokio::select! { _ = &mut connection => panic!("closed during a request"), () = tokio::time::sleep(4 * short().idle_timeout) => {} }
    next.send_request(request("http://a/more")).await.unwrap();
    server.recorder.release.add_permits(1);
    assert_eq!(slow.await.unwrap().unwrap().status(), StatusCode::OK);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_head_beyond_the_limits_is_refused() {
    let server = start(Limits { header_bytes: 16 * 1024, header_fields: 50, ..Limits::default() }).await;
    for (name, headers, status) in [
        ("as many lines as allowed", "a: b\r\n".repeat(48), "200 OK"),
        ("one line more", "a: b\r\n".repeat(49), "431 "),
        ("long enough", format!("a: {}\r\n", "b".repeat(15 * 1024)), "200 OK"),
        ("too long", format!("a: {}\r\n", "b".repeat(17 * 1024)), "431 "),
        ("endless", format!("a: {}\r\n", "b".repeat(200 * 1024)), "431 "),
    ] {
        let mut client = server.connect().await;
        // The server may refuse the request before it has read all of it, so writing may fail.
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
        drop(client.0.write_all(request.as_bytes()).await);
        let answer = client.read_to_close().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")) || (name == "endless" && answer.is_empty()),
            "{name}: {answer}"
        );
    }
}

// Covers: CVE-G8.
#[tokio::test]
async fn header_list_beyond_the_limit_is_refused_on_http2() {
    let server = start(Limits::default()).await;
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(server.connect().await.0)).await.unwrap();
    tokio::spawn(connection);
    let large = Request::get("http://a/").header("large", "b".repeat(40 * 1024)).body(Empty::<Bytes>::new()).unwrap();
    let refused = client.send_request(large).await;
    assert!(refused.as_ref().map_or(true, |answer| answer.status() == 431), "{refused:?}");
    assert!(server.recorder.seen().is_empty());
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits() {
    let server = start(Limits { connections: Some(1), ..Limits::default() }).await;
    let mut first = server.connect().await;
    first.send(last_get("/wait")).await;
    server.recorder.started.acquire().await.unwrap().forget();
    let mut second = server.connect().await;
    second.send(last_get("/second")).await;
    server.recorder.release.add_permits(1);
    assert!(first.read_to_close().await.ends_with("waited"));
    assert!(second.read_to_close().await.starts_with("HTTP/1.1 200 OK"));
    assert_eq!(server.recorder.seen(), ["GET /wait", "GET /wait ended", "GET /second"]);
}

#[tokio::test]
async fn the_test_frames_are_well_formed() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    let mut sent = [PREFACE, SETTINGS].concat();
    sent.extend(frame(HEADERS, END_STREAM | END_HEADERS, 1, GET));
    sent.extend(frame(HEADERS, END_HEADERS, 3, POST));
    sent.extend(frame(DATA, END_STREAM, 3, b"abc"));
    client.send(sent).await;
    client.read_until("in the clear").await;
    client.read_until("in the clear").await;
    assert_eq!(server.recorder.seen(), ["GET /", "POST / abc"]);
}

// Covers: CVE-G7.
#[tokio::test]
async fn rapid_reset_ends_the_connection() {
    let server = start(Limits::default()).await;
    let open_and_reset = (0..100_000).map(|number| {
        let stream = 2 * number + 1;
        let mut both = frame(HEADERS, END_STREAM | END_HEADERS, stream, GET);
        both.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        both
    });
    assert!(flood(&server, open_and_reset).await);
    serves_others(&server).await;
    assert!(server.recorder.seen().len() < 10_000, "{}", server.recorder.seen().len());
}

// Covers: CVE-G8.
#[tokio::test]
async fn endless_continuation_ends_the_connection() {
    let server = start(Limits::default()).await;
    let line = [&[0x00, 1, b'x', 120][..], &[b'y'; 120]].concat();
    let begin = frame(HEADERS, END_STREAM, 1, GET);
    let more = (0..100_000).map(|_| frame(CONTINUATION, 0, 1, &line));
    assert!(flood(&server, std::iter::once(begin).chain(more)).await);
    serves_others(&server).await;
    assert_eq!(server.recorder.seen(), ["GET /other"]);
}

// Covers: CVE-G10.
#[tokio::test]
async fn endless_empty_data_ends_the_connection() {
    let server = start(Limits::default()).await;
    let begin = frame(HEADERS, END_HEADERS, 1, POST);
    let more = (0..200_000).map(|_| frame(DATA, 0, 1, &[]));
    assert!(flood(&server, std::iter::once(begin).chain(more)).await);
    serves_others(&server).await;
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Sends `frames` until the server closes the connection. Returns whether it did before all frames were sent.
async fn flood(server: &Server, frames: impl Iterator<Item = Vec<u8>>) -> bool {
    let mut client = server.connect().await;
    client.send([PREFACE, SETTINGS].concat()).await;
    let (mut from, mut to) = client.0.split();
    let mut sink = tokio::io::sink();
    let reading = tokio::io::copy(&mut from, &mut sink);
    let writing = async {
        for frame in frames {
            if to.write_all(&frame).await.is_err() {
                return true;
            }
        }
        false
    };
    tokio::pin!(reading, writing);
    tokio::select! {
        _closed = &mut reading => true,
        refused = &mut writing => refused,
    }
}

async fn serves_others(server: &Server) {
    let mut client = server.connect().await;
    client.send(last_get("/other")).await;
    assert!(client.read_to_close().await.starts_with("HTTP/1.1 200 OK"));
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// `GET http://a/` in HPACK (RFC 7541 Appendix A), every field from the static table but the authority.
const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 1, b'a'];
const POST: &[u8] = &[0x83, 0x86, 0x84, 0x41, 1, b'a'];

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A body without an end, which counts the bytes that were taken from it.
struct Endless(Arc<AtomicUsize>);

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(FRAME, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; FRAME])))))
    }
}

const FRAME: usize = 16 * 1024;

async fn http1_client_that_does_not_read(mut socket: DuplexStream) {
    socket.write_all(get("/").as_bytes()).await.unwrap();
    std::future::pending::<()>().await;
}

async fn http2_client_with_zero_window(socket: DuplexStream) {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(0).initial_connection_window_size(1 << 20);
    let (mut client, connection) = builder.handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    let _unread = client.send_request(request("http://a/")).await.unwrap();
    std::future::pending::<()>().await;
}

// Covers: CVE-G11.
#[tokio::test]
async fn an_unread_response_is_buffered_up_to_a_limit() {
    let limits = Limits::default();
    for is_http2 in [false, true] {
        let ((client, server), taken) = (duplex(1024), Arc::new(AtomicUsize::new(0)));
        let body = Arc::clone(&taken);
        let service = service_fn(move |_| {
            let body = Endless(Arc::clone(&body));
            async move { Ok::<_, Infallible>(Response::new(body)) }
        });
        let io = TokioIo::new(server);
        if is_http2 {
            tokio::spawn(http2_builder(&limits).serve_connection(io, service));
            tokio::spawn(http2_client_with_zero_window(client));
        } else {
            tokio::spawn(http1_builder(&limits).serve_connection(io, service));
            tokio::spawn(http1_client_that_does_not_read(client));
        }
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        let taken = taken.load(Ordering::Relaxed);
        assert!((FRAME..=3 * FRAME + 1024).contains(&taken), "{is_http2}: {taken}");
    }
}
