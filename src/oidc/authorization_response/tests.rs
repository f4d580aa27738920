//! Authorization responses: complete, incomplete, contradictory and malformed.

use proptest::prelude::proptest;

use super::{AuthorizationResponse, ResponseError, check_issuer, state};
use crate::{
    oidc::{Flow, Issuer},
    web::Form,
};

const FLOWS: [Flow; 4] = [Flow::CodeIdToken, Flow::CodeQuery, Flow::CodeFormPost, Flow::IdToken];

fn form(text: &str) -> Form {
    Form::parse(text.as_bytes()).expect("a form")
}

fn refusal(text: &str, flow: Flow) -> ResponseError {
    AuthorizationResponse::read(&form(text), flow).expect_err("refused")
}

// Covers: C11, J08.
#[test]
fn each_flow_reads_its_parameters_and_ignores_others() {
    for (flow, text) in [
        (Flow::CodeIdToken, "code=c&id_token=t&state=s&session_state=x&foo=1&scope=openid&token_type=Bearer"),
        (Flow::CodeQuery, "code=c&state=s&expires_in=1"),
        (Flow::CodeFormPost, "code=c&state=s&id_token="),
        (Flow::IdToken, "id_token=t&state=s"),
    ] {
        let Ok(AuthorizationResponse::Granted { code, id_token }) = AuthorizationResponse::read(&form(text), flow)
        else {
            panic!("{text}")
        };
        assert_eq!(code.is_some(), flow.has_code(), "{text}");
        assert_eq!(id_token.is_some(), flow.has_front_id_token(), "{text}");
        assert_eq!(state(&form(text)), Some("s"));
    }
    assert_eq!(state(&form("code=c")), None);
}

// Covers: C07, C08.
#[test]
fn a_missing_part_is_refused() {
    for (text, flow, missing) in [
        ("id_token=t&state=s", Flow::CodeIdToken, "code"),
        ("code=&id_token=t", Flow::CodeIdToken, "code"),
        ("code=c&state=s", Flow::CodeIdToken, "id_token"),
        ("code=c&id_token=", Flow::CodeIdToken, "id_token"),
        ("state=s", Flow::CodeQuery, "code"),
        ("", Flow::CodeFormPost, "code"),
        ("state=s", Flow::IdToken, "id_token"),
    ] {
        assert_eq!(refusal(text, flow), ResponseError::Incomplete(missing), "{text}");
    }
}

// Covers: C09.
#[test]
fn a_code_is_short_and_printable() {
    let long = format!("code={}", "c".repeat(8 * 1024 + 1));
    for text in [long.as_str(), "code=a%0Ab", "code=a%00", "code=%7F", "code=%C3%A9"] {
        assert_eq!(refusal(text, Flow::CodeQuery), ResponseError::Code, "{text:.20}");
    }
    assert!(AuthorizationResponse::read(&form(&long[..long.len() - 1]), Flow::CodeQuery).is_ok());
}

// Covers: C12.
#[test]
fn a_token_that_was_not_requested_is_refused() {
    for flow in FLOWS {
        let text = "code=c&id_token=t&access_token=a&token_type=Bearer";
        assert_eq!(refusal(text, flow), ResponseError::NotRequested("access_token"));
    }
    assert_eq!(refusal("code=c&id_token=t", Flow::CodeQuery), ResponseError::NotRequested("id_token"));
    assert_eq!(refusal("code=c&id_token=t", Flow::CodeFormPost), ResponseError::NotRequested("id_token"));
    assert_eq!(refusal("code=c&id_token=t", Flow::IdToken), ResponseError::NotRequested("code"));
}

// Covers: C22, C24, C27.
#[test]
fn an_error_response_is_read_in_every_flow() {
    for flow in FLOWS {
        let text = "error=access_denied&error_description=AADSTS65004%0A&error_uri=https%3A%2F%2Fevil.example&state=s";
        let Ok(AuthorizationResponse::Refused(error)) = AuthorizationResponse::read(&form(text), flow) else {
            panic!("refused")
        };
        assert_eq!(error.reason().as_str(), "provider-denied");
        let explanation = "access_denied; error_description: AADSTS65004\\u{a}; error_uri: https://evil.example";
        assert_eq!(error.explanation(), explanation);
    }
    let Ok(AuthorizationResponse::Refused(error)) = AuthorizationResponse::read(&form("error="), Flow::CodeIdToken)
    else {
        panic!("refused")
    };
    assert_eq!((error.reason().as_str(), &*error.explanation()), ("provider-refused", "unknown"));
}

// Covers: C25.
#[test]
fn an_error_with_a_code_or_token_is_refused() {
    for flow in FLOWS {
        for text in ["error=x&code=c", "error=x&id_token=t", "error=&code=c&id_token=t", "error=x&access_token=a"] {
            assert_eq!(refusal(text, flow), ResponseError::Contradictory, "{text}");
        }
    }
}

// Covers: C29, C30, C31, C33.
#[test]
fn the_iss_parameter_is_compared_and_required_if_announced() {
    let issuer = Issuer::parse("https://idp.example").expect("an issuer");
    for (text, supported, result) in [
        ("code=c&iss=https%3A%2F%2Fidp.example", true, Ok(())),
        ("code=c&iss=https%3A%2F%2Fidp.example", false, Ok(())),
        ("code=c", false, Ok(())),
        ("code=c", true, Err(ResponseError::Issuer)),
        ("error=x", true, Err(ResponseError::Issuer)),
        ("code=c&id_token=t", true, Ok(())),
        ("code=c&id_token=t&iss=https%3A%2F%2Fevil.example", true, Err(ResponseError::Issuer)),
        ("code=c&iss=", false, Err(ResponseError::Issuer)),
        ("code=c&iss=https%3A%2F%2Fidp.example%2F", false, Err(ResponseError::Issuer)),
        ("code=c&iss=https%3A%2F%2Fevil.example", false, Err(ResponseError::Issuer)),
        ("code=c&iss=https%3A%2F%2Fevil.example", true, Err(ResponseError::Issuer)),
        ("error=x&iss=https%3A%2F%2Fevil.example", false, Err(ResponseError::Issuer)),
    ] {
        assert_eq!(check_issuer(&form(text), &issuer, supported), result, "{text} {supported}");
    }
}

// Covers: CVE-H5.
#[test]
fn debug_shows_neither_code_nor_token() {
    let response = AuthorizationResponse::read(&form("code=secret-code&id_token=secret-token"), Flow::CodeIdToken)
        .expect("granted");
    assert_eq!(format!("{response:?}"), "Granted { code: true, id_token: true }");
}

proptest! {
    #[test]
    fn parsing_never_panics(code in ".*", error in ".*", description in ".*", which in 0..4_usize) {
        let pair = |name, value: &str| format!("{name}={}", crate::web::encode_form(value));
        for text in [pair("code", &code), format!("{}&{}", pair("error", &error), pair("error_description", &description))] {
            let _result = AuthorizationResponse::read(&form(&text), FLOWS[which]);
        }
    }
}
