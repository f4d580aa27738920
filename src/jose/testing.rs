//! Keys and signatures for tests. The keys are generated once per test run.

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
        RsaEncoding, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{algorithm::Algorithm, key_set::KeySet};
use crate::base::{Secret, encode_base64url};

/// A private key whose public key has the identifier `kid` in a key set.
pub(crate) struct TestKey {
    pair: Pair,
    /// The public key as a JWK.
    pub(crate) jwk: Value,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// An RSA key of 2048 bits, `rsa`.
pub(crate) static RSA: LazyLock<TestKey> = LazyLock::new(|| TestKey::rsa("rsa", KeySize::Rsa2048));

/// Another RSA key of 2048 bits, `rsa-2`.
pub(crate) static RSA_2: LazyLock<TestKey> = LazyLock::new(|| TestKey::rsa("rsa-2", KeySize::Rsa2048));

/// A key on P-256, `p256`.
pub(crate) static P256: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    TestKey::ec("p256", "P-256", pair)
});

/// A key on P-384, `p384`.
pub(crate) static P384: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    TestKey::ec("p384", "P-384", pair)
});

/// A key on Ed25519, `ed25519`.
pub(crate) static ED25519: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed25519", "use": "sig", "x": encode_base64url(pair.public_key())});
    TestKey { pair: Pair::Ed(pair), jwk }
});

impl TestKey {
    fn rsa(kid: &str, size: KeySize) -> Self {
        let pair = RsaKeyPair::generate(size).expect("a key");
        let modulus = encode_base64url(pair.public_key().modulus().big_endian_without_leading_zero());
        let jwk = json!({"kty": "RSA", "kid": kid, "use": "sig", "n": modulus, "e": "AQAB"});
        Self { pair: Pair::Rsa(pair), jwk }
    }

    fn ec(kid: &str, curve: &str, pair: EcdsaKeyPair) -> Self {
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let jwk = json!({"kty": "EC", "crv": curve, "kid": kid, "use": "sig", "x": encode_base64url(x), "y": encode_base64url(y)});
        Self { pair: Pair::Ec(pair), jwk }
    }

    /// The public key with `members` set, or removed where null.
    pub(crate) fn jwk_with(&self, members: &Value) -> Value {
        with(&self.jwk, members)
    }

    /// A token of `claims` with the usual header for `algorithm` and this key.
    pub(crate) fn token(&self, algorithm: Algorithm, claims: &Value) -> String {
        let header = json!({"alg": algorithm.name(), "typ": "JWT", "kid": self.jwk["kid"]});
        self.sign(algorithm, &header.to_string(), &claims.to_string())
    }

    /// A token of exactly `header` and `claims`, signed with `algorithm` regardless of the header.
    pub(crate) fn sign(&self, algorithm: Algorithm, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode_base64url(header), encode_base64url(claims));
        let signature = self.signature(algorithm, signed.as_bytes());
        format!("{signed}.{}", encode_base64url(signature))
    }

    /// The private key in PEM, as PKCS #8.
    pub(crate) fn pem(&self) -> Secret {
        pem("PRIVATE KEY", &self.pkcs_8())
    }

    /// The private key in PEM, as PKCS #1 (RSA keys only).
    pub(super) fn pem_of_pkcs_1(&self) -> Secret {
        pem("RSA PRIVATE KEY", &self.pkcs_8()[RSA_WRAPPING..])
    }

    fn pkcs_8(&self) -> Vec<u8> {
        let der: Pkcs8V1Der<'_> = match &self.pair {
            Pair::Rsa(pair) => pair.as_der().expect("DER"),
            Pair::Ec(pair) => return pair.to_pkcs8v1().expect("DER").as_ref().to_vec(),
            Pair::Ed(pair) => pair.as_der().expect("DER"),
        };
        der.as_ref().to_vec()
    }

    fn signature(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(rsa_encoding(algorithm), &SystemRandom::new(), message, &mut signature).expect("a signature");
                signature
            }
            Pair::Ec(pair) => pair.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// Encodes DER as PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> Secret {
    Secret::new(format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der)))
}

/// The key set of these public keys.
pub(crate) fn key_set(keys: &[&Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).expect("a key set")
}

/// The key set of all the keys above.
pub(crate) fn all_keys() -> KeySet {
    key_set(&[&RSA.jwk, &RSA_2.jwk, &P256.jwk, &P384.jwk, &ED25519.jwk])
}

/// `object` with `members` set, or removed where null.
pub(crate) fn with(object: &Value, members: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in members.as_object().expect("an object") {
        let target = object.as_object_mut().expect("an object");
        if value.is_null() {
            target.remove(name)
        } else {
            target.insert(name.clone(), value.clone())
        };
    }
    object
}

fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::Rs384 => &RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &RSA_PSS_SHA256,
        Algorithm::Ps384 => &RSA_PSS_SHA384,
        Algorithm::Ps512 => &RSA_PSS_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

/// The bytes of PKCS #8 before the PKCS #1 of an RSA key of 2048 bits: lengths, version, algorithm.
const RSA_WRAPPING: usize = 26;
