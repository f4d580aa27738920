//! JSON Web Key Sets: a provider's public keys, each validated separately.
//!
//! RFC 7517 §5: unknown keys are skipped and do not invalidate the set. RFC 8725 §3.4 and §3.5: weak keys and invalid
//! points are skipped too. Private and symmetric key material is never stored (RFC 7517 §9.2).

use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey, VerificationAlgorithm};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};

use super::algorithm::{Algorithm, KeyType};
use crate::{
    base::{Timestamp, decode_base64url, encode_base64url},
    reason::ReasonCode,
};

/// The keys of one provider, in the order of the document. The default set is empty and verifies nothing.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<SetKey>,
    skipped: Vec<SkippedKey>,
    /// The identifiers of the skipped keys.
    skipped_ids: Vec<String>,
    exposes_private_key: bool,
}

/// Why a document is not a key set.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// The document is longer than 512 KiB.
    #[error("the key set is too long")]
    TooLong,
    /// The document is not JSON.
    #[error("the key set is not JSON")]
    Json(#[source] serde_json::Error),
    /// The document is not an object with an array `keys` (RFC 7517 §5).
    #[error("the key set has no array \"keys\"")]
    Shape,
    /// The set has more than 100 keys.
    #[error("the key set has too many keys")]
    TooMany,
    /// No key of the set can verify a signature.
    #[error("the key set has no key that this gateway can verify with")]
    NoUsableKey,
}

/// Why a key was skipped; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkippedKey {
    /// The key is not an object, or a member has the wrong type.
    #[error("a member has the wrong type")]
    Mistyped,
    /// `kty` or `crv` is not supported. Symmetric keys (`oct`) are never supported.
    #[error("a type or curve that is not supported")]
    Unsupported,
    /// The RSA modulus has less than 2048 or more than 8192 bits or is even, or the exponent is below 3, even, or
    /// longer than 4 bytes (RFC 7518 §3.3).
    #[error("an RSA key that is too weak, too large or malformed")]
    Rsa,
    /// The point has the wrong length, is not on the curve, or has a small order, with which signatures can be forged.
    #[error("not a point of the curve, or a point of small order")]
    Point,
}

impl JwksError {
    /// The stable reason code.
    #[must_use]
    #[expect(clippy::unused_self, reason = "called like the method of every other error; all variants have one code")]
    pub(crate) const fn reason(&self) -> ReasonCode {
        ReasonCode::ProviderKeys
    }
}

impl KeySet {
    /// Reads a JWK Set (RFC 7517 §5). A set without a key that can verify signatures is an error, so that a usable
    /// older set stays in use.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwksError> {
        if bytes.len() > MAX_BYTES {
            return Err(JwksError::TooLong);
        }
        let document: Value = serde_json::from_slice(bytes).map_err(JwksError::Json)?;
        let published = document.get("keys").and_then(Value::as_array).ok_or(JwksError::Shape)?;
        if published.len() > MAX_KEYS {
            return Err(JwksError::TooMany);
        }
        let mut set = Self::default();
        for jwk in published {
            set.exposes_private_key |= PRIVATE_MEMBERS.iter().any(|name| jwk.get(name).is_some());
            match SetKey::read(jwk) {
                Ok(key) => set.keys.push(key),
                Err(reason) => {
                    set.skipped.push(reason);
                    set.skipped_ids.extend(jwk.get("kid").and_then(Value::as_str).map(str::to_owned));
                }
            }
        }
        if set.keys.iter().any(|key| key.verifies) { Ok(set) } else { Err(JwksError::NoUsableKey) }
    }

    /// This set, published at `now`, with the keys of `older` that are missing here. A removed key stays usable for a
    /// day: several servers of a provider may return different sets for a while, and issued tokens may still arrive. A
    /// key without an identifier is not retained, nor is a key whose identifier is used in this set. The result has at
    /// most 100 keys, those of this set first.
    #[must_use]
    pub fn merge(mut self, older: &Self, now: Timestamp) -> Self {
        let removed = older.keys.iter().filter(|key| key.kid().is_some_and(|kid| !self.mentions(kid))).cloned();
        let removed = removed.map(|key| SetKey { unpublished_since: key.unpublished_since.or(Some(now)), ..key });
        let retained: Vec<_> = removed.filter(|key| key.is_alive(now)).collect();
        self.keys.extend(retained);
        self.keys.truncate(MAX_KEYS);
        self
    }

    /// Whether the set has a key with this identifier, regardless of its use.
    #[must_use]
    pub(crate) fn has(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the set has no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Why keys of the document were skipped, one entry per key.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// Whether the document contains private or symmetric key material, with which every reader can sign tokens. It is
    /// not stored; the caller warns the operator.
    #[must_use]
    pub(crate) fn exposes_private_key(&self) -> bool {
        self.exposes_private_key
    }

    pub(super) fn keys(&self) -> &[SetKey] {
        &self.keys
    }

    /// Whether the document has a key with this identifier, skipped keys included.
    fn mentions(&self, kid: &str) -> bool {
        self.has(kid) || self.skipped_ids.iter().any(|skipped| skipped == kid)
    }
}

/// A public key with the restrictions of its publisher.
#[derive(Clone, Debug)]
pub(super) struct SetKey {
    kid: Option<String>,
    issuer: Option<String>,
    cloud: Option<String>,
    algorithm: Option<String>,
    verifies: bool,
    key_type: KeyType,
    key: DecodingKey,
    /// When the key was first missing from the provider's set.
    unpublished_since: Option<Timestamp>,
}

