//! Group A: header, signature and form of an ID token, through the browser and from the token endpoint (row D21).

use vestibule_harness::idp::{EventKind, Fault, Place};

use super::{Outcome, play_in};
use crate::world::World;

faults! {
    a01_d29_the_signature_has_a_bit_flipped: "A01" @ Front Back => Refused("id-token-signature");
    a02_the_signature_is_another_keys: "A02" @ Front Back => Refused("id-token-signature");
    a03_hs256_with_another_secret: "A03" @ Front Back => Refused("id-token-algorithm");
    a04_the_signature_is_empty: "A04" @ Front Back => Refused("id-token-signature");
    a05_d28_alg_none: "A05" @ Front Back => Refused("id-token-algorithm");
    a06_alg_none_in_other_letters: "A06" @ Front Back => Refused("id-token-algorithm");
    a07_hs256_with_the_public_key: "A07" @ Front Back => Refused("id-token-algorithm");
    a08_hs256_with_the_client_secret: "A08" @ Front Back => Refused("id-token-algorithm");
    a09_ps256_with_a_key_published_for_rs256: "A09a" @ Front Back => Refused("id-token-key");
    // Four asymmetric algorithms are taken from whoever publishes a key for them; there is no narrower list to configure.
    a09_es256_with_a_key_published_for_it: "A09b" @ Front Back => SignedIn;
    a10_alg_is_missing: "A10a" @ Front Back => Refused("id-token-malformed");
    a10_alg_is_a_number: "A10b" @ Front Back => Refused("id-token-malformed");
    a10_alg_is_unknown: "A10c" @ Front Back => Refused("id-token-algorithm");
    a14_no_kid_and_one_key: "A14" @ Front Back => SignedIn;
    a16_the_kid_is_right_and_the_key_another: "A16" @ Front Back => Refused("id-token-signature");
    a19_the_kid_is_a_path: "A19a" @ Front Back => Refused("id-token-unknown-key");
    a19_the_kid_is_sql: "A19b" @ Front Back => Refused("id-token-unknown-key");
    a19_the_kid_is_a_url: "A19c" @ Front Back => Refused("id-token-unknown-key");
    a19_the_kid_is_ten_kilobytes: "A19d" @ Front Back => Refused("id-token-malformed");
    a19_the_kid_has_line_breaks: "A19e" @ Front Back => Refused("id-token-unknown-key");
    a20_cve_d11_jku_is_not_asked: "A20" @ Front Back => Refused("id-token-unknown-key");
    a21_cve_d11_x5u_and_x5c_are_not_asked: "A21" @ Front Back => Refused("id-token-unknown-key");
    a22_cve_d11_jwk_is_not_asked: "A22" @ Front Back => Refused("id-token-unknown-key");
    a23_critical_extensions: "A23" @ Front Back => Refused("id-token-malformed");
    a24_an_access_token: "A24" @ Front Back => Refused("id-token-type");
    a25_a_logout_token: "A25" @ Front Back => Refused("id-token-type");
    a26_typ_may_be_absent_or_in_small_letters: "A26" @ Front Back => SignedIn;
    a27_an_encrypted_token: "A27" @ Front Back => Refused("id-token-malformed");
    a30_an_encrypted_token_that_costs_time: "A30" @ Front Back => Refused("id-token-malformed");
    a32_a_signature_of_another_form: "A32" @ Front Back => Refused("id-token-signature");
    a33_padding: "A33a" @ Front Back => Refused("id-token-malformed");
    a33_a_line_break: "A33b" @ Front => Refused("id-token-malformed");
    // RFC 6749 appendix A: no token has a control character, so that answer is refused before its tokens are looked at.
    a33_a_line_break_from_the_token_endpoint: "A33b" @ Back => Refused("token-malformed");
    a33_the_other_alphabet: "A33c" @ Front Back => Refused("id-token-malformed");
    a33_unused_bits: "A33d" @ Front Back => Refused("id-token-malformed");
    a34_other_serializations: "A34" @ Front Back => Refused("id-token-malformed");
    a35_the_header_is_no_strict_object: "A35" @ Front Back => Refused("id-token-malformed");
    a36_a_megabyte: "A36" @ Front => Unread("answer-too-large");
    // The answer is not read to its end.
    a36_a_megabyte_from_the_token_endpoint: "A36" @ Back => Refused("provider-unreachable");
}

#[tokio::test]
async fn a11_an_unknown_kid_costs_one_fetch_of_the_keys() {
    for place in [Place::Front, Place::Back] {
        let world = World::start().await;
        let fault = Fault::by_id("A11").at(place);
        play_in(&world, &[fault], Outcome::Refused("id-token-unknown-key")).await;
        assert_eq!(world.provider.count(EventKind::Jwks), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a12_a_new_key_is_found_by_one_fetch() {
    for place in [Place::Front, Place::Back] {
        let world = World::start().await;
        let fault = Fault::by_id("A12").at(place);
        play_in(&world, &[fault], Outcome::SignedIn).await;
        assert_eq!(world.provider.count(EventKind::Jwks), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a13_two_new_keys_within_one_sign_in_are_found_by_two_fetches() {
    let world = World::start().await;
    let fault = Fault::by_id("A13");
    play_in(&world, &[fault.at(Place::Front), fault.at(Place::Back)], Outcome::SignedIn).await;
    assert_eq!(world.provider.count(EventKind::Jwks), 2);
}

#[tokio::test]
async fn a15_no_kid_and_several_keys() {
    for place in [Place::Front, Place::Back] {
        let world = World::start().await;
        // A second key, which the gateway comes to know at the sign-in before.
        world.provider.rotate_keys_overlapping();
        play_in(&world, &[Fault::by_id("A15").at(place)], Outcome::Refused("id-token-key")).await;
    }
}

#[tokio::test]
async fn a19_a_kid_cannot_write_lines_into_the_log() {
    let world = World::start().await;
    play_in(&world, &[Fault::by_id("A19e")], Outcome::Refused("id-token-unknown-key")).await;
    let log = crate::world::everything_logged();
    assert!(!log.contains('\u{1b}') && !log.lines().any(|line| line.starts_with("level=error")));
}
