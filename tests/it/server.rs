//! Shutdown: running requests are finished, and no new ones are accepted.

use tokio::net::TcpStream;
use vestibule_harness::browser::Call;

use crate::world::World;

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
    let mut idle = vestibule_harness::raw::Connection::open(world.address()).await;
    idle.send(format!("GET /x HTTP/1.1\r\nHost: {}\r\n\r\n", world.authority()).as_bytes()).await;
    assert!(idle.response().await.starts_with(b"HTTP/1.1 401 "));
    world.stop().await;
    assert!(idle.rest().await.is_empty());
}

#[tokio::test]
async fn a_dropped_gateway_stops() {
    let mut world = World::start().await;
    drop(world.take_gateway());
    while TcpStream::connect(world.address()).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
