//! Row F14: many forged key ids cause a bounded number of fetches and do not affect other users.

use std::{ops::Range, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vestibule_harness::idp::{EventKind, Fault, FaultPoint};

use super::SignIn;
use crate::world::World;

/// Posts a genuine response once for each number, with a key id that is not published. The browsers have no cookies, because
/// posting needs none.
async fn flood(world: &World, honest: &SignIn, numbers: Range<usize>) {
    let token = honest.field("id_token").expect("a token");
    for number in numbers {
        let forged = with_kid(&token, &format!("forged-{number}"));
        let page = world.browser().submit(&honest.answer, 0, &[("id_token", &forged)]).await;
        assert_eq!(page.status, 403, "{}", page.body);
        assert!(page.body.contains("id-token-unknown-key"), "{}", page.body);
    }
}

fn with_kid(token: &str, kid: &str) -> String {
    let (header, rest) = token.split_once('.').expect("three parts");
    let header = URL_SAFE_NO_PAD.decode(header).expect("base64url");
    let mut header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"] = json!(kid);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// Asserts at most so many fetches of the keys since `started`, plus one for each half minute since then.
fn assert_fetches(world: &World, at_most: usize, started: i64) {
    let earned = usize::try_from((world.provider.now() - started) / 30).expect("a clock that runs forward");
    let fetches = world.provider.count(EventKind::Jwks);
    assert!((1..=at_most + earned).contains(&fetches), "{fetches}");
}

// Covers: F14, CVE-G18.
#[tokio::test]
async fn a_flood_of_forged_keys_hides_no_rotation() {
    let world = World::start().await;
    let honest = SignIn::start(&world).await;
    world.provider.clear_events();
    let started = world.provider.now();
    flood(&world, &honest, 0..100).await;
    assert_fetches(&world, 4, started);
    // Known keys need no fetch.
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);

    world.provider.rotate_keys();
    flood(&world, &honest, 100..150).await;
    world.advance(Duration::from_secs(30));
    flood(&world, &honest, 150..200).await;
    // The flood itself has caused the fetch of the new keys, so the next user needs none.
    let fetches = world.provider.count(EventKind::Jwks);
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!(world.provider.count(EventKind::Jwks), fetches);
    assert_fetches(&world, 4, started);
    // The sign-in whose response was forged still succeeds.
    assert_eq!(honest.end().await.status, 200);
}

// Covers: F14, A13.
#[tokio::test]
async fn a_flood_does_not_use_the_token_endpoints_allowance() {
    let world = World::start().await;
    let honest = SignIn::start(&world).await;
    flood(&world, &honest, 0..20).await;
    world.provider.clear_events();
    world.provider.fault(Fault::by_id("A13").at(FaultPoint::Back));
    assert_eq!(honest.end().await.status, 200);
    assert_eq!(world.provider.count(EventKind::Jwks), 1);
}

// Covers: F14.
#[tokio::test]
async fn a_repeated_forged_token_costs_one_fetch_a_minute() {
    let world = World::start().await;
    let honest = SignIn::start(&world).await;
    world.provider.clear_events();
    let started = world.provider.now();
    for _ in 0..50 {
        flood(&world, &honest, 7..8).await;
    }
    let minutes = usize::try_from((world.provider.now() - started) / 60).expect("a clock that runs forward");
    assert_eq!(world.provider.count(EventKind::Jwks), 1 + minutes);
    // The allowance is not used up: a real rotation is found at once.
    world.provider.rotate_keys();
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!(world.provider.count(EventKind::Jwks), 2 + minutes);
}
