//! `[limits]`: what one client may use, seen from outside.

use std::net::SocketAddr;

use tokio::{net::TcpStream, task::JoinSet};
use vestibule_harness::{
    browser::{Browser, Call},
    raw,
};

use crate::{
    process::Process,
    world::{Setup, World},
};

#[tokio::test]
async fn the_head_of_a_request_has_the_configured_limits() {
    let world = Setup::new().limits("header_bytes = 8192\nheader_fields = 20").start().await;
    for (name, fields, status) in [
        ("as many as allowed", "a: b\r\n".repeat(18), 303),
        ("one more", "a: b\r\n".repeat(20), 431),
        ("long enough", format!("a: {}\r\n", "b".repeat(7000)), 303),
        ("too long", format!("a: {}\r\n", "b".repeat(9000)), 431),
    ] {
        let request =
            format!("GET / HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Mode: navigate\r\n{fields}\r\n", world.authority());
        let answer = raw::exchange(world.address(), request.as_bytes()).await;
        assert_eq!(raw::status(&answer), status, "{name}: {}", String::from_utf8_lossy(&answer));
    }
}

/// TCP connections that send nothing.
async fn silent_clients(address: SocketAddr, number: usize) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for _ in 0..number {
        clients.push(TcpStream::connect(address).await.expect("a connection"));
    }
    clients
}

// Covers: CVE-G20.
#[tokio::test]
async fn idle_clients_do_not_keep_people_out() {
    for setup in [Setup::new(), Setup::new().https()] {
        let world = setup.limits("connections = 20").start().await;
        let browser = world.signed_in().await;
        let _silent = silent_clients(world.address(), 100).await;
        for _ in 0..5 {
            assert_eq!(browser.navigate(world.at("/")).await.status, 200);
        }
        assert!(world.metrics.connections_shed.value() >= 80, "{}", world.metrics.connections_shed.value());
        assert_eq!(world.metrics.connections_refused.value(), 0);
    }
}

// Covers: CVE-G20.
#[tokio::test]
async fn idle_clients_leave_descriptors_for_the_rest() {
    let mut world = World::start().await;
    world.stop().await;
    let gateway = Process::start(&world, "ulimit -n 256");
    let admin = gateway.line("listening").await["admin"].as_str().expect("an address").to_owned();
    let (probe, health) = (Browser::new(None), format!("http://{admin}/healthz"));
    let browser = world.signed_in().await;
    let _silent = silent_clients(world.address(), 400).await;
    let _silent_probes = silent_clients(admin.parse().expect("an address"), 100).await;
    for _ in 0..5 {
        assert_eq!(browser.navigate(world.at("/")).await.status, 200);
        assert_eq!(probe.request(Call::new("GET", &health)).await.status, 200);
    }
    let limited = gateway.line("the number of connections of clients is limited").await;
    assert_eq!(limited["descriptors"], 256);
    assert!(limited["connections"].as_u64().is_some_and(|number| (50..100).contains(&number)), "{limited}");
    let shed = gateway.line("connections are at a limit").await;
    assert_eq!((&shed["failed"], &shed["refused"]), (&0.into(), &0.into()), "{shed}");
}

#[tokio::test]
async fn the_descriptor_limit_is_raised_at_the_start() {
    let mut world = World::start().await;
    world.stop().await;
    let gateway = Process::start(&world, "ulimit -S -n 64");
    let raised = gateway.line("the limit of file descriptors is raised").await;
    assert_eq!(raised["before"], 64);
    assert!(raised["after"].as_u64().is_some_and(|after| after > 64), "{raised}");
}

// Covers: CVE-G21.
#[tokio::test]
async fn one_client_has_a_budget_of_requests() {
    let routes = "[[route]]\nupstream = \"{app}\"\nallow = \"anyone\"\n";
    for (setup, is_http2) in [(Setup::new(), false), (Setup::new().https(), true)] {
        let world = setup.limits("requests_per_client = 10").routes(routes).start().await;
        let shared = if is_http2 { world.browser().with_http2() } else { world.browser() };
        let hits = world.app.hits();
        let mut requests = JoinSet::new();
        for _ in 0..15 {
            let (browser, url) = (shared.tab(), world.at("/hold"));
            requests.spawn(async move { browser.fetch("GET", &url, &[], "").await });
        }
        for _ in 0..5 {
            let refused = requests.join_next().await.expect("a response").expect("a response");
            assert_eq!((refused.status, refused.json()["reason"].as_str()), (429, Some("too-many-requests")));
            assert!(refused.header("retry-after").is_some());
        }
        world.app.wait_for_hits(hits + 10).await;
        world.app.release();
        while let Some(passed) = requests.join_next().await {
            assert_eq!(passed.expect("a response").status, 200);
        }
        assert_eq!(shared.navigate(world.at("/")).await.status, 200, "the requests have ended");
    }
}

// Covers: CVE-G21.
#[tokio::test]
async fn each_client_behind_a_proxy_has_a_budget_of_requests() {
    let routes = "[[route]]\nupstream = \"{app}\"\nallow = \"anyone\"\n";
    let setup = Setup::new().trust("proxies = [\"127.0.0.1\"]").limits("requests_per_client = 10");
    let world = setup.routes(routes).start().await;
    let fetch = |client: &'static str, path: &str| {
        let (browser, url) = (world.browser(), world.at(path));
        async move { browser.fetch("GET", &url, &[("x-forwarded-for", client)], "").await }
    };
    for client in [["192.0.2.1"; 2], ["2001:db8::1", "2001:db8::2"]] {
        let hits = world.app.hits();
        let mut requests = JoinSet::new();
        for number in 0..15 {
            requests.spawn(fetch(client[number % 2], "/hold"));
        }
        for _ in 0..5 {
            let refused = requests.join_next().await.expect("a response").expect("a response");
            assert_eq!((refused.status, refused.json()["reason"].as_str()), (429, Some("too-many-requests")));
        }
        world.app.wait_for_hits(hits + 10).await;
        for other in ["192.0.2.9", "2001:db8:0:9::1"] {
            assert_eq!(fetch(other, "/cgi").await.status, 200);
        }
        world.app.release();
        while let Some(passed) = requests.join_next().await {
            assert_eq!(passed.expect("a response").status, 200);
        }
        assert_eq!(fetch(client[0], "/cgi").await.status, 200, "the requests have ended");
    }
}

#[tokio::test]
async fn a_target_beyond_the_limit_is_refused() {
    let world = Setup::new().limits("target_bytes = 1024").start().await;
    let browser = world.signed_in().await;
    let path = |length: usize| world.at(&format!("/{}?q", "a".repeat(length - 3)));
    assert_eq!(browser.navigate(path(1024)).await.status, 200);
    for path in [path(1025), path(8000), world.at(&format!("/?{}", "a".repeat(1024)))] {
        let page = browser.navigate(path).await;
        assert_eq!(page.status, 414);
        world.assert_refused(&page, "target-too-long");
    }
}
