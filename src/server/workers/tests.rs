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
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::server::{
    acceptor::serve,
    listener::bind,
    settings::{Limits, ListenSettings},
    tests::{RawClient, Recorder, connections, get, last_get, start},
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

    server.shutdown.cancel();
    until_refused(server.address).await;
    assert_eq!(idle.read_to_close().await, "");
    server.recorder.release.add_permits(1);
    let answer = busy.read_to_close().await;
    assert!(answer.contains("connection: close") && answer.ends_with("waited"), "{answer}");
    server.ended.await.unwrap();
}

#[tokio::test]
async fn stop_finishes_http2_streams() {
    let server = start(Limits::default()).await;
    let (mut client, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(server.connect().await.0)).await.unwrap();
    let connection = tokio::spawn(connection);
    let answer = client.send_request(Request::get("http://a/wait").body(Empty::<bytes::Bytes>::new()).unwrap());
    server.recorder.started.acquire().await.unwrap().forget();
    server.shutdown.cancel();
    until_refused(server.address).await;
    server.recorder.release.add_permits(1);
    assert_eq!(answer.await.unwrap().status(), 200);
    connection.await.unwrap().unwrap();
    server.ended.await.unwrap();
}

#[tokio::test]
async fn connections_in_the_backlog_are_served_at_shutdown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (recorder, shutdown) = (Recorder::new(), CancellationToken::new());
    let mut clients: Vec<_> =
        (0..5).map(|_| std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap()).collect();
    for client in &mut clients {
        client.write_all(get("/queued").as_bytes()).unwrap();
    }
    shutdown.cancel();
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
    let server = start(Limits { drain: Duration::from_millis(200), ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(get("/wait")).await;
    server.recorder.started.acquire().await.unwrap().forget();
    server.shutdown.cancel();
    server.ended.await.unwrap();
    assert_eq!(client.read_to_close().await, "");
}

#[tokio::test]
async fn the_drain_waits_for_tunnels() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n").await;
    client.read_until("\r\n\r\n").await;
    server.shutdown.cancel();
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
    let (recorder, shutdown, ticks) = (Recorder::new(), CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let (service, ticking) = (recorder.clone(), Arc::clone(&ticks));
    let workers = run(listeners, connections(Limits::default()), shutdown.clone(), move || {
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
    shutdown.cancel();
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
    let workers =
        run(bind(&local(), 2).unwrap(), connections(Limits::default()), CancellationToken::new(), move || {
            assert!(!first.swap(false, Ordering::Relaxed), "the first worker panics");
            let recorder = Recorder::new();
            WorkerCallbacks { make_service: move |peer| recorder.service(peer), tick: || {} }
        })
        .unwrap();
    assert!(matches!(workers.join().await, Err(RunError::Panicked { .. })));
}
