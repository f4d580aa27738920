//! Group B: the claims of an ID token, through the browser and from the token endpoint (row D21).
//!
//! B36 to B40 mean something only where it was asked for: once without, and once with `max_age` or an essential `acr`.

use vestibule_harness::idp::{EventKind, Fault, FaultPoint};

use super::{Outcome, run_faults};
use crate::world::{Setup, World};

faults! {
    // Covers: B01, D19, D21.
    another_issuer: "B01" @ Front Back => Refused("id-token-issuer");
    // Covers: B02.
    almost_the_issuer: "B02" @ Front Back => Refused("id-token-issuer");
    // Covers: B03.
    no_issuer: "B03a" @ Front Back => Refused("id-token-issuer");
    // Covers: B03.
    the_issuer_is_a_number: "B03b" @ Front Back => Refused("id-token-malformed");
    // Covers: B03.
    the_issuer_is_an_array: "B03c" @ Front Back => Refused("id-token-malformed");
    // Covers: B05.
    no_subject: "B05" @ Front Back => Refused("id-token-subject");
    // Covers: B06.
    odd_subjects: "B06" @ Front Back => Refused("id-token-subject");
    // Covers: B07, D44.
    another_audience: "B07" @ Front Back => Refused("id-token-audience");
    // Covers: CVE-D12, B08, D21.
    no_audience: "B08" @ Front Back => Refused("id-token-audience");
    // Covers: CVE-D12, B09.
    the_audience_as_an_array: "B09" @ Front Back => SignedIn;
    // Covers: CVE-D12, B10.
    a_second_audience: "B10" @ Front Back => Refused("id-token-audience");
    // Covers: CVE-D12, B11.
    a_second_audience_and_azp: "B11" @ Front Back => Refused("id-token-audience");
    // Covers: B12.
    another_authorized_party: "B12" @ Front Back => Refused("id-token-audience");
    // Covers: CVE-D12, B13.
    odd_audiences: "B13" @ Front Back => Refused("id-token-audience");
    // Covers: B14.
    almost_the_audience: "B14" @ Front Back => Refused("id-token-audience");
    // Covers: B15.
    expired: "B15" @ Front => Restarted;
    // Covers: B15.
    expired_from_the_token_endpoint: "B15" @ Back => Refused("id-token-expired");
    // Covers: B16.
    expired_within_the_leeway: "B16" @ Front Back => SignedIn;
    // Covers: CVE-D13, B17, D21.
    no_expiry: "B17" @ Front Back => Refused("id-token-malformed");
    // Covers: CVE-D13, B18.
    odd_expiries: "B18" @ Front Back => Refused("id-token-malformed");
    // Covers: B19.
    no_issue_time: "B19" @ Front Back => Refused("id-token-malformed");
    // Covers: B20.
    made_in_the_future: "B20" @ Front Back => Refused("clock-skew");
    // Nobody signs in a week after the token about it was made: `auth_time` is what this one is refused for.
    // Covers: B21.
    made_a_week_before_the_person_signed_in: "B21" @ Front Back => Refused("id-token-malformed");
    // Covers: B22.
    made_in_milliseconds: "B22" @ Front Back => Refused("id-token-malformed");
    // Covers: B23.
    not_yet_valid: "B23" @ Front Back => Refused("id-token-not-yet-valid");
    // Covers: CVE-D2, CVE-D3, B24, D21, D22.
    another_nonce: "B24" @ Front Back => Refused("id-token-nonce");
    // Covers: CVE-D2, CVE-D3, B25, D21, D22.
    no_nonce: "B25" @ Front Back => Refused("id-token-nonce");
    // Covers: CVE-D2, B26, D21.
    the_nonce_of_another_sign_in: "B26" @ Front Back => Refused("id-token-nonce");
    // Covers: B27.
    almost_the_nonce: "B27" @ Front Back => Refused("id-token-nonce");
    // Covers: CVE-D23, B29, D25.
    another_codes_hash: "B29" @ Front Back => Refused("id-token-code-hash");
    // Covers: CVE-D23, B30.
    no_code_hash: "B30" @ Front => Refused("id-token-code-hash");
    // Core 1.0, section 3.3.3.6: beside the token endpoint's token it need not be.
    // Covers: B30.
    no_code_hash_from_the_token_endpoint: "B30" @ Back => SignedIn;
    // Covers: B31.
    the_code_hash_in_other_forms: "B31" @ Front Back => Refused("id-token-code-hash");
    // Covers: B33.
    another_code: "B33" @ Response => Refused("id-token-code-hash");
    // Covers: B34.
    another_states_hash: "B34" @ Front Back => Refused("id-token-state-hash");
    // Covers: B35.
    an_access_tokens_hash_without_one: "B35" @ Front => SignedIn;
    // Covers: B36.
    no_auth_time_without_max_age: "B36" @ Front Back => SignedIn;
    // Covers: B38.
    invalid_auth_times: "B38" @ Front Back => Refused("id-token-malformed");
    // Covers: B41.
    a_claim_twice: "B41" @ Front Back => Refused("id-token-malformed");
    // Covers: B42.
    claims_that_are_no_strict_object: "B42" @ Front Back => Refused("id-token-malformed");
    // Covers: B44.
    no_session_id: "B44" @ Front Back => SignedIn;
    // A token is read up to 64 KiB; these are longer.
    // Covers: B45.
    an_address_of_100_kilobytes: "B45c" @ Front => Refused("id-token-malformed");
    // Covers: B45.
    an_address_of_100_kilobytes_from_the_token_endpoint: "B45c" @ Back => Refused("token-malformed");
    // Covers: B47.
    five_thousand_groups: "B47c" @ Front => Refused("id-token-malformed");
    // Covers: B47.
    five_thousand_groups_from_the_token_endpoint: "B47c" @ Back => Refused("token-malformed");
}

