//! Verification of `id_token`s: who signed in, for which client, when, and in response to which request.
//!
//! OpenID Connect Core §2, §3.1.3.7, §3.3.2.12, §3.3.3.6, §3.3.3.7 and §12.2. Only this file creates a
//! [`VerifiedIdToken`].

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::{Map, Value};

use super::{
    issuer::{Issuer, IssuerMismatch},
    metadata::Metadata,
    profile::Profile,
    time_claims::{TimeClaims, TimeError},
    token_purpose::{is_only_audience, is_plain_jwt},
};
use crate::{
    base::{Secret, Timestamp},
    identity::{AuthnRequirement, UnmetRequirement},
    jose::{Algorithm, JwtError, KeySet, Payload, Unverified, is_left_half},
    reason::ReasonCode,
};

/// An `id_token` that passed every check of [`IdTokenVerifier::verify`], which is the only way to obtain one.
pub struct VerifiedIdToken {
    text: Secret,
    issuer: String,
    subject: String,
    account: String,
    session_id: Option<String>,
    claims: Map<String, Value>,
}

/// The documents of the provider by which its `id_token`s are verified.
#[derive(Clone, Copy)]
pub struct IdTokenVerifier<'a> {
    /// The provider's metadata.
    pub metadata: &'a Metadata,
    /// The provider's key set.
    pub keys: &'a KeySet,
}

/// What an `id_token` must match.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The issuer.
    pub issuer: &'a Issuer,
    /// The kind of the provider, which decides the account identifier.
    pub profile: Profile,
    /// The audience: the client identifier.
    pub client_id: &'a str,
    /// The nonce of the authorization request; `None` only on refresh, where [`check_refreshed`] compares the nonces.
    pub nonce: Option<&'a str>,
    /// The code that was delivered with the token or exchanged for it.
    pub code: Option<&'a str>,
    /// The access token that was delivered with the `id_token`.
    pub access_token: Option<&'a str>,
    /// The `state` that was delivered with the token; compared only if the token has an `s_hash`.
    pub state: Option<&'a str>,
    /// The channel that delivered the token.
    pub channel: Channel,
}

/// The channel that delivers a token (OpenID Connect Core §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The browser. If the response also has a code, the token must have a `c_hash`.
    Front,
    /// The token endpoint.
    Back,
}

