//! Which connections are reused, and which requests are sent again.

use crate::proxy::{
    settings::{KeepAlive, Upstream, UpstreamSettings},
    testing::{GET, OK, TestGateway, app, body_of, read_head, read_to_end, read_until, respond_to_all, write},
};
use std::{sync::atomic::Ordering, time::Duration};
use tokio::sync::{mpsc, oneshot};

#[tokio::test]
async fn one_connection_carries_requests_in_turn() {
    for (request, answer, body) in [
        (GET, OK, "ok"),
        (GET, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"),
        (GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""),
        (GET, "HTTP/1.1 204 No Content\r\n\r\n", ""),
        (GET, "HTTP/1.1 304 Not Modified\r\n\r\n", ""),
        ("POST / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", OK, "ok"),
        ("GET / HTTP/1.0\r\nHost: app.example\r\n\r\n", OK, "ok"),
        (GET, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
    ] {
        let (address, connections) = app(move |socket, _| respond_to_all(socket, answer)).await;
        let gateway = TestGateway::in_front_of(&[address]).await;
        for _ in 0..20 {
            let seen = gateway.round_trip(request).await;
            assert_eq!(body_of(&seen), body, "{answer}\n{seen}");
        }
        assert_eq!(connections.load(Ordering::Relaxed), 1, "{request}{answer}");
    }
}

#[tokio::test]
async fn only_safe_requests_are_sent_again() {
    let post = GET.replace("GET", "POST");
    let put = "PUT / HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
    for (request, idle_seconds, status) in [
        (GET, 1, "HTTP/1.1 200"),
        // For a connection that was used a moment ago, no copy of the request is made.
        (GET, 0, "HTTP/1.1 502"),
        (&post, 1, "HTTP/1.1 502"),
        (put, 1, "HTTP/1.1 502"),
    ] {
        let (address, connections) = app(|mut socket, number| async move {
            read_head(&mut socket).await;
            write(&mut socket, OK).await;
            if number == 1 {
                // The second request is read and gets no response.
                read_head(&mut socket).await;
            } else {
                read_to_end(&mut socket).await;
            }
        })
        .await;
        let gateway = TestGateway::in_front_of(&[address]).await;
        assert!(gateway.round_trip(GET).await.starts_with("HTTP/1.1 200"));
        gateway.advance_clock(idle_seconds);
        let answer = gateway.round_trip(request).await;
        assert!(answer.starts_with(status), "{request}{answer}");
        assert_eq!(answer.contains("reason: upstream-protocol"), status.ends_with("502"), "{answer}");
        assert_eq!(connections.load(Ordering::Relaxed), if status.ends_with("200") { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_connection_that_the_application_closed_is_not_used() {
    let (address, connections) = app(|mut socket, _| async move {
        read_head(&mut socket).await;
        write(&mut socket, OK).await;
    })
    .await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    for requests in 1..=5 {
        gateway.advance_clock(1);
        assert!(gateway.round_trip(GET).await.starts_with("HTTP/1.1 200"));
        assert_eq!(connections.load(Ordering::Relaxed), requests);
    }
}

// Covers: CVE-F7.
#[tokio::test]
async fn an_early_response_ends_the_connection() {
    let (closed, until_closed) = oneshot::channel();
    let closed = std::sync::Mutex::new(Some(closed));
    let (address, connections) = app(move |mut socket, number| {
        let closed = closed.lock().expect("no panic").take();
        async move {
            read_head(&mut socket).await;
            if number == 1 {
                write(&mut socket, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig").await;
                read_to_end(&mut socket).await;
                closed.expect("the first").send(()).expect("awaited");
            } else {
                write(&mut socket, OK).await;
                read_to_end(&mut socket).await;
            }
        }
    })
    .await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    let mut browser = gateway.connect().await;
    write(&mut browser, "POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 100\r\n\r\nthe first of it").await;
    assert!(read_head(&mut browser).await.starts_with("HTTP/1.1 413"));
    assert_eq!(read_until(&mut browser, "big").await, "big");
    until_closed.await.expect("the connection is closed");
    assert!(gateway.round_trip(GET).await.ends_with("ok"));
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

// Covers: CVE-F7.
#[tokio::test]
async fn a_broken_or_abandoned_connection_is_not_reused() {
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    let (events, mut received) = mpsc::unbounded_channel();
    let (address, connections) = app(move |mut socket, number| {
        let events = events.clone();
        async move {
            read_head(&mut socket).await;
            match number {
                1 => write(&mut socket, long).await,
                2 => {
                    write(&mut socket, long).await;
                    read_to_end(&mut socket).await;
                    events.send("closed").expect("the test is receiving");
                }
                // More bytes than one response: they would be read as the response to the next request.
                3 => {
                    write(&mut socket, &format!("{OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")).await;
                    read_to_end(&mut socket).await;
                }
                _ => write(&mut socket, OK).await,
            }
        }
    })
    .await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    assert_eq!(body_of(&gateway.round_trip(GET).await), "half");

    let mut browser = gateway.connect().await;
    write(&mut browser, GET).await;
    read_until(&mut browser, "half").await;
    drop(browser);
    assert_eq!(received.recv().await, Some("closed"));

    for _ in 0..2 {
        let seen = gateway.round_trip(GET).await;
        assert!(seen.ends_with("\r\n\r\nok"), "{seen}");
    }
    assert_eq!(connections.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn an_idle_connection_is_closed_before_the_application_would() {
    let (events, mut received) = mpsc::unbounded_channel();
    let (address, _) = app(move |mut socket, _| {
        let events = events.clone();
        async move {
            read_head(&mut socket).await;
            write(&mut socket, OK).await;
            read_to_end(&mut socket).await;
            events.send("closed").expect("the test is receiving");
        }
    })
    .await;
    let gateway = TestGateway::in_front_of(&[address]).await;
    gateway.round_trip(GET).await;
    gateway.advance_clock(3);
    gateway.reap();
    assert!(received.try_recv().is_err());
    gateway.advance_clock(1);
    gateway.reap();
    assert_eq!(received.recv().await, Some("closed"));
}

#[tokio::test]
async fn idle_connections_have_the_configured_limits() {
    for (connections, timeout, advance, accepted) in [(64, 4, 1, 1), (64, 4, 5, 2), (64, 60, 5, 1), (0, 4, 1, 2)] {
        let (address, count) = app(|socket, _| respond_to_all(socket, OK)).await;
        let upstream = Upstream::parse(&format!("http://{address}")).expect("an upstream");
        let keep_alive = KeepAlive { timeout: Duration::from_secs(timeout), connections };
        let gateway =
            TestGateway::with(&UpstreamSettings { keep_alive, ..UpstreamSettings::new(vec![upstream]) }).await;
        assert!(gateway.round_trip(GET).await.ends_with("ok"));
        gateway.advance_clock(advance);
        assert!(gateway.round_trip(GET).await.ends_with("ok"));
        assert_eq!(count.load(Ordering::Relaxed), accepted, "{connections} for {timeout} s, after {advance} s");
    }
}
