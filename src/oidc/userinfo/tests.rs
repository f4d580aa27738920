//! Userinfo responses with one defect each.

use proptest::prelude::{any, proptest};
use serde_json::{Map, Value, json};

use super::{ExpectedUserinfo, UserinfoError, UserinfoResponse, bearer};
use crate::{
    base::{Secret, Timestamp},
    jose::{
        Algorithm,
        testing::{P256, RSA, RSA_2, all_keys, key_set, with},
    },
};

const NOW: u64 = 1_800_000_000;
const EXPECTED: ExpectedUserinfo<'static> =
    ExpectedUserinfo { issuer: "https://idp.example", client_id: "app", subject: "anna", signed: false };

fn read(content_type: &str, body: &[u8]) -> Result<Map<String, Value>, UserinfoError> {
    let response = UserinfoResponse { status: 200, content_type: Some(content_type), body };
    response.read(&all_keys(), &EXPECTED, Timestamp::from_seconds(NOW))
}

fn read_json(body: &Value) -> Result<Map<String, Value>, UserinfoError> {
    read("application/json", body.to_string().as_bytes())
}

/// The claims of valid signed userinfo, with `members` set, or removed where null.
fn claims(members: &Value) -> Value {
    with(&json!({"iss": "https://idp.example", "aud": "app", "sub": "anna", "name": "Anna"}), members)
}

fn read_signed(members: &Value) -> Result<Map<String, Value>, UserinfoError> {
    read("application/jwt", RSA.token(Algorithm::Rs256, &claims(members)).as_bytes())
}

// Covers: G11, G13.
#[test]
fn only_claims_about_the_person_remain() {
    let body = json!({
        "sub": "anna", "name": "Anna", "groups": ["staff"], "iss": "https://evil.example", "aud": "x", "exp": 1, "acr": "9",
        "auth_time": 1, "sid": "s", "tid": "t", "oid": "o", "nonce": "n",
        "_claim_names": {"groups": "src"}, "_claim_sources": {"src": {"endpoint": "https://10.0.0.1/"}},
    });
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let claims = read(content_type, body.to_string().as_bytes()).expect("userinfo");
        // Distributed groups are incomplete in the response.
        assert_eq!(Value::Object(claims), json!({"name": "Anna"}));
    }
    let claims = read_json(&json!({"sub": "anna", "groups": ["staff"]})).expect("userinfo");
    assert_eq!(Value::Object(claims), json!({"groups": ["staff"]}));
    assert_eq!(Value::Object(read_signed(&json!({})).expect("userinfo")), json!({"name": "Anna"}));
}

// Covers: G01, G02.
#[test]
fn the_subject_must_match() {
    for sub in [json!("bob"), json!("ANNA"), json!("anna "), json!(null), json!(7), json!(["anna"])] {
        assert!(matches!(read_json(&with(&json!({"sub": "anna"}), &json!({"sub": sub}))), Err(UserinfoError::Subject)));
        assert!(matches!(read_signed(&json!({"sub": sub})), Err(UserinfoError::Subject)), "{sub}");
    }
}