impl SetKey {
    fn read(jwk: &Value) -> Result<Self, SkippedKey> {
        let jwk = jwk.as_object().ok_or(SkippedKey::Mistyped)?;
        let (key_type, key) = material(jwk)?;
        Ok(Self {
            kid: text(jwk, "kid")?.map(str::to_owned),
            issuer: text(jwk, "issuer")?.map(str::to_owned),
            cloud: text(jwk, "cloud_instance_name")?.map(str::to_owned),
            algorithm: text(jwk, "alg")?.map(str::to_owned),
            verifies: text(jwk, "use")?.is_none_or(|key_use| key_use == "sig") && may_verify(jwk)?,
            key_type,
            key,
            unpublished_since: None,
        })
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The only issuer for which the key may sign; set for Entra ID's multi-tenant keys.
    pub(super) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The only cloud for which the key may sign, if there is such a restriction.
    pub(super) fn cloud(&self) -> Option<&str> {
        self.cloud.as_deref()
    }

    pub(super) fn key(&self) -> &DecodingKey {
        &self.key
    }

    /// Whether the key is usable at `now`: while it is published, and for a day after that. The day ends even if the
    /// provider cannot be reached.
    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        self.unpublished_since.is_none_or(|since| now.since(since) < REMOVED_KEY_LIFETIME)
    }

    /// Whether the provider's current set has the key.
    pub(super) fn is_published(&self) -> bool {
        self.unpublished_since.is_none()
    }

    /// Whether the key may verify signatures of this algorithm (RFC 7517 §4.2 to §4.4, RFC 8725 §3.1).
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        self.verifies
            && self.key_type == algorithm.key_type()
            && self.algorithm.as_deref().is_none_or(|name| Algorithm::from_name(name) == Some(algorithm))
    }
}

/// RFC 7517 §4.3.
fn may_verify(jwk: &Map<String, Value>) -> Result<bool, SkippedKey> {
    let Some(operations) = jwk.get("key_ops") else { return Ok(true) };
    let operations = operations.as_array().ok_or(SkippedKey::Mistyped)?;
    Ok(operations.iter().any(|operation| operation == "verify"))
}

fn material(jwk: &Map<String, Value>) -> Result<(KeyType, DecodingKey), SkippedKey> {
    match (text(jwk, "kty")?, text(jwk, "crv")?) {
        (Some("RSA"), _) => Ok((KeyType::Rsa, rsa(jwk)?)),
        (Some("EC"), Some("P-256")) => Ok((KeyType::P256, ec(jwk, 32, &ECDSA_P256_SHA256_FIXED)?)),
        (Some("EC"), Some("P-384")) => Ok((KeyType::P384, ec(jwk, 48, &ECDSA_P384_SHA384_FIXED)?)),
        (Some("OKP"), Some("Ed25519")) => Ok((KeyType::Ed25519, ed25519(jwk)?)),
        _ => Err(SkippedKey::Unsupported),
    }
}

/// RFC 7518 §6.3.1. Some publishers write leading zero octets, which are removed.
fn rsa(jwk: &Map<String, Value>) -> Result<DecodingKey, SkippedKey> {
    let (modulus, exponent) = (number(jwk, "n")?, number(jwk, "e")?);
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    let small_exponent = exponent.is_empty() || exponent == [1] || exponent.len() > MAX_EXPONENT_BYTES;
    if !RSA_BITS.contains(&bits) || !is_odd(&modulus) || !is_odd(&exponent) || small_exponent {
        return Err(SkippedKey::Rsa);
    }
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

/// RFC 7518 §6.2.1: both coordinates are as long as the field of the curve.
fn ec(
    jwk: &Map<String, Value>,
    length: usize,
    algorithm: &'static dyn VerificationAlgorithm,
) -> Result<DecodingKey, SkippedKey> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != length || y.len() != length {
        return Err(SkippedKey::Point);
    }
    let point = [&[UNCOMPRESSED][..], &x, &y].concat();
    ParsedPublicKey::new(algorithm, &point).map_err(|_| SkippedKey::Point)?;
    Ok(DecodingKey::from_ec_der(&point))
}

/// RFC 8037 §2. With a point of small order, one signature is valid for many messages (RFC 8725 §3.4).
fn ed25519(jwk: &Map<String, Value>) -> Result<DecodingKey, SkippedKey> {
    let x = bytes(jwk, "x")?;
    let mut ordinate = x.clone();
    // RFC 8032 §5.1.2: the highest bit is the sign of the x coordinate.
    ordinate.last_mut().into_iter().for_each(|last| *last &= 0x7f);
    let is_valid = x.len() == 32 && !SMALL_ORDER.contains(&encode_base64url(ordinate).as_str());
    if is_valid { Ok(DecodingKey::from_ed_der(&x)) } else { Err(SkippedKey::Point) }
}

fn number(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, SkippedKey> {
    let bytes = bytes(jwk, name)?;
    Ok(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, SkippedKey> {
    text(jwk, name)?.and_then(decode_base64url).ok_or(SkippedKey::Mistyped)
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, SkippedKey> {
    jwk.get(name).map(|value| value.as_str().ok_or(SkippedKey::Mistyped)).transpose()
}

const MAX_BYTES: usize = 512 * 1024;
const MAX_KEYS: usize = 100;
const REMOVED_KEY_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// The limit of aws-lc is 33 bits.
const MAX_EXPONENT_BYTES: usize = 4;
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// RFC 7518 §6.2.2, §6.3.2 and §6.4.
const PRIVATE_MEMBERS: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The points of Ed25519 whose order divides 8, in every encoding, without the sign bit.
const SMALL_ORDER: &[&str] = &[
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
    "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
    "7P_______________________________________38",
    "7f_______________________________________38",
    "7v_______________________________________38",
];

/// The first octet of an uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

#[cfg(test)]
mod tests;
