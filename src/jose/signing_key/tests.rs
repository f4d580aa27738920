//! Keys in every supported format, and verification of what they sign.

use aws_lc_rs::{
    encoding::AsDer,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Map, Value, json};

use super::{KeyError, SigningKey};
use crate::{
    base::{Secret, Timestamp},
    jose::{
        Algorithm, Unverified,
        testing::{ED25519, P256, P384, RSA, TestKey, all_keys, pem},
    },
};

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("no object") };
    members
}

fn key_for(algorithm: Algorithm) -> &'static TestKey {
    match algorithm {
        Algorithm::Es256 => &P256,
        Algorithm::Es384 => &P384,
        Algorithm::EdDsa => &ED25519,
        _ => &RSA,
    }
}

#[test]
fn every_algorithm_signs_verifiable_tokens() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::from_pem(&key_for(*algorithm).pem(), Some(*algorithm)).expect("a key");
        let header = object(json!({"kid": key_for(*algorithm).jwk["kid"], "alg": "none"}));
        let token = key.sign(header, &object(json!({"sub": "app"}))).expect("signed");
        let payload = Unverified::decode(token.expose()).expect("a token").verify(
            &all_keys(),
            &[*algorithm],
            Timestamp::default(),
        );
        assert_eq!(payload.expect("verified").claims()["sub"], "app", "{algorithm:?}");
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}

#[test]
fn each_key_type_has_its_algorithms() {
    for (key, default) in
        [(&RSA, Algorithm::Rs256), (&P256, Algorithm::Es256), (&P384, Algorithm::Es384), (&ED25519, Algorithm::EdDsa)]
    {
        assert_eq!(SigningKey::from_pem(&key.pem(), None).map(|key| key.algorithm()).ok(), Some(default));
        for other in Algorithm::ALL {
            let key = SigningKey::from_pem(&key.pem(), Some(*other));
            let fits = other.key_type() == default.key_type();
            assert_eq!(key.err(), (!fits).then_some(KeyError::Algorithm(*other)), "{default:?} {other:?}");
        }
    }
}

#[test]
fn keys_are_read_in_three_pem_formats() {
    let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let sec_1 = pem("EC PRIVATE KEY", curve.private_key().as_der().expect("DER").as_ref());
    let parameters = pem("EC PARAMETERS", &[6, 8, 42, 134, 72, 206, 61, 3, 1, 7]);
    let both = Secret::new(format!("{}{}", parameters.expose(), sec_1.expose()));
    for (text, algorithm) in
        [(RSA.pem_of_pkcs_1(), Algorithm::Rs256), (sec_1, Algorithm::Es256), (both, Algorithm::Es256)]
    {
        assert_eq!(SigningKey::from_pem(&text, None).map(|key| key.algorithm()), Ok(algorithm));
    }
}

#[test]
fn unusable_keys_are_refused() {
    let p521 = EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING).expect("a key");
    for (text, error) in [
        (Secret::new(""), KeyError::NotPem),
        (Secret::new("a secret"), KeyError::NotPem),
        (pem("PUBLIC KEY", b"x"), KeyError::NotPem),
        (pem("ENCRYPTED PRIVATE KEY", b"x"), KeyError::NotPem),
        (pem("PRIVATE KEY", b"x"), KeyError::Kind),
        (pem("RSA PRIVATE KEY", b"x"), KeyError::Kind),
        (pem("EC PRIVATE KEY", b"x"), KeyError::Kind),
        (pem("PRIVATE KEY", p521.to_pkcs8v1().expect("DER").as_ref()), KeyError::Kind),
    ] {
        assert_eq!(SigningKey::from_pem(&text, None).err(), Some(error));
    }
}
