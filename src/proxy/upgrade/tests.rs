//! Which upgrade requests get a tunnel, and what is sent before the tunnel is open.

use crate::proxy::testing::{GET, OK, TestGateway, app, read_head, read_to_end, read_until, respond_to_all, write};
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

fn upgrade(protocol: &str, fields: &str) -> String {
    format!(
        "GET /socket HTTP/1.1\r\nHost: app.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: {protocol}\r\n{fields}\r\n"
    )
}

// Covers: CVE-G1, CVE-H12.
#[tokio::test]
async fn a_websocket_from_an_allowed_origin_is_tunnelled() {
    for origin in ["https://app.example", "https://friend.example"] {
        let (address, _) = app(|mut socket, _| async move {
            let head = read_head(&mut socket).await;
            for field in ["connection: Upgrade", "upgrade: websocket", "x-forwarded-user: subject-1"] {
                assert!(head.contains(&format!("\r\n{field}\r\n")), "{head}");
            }
            assert!(!head.contains("admin"), "{head}");
            write(
                &mut socket,
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst",
            )
            .await;
            assert_eq!(read_until(&mut socket, "too soon").await, "too soon");
            assert_eq!(read_until(&mut socket, "hello").await, "hello");
            write(&mut socket, "world").await;
            read_to_end(&mut socket).await;
        })
        .await;
        let gateway = TestGateway::in_front_of(&[address]).await;
        let mut browser = gateway.connect().await;
        let fields = format!("Origin: {origin}\r\nx_forwarded_user: admin\r\n");
        write(&mut browser, &format!("{}too soon", upgrade("websocket", &fields))).await;
        let head = read_head(&mut browser).await;
        assert!(head.starts_with("HTTP/1.1 101 ") && head.contains("upgrade: websocket\r\n"), "{head}");
        assert_eq!(read_until(&mut browser, "first").await, "first");
        write(&mut browser, "hello").await;
        assert_eq!(read_until(&mut browser, "world").await, "world");
        gateway.shutdown.cancel();
        assert_eq!(read_to_end(&mut browser).await, "");
    }
}

// Covers: CVE-G1.
#[tokio::test]
async fn no_bytes_follow_a_refused_upgrade() {
    let (events, mut received) = mpsc::unbounded_channel();
    let (address, connections) = app(move |mut socket, _| {
        let events = events.clone();
        async move {
            let request = read_head(&mut socket).await;
            write(&mut socket, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").await;
            events.send((request, read_to_end(&mut socket).await)).expect("the test is receiving");
        }
    })
    .await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    let mut browser = gateway.connect().await;
    let request = upgrade("websocket", "Origin: https://app.example\r\n");
    write(&mut browser, &format!("{request}{GET}")).await;
    assert!(read_until(&mut browser, "no").await.starts_with("HTTP/1.1 403"));
    let (granted, after) = received.recv().await.expect("the connection ended");
    assert!(granted.contains("upgrade: websocket"), "{granted}");
    assert_eq!(after, "");
    // The bytes after the upgrade request were a second request, sent over a second connection.
    assert!(read_until(&mut browser, "no").await.starts_with("HTTP/1.1 403"));
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

// Covers: CVE-H12.
#[tokio::test]
async fn an_upgrade_from_a_foreign_origin_is_refused() {
    let (address, connections) = app(|socket, _| respond_to_all(socket, OK)).await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    for fields in [
        "",
        "Origin: null\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: http://app.example\r\n",
        "Origin: https://app.example.evil.example\r\n",
        "Origin: https://app.example\r\nOrigin: https://evil.example\r\n",
    ] {
        let request = upgrade("websocket", fields).replace("keep-alive", "close");
        let answer = gateway.round_trip(&request).await;
        assert!(answer.contains("reason: upgrade-foreign-origin"), "{fields}{answer}");
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

// Covers: CVE-G6.
#[tokio::test]
async fn an_invalid_upgrade_is_an_ordinary_request() {
    let origin = "Origin: https://app.example\r\n";
    let websocket = upgrade("websocket", origin);
    for request in [
        upgrade("h2c", origin),
        upgrade("H2C", "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
        upgrade("websocket, h2c", origin),
        upgrade("HTTP/2.0", origin),
        upgrade("TLS/1.0", origin),
        upgrade("websocket", &format!("Upgrade: h2c\r\n{origin}")),
        upgrade("websocket", &format!("Content-Length: 2\r\n{origin}")) + "hi",
        websocket.replace("keep-alive, Upgrade", "keep-alive"),
        websocket.replace("HTTP/1.1", "HTTP/1.0"),
    ] {
        let (address, _) = app(|mut socket, _| async move {
            let head = read_head(&mut socket).await;
            let clean = !head.contains("upgrade") && !head.contains("http2") && head.contains(" HTTP/1.1\r\n");
            write(&mut socket, if clean { OK } else { "HTTP/1.1 500 Wrong\r\nContent-Length: 0\r\n\r\n" }).await;
            read_to_end(&mut socket).await;
        })
        .await;
        let gateway = TestGateway::in_front_of(&[address]).await;
        let mut browser = gateway.connect().await;
        write(&mut browser, &request).await;
        let answer = read_until(&mut browser, "\r\n\r\nok").await;
        assert!(answer.contains(" 200 OK\r\n"), "{request}{answer}");
    }
}
