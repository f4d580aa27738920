//! Valid tokens, and tokens with one invalid claim each.

use proptest::prelude::{any, proptest};
use serde_json::{Value, json};

use super::{Channel, Expected, IdTokenError, IdTokenVerifier, VerifiedIdToken, check_refreshed, check_same};
use crate::{
    base::{Secret, Timestamp},
    jose::{
        Algorithm, KeySet, left_half,
        testing::{ED25519, P256, P384, RSA, RSA_2, all_keys, key_set, with},
    },
    oidc::{Issuer, Profile, testing::metadata},
};

const NOW: u64 = 1_800_000_000;
const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA";

/// The claims of a valid token of the hybrid flow with `members` set, or removed where null.
fn claims(members: &Value) -> Value {
    let plain = json!({
        "iss": "https://idp.example", "sub": "anna", "aud": "app", "nonce": "the-nonce", "sid": "session-1",
        "iat": NOW, "exp": NOW + 3600, "c_hash": left_half(Algorithm::Rs256, CODE),
    });
    with(&plain, members)
}

fn verify_text(token: &str, change: impl FnOnce(&mut Expected<'_>)) -> Result<VerifiedIdToken, IdTokenError> {
    verify_with(token, &all_keys(), &Issuer::parse("https://idp.example").expect("an issuer"), change)
}

fn verify_with<'a>(
    token: &str,
    keys: &KeySet,
    issuer: &'a Issuer,
    change: impl FnOnce(&mut Expected<'a>),
) -> Result<VerifiedIdToken, IdTokenError> {
    let mut expected = Expected {
        issuer,
        profile: Profile::Standard,
        client_id: "app",
        nonce: Some("the-nonce"),
        code: Some(CODE),
        access_token: None,
        state: None,
        channel: Channel::Front,
    };
    change(&mut expected);
    let now = Timestamp::from_seconds(NOW);
    IdTokenVerifier { metadata: &metadata(&json!({})), keys }.verify(&Secret::new(token), &expected, now)
}

fn verify(members: &Value) -> Result<VerifiedIdToken, IdTokenError> {
    verify_text(&RSA.token(Algorithm::Rs256, &claims(members)), |_| ())
}

fn verify_back(members: &Value) -> Result<VerifiedIdToken, IdTokenError> {
    verify_text(&RSA.token(Algorithm::Rs256, &claims(members)), |expected| {
        expected.channel = Channel::Back;
        expected.access_token = Some("the-access-token");
    })
}

/// Asserts for each row (threat, changed claims) the reason code of the refusal, or `ok`.
fn assert_reasons(rows: &[(&str, Value, &str)]) {
    for (row, members, reason) in rows {
        let actual = verify(members).map_or_else(|error| error.reason().as_str(), |_| "ok");
        assert_eq!(actual, *reason, "{row} {members:.80}");
    }
}

// Covers: A26.
#[test]
fn a_valid_token_is_accepted_with_its_claims() {
    let token = verify(&json!({"name": "Anna"})).expect("verified");
    assert_eq!((token.issuer(), token.subject()), ("https://idp.example", "anna"));
    assert_eq!(token.session_id(), Some("session-1"));
    assert_eq!(token.claims()["name"], "Anna");
    assert!(token.text().expose().starts_with("eyJ"));
    for typ in ["", r#","typ":"JWT""#, r#","typ":"jwt""#, r#","typ":"application/jwt""#] {
        let header = format!(r#"{{"alg":"RS256","kid":"rsa"{typ}}}"#);
        let token = RSA.sign(Algorithm::Rs256, &header, &claims(&json!({})).to_string());
        assert!(verify_text(&token, |_| ()).is_ok(), "{typ}");
    }
}

// Covers: A24, A25.
#[test]
fn another_type_of_token_is_refused() {
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "JWE", "dpop+jwt", ""] {
        let header = format!(r#"{{"alg":"RS256","kid":"rsa","typ":"{typ}"}}"#);
        let token = RSA.sign(Algorithm::Rs256, &header, &claims(&json!({})).to_string());
        assert_eq!(verify_text(&token, |_| ()).expect_err("refused").reason().as_str(), "id-token-type", "{typ}");
    }
}

// Covers: A01, A05, A11, A18.
#[test]
fn each_defect_of_the_token_has_a_reason() {
    let claims = claims(&json!({})).to_string();
    let signed = |header: &str| RSA.sign(Algorithm::Rs256, header, &claims);
    for (token, reason) in [
        (signed(r#"{"alg":"RS256","kid":"rsa-2"}"#), "id-token-signature"),
        (signed(r#"{"alg":"none"}"#), "id-token-algorithm"),
        (signed(r#"{"alg":"RS256","kid":"gone"}"#), "id-token-unknown-key"),
        (signed(r#"{"alg":"RS256","kid":"p256"}"#), "id-token-key"),
        (signed(r#"{"alg":"RS256"}"#), "id-token-key"),
        (signed(r#"{"alg":"RS256","kid":"rsa","crit":["exp"]}"#), "id-token-malformed"),
        (signed("{}"), "id-token-malformed"),
        ("a.b.c.d.e".to_owned(), "id-token-malformed"),
        (RSA.sign(Algorithm::Rs256, r#"{"alg":"RS256","kid":"rsa"}"#, "[]"), "id-token-malformed"),
    ] {
        let error = verify_text(&token, |_| ()).expect_err("refused");
        assert_eq!(error.reason().as_str(), reason, "{token:.40}");
        assert_eq!(error.is_unknown_key(), reason == "id-token-unknown-key");
        assert!(!error.is_only_time());
    }
}

// Covers: B01, B02, B03.
#[test]
fn the_issuer_matches_byte_for_byte() {
    assert_reasons(&[
        ("b01", json!({"iss": "https://idp.example1"}), "id-token-issuer"),
        ("b02", json!({"iss": "https://idp.example/"}), "id-token-issuer"),
        ("b02", json!({"iss": "https://IDP.example"}), "id-token-issuer"),
        ("b02", json!({"iss": "https://idp.example:443"}), "id-token-issuer"),
        ("b02", json!({"iss": "https://idp%2Eexample"}), "id-token-issuer"),
        ("b03", json!({"iss": null}), "id-token-issuer"),
        ("b03", json!({"iss": 5}), "id-token-malformed"),
        ("b03", json!({"iss": ["https://idp.example"]}), "id-token-malformed"),
    ]);
}

// Covers: B05, B06.
#[test]
fn the_subject_is_short_printable_ascii() {
    let longest = "s".repeat(255);
    assert_reasons(&[
        ("b05", json!({"sub": null}), "id-token-subject"),
        ("b06", json!({"sub": ""}), "id-token-subject"),
        ("b06", json!({"sub": 5}), "id-token-subject"),
        ("b06", json!({"sub": format!("{longest}s")}), "id-token-subject"),
        ("b06", json!({"sub": "änna"}), "id-token-subject"),
        ("b06", json!({"sub": "a\nb"}), "id-token-subject"),
        ("b06", json!({"sub": "a\u{0}"}), "id-token-subject"),
        ("b06", json!({"sub": "a\u{7f}"}), "id-token-subject"),
        ("b06", json!({"sub": longest}), "ok"),
        ("b44", json!({"sid": null}), "ok"),
        ("b44", json!({"sid": ""}), "id-token-malformed"),
        ("b44", json!({"sid": 5}), "id-token-malformed"),
        ("b44", json!({"sid": "s".repeat(1025)}), "id-token-malformed"),
    ]);
}

// Covers: B07, B08, B09, B10, B11, B12, B13, B14, D44.
#[test]
fn the_client_is_the_only_audience() {
    let wrong = "id-token-audience";
    assert_reasons(&[
        ("b07", json!({"aud": "app1"}), wrong),
        ("b08", json!({"aud": null}), wrong),
        ("b09", json!({"aud": ["app"]}), "ok"),
        ("b10", json!({"aud": ["app", "other"]}), wrong),
        ("b11", json!({"aud": ["app", "other"], "azp": "app"}), wrong),
        ("b12", json!({"azp": "other"}), wrong),
        ("b12", json!({"azp": ["app"]}), wrong),
        ("b12", json!({"azp": "app"}), "ok"),
        ("b13", json!({"aud": []}), wrong),
        ("b13", json!({"aud": {}}), wrong),
        ("b13", json!({"aud": 5}), wrong),
        ("b13", json!({"aud": ["app", 5]}), wrong),
        ("b13", json!({"aud": [["app"]]}), wrong),
        ("b14", json!({"aud": "APP"}), wrong),
        ("b14", json!({"aud": " app"}), wrong),
        ("b14", json!({"aud": ["app "]}), wrong),
    ]);
}

// Covers: CVE-D13, B15, B16, B17, B18, B19, B20, B21, B22, B23, B38.
#[test]
fn time_is_whole_seconds_within_the_leeway() {
    let malformed = "id-token-malformed";
    assert_reasons(&[
        ("b15", json!({"exp": NOW - 60}), "id-token-expired"),
        ("b15", json!({"exp": 0}), "id-token-expired"),
        ("b16", json!({"exp": NOW - 59}), "ok"),
        ("b17", json!({"exp": null}), malformed),
        ("b18", json!({"exp": (NOW + 60).to_string()}), malformed),
        ("b18", json!({"exp": 1_800_003_600.5}), malformed),
        ("b18", json!({"exp": 1_800_003_600.0}), malformed),
        ("b18", json!({"exp": -1}), malformed),
        ("b18", json!({"exp": 1e300}), malformed),
        ("b18", json!({"exp": u64::MAX}), malformed),
        ("b18", json!({"exp": [NOW]}), malformed),
        ("b19", json!({"iat": null}), malformed),
        ("b19", json!({"iat": "now"}), malformed),
        ("b19", json!({"iat": -1}), malformed),
        ("b19", json!({"iat": 1e300}), malformed),
        ("b19", json!({"iat": 1_800_000_000.5}), malformed),
        ("b20", json!({"iat": NOW + 61}), "clock-skew"),
        ("b20", json!({"iat": NOW + 60}), "ok"),
        ("b20", json!({"iat": NOW + 900, "nbf": NOW + 900}), "clock-skew"),
        ("b21", json!({"iat": NOW - 7 * 86_400}), "id-token-too-old"),
        ("b21", json!({"iat": NOW - 661}), "id-token-too-old"),
        ("b21", json!({"iat": NOW - 660}), "ok"),
        ("b22", json!({"iat": NOW * 1000}), malformed),
        ("b22", json!({"exp": NOW * 1000}), malformed),
        ("b23", json!({"nbf": NOW + 61}), "id-token-not-yet-valid"),
        ("b23", json!({"nbf": NOW + 60}), "ok"),
        ("b23", json!({"nbf": "now"}), malformed),
        ("b23", json!({"nbf": -1}), malformed),
        ("b23", json!({"nbf": 1e300}), malformed),
        ("b23", json!({"nbf": 1_800_000_000.5}), malformed),
        ("b38", json!({"auth_time": NOW + 61}), malformed),
        ("b38", json!({"auth_time": NOW.to_string()}), malformed),
        ("b38", json!({"auth_time": NOW - 86_400}), "ok"),
        // Entra ID backdates iat and nbf by five minutes, but not auth_time.
        ("s0_22", json!({"iat": NOW - 300, "nbf": NOW - 300, "auth_time": NOW}), "ok"),
        ("s0_22", json!({"iat": NOW - 300, "nbf": NOW - 300, "auth_time": NOW + 61}), malformed),
        ("s0_22", json!({"iat": NOW - 361, "auth_time": NOW}), malformed),
    ]);
}

#[test]
fn time_errors_mean_that_everything_else_is_valid() {
    let late = json!({"iat": NOW - 3600, "exp": NOW - 1800});
    assert!(verify(&late).expect_err("refused").is_only_time());
    assert!(verify(&json!({"iat": NOW - 3600})).expect_err("refused").is_only_time());
    for other in [
        json!({"iss": "https://evil.example"}),
        json!({"aud": "other"}),
        json!({"sub": ""}),
        json!({"nonce": "x"}),
        json!({"c_hash": "x"}),
        json!({"nbf": "x"}),
    ] {
        let members = with(&late, &other);
        assert!(!verify(&members).expect_err("refused").is_only_time(), "{other}");
    }
    for skew in [json!({"iat": NOW + 3600}), json!({"nbf": NOW + 3600})] {
        assert!(!verify(&skew).expect_err("refused").is_only_time(), "{skew}");
    }
}

// Covers: B24, B25, B26, B27, D22.
#[test]
fn the_nonce_is_that_of_the_sign_in() {
    for nonce in [
        json!("other"),
        json!(null),
        json!(""),
        json!("The-Nonce"),
        json!("the-nonce "),
        json!(["the-nonce"]),
        json!(5),
    ] {
        for result in [verify(&json!({"nonce": nonce})), verify_back(&json!({"nonce": nonce}))] {
            assert_eq!(result.expect_err("refused").reason().as_str(), "id-token-nonce", "{nonce}");
        }
    }
    let refreshed = RSA.token(Algorithm::Rs256, &claims(&json!({"nonce": null})));
    assert!(verify_text(&refreshed, |expected| expected.nonce = None).is_ok());
}

// Covers: B29, B30, B31, B33, D25.
#[test]
fn a_front_channel_token_has_the_hash_of_its_code() {
    let right = left_half(Algorithm::Rs256, CODE);
    for c_hash in [
        json!("wrong"),
        json!(""),
        json!(format!("{right}==")),
        json!([right.clone()]),
        json!(5),
        json!(crate::base::encode_base64url(crate::base::sha256(CODE.as_bytes()))),
        json!(left_half(Algorithm::Rs256, "another-code")),
    ] {
        for result in [verify(&json!({"c_hash": c_hash})), verify_back(&json!({"c_hash": c_hash}))] {
            assert_eq!(result.expect_err("refused").reason().as_str(), "id-token-code-hash", "{c_hash}");
        }
    }
    assert_eq!(verify(&json!({"c_hash": null})).expect_err("b30").reason().as_str(), "id-token-code-hash");
    assert!(verify_back(&json!({"c_hash": null})).is_ok());
    let replaced = verify_text(&RSA.token(Algorithm::Rs256, &claims(&json!({}))), |e| e.code = Some("another-code"));
    assert_eq!(replaced.expect_err("b33").reason().as_str(), "id-token-code-hash");
    let without_code = RSA.token(Algorithm::Rs256, &claims(&json!({"c_hash": null})));
    assert!(verify_text(&without_code, |expected| expected.code = None).is_ok());
}

// Covers: B32.
#[test]
fn the_hash_function_is_that_of_the_algorithm() {
    for (key, algorithm) in [
        (&*RSA, Algorithm::Rs384),
        (&*RSA, Algorithm::Rs512),
        (&*RSA, Algorithm::Ps256),
        (&*P256, Algorithm::Es256),
        (&*P384, Algorithm::Es384),
        (&*ED25519, Algorithm::EdDsa),
    ] {
        let token = |hash| key.token(algorithm, &claims(&json!({"c_hash": left_half(hash, CODE)})));
        assert!(verify_text(&token(algorithm), |_| ()).is_ok(), "{algorithm:?}");
        let other = if left_half(algorithm, CODE).len() == 22 { Algorithm::Rs384 } else { Algorithm::Rs256 };
        let refused = verify_text(&token(other), |_| ()).expect_err("refused");
        assert_eq!(refused.reason().as_str(), "id-token-code-hash", "{algorithm:?}");
    }
}

// Covers: B34, B35, D23, D24.
#[test]
fn at_hash_and_s_hash_are_compared_when_present() {
    let right = left_half(Algorithm::Rs256, "the-access-token");
    assert!(verify(&json!({"at_hash": "whatever"})).is_ok());
    assert!(verify_back(&json!({"at_hash": right})).is_ok());
    assert!(verify_back(&json!({})).is_ok());
    for at_hash in [json!("wrong"), json!(5)] {
        let refused = verify_back(&json!({"at_hash": at_hash})).expect_err("d23");
        assert_eq!(refused.reason().as_str(), "id-token-access-token-hash");
    }
    let with_state = |s_hash: &str| {
        let token = RSA.token(Algorithm::Rs256, &claims(&json!({"s_hash": s_hash})));
        verify_text(&token, |expected| expected.state = Some("the-state"))
    };
    assert!(with_state(&left_half(Algorithm::Rs256, "the-state")).is_ok());
    assert_eq!(with_state("wrong").expect_err("b34").reason().as_str(), "id-token-state-hash");
}

// Covers: D19, D20, D26, D27.
#[test]
fn both_tokens_have_the_same_issuer_and_subject() {
    let token = |members: &Value| verify(members).expect("verified");
    let front = token(&json!({"auth_time": NOW - 9, "tid": "t1", "oid": "o1", "email": "a@example.com"}));
    assert!(check_same(&front, &token(&json!({"auth_time": NOW - 9, "email": "b@example.com"}))).is_ok());
    assert!(check_same(&front, &token(&json!({"sid": null}))).is_ok());
    for (members, name) in [
        (json!({"sub": "bert"}), "sub"),
        (json!({"sid": "session-2"}), "sid"),
        (json!({"auth_time": NOW - 8}), "auth_time"),
        (json!({"tid": "t2"}), "tid"),
        (json!({"oid": "o2"}), "oid"),
    ] {
        let error = check_same(&front, &token(&members)).expect_err("refused");
        assert!(matches!(error, IdTokenError::Mismatch(claim) if claim == name));
        assert_eq!(error.reason().as_str(), "id-token-mismatch");
    }
    let issuer = Issuer::parse("https://other.example").expect("an issuer");
    let text = RSA.token(Algorithm::Rs256, &claims(&json!({"iss": "https://other.example"})));
    let other = verify_with(&text, &all_keys(), &issuer, |_| ());
    let error = check_same(&front, &other.expect("verified")).expect_err("d19");
    assert!(matches!(error, IdTokenError::Mismatch("iss")));
}

// Covers: D33, D34, D35, D36.
#[test]
fn a_refreshed_token_continues_the_first() {
    let original = claims(&json!({"auth_time": NOW - 9}));
    let original = original.as_object().expect("claims");
    let refreshed = |members: &Value| verify(members).expect("verified");
    assert!(check_refreshed(original, &refreshed(&json!({}))).is_ok());
    assert!(check_refreshed(original, &refreshed(&json!({"aud": ["app"], "sid": null}))).is_ok());
    for (members, name) in [(json!({"sub": "bert"}), "sub"), (json!({"auth_time": NOW - 8}), "auth_time")] {
        let error = check_refreshed(original, &refreshed(&members)).expect_err("refused");
        assert!(matches!(error, IdTokenError::Mismatch(claim) if claim == name));
    }
    let first = with(&claims(&json!({})), &json!({"nonce": "another"}));
    let error = check_refreshed(first.as_object().expect("claims"), &refreshed(&json!({}))).expect_err("d36");
    assert!(matches!(error, IdTokenError::Mismatch("nonce")));
}

// Covers: F12.
#[test]
fn a_removed_key_verifies_nothing() {
    let token = RSA.token(Algorithm::Rs256, &claims(&json!({})));
    let issuer = Issuer::parse("https://idp.example").expect("an issuer");
    assert!(verify_with(&token, &key_set(&[&RSA.jwk]), &issuer, |_| ()).is_ok());
    let refused = verify_with(&token, &key_set(&[&RSA_2.jwk]), &issuer, |_| ());
    assert!(refused.expect_err("refused").is_unknown_key());
}

// Covers: CVE-H5.
#[test]
fn debug_shows_no_personal_data() {
    let shown = format!("{:?}", verify(&json!({})).expect("verified"));
    assert!(!shown.contains("anna") && !shown.contains("eyJ"));
}

proptest! {
    #[test]
    fn a_changed_byte_is_refused(at in any::<proptest::sample::Index>(), bit in 0..7_u32) {
        let token = ED25519.token(Algorithm::EdDsa, &claims(&json!({"c_hash": left_half(Algorithm::EdDsa, CODE)})));
        assert!(verify_text(&token, |_| ()).is_ok());
        let mut bytes = token.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let changed = String::from_utf8(bytes).expect("ASCII");
        assert!(verify_text(&changed, |_| ()).is_err(), "{changed}");
    }

    #[test]
    fn verification_never_panics(name in "iss|sub|aud|azp|exp|iat|nbf|nonce|c_hash|sid|auth_time", number: i64, text in ".*") {
        let _result = verify(&json!({name.clone(): number}));
        let _result = verify(&json!({name: text}));
    }
}
