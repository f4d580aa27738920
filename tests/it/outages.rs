//! The provider changes its keys, or is unavailable.

use std::time::Duration;

use vestibule_harness::idp::EventKind;

use crate::{
    sign_in_steps::{post_response, session_cookie},
    world::{Setup, World},
};

// Covers: A12.
#[tokio::test]
async fn key_rotation_before_a_sign_in_causes_one_fetch() {
    let world = World::start().await;
    world.signed_in().await;
    let fetched = world.provider.count(EventKind::Jwks);
    world.provider.rotate_keys();
    world.signed_in().await;
    world.signed_in().await;
    assert_eq!(world.provider.count(EventKind::Jwks), fetched + 1);
}

// Covers: A13.
#[tokio::test]
async fn key_rotation_during_a_sign_in_is_harmless() {
    let world = World::start().await;
    let fetched = world.provider.count(EventKind::Jwks);
    world.provider.rotate_keys();
    let browser = world.browser();
    let posted = world.posted_response(&browser, "/wanted").await;
    world.provider.hold_token(true);
    let rotate = async {
        world.provider.wait_for(EventKind::Token, 1).await;
        world.provider.rotate_keys();
        world.provider.release_token();
    };
    let (page, ()) = tokio::join!(browser.follow(&posted), rotate);
    world.assert_ends_at(&page, "/wanted");
    assert_eq!((world.redemptions(), world.provider.count(EventKind::Jwks)), (1, fetched + 2));
}

// Covers: D05.
#[tokio::test]
async fn an_outage_during_sign_in_is_reported() {
    let world = World::start().await;
    let signed_in = world.signed_in().await;
    let browser = world.browser();
    let answer = world.authorization_response(&browser, "/wanted?x=1").await;
    let posted = post_response(&browser, &answer).await;
    world.provider.unavailable(true);
    let page = browser.follow(&posted).await;
    assert_eq!((page.status, session_cookie(&browser)), (502, None), "{}", page.body);
    world.assert_refused(&page, "token-status");
    assert_eq!(signed_in.navigate(world.at("/works-on")).await.status, 200);
    // The code may be used up: a reload never sends it again.
    let asked = world.redemptions();
    browser.follow(&posted).await;
    assert_eq!(world.redemptions(), asked);

    world.provider.unavailable(false);
    let page = browser.click(&page, page.links()[0].as_str()).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted?x=1");
}

// Covers: E16, F04.
#[tokio::test]
async fn sessions_survive_a_provider_outage() {
    let world = World::start().await;
    let signed_in = world.signed_in().await;
    world.provider.unavailable(true);
    // Later than the time at which metadata and keys should have been fetched again.
    for _ in 0..3 {
        world.advance(Duration::from_secs(1800));
        assert_eq!(signed_in.navigate(world.at("/works-on")).await.history(), ["GET /works-on 200"]);
        assert_eq!(world.admin_status("/readyz").await, 200);
    }
    // A user without a session is still sent to the provider, which may be available again by then.
    let asked = world.browser().navigate_without_following(world.at("/wanted")).await;
    world.assert_starts_sign_in(&asked);
}

// Covers: E16.
#[tokio::test]
async fn the_gateway_starts_without_the_provider() {
    let world = Setup::new().provider_down().start().await;
    assert_eq!((world.admin_status("/healthz").await, world.admin_status("/readyz").await), (200, 503));
    let browser = world.browser();
    let page = browser.navigate(world.at("/wanted")).await;
    world.assert_refused(&page, "provider-unreachable");
    assert_eq!(page.status, 502);
    let home = page.links()[0].clone();

    world.provider.unavailable(false);
    while world.admin_status("/readyz").await != 200 {
        tokio::task::yield_now().await;
    }
    let page = browser.click(&page, home.as_str()).await;
    world.assert_ends_at(&browser.continue_sign_in(page, "alice", "wonderland").await, "/wanted");
}
