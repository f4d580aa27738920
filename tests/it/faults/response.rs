//! Group C: the authorization response.

use vestibule_harness::idp::{Fault, FaultPoint};

use super::{Outcome, run_faults};
use crate::world::{Setup, World, everything_logged};

faults! {
    // Covers: C01.
    no_state: "C01" @ Response => Unread("state-missing");
    // Covers: C02, S1-10.
    an_unknown_state: "C02" @ Response => Unread("state-forged");
    // Covers: C07.
    no_code: "C07" @ Response => Refused("answer-incomplete");
    // Covers: C08.
    no_id_token: "C08" @ Response => Refused("answer-incomplete");
    // Covers: C09.
    an_empty_code: "C09a" @ Response => Refused("answer-incomplete");
    // Covers: C09.
    a_code_of_ten_kilobytes: "C09b" @ Response => Refused("answer-code");
    // Covers: C09.
    a_code_with_control_characters: "C09c" @ Response => Refused("answer-code");
    // Covers: CVE-D20, C10.
    a_repeated_field: "C10" @ Response => Unread("answer-malformed");
    // Covers: C11.
    unknown_parameters: "C11" @ Response => SignedIn;
    // Covers: C12.
    an_unrequested_access_token: "C12" @ Response => Refused("answer-unasked-token");
    // Covers: S0-4, C13, C21.
    a_response_in_the_query: "C13" @ Response => Unread("method-not-allowed");
    // Covers: C14.
    a_response_in_the_fragment: "C14" @ Response => Unread("method-not-allowed");
    // Only the body is read, so the query cannot contradict it.
    // Covers: C15.
    another_state_in_the_query: "C15" @ Response => SignedIn;
    // Covers: C16.
    another_content_type: "C16" @ Response => Unread("answer-wrong-type");
    // Covers: C18.
    ten_thousand_fields: "C18" @ Response => Unread("answer-malformed");
    // Covers: C22, S0-19, S0-23a.
    access_denied: "C22" @ Response => Refused("provider-denied");
    // Covers: C23, S0-25.
    login_required: "C23" @ Response => RefusedTwice("provider-interaction");
    // Covers: C24.
    server_error: "C24" @ Response => Refused("provider-busy");
    // Covers: C25.
    an_error_with_a_code: "C25" @ Response => Refused("answer-contradictory");
    // Covers: C26.
    an_error_without_state: "C26a" @ Response => Unread("state-missing");
    // Covers: C26.
    an_error_with_an_unknown_state: "C26b" @ Response => Unread("state-forged");
    // Covers: C27.
    an_unknown_error: "C27" @ Response => Refused("provider-refused");
    // Covers: C29.
    another_issuer: "C29" @ Response => Refused("answer-issuer");
    // The id_token names the issuer, signed (RFC 9207 section 4). Without an id_token the response is refused: see query.rs.
    // Covers: C30.
    no_iss_parameter_beside_an_id_token: "C30" @ Response => SignedIn;
    // Covers: C32.
    a_repeated_iss_parameter: "C32" @ Response => Unread("answer-malformed");
    // Covers: S0-6.
    hybrid_flow_not_enabled: "C41" @ Response => Refused("provider-hybrid-off");
    // Covers: S0-23a.
    registration_mismatch: "C42" @ Response => Refused("provider-registration");
    // Covers: S1-5.
    an_error_number_in_the_description: "C43" @ Response => RefusedTwice("provider-interaction");
    // Covers: C33.
    an_error_of_another_issuer: "C33" @ Response => Refused("answer-issuer");
}

// Covers: C22, C28.
#[tokio::test]
async fn provider_error_text_is_logged_escaped_and_not_shown() {
    for (id, words) in [("C22", "The person said no"), ("C28", "alert(1)")] {
        let world = World::start().await;
        let end = run_faults(&world, &[Fault::by_id(id)], Outcome::Refused("provider-denied")).await;
        assert!(!end.body.contains(words) && !end.body.contains("attacker.example"), "{}", end.body);
        let log = everything_logged();
        let origin = format!("\"origin\":\"{}\"", world.url);
        assert!(log.lines().any(|line| line.contains(&origin) && line.contains(words)), "{id}");
        assert!(!log.contains('\u{1b}') && !log.lines().any(|line| line.starts_with("level=error")), "{id}");
    }
}

// Covers: C31, E20.
#[tokio::test]
async fn an_optional_iss_parameter_is_still_compared() {
    for (id, outcome) in [("C29", Outcome::Refused("answer-issuer")), ("C30", Outcome::SignedIn)] {
        let world = Setup::new().fault("E20").start().await;
        run_faults(&world, &[Fault::by_id(id)], outcome).await;
    }
}

// Covers: C35.
#[tokio::test]
async fn response_and_token_name_the_expected_issuer() {
    let (answer, token) = (Fault::by_id("C29"), Fault::by_id("B01").at(FaultPoint::Front));
    for (faults, reason) in [
        (&[token][..], "id-token-issuer"),
        (&[answer], "answer-issuer"),
        (&[answer, token], "answer-issuer"),
        // Without `iss`, the token alone names the issuer.
        (&[Fault::by_id("C30"), token], "id-token-issuer"),
    ] {
        run_faults(&World::start().await, faults, Outcome::Refused(reason)).await;
    }
}