/// The fault in both tokens of a sign-in, and what the application then sees of one claim.
async fn seen_by_the_application(id: &str, header: &str) -> Vec<Option<String>> {
    let mut seen = Vec::new();
    for fault in Fault::row(id) {
        let world = World::start().await;
        run_faults(&world, &[fault.at(FaultPoint::Front), fault.at(FaultPoint::Back)], Outcome::SignedIn).await;
        let page = world.app.requests().into_iter().find(|request| request.target == "/wanted").expect("the page");
        assert_eq!(page.header("x-admin"), None, "{fault:?}");
        seen.push(page.header(header).map(str::to_owned));
    }
    seen
}

// Covers: B21.
#[tokio::test]
async fn made_a_week_ago() {
    // Without `auth_time`, which would be of this moment.
    for (point, outcome) in
        [(FaultPoint::Front, Outcome::Restarted), (FaultPoint::Back, Outcome::Refused("id-token-too-old"))]
    {
        let world = World::start().await;
        run_faults(&world, &["B21", "B36"].map(|id| Fault::by_id(id).at(point)), outcome).await;
    }
}

// Covers: B37.
#[tokio::test]
async fn auth_time_is_ignored_without_max_age() {
    let world = World::start().await;
    run_faults(
        &world,
        &[FaultPoint::Front, FaultPoint::Back].map(|point| Fault::by_id("B37").at(point)),
        Outcome::SignedIn,
    )
    .await;
}

// Covers: B36.
#[tokio::test]
async fn no_auth_time_although_max_age_was_requested() {
    for point in [FaultPoint::Front, FaultPoint::Back] {
        let world = Setup::new().provider(AN_HOUR).start().await;
        run_faults(&world, &[Fault::by_id("B36").at(point)], Outcome::Refused("id-token-auth-time")).await;
    }
}

// Covers: B37.
#[tokio::test]
async fn an_old_auth_time_is_retried_once() {
    let world = Setup::new().provider(AN_HOUR).start().await;
    run_faults(&world, &[Fault::by_id("B37").at(FaultPoint::Front)], Outcome::Refused("id-token-auth-old")).await;
    let asked = world.authorization_requests();
    let prompts: Vec<_> = asked.iter().map(|request| request.value("prompt")).collect();
    assert_eq!(prompts[..2], [None, Some("login")], "{asked:?}");
    assert!(asked.iter().all(|request| request.value("max_age") == Some("3600")), "{asked:?}");
}

// Covers: B38.
#[tokio::test]
async fn invalid_auth_times_with_max_age() {
    for fault in Fault::row("B38") {
        for point in [FaultPoint::Front, FaultPoint::Back] {
            let world = Setup::new().provider(AN_HOUR).start().await;
            run_faults(&world, &[fault.at(point)], Outcome::Refused("id-token-malformed")).await;
        }
    }
}

// Covers: B39.
#[tokio::test]
async fn another_level_than_the_essential_one() {
    for fault in Fault::row("B39") {
        for point in [FaultPoint::Front, FaultPoint::Back] {
            let world = Setup::new().provider(ESSENTIAL).start().await;
            run_faults(&world, &[fault.at(point)], Outcome::Refused("id-token-acr")).await;
        }
    }
}

// Covers: B40.
#[tokio::test]
async fn a_lower_level_than_was_wished_for() {
    for point in [FaultPoint::Front, FaultPoint::Back] {
        let world = Setup::new().provider("authorize = { acr_values = \"urn:test:mfa\" }").start().await;
        run_faults(&world, &[Fault::by_id("B40").at(point)], Outcome::SignedIn).await;
    }
}

// Covers: B45.
#[tokio::test]
async fn no_claim_adds_a_header() {
    for id in ["B45a", "B45b"] {
        assert_eq!(seen_by_the_application(id, "x-forwarded-email").await, [None], "{id}");
    }
}

// Covers: B46.
#[tokio::test]
async fn an_address_counts_only_when_it_is_verified() {
    assert_eq!(seen_by_the_application("B46", "x-forwarded-email").await, [None, None, None]);
}

// Covers: B47.
#[tokio::test]
async fn distributed_groups_are_not_fetched() {
    for id in ["B47a", "B47b"] {
        assert_eq!(seen_by_the_application(id, "x-forwarded-groups").await, [None], "{id}");
    }
}

// Covers: B15.
#[tokio::test]
async fn late_tokens_are_logged_for_the_operator() {
    let world = World::start().await;
    let end = run_faults(&world, &[Fault::by_id("B15")], Outcome::Restarted).await;
    assert!(world.provider.count(EventKind::Authorize) <= 6, "{:?}", end.history());
    let origin = format!("\"origin\":\"{}\"", world.url);
    let log = crate::world::everything_logged();
    assert!(log.lines().any(|line| line.contains(&origin) && line.contains("\"reason\":\"id-token-expired\"")));
}

const AN_HOUR: &str = "authorize = { max_age = \"1h\" }";
const ESSENTIAL: &str = r#"authorize = { claims = '{"id_token": {"acr": {"essential": true, "values": ["urn:test:mfa", "urn:test:hardware"]}, "acrs": {"essential": true, "value": "c1"}}}' }"#;
