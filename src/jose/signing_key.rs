//! Tokens that the gateway signs itself, with a private key or a shared secret.
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

/// A private key and the single algorithm that it signs with (RFC 8725 §3.1).
pub(crate) struct SigningKey {
    pair: Pair,
    algorithm: Algorithm,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Why a text is not a signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// The text has no private key in PEM, or only an encrypted one.
    #[error("it contains no unencrypted private key in PEM")]
    NotPem,
    /// The key is damaged, of an unsupported kind, or an RSA key of an unsupported size.
    #[error("its key is damaged or of another kind than RSA (2048 to 8192 bits), P-256, P-384 and Ed25519")]
    Kind,
    /// The key is valid, but not for this algorithm.
    #[error("its key is not of the kind that {} needs", .0.name())]
    Algorithm(Algorithm),
}

/// The cryptographic operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot sign")]
pub(crate) struct SignError;

impl SigningKey {
    /// Reads the first private key of a PEM text (PKCS #8, PKCS #1 or SEC 1). Without an `algorithm`, the key signs
    /// with the algorithm that most providers support for this type of key.
    pub(crate) fn from_pem(pem: &Secret, algorithm: Option<Algorithm>) -> Result<Self, KeyError> {
        let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| KeyError::NotPem)?;
        let (pair, default) = pair(&der).ok_or(KeyError::Kind)?;
        let algorithm = algorithm.unwrap_or(default);
        if algorithm.key_type() == default.key_type() {
            Ok(Self { pair, algorithm })
        } else {
            Err(KeyError::Algorithm(algorithm))
        }
    }

    /// The algorithm of the signatures.
    #[must_use]
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs a token of `claims`. The member `alg` is added to `header`.
    pub(crate) fn sign(
        &self,
        mut header: Map<String, Value>,
        claims: &Map<String, Value>,
    ) -> Result<Secret, SignError> {
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

/// Signs a token of `claims` with HS256 (RFC 7518 §3.2). Anyone who knows `secret` could have made the token, so the
/// gateway never verifies such tokens.
pub(crate) fn sign_hs256(
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

/// A private key, and the algorithm that most providers support for its kind.
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
    // RFC 7518 §3.3: at least 2048 bits.
    (pair.public_modulus_len() >= MIN_MODULUS_BYTES).then_some((Pair::Rsa(pair), Algorithm::Rs256))
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
const MIN_MODULUS_BYTES: usize = 2048 / 8;

#[cfg(test)]
mod tests;
