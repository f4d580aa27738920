//! Group E: the discovery document. What is refused makes the gateway wait, alive and not ready, and begins no sign-in.

use std::time::Duration;

use vestibule_harness::{
    browser::Call,
    idp::{EventKind, Fault, FaultPoint},
};

use super::{Outcome, run_faults};
use crate::world::{Setup, World};

/// A test for each row: the provider has the fault from the start.
macro_rules! from_start {
    ($($test:ident: $fault:literal => $check:ident $(($reason:literal))?;)+) => { $(
        #[tokio::test]
        async fn $test() {
            for fault in vestibule_harness::idp::Fault::row($fault) {
                crate::faults::discovery::$check(fault $(, $reason)?).await;
            }
        }
    )+ };
}
pub(super) use from_start;

from_start! {
    // Covers: E01.
    another_issuer: "E01" => not_ready("provider-issuer");
    // Covers: E02.
    a_slash_at_the_issuers_end: "E02" => not_ready("provider-issuer");
    // Covers: E03.
    a_template_for_the_issuer: "E03" => not_ready("provider-issuer");
    // Covers: E04.
    no_issuer: "E04" => not_ready("provider-issuer");
    // Covers: E05.
    keys_nowhere_or_where_none_may_be: "E05" => not_ready("provider-metadata");
    // Covers: E07.
    endpoints_nowhere_or_in_the_clear: "E07" => not_ready("provider-metadata");
    // Covers: E08.
    endpoints_with_too_much_in_them: "E08" => not_ready("provider-metadata");
    // Covers: E09.
    an_endpoint_with_a_query: "E09" => ready;
    // What a provider says of its response types is often wrong: a warning, and the sign-in is tried.
    // Covers: E10.
    response_types: "E10" => ready;
    // Covers: E11.
    response_modes: "E11" => ready;
    // Covers: E12.
    signing_algorithms: "E12" => ready;
    // Covers: E13.
    another_authentication_of_clients: "E13a" => not_ready("provider-metadata");
    // Covers: E13.
    nothing_said_about_authentication_of_clients: "E13b" => ready;
    // Covers: E14.
    sign_out_nowhere_or_in_the_clear: "E14" => ready;
    // Covers: E15.
    another_content_type: "E15a" => ready;
    // Covers: E15.
    a_byte_order_mark: "E15b" => not_ready("provider-metadata");
    // Covers: E15.
    five_megabytes: "E15c" => not_ready("provider-unreachable");
    // Nothing is unpacked, so what comes is no JSON.
    // Covers: E15.
    a_small_document_that_unpacks_into_a_large_one: "E15d" => not_ready("provider-metadata");
    // Covers: E16.
    not_there: "E16a" => not_ready("provider-unreachable");
    // Covers: E16.
    troubles: "E16b" => not_ready("provider-unreachable");
    // Covers: E16.
    a_redirect: "E16c" => not_ready("provider-unreachable");
    // Covers: E16.
    a_redirect_that_keeps_the_method: "E16e" => not_ready("provider-unreachable");
    // Covers: E16.
    a_redirect_for_ever: "E16f" => not_ready("provider-unreachable");
    // Covers: E19.
    unknown_members: "E19" => ready;
    // Covers: E20.
    nothing_said_about_the_issuer_in_answers: "E20" => ready;
    // Covers: E21.
    other_endpoints_for_mutual_tls: "E21" => ready;
}

/// The gateway can be used all the same.
pub(super) async fn ready(fault: Fault) {
    let world = Setup::new().fault(fault.id()).start().await;
    run_faults(&world, &[], Outcome::SignedIn).await;
}

/// The gateway lives, is not ready, sends nobody to the provider, and needs no restart once the fault is gone.
pub(super) async fn not_ready(fault: Fault, reason: &str) {
    let world = Setup::new().fault(fault.id()).without_waiting().start().await;
    assert_eq!((admin(&world, "/healthz").await, admin(&world, "/readyz").await), (200, 503), "{fault:?}");
    let page = world.browser().navigate(world.at("/wanted")).await;
    world.assert_refused(&page, reason);
    assert_eq!(page.status, 502, "{fault:?}");
    assert_eq!(page.set_cookies(), [""; 0], "{fault:?}");
    assert_eq!(admin(&world, "/readyz").await, 503, "{fault:?}");
    for never in [EventKind::Authorize, EventKind::Unexpected] {
        assert_eq!(world.provider.count(never), 0, "{fault:?}: {never:?}");
    }
    world.provider.clear_faults();
    let browser = world.browser();
    world.advance(LONGEST_PAUSE);
    let mut page = world.sign_in(&browser, "/wanted").await;
    if page.status != 200 {
        // That one joined a fetch that had begun before.
        world.advance(LONGEST_PAUSE);
        page = world.sign_in(&browser, "/wanted").await;
    }
    assert_eq!(page.status, 200, "{fault:?}: {}", page.body);
    assert_eq!(admin(&world, "/readyz").await, 200, "{fault:?}");
}

async fn admin(world: &World, path: &str) -> u16 {
    world.browser().request(Call::new("GET", &format!("{}{path}", world.admin))).await.status
}

// Covers: E12.
#[tokio::test]
async fn what_the_document_lists_widens_nothing() {
    for id in ["A05", "A08"] {
        let world = Setup::new().fault("E12").start().await;
        run_faults(&world, &[Fault::by_id(id)], Outcome::Refused("id-token-algorithm")).await;
    }
}

// Covers: E16, E18.
#[tokio::test]
async fn a_document_that_becomes_wrong_later_changes_nothing() {
    for id in ["E01b", "E04", "E05c", "E05e", "E07b", "E15c", "E15d", "E16a", "E16b", "E16c"] {
        let world = World::start().await;
        world.provider.clear_events();
        world.provider.fault(Fault::by_id(id));
        world.advance(AN_HOUR);
        // One sign-in while the document is fetched anew, and one after that.
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
        world.provider.wait_for(EventKind::Discovery, 1).await;
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
        assert_eq!(admin(&world, "/readyz").await, 200, "{id}");
    }
}

// Covers: D06, E16, F04.
#[tokio::test]
async fn what_never_answers_is_given_up() {
    let token = async {
        let world = World::start().await;
        run_faults(&world, &[Fault::by_id("D06c")], Outcome::Refused("provider-unreachable")).await;
    };
    let keys = async {
        let world = World::start().await;
        world.signed_in().await;
        world.provider.rotate_keys();
        world.provider.fault(Fault::by_id("F04c").at(FaultPoint::Jwks));
        let page = world.sign_in(&world.browser(), "/wanted").await;
        world.assert_refused(&page, "id-token-unknown-key");
    };
    tokio::join!(token, keys, not_ready(Fault::by_id("E16d"), "provider-unreachable"));
}

// Covers: E16.
#[tokio::test]
async fn while_the_provider_is_down_strangers_cause_no_fetches() {
    let world = Setup::new().fault("E16b").without_waiting().start().await;
    for _ in 0..100 {
        let page = world.browser().navigate(world.at("/wanted")).await;
        assert_eq!(page.status, 502, "{}", page.body);
    }
    // Half a second after the first, then a second, two, four: the hundred take no minute.
    let fetches = world.provider.count(EventKind::Discovery);
    assert!((1..=7).contains(&fetches), "{fetches}");
}

/// No pause after failed fetches is longer.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// After so long, documents are fetched anew.
const AN_HOUR: Duration = Duration::from_secs(3601);
