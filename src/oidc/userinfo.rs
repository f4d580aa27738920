//! What the userinfo endpoint says about a person beside the `id_token`.
//!
//! OpenID Connect Core §5.3. It completes what is known about somebody who has signed in; it never decides who that is, how
//! or when they signed in, or for how long.

use serde_json::{Map, Value};

use crate::{
    base::{Secret, Timestamp},
    jose::{Algorithm, JsonError, JwtError, KeySet, Payload, Unverified, strict_object},
};

/// Whether userinfo is asked for, and what comes of it when nothing is had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserinfoUse {
    /// It is not asked for.
    #[default]
    Off,
    /// It is asked for; where there is no answer, the `id_token` is enough. A wrong answer still ends the sign-in.
    On,
    /// Nobody is signed in without it.
    Required,
    /// Nobody is signed in without it, and the provider must have signed it.
    Signed,
}

/// What the answer must say.
#[derive(Clone, Copy)]
pub struct ExpectedUserinfo<'a> {
    /// Who signs, where it is signed: the issuer of the `id_token`.
    pub issuer: &'a str,
    /// For whom: us.
    pub client_id: &'a str,
    /// About whom: the subject of the `id_token`.
    pub subject: &'a str,
    /// Whether it must be signed.
    pub signed: bool,
}

/// Why an answer was refused.
#[derive(Debug, thiserror::Error)]
pub enum UserinfoError {
    /// Another status than 200: no answer at all.
    #[error("the provider's userinfo endpoint answered with status {0}")]
    Status(u16),
    /// It says to be neither JSON nor a signed token.
    #[error("the provider's userinfo is declared neither as application/json nor as application/jwt")]
    ContentType,
    /// It must be signed and is not.
    #[error("the provider's userinfo is not signed")]
    Unsigned,
    /// It is no strict JSON object.
    #[error("the provider's userinfo is not readable")]
    Json(#[from] JsonError),
    /// It is no token that a key of the provider signed.
    #[error("the provider's userinfo is not believed")]
    Token(#[from] JwtError),
    /// It is a token of another kind: an `id_token`, an access token, a logout token.
    #[error("the token is no userinfo")]
    Type,
    /// It was signed by another issuer, or does not say by whom.
    #[error("the userinfo is another issuer's")]
    Issuer,
    /// It was signed for somebody else, or does not say for whom.
    #[error("the userinfo is for somebody else")]
    Audience,
    /// It has expired.
    #[error("the userinfo has expired")]
    Expired,
    /// It speaks of somebody else, or does not say of whom.
    #[error("the userinfo speaks of another person")]
    Subject,
}

impl UserinfoError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Status(_) => "userinfo-unavailable",
            Self::Subject => "userinfo-subject",
            _ => "userinfo-refused",
        }
    }

    /// Whether there was no answer at all, as opposed to a wrong one.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Status(_))
    }

    /// Whether fetching the provider's keys again may help.
    #[must_use]
    pub const fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Token(JwtError::UnknownKey))
    }
}

/// An answer of the userinfo endpoint, whose caller has bounded the body.
pub struct UserinfoResponse<'a> {
    /// The status.
    pub status: u16,
    /// The `Content-Type` field.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl UserinfoResponse<'_> {
    /// Reads and verifies the answer; what is left are claims about the person and nothing of the protocol.
    pub fn read(
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
        // OpenID Connect Core §5.3.2: without this comparison a stolen or mixed-up access token names another person.
        if claims.get("sub").and_then(Value::as_str) != Some(expected.subject) {
            return Err(UserinfoError::Subject);
        }
        // OpenID Connect Core §5.6.2: the groups stand elsewhere, and those that are here are not all.
        if claims.get("_claim_names").is_some_and(|names| names.get("groups").is_some()) {
            claims.remove("groups");
        }
        claims.retain(|name, _| !OF_THE_PROTOCOL.contains(&name.as_str()));
        Ok(claims)
    }

    /// OpenID Connect Core §5.3.2: signed userinfo names its issuer, and us as its audience.
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
        let is_ours = match claims.get("aud") {
            Some(Value::String(audience)) => audience == expected.client_id,
            Some(Value::Array(audiences)) => {
                !audiences.is_empty() && audiences.iter().all(|each| each == expected.client_id)
            }
            _ => false,
        };
        if !is_ours {
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

/// The authorization field that the endpoint wants: the token travels in the header alone (RFC 6750 §2.1).
#[must_use]
pub fn bearer(access_token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", access_token.expose()))
}

/// RFC 8725 §3.12: the provider signs other tokens with the same keys, for us and about this person. Only an `id_token`
/// answers a sign-in (every sign-in of ours has a nonce) or names what it came with; only a logout token tells events.
fn check_type(payload: &Payload) -> Result<(), UserinfoError> {
    let is_jwt = |typ: &str| ["JWT", "application/jwt"].iter().any(|jwt| typ.eq_ignore_ascii_case(jwt));
    let is_another = OF_OTHER_TOKENS.iter().any(|name| payload.claims().contains_key(*name));
    if payload.typ().is_none_or(is_jwt) && !is_another { Ok(()) } else { Err(UserinfoError::Type) }
}

/// By these, other tokens are told from userinfo.
const OF_OTHER_TOKENS: [&str; 5] = ["nonce", "at_hash", "c_hash", "s_hash", "events"];

/// What only a token may say: who vouches, for whom, when; who signed in, how and in which session; where further claims
/// are, which are never fetched (OpenID Connect Core §5.6.2).
const OF_THE_PROTOCOL: &[&str] = &[
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

/// How far, in seconds, the provider's clock may be from ours.
const LEEWAY: u64 = 60;

#[cfg(test)]
mod tests;
