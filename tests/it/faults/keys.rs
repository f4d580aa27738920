//! Group F: the published keys, and the rows of group A that are faults of theirs.

use std::time::Duration;

use tokio::task::JoinSet;
use vestibule_harness::idp::{EventKind, Fault};

use super::{Outcome, SignIn, discovery::from_the_start};
use crate::world::World;

from_the_start! {
    a17_two_keys_of_one_kid: "A17" => ready;
    f01_keys_nobody_can_use: "F01" => ready;
    f02_no_keys: "F02" => not_ready("provider-keys");
    f03_no_json: "F03" => not_ready("provider-keys");
    f04_not_there: "F04a" => not_ready("provider-unreachable");
    f04_troubles: "F04b" => not_ready("provider-unreachable");
    f05_ten_thousand_keys: "F05a" => not_ready("provider-keys");
    f05_five_megabytes: "F05b" => not_ready("provider-unreachable");
    f06_a_private_member: "F06" => ready;
    f07_weak_keys: "F07" => not_ready("provider-keys");
    f08_no_point_of_the_curve: "F08" => not_ready("provider-keys");
    f09_a_key_for_encryption: "F09" => not_ready("provider-keys");
    f11_another_certificate: "F11" => ready;
    f15_lifetimes: "F15" => ready;
    f17_a_redirect: "F17" => not_ready("provider-unreachable");
}

/// The provider signs with a new key, and what it then publishes has the fault.
async fn after_a_rotation(id: &str, outcome: Outcome) {
    for fault in Fault::row(id) {
        let world = World::start().await;
        let old = world.signed_in().await;
        world.provider.rotate_keys();
        world.provider.fault(fault);
        world.provider.clear_events();
        let sign_in = SignIn::to_the_answer(&world).await;
        let page = sign_in.end().await;
        match outcome {
            Outcome::SignedIn => assert_eq!(page.status, 200, "{fault:?}: {}", page.body),
            Outcome::Refused(reason) => {
                super::assert_stopped(&world, &sign_in.browser, &page, reason);
                assert_eq!(world.provider.count(EventKind::Token), 0, "{fault:?}");
            }
            Outcome::RefusedTwice(_) | Outcome::Unread(_) | Outcome::Restarted => unreachable!("no such row"),
        }
        assert_eq!(world.provider.count(EventKind::Jwks), 1, "{fault:?}");
        assert_eq!(world.provider.count(EventKind::Stray), 0, "{fault:?}");
        assert_eq!(old.navigate(world.at("/still")).await.trail(), ["GET /still 200"], "{fault:?}");
    }
}

/// A test for each row that is about a key set fetched because of an unknown kid.
macro_rules! after_a_rotation {
    ($($test:ident: $fault:literal => $outcome:expr;)+) => { $(
        #[tokio::test]
        async fn $test() {
            after_a_rotation($fault, $outcome).await;
        }
    )+ };
}

after_a_rotation! {
    a17_f13_the_right_one_of_two_keys_is_found: "A17" => Outcome::SignedIn;
    a18_the_kid_is_that_of_a_key_for_encryption: "A18" => Outcome::Refused("id-token-unknown-key");
    f01_the_right_key_is_found_among_strange_ones: "F01" => Outcome::SignedIn;
    f02_no_keys_any_more: "F02" => Outcome::Refused("id-token-unknown-key");
    f03_no_json_any_more: "F03" => Outcome::Refused("id-token-unknown-key");
    f04_not_there_any_more: "F04a" => Outcome::Refused("id-token-unknown-key");
    f04_troubles_now: "F04b" => Outcome::Refused("id-token-unknown-key");
    f05_ten_thousand_keys_now: "F05a" => Outcome::Refused("id-token-unknown-key");
    f07_weak_keys_now: "F07" => Outcome::Refused("id-token-unknown-key");
    f10_a_key_for_another_algorithm: "F10" => Outcome::Refused("id-token-key");
    f17_a_redirect_now: "F17" => Outcome::Refused("id-token-unknown-key");
}

#[tokio::test]
async fn f02_f03_f04_f05_f17_the_keys_at_hand_stay_while_no_others_come() {
    for id in ["F02", "F03a", "F03b", "F04a", "F04b", "F05a", "F05b", "F17"] {
        let world = World::start().await;
        world.provider.clear_events();
        world.provider.fault(Fault::by_id(id));
        world.advance(Duration::from_secs(3601));
        // Two sign-ins: the first has the keys fetched behind its back.
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
        world.provider.wait_for(EventKind::Jwks, 1).await;
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
    }
}

#[tokio::test]
async fn f12_a_token_of_a_removed_key_is_refused() {
    let world = World::start().await;
    let late = SignIn::to_the_answer(&world).await;
    world.provider.rotate_keys();
    world.signed_in().await;
    let page = late.end().await;
    super::assert_stopped(&world, &late.browser, &page, "id-token-unknown-key");
}

#[tokio::test]
async fn f13_both_keys_of_an_overlap_verify() {
    let world = World::start().await;
    let late = SignIn::to_the_answer(&world).await;
    world.provider.rotate_keys_overlapping();
    world.signed_in().await;
    assert_eq!(late.end().await.status, 200);
}

#[tokio::test]
async fn f16_many_sign_ins_wait_for_one_fetch_of_the_new_keys() {
    let world = World::start().await;
    world.signed_in().await;
    world.provider.rotate_keys();
    let mut waiting = Vec::new();
    for _ in 0..24 {
        waiting.push(SignIn::to_the_answer(&world).await);
    }
    world.provider.clear_events();
    let mut ends: JoinSet<_> = waiting.into_iter().map(|sign_in| async move { sign_in.end().await }).collect();
    while let Some(page) = ends.join_next().await {
        let page = page.expect("a browser");
        assert_eq!(page.status, 200, "{}", page.body);
    }
    assert_eq!(world.provider.count(EventKind::Jwks), 1);
}