/// Why an `id_token` was refused.
#[derive(Debug, thiserror::Error)]
pub enum IdTokenError {
    /// The token is malformed, or no key of the provider signed it.
    #[error("the id_token cannot be verified")]
    Token(#[from] JwtError),
    /// The header declares another type of token.
    #[error("the token is not an id_token")]
    Type,
    /// The issuer is not the expected one.
    #[error("the id_token's issuer is refused")]
    Issuer(#[source] IssuerMismatch),
    /// The claims that identify the account are missing or malformed.
    #[error("the id_token does not identify the person by tid and oid")]
    Account(#[source] IssuerMismatch),
    /// The audience is not this client alone.
    #[error("the id_token is for another client")]
    Audience,
    /// `sub` is not 1 to 255 printable ASCII characters, or has a space at its ends.
    #[error("the id_token's subject is malformed")]
    Subject,
    /// A claim is absent or malformed.
    #[error("the id_token's claim \"{0}\" is absent or malformed")]
    Claim(&'static str),
    /// The nonce is not that of the authorization request.
    #[error("the id_token belongs to another sign-in")]
    Nonce,
    /// `c_hash` is that of another code.
    #[error("the id_token belongs to another code")]
    CodeHash,
    /// `at_hash` is that of another access token.
    #[error("the id_token belongs to another access token")]
    AccessTokenHash,
    /// `s_hash` is that of another state.
    #[error("the id_token belongs to another state")]
    StateHash,
    /// A claim differs between the token and the earlier token.
    #[error("the id_token's claim \"{0}\" differs from that of the earlier token")]
    Mismatch(&'static str),
    /// The authentication is older, or at another level, than required.
    #[error("the id_token does not meet the required authentication")]
    UnmetRequirement(#[from] UnmetRequirement),
    /// The token is expired, too old or not yet valid.
    #[error("the id_token's time claims are refused")]
    Time(#[from] TimeError),
}

impl IdTokenError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::Token(JwtError::Algorithm) => ReasonCode::IdTokenAlgorithm,
            Self::Token(JwtError::UnknownKey) => ReasonCode::IdTokenUnknownKey,
            Self::Token(JwtError::UnfitKey | JwtError::AmbiguousKey) => ReasonCode::IdTokenKey,
            Self::Token(JwtError::Signature) => ReasonCode::IdTokenSignature,
            Self::Token(_) | Self::Claim(_) => ReasonCode::IdTokenMalformed,
            Self::Type => ReasonCode::IdTokenType,
            Self::Issuer(mismatch) => mismatch.reason(),
            Self::Account(_) => ReasonCode::IdTokenAccount,
            Self::Audience => ReasonCode::IdTokenAudience,
            Self::Subject => ReasonCode::IdTokenSubject,
            Self::Nonce => ReasonCode::IdTokenNonce,
            Self::CodeHash => ReasonCode::IdTokenCodeHash,
            Self::AccessTokenHash => ReasonCode::IdTokenAccessTokenHash,
            Self::StateHash => ReasonCode::IdTokenStateHash,
            Self::Mismatch(_) => ReasonCode::IdTokenMismatch,
            Self::UnmetRequirement(UnmetRequirement::NoTime) => ReasonCode::IdTokenAuthTime,
            Self::UnmetRequirement(UnmetRequirement::TooOld) => ReasonCode::IdTokenAuthOld,
            Self::UnmetRequirement(UnmetRequirement::Level) => ReasonCode::IdTokenAcr,
            Self::Time(error) => error.reason(),
        }
    }

    /// Whether the token is valid except that it arrived too late.
    #[must_use]
    pub(crate) const fn is_only_time(&self) -> bool {
        matches!(self, Self::Time(error) if error.is_only_late())
    }

    /// Whether the token may still be valid: its key could not be fetched, or a clock is wrong.
    #[must_use]
    pub(crate) const fn is_undecided(&self) -> bool {
        self.is_unknown_key() || matches!(self, Self::Time(TimeError::ClockSkew))
    }

    /// Whether fetching the provider's keys again may help.
    #[must_use]
    pub(crate) const fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Token(JwtError::UnknownKey))
    }
}

impl IdTokenVerifier<'_> {
    /// Verifies an `id_token` completely, as of `now`. Times are checked last, so that an error about time implies that
    /// everything else is valid.
    pub fn verify(
        &self,
        text: &Secret,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<VerifiedIdToken, IdTokenError> {
        let payload = Unverified::decode(text.expose())?.verify(self.keys, Algorithm::ALL, now)?;
        if !is_plain_jwt(payload.typ()) {
            return Err(IdTokenError::Type);
        }
        let issuer = expected.issuer.check(&payload, self.metadata.cloud()).map_err(IdTokenError::Issuer)?;
        let claims = payload.claims();
        check_audience(claims, expected.client_id)?;
        let subject = subject(claims)?;
        let account = expected.profile.account(&issuer, claims, &subject).map_err(account_error)?;
        let session_id = session_id(claims)?;
        check_nonce(claims, expected.nonce)?;
        check_hashes(&payload, expected)?;
        TimeClaims::read(claims)?.check(now)?;
        Ok(VerifiedIdToken {
            text: text.clone(),
            issuer,
            subject,
            account,
            session_id,
            claims: expected.profile.standardize(payload.into_claims()),
        })
    }
}

impl VerifiedIdToken {
    /// Checks that the token meets `requirement`, as of the time of the authorization request: an authentication
    /// after the request is recent, regardless of the duration of the sign-in. Both `id_token`s of a hybrid flow are
    /// checked (Core §3.3.3.6).
    pub(crate) fn check_requirement(
        &self,
        requirement: &AuthnRequirement,
        requested_at: Timestamp,
    ) -> Result<(), IdTokenError> {
        Ok(requirement.check_claims(&self.claims, requested_at)?)
    }

    /// The token as received, for the `id_token_hint` of a later sign-out.
    #[must_use]
    pub(crate) fn text(&self) -> &Secret {
        &self.text
    }

    /// The issuer (`iss`).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The subject (`sub`): unique within the issuer.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The stable identifier of the person: `sub`, or the identifier that the [`Profile`] of the provider defines.
    #[must_use]
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// The provider's session identifier (`sid`), which front-channel logout refers to.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// All claims, under their standard names.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// Shows the issuer only: the other claims are personal data.
impl fmt::Debug for VerifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedIdToken").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Checks that both `id_token`s of a hybrid flow are about one person and one session: `iss` and `sub` must be
/// identical (OpenID Connect Core §3.3.3.6), and so must `sid`, `auth_time`, `tid` and `oid` where both tokens have
/// them.
pub fn check_same(front: &VerifiedIdToken, back: &VerifiedIdToken) -> Result<(), IdTokenError> {
    let mismatch = differing(&front.claims, &back.claims, &["iss", "sub"])
        .or_else(|| differing_where_both(&front.claims, &back.claims, &["sid", "auth_time", "tid", "oid"]));
    mismatch.map_or(Ok(()), |name| Err(IdTokenError::Mismatch(name)))
}

/// Checks that a refreshed `id_token` matches the original one, whose claims are `original` (OpenID Connect Core
/// §12.2): identical `iss` and `sub`, and identical `auth_time`, `nonce`, `tid` and `oid` where both tokens have them.
/// The audience was verified for both.
pub fn check_refreshed(original: &Map<String, Value>, refreshed: &VerifiedIdToken) -> Result<(), IdTokenError> {
    let mismatch = differing(original, &refreshed.claims, &["iss", "sub"])
        .or_else(|| differing_where_both(original, &refreshed.claims, &["auth_time", "nonce", "tid", "oid"]));
    mismatch.map_or(Ok(()), |name| Err(IdTokenError::Mismatch(name)))
}

/// The first of `names` whose values differ, a missing value included.
fn differing(one: &Map<String, Value>, other: &Map<String, Value>, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|name| one.get(*name) != other.get(*name))
}

/// The first of `names` that has a value in both and whose values differ.
fn differing_where_both(
    one: &Map<String, Value>,
    other: &Map<String, Value>,
    names: &[&'static str],
) -> Option<&'static str> {
    names.iter().copied().find(|name| matches!((one.get(*name), other.get(*name)), (Some(a), Some(b)) if a != b))
}

/// A tenant that is not the tenant of the issuer is an issuer error; a missing or malformed claim is an account error.
fn account_error(mismatch: IssuerMismatch) -> IdTokenError {
    match mismatch {
        IssuerMismatch::Issuer => IdTokenError::Issuer(mismatch),
        other => IdTokenError::Account(other),
    }
}

/// OpenID Connect Core §3.1.3.7 steps 3 to 5.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), IdTokenError> {
    let is_authorized_party = claims.get("azp").is_none_or(|party| party == client_id);
    if is_only_audience(claims, client_id) && is_authorized_party { Ok(()) } else { Err(IdTokenError::Audience) }
}

/// OpenID Connect Core §2.
fn subject(claims: &Map<String, Value>) -> Result<String, IdTokenError> {
    let subject = claims.get("sub").and_then(Value::as_str).ok_or(IdTokenError::Subject)?;
    // Blanks at the ends are lost in a header field (RFC 9110 §5.5), so the application would see another person.
    let is_text = subject.trim() == subject && subject.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
    let fits = (1..=255).contains(&subject.len()) && is_text;
    if fits { Ok(subject.to_owned()) } else { Err(IdTokenError::Subject) }
}

/// OpenID Connect Front-Channel Logout §3.
fn session_id(claims: &Map<String, Value>) -> Result<Option<String>, IdTokenError> {
    let sid = text(claims, "sid")?;
    if sid.is_some_and(|sid| sid.is_empty() || sid.len() > MAX_SESSION_ID) {
        return Err(IdTokenError::Claim("sid"));
    }
    Ok(sid.map(str::to_owned))
}

/// OpenID Connect Core §3.1.3.7 step 11 and §3.3.2.11.
fn check_nonce(claims: &Map<String, Value>, expected: Option<&str>) -> Result<(), IdTokenError> {
    let Some(expected) = expected else { return Ok(()) };
    let nonce = claims.get("nonce").and_then(Value::as_str).ok_or(IdTokenError::Nonce)?;
    verify_slices_are_equal(nonce.as_bytes(), expected.as_bytes()).map_err(|_| IdTokenError::Nonce)
}

/// `c_hash`, `at_hash` and `s_hash` (OpenID Connect Core §3.3.2.11, §3.1.3.8; Financial-grade API 1.0 Advanced §5.2.3).
fn check_hashes(payload: &Payload, expected: &Expected<'_>) -> Result<(), IdTokenError> {
    let matches = |name, text: Option<&str>, required: bool| match (payload.claims().get(name), text) {
        (Some(Value::String(claim)), Some(text)) => is_left_half(payload.algorithm(), text, claim),
        (Some(_), Some(_)) => false,
        (None, Some(_)) => !required,
        (_, None) => true,
    };
    if !matches("c_hash", expected.code, expected.channel == Channel::Front) {
        return Err(IdTokenError::CodeHash);
    }
    if !matches("at_hash", expected.access_token, false) {
        return Err(IdTokenError::AccessTokenHash);
    }
    if matches("s_hash", expected.state, false) { Ok(()) } else { Err(IdTokenError::StateHash) }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, IdTokenError> {
    claims.get(name).map(|value| value.as_str().ok_or(IdTokenError::Claim(name))).transpose()
}

const MAX_SESSION_ID: usize = 1024;

#[cfg(test)]
mod tests;
