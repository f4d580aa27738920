//! Answers of a token endpoint with one thing odd.

use std::time::Duration;

use proptest::prelude::proptest;
use serde_json::{Value, json};

use super::{TokenError, TokenResponse};
use crate::{base::Secret, jose::testing::with};

const JSON: Option<&str> = Some("application/json");

/// A good answer with `members` set, or taken away where null.
fn answer(members: &Value) -> Value {
    let plain = json!({
        "access_token": "at", "token_type": "Bearer", "id_token": "it", "refresh_token": "rt", "expires_in": 3600,
        "scope": "openid",
    });
    with(&plain, members)
}

fn read(members: &Value) -> Result<TokenResponse, TokenError> {
    TokenResponse::read(200, JSON, answer(members).to_string().as_bytes())
}

fn refusal(status: u16, body: &str) -> TokenError {
    TokenResponse::read(status, JSON, body.as_bytes()).expect_err("refused")
}

#[test]
fn a_plain_answer_is_read() {
    let tokens = read(&json!({"foo": {"bar": 1}})).expect("tokens");
    assert!(tokens.access_token == Secret::new("at") && tokens.refresh_token == Some(Secret::new("rt")));
    assert!(tokens.id_token().is_ok_and(|token| *token == Secret::new("it")));
    assert_eq!((tokens.expires_in, tokens.scope.as_deref()), (Some(Duration::from_secs(3600)), Some("openid")));
}

// Covers: D01, D02, D03, D05, D07.
#[test]
fn refusals_and_failures_are_distinguished() {
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
fn an_error_is_an_error_whatever_the_status() {
    let error = read(&json!({"error": "invalid_grant"})).expect_err("refused");
    assert_eq!(error.reason().as_str(), "token-grant-refused");
    assert!(matches!(read(&json!({"error": 5})), Err(TokenError::Member("error"))));
}

// Covers: D08.
#[test]
fn json_is_declared_as_json() {
    let body = answer(&json!({})).to_string();
    for (content_type, good) in [
        (Some("application/json"), true),
        (Some("Application/JSON; charset=utf-8"), true),
        (Some("application/json;charset=UTF-8"), true),
        (Some("text/html"), false),
        (Some("application/jsonx"), false),
        (Some("application/jwt"), false),
        (Some(""), false),
        (None, false),
    ] {
        let read = TokenResponse::read(200, content_type, body.as_bytes());
        assert_eq!(read.is_ok(), good, "{content_type:?}");
        assert!(good || matches!(read, Err(TokenError::ContentType)));
    }
}

// Covers: D10.
#[test]
fn the_answer_is_one_strict_object() {
    let good = answer(&json!({})).to_string();
    let twice = good.replacen('{', r#"{"access_token":"other","#, 1);
    for body in ["", "[]", "null", "<html>", &good[..good.len() - 1], &twice] {
        assert!(matches!(refusal(200, body), TokenError::Json(_)), "{body}");
    }
}

// Covers: D11, D12, D13, D14, D32.
#[test]
fn each_token_is_there_and_is_one() {
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
    let without = read(&json!({"id_token": null, "refresh_token": ""})).expect("a refresh may come without");
    assert!(without.refresh_token.is_none());
    assert_eq!(without.id_token().expect_err("after a code it may not").reason().as_str(), "token-incomplete");
    let nulls = r#"{"access_token":"at","token_type":"Bearer","id_token":null,"expires_in":null,"scope":null}"#;
    assert!(TokenResponse::read(200, JSON, nulls.as_bytes()).is_ok_and(|tokens| tokens.scope.is_none()));
}

// Covers: D15, D16, D18.
#[test]
fn a_lifetime_is_digits_or_absent() {
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
    fn no_bytes_make_it_panic(status: u16, bytes: Vec<u8>, text in ".*") {
        let _read = TokenResponse::read(status, JSON, &bytes);
        let _read = TokenResponse::read(200, Some(&text), &bytes);
        let _read = read(&json!({"access_token": text, "expires_in": text, "error": null}));
        let _read = refusal(400, &json!({"error": text, "error_description": text}).to_string());
    }
}
