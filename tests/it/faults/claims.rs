//! Group B: the claims of an ID token, through the browser and from the token endpoint (row D21).
//!
//! B36 to B40 depend on the request: each is tested without and with `max_age` or an essential `acr`.

use vestibule_harness::idp::{EventKind, Fault, FaultPoint};

use super::{Outcome, run_faults};
use crate::world::{Setup, World};

faults! {
    // Covers: B01, D19, D21.
    another_issuer: "B01" @ Front Back => Refused("id-token-issuer");
    // Covers: B02.
    a_nearly_equal_issuer: "B02" @ Front Back => Refused("id-token-issuer");
    // Covers: B03.
    no_issuer: "B03a" @ Front Back => Refused("id-token-issuer");
    // Covers: B03.
    the_issuer_is_a_number: "B03b" @ Front Back => Refused("id-token-malformed");
    // Covers: B03.
    the_issuer_is_an_array: "B03c" @ Front Back => Refused("id-token-malformed");
    // Covers: B05.
    no_subject: "B05" @ Front Back => Refused("id-token-subject");
    // Covers: B06.
    invalid_subjects: "B06" @ Front Back => Refused("id-token-subject");
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
    invalid_audiences: "B13" @ Front Back => Refused("id-token-audience");
    // Covers: B14.
    a_nearly_equal_audience: "B14" @ Front Back => Refused("id-token-audience");
    // Covers: B15.
    expired: "B15" @ Front => Restarted;
    // Covers: B15.
    expired_from_the_token_endpoint: "B15" @ Back => Refused("id-token-expired");
    // Covers: B16.
    expired_within_the_leeway: "B16" @ Front Back => SignedIn;
    // Covers: CVE-D13, B17, D21.
    no_expiry: "B17" @ Front Back => Refused("id-token-malformed");
    // Covers: CVE-D13, B18.
    invalid_expiry_times: "B18" @ Front Back => Refused("id-token-malformed");
    // Covers: B19.
    no_issue_time: "B19" @ Front Back => Refused("id-token-malformed");
    // Covers: B20.
    issued_in_the_future: "B20" @ Front Back => Refused("clock-skew");
    // `iat` a week before `auth_time` is impossible; the token is refused for that.
    // Covers: B21.
    issued_a_week_before_auth_time: "B21" @ Front Back => Refused("id-token-malformed");
    // Covers: B22.
    issue_time_in_milliseconds: "B22" @ Front Back => Refused("id-token-malformed");
    // Covers: B23.
    not_yet_valid: "B23" @ Front Back => Refused("id-token-not-yet-valid");
    // Covers: CVE-D2, CVE-D3, B24, D21, D22.
    another_nonce: "B24" @ Front Back => Refused("id-token-nonce");
    // Covers: CVE-D2, CVE-D3, B25, D21, D22.
    no_nonce: "B25" @ Front Back => Refused("id-token-nonce");
    // Covers: CVE-D2, B26, D21.
    the_nonce_of_another_sign_in: "B26" @ Front Back => Refused("id-token-nonce");
    // Covers: B27.
    a_nearly_equal_nonce: "B27" @ Front Back => Refused("id-token-nonce");
    // Covers: CVE-D23, B29, D25.
    the_hash_of_another_code: "B29" @ Front Back => Refused("id-token-code-hash");
    // Covers: CVE-D23, B30.
    no_code_hash: "B30" @ Front => Refused("id-token-code-hash");
    // Core 1.0, section 3.3.3.6: it may be missing beside the token of the token endpoint.
    // Covers: B30.
    no_code_hash_from_the_token_endpoint: "B30" @ Back => SignedIn;
    // Covers: B31.
    the_code_hash_in_other_forms: "B31" @ Front Back => Refused("id-token-code-hash");
    // Covers: B33.
    another_code: "B33" @ Response => Refused("id-token-code-hash");
    // Covers: B34.
    the_hash_of_another_state: "B34" @ Front Back => Refused("id-token-state-hash");
    // Covers: B35.
    at_hash_without_access_token: "B35" @ Front => SignedIn;
    // Covers: B36.
    no_auth_time_without_max_age: "B36" @ Front Back => SignedIn;
    // Covers: B38.
    invalid_auth_times: "B38" @ Front Back => Refused("id-token-malformed");
    // Covers: B41.
    a_claim_twice: "B41" @ Front Back => Refused("id-token-malformed");
    // Covers: B42.
    claims_that_are_not_a_strict_object: "B42" @ Front Back => Refused("id-token-malformed");
    // Covers: B44.
    no_session_id: "B44" @ Front Back => SignedIn;
    // A token may have at most 64 KiB; these are longer.
    // Covers: B45.
    an_address_of_100_kilobytes: "B45c" @ Front => Refused("id-token-malformed");
    // Covers: B45.
    an_address_of_100_kilobytes_from_the_token_endpoint: "B45c" @ Back => Refused("token-malformed");
    // Covers: B47.
    five_thousand_groups: "B47c" @ Front => Refused("id-token-malformed");
    // Covers: B47.
    five_thousand_groups_from_the_token_endpoint: "B47c" @ Back => Refused("token-malformed");
}

/// Puts the fault into both tokens of a sign-in, and returns the header that the application received.
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
async fn a_token_issued_a_week_ago_is_refused() {
    // Without `auth_time`, which would be the current time.
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
async fn missing_auth_time_with_max_age_is_refused() {
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
async fn invalid_auth_times_with_max_age_are_refused() {
    for fault in Fault::row("B38") {
        for point in [FaultPoint::Front, FaultPoint::Back] {
            let world = Setup::new().provider(AN_HOUR).start().await;
            run_faults(&world, &[fault.at(point)], Outcome::Refused("id-token-malformed")).await;
        }
    }
}

// Covers: B39.
#[tokio::test]
async fn another_acr_than_the_essential_one_is_refused() {
    for fault in Fault::row("B39") {
        for point in [FaultPoint::Front, FaultPoint::Back] {
            let world = Setup::new().provider(ESSENTIAL).start().await;
            run_faults(&world, &[fault.at(point)], Outcome::Refused("id-token-acr")).await;
        }
    }
}

// Covers: B40.
#[tokio::test]
async fn a_lower_acr_than_the_voluntary_one_is_accepted() {
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
async fn an_email_is_used_only_when_verified() {
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
async fn late_tokens_are_logged() {
    let world = World::start().await;
    let end = run_faults(&world, &[Fault::by_id("B15")], Outcome::Restarted).await;
    assert!(world.provider.count(EventKind::Authorize) <= 6, "{:?}", end.history());
    let origin = format!("\"origin\":\"{}\"", world.url);
    let log = crate::world::everything_logged();
    assert!(log.lines().any(|line| line.contains(&origin) && line.contains("\"reason\":\"id-token-expired\"")));
}

const AN_HOUR: &str = "authorize = { max_age = \"1h\" }";
const ESSENTIAL: &str = r#"authorize = { claims = '{"id_token": {"acr": {"essential": true, "values": ["urn:test:mfa", "urn:test:hardware"]}, "acrs": {"essential": true, "value": "c1"}}}' }"#;
