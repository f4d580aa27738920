//! Signed JSON Web Tokens: parsed, and verified before their claims can be read.
//!
//! RFC 7515 §5.2 (compact serialization), RFC 7519 §7.2, RFC 8725. Only this file makes a [`Payload`].

use std::fmt;

use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use serde_json::{Map, Value};

use super::{
    algorithm::Algorithm,
    json::{JsonError, strict_object},
    key_set::{KeySet, SetKey},
};
use crate::base::{Timestamp, decode_base64url};

/// A token whose signature is not verified yet: only its header can be read.
pub struct Unverified<'a> {
    header: JoseHeader,
    signed: &'a str,
    claims: &'a str,
    signature: Vec<u8>,
}

/// The JOSE header of a token (RFC 7515 §4). Members that name a key source (`jku`, `jwk`, `x5u`, `x5c`) are ignored
/// (RFC 8725 §3.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoseHeader {
    /// The declared signature algorithm.
    pub algorithm: Algorithm,
    /// The key identifier, at most 1 KiB.
    pub kid: Option<String>,
    /// The declared type of the token, as written.
    pub(crate) typ: Option<String>,
}

/// The claims of a token whose signature was verified with a key of the set. [`Unverified::verify`] is the only way to
/// obtain one.
pub struct Payload {
    header: JoseHeader,
    key_issuer: Option<String>,
    key_cloud: Option<String>,
    claims: Map<String, Value>,
}

