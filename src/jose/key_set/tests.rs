//! Valid key sets, and invalid ones.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::{prop, proptest};
use serde_json::{Value, json};

use super::{JwksError, KeySet, MAX_BYTES, MAX_KEYS, SMALL_ORDER, SetKey, SkippedKey};
use crate::{
    base::{Timestamp, decode_base64url, encode_base64url},
    jose::{
        Algorithm, JwtError, Unverified,
        testing::{ED25519, P256, P384, RSA, RSA_2, key_set},
    },
};

fn parse(document: &Value) -> Result<KeySet, JwksError> {
    KeySet::parse(document.to_string().as_bytes())
}

/// A modulus of `bits` bits that ends in `last`.
fn modulus(bits: usize, last: u8) -> String {
    let mut bytes = vec![0xff; bits / 8];
    bytes[bits / 8 - 1] = last;
    encode_base64url(bytes)
}

/// A modulus of one bit less than `bits`.
fn one_bit_shorter(bits: usize) -> String {
    let mut bytes = vec![0xff; bits / 8];
    bytes[0] = 0x7f;
    encode_base64url(bytes)
}

// Covers: F01, F06, F07, F08.
#[test]
fn unusable_keys_are_skipped() {
    let x = || P256.jwk["x"].clone();
    for (jwk, reason) in [
        (json!({"kty": "EC", "crv": "secp256k1", "x": x(), "y": x()}), SkippedKey::Unsupported),
        (json!({"kty": "EC", "crv": "P-521", "x": x(), "y": x()}), SkippedKey::Unsupported),
        (json!({"kty": "OKP", "crv": "X25519", "x": x()}), SkippedKey::Unsupported),
        (json!({"kty": "OKP", "crv": "Ed448", "x": x()}), SkippedKey::Unsupported),
        (json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}), SkippedKey::Unsupported),
        (json!({"kty": "oct", "k": "c2VjcmV0"}), SkippedKey::Unsupported),
        (json!({"kty": "rsa"}), SkippedKey::Unsupported),
        (json!({}), SkippedKey::Unsupported),
        (json!("key"), SkippedKey::Mistyped),
        (json!(null), SkippedKey::Mistyped),
        (json!({"kty": 5}), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"kid": 5})), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"use": ["sig"]})), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"alg": 1})), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"key_ops": "verify"})), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"issuer": {}})), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"n": null})), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"e": "AQAB="})), SkippedKey::Mistyped),
        (RSA.jwk_with(&json!({"n": modulus(512, 1)})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"n": modulus(1024, 1)})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"n": modulus(2040, 1)})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"n": modulus(8200, 1)})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"n": one_bit_shorter(2048)})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"n": modulus(2048, 2)})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"n": ""})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"e": ""})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"e": "AQ"})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"e": "AAAB"})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"e": "AAAC"})), SkippedKey::Rsa),
        (RSA.jwk_with(&json!({"e": "AQAAAAAB"})), SkippedKey::Rsa),
        (P256.jwk_with(&json!({"y": x()})), SkippedKey::Point),
        (P256.jwk_with(&json!({"x": "AAAA"})), SkippedKey::Point),
        (P256.jwk_with(&json!({"crv": "P-384"})), SkippedKey::Point),
        (P384.jwk_with(&json!({"crv": "P-256"})), SkippedKey::Point),
        (P384.jwk_with(&json!({"y": P384.jwk["x"]})), SkippedKey::Point),
        (ED25519.jwk_with(&json!({"x": "AAAA"})), SkippedKey::Point),
    ] {
        let set = parse(&json!({"keys": [P384.jwk, jwk.clone(), RSA_2.jwk]})).expect("a key set");
        assert_eq!((set.len(), set.skipped()), (2, &[reason][..]), "{jwk}");
        assert!(set.has("p384") && set.has("rsa-2"));
    }
}

