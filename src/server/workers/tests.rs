//! Workers start together and drain: open requests finish, new connections are refused.

use std::{
    io::{Read, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::Request;
use http_body_util::Empty;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::server::{
    acceptor::serve,
    listener::bind,
    settings::{Limits, ListenSettings},
    shutdown::{Shutdown, ShutdownSettings},
    tests::{RawClient, Recorder, connections, get, last_get, start, start_with},
    workers::{RunError, WorkerCallbacks, run},
};

fn local() -> ListenSettings {
    ListenSettings { addresses: vec![SocketAddr::from(([127, 0, 0, 1], 0)); 2], tls: None }
}

async fn until_refused(address: SocketAddr) {
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn shutdown_finishes_requests_and_refuses_new_ones() {
    let server = start(Limits::default()).await;
    let (mut busy, mut idle) = (server.connect().await, server.connect().await);
    busy.send(get("/wait")).await;
    idle.send(get("/idle")).await;
    idle.read_until("in the clear").await;
    server.recorder.started.acquire().await.unwrap().forget();

    server.shutdown.token().cancel();
    until_refused(server.address).await;
    server.recorder.release.add_permits(1);
    let answer = busy.read_to_close().await;
    assert!(answer.contains("connection: close") && answer.ends_with("waited"), "{answer}");
    assert_eq!(idle.read_to_close().await, "");
    server.ended.await.unwrap();
}

/// An idle time that does not end during a test.
fn patient() -> ShutdownSettings {
    ShutdownSettings {
        idle: Duration::from_secs(1000),
        drain: Duration::from_secs(1000),
        ..ShutdownSettings::default()
    }
}

/// An idle time that ends soon.
fn brief() -> ShutdownSettings {
    ShutdownSettings { idle: Duration::from_millis(50), ..ShutdownSettings::default() }
}

#[tokio::test]
async fn a_kept_connection_gets_one_more_response() {
    let server = start_with(connections(Limits::default()), patient()).await;
    let (mut kept, mut new) = (server.connect().await, server.connect().await);
    kept.send(get("/first")).await;
    assert!(!kept.read_until("in the clear").await.contains("connection:"));
    server.shutdown.token().cancel();
    until_refused(server.address).await;
    for client in [&mut kept, &mut new] {
        client.send(get("/last") + &get("/too-late")).await;
        client.0.shutdown().await.unwrap();
        let answer = client.read_to_close().await;
        assert_eq!(answer.matches("200 OK").count(), 1, "{answer}");
        assert!(answer.contains("connection: close") && answer.ends_with("in the clear"), "{answer}");
    }
    server.ended.await.unwrap();
    assert_eq!(server.recorder.seen(), ["GET /first", "GET /last", "GET /last"]);
}

#[tokio::test]
async fn a_connection_is_idle_after_its_response() {
    let server = start_with(connections(Limits::default()), brief()).await;
    let (mut busy, mut idle) = (server.connect().await, server.connect().await);
    busy.send(get("/wait")).await;
    server.recorder.started.acquire().await.unwrap().forget();
    let mut half = server.connect().await;
    half.send("POST /half HTTP/1.1\r\nHost: a\r\nContent-Le").await;
    idle.send(get("/idle")).await;
    idle.read_until("in the clear").await;
    server.shutdown.token().cancel();
    assert_eq!(idle.read_to_close().await, "", "nothing arrived in the idle time");
    server.recorder.release.add_permits(1);
    assert!(busy.read_to_close().await.ends_with("waited"), "a response is owed");
    half.send("ngth: 3\r\n\r\nabc").await;
    assert!(half.read_to_close().await.contains("connection: close"), "a request is under way");
    server.ended.await.unwrap();
}

#[tokio::test]
async fn silent_connections_do_not_delay_the_shutdown() {
    let server =
        start_with(connections(Limits::default()), ShutdownSettings { idle: Duration::ZERO, ..patient() }).await;
    let mut clients = Vec::new();
    for start in ["", "PRI * HTTP/2.0\r\n"] {
        let mut client = server.connect().await;
        client.send(start).await;
        clients.push(client);
    }
    server.shutdown.token().cancel();
    server.ended.await.unwrap();
}

#[tokio::test]
async fn a_stream_that_crosses_the_first_goaway_is_served() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    // `GET http://a/` on stream 1, then the acknowledgement of the server's PING, which follows its first GOAWAY.
    const GET: &[u8] = &[0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, b'a'];
    let server = start_with(connections(Limits::default()), patient()).await;
    let mut client = server.connect().await;
    client.send(PREFACE).await;
    let mut ping = None;
    let mut last_streams = Vec::new();
    server.shutdown.token().cancel();
    while let Ok((kind, flags, payload)) = frame(&mut client).await {
        match (kind, flags) {
            (6, 0) => {
                client.send(GET).await;
                ping = Some(payload);
            }
            (7, _) => last_streams.push(u32::from_be_bytes(payload[..4].try_into().unwrap())),
            // The response: only now does the server learn that no older request is under way.
            (1, _) => client.send([&[0, 0, 8, 6, 1, 0, 0, 0, 0], &*ping.take().unwrap()].concat()).await,
            _ => {}
        }
    }
    assert_eq!(last_streams, [0x7fff_ffff, 1], "RFC 9113 section 6.8");
    assert_eq!(server.recorder.seen(), ["GET /"]);
    server.ended.await.unwrap();
}

/// Reads an HTTP/2 frame: its type, flags and payload.
async fn frame(client: &mut RawClient) -> std::io::Result<(u8, u8, Vec<u8>)> {
    let mut head = [0; 9];
    client.0.read_exact(&mut head).await?;
    let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    client.0.read_exact(&mut payload).await?;
    Ok((head[3], head[4], payload))
}

#[tokio::test]
async fn stop_finishes_http2_streams() {
    let server = start(Limits::default()).await;
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(server.connect().await.0)).await.unwrap();
    let connection = tokio::spawn(connection);
    let answer = client.send_request(Request::get("http://a/wait").body(Empty::<bytes::Bytes>::new()).unwrap());
    server.recorder.started.acquire().await.unwrap().forget();
    server.shutdown.token().cancel();
    until_refused(server.address).await;
    server.recorder.release.add_permits(1);
    assert_eq!(answer.await.unwrap().status(), 200);
    connection.await.unwrap().unwrap();
    server.ended.await.unwrap();
}

#[tokio::test]
async fn connections_in_the_backlog_are_served_at_shutdown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (recorder, shutdown) = (Recorder::new(), Shutdown::new(ShutdownSettings::default()));
    let mut clients: Vec<_> =
        (0..5).map(|_| std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap()).collect();
    for client in &mut clients {
        client.write_all(get("/queued").as_bytes()).unwrap();
    }
    shutdown.token().cancel();
    let service = recorder.clone();
    serve(listener, connections(Limits::default()), shutdown, move |peer| service.service(peer)).await;
    for client in &mut clients {
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    assert_eq!(recorder.seen().len(), 5);
}

#[tokio::test]
async fn the_drain_time_is_limited() {
    let server = start_with(
        connections(Limits::default()),
        ShutdownSettings { drain: Duration::from_millis(200), ..ShutdownSettings::default() },
    )
    .await;
    let mut client = server.connect().await;
    client.send(get("/wait")).await;
    server.recorder.started.acquire().await.unwrap().forget();
    server.shutdown.token().cancel();
    server.ended.await.unwrap();
    assert_eq!(client.read_to_close().await, "");
}

#[tokio::test]
async fn the_drain_waits_for_tunnels() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n").await;
    client.read_until("\r\n\r\n").await;
    server.shutdown.token().cancel();
    until_refused(server.address).await;
    client.send("still here").await;
    client.read_until("still here").await;
    assert!(!server.ended.is_finished());
    drop(client);
    server.ended.await.unwrap();
}

