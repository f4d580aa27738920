//! Userinfo responses: additional claims about a person who has signed in.
//!
//! OpenID Connect Core §5.3. Userinfo only adds claims. It never changes who the person is, how and when the person
//! signed in, or how long the session lasts.

use serde_json::{Map, Value};

use super::token_purpose::{is_only_audience, is_plain_jwt};
use crate::{
    base::{Secret, Timestamp},
    jose::{Algorithm, JsonError, JwtError, KeySet, Payload, Unverified, strict_object},
    reason::ReasonCode,
};

/// Whether the userinfo endpoint is called, and whether a sign-in needs its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UserinfoUse {
    /// The endpoint is not called.
    #[default]
    Off,
    /// The endpoint is called; without a response, the `id_token` alone is used. An invalid response ends the sign-in.
    On,
    /// A sign-in needs a valid response.
    Required,
    /// A sign-in needs a valid response that the provider has signed.
    Signed,
}

/// What a userinfo response must match.
#[derive(Clone, Copy)]
pub(crate) struct ExpectedUserinfo<'a> {
    /// The issuer of the `id_token`, which must also have signed the response if it is signed.
    pub(crate) issuer: &'a str,
    /// The audience of a signed response: the client identifier.
    pub(crate) client_id: &'a str,
    /// The subject of the `id_token`.
    pub(crate) subject: &'a str,
    /// Whether the response must be signed.
    pub(crate) signed: bool,
}

/// Why a userinfo response was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserinfoError {
    /// The status is not 200: there is no response to verify.
    #[error("the provider's userinfo endpoint answered with status {0}")]
    Status(u16),
    /// The `Content-Type` is neither `application/json` nor `application/jwt`.
    #[error("the provider's userinfo is declared neither as application/json nor as application/jwt")]
    ContentType,
    /// The response must be signed and is not.
    #[error("the provider's userinfo is not signed")]
    Unsigned,
    /// The body is not a strict JSON object.
    #[error("the provider's userinfo cannot be parsed")]
    Json(#[from] JsonError),
    /// The token is malformed, or no key of the provider signed it.
    #[error("the provider's userinfo cannot be verified")]
    Token(#[from] JwtError),
    /// The token is of another type: an `id_token`, an access token or a logout token.
    #[error("the token is not a userinfo response")]
    Type,
    /// `iss` is missing or is not the issuer of the `id_token`.
    #[error("the userinfo is from another issuer")]
    Issuer,
    /// `aud` is missing or is not this client alone.
    #[error("the userinfo is for another client")]
    Audience,
    /// `exp` is in the past.
    #[error("the userinfo has expired")]
    Expired,
    /// `sub` is missing or is not the subject of the `id_token`.
    #[error("the userinfo is about another person")]
    Subject,
}

impl UserinfoError {
    /// The stable reason code.
    #[must_use]
    pub(crate) const fn reason(&self) -> ReasonCode {
        match self {
            Self::Status(_) => ReasonCode::UserinfoUnavailable,
            Self::Subject => ReasonCode::UserinfoSubject,
            _ => ReasonCode::UserinfoRefused,
        }
    }

    /// Whether there was no response, as opposed to an invalid one.
    #[must_use]
    pub(crate) const fn is_absence(&self) -> bool {
        matches!(self, Self::Status(_))
    }

    /// Whether the provider or the verification refused for good. A new access token that the endpoint refuses (401, RFC 6750
    /// §3.1) is such a refusal, every other status is an outage or a matter of configuration.
    #[must_use]
    pub(crate) const fn is_final(&self) -> bool {
        matches!(self, Self::Status(401)) || !(self.is_absence() || self.is_unknown_key())
    }

    /// Whether fetching the provider's keys again may help.
    #[must_use]
    pub(crate) const fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Token(JwtError::UnknownKey))
    }
}

/// A userinfo response as received. The caller limits the length of the body.
pub(crate) struct UserinfoResponse<'a> {
    /// The status code.
    pub(crate) status: u16,
    /// The value of the `Content-Type` field.
    pub(crate) content_type: Option<&'a str>,
    /// The content.
    pub(crate) body: &'a [u8],
}

