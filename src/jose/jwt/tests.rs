//! Tokens with one defect each, and the error for it.

use proptest::prelude::{any, proptest};
use serde_json::{Value, json};

use super::{JwtError, MAX_BYTES, Payload, Unverified};
use crate::{
    base::{Timestamp, encode_base64url},
    jose::{
        Algorithm, KeySet,
        testing::{ED25519, P256, P384, RSA, RSA_2, TestKey, all_keys, key_set},
    },
};

fn read(token: &str, keys: &KeySet) -> Result<Payload, JwtError> {
    Unverified::decode(token)?.verify(keys, Algorithm::ALL, Timestamp::default())
}

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The name of the error variant.
fn refusal(token: &str, keys: &KeySet) -> String {
    let error = read(token, keys).expect_err("refused");
    format!("{error:?}").split(['(', ' ']).next().expect("a name").to_owned()
}

fn key_for(algorithm: Algorithm) -> &'static TestKey {
    match algorithm {
        Algorithm::Es256 => &P256,
        Algorithm::Es384 => &P384,
        Algorithm::EdDsa => &ED25519,
        _ => &RSA,
    }
}

/// A token of the key `rsa` with additional header `members`.
fn with_header(members: &str) -> String {
    let header = format!(r#"{{"alg":"RS256","kid":"rsa"{members}}}"#);
    RSA.sign(Algorithm::Rs256, &header, r#"{"sub":"anna"}"#)
}

#[test]
fn every_algorithm_is_verified_with_its_key_type() {
    for algorithm in Algorithm::ALL {
        let token = key_for(*algorithm).token(*algorithm, &json!({"sub": "anna"}));
        let payload = read(&token, &all_keys()).expect("verified");
        assert_eq!(payload.claims()["sub"], "anna");
        assert_eq!((payload.algorithm(), payload.typ()), (*algorithm, Some("JWT")));
        assert_eq!(payload.kid(), key_for(*algorithm).jwk["kid"].as_str());
    }
    let renamed = ED25519.sign(Algorithm::EdDsa, r#"{"alg":"Ed25519","kid":"ed25519"}"#, "{}");
    assert_eq!(read(&renamed, &all_keys()).expect("verified").algorithm(), Algorithm::EdDsa);
}

// Covers: A01, A02, A04, A32.
#[test]
fn a_wrong_signature_is_refused() {
    for algorithm in Algorithm::ALL {
        let token = key_for(*algorithm).token(*algorithm, &json!({"sub": "anna"}));
        let (signed, signature) = token.rsplit_once('.').expect("a token");
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let other_claims = key_for(*algorithm).token(*algorithm, &json!({"sub": "bert"}));
        let (_, other_signature) = other_claims.rsplit_once('.').expect("a token");
        for wrong in [String::new(), format!("{flipped}{}", &signature[1..]), other_signature.to_owned(), "AAAA".into()]
        {
            assert_eq!(refusal(&format!("{signed}.{wrong}"), &all_keys()), "Signature", "{algorithm:?} {wrong}");
        }
    }
    let token = P256.token(Algorithm::Es256, &json!({}));
    let (signed, _) = token.rsplit_once('.').expect("a token");
    let der = [&[0x30, 0x44, 0x02, 0x20][..], &[1; 32], &[0x02, 0x20], &[1; 32]].concat();
    for raw in [vec![0; 64], vec![0xff; 64], vec![1; 63], vec![1; 65], der] {
        let wrong = format!("{signed}.{}", encode_base64url(raw));
        assert_eq!(refusal(&wrong, &all_keys()), "Signature");
    }
}

// Covers: A05, A06, A07, A08, A10.
#[test]
fn only_supported_asymmetric_algorithms_are_accepted() {
    for alg in ["none", "nOnE", "NONE", "HS256", "HS384", "HS512", "FOO", "rs256", "ES512", ""] {
        let header = format!(r#"{{"alg":"{alg}","kid":"rsa"}}"#);
        for token in [
            RSA.sign(Algorithm::Rs256, &header, "{}"),
            format!("{}.{}.", encode_base64url(&header), encode_base64url("{}")),
            hmac_signed(&header, RSA.jwk["n"].as_str().expect("a modulus").as_bytes()),
        ] {
            assert_eq!(refusal(&token, &all_keys()), "Algorithm", "{alg}");
        }
    }
    for (header, error) in [
        (r#"{"kid":"rsa"}"#, "Member"),
        (r#"{"alg":5}"#, "Member"),
        (r#"{"alg":null}"#, "Member"),
        (r#"{"alg":["RS256"]}"#, "Member"),
    ] {
        assert_eq!(refusal(&RSA.sign(Algorithm::Rs256, header, "{}"), &all_keys()), error, "{header}");
    }
}

fn hmac_signed(header: &str, secret: &[u8]) -> String {
    use aws_lc_rs::hmac;
    let signed = format!("{}.{}", encode_base64url(header), encode_base64url("{}"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", encode_base64url(tag))
}

// Covers: A09.
#[test]
fn an_algorithm_outside_the_allow_list_is_refused() {
    for algorithm in [Algorithm::Ps256, Algorithm::Es256] {
        let token = key_for(algorithm).token(algorithm, &json!({}));
        let verified = Unverified::decode(&token).expect("readable").verify(
            &all_keys(),
            &[Algorithm::Rs256],
            Timestamp::default(),
        );
        assert!(matches!(verified, Err(JwtError::Algorithm)));
    }
    let ps = RSA.sign(Algorithm::Ps256, r#"{"alg":"RS256","kid":"rsa"}"#, "{}");
    assert_eq!(refusal(&ps, &all_keys()), "Signature");
}

// Covers: A11, A12, A14, A15, A16, A17, F12, F13.
#[test]
fn the_named_key_verifies() {
    let one = || key_set(&[&RSA.jwk]);
    let two = || key_set(&[&RSA.jwk, &RSA_2.jwk]);
    let other_types = || key_set(&[&P256.jwk, &RSA.jwk]);
    let twins = |first: &Value, second: &Value| key_set(&[first, second]);
    let named = |kid: &str| RSA.sign(Algorithm::Rs256, &format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), "{}");
    let without_kid = || RSA.sign(Algorithm::Rs256, r#"{"alg":"RS256"}"#, "{}");
    let same = json!({"kid": "rsa"});
    for (row, token, keys, result) in [
        ("a11", named("gone"), two(), "UnknownKey"),
        ("a12", named("rsa"), key_set(&[&RSA_2.jwk]), "UnknownKey"),
        ("a12", named("rsa"), two(), "ok"),
        ("a14", without_kid(), one(), "ok"),
        ("a14", without_kid(), other_types(), "ok"),
        ("a14", without_kid(), key_set(&[&P256.jwk]), "UnknownKey"),
        ("a15", without_kid(), two(), "AmbiguousKey"),
        ("a16", named("rsa-2"), two(), "Signature"),
        ("a17", named("rsa"), twins(&RSA_2.jwk_with(&same), &RSA.jwk), "ok"),
        ("a17", named("rsa"), twins(&P256.jwk_with(&same), &RSA.jwk), "ok"),
        ("a17", named("rsa"), twins(&P256.jwk_with(&same), &RSA_2.jwk_with(&same)), "Signature"),
        ("a17", named("rsa"), twins(&P256.jwk_with(&same), &P384.jwk_with(&same)), "UnfitKey"),
        ("a13", named("rsa"), key_set(&[&RSA_2.jwk]).merge(&one(), NOW), "ok"),
        (
            "f13",
            RSA_2.sign(Algorithm::Rs256, r#"{"alg":"RS256"}"#, "{}"),
            key_set(&[&RSA_2.jwk]).merge(&one(), NOW),
            "ok",
        ),
        ("f12", without_kid(), key_set(&[&RSA_2.jwk]).merge(&one(), NOW), "UnknownKey"),
        ("none", named("rsa"), KeySet::default(), "UnknownKey"),
    ] {
        let actual = if read(&token, &keys).is_ok() { "ok".to_owned() } else { refusal(&token, &keys) };
        assert_eq!(actual, result, "{row}");
    }
}

// Covers: A18, F09, F10.
#[test]
fn a_key_verifies_only_what_it_was_published_for() {
    let token = || RSA.token(Algorithm::Rs256, &json!({}));
    for (members, result) in [
        (json!({"use": "enc"}), "UnfitKey"),
        (json!({"use": "SIG"}), "UnfitKey"),
        (json!({"alg": "RS512"}), "UnfitKey"),
        (json!({"alg": "PS256"}), "UnfitKey"),
        (json!({"alg": "RSA-OAEP"}), "UnfitKey"),
        (json!({"key_ops": ["encrypt"]}), "UnfitKey"),
        (json!({"key_ops": []}), "UnfitKey"),
        (json!({"key_ops": ["verify"], "alg": "RS256"}), "ok"),
        (json!({"use": null, "x5c": ["nonsense"], "x5t": 5}), "ok"),
    ] {
        let keys = key_set(&[&P256.jwk, &RSA.jwk_with(&members)]);
        let actual = if read(&token(), &keys).is_ok() { "ok".to_owned() } else { refusal(&token(), &keys) };
        assert_eq!(actual, result, "{members}");
    }
}

// Covers: A19.
#[test]
fn a_key_id_is_only_compared() {
    for kid in ["../../etc/passwd", "' OR 1=1 --", "https://evil.example", "a\\nb", "", &"k".repeat(1024)] {
        assert_eq!(refusal(&with_header_kid(&format!("\"{kid}\"")), &all_keys()), "UnknownKey", "{kid}");
    }
    for kid in [format!("\"{}\"", "k".repeat(10_000)), "5".into(), "null".into(), "[\"rsa\"]".into()] {
        assert_eq!(refusal(&with_header_kid(&kid), &all_keys()), "Member", "{kid}");
    }
}

fn with_header_kid(kid: &str) -> String {
    RSA.sign(Algorithm::Rs256, &format!(r#"{{"alg":"RS256","kid":{kid}}}"#), "{}")
}

// Covers: A20, A21, A22.
#[test]
fn keys_in_the_header_are_ignored() {
    let attacker = RSA_2.jwk.to_string();
    for member in ["\"jku\":\"https://evil.example/jwks\"", "\"x5u\":\"https://evil.example\"", "\"x5c\":[\"MIIB\"]"]
        .map(str::to_owned)
        .into_iter()
        .chain([format!("\"jwk\":{attacker}")])
    {
        let header = format!(r#"{{"alg":"RS256","kid":"rsa",{member}}}"#);
        assert_eq!(refusal(&RSA_2.sign(Algorithm::Rs256, &header, "{}"), &all_keys()), "Signature", "{member}");
        assert!(read(&with_header(&format!(",{member}")), &all_keys()).is_ok(), "{member}");
    }
}

// Covers: A23.
#[test]
fn critical_extensions_are_refused() {
    for members in [
        r#","crit":["b64"],"b64":false"#,
        r#","b64":false"#,
        r#","b64":true"#,
        r#","crit":["exp"]"#,
        r#","crit":[]"#,
        r#","crit":null"#,
        r#","crit":"kid""#,
    ] {
        assert_eq!(refusal(&with_header(members), &all_keys()), "Critical", "{members}");
    }
}

// Covers: CVE-D9, A27, A34.
#[test]
fn a_token_has_three_parts() {
    let token = with_header("");
    let (signed, _) = token.rsplit_once('.').expect("a token");
    for text in ["", ".", "a", "a.b", signed, &format!("{token}."), &format!("{token}.a.b"), "a.b.c.d.e"] {
        assert_eq!(refusal(text, &all_keys()), "Parts", "{text}");
    }
    let signature = json!({"protected": "e30", "signature": ""});
    for signatures in [json!([signature]), json!([signature, signature])] {
        let json = json!({"payload": "e30", "signatures": signatures}).to_string();
        assert_eq!(refusal(&json, &all_keys()), "Parts");
    }
}

// Covers: A33.
#[test]
fn every_part_has_one_encoding() {
    let token = with_header("");
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    for text in [
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}.{signature}=="),
        format!("{header}.{claims}.{signature}\n"),
        format!(" {header}.{claims}.{signature}"),
        format!("{header}.{claims}.+/{signature}"),
        format!("{header}.{claims}.{}B", &signature[..signature.len() - 1]),
    ] {
        assert_eq!(refusal(&text, &all_keys()), "Base64", "{text}");
    }
    let padded = format!("{header}.{claims}=");
    assert_eq!(refusal(&format!("{padded}.{signature}"), &all_keys()), "Signature");
}

// Covers: A35.
#[test]
fn the_header_is_one_strict_object() {
    for header in [
        r#"{"alg":"none","alg":"RS256","kid":"rsa"}"#,
        r#"{"alg":"RS256","kid":"rsa","kid":"rsa"}"#,
        "[]",
        "\"RS256\"",
        "null",
        "",
        "{",
        "\u{feff}{\"alg\":\"RS256\"}",
    ] {
        assert_eq!(refusal(&RSA.sign(Algorithm::Rs256, header, "{}"), &all_keys()), "Header", "{header}");
    }
}

// Covers: A36.
#[test]
fn an_oversized_token_is_not_decoded() {
    assert_eq!(refusal(&"a".repeat(1024 * 1024), &all_keys()), "TooLong");
    assert_eq!(refusal(&"a".repeat(MAX_BYTES), &all_keys()), "Parts");
    let long = RSA.token(Algorithm::Rs256, &json!({"groups": "g".repeat(40_000)}));
    assert!(read(&long, &all_keys()).is_ok());
}

// Covers: B41, B42.
#[test]
fn signed_claims_are_one_strict_object_too() {
    let deep = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    for claims in [r#"{"sub":"a","sub":"b"}"#, "[]", "null", "", "{", "\u{feff}{}", &deep[..40_000]] {
        let token = RSA.sign(Algorithm::Rs256, r#"{"alg":"RS256","kid":"rsa"}"#, claims);
        assert_eq!(refusal(&token, &all_keys()), "Claims", "{claims:.40}");
    }
}

#[test]
fn a_key_can_be_limited_to_one_issuer() {
    let keys = key_set(&[&RSA.jwk_with(&json!({"issuer": "https://login.example/{tenantid}/v2.0"}))]);
    let payload = read(&with_header(""), &keys).expect("verified");
    assert_eq!(payload.key_issuer(), Some("https://login.example/{tenantid}/v2.0"));
    assert_eq!(read(&with_header(""), &all_keys()).expect("verified").key_issuer(), None);
}

// Covers: CVE-H5.
#[test]
fn debug_shows_no_claim() {
    let payload = read(&with_header(""), &all_keys()).expect("verified");
    let shown = format!("{payload:?} {:?}", Unverified::decode(&with_header("")).expect("a token"));
    assert!(shown.starts_with("Payload { header: ") && shown.contains(" Unverified { header: "), "{shown}");
    assert!(!shown.contains("anna") && !shown.contains("eyJ"), "{shown}");
}

proptest! {
    #[test]
    fn a_changed_byte_is_refused(which in 0..3_usize, at in any::<proptest::sample::Index>(), byte: u8) {
        let algorithm = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa][which];
        let token = key_for(algorithm).token(algorithm, &json!({"sub": "anna", "n": 1}));
        let mut bytes = token.clone().into_bytes();
        bytes[at.index(token.len())] = byte;
        if let Ok(text) = String::from_utf8(bytes) && text != token {
            assert!(read(&text, &all_keys()).is_err(), "{text}");
        }
    }

    #[test]
    fn verification_never_panics(text in ".*", header in ".{0,60}", claims: Vec<u8>) {
        let now = Timestamp::default();
        let _result = Unverified::decode(&text).map(|token| token.verify(&all_keys(), Algorithm::ALL, now));
        let token = format!("{}.{}.", encode_base64url(header), encode_base64url(claims));
        let _result = Unverified::decode(&token).map(|token| token.verify(&all_keys(), Algorithm::ALL, now));
    }
}
