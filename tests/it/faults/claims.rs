//! Group B: the claims of an ID token, through the browser and from the token endpoint (row D21).
//!
//! B36 to B40 mean something only where it was asked for: once without, and once with `max_age` or an essential `acr`.

use vestibule_harness::idp::{EventKind, Fault, Place};

use super::{Outcome, play_in};
use crate::world::{Setup, World};

faults! {
    b01_d19_d21_another_issuer: "B01" @ Front Back => Refused("id-token-issuer");
    b02_almost_the_issuer: "B02" @ Front Back => Refused("id-token-issuer");
    b03_no_issuer: "B03a" @ Front Back => Refused("id-token-issuer");
    b03_the_issuer_is_a_number: "B03b" @ Front Back => Refused("id-token-malformed");
    b03_the_issuer_is_an_array: "B03c" @ Front Back => Refused("id-token-malformed");
    b05_no_subject: "B05" @ Front Back => Refused("id-token-subject");
    b06_odd_subjects: "B06" @ Front Back => Refused("id-token-subject");
    b07_d44_another_audience: "B07" @ Front Back => Refused("id-token-audience");
    cve_d12_b08_d21_no_audience: "B08" @ Front Back => Refused("id-token-audience");
    cve_d12_b09_the_audience_as_an_array: "B09" @ Front Back => SignedIn;
    cve_d12_b10_a_second_audience: "B10" @ Front Back => Refused("id-token-audience");
    cve_d12_b11_a_second_audience_and_azp: "B11" @ Front Back => Refused("id-token-audience");
    b12_another_authorized_party: "B12" @ Front Back => Refused("id-token-audience");
    cve_d12_b13_odd_audiences: "B13" @ Front Back => Refused("id-token-audience");
    b14_almost_the_audience: "B14" @ Front Back => Refused("id-token-audience");
    b15_expired: "B15" @ Front => Restarted;
    b15_expired_from_the_token_endpoint: "B15" @ Back => Refused("id-token-expired");
    b16_expired_within_the_leeway: "B16" @ Front Back => SignedIn;
    cve_d13_b17_d21_no_expiry: "B17" @ Front Back => Refused("id-token-malformed");
    cve_d13_b18_odd_expiries: "B18" @ Front Back => Refused("id-token-malformed");
    b19_no_issue_time: "B19" @ Front Back => Refused("id-token-malformed");
    b20_made_in_the_future: "B20" @ Front Back => Refused("clock-skew");
    // Nobody signs in a week after the token about it was made: `auth_time` is what this one is refused for.
    b21_made_a_week_before_the_person_signed_in: "B21" @ Front Back => Refused("id-token-malformed");
    b22_made_in_milliseconds: "B22" @ Front Back => Refused("id-token-malformed");
    b23_not_yet_valid: "B23" @ Front Back => Refused("id-token-not-yet-valid");
    cve_d02_cve_d03_b24_d21_d22_another_nonce: "B24" @ Front Back => Refused("id-token-nonce");
    cve_d02_cve_d03_b25_d21_d22_no_nonce: "B25" @ Front Back => Refused("id-token-nonce");
    cve_d02_b26_d21_the_nonce_of_another_sign_in: "B26" @ Front Back => Refused("id-token-nonce");
    b27_almost_the_nonce: "B27" @ Front Back => Refused("id-token-nonce");
    cve_d23_b29_d25_another_codes_hash: "B29" @ Front Back => Refused("id-token-code-hash");
    cve_d23_b30_no_code_hash: "B30" @ Front => Refused("id-token-code-hash");
    // Core 1.0, section 3.3.3.6: beside the token endpoint's token it need not be.
    b30_no_code_hash_from_the_token_endpoint: "B30" @ Back => SignedIn;
    b31_the_code_hash_in_other_forms: "B31" @ Front Back => Refused("id-token-code-hash");
    b33_another_code: "B33" @ Response => Refused("id-token-code-hash");
    b34_another_states_hash: "B34" @ Front Back => Refused("id-token-state-hash");
    b35_an_access_tokens_hash_without_one: "B35" @ Front => SignedIn;
    b36_no_time_of_authentication_where_none_was_asked_for: "B36" @ Front Back => SignedIn;
    b38_odd_times_of_authentication: "B38" @ Front Back => Refused("id-token-malformed");
    b41_a_claim_twice: "B41" @ Front Back => Refused("id-token-malformed");
    b42_claims_that_are_no_strict_object: "B42" @ Front Back => Refused("id-token-malformed");
    b44_no_session_id: "B44" @ Front Back => SignedIn;
    // A token is read up to 64 KiB; these are longer.
    b45_an_address_of_100_kilobytes: "B45c" @ Front => Refused("id-token-malformed");
    b45_an_address_of_100_kilobytes_from_the_token_endpoint: "B45c" @ Back => Refused("token-malformed");
    b47_five_thousand_groups: "B47c" @ Front => Refused("id-token-malformed");
    b47_five_thousand_groups_from_the_token_endpoint: "B47c" @ Back => Refused("token-malformed");
}

