//! Group D: the token response, and the ID token in it. The code is sent once, whatever the response is (D05, D31).

use vestibule_harness::idp::{Fault, FaultPoint};

use super::{Outcome, run_faults};
use crate::world::{Setup, World};

faults! {
    // Covers: D01, S1-18, S2-1, S2-3.
    invalid_grant: "D01" @ Token => RefusedTwice("token-grant-refused");
    // Covers: D02.
    invalid_client: "D02" @ Token => Refused("token-client-refused");
    // Covers: D03.
    an_unreadable_refusal: "D03" @ Token => Refused("token-status");
    // Covers: D04.
    an_error_with_status_200: "D04" @ Token => RefusedTwice("token-grant-refused");
    // Covers: D05.
    a_server_error: "D05" @ Token => Refused("token-status");
    // Covers: D06.
    a_connection_closed_before_the_response: "D06a" @ Token => Refused("provider-unreachable");
    // Covers: D06.
    a_connection_closed_inside_the_response: "D06b" @ Token => Refused("provider-unreachable");
    // Covers: D07.
    redirects_are_not_followed: "D07" @ Token => Refused("token-status");
    // Covers: D08.
    another_content_type: "D08" @ Token => Refused("token-malformed");
    // Covers: D09.
    ten_megabytes: "D09a" @ Token => Refused("provider-unreachable");
    // Covers: D09.
    a_compressed_body: "D09b" @ Token => Refused("token-malformed");
    // Covers: D09.
    an_endless_body: "D09c" @ Token => Refused("provider-unreachable");
    // Covers: D10.
    not_a_strict_object: "D10" @ Token => Refused("token-malformed");
    // Covers: D11.
    no_access_token: "D11" @ Token => Refused("token-incomplete");
    // Covers: D12.
    no_token_type: "D12a" @ Token => Refused("token-incomplete");
    // Covers: D12.
    token_type_mac: "D12b" @ Token => Refused("token-malformed");
    // Covers: D12.
    token_type_dpop: "D12c" @ Token => Refused("token-malformed");
    // Covers: D13.
    bearer_in_another_letter_case: "D13" @ Token => SignedIn;
    // Covers: D14.
    no_id_token: "D14" @ Token => Refused("token-incomplete");
    // Covers: D15.
    no_lifetime: "D15" @ Token => SignedIn;
    // Covers: D16.
    a_negative_lifetime: "D16a" @ Token => Refused("token-malformed");
    // Covers: D16.
    a_lifetime_as_text: "D16b" @ Token => SignedIn;
    // Covers: D16.
    a_lifetime_above_the_limit: "D16c" @ Token => Refused("token-malformed");
    // Covers: D17.
    a_smaller_scope: "D17" @ Token => SignedIn;
    // Covers: D18.
    no_scope: "D18" @ Token => SignedIn;
    // Covers: CVE-D23, D19.
    another_issuer: "D19" @ Back => Refused("id-token-issuer");
    // Covers: CVE-D23, D20.
    another_subject: "D20" @ Back => Refused("id-token-mismatch");
    // Covers: D22.
    another_nonce_or_none: "D22" @ Back => Refused("id-token-nonce");
    // Covers: D23.
    the_hash_of_another_access_token: "D23" @ Back => Refused("id-token-access-token-hash");
    // Covers: D24.
    no_access_token_hash: "D24" @ Back => SignedIn;
    // Covers: D25.
    the_hash_of_another_code: "D25" @ Back => Refused("id-token-code-hash");
    // Covers: D26.
    another_session_or_time: "D26" @ Back => Refused("id-token-mismatch");
    // Covers: D44.
    tokens_of_another_client: "B07" @ Back => Refused("id-token-audience");
    what_a_new_sign_in_cannot_fix: "D45" @ Token => Refused("token-refused");
    the_provider_wants_the_person: "D46a" @ Token => RefusedTwice("provider-interaction");
    the_provider_wants_more_claims: "D46b" @ Token => RefusedTwice("token-grant-refused");
    the_provider_wants_consent: "D46c" @ Token => RefusedTwice("provider-interaction");
    the_client_may_not_do_this: "D47" @ Token => Refused("token-client-refused");
    the_request_does_not_fit: "D48" @ Token => Refused("token-refused");
    the_provider_says_it_has_troubles: "D49" @ Token => Refused("provider-busy");
    // Covers: D32.
    odd_refresh_tokens: "D32" @ Token => SignedIn;
}

// Covers: D27.
#[tokio::test]
async fn token_endpoint_claims_win() {
    let world = World::start().await;
    run_faults(&world, &[Fault::by_id("D27")], Outcome::SignedIn).await;
    let page = world.app.requests().into_iter().find(|request| request.target == "/wanted").expect("the page");
    assert_eq!(page.header("x-forwarded-email"), Some("other@example.com"));
    assert_eq!(page.header("x-forwarded-groups"), Some("other"));
}

// Covers: D21.
#[tokio::test]
async fn a_lone_token_endpoint_token_is_fully_checked() {
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
        run_faults(&world, &[Fault::by_id(id).at(FaultPoint::Back)], Outcome::Refused(reason)).await;
    }
}
