//! Group F: the published keys, and the rows of group A about keys.

use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;
use vestibule_harness::{
    browser::Call,
    idp::{EventKind, Fault, FaultPoint, Provider, ProviderOptions},
};

use super::{Outcome, SignIn, discovery::from_start, metadata_refresh::log_lines};
use crate::world::{Setup, World, wait_until};

from_start! {
    // Covers: A17.
    two_keys_of_one_kid: "A17" => ready;
    // Covers: F01.
    unusable_keys: "F01" => ready;
    // Covers: F02.
    no_keys: "F02" => not_ready("provider-keys");
    // Covers: F03.
    not_json: "F03" => not_ready("provider-keys");
    // Covers: F04.
    not_found: "F04a" => not_ready("provider-unreachable");
    // Covers: F04.
    a_server_error: "F04b" => not_ready("provider-unreachable");
    // Covers: F05.
    ten_thousand_keys: "F05a" => not_ready("provider-keys");
    // Covers: F05.
    five_megabytes: "F05b" => not_ready("provider-unreachable");
    // The gateway decompresses nothing, so the body is not JSON.
    // Covers: F05.
    a_compressed_document: "F05c" => not_ready("provider-keys");
    // Covers: F06.
    a_private_member: "F06" => ready;
    // Covers: F07.
    weak_keys: "F07" => not_ready("provider-keys");
    // Covers: F08.
    a_point_off_the_curve: "F08" => not_ready("provider-keys");
    // Covers: F09.
    an_encryption_key: "F09" => not_ready("provider-keys");
    // Covers: F11.
    another_certificate: "F11" => ready;
    // Covers: F15.
    cache_lifetimes: "F15" => ready;
    // Covers: F17.
    a_redirect: "F17" => not_ready("provider-unreachable");
}

/// The provider signs with a new key and publishes a key set with the fault.
async fn after_a_rotation(id: &str, outcome: Outcome) {
    for fault in Fault::row(id) {
        let world = World::start().await;
        let old = world.signed_in().await;
        world.provider.rotate_keys();
        world.provider.fault(fault);
        world.provider.clear_events();
        let sign_in = SignIn::start(&world).await;
        let page = sign_in.end().await;
        match outcome {
            Outcome::SignedIn => assert_eq!(page.status, 200, "{fault:?}: {}", page.body),
            Outcome::Refused(reason) => {
                super::assert_rejected(&world, &sign_in.browser, &page, reason);
                assert_eq!(world.provider.count(EventKind::Token), 0, "{fault:?}");
            }
            Outcome::RefusedTwice(_) | Outcome::Unread(_) | Outcome::Restarted => unreachable!("no such row"),
        }
        assert_eq!(world.provider.count(EventKind::Jwks), 1, "{fault:?}");
        assert_eq!(world.provider.count(EventKind::Unexpected), 0, "{fault:?}");
        assert_eq!(old.navigate(world.at("/still")).await.history(), ["GET /still 200"], "{fault:?}");
    }
}

/// One test for each row about a key set that is fetched because of an unknown kid.
macro_rules! after_a_rotation {
    ($($test:ident: $fault:literal => $outcome:expr;)+) => { $(
        #[tokio::test]
        async fn $test() {
            after_a_rotation($fault, $outcome).await;
        }
    )+ };
}

after_a_rotation! {
    // Covers: A17, F13.
    the_right_one_of_two_keys_verifies: "A17" => Outcome::SignedIn;
    // Covers: A18.
    the_kid_of_an_encryption_key: "A18" => Outcome::Refused("id-token-unknown-key");
    // Covers: F01.
    the_right_key_among_unusable_ones_verifies: "F01" => Outcome::SignedIn;
    // Covers: F02.
    no_keys_after_rotation: "F02" => Outcome::Refused("id-token-unknown-key");
    // Covers: F03.
    not_json_after_rotation: "F03" => Outcome::Refused("id-token-unknown-key");
    // Covers: F04.
    not_found_after_rotation: "F04a" => Outcome::Refused("id-token-unknown-key");
    // Covers: F04.
    a_server_error_after_rotation: "F04b" => Outcome::Refused("id-token-unknown-key");
    // Covers: F05.
    ten_thousand_keys_after_rotation: "F05a" => Outcome::Refused("id-token-unknown-key");
    // Covers: F05.
    five_megabytes_after_rotation: "F05b" => Outcome::Refused("id-token-unknown-key");
    // Covers: F05.
    a_compressed_document_after_rotation: "F05c" => Outcome::Refused("id-token-unknown-key");
    // Covers: F06.
    a_private_member_after_rotation: "F06" => Outcome::SignedIn;
    // Covers: F07.
    weak_keys_after_rotation: "F07" => Outcome::Refused("id-token-unknown-key");
    // Covers: F08.
    a_point_off_the_curve_after_rotation: "F08" => Outcome::Refused("id-token-unknown-key");
    // Covers: F09.
    an_encryption_key_after_rotation: "F09" => Outcome::Refused("id-token-unknown-key");
    // Covers: F10.
    a_key_for_another_algorithm: "F10" => Outcome::Refused("id-token-key");
    // Covers: F11.
    another_certificate_after_rotation: "F11" => Outcome::SignedIn;
    // Covers: F15.
    cache_lifetimes_after_rotation: "F15" => Outcome::SignedIn;
    // Covers: F17.
    a_redirect_after_rotation: "F17" => Outcome::Refused("id-token-unknown-key");
}