// Covers: G03, G04, G15.
#[test]
fn invalid_responses_are_refused() {
    for status in [204, 302, 401, 403, 500, 503] {
        let response = UserinfoResponse { status, content_type: Some("application/json"), body: br#"{"sub":"anna"}"# };
        let error = response.read(&all_keys(), &EXPECTED, Timestamp::from_seconds(NOW)).expect_err("refused");
        assert!(error.is_absence() && error.reason().as_str() == "userinfo-unavailable", "{status}");
    }
    for (content_type, body) in [
        ("text/html", r#"{"sub":"anna"}"#),
        ("", r#"{"sub":"anna"}"#),
        ("application/json", "<html>"),
        ("application/json", ""),
        ("application/json", r#"[{"sub":"anna"}]"#),
        ("application/json", r#"{"sub":"bob","sub":"anna"}"#),
        ("application/jwt", r#"{"sub":"anna"}"#),
        ("application/jwt", "\u{feff}"),
    ] {
        let error = read(content_type, body.as_bytes()).expect_err("refused");
        assert!(!error.is_absence() && error.reason().as_str() == "userinfo-refused", "{content_type} {body}");
    }
}

// Covers: G06, G07, G08.
#[test]
fn signed_userinfo_must_match_issuer_and_audience() {
    for (members, error) in [
        (json!({"iss": null}), "another issuer"),
        (json!({"iss": "https://idp.example/"}), "another issuer"),
        (json!({"aud": null}), "another client"),
        (json!({"aud": "App"}), "another client"),
        (json!({"aud": []}), "another client"),
        (json!({"aud": ["app", "other"]}), "another client"),
        (json!({"exp": NOW - 60}), "expired"),
        (json!({"exp": "soon"}), "expired"),
    ] {
        let refused = read_signed(&members).expect_err("refused");
        assert!(refused.to_string().contains(error), "{members}: {refused}");
    }
    for members in [json!({"aud": ["app"]}), json!({"exp": NOW - 59}), json!({"iat": NOW})] {
        assert!(read_signed(&members).is_ok(), "{members}");
    }

    let (header, body) = (r#"{"alg":"RS256","kid":"rsa"}"#, claims(&json!({})).to_string());
    let another_key = RSA_2.sign(Algorithm::Rs256, header, &body);
    let unsigned = RSA.sign(Algorithm::Rs256, r#"{"alg":"none"}"#, &body);
    let symmetric = RSA.sign(Algorithm::Rs256, r#"{"alg":"HS256","kid":"rsa"}"#, &body);
    for token in [another_key, unsigned, symmetric] {
        assert!(matches!(read("application/jwt", token.as_bytes()), Err(UserinfoError::Token(_))), "{token}");
    }
    let response = P256.token(Algorithm::Es256, &claims(&json!({})));
    let response = UserinfoResponse { status: 200, content_type: Some("application/jwt"), body: response.as_bytes() };
    let error = response.read(&key_set(&[&RSA.jwk]), &EXPECTED, Timestamp::from_seconds(NOW)).expect_err("refused");
    assert!(error.is_unknown_key());
}

// Covers: G10.
#[test]
fn other_tokens_are_not_accepted_as_userinfo() {
    for members in [
        json!({"nonce": "n"}),
        json!({"at_hash": "h"}),
        json!({"c_hash": "h"}),
        json!({"s_hash": "h"}),
        json!({"events": {}}),
    ] {
        assert!(matches!(read_signed(&members), Err(UserinfoError::Type)), "{members}");
    }
    for typ in ["at+jwt", "logout+jwt", ""] {
        let header = json!({"alg": "RS256", "kid": "rsa", "typ": typ}).to_string();
        let token = RSA.sign(Algorithm::Rs256, &header, &claims(&json!({})).to_string());
        assert!(matches!(read("application/jwt", token.as_bytes()), Err(UserinfoError::Type)), "{typ}");
    }
}

// Covers: G09.
#[test]
fn unsigned_userinfo_is_refused_if_a_signature_is_required() {
    let signed = ExpectedUserinfo { signed: true, ..EXPECTED };
    let token = RSA.token(Algorithm::Rs256, &claims(&json!({})));
    for (content_type, body, is_read) in
        [("application/json", r#"{"sub":"anna"}"#, false), ("application/jwt", token.as_str(), true)]
    {
        let response = UserinfoResponse { status: 200, content_type: Some(content_type), body: body.as_bytes() };
        assert_eq!(
            response.read(&all_keys(), &signed, Timestamp::from_seconds(NOW)).is_ok(),
            is_read,
            "{content_type}"
        );
    }
}

// Covers: G16.
#[test]
fn the_access_token_is_sent_as_a_bearer_token() {
    assert_eq!(bearer(&Secret::new("t-1")).expose(), "Bearer t-1");
}

proptest! {
    #[test]
    fn parsing_never_panics(status in 200..205_u16, bytes: Vec<u8>, jwt in any::<bool>()) {
        let content_type = Some(if jwt { "application/jwt" } else { "application/json" });
        let response = UserinfoResponse { status, content_type, body: &bytes };
        let _result = response.read(&all_keys(), &EXPECTED, Timestamp::from_seconds(NOW));
    }
}
