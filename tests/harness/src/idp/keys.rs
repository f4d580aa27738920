//! Signing keys and the set that is published (RFC 7517, RFC 7518).

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{self, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Map, Value, json};

use crate::encoding::{base64, base64url, random_name};

/// The signature algorithm of ID tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// The name in a JOSE header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// A private key with its key id.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    /// Further published members that say what it is for.
    pub(crate) members: Map<String, Value>,
    pair: Pair,
}

#[derive(Clone)]
enum Pair {
    Ec(Arc<EcdsaKeyPair>),
    Rsa(Arc<rsa::KeyPair>),
}

impl SigningKey {
    fn ec() -> Self {
        let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a fresh P-256 key");
        Self { kid: random_name(), members: Map::new(), pair: Pair::Ec(Arc::new(pair)) }
    }

    fn rsa(number: usize) -> Self {
        Self { kid: random_name(), members: Map::new(), pair: Pair::Rsa(rsa_key(number)) }
    }

    /// The algorithm it signs with.
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Ec(_) => Algorithm::Es256,
            Pair::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The raw signature of a JWS (RFC 7518, sections 3.3 and 3.4).
    pub(crate) fn sign(&self, input: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&SystemRandom::new(), input).expect("an ECDSA signature").as_ref().to_vec(),
            Pair::Rsa(pair) => rsa_sign(pair, &signature::RSA_PKCS1_SHA256, input),
        }
    }

    /// The RSASSA-PSS signature (PS256) of an RSA key.
    pub(crate) fn sign_pss(&self, input: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Ec(_) => None,
            Pair::Rsa(pair) => Some(rsa_sign(pair, &signature::RSA_PSS_SHA256, input)),
        }
    }

    /// The public key as a JWK.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        for (name, value) in &self.members {
            jwk[name] = value.clone();
        }
        jwk
    }

    fn bare_jwk(&self) -> Value {
        match &self.pair {
            Pair::Ec(pair) => {
                // An uncompressed point: 0x04, then x and y of 32 bytes each.
                let point = pair.public_key().as_ref();
                let (x, y) = point[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid, "x": base64url(x), "y": base64url(y)})
            }
            Pair::Rsa(pair) => {
                let (n, e) = rsa_numbers(pair.public_key().as_ref());
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": base64url(n), "e": base64url(e)})
            }
        }
    }

    /// The public key as a `SubjectPublicKeyInfo`.
    pub(crate) fn public_der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match &self.pair {
            Pair::Ec(pair) => pair.public_key().as_der().expect("a public key as DER"),
            Pair::Rsa(pair) => pair.public_key().as_der().expect("a public key as DER"),
        };
        der.as_ref().to_vec()
    }

    /// The public key as a `SubjectPublicKeyInfo` in PEM.
    pub(crate) fn public_pem(&self) -> String {
        let text = base64(self.public_der());
        let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}

/// HMAC with SHA-256 (HS256).
pub(crate) fn hmac_sha256(secret: &[u8], input: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input).as_ref().to_vec()
}

/// The keys a provider publishes, the one it signs with, and one that is not published.
pub(crate) struct KeyRing {
    current: SigningKey,
    first: SigningKey,
    published: Vec<SigningKey>,
    rsa_keys: usize,
}

impl KeyRing {
    /// A ring with one key.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let mut rsa_keys = UNPUBLISHED + 1;
        let current = fresh(algorithm, &mut rsa_keys);
        Self { published: vec![current.clone()], first: current.clone(), current, rsa_keys }
    }

    /// The signing key.
    pub(crate) fn current(&self) -> &SigningKey {
        &self.current
    }

    /// The first signing key, published or not.
    pub(crate) fn first(&self) -> &SigningKey {
        &self.first
    }

    /// Every published key.
    pub(crate) fn published(&self) -> &[SigningKey] {
        &self.published
    }

    /// Signs with a new key from now on; the former keys are no longer published.
    pub(crate) fn rotate(&mut self, algorithm: Algorithm) {
        self.current = fresh(algorithm, &mut self.rsa_keys);
        self.published.retain(|key| !key.members.is_empty());
        self.published.push(self.current.clone());
    }

    /// Publishes a new key with these members; it does not sign.
    pub(crate) fn publish(&mut self, algorithm: Algorithm, members: Map<String, Value>) {
        let key = SigningKey { members, ..fresh(algorithm, &mut self.rsa_keys) };
        self.published.push(key);
    }

    /// The published key that has a member of that name.
    pub(crate) fn marked(&self, name: &str) -> Option<SigningKey> {
        self.published.iter().find(|key| key.members.contains_key(name)).cloned()
    }

    /// Signs with a new key from now on; the former keys stay published.
    pub(crate) fn rotate_overlapping(&mut self, algorithm: Algorithm) {
        self.current = fresh(algorithm, &mut self.rsa_keys);
        self.published.push(self.current.clone());
    }

    /// A published key other than the signing one; created if there is none.
    pub(crate) fn another(&mut self, algorithm: Algorithm) -> SigningKey {
        let known = self.published.iter().find(|key| key.kid != self.current.kid && key.algorithm() == algorithm);
        if let Some(key) = known {
            return key.clone();
        }
        let key = fresh(algorithm, &mut self.rsa_keys);
        self.published.push(key.clone());
        key
    }

    /// A key that is not published.
    pub(crate) fn unpublished(algorithm: Algorithm) -> SigningKey {
        match algorithm {
            Algorithm::Es256 => SigningKey::ec(),
            Algorithm::Rs256 => SigningKey::rsa(UNPUBLISHED),
        }
    }
}

fn fresh(algorithm: Algorithm, rsa_keys: &mut usize) -> SigningKey {
    match algorithm {
        Algorithm::Es256 => SigningKey::ec(),
        Algorithm::Rs256 => {
            *rsa_keys += 1;
            SigningKey::rsa(*rsa_keys - 1)
        }
    }
}

/// The process's RSA key of that number: creating one is slow, so all key rings share them, under their own key ids.
fn rsa_key(number: usize) -> Arc<rsa::KeyPair> {
    let mut keys = RSA_KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    while keys.len() <= number {
        keys.push(Arc::new(rsa::KeyPair::generate(KeySize::Rsa2048).expect("a fresh RSA key")));
    }
    Arc::clone(&keys[number])
}

fn rsa_sign(pair: &rsa::KeyPair, padding: &'static dyn signature::RsaEncoding, input: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), input, &mut signature).expect("an RSA signature");
    signature
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017, appendix A.1.1): a sequence of two integers.
fn rsa_numbers(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (sequence, _) = der_value(der);
    let (modulus, rest) = der_value(sequence);
    let (exponent, _) = der_value(rest);
    (without_sign(modulus), without_sign(exponent))
}

/// The content of the first DER element, and the rest.
fn der_value(der: &[u8]) -> (&[u8], &[u8]) {
    let short = usize::from(der[1]);
    let (start, length) = if short < 0x80 {
        (2, short)
    } else {
        let end = 2 + (short & 0x7f);
        (end, der[2..end].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
    };
    (&der[start..start + length], &der[start + length..])
}

fn without_sign(integer: &[u8]) -> Vec<u8> {
    integer.iter().copied().skip_while(|byte| *byte == 0).collect()
}

/// The number of the RSA key that no key ring publishes.
const UNPUBLISHED: usize = 0;
static RSA_KEYS: LazyLock<Mutex<Vec<Arc<rsa::KeyPair>>>> = LazyLock::new(Mutex::default);
