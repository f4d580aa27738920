//! Client assertions: signed statements of the client's identity, made for one request each.
//!
//! RFC 7523 §3, OpenID Connect Core §9 (`client_secret_jwt`, `private_key_jwt`).

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::{Map, Value};

use crate::{
    base::{Secret, Timestamp, encode_base64url},
    jose::{Algorithm, SignError, SigningKey, sign_hs256},
};

/// A signing key with the header that names the key to the provider.
#[derive(Debug)]
pub(crate) struct ClientKey {
    key: SigningKey,
    header: Map<String, Value>,
}

/// The header members by which the provider finds the key (RFC 7515 §4.1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyNames<'a> {
    /// `kid`: the identifier under which the key is registered.
    pub(crate) key_id: Option<&'a str>,
    /// The registered certificate in DER; its SHA-256 thumbprint is sent as `x5t#S256`.
    pub(crate) certificate: Option<&'a [u8]>,
    /// Whether the SHA-1 thumbprint is sent too, as `x5t`. It only identifies the certificate; no security depends on
    /// SHA-1.
    pub(crate) x5t: bool,
}

/// The claims of one client assertion.
pub(crate) struct AssertionClaims<'a> {
    /// `iss` and `sub`: the client identifier.
    pub(crate) client_id: &'a str,
    /// `aud`: the provider's token endpoint or issuer.
    pub(crate) audience: &'a str,
    /// The current time, from which `iat`, `nbf` and `exp` are computed.
    pub(crate) now: Timestamp,
    /// `jti`: unique among all assertions.
    pub(crate) id: &'a str,
}

impl ClientKey {
    /// Combines a key with the header members that name it.
    #[must_use]
    pub(crate) fn new(key: SigningKey, names: KeyNames<'_>) -> Self {
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

    /// The algorithm of the key.
    #[must_use]
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }
}

impl AssertionClaims<'_> {
    /// The assertion, signed with a private key (`private_key_jwt`).
    pub(super) fn sign(&self, key: &ClientKey) -> Result<Secret, SignError> {
        key.key.sign(key.header.clone(), &self.members())
    }

    /// The assertion, signed with the client secret (`client_secret_jwt`, HS256).
    pub(super) fn sign_with_secret(&self, secret: &Secret) -> Result<Secret, SignError> {
        sign_hs256(secret, header(), &self.members())
    }

    fn members(&self) -> Map<String, Value> {
        // Backdated, so that a provider with a slow clock does not refuse the assertion as not yet valid.
        let from = self.now.minus(BACKDATE).seconds();
        [
            ("iss", self.client_id.into()),
            ("sub", self.client_id.into()),
            ("aud", self.audience.into()),
            ("jti", self.id.into()),
            ("iat", from.into()),
            ("nbf", from.into()),
            // An assertion is used for one request, which is sent at once.
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

const BACKDATE: Duration = Duration::from_secs(10);
const LIFETIME: Duration = Duration::from_secs(120);