impl UserinfoResponse<'_> {
    /// Verifies the response, and returns the claims about the person without the claims of the protocol.
    pub(crate) fn read(
        &self,
        keys: &KeySet,
        expected: &ExpectedUserinfo<'_>,
        now: Timestamp,
    ) -> Result<Map<String, Value>, UserinfoError> {
        if self.status != 200 {
            return Err(UserinfoError::Status(self.status));
        }
        let media_type = self.content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        let mut claims = match media_type.to_ascii_lowercase().as_str() {
            "application/jwt" => self.verify(keys, expected, now)?,
            "application/json" if expected.signed => return Err(UserinfoError::Unsigned),
            "application/json" => strict_object(self.body)?,
            _ => return Err(UserinfoError::ContentType),
        };
        // OpenID Connect Core §5.3.2: without this comparison, a stolen or substituted access token could return the
        // claims of another person.
        if claims.get("sub").and_then(Value::as_str) != Some(expected.subject) {
            return Err(UserinfoError::Subject);
        }
        // OpenID Connect Core §5.6.2: the groups are distributed claims, so those in the response are incomplete.
        if claims.get("_claim_names").is_some_and(|names| names.get("groups").is_some()) {
            claims.remove("groups");
        }
        claims.retain(|name, _| !PROTOCOL_CLAIMS.contains(&name.as_str()));
        Ok(claims)
    }

    /// OpenID Connect Core §5.3.2: signed userinfo has the provider as its issuer and the client as its audience.
    fn verify(
        &self,
        keys: &KeySet,
        expected: &ExpectedUserinfo<'_>,
        now: Timestamp,
    ) -> Result<Map<String, Value>, UserinfoError> {
        let text = std::str::from_utf8(self.body).map_err(|_| JwtError::Base64)?;
        let payload = Unverified::decode(text)?.verify(keys, Algorithm::ALL, now)?;
        check_type(&payload)?;
        let claims = payload.into_claims();
        if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
            return Err(UserinfoError::Issuer);
        }
        if !is_only_audience(&claims, expected.client_id) {
            return Err(UserinfoError::Audience);
        }
        match claims.get("exp") {
            Some(exp) if exp.as_u64().is_none_or(|exp| exp.saturating_add(LEEWAY) <= now.seconds()) => {
                Err(UserinfoError::Expired)
            }
            _ => Ok(claims),
        }
    }
}

/// The value of the `Authorization` header of a userinfo request; the token is sent in no other way (RFC 6750 §2.1).
#[must_use]
pub(crate) fn bearer(access_token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", access_token.expose()))
}

/// RFC 8725 §3.12: the provider signs other tokens with the same keys, for the same client and person. Only an
/// `id_token` has a nonce (every authorization request sends one) or token hashes, and only a logout token has events.
fn check_type(payload: &Payload) -> Result<(), UserinfoError> {
    let is_other_token = OTHER_TOKEN_CLAIMS.iter().any(|name| payload.claims().contains_key(*name));
    if is_plain_jwt(payload.typ()) && !is_other_token { Ok(()) } else { Err(UserinfoError::Type) }
}

/// Claims of other tokens, which userinfo never has.
const OTHER_TOKEN_CLAIMS: [&str; 5] = ["nonce", "at_hash", "c_hash", "s_hash", "events"];

/// Claims that only an `id_token` may set: issuer, audience and times; the identity, authentication and session of the
/// person; and references to further claims, which are never fetched (OpenID Connect Core §5.6.2).
const PROTOCOL_CLAIMS: &[&str] = &[
    "_claim_names",
    "_claim_sources",
    "acr",
    "acrs",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "cnf",
    "exp",
    "iat",
    "idp",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "oid",
    "s_hash",
    "sid",
    "sub",
    "tid",
    "ver",
];

/// The accepted difference between the provider's clock and the gateway's, in seconds.
const LEEWAY: u64 = 60;

#[cfg(test)]
mod tests;
