//! Shutdown: running requests are finished, and no new ones are accepted.

use tokio::{net::TcpStream, sync::oneshot};
use vestibule_harness::{browser::Call, raw};

use crate::world::{Setup, World};

#[tokio::test]
async fn shutdown_finishes_running_requests() {
    let mut world = World::start().await;
    let browser = world.signed_in().await;
    let (hits, address, url) = (world.app.hits(), world.address(), world.at("/hold"));
    let tab = browser.tab();
    let under_way = tokio::spawn(async move { tab.request(Call::fetch("GET", &url, &[])).await });
    world.app.wait_for_hits(hits + 1).await;
    let gateway = world.take_gateway();
    let stopping = tokio::spawn(async move { gateway.stop().await.expect("a clean stop") });
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished(), "it waits for the request");
    world.app.release();
    let answer = under_way.await.expect("an answer");
    assert_eq!((answer.status, answer.json()["target"].as_str()), (200, Some("/hold")));
    stopping.await.expect("a clean stop");
}

#[tokio::test]
async fn idle_connections_do_not_delay_shutdown() {
    let mut world = World::start().await;
    let mut idle = raw::Connection::open(world.address()).await;
    idle.send(format!("GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", world.authority()).as_bytes()).await;
    assert!(idle.response().await.starts_with(b"HTTP/1.1 401 "));
    world.stop().await;
    assert!(idle.rest().await.is_empty());
}

#[tokio::test]
async fn a_stopping_gateway_is_unready_and_serves_for_the_delay() {
    let mut setup = Setup::new();
    setup.shutdown = "delay = \"1h\"\nidle = \"0s\"".to_owned();
    let mut world = setup.start().await;
    let browser = world.signed_in().await;
    let gateway = world.take_gateway();
    let (now, told) = oneshot::channel::<()>();
    let stopping = tokio::spawn(gateway.run(async {}, async { told.await.expect("a second signal") }));
    while world.admin_status("/readyz").await != 503 {}
    assert_eq!(world.admin_status("/healthz").await, 200);
    let mut kept = raw::Connection::open(world.address()).await;
    for _ in 0..2 {
        kept.send(format!("GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", world.authority()).as_bytes()).await;
        let answer = String::from_utf8(kept.response().await).expect("UTF-8");
        assert!(answer.starts_with("HTTP/1.1 401 ") && !answer.contains("connection:"), "{answer}");
    }
    assert_eq!(browser.request(Call::fetch("GET", &world.at("/x"), &[])).await.status, 200);
    assert!(!stopping.is_finished());
    now.send(()).expect("a stopping gateway");
    stopping.await.expect("an end").expect("no error");
}

#[tokio::test]
async fn a_second_signal_ends_the_drain() {
    let mut world = World::start().await;
    let browser = world.signed_in().await;
    let (hits, address, url) = (world.app.hits(), world.address(), world.at("/hold"));
    let under_way = tokio::spawn(async move { browser.request(Call::fetch("GET", &url, &[])).await });
    world.app.wait_for_hits(hits + 1).await;
    let second = async move {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    world.take_gateway().run(async {}, second).await.expect("no error");
    assert!(!under_way.is_finished(), "it did not wait for the request");
    world.app.release();
}

#[tokio::test]
async fn the_admin_listener_answers_during_the_drain() {
    let mut world = World::start().await;
    let browser = world.signed_in().await;
    let (hits, address, url) = (world.app.hits(), world.address(), world.at("/hold"));
    let under_way = tokio::spawn(async move { browser.request(Call::fetch("GET", &url, &[])).await });
    world.app.wait_for_hits(hits + 1).await;
    let stopping = tokio::spawn(world.take_gateway().run_until(async {}));
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!((world.admin_status("/healthz").await, world.admin_status("/readyz").await), (200, 503));
    world.app.release();
    stopping.await.expect("an end").expect("no error");
    assert_eq!(under_way.await.expect("an answer").status, 200);
}

#[tokio::test]
async fn a_dropped_gateway_stops() {
    let mut world = World::start().await;
    drop(world.take_gateway());
    while TcpStream::connect(world.address()).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
