//! Group E: the discovery document. After a refused document the gateway is alive, not ready, and starts no sign-in.

use std::time::Duration;

use vestibule_harness::{
    browser::Call,
    idp::{EventKind, Fault, FaultPoint},
};

use super::{Outcome, run_faults};
use crate::world::{Setup, World};

/// One test for each row: the provider has the fault from the start.
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
    an_issuer_with_a_final_slash: "E02" => not_ready("provider-issuer");
    // Covers: E03.
    an_issuer_template: "E03" => not_ready("provider-issuer");
    // Covers: E04.
    no_issuer: "E04" => not_ready("provider-issuer");
    // Covers: E05.
    jwks_uri_missing_or_not_allowed: "E05" => not_ready("provider-metadata");
    // Covers: E07.
    endpoints_missing_or_not_https: "E07" => not_ready("provider-metadata");
    // Covers: E08.
    endpoints_with_fragment_or_user_information: "E08" => not_ready("provider-metadata");
    // Covers: E09.
    an_endpoint_with_a_query: "E09" => ready;
    // Providers often list their response types wrongly: a warning, and the sign-in is tried.
    // Covers: E10.
    response_types: "E10" => ready;
    // Covers: E11.
    response_modes: "E11" => ready;
    // Covers: E12.
    signing_algorithms: "E12" => ready;
    // Covers: E13.
    another_client_authentication: "E13a" => not_ready("provider-metadata");
    // Covers: E13.
    no_client_authentication_listed: "E13b" => ready;
    // Covers: E14.
    end_session_endpoint_missing_or_not_https: "E14" => ready;
    // Covers: E15.
    another_content_type: "E15a" => ready;
    // Covers: E15.
    a_byte_order_mark: "E15b" => not_ready("provider-metadata");
    // Covers: E15.
    five_megabytes: "E15c" => not_ready("provider-unreachable");
    // The gateway decompresses nothing, so the body is not JSON.
    // Covers: E15.
    a_compressed_document: "E15d" => not_ready("provider-metadata");
    // Covers: E16.
    not_found: "E16a" => not_ready("provider-unreachable");
    // Covers: E16.
    a_server_error: "E16b" => not_ready("provider-unreachable");
    // Covers: E16.
    a_redirect: "E16c" => not_ready("provider-unreachable");
    // Covers: E16.
    a_redirect_that_keeps_the_method: "E16e" => not_ready("provider-unreachable");
    // Covers: E16.
    an_endless_redirect: "E16f" => not_ready("provider-unreachable");
    // Covers: E19.
    unknown_members: "E19" => ready;
    // Covers: E20.
    no_iss_parameter_announced: "E20" => ready;
    // Covers: E21.
    mtls_endpoint_aliases: "E21" => ready;
}

/// Asserts that the gateway becomes ready.
pub(super) async fn ready(fault: Fault) {
    let world = Setup::new().fault(fault.id()).start().await;
    run_faults(&world, &[], Outcome::SignedIn).await;
}

/// Asserts that the gateway runs, is not ready, starts no sign-in, and recovers without a restart once the fault is gone.
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
async fn listed_algorithms_extend_no_allow_list() {
    for id in ["A05", "A08"] {
        let world = Setup::new().fault("E12").start().await;
        run_faults(&world, &[Fault::by_id(id)], Outcome::Refused("id-token-algorithm")).await;
    }
}

// Covers: E16, E18.
#[tokio::test]
async fn later_invalid_metadata_keeps_the_former_metadata() {
    for id in ["E01b", "E04", "E05c", "E05e", "E07b", "E15c", "E15d", "E16a", "E16b", "E16c"] {
        let world = World::start().await;
        world.provider.clear_events();
        world.provider.fault(Fault::by_id(id));
        world.advance(AN_HOUR);
        // One sign-in while the document is fetched again, and one after that.
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
        world.provider.wait_for(EventKind::Discovery, 1).await;
        assert_eq!(world.sign_in(&world.browser(), "/wanted").await.status, 200, "{id}");
        assert_eq!(admin(&world, "/readyz").await, 200, "{id}");
    }
}

// Covers: D06, E16, F04.
#[tokio::test]
async fn a_fetch_without_response_times_out() {
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
async fn an_unavailable_provider_bounds_fetches_for_any_client() {
    let world = Setup::new().fault("E16b").without_waiting().start().await;
    for _ in 0..100 {
        let page = world.browser().navigate(world.at("/wanted")).await;
        assert_eq!(page.status, 502, "{}", page.body);
    }
    // The pauses are half a second, then one, two, four seconds: the hundred requests take less than a minute.
    let fetches = world.provider.count(EventKind::Discovery);
    assert!((1..=7).contains(&fetches), "{fetches}");
}

/// The longest pause after failed fetches.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The time after which documents are fetched again.
const AN_HOUR: Duration = Duration::from_secs(3601);
