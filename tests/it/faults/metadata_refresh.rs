//! Documents that change while the gateway runs, or cannot be fetched any more (rows E16 to E20 and F04).

use std::time::Duration;

use serde_json::Value;
use vestibule_harness::idp::{EventKind, Fault};

use super::{SignIn, discovery::LONGEST_PAUSE};
use crate::{
    query::callback,
    world::{Setup, World, everything_logged, wait_until},
};

/// The log lines with that message about the documents of an issuer.
pub(super) fn log_lines(issuer: &str, message: &str) -> Vec<Value> {
    let log = everything_logged();
    let ours = log.lines().filter(|line| line.contains(issuer) && line.contains(message));
    ours.filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Makes the gateway fetch a document again that may be stored for five minutes. The provider's clock is not advanced, so
/// codes and tokens stay valid.
async fn refetch(world: &World, document: &str) {
    let fetched =
        || log_lines(world.provider.issuer(), "\"fetched\"").iter().filter(|line| line["document"] == document).count();
    let (before, now) = (fetched(), world.provider.now());
    world.advance(FIVE_MINUTES);
    world.provider.set_now(now);
    wait_until(|| fetched() > before).await;
}

// Covers: E06, E17.
#[tokio::test]
async fn moved_endpoints_are_used_by_running_sign_ins() {
    let world = Setup::new().fault("E17").start().await;
    let signed_in = world.signed_in().await;
    let sign_in = SignIn::start(&world).await;
    world.provider.move_endpoints();
    world.provider.clear_events();
    refetch(&world, "metadata").await;
    // The keys are fetched from the new address at once, although the old ones are fresh.
    world.provider.wait_for(EventKind::Jwks, 1).await;
    assert_eq!(sign_in.end().await.status, 200);
    world.provider.rotate_keys();
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!((world.provider.count(EventKind::Token), world.provider.count(EventKind::Unexpected)), (2, 0));
    assert_eq!(signed_in.navigate(world.at("/still")).await.history(), ["GET /still 200"]);
}

// Covers: E06.
#[tokio::test]
async fn jwks_uri_comes_from_the_metadata() {
    let world = Setup::new().provider_down().start().await;
    world.provider.move_endpoints();
    world.provider.unavailable(false);
    while world.admin_status("/readyz").await != 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
    assert_eq!(world.provider.count(EventKind::Unexpected), 0);
}

// Covers: E17.
#[tokio::test]
async fn missing_keys_cause_a_metadata_fetch() {
    let world = Setup::new().fault("F15a").start().await;
    world.provider.clear_events();
    world.provider.move_endpoints();
    // The metadata would be fresh for most of an hour.
    world.advance(Duration::from_secs(300));
    world.provider.wait_for(EventKind::Unexpected, 1).await;
    world.provider.wait_for(EventKind::Jwks, 1).await;
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
}

// Covers: E18.
#[tokio::test]
async fn a_changed_issuer_is_refused_with_one_alarm() {
    let world = Setup::new().fault("E17").start().await;
    world.provider.fault(Fault::by_id("E01b"));
    for fetches in 1..4 {
        world.advance(FIVE_MINUTES);
        world.provider.wait_for(EventKind::Discovery, fetches + 1).await;
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "the old one is used");
    }
    let alarms = log_lines(world.provider.issuer(), "ALARM");
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!((alarms[0]["level"].as_str(), alarms[0]["reason"].as_str()), (Some("ERROR"), Some("provider-issuer")));
    assert_eq!(world.provider.count(EventKind::Unexpected), 0);
}

// Covers: E20.
#[tokio::test]
async fn current_metadata_decides_about_the_iss_parameter() {
    const CODE: &str = "response_type = \"code\"\nresponse_mode = \"query\"";
    let world = Setup::new().provider(CODE).fault("E17").fault("E20").fault("C30").start().await;
    let browser = world.browser();
    let answer = callback(&world, &browser, "/wanted").await;
    assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "nothing is promised");

    world.provider.clear_faults();
    for id in ["E17", "C30"] {
        world.provider.fault(Fault::by_id(id));
    }
    refetch(&world, "metadata").await;
    let page = browser.navigate(&answer).await;
    world.assert_refused(&page, "answer-issuer");
    world.provider.advance(FIVE_MINUTES);
    let browser = world.browser();
    let answer = callback(&world, &browser, "/wanted").await;

    world.provider.fault(Fault::by_id("E20"));
    refetch(&world, "metadata").await;
    assert_eq!(browser.navigate(&answer).await.status, 200, "nothing is promised any more");
}

// Covers: F04.
#[tokio::test]
async fn repeated_failures_are_logged_once() {
    let world = Setup::new().fault("F15a").start().await;
    let lines = || log_lines(world.provider.issuer(), "cannot be fetched");
    for run in 1..3 {
        world.provider.fault(Fault::by_id("F04b"));
        world.provider.clear_events();
        for fetches in 1..4 {
            world.advance(FIVE_MINUTES);
            world.provider.wait_for(EventKind::Jwks, fetches).await;
            assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200);
        }
        wait_until(|| lines().len() >= run).await;
        assert_eq!(lines().len(), run, "{:?}", lines());
        world.provider.clear_faults();
        world.provider.fault(Fault::by_id("F15a"));
        world.advance(LONGEST_PAUSE);
        wait_until(|| log_lines(world.provider.issuer(), "\"recovered\":true").len() == run).await;
    }
    assert_eq!(lines()[0]["reason"], "provider-unreachable");
}

// Covers: E16, F04.
#[tokio::test]
async fn stale_documents_are_used_for_a_week() {
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

/// Slightly less than five minutes, so that a token of that age is still valid; a document with the shortest lifetime is fetched again by then.
const FIVE_MINUTES: Duration = Duration::from_secs(270);