#[tokio::test]
async fn workers_share_ports_and_stop_together() {
    let listeners = bind(&local(), 2).unwrap();
    let addresses = listeners.addresses();
    let (recorder, shutdown, ticks) =
        (Recorder::new(), Shutdown::new(ShutdownSettings::default()), Arc::new(AtomicUsize::new(0)));
    let (service, ticking) = (recorder.clone(), Arc::clone(&ticks));
    let workers = run(listeners, &connections(Limits::default()), &shutdown, move || {
        let (service, ticking) = (service.clone(), Arc::clone(&ticking));
        let tick = move || {
            ticking.fetch_add(1, Ordering::Relaxed);
        };
        WorkerCallbacks { make_service: move |peer| service.service(peer), tick }
    })
    .unwrap();
    for address in addresses.iter().cycle().take(20) {
        let mut client = RawClient(TcpStream::connect(address).await.unwrap());
        client.send(last_get("/")).await;
        assert!(client.read_to_close().await.starts_with("HTTP/1.1 200 OK"));
    }
    shutdown.token().cancel();
    workers.join().await.unwrap();
    for address in addresses {
        until_refused(address).await;
    }
    assert_eq!(recorder.seen().len(), 20);
    assert!(ticks.load(Ordering::Relaxed) >= 4, "each worker ticks at its beginning and at its end");
}

#[tokio::test]
async fn a_worker_that_panics_ends_the_join_at_once() {
    let first = Arc::new(AtomicBool::new(true));
    let workers = run(
        bind(&local(), 2).unwrap(),
        &connections(Limits::default()),
        &Shutdown::new(ShutdownSettings::default()),
        move || {
            assert!(!first.swap(false, Ordering::Relaxed), "the first worker panics");
            let recorder = Recorder::new();
            WorkerCallbacks { make_service: move |peer| recorder.service(peer), tick: || {} }
        },
    )
    .unwrap();
    assert!(matches!(workers.join().await, Err(RunError::Panicked { .. })));
}
