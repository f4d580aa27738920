//! What the application receives and what the client receives, byte by byte on real sockets.

use crate::proxy::settings::{Upstream, UpstreamSettings};
use crate::proxy::testing::{GET, OK, TestGateway, app, body_of, read_head, read_to_end, read_until, write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
};

// Covers: CVE-A6, CVE-B1, CVE-H4.
#[tokio::test]
async fn the_application_reads_one_canonical_request() {
    let (events, mut received) = mpsc::unbounded_channel();
    let (address, _) = app(move |mut socket, _| {
        let events = events.clone();
        async move {
            events.send(read_head(&mut socket).await).expect("the test is receiving");
            write(&mut socket, OK).await;
        }
    })
    .await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    let answer = gateway
        .round_trip(
            "GET /public/%2e%2e/private?x=1 HTTP/1.1\r\nHost: APP.example.\r\nConnection: close, x-forwarded-user\r\n\
             x_forwarded_user: admin\r\nX-Forwarded-For: 1.2.3.4\r\nCookie: a=1; __Host-vestibule=secret; b=2\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && body_of(&answer) == "ok", "{answer}");
    assert!(answer.contains("cache-control: private\r\n"), "{answer}");
    let request = received.recv().await.expect("a request");
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
async fn bodies_are_streamed_in_both_directions() {
    let (address, _) = app(|mut socket, _| async move {
        read_head(&mut socket).await;
        // Each side waits for the other's last bytes before it continues, so the test hangs if the gateway buffers.
        assert_eq!(read_until(&mut socket, "3\r\none\r\n").await, "3\r\none\r\n");
        write(&mut socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\neins\r\n").await;
        assert_eq!(read_until(&mut socket, "3\r\ntwo\r\n").await, "3\r\ntwo\r\n");
        write(&mut socket, "4\r\nzwei\r\n0\r\n\r\n").await;
        read_to_end(&mut socket).await;
    })
    .await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    let mut browser = gateway.connect().await;
    write(&mut browser, "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n").await;
    assert!(read_head(&mut browser).await.starts_with("HTTP/1.1 200"));
    assert_eq!(read_until(&mut browser, "eins\r\n").await, "4\r\neins\r\n");
    write(&mut browser, "3\r\ntwo\r\n").await;
    assert_eq!(read_until(&mut browser, "0\r\n\r\n").await, "4\r\nzwei\r\n0\r\n\r\n");
}

#[tokio::test]
async fn trailers_are_dropped_in_both_directions() {
    for method in ["POST", "GET"] {
        let (address, _) = app(|mut socket, _| async move {
            let head = read_head(&mut socket).await;
            assert!(head.contains("transfer-encoding: chunked\r\n") && !head.contains("content-length"), "{head}");
            assert_eq!(read_until(&mut socket, "0\r\n\r\n").await, "2\r\nhi\r\n0\r\n\r\n");
            let answer = "HTTP/1.1 200 OK\r\nTrailer: Set-Cookie\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n";
            write(&mut socket, &format!("{answer}0\r\nSet-Cookie: vestibule=x\r\n\r\n")).await;
            read_to_end(&mut socket).await;
        })
        .await;
        let gateway = TestGateway::in_front_of(&[address]).await;
        let answer = gateway
            .round_trip(&format!(
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
async fn an_invalid_application_response_has_a_reason() {
    for (response, reason) in [
        ("", "upstream-timeout"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "upstream-timeout"),
        ("nonsense\r\n\r\n", "upstream-protocol"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "upstream-protocol"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "upstream-protocol"),
    ] {
        let (events, mut accepted) = mpsc::unbounded_channel();
        let (address, connections) = app(move |mut socket, _| {
            let events = events.clone();
            async move {
                events.send(()).expect("the test is receiving");
                read_head(&mut socket).await;
                write(&mut socket, response).await;
                read_to_end(&mut socket).await;
            }
        })
        .await;
        let upstream = Upstream::parse(&format!("http://{address}")).expect("an upstream");
        let mut settings = UpstreamSettings::new(vec![upstream]);
        // The application never completes these responses. The others need the full timeout on a busy machine.
        if reason == "upstream-timeout" {
            settings.response_timeout = Duration::from_millis(20);
        }
        let gateway = TestGateway::with(&settings).await;
        for requests in 1..=2 {
            let seen = gateway.round_trip(GET).await;
            assert!(seen.contains(&format!("reason: {reason}")), "{response}{seen}");
            accepted.recv().await.expect("a connection");
            assert_eq!(connections.load(Ordering::Relaxed), requests, "a connection was reused after a failure");
        }
    }
}

#[tokio::test]
async fn an_upload_may_exceed_the_response_timeout() {
    let (events, mut received) = mpsc::unbounded_channel();
    let (address, _) = app(move |mut socket, _| {
        let events = events.clone();
        async move {
            read_head(&mut socket).await;
            while read_until(&mut socket, "\r\n").await != "0\r\n" {
                events.send(()).expect("the test is receiving");
            }
            write(&mut socket, OK).await;
            read_to_end(&mut socket).await;
        }
    })
    .await;
    let upstream = Upstream::parse(&format!("http://{address}")).expect("an upstream");
    let limit = Duration::from_millis(250);
    let gateway =
        TestGateway::with(&UpstreamSettings { response_timeout: limit, ..UpstreamSettings::new(vec![upstream]) }).await;
    let mut browser = gateway.connect().await;
    write(&mut browser, "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    let upload = async {
        loop {
            write(&mut browser, "1\r\nx\r\n").await;
            received.recv().await.expect("the length");
            received.recv().await.expect("the byte");
        }
    };
    assert!(tokio::time::timeout(2 * limit, upload).await.is_err());
    write(&mut browser, "0\r\n\r\n").await;
    assert!(read_until(&mut browser, "\r\n\r\nok").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_https_upstream_needs_a_trusted_certificate() {
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
        let gateway = TestGateway::with(&settings).await;
        for _ in 0..3 {
            let seen = gateway.round_trip(GET).await;
            assert!(seen.ends_with(end), "{seen}");
            assert_eq!(seen.contains("reason: upstream-unreachable"), end == "\r\n\r\n", "{seen}");
        }
    }
    assert_eq!(connections.load(Ordering::Relaxed), 4, "one reused connection, three with an untrusted certificate");
}

#[tokio::test]
async fn an_incomplete_request_is_not_an_upstream_error() {
    let (address, _) = app(|mut socket, _| async move { drop(read_to_end(&mut socket).await) }).await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    let broken = "POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n";
    assert!(gateway.round_trip(broken).await.contains("reason: request-incomplete"));
}
