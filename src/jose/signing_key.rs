//! Tokens of our own: a private key, read from PEM, and what it signs.
//!
//! RFC 7515 §5.1 (compact serialization), RFC 7518 §3, RFC 8037 §3.1.

use std::fmt;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding,
    },
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use crate::base::{Secret, encode_base64url};

/// A private key and the one algorithm that it signs with (RFC 8725 §3.1).
pub struct SigningKey {
    pair: Pair,
    algorithm: Algorithm,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Why a text is no key to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no private key in it, or one that is encrypted.
    #[error("there is no unencrypted private key in PEM in it")]
    NotPem,
    /// It is damaged, of another kind, or an RSA key of a size that nobody should use.
    #[error("its key is damaged or of another kind than RSA (2048 to 8192 bits), P-256, P-384 and Ed25519")]
    Kind,
    /// It is a sound key, but not for this algorithm.
    #[error("its key is not of the kind that {} needs", .0.name())]
    Algorithm(Algorithm),
}

/// The cryptography failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot sign")]
pub struct SignError;

impl SigningKey {
    /// The first private key of a PEM text (PKCS #8, PKCS #1 or SEC 1), for `algorithm`; without one, for the algorithm
    /// that most providers know for its kind.
    pub fn from_pem(pem: &Secret, algorithm: Option<Algorithm>) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| KeyError::NotPem)?;
        let (pair, usual) = pair(&der).ok_or(KeyError::Kind)?;
        let algorithm = algorithm.unwrap_or(usual);
        if algorithm.key_type() == usual.key_type() {
            Ok(Self { pair, algorithm })
        } else {
            Err(KeyError::Algorithm(algorithm))
        }
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// A token of `claims` under `header`, to which `alg` is added.
    pub fn sign(&self, mut header: Map<String, Value>, claims: &Map<String, Value>) -> Result<Secret, SignError> {
        header.insert("alg".to_owned(), self.algorithm.name().into());
        token(&header, claims, |message| self.signature(message))
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let encoding = rsa_encoding(self.algorithm).ok_or(SignError)?;
                pair.sign(encoding, &random, message, &mut signature).map_err(|_| SignError)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => Ok(pair.sign(&random, message).map_err(|_| SignError)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm.name())
    }
}

/// A token of `claims` that both who made it and who shares `secret` could have signed (HS256, RFC 7518 §3.2). Made only:
/// none is ever believed here.
pub fn sign_hs256(
    secret: &Secret,
    mut header: Map<String, Value>,
    claims: &Map<String, Value>,
) -> Result<Secret, SignError> {
    header.insert("alg".to_owned(), "HS256".into());
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    token(&header, claims, |message| Ok(hmac::sign(&key, message).as_ref().to_vec()))
}

fn token(
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    signature: impl FnOnce(&[u8]) -> Result<Vec<u8>, SignError>,
) -> Result<Secret, SignError> {
    let part = |members| serde_json::to_vec(members).map(encode_base64url).map_err(|_| SignError);
    let signed = format!("{}.{}", part(header)?, part(claims)?);
    let signature = encode_base64url(signature(signed.as_bytes())?);
    Ok(Secret::new(format!("{signed}.{signature}")))
}

/// The key, and the algorithm that most providers know for its kind.
fn pair(der: &PrivateKeyDer<'_>) -> Option<(Pair, Algorithm)> {
    let bytes = der.secret_der();
    match der {
        PrivateKeyDer::Pkcs1(_) => rsa(RsaKeyPair::from_der(bytes).ok()?),
        PrivateKeyDer::Sec1(_) => ecdsa(bytes),
        PrivateKeyDer::Pkcs8(_) => RsaKeyPair::from_pkcs8(bytes)
            .ok()
            .and_then(rsa)
            .or_else(|| ecdsa(bytes))
            .or_else(|| Some((Pair::Ed25519(Ed25519KeyPair::from_pkcs8(bytes).ok()?), Algorithm::EdDsa))),
        _ => None,
    }
}

fn rsa(pair: RsaKeyPair) -> Option<(Pair, Algorithm)> {
    // RFC 7518 §3.3: 2048 bits or more.
    (pair.public_modulus_len() >= LEAST_MODULUS).then_some((Pair::Rsa(pair), Algorithm::Rs256))
}

fn ecdsa(der: &[u8]) -> Option<(Pair, Algorithm)> {
    ECDSA_KINDS.iter().find_map(|(kind, algorithm)| {
        Some((Pair::Ecdsa(EcdsaKeyPair::from_private_key_der(kind, der).ok()?), *algorithm))
    })
}

fn rsa_encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_SHA512),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => None,
    }
}

static ECDSA_KINDS: [(&EcdsaSigningAlgorithm, Algorithm); 2] =
    [(&ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::Es256), (&ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::Es384)];
const LEAST_MODULUS: usize = 2048 / 8;

#[cfg(test)]
mod tests;