// Covers: F02, F03, F04, F05, F17.
#[tokio::test]
async fn the_last_good_keys_stay_in_use() {
    for id in ["F02", "F03a", "F03b", "F04a", "F04b", "F05a", "F05b", "F05c", "F07a", "F08a", "F09", "F17a", "F17b"] {
        let world = World::start().await;
        world.provider.clear_events();
        world.provider.fault(Fault::by_id(id));
        world.advance(Duration::from_secs(3601));
        // One sign-in while the keys are fetched again, and one after that.
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
        world.provider.wait_for(EventKind::Jwks, 1).await;
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
    }
}

// Covers: F06.
#[tokio::test]
async fn a_published_private_key_is_reported() {
    let world = Setup::new().fault("F06").start().await;
    let alarms = log_lines(world.provider.issuer(), "the provider publishes private or symmetric keys");
    assert_eq!((alarms.len(), alarms[0]["level"].as_str()), (1, Some("ERROR")), "{alarms:?}");
}

// Covers: F12.
#[tokio::test]
async fn a_removed_key_verifies_for_one_more_day() {
    let world = World::start().await;
    let late = SignIn::start(&world).await;
    world.provider.rotate_keys();
    world.signed_in().await;
    assert_eq!(late.end().await.status, 200, "on its way when its key was removed");

    for point in [FaultPoint::Front, FaultPoint::Back] {
        world.provider.fault(Fault::by_id("F12").at(point));
    }
    world.advance(Duration::from_secs(23 * 3600));
    wait_until(|| keys_fetched(world.provider.issuer()) == 3).await;
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "for a day");

    world.advance(Duration::from_secs(2 * 3600));
    wait_until(|| keys_fetched(world.provider.issuer()) == 4).await;
    let (browser, tokens) = (world.browser(), world.provider.count(EventKind::Token));
    let page = world.sign_in(&browser, "/wanted").await;
    super::assert_rejected(&world, &browser, &page, "id-token-unknown-key");
    assert_eq!(world.provider.count(EventKind::Token), tokens);
}

/// How often the keys of an issuer were fetched.
fn keys_fetched(issuer: &str) -> usize {
    log_lines(issuer, "\"fetched\"").iter().filter(|line| line["document"] == "keys").count()
}

// Covers: F15.
#[tokio::test]
async fn fetch_intervals_of_keys_are_bounded() {
    for id in ["F15a", "F15c"] {
        let world = Setup::new().fault(id).start().await;
        world.provider.clear_events();
        world.advance(Duration::from_secs(270));
        world.provider.wait_for(EventKind::Jwks, 1).await;
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
        assert_eq!((world.provider.count(EventKind::Jwks), world.provider.count(EventKind::Discovery)), (1, 0), "{id}");
    }
    let world = Setup::new().fault("F15b").start().await;
    world.provider.clear_events();
    // The metadata may be stored for an hour, and are checked before the keys are.
    for fetches in [1, 2] {
        world.advance(Duration::from_secs(3600));
        world.provider.wait_for(EventKind::Discovery, fetches).await;
    }
    assert_eq!(world.provider.count(EventKind::Jwks), 0);
    world.advance(Duration::from_secs(20 * 3600));
    world.provider.wait_for(EventKind::Jwks, 1).await;
}

// Covers: CVE-D10, CVE-F1.
#[tokio::test]
async fn a_key_verifies_for_its_own_provider_only() {
    let other = Provider::start(ProviderOptions::default());
    let section = format!(
        "[[provider]]\nname = \"other\"\nissuer = \"{}\"\nclient_id = \"vestibule\"\nresponse_type = \"id_token\"\n",
        other.issuer()
    );
    let world = Setup::new().provider(&section).start().await;
    // The signing key under the key id of this provider; the other provider publishes that key.
    world.provider.fault(Fault::by_id("A17b"));
    let published = Call::new("GET", &format!("{}/jwks", world.provider.issuer()));
    let published: Value = serde_json::from_str(&world.browser().request(published).await.body).expect("JSON");
    other.publish(published["keys"][0].clone());
    world.provider.clear_faults();
    let fetched = || keys_fetched(other.issuer());
    let before = fetched();
    world.advance(Duration::from_secs(3600));
    wait_until(|| fetched() > before).await;

    let refused = Outcome::Refused("id-token-signature");
    super::run_faults(&world, &[Fault::by_id("A16")], refused).await;
}

// Covers: F13.
#[tokio::test]
async fn both_keys_of_an_overlap_verify() {
    let world = World::start().await;
    let late = SignIn::start(&world).await;
    world.provider.rotate_keys_overlapping();
    world.signed_in().await;
    assert_eq!(late.end().await.status, 200);
}

// Covers: F16.
#[tokio::test]
async fn many_sign_ins_share_one_slow_key_fetch() {
    let world = World::start().await;
    world.signed_in().await;
    world.provider.rotate_keys();
    let mut waiting = Vec::new();
    for _ in 0..100 {
        waiting.push(SignIn::start(&world).await);
    }
    world.provider.clear_events();
    world.provider.hold_keys(true);
    let mut ends: JoinSet<_> = waiting.into_iter().map(|sign_in| async move { sign_in.end().await }).collect();
    world.provider.wait_for(EventKind::Jwks, 1).await;
    // All sign-ins wait, and no second fetch begins.
    assert_eq!((world.provider.count(EventKind::Token), ends.try_join_next().is_none()), (0, true));
    world.provider.hold_keys(false);
    while let Some(page) = ends.join_next().await {
        let page = page.expect("a browser");
        assert_eq!(page.status, 200, "{}", page.body);
    }
    assert_eq!((world.provider.count(EventKind::Jwks), world.provider.count(EventKind::Token)), (1, 100));
}
