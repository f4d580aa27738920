//! A signed statement of the gateway that it is the client, made for one request.
//!
//! RFC 7523 §3, OpenID Connect Core §9 (`client_secret_jwt`, `private_key_jwt`).

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::{Map, Value};

use crate::{
    base::{Secret, Timestamp, encode_base64url},
    jose::{Algorithm, SignError, SigningKey, sign_hs256},
};

/// A key, and how the provider is told which one it is.
#[derive(Debug)]
pub struct ClientKey {
    key: SigningKey,
    header: Map<String, Value>,
}

/// How the provider is told which key it is (RFC 7515 §4.1).
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyNames<'a> {
    /// `kid`: the name it is registered under.
    pub key_id: Option<&'a str>,
    /// The certificate (DER) that is registered for it: its SHA-256 thumbprint is `x5t#S256`.
    pub certificate: Option<&'a [u8]>,
    /// Whether the SHA-1 thumbprint is told as well, as `x5t`. It names the certificate; nothing rests on it.
    pub x5t: bool,
}

/// What an assertion says.
pub struct AssertionClaims<'a> {
    /// Who we are: `iss` and `sub`.
    pub client_id: &'a str,
    /// Whom it is for.
    pub audience: &'a str,
    /// The present moment.
    pub now: Timestamp,
    /// A name that no other assertion has: `jti`.
    pub id: &'a str,
}

impl ClientKey {
    /// This key, under these names.
    #[must_use]
    pub fn new(key: SigningKey, names: KeyNames<'_>) -> Self {
        let thumbprint = |algorithm| move |der| encode_base64url(digest(algorithm, der));
        let members = [
            ("kid", names.key_id.map(str::to_owned)),
            ("x5t#S256", names.certificate.map(thumbprint(&SHA256))),
            ("x5t", names.certificate.filter(|_| names.x5t).map(thumbprint(&SHA1_FOR_LEGACY_USE_ONLY))),
        ];
        let mut header = header();
        header.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
        Self { key, header }
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }
}

impl AssertionClaims<'_> {
    /// The assertion, signed with a key.
    pub(super) fn sign(&self, key: &ClientKey) -> Result<Secret, SignError> {
        key.key.sign(key.header.clone(), &self.members())
    }

    /// The assertion, signed with the client secret.
    pub(super) fn sign_with_secret(&self, secret: &Secret) -> Result<Secret, SignError> {
        sign_hs256(secret, header(), &self.members())
    }

    fn members(&self) -> Map<String, Value> {
        // A provider whose clock is a little behind ours must not take it for one of the future.
        let from = self.now.minus(SLACK).seconds();
        [
            ("iss", self.client_id.into()),
            ("sub", self.client_id.into()),
            ("aud", self.audience.into()),
            ("jti", self.id.into()),
            ("iat", from.into()),
            ("nbf", from.into()),
            // It is good for one request, which is sent at once.
            ("exp", self.now.plus(LIFETIME).seconds().into()),
        ]
        .into_iter()
        .map(|(name, value): (&str, Value)| (name.to_owned(), value))
        .collect()
    }
}

fn header() -> Map<String, Value> {
    Map::from_iter([("typ".to_owned(), "JWT".into())])
}

const SLACK: Duration = Duration::from_secs(10);
const LIFETIME: Duration = Duration::from_secs(120);
