//! A provider that does not answer delays few requests of people who are signed in.

use std::time::Duration;

use vestibule_harness::{
    browser::Call,
    idp::{EventKind, Fault},
};

use crate::{
    refresh::{OVER, fetch, refreshes, setup, with_userinfo},
    world::{everything_logged, wait_until},
};

// Covers: D53.
#[tokio::test]
async fn a_provider_that_hangs_delays_one_of_twenty_sessions() {
    let lines = "refresh_wait = \"1s\"";
    let world = setup().session(lines).start().await;
    let mut browsers = Vec::new();
    for _ in 0..20 {
        browsers.push(world.signed_in().await);
    }
    let sign_ins = world.redemptions();
    world.advance(OVER);
    world.provider.hold_token(true);
    // Each request is answered although the provider never answers, and after the first no refresh is sent.
    for round in 1..=3 {
        for browser in &browsers {
            assert_eq!(fetch(&world, browser, "/x").await.status, 200);
        }
        assert_eq!(refreshes(&world), 1, "round {round}");
    }
    assert_eq!(world.metrics.provider_breakers_opened.value(), 1);
    let told = || everything_logged().lines().filter(|line| line.contains("the provider does not answer")).count();
    assert!(told() >= 1);
    // Later one session probes the provider, and no request waits for it.
    world.advance(Duration::from_secs(11));
    for browser in &browsers {
        assert_eq!(fetch(&world, browser, "/x").await.status, 200);
    }
    world.provider.wait_for(EventKind::Token, sign_ins + 2).await;
    world.provider.release_token();
    wait_until(|| everything_logged().contains("the provider answers again")).await;
    for browser in &browsers {
        assert_eq!(fetch(&world, browser, "/x").await.status, 200);
    }
    assert_eq!(refreshes(&world), 20, "each session once");
}

// Covers: D53.
#[tokio::test]
async fn sessions_that_ask_together_wait_once() {
    let world = setup().session("refresh_wait = \"1s\"").start().await;
    let mut browsers = Vec::new();
    for _ in 0..20 {
        browsers.push(world.signed_in().await);
    }
    world.advance(OVER);
    world.provider.hold_token(true);
    let requests: Vec<_> = browsers
        .iter()
        .map(|browser| {
            let (browser, url) = (browser.tab(), world.at("/x"));
            tokio::spawn(async move { browser.request(Call::fetch("GET", &url, &[])).await.status })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.expect("an answer"), 200);
    }
    let calls = refreshes(&world);
    for browser in &browsers {
        assert_eq!(fetch(&world, browser, "/x").await.status, 200);
    }
    assert_eq!((refreshes(&world), world.metrics.provider_breakers_opened.value()), (calls, 1));
    // A sign-in is tried all the same.
    world.provider.release_token();
    assert_eq!(world.sign_in(&world.browser(), "/x").await.status, 200);
}

// Covers: D53.
#[tokio::test]
async fn a_userinfo_endpoint_that_hangs_delays_one_request() {
    for userinfo in ["on", "required"] {
        let world = setup().provider(&with_userinfo(userinfo)).session("refresh_wait = \"1s\"").start().await;
        let (one, other) = (world.signed_in().await, world.signed_in().await);
        world.advance(OVER);
        world.provider.fault(Fault::by_id("G15b"));
        for _ in 0..3 {
            assert_eq!((fetch(&world, &one, "/x").await.status, refreshes(&world)), (200, 1), "{userinfo}");
            assert_eq!((fetch(&world, &other, "/x").await.status, refreshes(&world)), (200, 1), "{userinfo}");
        }
    }
}
