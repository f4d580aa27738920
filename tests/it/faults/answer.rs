//! Group C: the answer that the browser brings.

use vestibule_harness::idp::Fault;

use super::{Outcome, play_in};
use crate::world::{Setup, World, everything_logged};

faults! {
    c01_no_state: "C01" @ Response => Unread("state-missing");
    c02_an_unknown_state: "C02" @ Response => Unread("state-forged");
    c07_no_code: "C07" @ Response => Refused("answer-incomplete");
    c08_no_id_token: "C08" @ Response => Refused("answer-incomplete");
    c09_an_empty_code: "C09a" @ Response => Refused("answer-incomplete");
    c09_a_code_of_ten_kilobytes: "C09b" @ Response => Refused("answer-code");
    c09_a_code_with_control_characters: "C09c" @ Response => Refused("answer-code");
    c10_a_field_twice: "C10" @ Response => Unread("answer-malformed");
    c11_fields_nobody_asked_for: "C11" @ Response => SignedIn;
    c12_an_access_token_nobody_asked_for: "C12" @ Response => Refused("answer-unasked-token");
    c13_c21_the_answer_in_the_query: "C13" @ Response => Unread("method-not-allowed");
    c14_the_answer_in_the_fragment: "C14" @ Response => Unread("method-not-allowed");
    // Only the body is read: there is no conflict between what is read and what is not.
    c15_another_state_in_the_query: "C15" @ Response => SignedIn;
    c16_another_type_of_form: "C16" @ Response => Unread("answer-wrong-type");
    c18_ten_thousand_fields: "C18" @ Response => Unread("answer-malformed");
    c22_s0_19_s0_23a_the_person_said_no: "C22" @ Response => Refused("provider-denied");
    c23_s0_25_the_provider_wants_the_person: "C23" @ Response => RefusedTwice("provider-interaction");
    c24_the_provider_has_troubles: "C24" @ Response => Refused("provider-busy");
    c25_an_error_and_a_success: "C25" @ Response => Refused("answer-contradictory");
    c26_an_error_without_state: "C26a" @ Response => Unread("state-missing");
    c26_an_error_with_an_unknown_state: "C26b" @ Response => Unread("state-forged");
    c27_an_unknown_error: "C27" @ Response => Refused("provider-refused");
    c29_another_issuer: "C29" @ Response => Refused("answer-issuer");
    // The id_token beside it names the issuer, signed (RFC 9207 section 4); without one it is refused: query.rs.
    c30_no_issuer_where_one_is_promised_but_an_id_token: "C30" @ Response => SignedIn;
    c32_the_issuer_twice: "C32" @ Response => Unread("answer-malformed");
    s0_6_the_hybrid_flow_is_not_enabled: "C41" @ Response => Refused("provider-hybrid-off");
    s0_23a_the_registration_does_not_fit: "C42" @ Response => Refused("provider-registration");
    s1_5_whatever_the_number_says: "C43" @ Response => RefusedTwice("provider-interaction");
    c33_an_error_of_another_issuer: "C33" @ Response => Refused("answer-issuer");
}

#[tokio::test]
async fn c22_c28_what_the_provider_says_goes_escaped_to_the_log_and_not_to_the_page() {
    for (id, words) in [("C22", "The person said no"), ("C28", "alert(1)")] {
        let world = World::start().await;
        let end = play_in(&world, &[Fault::by_id(id)], Outcome::Refused("provider-denied")).await;
        assert!(!end.body.contains(words) && !end.body.contains("attacker.example"), "{}", end.body);
        let log = everything_logged();
        assert!(log.contains(words), "{id}");
        assert!(!log.contains('\u{1b}') && !log.lines().any(|line| line.starts_with("level=error")), "{id}");
    }
}

#[tokio::test]
async fn c31_e20_a_provider_that_promises_no_issuer_may_leave_it_out_but_not_name_another() {
    for (id, outcome) in [("C29", Outcome::Refused("answer-issuer")), ("C30", Outcome::SignedIn)] {
        let world = Setup::new().fault("E20").start().await;
        play_in(&world, &[Fault::by_id(id)], outcome).await;
    }
}
