//! An `id_token`, verified: who signed in, for whom, when, and in answer to which sign-in.
//!
//! OpenID Connect Core §2, §3.1.3.7, §3.3.2.12, §3.3.3.6, §3.3.3.7 and §12.2. The only file that makes a
//! [`VerifiedIdToken`].

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::{Map, Value};

use super::{
    issuer::{Issuer, IssuerMismatch},
    metadata::Metadata,
    profile::Profile,
    time_claims::{TimeClaims, TimeError},
};
use crate::{
    base::{Secret, Timestamp},
    identity::{AuthnRequirement, UnmetRequirement},
    jose::{Algorithm, JwtError, KeySet, Payload, Unverified, is_left_half},
};

/// An `id_token` that passed every check of [`VerifiedIdToken::verify`]. No other way leads to one.
pub struct VerifiedIdToken {
    text: Secret,
    issuer: String,
    subject: String,
    account: String,
    session_id: Option<String>,
    issued_at: Timestamp,
    expires_at: Timestamp,
    claims: Map<String, Value>,
}

/// What the token must say.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Who made it.
    pub issuer: &'a Issuer,
    /// What its maker is.
    pub profile: Profile,
    /// For whom: us.
    pub client_id: &'a str,
    /// In answer to which sign-in; `None` only on refresh, where [`check_refreshed`] decides.
    pub nonce: Option<&'a str>,
    /// The code it came with or was bought with.
    pub code: Option<&'a str>,
    /// The access token it came with.
    pub access_token: Option<&'a str>,
    /// The state it came with; only looked at when the token speaks of one.
    pub state: Option<&'a str>,
    /// Which way it came.
    pub channel: Channel,
}

/// Which way a token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Through the browser: beside a code it must name that code.
    Front,
    /// From the token endpoint.
    Back,
}

