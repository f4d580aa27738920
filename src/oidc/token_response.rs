//! Token responses and token error responses.
//!
//! RFC 6749 §5.1 and §5.2, OpenID Connect Core §3.1.3.3.

use std::{fmt, time::Duration};

use serde_json::{Map, Value};

use super::provider_error::ProviderError;
use crate::{
    base::Secret,
    jose::{JsonError, strict_object},
    reason::ReasonCode,
};

/// A successful token response. No token is verified yet.
pub struct TokenResponse {
    /// The access token, which is opaque to the gateway.
    pub access_token: Secret,
    /// The `id_token`. A refresh response may omit it; the response to a code must have one.
    pub id_token: Option<Secret>,
    /// The new refresh token; `None` if the current one remains valid (RFC 6749 §6).
    pub refresh_token: Option<Secret>,
    /// The lifetime of the access token, limited to 366 days.
    pub expires_in: Option<Duration>,
    /// The granted scope; `None` if it is the requested one.
    pub(crate) scope: Option<String>,
}

/// Why a token request returned no tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The provider returned an error response.
    #[error("the provider refused the token request: {}", .0.explanation())]
    Refused(Box<ProviderError>),
    /// The status is not 200, and the body is not an error response.
    #[error("the provider's token endpoint answered with status {0}")]
    Status(u16),
    /// The `Content-Type` is not `application/json`.
    #[error("the token response is not declared as application/json")]
    ContentType,
    /// The body is not a strict JSON object.
    #[error("the token response cannot be parsed")]
    Json(#[from] JsonError),
    /// A required member is missing.
    #[error("the token response has no \"{0}\"")]
    Missing(&'static str),
    /// A member has the wrong type or an invalid value.
    #[error("the token response has a malformed \"{0}\"")]
    Member(&'static str),
    /// The token type is not `Bearer`.
    #[error("the token_type of the token response is not Bearer")]
    TokenType,
}

impl TokenError {
    /// The stable reason code.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Status(_) => ReasonCode::TokenStatus,
            Self::Missing(_) => ReasonCode::TokenIncomplete,
            Self::ContentType | Self::Json(_) | Self::Member(_) | Self::TokenType => ReasonCode::TokenMalformed,
        }
    }

    /// Whether the person has to sign in again: the refresh token is no longer valid, or the provider requires an
    /// interaction (OpenID Connect Core §3.1.2.6). Outages and configuration errors do not require a new sign-in.
    #[must_use]
    pub(crate) fn requires_sign_in(&self) -> bool {
        self.refusal().is_some_and(ProviderError::requires_sign_in)
    }

    /// The provider's error response, if there is one.
    #[must_use]
    pub(crate) fn refusal(&self) -> Option<&ProviderError> {
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
    /// Reads a token response from its status, `Content-Type` and body. The caller limits the length of the body.
    pub fn read(status: u16, content_type: Option<&str>, body: &[u8]) -> Result<Self, TokenError> {
        if status != 200 {
            return Err(refusal(status, body));
        }
        if !content_type.is_some_and(is_json) {
            return Err(TokenError::ContentType);
        }
        let response = strict_object(body)?;
        if response.contains_key("error") {
            return Err(
                ProviderError::from_token_response(&response).map_or(TokenError::Member("error"), TokenError::from)
            );
        }
        let token_type = text(&response, "token_type")?.ok_or(TokenError::Missing("token_type"))?;
        if !token_type.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::TokenType);
        }
        Ok(Self {
            access_token: token(&response, "access_token")?.ok_or(TokenError::Missing("access_token"))?,
            id_token: token(&response, "id_token")?,
            refresh_token: token(&response, "refresh_token")?,
            expires_in: expires_in(&response)?,
            scope: text(&response, "scope")?.map(str::to_owned),
        })
    }

    /// The `id_token` of a response that must have one (OpenID Connect Core §3.1.3.3).
    pub(crate) fn id_token(&self) -> Result<&Secret, TokenError> {
        self.id_token.as_ref().ok_or(TokenError::Missing("id_token"))
    }
}

/// Shows which tokens are present, not their values.
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

/// RFC 6749 §5.2: an error response has a 4xx status. The body of a 5xx or 429 response is not read as one.
fn refusal(status: u16, body: &[u8]) -> TokenError {
    let is_refusal = (400..500).contains(&status) && status != TOO_MANY_REQUESTS;
    is_refusal
        .then(|| strict_object(body).ok())
        .flatten()
        .and_then(|response| ProviderError::from_token_response(&response))
        .map_or(TokenError::Status(status), TokenError::from)
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// Reads a token of printable ASCII characters (RFC 6749 A.12, A.17); an empty one counts as missing.
fn token(response: &Map<String, Value>, name: &'static str) -> Result<Option<Secret>, TokenError> {
    let Some(token) = text(response, name)?.filter(|token| !token.is_empty()) else { return Ok(None) };
    if token.len() > MAX_TOKEN || !token.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Err(TokenError::Member(name));
    }
    Ok(Some(Secret::new(token)))
}

/// Whole seconds, as a number or, from Entra ID's version 1 endpoint, as a string of digits.
fn expires_in(response: &Map<String, Value>) -> Result<Option<Duration>, TokenError> {
    let seconds = match response.get("expires_in") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        Some(value) => value.as_u64(),
    };
    let lifetime = Duration::from_secs(seconds.ok_or(TokenError::Member("expires_in"))?);
    Ok(Some(lifetime.min(MAX_LIFETIME)))
}

/// Some providers write `null` for a member that is missing.
fn text<'a>(response: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, TokenError> {
    match response.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or(TokenError::Member(name)),
    }
}

const TOO_MANY_REQUESTS: u16 = 429;
const MAX_TOKEN: usize = 64 * 1024;
const MAX_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);

#[cfg(test)]
mod tests;
