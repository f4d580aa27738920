//! What the token endpoint answers.
//!
//! RFC 6749 §5.1 and §5.2, OpenID Connect Core §3.1.3.3.

use std::{fmt, time::Duration};

use serde_json::{Map, Value};

use super::provider_error::ProviderError;
use crate::{
    base::Secret,
    jose::{JsonError, strict_object},
};

/// Tokens, none of them verified.
pub struct TokenResponse {
    /// Opaque to us; always there.
    pub access_token: Secret,
    /// Not yet verified. A refresh may come without; after a code it must be there: [`TokenResponse::id_token`].
    pub id_token: Option<Secret>,
    /// The next refresh token; without one the old one stays in use (RFC 6749 §6).
    pub refresh_token: Option<Secret>,
    /// How long the access token lives; at most a year is believed.
    pub expires_in: Option<Duration>,
    /// What was granted; `None`: what was asked for.
    pub scope: Option<String>,
}

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The provider said no.
    #[error("the provider refused the token request: {}", .0.explanation())]
    Refused(Box<ProviderError>),
    /// An answer that is neither tokens nor a readable refusal.
    #[error("the provider's token endpoint answered with status {0}")]
    Status(u16),
    /// It does not say it is JSON.
    #[error("the provider's token answer is not declared as application/json")]
    ContentType,
    /// It is no strict JSON object.
    #[error("the provider's token answer is not readable")]
    Json(#[from] JsonError),
    /// A member that is needed is not there.
    #[error("the provider's token answer has no \"{0}\"")]
    Missing(&'static str),
    /// A member has the wrong type, or a value that it never has.
    #[error("the provider's token answer has a malformed \"{0}\"")]
    Member(&'static str),
    /// Its tokens are not bearer tokens.
    #[error("the provider's tokens are not bearer tokens")]
    TokenType,
}

impl TokenError {
    /// The stable reason code.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Status(_) => "token-status",
            Self::Missing(_) => "token-incomplete",
            Self::ContentType | Self::Json(_) | Self::Member(_) | Self::TokenType => "token-malformed",
        }
    }

    /// The person has to sign in again: the refresh token is over, or the provider wants to see them (OpenID Connect Core
    /// §3.1.2.6). An outage or a fault of ours says nothing about them.
    #[must_use]
    pub fn requires_sign_in(&self) -> bool {
        self.refusal().is_some_and(ProviderError::requires_sign_in)
    }

    /// The provider's refusal, if this is one.
    #[must_use]
    pub fn refusal(&self) -> Option<&ProviderError> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<ProviderError> for TokenError {
    fn from(refusal: ProviderError) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl TokenResponse {
    /// Reads the answer: its status, its `Content-Type` and its body, which the caller has bounded.
    pub fn read(status: u16, content_type: Option<&str>, body: &[u8]) -> Result<Self, TokenError> {
        if status != 200 {
            return Err(refusal(status, body));
        }
        if !content_type.is_some_and(is_json) {
            return Err(TokenError::ContentType);
        }
        let answer = strict_object(body)?;
        if answer.contains_key("error") {
            return Err(
                ProviderError::from_token_response(&answer).map_or(TokenError::Member("error"), TokenError::from)
            );
        }
        let token_type = text(&answer, "token_type")?.ok_or(TokenError::Missing("token_type"))?;
        if !token_type.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::TokenType);
        }
        Ok(Self {
            access_token: token(&answer, "access_token")?.ok_or(TokenError::Missing("access_token"))?,
            id_token: token(&answer, "id_token")?,
            refresh_token: token(&answer, "refresh_token")?,
            expires_in: expires_in(&answer)?,
            scope: text(&answer, "scope")?.map(str::to_owned),
        })
    }

    /// The `id_token`, where one must be there (OpenID Connect Core §3.1.3.3).
    pub fn id_token(&self) -> Result<&Secret, TokenError> {
        self.id_token.as_ref().ok_or(TokenError::Missing("id_token"))
    }
}

/// Which tokens there are, not what they hold.
impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("id_token", &self.id_token.is_some())
            .field("refresh_token", &self.refresh_token.is_some())
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// RFC 6749 §5.2: a refusal has a 4xx status. What a broken or busy server writes is not taken for one.
fn refusal(status: u16, body: &[u8]) -> TokenError {
    let is_refusal = (400..500).contains(&status) && status != TOO_MANY_REQUESTS;
    is_refusal
        .then(|| strict_object(body).ok())
        .flatten()
        .and_then(|answer| ProviderError::from_token_response(&answer))
        .map_or(TokenError::Status(status), TokenError::from)
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// A token; an empty one is none. RFC 6749 A.12, A.17: visible ASCII.
fn token(answer: &Map<String, Value>, name: &'static str) -> Result<Option<Secret>, TokenError> {
    let Some(token) = text(answer, name)?.filter(|token| !token.is_empty()) else { return Ok(None) };
    if token.len() > MAX_TOKEN || !token.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Err(TokenError::Member(name));
    }
    Ok(Some(Secret::new(token)))
}

/// Whole seconds, as a number or, as Entra's older endpoint writes them, a string of digits.
fn expires_in(answer: &Map<String, Value>) -> Result<Option<Duration>, TokenError> {
    let seconds = match answer.get("expires_in") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        Some(value) => value.as_u64(),
    };
    let lifetime = Duration::from_secs(seconds.ok_or(TokenError::Member("expires_in"))?);
    Ok(Some(lifetime.min(MAX_LIFETIME)))
}

/// `null` is how some providers write that a member is not there.
fn text<'a>(answer: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, TokenError> {
    match answer.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(TokenError::Member(name)),
    }
}

const TOO_MANY_REQUESTS: u16 = 429;
const MAX_TOKEN: usize = 64 * 1024;
const MAX_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);

#[cfg(test)]
mod tests;