/// The fault in both tokens of a sign-in, and what the application then sees of one claim.
async fn seen_by_the_application(id: &str, header: &str) -> Vec<Option<String>> {
    let mut seen = Vec::new();
    for fault in Fault::row(id) {
        let world = World::start().await;
        play_in(&world, &[fault.at(Place::Front), fault.at(Place::Back)], Outcome::SignedIn).await;
        let page = world.app.requests().into_iter().find(|request| request.target == "/wanted").expect("the page");
        assert_eq!(page.header("x-admin"), None, "{fault:?}");
        seen.push(page.header(header).map(str::to_owned));
    }
    seen
}

#[tokio::test]
async fn b21_made_a_week_ago() {
    // Without `auth_time`, which would be of this moment.
    for (place, outcome) in [(Place::Front, Outcome::Restarted), (Place::Back, Outcome::Refused("id-token-too-old"))] {
        let world = World::start().await;
        play_in(&world, &["B21", "B36"].map(|id| Fault::by_id(id).at(place)), outcome).await;
    }
}

#[tokio::test]
async fn b37_how_long_ago_the_person_signed_in_there_matters_to_nobody_who_did_not_ask() {
    let world = World::start().await;
    play_in(&world, &[Place::Front, Place::Back].map(|place| Fault::by_id("B37").at(place)), Outcome::SignedIn).await;
}

#[tokio::test]
async fn b36_no_time_of_authentication_although_an_age_was_asked_for() {
    for place in [Place::Front, Place::Back] {
        let world = Setup::new().provider(AN_HOUR).start().await;
        play_in(&world, &[Fault::by_id("B36").at(place)], Outcome::Refused("id-token-auth-time")).await;
    }
}

#[tokio::test]
async fn b37_an_authentication_that_was_too_long_ago_is_asked_for_once_more_and_then_refused() {
    let world = Setup::new().provider(AN_HOUR).start().await;
    play_in(&world, &[Fault::by_id("B37").at(Place::Front)], Outcome::Refused("id-token-auth-old")).await;
    let asked = world.asked();
    let prompts: Vec<_> = asked.iter().map(|request| request.value("prompt")).collect();
    assert_eq!(prompts[..2], [None, Some("login")], "{asked:?}");
    assert!(asked.iter().all(|request| request.value("max_age") == Some("3600")), "{asked:?}");
}

#[tokio::test]
async fn b38_odd_times_of_authentication_where_an_age_was_asked_for() {
    for fault in Fault::row("B38") {
        for place in [Place::Front, Place::Back] {
            let world = Setup::new().provider(AN_HOUR).start().await;
            play_in(&world, &[fault.at(place)], Outcome::Refused("id-token-malformed")).await;
        }
    }
}

#[tokio::test]
async fn b39_another_level_than_the_essential_one() {
    for fault in Fault::row("B39") {
        for place in [Place::Front, Place::Back] {
            let world = Setup::new().provider(ESSENTIAL).start().await;
            play_in(&world, &[fault.at(place)], Outcome::Refused("id-token-acr")).await;
        }
    }
}

#[tokio::test]
async fn b40_a_lower_level_than_was_wished_for() {
    for place in [Place::Front, Place::Back] {
        let world = Setup::new().provider("authorize = { acr_values = \"urn:test:mfa\" }").start().await;
        play_in(&world, &[Fault::by_id("B40").at(place)], Outcome::SignedIn).await;
    }
}

#[tokio::test]
async fn b45_no_claim_writes_a_header_of_its_own() {
    for id in ["B45a", "B45b"] {
        assert_eq!(seen_by_the_application(id, "x-forwarded-email").await, [None], "{id}");
    }
}

#[tokio::test]
async fn b46_an_address_counts_only_when_it_is_verified() {
    assert_eq!(seen_by_the_application("B46", "x-forwarded-email").await, [None, None, None]);
}

#[tokio::test]
async fn b47_groups_that_stand_elsewhere_are_no_groups_and_nobody_is_asked_for_them() {
    for id in ["B47a", "B47b"] {
        assert_eq!(seen_by_the_application(id, "x-forwarded-groups").await, [None], "{id}");
    }
}

#[tokio::test]
async fn b15_that_a_token_came_too_late_is_told_to_the_operator() {
    let world = World::start().await;
    let end = play_in(&world, &[Fault::by_id("B15")], Outcome::Restarted).await;
    assert!(world.provider.count(EventKind::Authorize) <= 6, "{:?}", end.trail());
    let origin = format!("\"origin\":\"{}\"", world.url);
    let log = crate::world::everything_logged();
    assert!(log.lines().any(|line| line.contains(&origin) && line.contains("\"reason\":\"id-token-expired\"")));
}

const AN_HOUR: &str = "authorize = { max_age = \"1h\" }";
const ESSENTIAL: &str = r#"authorize = { claims = '{"id_token": {"acr": {"essential": true, "values": ["urn:test:mfa", "urn:test:hardware"]}, "acrs": {"essential": true, "value": "c1"}}}' }"#;
