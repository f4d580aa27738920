//! Applications that end a message at another place than the gateway.

use crate::proxy::settings::{Upstream, UpstreamSettings};
use crate::proxy::testing::{GET, OK, TestGateway, app, body_of, read_head, read_to_end, respond_to_all, write};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::mpsc;

/// A request as a client would write it into a body, to be read as a request of another person.
const FORGED: &str = "GET /admin HTTP/1.1\r\nHost: app.example\r\nX-Forwarded-User: alice\r\n\r\n";

/// `method` with a body: with its length, in one chunk, or in no chunk but the last.
fn with_body(method: &str, framing: &str) -> String {
    let head = format!("{method} /x HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n");
    match framing {
        "length" => format!("{head}Content-Length: {}\r\n\r\n{FORGED}", FORGED.len()),
        "chunk" => format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{FORGED}\r\n0\r\n\r\n", FORGED.len()),
        _ => format!("{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    }
}

async fn gateway(address: std::net::SocketAddr, reuse_after_body: bool) -> TestGateway {
    let upstream = Upstream::parse(&format!("http://{address}")).expect("an upstream");
    TestGateway::with(&UpstreamSettings { reuse_after_body, ..UpstreamSettings::new(vec![upstream]) }).await
}

// Covers: L21.
#[tokio::test]
async fn an_ignored_body_is_no_second_request() {
    // A server that conforms reads no request after one that says `close` (RFC 9112 §9.6). It ignores every body.
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&heads);
    let (address, _) = app(move |mut socket, _| {
        let seen = Arc::clone(&seen);
        async move {
            loop {
                let head = read_head(&mut socket).await;
                if head.is_empty() {
                    return;
                }
                let is_last = head.contains("\r\nconnection: close\r\n");
                seen.lock().expect("no panic").push(head);
                write(&mut socket, OK).await;
                if is_last {
                    return;
                }
            }
        }
    })
    .await;
    for reuse_after_body in [false, true] {
        let gateway = gateway(address, reuse_after_body).await;
        let mut sent = 0;
        heads.lock().expect("no panic").clear();
        for method in
            ["GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH", "REPORT", "TRACE", "PROPFIND", "post"]
        {
            if reuse_after_body && matches!(method, "POST" | "PUT" | "PATCH") {
                continue;
            }
            for framing in ["length", "chunk", "empty"] {
                gateway.round_trip(&with_body(method, framing)).await;
                // The next person gets the response to her own request.
                assert!(gateway.round_trip(GET).await.ends_with("\r\n\r\nok"));
                sent += 2;
                let heads = heads.lock().expect("no panic");
                assert_eq!(heads.len(), sent, "{method} {framing}: {heads:#?}");
                assert!(!heads.iter().any(|head| head.contains("alice")), "{method} {framing}: {heads:#?}");
            }
        }
    }
}

// Covers: L21.
#[tokio::test]
async fn the_response_to_an_ignored_body_is_dropped() {
    // A server that does not conform answers the request in the body as well.
    let (address, connections) = app(|mut socket, _| async move {
        while !read_head(&mut socket).await.is_empty() {
            write(&mut socket, OK).await;
            read_head(&mut socket).await;
            write(&mut socket, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").await;
        }
    })
    .await;
    let gateway = gateway(address, false).await;
    for (at, method) in ["GET", "DELETE", "POST", "OPTIONS"].iter().enumerate() {
        for request in [&with_body(method, "length"), &with_body(method, "length")] {
            assert_eq!(body_of(&gateway.round_trip(request).await), "ok", "{method}");
        }
        assert_eq!(connections.load(Ordering::Relaxed), 2 * (at + 1), "{method}");
    }
}

#[tokio::test]
async fn a_connection_is_reused_after_a_body_where_the_operator_says_so() {
    for (method, reuse_after_body, expected) in [
        ("POST", true, 1),
        ("PUT", true, 1),
        ("PATCH", true, 1),
        ("DELETE", true, 3),
        ("GET", true, 3),
        ("POST", false, 3),
    ] {
        let (address, connections) = app(|mut socket, _| async move {
            while !read_head(&mut socket).await.is_empty() {
                let mut body = vec![0; FORGED.len()];
                tokio::io::AsyncReadExt::read_exact(&mut socket, &mut body).await.expect("a body");
                write(&mut socket, OK).await;
            }
        })
        .await;
        let gateway = gateway(address, reuse_after_body).await;
        for _ in 0..3 {
            assert_eq!(body_of(&gateway.round_trip(&with_body(method, "length")).await), "ok");
        }
        assert_eq!(connections.load(Ordering::Relaxed), expected, "{method} {reuse_after_body}");
    }
}

// Covers: L22.
#[tokio::test]
async fn a_stray_body_is_not_the_next_response() {
    let head = GET.replace("GET", "HEAD");
    let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    for (request, response, connections_used) in [
        (&*head, format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", evil.len()), 2),
        (&head, "HTTP/1.1 200 OK\r\n\r\n".to_owned(), 2),
        (GET, format!("HTTP/1.1 204 No Content\r\nContent-Length: {}\r\n\r\n", evil.len()), 2),
        (GET, format!("HTTP/1.1 304 Not Modified\r\nContent-Length: {}\r\n\r\n", evil.len()), 2),
        (GET, "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), 2),
        // Without a stray body these are reused.
        (GET, "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), 1),
        (GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n".to_owned(), 1),
    ] {
        // The body comes after the next request, so that nothing betrays it before.
        let (address, connections) = app(move |mut socket, number| {
            let response = response.clone();
            async move {
                if number == 1 {
                    read_head(&mut socket).await;
                    write(&mut socket, &response).await;
                    if !read_head(&mut socket).await.is_empty() {
                        write(&mut socket, if connections_used == 1 { OK } else { evil }).await;
                    }
                } else {
                    respond_to_all(socket, OK).await;
                }
            }
        })
        .await;
        let gateway = gateway(address, false).await;
        gateway.round_trip(request).await;
        assert_eq!(body_of(&gateway.round_trip(GET).await), "ok", "{request}");
        assert_eq!(connections.load(Ordering::Relaxed), connections_used, "{request}");
    }
}

// Covers: L22.
#[tokio::test]
async fn an_unsolicited_response_is_not_forwarded() {
    let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    for first in [
        // In the same segment, in one of its own, and a part of a head only.
        vec![format!("{OK}{evil}")],
        vec![OK.to_owned(), evil.to_owned()],
        vec!["HTTP/1.1 204 No Content\r\n\r\n".to_owned(), evil.to_owned()],
        vec![OK.to_owned(), "HTTP/1.1 200 OK\r\n".to_owned()],
        vec![OK.to_owned(), "HTTP/1.1 100 Continue\r\n\r\n".to_owned()],
    ] {
        let (closed, mut until_closed) = mpsc::unbounded_channel();
        let requests = Arc::new(AtomicUsize::new(0));
        let (address, _) = app(move |mut socket, number| {
            let (first, closed, requests) = (first.clone(), closed.clone(), Arc::clone(&requests));
            async move {
                read_head(&mut socket).await;
                requests.fetch_add(1, Ordering::Relaxed);
                if number > 1 {
                    return write(&mut socket, OK).await;
                }
                for part in first {
                    write(&mut socket, &part).await;
                    tokio::task::yield_now().await;
                }
                let rest = read_to_end(&mut socket).await;
                closed.send(rest).expect("the test is receiving");
            }
        })
        .await;
        let gateway = gateway(address, false).await;
        gateway.round_trip(GET).await;
        // The gateway closes the connection as soon as it reads bytes that it did not ask for.
        assert_eq!(until_closed.recv().await.as_deref(), Some(""));
        assert_eq!(body_of(&gateway.round_trip(GET).await), "ok");
    }
}
