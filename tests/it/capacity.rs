//! The limit of connections to an upstream, and the queue before it.

use tokio::task::JoinSet;
use vestibule_harness::{
    browser::{Browser, Call, Response},
    raw,
};

use crate::world::{Setup, World};

async fn world(limits: &str) -> World {
    Setup::new().routes(&format!("[[route]]\nupstream = \"{{app}}\"\nallow = \"anyone\"\n{limits}\n")).start().await
}

async fn get(browser: &Browser, world: &World, path: &str) -> Response {
    browser.fetch("GET", &world.at(path), &[], "").await
}

#[tokio::test]
async fn requests_wait_for_a_connection_and_then_pass() {
    let world = world("max_connections = 2\nqueue = 3").await;
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        let (browser, url) = (world.browser(), world.at("/hold"));
        requests.spawn(async move { browser.fetch("GET", &url, &[], "").await });
    }
    // Two are at the application and three wait; the others are refused at once.
    for _ in 0..3 {
        let refused = requests.join_next().await.expect("a response").expect("a response");
        assert_eq!((refused.status, refused.json()["reason"].as_str()), (503, Some("upstream-busy")));
        assert_eq!(refused.header("retry-after"), Some("5"));
    }
    world.app.wait_for_hits(2).await;
    assert_eq!(world.app.hits(), 2);
    let mut passed = 0;
    while !requests.is_empty() {
        world.app.wait_for_hits((passed + 1).min(5)).await;
        world.app.release();
        passed += 1;
        assert_eq!(requests.join_next().await.expect("a response").expect("a response").status, 200);
    }
    assert_eq!((passed, world.app.hits()), (5, 5));
}

#[tokio::test]
async fn a_request_does_not_wait_for_ever() {
    let world = world("max_connections = 1\nqueue_timeout = \"100ms\"").await;
    let browser = world.browser();
    let held = browser.open(Call::fetch("GET", &world.at("/sse"), &[])).await;
    assert_eq!(get(&browser, &world, "/x").await.status, 503);
    drop(held);
    while get(&browser, &world, "/x").await.status != 200 {}
}

#[tokio::test]
async fn an_idle_connection_gives_way_to_the_requests_of_other_workers() {
    let world = world("max_connections = 1").await;
    // Each connection may be accepted by another worker.
    for _ in 0..12 {
        let request = format!("GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", world.authority());
        assert_eq!(raw::status(&raw::exchange(world.address(), request.as_bytes()).await), 200);
    }
}

#[tokio::test]
async fn an_open_websocket_is_an_open_connection() {
    let world = world("max_connections = 1\nqueue_timeout = \"100ms\"").await;
    let browser = world.browser();
    let url = world.at("/ws").replacen("http", "ws", 1);
    let mut socket = browser.websocket(&url, Some(&world.url)).await.expect("101");
    socket.send_text("hello").await.expect("an open socket");
    assert_eq!(socket.recv_text().await.expect("an echo"), "hello");
    assert_eq!(get(&browser, &world, "/x").await.status, 503);
    socket.close().await.expect("a clean end");
    while get(&browser, &world, "/x").await.status != 200 {}
}
