//! Group D: the reply of the token endpoint, and the ID token in it. The code is sent once, whatever comes back (D05, D31).

use vestibule_harness::idp::{Fault, Place};

use super::{Outcome, play_in};
use crate::world::{Setup, World};

faults! {
    d01_s1_18_s2_1_s2_3_invalid_grant: "D01" @ Token => RefusedTwice("token-grant-refused");
    d02_invalid_client: "D02" @ Token => Refused("token-client-refused");
    d03_an_unreadable_refusal: "D03" @ Token => Refused("token-status");
    d04_an_error_with_status_200: "D04" @ Token => RefusedTwice("token-grant-refused");
    d05_the_provider_has_troubles: "D05" @ Token => Refused("token-status");
    d06_the_connection_closes_before: "D06a" @ Token => Refused("provider-unreachable");
    d06_the_connection_closes_inside: "D06b" @ Token => Refused("provider-unreachable");
    d07_redirects_are_not_followed: "D07" @ Token => Refused("token-status");
    d08_another_content_type: "D08" @ Token => Refused("token-malformed");
    d09_ten_megabytes: "D09a" @ Token => Refused("provider-unreachable");
    d09_a_compressed_body: "D09b" @ Token => Refused("token-malformed");
    d09_a_body_without_end: "D09c" @ Token => Refused("provider-unreachable");
    d10_no_strict_object: "D10" @ Token => Refused("token-malformed");
    d11_no_access_token: "D11" @ Token => Refused("token-incomplete");
    d12_no_token_type: "D12a" @ Token => Refused("token-incomplete");
    d12_token_type_mac: "D12b" @ Token => Refused("token-malformed");
    d12_token_type_dpop: "D12c" @ Token => Refused("token-malformed");
    d13_bearer_in_other_letters: "D13" @ Token => SignedIn;
    d14_no_id_token: "D14" @ Token => Refused("token-incomplete");
    d15_no_lifetime: "D15" @ Token => SignedIn;
    d16_a_negative_lifetime: "D16a" @ Token => Refused("token-malformed");
    d16_a_lifetime_as_text: "D16b" @ Token => SignedIn;
    d16_a_lifetime_larger_than_any: "D16c" @ Token => Refused("token-malformed");
    d17_a_smaller_scope: "D17" @ Token => SignedIn;
    d18_no_scope: "D18" @ Token => SignedIn;
    cve_d23_d19_another_issuer: "D19" @ Back => Refused("id-token-issuer");
    cve_d23_d20_another_subject: "D20" @ Back => Refused("id-token-mismatch");
    d22_another_nonce_or_none: "D22" @ Back => Refused("id-token-nonce");
    d23_another_access_tokens_hash: "D23" @ Back => Refused("id-token-access-token-hash");
    d24_no_access_token_hash: "D24" @ Back => SignedIn;
    d25_another_codes_hash: "D25" @ Back => Refused("id-token-code-hash");
    d26_another_session_or_time: "D26" @ Back => Refused("id-token-mismatch");
    d44_tokens_of_another_client: "B07" @ Back => Refused("id-token-audience");
    what_no_sign_in_mends: "D45" @ Token => Refused("token-refused");
    the_provider_wants_the_person: "D46a" @ Token => RefusedTwice("provider-interaction");
    the_provider_wants_more_claims: "D46b" @ Token => RefusedTwice("token-grant-refused");
    the_provider_wants_consent: "D46c" @ Token => RefusedTwice("provider-interaction");
    the_client_may_not_do_this: "D47" @ Token => Refused("token-client-refused");
    the_request_does_not_fit: "D48" @ Token => Refused("token-refused");
    the_provider_says_it_has_troubles: "D49" @ Token => Refused("provider-busy");
    d32_odd_refresh_tokens: "D32" @ Token => SignedIn;
}

#[tokio::test]
async fn d27_the_token_endpoint_has_the_last_word_about_the_person() {
    let world = World::start().await;
    play_in(&world, &[Fault::by_id("D27")], Outcome::SignedIn).await;
    let page = world.app.requests().into_iter().find(|request| request.target == "/wanted").expect("the page");
    assert_eq!(page.header("x-forwarded-email"), Some("other@example.com"));
    assert_eq!(page.header("x-forwarded-groups"), Some("other"));
}

#[tokio::test]
async fn d21_where_the_token_endpoint_s_token_is_the_only_one_it_is_checked_alike() {
    for (id, reason) in [
        ("A01", "id-token-signature"),
        ("A05", "id-token-algorithm"),
        ("A07a", "id-token-algorithm"),
        ("A08", "id-token-algorithm"),
        ("A16", "id-token-signature"),
        ("A20", "id-token-unknown-key"),
        ("A24", "id-token-type"),
        ("A25", "id-token-type"),
        ("A27", "id-token-malformed"),
        ("B01", "id-token-issuer"),
        ("B05", "id-token-subject"),
        ("B07", "id-token-audience"),
        ("B10", "id-token-audience"),
        ("B15", "id-token-expired"),
        ("B17", "id-token-malformed"),
        ("B20", "clock-skew"),
        ("B24", "id-token-nonce"),
        ("B25", "id-token-nonce"),
        ("B26", "id-token-nonce"),
    ] {
        let world = Setup::new().provider("response_type = \"code\"").start().await;
        play_in(&world, &[Fault::by_id(id).at(Place::Back)], Outcome::Refused(reason)).await;
    }
}
