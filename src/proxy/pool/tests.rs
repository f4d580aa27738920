//! Which connections are used again, and which requests are sent again.

use crate::proxy::settings::{Upstream, UpstreamSettings};
use crate::proxy::testing::{GET, Gateway, OK, answer_all, app, body_of, head, rest, say, until};
use std::sync::atomic::Ordering;
use tokio::{
    net::TcpSocket,
    sync::{mpsc, oneshot},
};

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
