//! One test for each endpoint.

use super::*;
use crate::{
    browser::{Browser, Call},
    raw,
};

fn world() -> (LegacyApp, Browser) {
    (LegacyApp::start(None), Browser::new(None))
}

#[tokio::test]
async fn the_application_reports_received_requests() {
    let (app, browser) = world();
    let call = Call::new("PUT", &format!("{}/a/b?c=d", app.url())).header("x-twice", "1").header("x-twice", "2");
    let echo = browser.request(call.body("the body")).await.json();
    assert_eq!(
        (&echo["method"], &echo["target"], &echo["body"]),
        (&"PUT".into(), &"/a/b?c=d".into(), &"the body".into())
    );
    let seen = app.last();
    assert_eq!((seen.header_values("X-Twice"), seen.header("x-twice"), seen.body_bytes), (vec!["1", "2"], None, 8));
    assert_eq!(app.hits(), 1);
}

#[tokio::test]
async fn the_home_page_shows_the_user_escaped() {
    let (app, browser) = world();
    let call = Call::new("GET", &app.url()).header("accept", "text/html").header("x-forwarded-user", "<b>alice");
    let page = browser.request(call).await;
    assert!(page.body.contains(r#"<td id="user">&lt;b&gt;alice</td>"#), "{}", page.body);
}

#[tokio::test]
async fn headers_are_mapped_as_cgi_does() {
    let (app, browser) = world();
    let call = Call::new("GET", &format!("{}/cgi", app.url()))
        .header("x-forwarded-user", "gateway")
        .header("x_forwarded.user", "client");
    assert_eq!(browser.request(call).await.json()["HTTP_X_FORWARDED_USER"], "client");
}

#[tokio::test]
async fn simple_endpoints_follow_their_query() {
    let (app, browser) = world();
    let get = async |path: &str| browser.request(Call::new("GET", &format!("{}{path}", app.url()))).await;
    assert_eq!(get("/slow?ms=1").await.status, 200);
    assert_eq!(get("/large?bytes=200000").await.bytes.len(), 200_000);
    assert_eq!(get("/fail?status=418").await.status, 418);
    assert_eq!(get("/headers?x-a=1&content-type=text/x").await.header("content-type"), Some("text/x"));
    assert_eq!(get("/set-cookie?a=1;%20Path=/x&b=2").await.set_cookies(), ["a=1; Path=/x", "b=2"]);
    let upload = Call::new("POST", &format!("{}/upload", app.url())).body(vec![0_u8; 100_000]);
    assert_eq!(browser.request(upload).await.json()["bytes"], 100_000);
    assert_eq!(app.last().body_bytes, 100_000);
    let trailers = browser.request(Call::new("GET", &format!("{}/trailers", app.url())).header("te", "trailers")).await;
    assert_eq!(trailers.trailers["x-checksum"], "42");
    assert!(browser.try_request(Call::new("GET", &format!("{}/reset", app.url()))).await.is_err());
}

#[tokio::test]
async fn a_held_request_waits_for_the_test() {
    let (app, browser) = world();
    let release = async {
        app.wait_for_hits(1).await;
        app.release();
    };
    let (response, ()) = tokio::join!(browser.request(Call::new("GET", &format!("{}/hold", app.url()))), release);
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn events_arrive_as_they_are_emitted() {
    let (app, browser) = world();
    let mut stream = browser.open(Call::new("GET", &format!("{}/sse", app.url()))).await;
    for text in ["one", "two"] {
        app.emit(text);
        assert_eq!(stream.next_text().await, format!("data: {text}\n\n"));
    }
    drop(stream);
    app.wait_for_listeners(0).await;
}

#[tokio::test]
async fn a_websocket_echoes() {
    let (app, browser) = world();
    let url = app.url().replacen("http", "ws", 1) + "/ws";
    let mut socket = browser.websocket(&url, Some(&app.url())).await.expect("an open WebSocket");
    for length in [5, 300, 70_000] {
        let text = "x".repeat(length);
        socket.send_text(&text).await.expect("an open connection");
        assert_eq!(socket.recv_text().await.expect("an echo"), text);
    }
    socket.close().await.expect("a closing handshake");
    assert_eq!(app.last().header("origin"), Some(app.url().as_str()));
}

#[tokio::test]
async fn raw_bytes_are_sent_unchanged() {
    let (app, _) = world();
    let request = b"GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let all = raw::exchange_to_end(app.address(), request).await;
    assert_eq!(String::from_utf8_lossy(&all).matches("HTTP/1.1 200").count(), 2);
    assert_eq!(raw::status(&raw::exchange(app.address(), b"BROKEN\r\n\r\n").await), 400);
}