/// Why a token was refused.
#[derive(Debug, thiserror::Error)]
pub enum JwtError {
    /// The token is longer than 64 KiB.
    #[error("the token is too long")]
    TooLong,
    /// The token does not have three parts: it is encrypted, or no JWS in compact serialization.
    #[error("the token does not have three parts")]
    Parts,
    /// A part is not canonical base64url.
    #[error("a part of the token is not base64url")]
    Base64,
    /// The header is not a strict JSON object.
    #[error("the token's header cannot be parsed")]
    Header(#[source] JsonError),
    /// A header member is missing, has the wrong type or is too long.
    #[error("the token's header member \"{0}\" is absent or malformed")]
    Member(&'static str),
    /// The header requires an extension that is not supported (`crit`, `b64`).
    #[error("the token requires an extension that is not supported")]
    Critical,
    /// The algorithm is unknown, is `none`, is symmetric, or is not in the allow-list.
    #[error("the token's algorithm is not allowed")]
    Algorithm,
    /// The set has no key with this identifier; or the token names no key, and no published key of the right type
    /// verifies the signature. Fetching the set again may help.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The key was not published for signatures with this algorithm.
    #[error("the token's key was not published for this use")]
    UnfitKey,
    /// The token names no key, and several keys are possible.
    #[error("the token names no key, and several keys are possible")]
    AmbiguousKey,
    /// No key verifies the signature.
    #[error("the token's signature is invalid")]
    Signature,
    /// The signature is valid, but the claims are not a strict JSON object.
    #[error("the token's claims cannot be parsed")]
    Claims(#[source] JsonError),
}

impl<'a> Unverified<'a> {
    /// Splits a token and reads its header. Nothing is verified yet.
    pub fn decode(text: &'a str) -> Result<Self, JwtError> {
        if text.len() > MAX_BYTES {
            return Err(JwtError::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwtError::Parts)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::Parts)?;
        if claims.contains('.') {
            return Err(JwtError::Parts);
        }
        let header = decode_base64url(header).ok_or(JwtError::Base64)?;
        let signature = decode_base64url(signature).ok_or(JwtError::Base64)?;
        Ok(Self { header: JoseHeader::read(&header)?, signed, claims, signature })
    }

    /// The header, not yet verified.
    #[must_use]
    pub fn header(&self) -> &JoseHeader {
        &self.header
    }

    /// Verifies the signature with a key of `keys` and an algorithm of `allowed`, and returns the claims.
    pub fn verify(self, keys: &KeySet, allowed: &[Algorithm], now: Timestamp) -> Result<Payload, JwtError> {
        if !allowed.contains(&self.header.algorithm) {
            return Err(JwtError::Algorithm);
        }
        let signer = candidates(keys, &self.header, now)?.into_iter().find(|key| self.is_signed_by(key));
        // Without a key identifier, a failed signature may mean that the provider has changed its key.
        let key = signer.ok_or(if self.header.kid.is_some() { JwtError::Signature } else { JwtError::UnknownKey })?;
        let claims = decode_base64url(self.claims).ok_or(JwtError::Base64)?;
        Ok(Payload {
            key_issuer: key.issuer().map(str::to_owned),
            key_cloud: key.cloud().map(str::to_owned),
            claims: strict_object(&claims).map_err(JwtError::Claims)?,
            header: self.header,
        })
    }

    /// The crypto provider is given explicitly, so that the features of other crates cannot change it.
    fn is_signed_by(&self, key: &SetKey) -> bool {
        (DEFAULT_PROVIDER.verifier_factory)(&self.header.algorithm.to_jsonwebtoken(), key.key())
            .is_ok_and(|verifier| verifier.verify(self.signed.as_bytes(), &self.signature).is_ok())
    }
}

impl JoseHeader {
    fn read(bytes: &[u8]) -> Result<Self, JwtError> {
        let members = strict_object(bytes).map_err(JwtError::Header)?;
        // No extension is supported, so any `crit` is refused (RFC 7515 §4.1.11), an invalid empty list included.
        // `b64` (RFC 7797 §6) must be listed in `crit`, and changes what is signed.
        if members.contains_key("crit") || members.contains_key("b64") {
            return Err(JwtError::Critical);
        }
        let algorithm = text(&members, "alg")?.ok_or(JwtError::Member("alg"))?;
        Ok(Self {
            algorithm: Algorithm::from_name(algorithm).ok_or(JwtError::Algorithm)?,
            kid: text(&members, "kid")?.map(str::to_owned),
            typ: text(&members, "typ")?.map(str::to_owned),
        })
    }
}

impl Payload {
    /// The claims, as signed.
    #[must_use]
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Consumes the payload and returns the claims.
    #[must_use]
    pub(crate) fn into_claims(self) -> Map<String, Value> {
        self.claims
    }

    /// The algorithm with which the signature was verified.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.header.algorithm
    }

    /// The declared type of the token, as written.
    #[must_use]
    pub(crate) fn typ(&self) -> Option<&str> {
        self.header.typ.as_deref()
    }

    /// The identifier of the signing key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// The issuer to which the key is restricted, if the key set has one (`issuer`).
    #[must_use]
    pub(crate) fn key_issuer(&self) -> Option<&str> {
        self.key_issuer.as_deref()
    }

    /// The cloud to which the key is restricted, if the key set has one (`cloud_instance_name`).
    #[must_use]
    pub(crate) fn key_cloud(&self) -> Option<&str> {
        self.key_cloud.as_deref()
    }
}

/// Shows the header only: the claims are personal data.
impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Shows the header only: the complete token is a credential.
impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The keys that may have signed (OpenID Connect Core §10.1): all keys with the identifier of the header, possibly
/// several (RFC 7517 §4.5). Without an identifier, the only suitable published key; several are an error.
fn candidates<'k>(keys: &'k KeySet, header: &JoseHeader, now: Timestamp) -> Result<Vec<&'k SetKey>, JwtError> {
    let alive = || keys.keys().iter().filter(move |key| key.is_alive(now));
    let suitable = alive().filter(|key| key.fits(header.algorithm));
    let Some(kid) = &header.kid else {
        let published: Vec<_> = suitable.filter(|key| key.is_published()).collect();
        return match published.len() {
            0 => Err(JwtError::UnknownKey),
            1 => Ok(published),
            _ => Err(JwtError::AmbiguousKey),
        };
    };
    if !alive().any(|key| key.kid() == Some(kid)) {
        return Err(JwtError::UnknownKey);
    }
    let named: Vec<_> = suitable.filter(|key| key.kid() == Some(kid)).collect();
    if named.is_empty() { Err(JwtError::UnfitKey) } else { Ok(named) }
}

fn text<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, JwtError> {
    let value = members.get(name).map(|value| value.as_str().ok_or(JwtError::Member(name))).transpose()?;
    if value.is_some_and(|value| value.len() > MAX_MEMBER_BYTES) {
        return Err(JwtError::Member(name));
    }
    Ok(value)
}

const MAX_BYTES: usize = 64 * 1024;
const MAX_MEMBER_BYTES: usize = 1024;

#[cfg(test)]
mod tests;
