//! A line of the access log says how a request ended, and how many bytes went both ways.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use vestibule_harness::{browser::Call, raw};

use crate::world::{Setup, World, everything_logged, session_cookie_field, wait_until};

/// The lines of a path in the log of this gateway.
fn lines(world: &World, path: &str) -> Vec<Value> {
    let values =
        everything_logged().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>();
    let is_wanted = |line: &Value| line["micros"].is_u64() && line["path"] == path && line["host"] == world.authority();
    values.into_iter().filter(is_wanted).collect()
}

/// The only line of a path.
async fn line(world: &World, path: &str) -> Value {
    wait_until(|| !lines(world, path).is_empty()).await;
    let mut found = lines(world, path);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Status, end, bytes sent and received.
fn outcome(line: &Value) -> Value {
    assert!(line["total_micros"].as_u64() >= line["micros"].as_u64(), "{line}");
    json!([line["status"], line["end"], line["sent"], line["received"]])
}

#[tokio::test]
async fn a_line_has_the_bytes_of_both_ways() {
    for setup in [Setup::new(), Setup::new().https()] {
        let world = setup.start().await;
        let browser = world.signed_in().await;
        let large = browser.request(Call::fetch("GET", &world.at("/large?bytes=300000"), &[])).await;
        assert_eq!(large.body.len(), 300_000);
        let found = line(&world, "/large").await;
        assert_eq!(outcome(&found), json!([200, "complete", 300_000, 0]));
        assert_eq!(found["upstream"], world.app.url());

        browser.request(Call::fetch("POST", &world.at("/upload"), &[]).body(vec![b'x'; 100_000])).await;
        let found = line(&world, "/upload").await;
        assert_eq!((&found["end"], &found["received"]), (&"complete".into(), &100_000.into()));

        browser.request(Call::fetch("HEAD", &world.at("/for-head"), &[])).await;
        assert_eq!(outcome(&line(&world, "/for-head").await), json!([200, "complete", 0, 0]));

        let page = browser.request(Call::fetch("GET", &world.at("/.auth/none"), &[])).await;
        let found = line(&world, "/.auth/none").await;
        assert_eq!(outcome(&found), json!([404, "complete", page.body.len(), 0]));
        assert!(found.get("upstream").is_none(), "{found}");
    }
}

#[tokio::test]
async fn a_client_that_gives_up_has_status_499() {
    for setup in [Setup::new(), Setup::new().https()] {
        let world = setup.start().await;
        let browser = world.signed_in().await;
        let (hits, url) = (world.app.hits(), world.at("/hold"));
        let request = tokio::spawn(async move { browser.request(Call::fetch("GET", &url, &[])).await });
        world.app.wait_for_hits(hits + 1).await;
        request.abort();
        let found = line(&world, "/hold").await;
        assert_eq!(outcome(&found), json!([499, "aborted", 0, 0]));
        assert_eq!(found["upstream"], world.app.url());
        world.app.release();
    }
}

#[tokio::test]
async fn a_response_that_the_client_breaks_off_is_aborted() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let mut client = raw::Connection::open(world.address()).await;
    let fields = format!("Host: {}\r\n{}", world.authority(), session_cookie_field(&browser));
    client.send(format!("GET /large?bytes=50000000 HTTP/1.1\r\n{fields}\r\n\r\n").as_bytes()).await;
    // The first read may return the head alone.
    for _ in 0..8 {
        assert!(client.read().await);
    }
    drop(client);
    let found = line(&world, "/large").await;
    assert_eq!((&found["status"], &found["end"]), (&200.into(), &"aborted".into()));
    assert!(found["sent"].as_u64().is_some_and(|sent| sent > 0 && sent < 50_000_000), "{found}");
}

#[tokio::test]
async fn a_response_that_the_application_breaks_off_is_truncated() {
    for (path, response) in [
        ("/length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"),
        ("/chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n"),
    ] {
        let app = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let upstream = format!("http://{}", app.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = app.accept().await {
                drop(socket.read(&mut [0; 4096]).await);
                drop(socket.write_all(response.as_bytes()).await);
            }
        });
        let route = format!("[[route]]\nupstream = \"{upstream}\"\nallow = \"anyone\"\n");
        let world = Setup::new().routes(&route).start().await;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", world.authority());
        let mut client = raw::Connection::open(world.address()).await;
        client.send(request.as_bytes()).await;
        client.rest().await;
        let found = line(&world, path).await;
        assert_eq!(outcome(&found), json!([200, "truncated", 10, 0]));
        assert_eq!(found["upstream"], upstream);
    }
}

#[tokio::test]
async fn a_tunnel_has_its_line_at_its_end() {
    let world = World::start().await;
    let browser = world.signed_in().await;
    let url = world.at("/ws").replacen("http", "ws", 1);
    let mut socket = browser.websocket(&url, Some(&world.url)).await.expect("101");
    socket.send_text("hello").await.expect("an open socket");
    assert_eq!(socket.recv_text().await.expect("an echo"), "hello");
    assert!(lines(&world, "/ws").is_empty());
    socket.close().await.expect("a clean end");
    let found = line(&world, "/ws").await;
    // The echo and both close frames, with their headers; those of the client are masked.
    assert_eq!((&found["status"], &found["end"]), (&101.into(), &"complete".into()));
    assert!(found["sent"].as_u64() >= Some(7) && found["received"].as_u64() >= Some(11), "{found}");
    assert_eq!(found["upstream"], world.app.url());
}

#[tokio::test]
async fn requests_are_counted_by_class_and_end() {
    let world = World::start().await;
    let browser = world.browser();
    browser.request(Call::fetch("GET", &world.at("/.auth/none"), &[])).await;
    line(&world, "/.auth/none").await;
    let scrape = browser.request(Call::new("GET", &format!("{}/metrics", world.admin))).await;
    for sample in ["requests_total{class=\"4xx\"} 1", "requests_ended_total{end=\"complete\"} 1"] {
        assert!(scrape.body.contains(&format!("\nvestibule_{sample}\n")), "{sample}\n{}", scrape.body);
    }
}
