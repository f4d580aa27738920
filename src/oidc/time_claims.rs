//! The time claims of an `id_token`: `iat`, `exp`, `nbf` and `auth_time`.
//!
//! OpenID Connect Core §2 and §3.1.3.7 steps 9 and 10, RFC 7519 §2 and §4.1.4 to §4.1.6.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{base::Timestamp, reason::ReasonCode};

/// The time claims of a token, in seconds since the Unix epoch.
pub(super) struct TimeClaims {
    issued_at: u64,
    auth_time: Option<u64>,
    expires_at: u64,
    not_before: Option<u64>,
}

/// Why the time claims of a token were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// A claim is absent or malformed.
    #[error("the claim \"{0}\" is absent or malformed")]
    Claim(&'static str),
    /// `iat` is in the future: one of the two clocks is wrong.
    #[error("it was issued in the future, so a clock is wrong")]
    ClockSkew,
    /// `nbf` is in the future.
    #[error("it is not valid yet")]
    NotYetValid,
    /// `exp` is in the past.
    #[error("it has expired")]
    Expired,
    /// `iat` is too long ago for the response to a sign-in.
    #[error("it is too old")]
    TooOld,
}

impl TimeError {
    /// The stable reason code.
    #[must_use]
    pub(crate) const fn reason(self) -> ReasonCode {
        match self {
            Self::Claim(_) => ReasonCode::IdTokenMalformed,
            Self::ClockSkew => ReasonCode::ClockSkew,
            Self::NotYetValid => ReasonCode::IdTokenNotYetValid,
            Self::Expired => ReasonCode::IdTokenExpired,
            Self::TooOld => ReasonCode::IdTokenTooOld,
        }
    }

    /// Whether the token is refused only because it arrived too late.
    #[must_use]
    pub(super) const fn is_only_late(self) -> bool {
        matches!(self, Self::Expired | Self::TooOld)
    }
}

impl TimeClaims {
    /// Reads the time claims; a malformed one is an error.
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self, TimeError> {
        let issued_at = seconds(claims, "iat")?.ok_or(TimeError::Claim("iat"))?;
        // The authentication precedes the token.
        let auth_time = seconds(claims, "auth_time")?;
        if auth_time.is_some_and(|time| time > issued_at + (MAX_BACKDATE + LEEWAY).as_secs()) {
            return Err(TimeError::Claim("auth_time"));
        }
        let expires_at = seconds(claims, "exp")?.ok_or(TimeError::Claim("exp"))?;
        Ok(Self { issued_at, auth_time, expires_at, not_before: seconds(claims, "nbf")? })
    }

    /// OpenID Connect Core §3.1.3.7 steps 9 and 10, RFC 7519 §4.1.5. `iat` is compared with the clock first: an `iat`
    /// in the future shows a wrong clock, which would falsify the other comparisons.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), TimeError> {
        let latest = now.plus(LEEWAY);
        if Timestamp::from_seconds(self.issued_at) > latest {
            return Err(TimeError::ClockSkew);
        }
        if self.auth_time.is_some_and(|moment| Timestamp::from_seconds(moment) > latest) {
            return Err(TimeError::Claim("auth_time"));
        }
        if self.not_before.is_some_and(|moment| Timestamp::from_seconds(moment) > latest) {
            return Err(TimeError::NotYetValid);
        }
        if Timestamp::from_seconds(self.expires_at).plus(LEEWAY) <= now {
            return Err(TimeError::Expired);
        }
        let age = now.since(Timestamp::from_seconds(self.issued_at));
        if age > MAX_AGE + LEEWAY { Err(TimeError::TooOld) } else { Ok(()) }
    }
}

/// A `NumericDate` (RFC 7519 §2) in whole seconds. A number beyond the year 9999 is refused; it usually is
/// milliseconds.
fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, TimeError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_u64().filter(|seconds| *seconds <= LAST_SECOND);
    seconds.map(Some).ok_or(TimeError::Claim(name))
}

/// The accepted difference between the provider's clock and the gateway's.
const LEEWAY: Duration = Duration::from_secs(60);

/// Entra ID backdates `iat` by up to this much, for receivers with slow clocks.
const MAX_BACKDATE: Duration = Duration::from_secs(5 * 60);

/// The maximum age of a token that responds to a sign-in.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);

const LAST_SECOND: u64 = 253_402_300_799;
