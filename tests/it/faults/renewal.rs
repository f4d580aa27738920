//! Documents that change while the gateway runs, or cannot be fetched any more (rows E16 to E20 and F04).

use std::time::Duration;

use serde_json::Value;
use vestibule_harness::idp::{EventKind, Fault};

use super::{SignIn, discovery::LONGEST_PAUSE};
use crate::{
    query::callback,
    world::{Setup, World, everything_logged, until},
};

/// The lines with that message about the documents of an issuer.
pub(super) fn told(issuer: &str, message: &str) -> Vec<Value> {
    let log = everything_logged();
    let ours = log.lines().filter(|line| line.contains(issuer) && line.contains(message));
    ours.filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Lets the gateway fetch a document again that may be kept for five minutes. The provider's time stands still meanwhile:
/// codes and tokens under way stay good.
async fn renew(world: &World, document: &str) {
    let fetched =
        || told(world.provider.issuer(), "\"fetched\"").iter().filter(|line| line["document"] == document).count();
    let (before, now) = (fetched(), world.provider.now());
    world.advance(FIVE_MINUTES);
    world.provider.set_now(now);
    until(|| fetched() > before).await;
}

#[tokio::test]
async fn e06_e17_endpoints_that_move_are_found_and_a_sign_in_under_way_ends_there() {
    let world = Setup::new().fault("E17").start().await;
    let signed_in = world.signed_in().await;
    let sign_in = SignIn::to_the_answer(&world).await;
    world.provider.move_endpoints();
    world.provider.clear_events();
    renew(&world, "metadata").await;
    // Keys are fetched where they are now, at once, though the old ones are fresh.
    world.provider.wait_for(EventKind::Jwks, 1).await;
    assert_eq!(sign_in.end().await.status, 200);
    world.provider.rotate_keys();
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!((world.provider.count(EventKind::Token), world.provider.count(EventKind::Stray)), (2, 0));
    assert_eq!(signed_in.navigate(world.at("/still")).await.trail(), ["GET /still 200"]);
}

#[tokio::test]
async fn e06_the_address_of_the_keys_is_the_one_in_the_document() {
    let world = Setup::new().provider_down().start().await;
    world.provider.move_endpoints();
    world.provider.unavailable(false);
    while world.admin_status("/readyz").await != 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!(world.provider.count(EventKind::Stray), 0);
}

#[tokio::test]
async fn e17_keys_that_are_gone_make_us_look_where_they_are_now() {
    let world = Setup::new().fault("F15a").start().await;
    world.provider.clear_events();
    world.provider.move_endpoints();
    // The metadata would be good for most of an hour.
    world.advance(Duration::from_secs(300));
    world.provider.wait_for(EventKind::Stray, 1).await;
    world.provider.wait_for(EventKind::Jwks, 1).await;
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
}

#[tokio::test]
async fn e18_a_document_that_names_another_issuer_is_refused_with_one_alarm() {
    let world = Setup::new().fault("E17").start().await;
    world.provider.fault(Fault::by_id("E01b"));
    for fetches in 1..4 {
        world.advance(FIVE_MINUTES);
        world.provider.wait_for(EventKind::Discovery, fetches + 1).await;
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "the old one is used");
    }
    let alarms = told(world.provider.issuer(), "ALARM");
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!((alarms[0]["level"].as_str(), alarms[0]["reason"].as_str()), (Some("ERROR"), Some("provider-issuer")));
    assert_eq!(world.provider.count(EventKind::Stray), 0);
}

#[tokio::test]
async fn e20_what_an_answer_must_hold_is_what_the_document_says_when_it_comes() {
    const CODE: &str = "response_type = \"code\"\nresponse_mode = \"query\"";
    let world = Setup::new().provider(CODE).fault("E17").fault("E20").fault("C30").start().await;
    let browser = world.browser();
    let answer = callback(&world, &browser, "/wanted").await;
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "nothing is promised");

    world.provider.clear_faults();
    for id in ["E17", "C30"] {
        world.provider.fault(Fault::by_id(id));
    }
    renew(&world, "metadata").await;
    let page = browser.navigate(&answer).await;
    world.assert_refused(&page, "answer-issuer");
    world.provider.advance(FIVE_MINUTES);
    let browser = world.browser();
    let answer = callback(&world, &browser, "/wanted").await;

    world.provider.fault(Fault::by_id("E20"));
    renew(&world, "metadata").await;
    assert_eq!(browser.navigate(&answer).await.status, 200, "nothing is promised any more");
}

#[tokio::test]
async fn f04_failures_are_told_once_a_run_and_again_when_nothing_is_left() {
    let world = Setup::new().fault("F15a").start().await;
    let lines = || told(world.provider.issuer(), "cannot be fetched");
    for run in 1..3 {
        world.provider.fault(Fault::by_id("F04b"));
        world.provider.clear_events();
        for fetches in 1..4 {
            world.advance(FIVE_MINUTES);
            world.provider.wait_for(EventKind::Jwks, fetches).await;
            assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
        }
        until(|| lines().len() >= run).await;
        assert_eq!(lines().len(), run, "{:?}", lines());
        world.provider.clear_faults();
        world.provider.fault(Fault::by_id("F15a"));
        world.advance(LONGEST_PAUSE);
        until(|| told(world.provider.issuer(), "\"recovered\":true").len() == run).await;
    }
    assert_eq!(lines()[0]["reason"], "provider-unreachable");
}

#[tokio::test]
async fn e16_f04_old_documents_are_used_for_a_week_while_no_others_come_and_not_longer() {
    let world = World::start().await;
    for id in ["E16b", "F04b"] {
        world.provider.fault(Fault::by_id(id));
    }
    world.advance(Duration::from_secs(7 * 24 * 3600 - 600));
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!(world.admin_status("/readyz").await, 200);

    world.advance(Duration::from_secs(601));
    let page = world.browser().navigate(world.at("/wanted")).await;
    world.assert_refused(&page, "provider-unreachable");
    assert_eq!((page.status, world.admin_status("/readyz").await), (502, 503));

    world.provider.clear_faults();
    world.advance(LONGEST_PAUSE);
    while world.admin_status("/readyz").await != 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
}

/// Not whole, so that a token of so long ago is still good; a document that may be kept for no longer is fetched again by then.
const FIVE_MINUTES: Duration = Duration::from_secs(270);