/// Why an `id_token` was refused.
#[derive(Debug, thiserror::Error)]
pub enum IdTokenError {
    /// It is no token that a key of the provider signed.
    #[error("the id_token is not believed")]
    Token(#[from] JwtError),
    /// It says that it is another kind of token.
    #[error("the token is not an id_token")]
    Type,
    /// It is another issuer's.
    #[error("the id_token's issuer is refused")]
    Issuer(#[source] IssuerMismatch),
    /// It does not say who signed in, in the way that its maker should.
    #[error("the id_token does not name the person by tid and oid")]
    Account(#[source] IssuerMismatch),
    /// It is not for us, or not for us alone.
    #[error("the id_token is for somebody else")]
    Audience,
    /// `sub` is not 1 to 255 printable ASCII characters.
    #[error("the id_token's subject is malformed")]
    Subject,
    /// A claim is absent or malformed.
    #[error("the id_token's claim \"{0}\" is absent or malformed")]
    Claim(&'static str),
    /// It answers another sign-in.
    #[error("the id_token answers another sign-in")]
    Nonce,
    /// It came with another code.
    #[error("the id_token belongs to another code")]
    CodeHash,
    /// It came with another access token.
    #[error("the id_token belongs to another access token")]
    AccessTokenHash,
    /// It came with another state.
    #[error("the id_token belongs to another state")]
    StateHash,
    /// A claim differs from that of the token before it.
    #[error("the id_token's claim \"{0}\" differs from the one before")]
    Mismatch(&'static str),
    /// It does not speak of a sign-in as was demanded: not as fresh, or at another level.
    #[error("the id_token does not speak of such a sign-in as was demanded")]
    UnmetRequirement(#[from] UnmetRequirement),
    /// It is not of the present.
    #[error("the id_token's times are refused")]
    Time(#[from] TimeError),
}

impl IdTokenError {
    /// The stable reason code.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Token(JwtError::Algorithm) => "id-token-algorithm",
            Self::Token(JwtError::UnknownKey) => "id-token-unknown-key",
            Self::Token(JwtError::UnfitKey | JwtError::AmbiguousKey) => "id-token-key",
            Self::Token(JwtError::Signature) => "id-token-signature",
            Self::Token(_) | Self::Claim(_) => "id-token-malformed",
            Self::Type => "id-token-type",
            Self::Issuer(mismatch) => mismatch.reason(),
            Self::Account(_) => "id-token-account",
            Self::Audience => "id-token-audience",
            Self::Subject => "id-token-subject",
            Self::Nonce => "id-token-nonce",
            Self::CodeHash => "id-token-code-hash",
            Self::AccessTokenHash => "id-token-access-token-hash",
            Self::StateHash => "id-token-state-hash",
            Self::Mismatch(_) => "id-token-mismatch",
            Self::UnmetRequirement(UnmetRequirement::NoTime) => "id-token-auth-time",
            Self::UnmetRequirement(UnmetRequirement::TooOld) => "id-token-auth-old",
            Self::UnmetRequirement(UnmetRequirement::Level) => "id-token-acr",
            Self::Time(error) => error.reason(),
        }
    }

    /// Whether the token was right in everything and only came too late.
    #[must_use]
    pub const fn is_only_time(&self) -> bool {
        matches!(self, Self::Time(error) if error.is_only_late())
    }

    /// Whether the token may be right all the same: its key is not to be had, or a clock is wrong.
    #[must_use]
    pub const fn is_undecided(&self) -> bool {
        self.is_unknown_key() || matches!(self, Self::Time(TimeError::ClockSkew))
    }

    /// Whether fetching the provider's keys again may help.
    #[must_use]
    pub const fn is_unknown_key(&self) -> bool {
        matches!(self, Self::Token(JwtError::UnknownKey))
    }
}

impl VerifiedIdToken {
    /// Verifies the token whole, by what the provider publishes: its `metadata` and `keys`. Time is judged last, so that an
    /// error about time says that all else was right.
    pub fn verify(
        text: &Secret,
        metadata: &Metadata,
        keys: &KeySet,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Self, IdTokenError> {
        let payload = Unverified::decode(text.expose())?.verify(keys, Algorithm::ALL, now)?;
        check_type(payload.typ())?;
        let issuer = expected.issuer.check(&payload, metadata.cloud()).map_err(IdTokenError::Issuer)?;
        let claims = payload.claims();
        check_audience(claims, expected.client_id)?;
        let subject = subject(claims)?;
        let account = expected.profile.account(&issuer, claims, &subject).map_err(account_error)?;
        let session_id = session_id(claims)?;
        check_nonce(claims, expected.nonce)?;
        check_hashes(&payload, expected)?;
        let times = TimeClaims::read(claims)?;
        times.check(now)?;
        Ok(Self {
            text: text.clone(),
            issuer,
            subject,
            account,
            session_id,
            issued_at: Timestamp::from_seconds(times.issued_at),
            expires_at: Timestamp::from_seconds(times.expires_at),
            claims: expected.profile.standardize(payload.into_claims()),
        })
    }

    /// Whether it speaks of such a sign-in as `demand` says, judged at the moment of the asking: whoever signs in after it
    /// is fresh, however long the rest took. Core §3.3.3.6: what one `id_token` says of the authentication, the other one
    /// should say too, so each is asked.
    pub fn check_requirement(&self, demand: &AuthnRequirement, asked_at: Timestamp) -> Result<(), IdTokenError> {
        Ok(demand.check_claims(&self.claims, asked_at)?)
    }

    /// The token itself, kept as the hint of a later sign-out.
    #[must_use]
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// Who made it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Who signed in: unique within the issuer.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The name of the person that stays: `sub`, or what serves better with this provider.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The provider's name for its session (`sid`), by which it ends it.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// When it was made.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// When it expires.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// All it says, in standard words.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
}

/// The issuer only: the rest is about a person.
impl fmt::Debug for VerifiedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedIdToken").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Whether the token endpoint's `id_token` speaks of the same person and session as the browser's (OpenID Connect Core
/// §3.3.3.6: `iss` and `sub` must be identical; what names the person or the session too, where both have it).
pub fn check_same(front: &VerifiedIdToken, back: &VerifiedIdToken) -> Result<(), IdTokenError> {
    let odd = differing(&front.claims, &back.claims, &["iss", "sub"])
        .or_else(|| differing_where_both(&front.claims, &back.claims, &["sid", "auth_time", "tid", "oid"]));
    odd.map_or(Ok(()), |name| Err(IdTokenError::Mismatch(name)))
}

/// Whether a refreshed `id_token` continues the one whose claims are `original` (OpenID Connect Core §12.2): the same issuer
/// and subject; the same account, time of sign-in and nonce where it has them. Its audience was verified to be us, as the original's.
pub fn check_refreshed(original: &Map<String, Value>, refreshed: &VerifiedIdToken) -> Result<(), IdTokenError> {
    let odd = differing(original, &refreshed.claims, &["iss", "sub"])
        .or_else(|| differing_where_both(original, &refreshed.claims, &["auth_time", "nonce", "tid", "oid"]));
    odd.map_or(Ok(()), |name| Err(IdTokenError::Mismatch(name)))
}

/// The first of `names` that is not the same in both.
fn differing(one: &Map<String, Value>, other: &Map<String, Value>, names: &[&'static str]) -> Option<&'static str> {
    names.iter().copied().find(|name| one.get(*name) != other.get(*name))
}

/// The first of `names` that both have, and have differently.
fn differing_where_both(
    one: &Map<String, Value>,
    other: &Map<String, Value>,
    names: &[&'static str],
) -> Option<&'static str> {
    names.iter().copied().find(|name| matches!((one.get(*name), other.get(*name)), (Some(a), Some(b)) if a != b))
}

/// A tenant that is not the issuer's own is an error of the issuer; a missing or malformed claim is one of the account.
fn account_error(mismatch: IssuerMismatch) -> IdTokenError {
    match mismatch {
        IssuerMismatch::Issuer => IdTokenError::Issuer(mismatch),
        other => IdTokenError::Account(other),
    }
}

/// RFC 8725 §3.11: a token of another kind (`at+jwt`, `logout+jwt`) is no `id_token`. RFC 7515 §4.1.9: letter case and the
/// prefix `application/` mean nothing.
fn check_type(typ: Option<&str>) -> Result<(), IdTokenError> {
    let is_jwt = typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("application/jwt"));
    if is_jwt { Ok(()) } else { Err(IdTokenError::Type) }
}

/// OpenID Connect Core §3.1.3.7 steps 3 to 5: for us, and for nobody whom we do not trust, which is everybody.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), IdTokenError> {
    let is_ours = match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => !audiences.is_empty() && audiences.iter().all(|each| each == client_id),
        _ => false,
    };
    let is_for_us = claims.get("azp").is_none_or(|party| party == client_id);
    if is_ours && is_for_us { Ok(()) } else { Err(IdTokenError::Audience) }
}

/// OpenID Connect Core §2.
fn subject(claims: &Map<String, Value>) -> Result<String, IdTokenError> {
    let subject = claims.get("sub").and_then(Value::as_str).ok_or(IdTokenError::Subject)?;
    let fits = (1..=255).contains(&subject.len()) && subject.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
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
    let holds = |name, text: Option<&str>, required: bool| match (payload.claims().get(name), text) {
        (Some(Value::String(claim)), Some(text)) => is_left_half(payload.algorithm(), text, claim),
        (Some(_), Some(_)) => false,
        (None, Some(_)) => !required,
        (_, None) => true,
    };
    if !holds("c_hash", expected.code, expected.channel == Channel::Front) {
        return Err(IdTokenError::CodeHash);
    }
    if !holds("at_hash", expected.access_token, false) {
        return Err(IdTokenError::AccessTokenHash);
    }
    if holds("s_hash", expected.state, false) { Ok(()) } else { Err(IdTokenError::StateHash) }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, IdTokenError> {
    claims.get(name).map(|value| value.as_str().ok_or(IdTokenError::Claim(name))).transpose()
}

const MAX_SESSION_ID: usize = 1024;

#[cfg(test)]
mod tests;
