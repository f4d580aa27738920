//! Token responses with one defect each.

use std::time::Duration;

use proptest::prelude::proptest;
use serde_json::{Value, json};

use super::{TokenError, TokenResponse};
use crate::{base::Secret, jose::testing::with};

const JSON: Option<&str> = Some("application/json");

/// A valid token response with `members` set, or removed where null.
fn response(members: &Value) -> Value {
    let plain = json!({
        "access_token": "at", "token_type": "Bearer", "id_token": "it", "refresh_token": "rt", "expires_in": 3600,
        "scope": "openid",
    });
    with(&plain, members)
}

fn read(members: &Value) -> Result<TokenResponse, TokenError> {
    TokenResponse::read(200, JSON, response(members).to_string().as_bytes())
}

fn refusal(status: u16, body: &str) -> TokenError {
    TokenResponse::read(status, JSON, body.as_bytes()).expect_err("refused")
}

#[test]
fn a_valid_response_is_read() {
    let tokens = read(&json!({"foo": {"bar": 1}})).expect("tokens");
    assert!(tokens.access_token == Secret::new("at") && tokens.refresh_token == Some(Secret::new("rt")));
    assert!(tokens.id_token().is_ok_and(|token| *token == Secret::new("it")));
    assert_eq!((tokens.expires_in, tokens.scope.as_deref()), (Some(Duration::from_secs(3600)), Some("openid")));
}

// Covers: D01, D02, D03, D05, D07.
#[test]
fn error_responses_and_failures_are_distinguished() {
    for (status, body, reason) in [
        (400, r#"{"error":"invalid_grant"}"#, "token-grant-refused"),
        (401, r#"{"error":"invalid_client"}"#, "token-client-refused"),
        (400, r#"{"error":"invalid_scope"}"#, "token-refused"),
        (400, r#"{"error":"a\nb"}"#, "token-refused"),
        (400, r#"{"error":5}"#, "token-status"),
        (400, r#"{"error":{"code":"invalid_grant"}}"#, "token-status"),
        (400, "<html>", "token-status"),
        (400, "", "token-status"),
        (429, r#"{"error":"invalid_grant"}"#, "token-status"),
        (500, r#"{"error":"invalid_grant"}"#, "token-status"),
        (503, "", "token-status"),
        (302, "", "token-status"),
        (307, r#"{"access_token":"at","token_type":"Bearer"}"#, "token-status"),
        (204, "", "token-status"),
    ] {
        assert_eq!(refusal(status, body).reason().as_str(), reason, "{status} {body}");
    }
}

// Covers: D04.
#[test]
fn an_error_with_status_200_is_an_error() {
    let error = read(&json!({"error": "invalid_grant"})).expect_err("refused");
    assert_eq!(error.reason().as_str(), "token-grant-refused");
    assert!(matches!(read(&json!({"error": 5})), Err(TokenError::Member("error"))));
}

// Covers: D08.
#[test]
fn the_content_type_must_be_json() {
    let body = response(&json!({})).to_string();
    for (content_type, is_accepted) in [
        (Some("application/json"), true),
        (Some("Application/JSON; charset=utf-8"), true),
        (Some("application/json;charset=UTF-8"), true),
        (Some("text/html"), false),
        (Some("application/jsonx"), false),
        (Some("application/jwt"), false),
        (Some(""), false),
        (None, false),
    ] {
        let result = TokenResponse::read(200, content_type, body.as_bytes());
        assert_eq!(result.is_ok(), is_accepted, "{content_type:?}");
        assert!(is_accepted || matches!(result, Err(TokenError::ContentType)));
    }
}

// Covers: D10.
#[test]
fn the_body_is_one_strict_object() {
    let valid = response(&json!({})).to_string();
    let duplicate = valid.replacen('{', r#"{"access_token":"other","#, 1);
    for body in ["", "[]", "null", "<html>", &valid[..valid.len() - 1], &duplicate] {
        assert!(matches!(refusal(200, body), TokenError::Json(_)), "{body}");
    }
}

// Covers: D11, D12, D13, D14, D32.
#[test]
fn required_tokens_are_present_and_valid() {
    for (members, error) in [
        (json!({"access_token": null}), "token-incomplete"),
        (json!({"access_token": ""}), "token-incomplete"),
        (json!({"access_token": 5}), "token-malformed"),
        (json!({"access_token": "a\nb"}), "token-malformed"),
        (json!({"access_token": "a".repeat(65 * 1024)}), "token-malformed"),
        (json!({"token_type": null}), "token-incomplete"),
        (json!({"token_type": "mac"}), "token-malformed"),
        (json!({"token_type": "DPoP"}), "token-malformed"),
        (json!({"token_type": ["Bearer"]}), "token-malformed"),
        (json!({"id_token": {"a": 1}}), "token-malformed"),
        (json!({"refresh_token": 5}), "token-malformed"),
        (json!({"scope": ["openid"]}), "token-malformed"),
    ] {
        assert_eq!(read(&members).expect_err("refused").reason().as_str(), error, "{members:.60}");
    }
    for token_type in ["bearer", "BEARER", "Bearer"] {
        assert!(read(&json!({"token_type": token_type})).is_ok());
    }
    let tokens = read(&json!({"id_token": null, "refresh_token": ""})).expect("optional in a refresh response");
    assert!(tokens.refresh_token.is_none());
    assert_eq!(tokens.id_token().expect_err("required after a code").reason().as_str(), "token-incomplete");
    let nulls = r#"{"access_token":"at","token_type":"Bearer","id_token":null,"expires_in":null,"scope":null}"#;
    assert!(TokenResponse::read(200, JSON, nulls.as_bytes()).is_ok_and(|tokens| tokens.scope.is_none()));
}

// Covers: D15, D16, D18.
#[test]
fn a_lifetime_is_a_number_or_absent() {
    let year = 366 * 24 * 3600;
    for (value, seconds) in [
        (json!(null), None),
        (json!(0), Some(0)),
        (json!(3600), Some(3600)),
        (json!("3600"), Some(3600)),
        (json!(1_000_000_000_000_u64), Some(year)),
    ] {
        let tokens = read(&json!({"expires_in": value, "scope": null})).expect("tokens");
        assert_eq!((tokens.expires_in, tokens.scope), (seconds.map(Duration::from_secs), None), "{value}");
    }
    for value in
        [json!(-1), json!("-1"), json!(""), json!("1h"), json!("+1"), json!(1.5), json!(1e30), json!([1]), json!(true)]
    {
        assert!(matches!(read(&json!({"expires_in": value})), Err(TokenError::Member("expires_in"))), "{value}");
    }
}

// Covers: CVE-H5.
#[test]
fn debug_shows_no_token() {
    let tokens = read(&json!({"access_token": "secret-a", "id_token": "secret-b", "refresh_token": "secret-c"}));
    assert!(!format!("{:?}", tokens.expect("tokens")).contains("secret"));
}

proptest! {
    #[test]
    fn parsing_never_panics(status: u16, bytes: Vec<u8>, text in ".*") {
        let _result = TokenResponse::read(status, JSON, &bytes);
        let _result = TokenResponse::read(200, Some(&text), &bytes);
        let _result = read(&json!({"access_token": text, "expires_in": text, "error": null}));
        let _result = refusal(400, &json!({"error": text, "error_description": text}).to_string());
    }
}
