//! The limits of connections: what is closed for a new connection, and what is never closed.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{io::AsyncWriteExt, net::TcpSocket};

use super::Connections;
use crate::{
    server::{
        settings::Limits,
        shutdown::ShutdownSettings,
        tests::{RawClient, Server, get, last_get, start, start_with},
    },
    telemetry::Metrics,
};

fn at_most(connections: u32) -> Limits {
    Limits { connections: Some(connections), ..Limits::default() }
}

fn at_most_for_a_client(connections: u32) -> Limits {
    Limits { connections_per_client: Some(connections), ..at_most(100) }
}

/// A client that was served, and keeps its connection.
async fn served(server: &Server) -> RawClient {
    let mut client = server.connect().await;
    is_served(&mut client).await;
    client
}

async fn is_served(client: &mut RawClient) {
    client.send(get("/")).await;
    client.read_until("in the clear").await;
}

/// A client whose request is in progress.
async fn busy(server: &Server) -> RawClient {
    let mut client = server.connect().await;
    client.send(get("/wait")).await;
    server.recorder.started.acquire().await.unwrap().forget();
    client
}

async fn from_address(server: &Server, address: [u8; 4]) -> RawClient {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((address, 0))).unwrap();
    RawClient(socket.connect(server.address).await.unwrap())
}

// Covers: CVE-G20.
#[tokio::test]
async fn idle_connections_make_room_for_a_new_one() {
    let server = start(at_most(20)).await;
    let mut busy = busy(&server).await;
    let mut kept = served(&server).await;
    let mut unused = Vec::new();
    for _ in 0..100 {
        unused.push(server.connect().await);
    }
    let mut half = server.connect().await;
    half.send("GET / HTTP/1.1\r\nHos").await;
    is_served(&mut kept).await;
    for _ in 0..20 {
        served(&server).await;
    }
    server.recorder.release.add_permits(1);
    busy.read_until("waited").await;
    is_served(&mut busy).await;
    for client in &mut unused[..80] {
        assert_eq!(client.read_to_close().await, "", "the oldest are closed");
    }
}

#[tokio::test]
async fn a_connection_that_was_never_used_is_closed_before_one_that_was() {
    let server = start(at_most(10)).await;
    let mut kept = Vec::new();
    for _ in 0..9 {
        kept.push(served(&server).await);
    }
    let mut unused = server.connect().await;
    served(&server).await;
    assert_eq!(unused.read_to_close().await, "");
    for client in &mut kept {
        is_served(client).await;
    }
}

#[tokio::test]
async fn a_new_connection_waits_until_one_is_idle() {
    let server = start(at_most(10)).await;
    let mut all = Vec::new();
    for _ in 0..10 {
        all.push(busy(&server).await);
    }
    let mut late = server.connect().await;
    late.send(get("/late")).await;
    server.recorder.release.add_permits(1);
    late.read_until("in the clear").await;
    assert_eq!(server.recorder.seen().last().unwrap(), "GET /late");
    server.recorder.release.add_permits(9);
    for client in &mut all {
        client.read_until("waited").await;
    }
}

#[tokio::test]
async fn idle_http2_connections_make_room_with_goaway() {
    let server = start(at_most(10)).await;
    let mut connections = Vec::new();
    for _ in 0..10 {
        let io = TokioIo::new(server.connect().await.0);
        let (mut client, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = Request::get("http://a/").body(Empty::<Bytes>::new()).unwrap();
        client.send_request(request).await.unwrap();
        connections.push((client, connection));
    }
    for _ in 0..10 {
        served(&server).await;
    }
    let (_client, oldest) = connections.remove(0);
    oldest.await.unwrap().expect("an end without an error");
}

#[tokio::test]
async fn an_http2_connection_with_a_stream_is_not_closed() {
    let server = start(at_most(10)).await;
    let io = TokioIo::new(server.connect().await.0);
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    let answer = client.send_request(Request::get("http://a/wait").body(Empty::<Bytes>::new()).unwrap());
    server.recorder.started.acquire().await.unwrap().forget();
    for _ in 0..50 {
        served(&server).await;
    }
    server.recorder.release.add_permits(1);
    assert_eq!(answer.await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_tunnel_is_not_closed() {
    let server = start(at_most(10)).await;
    let mut tunnel = server.connect().await;
    tunnel.send("GET /tunnel HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n").await;
    tunnel.read_until("\r\n\r\n").await;
    for _ in 0..50 {
        served(&server).await;
    }
    tunnel.send("still here").await;
    tunnel.read_until("still here").await;
}

// Covers: CVE-G21.
#[tokio::test]
async fn one_client_has_a_budget_of_connections() {
    let metrics = Arc::<Metrics>::default();
    let proxy = |address: std::net::IpAddr| address == std::net::IpAddr::from([127, 0, 0, 9]);
    let server = start_with(
        Connections::new(at_most_for_a_client(10), proxy, Arc::clone(&metrics)),
        ShutdownSettings::default(),
    )
    .await;
    let mut all = Vec::new();
    for _ in 0..10 {
        all.push(busy(&server).await);
    }
    assert_eq!(server.connect().await.read_to_close().await, "", "refused");
    assert_eq!(metrics.connections_refused.value(), 1);
    let mut other = from_address(&server, [127, 0, 0, 2]).await;
    is_served(&mut other).await;
    let mut of_proxy = Vec::new();
    for _ in 0..20 {
        let mut client = from_address(&server, [127, 0, 0, 9]).await;
        is_served(&mut client).await;
        of_proxy.push(client);
    }
    server.recorder.release.add_permits(10);
    for client in &mut all {
        client.read_until("waited").await;
    }
    while metrics.connections_shed.value() == 0 {
        // Refused until an idle connection is looked for again.
        let mut client = server.connect().await;
        drop(client.0.write_all(last_get("/").as_bytes()).await);
        client.read_to_close().await;
    }
    served(&server).await;
    for client in &mut of_proxy {
        is_served(client).await;
    }
}

#[tokio::test]
async fn a_head_and_an_idle_connection_have_times_of_their_own() {
    for (header_ms, idle_ms, closes_idle) in [(100, 60_000, false), (60_000, 100, true)] {
        let [header_timeout, idle_timeout] = [header_ms, idle_ms].map(Duration::from_millis);
        let server = start(Limits { header_timeout, idle_timeout, ..Limits::default() }).await;
        let (mut idle, mut unused) = (served(&server).await, server.connect().await);
        let (mut begun, mut begun_later) = (server.connect().await, served(&server).await);
        begun.send("GET / HTTP/1.1\r\nHos").await;
        begun_later.send("GET / HTTP/1.1\r\nHos").await;
        let closed = if closes_idle { [&mut idle, &mut unused] } else { [&mut begun, &mut begun_later] };
        for client in closed {
            assert_eq!(client.read_to_close().await, "");
        }
        if closes_idle {
            for client in [&mut begun, &mut begun_later] {
                client.send("t: a\r\n\r\n").await;
                client.read_until("in the clear").await;
            }
        } else {
            is_served(&mut idle).await;
            is_served(&mut unused).await;
        }
    }
}