// Covers: F07.
/// Found by fuzzing: for a key that is the neutral element, R = that element and S = 0 is a signature of every message.
#[test]
fn small_order_points_are_not_keys() {
    for point in SMALL_ORDER {
        let mut bytes = decode_base64url(point).expect("base64url");
        for sign in [0, 0x80] {
            bytes[31] = bytes[31] & 0x7f | sign;
            let weak = ED25519.jwk_with(&json!({"x": encode_base64url(&bytes)}));
            let set = parse(&json!({"keys": [weak, P256.jwk]})).expect("a key set");
            assert_eq!((set.len(), set.skipped()), (1, &[SkippedKey::Point][..]), "{point} {sign}");
        }
    }
    let mut forged = vec![0; 64];
    forged[0] = 1;
    let token = [&br#"{"alg":"EdDSA"}"#[..], b"{}", &forged].map(encode_base64url).join(".");
    let neutral = ED25519.jwk_with(&json!({"x": SMALL_ORDER[1], "kid": null}));
    let set = parse(&json!({"keys": [neutral, P256.jwk]})).expect("a key set");
    let verified = Unverified::decode(&token).expect("a token").verify(&set, Algorithm::ALL, Timestamp::default());
    assert!(matches!(verified, Err(JwtError::UnknownKey)));
}

// Covers: F01.
#[test]
fn unknown_members_and_a_leading_zero_octet_are_ignored() {
    let n = [&[0][..], &decode_base64url(RSA.jwk["n"].as_str().expect("n")).expect("base64url")].concat();
    let jwk = RSA.jwk_with(&json!({"n": encode_base64url(n), "e": "AAEAAQ", "x5c": "no list", "cloud": "x"}));
    let widest = RSA.jwk_with(&json!({"n": modulus(8192, 1), "e": "_____w"}));
    let set = parse(&json!({"keys": [jwk, widest], "more": 1})).expect("a key set");
    assert_eq!((set.len(), set.skipped().len(), set.exposes_private_key()), (2, 0, false));
    assert!(!set.is_empty());
}

// Covers: F02, F03, F05.
#[test]
fn unusable_sets_are_refused() {
    let enc_only = json!({"keys": [RSA.jwk_with(&json!({"use": "enc"}))]});
    for document in [json!({"keys": []}), json!({"keys": [5]}), enc_only] {
        assert!(matches!(parse(&document), Err(JwksError::NoUsableKey)), "{document}");
    }
    for document in [json!({}), json!({"keys": {}}), json!({"keys": null}), json!([RSA.jwk]), json!(5)] {
        assert!(matches!(parse(&document), Err(JwksError::Shape)), "{document}");
    }
    for text in ["", "<!doctype html>", r#"{"keys":["#, "\u{feff}{}"] {
        let error = KeySet::parse(text.as_bytes()).expect_err("no JSON");
        assert!(matches!(error, JwksError::Json(_)) && error.reason().as_str() == "provider-keys", "{text}");
    }
    assert!(matches!(parse(&json!({"keys": vec![json!({}); MAX_KEYS + 1]})), Err(JwksError::TooMany)));
    assert_eq!(parse(&json!({"keys": vec![&ED25519.jwk; MAX_KEYS]})).expect("a full set").len(), MAX_KEYS);
    assert!(matches!(KeySet::parse(&vec![b' '; MAX_BYTES + 1]), Err(JwksError::TooLong)));
    assert!(matches!(KeySet::parse(&vec![b' '; MAX_BYTES]), Err(JwksError::Json(_))));
}

// Covers: F06.
#[test]
fn private_members_are_reported_and_dropped() {
    let set = parse(&json!({"keys": [RSA.jwk_with(&json!({"d": "cHJpdmF0ZQ", "p": "AAAA"}))]})).expect("a key set");
    assert!(set.exposes_private_key());
    assert!(!format!("{set:?}").contains("cHJpdmF0ZQ"));
    let symmetric = parse(&json!({"keys": [RSA.jwk, {"kty": "oct", "k": "c2VjcmV0"}]})).expect("a key set");
    assert!(symmetric.exposes_private_key());
}

// Covers: F12, F13.
#[test]
fn a_removed_key_is_retained_for_a_day() {
    let [both, old, new] = [&[&RSA.jwk, &P256.jwk][..], &[&RSA.jwk], &[&P256.jwk]].map(key_set);
    let hours = |hours: u64| Timestamp::from_seconds(1_800_000_000).plus(Duration::from_secs(hours * 3600));
    let has = |set: &KeySet| (set.has("rsa"), set.has("p256"));

    let overlap = both.clone().merge(&old, hours(0));
    assert_eq!((has(&overlap), overlap.len()), ((true, true), 2), "a key in both sets is present once");
    let removed = new.clone().merge(&overlap, hours(1));
    assert_eq!(has(&removed), (true, true));
    let later = new.clone().merge(&removed, hours(24));
    assert_eq!(has(&later), (true, true), "removed for 23 hours");
    assert_eq!(has(&new.clone().merge(&later, hours(25))), (false, true), "removed for a day");
    // Sets that alternate: each key stays usable, and the day starts again whenever the key is published.
    let mut flapping = old.clone();
    for hour in 1..100 {
        flapping = if hour % 20 < 10 { new.clone() } else { old.clone() }.merge(&flapping, hours(hour));
        assert_eq!((has(&flapping), flapping.len()), ((true, true), 2), "{hour}");
    }
    // A clock that was set back removes no key.
    assert_eq!(has(&new.merge(&removed, hours(0))), (true, true));
}

// Covers: F13.
#[test]
fn the_current_document_takes_precedence() {
    let now = Timestamp::from_seconds(1_800_000_000);
    let older = key_set(&[&RSA.jwk, &P256.jwk]);
    let merged = |jwk: &Value| key_set(&[jwk, &P384.jwk]).merge(&older, now);
    for (jwk, keys, why) in [
        (RSA_2.jwk_with(&json!({"kid": "rsa"})), 3, "other key material"),
        (RSA.jwk_with(&json!({"use": "enc"})), 3, "another use"),
        (RSA.jwk_with(&json!({"n": "AQAB"})), 2, "unusable in the current set: the older key is not used instead"),
        (RSA.jwk_with(&json!({"kid": "other"})), 4, "another identifier"),
    ] {
        let set = merged(&jwk);
        assert_eq!((set.len(), set.has("p384"), set.has("p256")), (keys, true, true), "{why}");
    }
    let without_kid = key_set(&[&RSA.jwk_with(&json!({"kid": null}))]);
    assert_eq!(key_set(&[&P384.jwk]).merge(&without_kid, now).len(), 1, "a key without an identifier is not retained");
    assert!(KeySet::default().is_empty());
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>, n in "[A-Za-z0-9_-]{0,8}", kty in "RSA|EC|OKP", crv in "P-256|P-384|Ed25519") {
        let _result = KeySet::parse(&bytes);
        let _result = parse(&json!({"keys": [{"kty": kty, "crv": crv, "n": n, "e": n, "x": n, "y": n}]}));
    }

    // Covers: F13.
    #[test]
    fn merging_retains_at_most_a_hundred_keys(
        fetches in prop::collection::vec((prop::collection::btree_set(0_u8..250, 1..=MAX_KEYS), 0_u64..40), 1..12),
    ) {
        let (mut now, mut merged) = (Timestamp::from_seconds(1_800_000_000), KeySet::default());
        for (ids, hours) in fetches {
            now = now.plus(Duration::from_secs(hours * 3600));
            let jwks: Vec<Value> = ids.iter().map(|id| P256.jwk_with(&json!({"kid": id.to_string()}))).collect();
            merged = key_set(&jwks.iter().collect::<Vec<_>>()).merge(&merged, now);
            assert!(merged.len() <= MAX_KEYS);
            assert_eq!(merged.keys().iter().filter(|key| key.is_published()).count(), ids.len());
            assert!(ids.iter().all(|id| merged.has(&id.to_string())));
            let distinct: BTreeSet<_> = merged.keys().iter().map(SetKey::kid).collect();
            assert_eq!(distinct.len(), merged.len());
        }
    }
}
