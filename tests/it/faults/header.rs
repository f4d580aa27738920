//! Group A: header, signature and form of an ID token, through the browser and from the token endpoint (row D21).

use vestibule_harness::idp::{EventKind, Fault, FaultPoint};

use super::{Outcome, run_faults};
use crate::world::World;

faults! {
    // Covers: A01, D21, D29.
    the_signature_has_a_bit_flipped: "A01" @ Front Back => Refused("id-token-signature");
    // Covers: A02.
    a_signature_by_another_key: "A02" @ Front Back => Refused("id-token-signature");
    // Covers: A03.
    hs256_with_another_secret: "A03" @ Front Back => Refused("id-token-algorithm");
    // Covers: A04.
    the_signature_is_empty: "A04" @ Front Back => Refused("id-token-signature");
    // Covers: CVE-D9, A05, D21, D28.
    alg_none: "A05" @ Front Back => Refused("id-token-algorithm");
    // Covers: A06.
    alg_none_in_other_letter_cases: "A06" @ Front Back => Refused("id-token-algorithm");
    // Covers: CVE-D8, A07, D21.
    hs256_with_the_public_key: "A07" @ Front Back => Refused("id-token-algorithm");
    // Covers: A08.
    hs256_with_the_client_secret: "A08" @ Front Back => Refused("id-token-algorithm");
    // Covers: A09.
    ps256_with_a_key_published_for_rs256: "A09a" @ Front Back => Refused("id-token-key");
    // Four asymmetric algorithms are accepted if the provider publishes a key for them; no narrower list can be configured.
    // Covers: A09.
    es256_with_a_key_published_for_it: "A09b" @ Front Back => SignedIn;
    // Covers: CVE-D9, A10.
    alg_is_missing: "A10a" @ Front Back => Refused("id-token-malformed");
    // Covers: A10.
    alg_is_a_number: "A10b" @ Front Back => Refused("id-token-malformed");
    // Covers: CVE-D6, A10, D21.
    alg_is_unknown: "A10c" @ Front Back => Refused("id-token-algorithm");
    // Covers: A14.
    no_kid_and_one_key: "A14" @ Front Back => SignedIn;
    // Covers: A16.
    the_kid_of_another_key: "A16" @ Front Back => Refused("id-token-signature");
    // Covers: A19.
    the_kid_is_a_path: "A19a" @ Front Back => Refused("id-token-unknown-key");
    // Covers: A19.
    the_kid_is_sql: "A19b" @ Front Back => Refused("id-token-unknown-key");
    // Covers: A19.
    the_kid_is_a_url: "A19c" @ Front Back => Refused("id-token-unknown-key");
    // Covers: A19.
    the_kid_is_ten_kilobytes: "A19d" @ Front Back => Refused("id-token-malformed");
    // Covers: A19.
    the_kid_has_line_breaks: "A19e" @ Front Back => Refused("id-token-unknown-key");
    // Covers: A20, CVE-D11.
    jku_is_not_fetched: "A20" @ Front Back => Refused("id-token-unknown-key");
    // Covers: A21, CVE-D11.
    x5u_and_x5c_are_not_used: "A21" @ Front Back => Refused("id-token-unknown-key");
    // Covers: A22, CVE-D11.
    jwk_is_not_used: "A22" @ Front Back => Refused("id-token-unknown-key");
    // Covers: CVE-D9, A23.
    critical_extensions: "A23" @ Front Back => Refused("id-token-malformed");
    // Covers: CVE-D24, A24.
    an_access_token: "A24" @ Front Back => Refused("id-token-type");
    // Covers: CVE-D24, A25.
    a_logout_token: "A25" @ Front Back => Refused("id-token-type");
    // Covers: A26.
    typ_absent_or_in_lower_case: "A26" @ Front Back => SignedIn;
    // Covers: A27.
    an_encrypted_token: "A27" @ Front Back => Refused("id-token-malformed");
    // Covers: A30.
    an_encrypted_token_with_many_iterations: "A30" @ Front Back => Refused("id-token-malformed");
    // Covers: A32.
    a_signature_in_another_encoding: "A32" @ Front Back => Refused("id-token-signature");
    // Covers: A33.
    padding: "A33a" @ Front Back => Refused("id-token-malformed");
    // Covers: A33.
    a_line_break: "A33b" @ Front => Refused("id-token-malformed");
    // RFC 6749 appendix A: a token has no control characters, so the token response is refused before its tokens are parsed.
    // Covers: A33.
    a_line_break_from_the_token_endpoint: "A33b" @ Back => Refused("token-malformed");
    // Covers: A33.
    the_other_alphabet: "A33c" @ Front Back => Refused("id-token-malformed");
    // Covers: A33.
    unused_bits: "A33d" @ Front Back => Refused("id-token-malformed");
    // Covers: CVE-D9, A34.
    other_serializations: "A34" @ Front Back => Refused("id-token-malformed");
    // Covers: A35.
    a_header_that_is_not_a_strict_object: "A35" @ Front Back => Refused("id-token-malformed");
    // Covers: A36.
    a_token_of_one_megabyte: "A36" @ Front => Unread("answer-too-large");
    // The response is not read to its end.
    // Covers: A36.
    one_megabyte_from_the_token_endpoint: "A36" @ Back => Refused("provider-unreachable");
}

// Covers: A11.
#[tokio::test]
async fn an_unknown_kid_costs_one_fetch_of_the_keys() {
    for point in [FaultPoint::Front, FaultPoint::Back] {
        let world = World::start().await;
        let fault = Fault::by_id("A11").at(point);
        run_faults(&world, &[fault], Outcome::Refused("id-token-unknown-key")).await;
        assert_eq!(world.provider.count(EventKind::Jwks), 1, "{fault:?}");
    }
}

// Covers: A12.
#[tokio::test]
async fn a_new_key_is_found_by_one_fetch() {
    for point in [FaultPoint::Front, FaultPoint::Back] {
        let world = World::start().await;
        let fault = Fault::by_id("A12").at(point);
        run_faults(&world, &[fault], Outcome::SignedIn).await;
        assert_eq!(world.provider.count(EventKind::Jwks), 1, "{fault:?}");
    }
}

// Covers: A13.
#[tokio::test]
async fn two_new_keys_in_one_sign_in_are_found() {
    let world = World::start().await;
    let fault = Fault::by_id("A13");
    run_faults(&world, &[fault.at(FaultPoint::Front), fault.at(FaultPoint::Back)], Outcome::SignedIn).await;
    assert_eq!(world.provider.count(EventKind::Jwks), 2);
}

// Covers: A15.
#[tokio::test]
async fn a_token_without_kid_and_several_keys_is_refused() {
    for point in [FaultPoint::Front, FaultPoint::Back] {
        let world = World::start().await;
        // A second key, which the gateway fetches at the sign-in before.
        world.provider.rotate_keys_overlapping();
        run_faults(&world, &[Fault::by_id("A15").at(point)], Outcome::Refused("id-token-key")).await;
    }
}

// Covers: A19.
#[tokio::test]
async fn a_kid_cannot_forge_log_lines() {
    let world = World::start().await;
    run_faults(&world, &[Fault::by_id("A19e")], Outcome::Refused("id-token-unknown-key")).await;
    let log = crate::world::everything_logged();
    assert!(!log.contains('\u{1b}') && !log.lines().any(|line| line.starts_with("level=error")));
}
