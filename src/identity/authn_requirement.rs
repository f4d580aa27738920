//! Requirements on the authentication of a person: its age and its level.
//!
//! OpenID Connect Core §2 (`auth_time`, `acr`) and §3.1.3.7 steps 12 and 13.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::base::Timestamp;

/// A required authentication. The default requires nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuthnRequirement {
    /// The maximum time since the authentication (claim `auth_time`).
    pub(crate) max_age: Option<Duration>,
    /// The accepted levels (claim `acr`); any level when empty.
    pub(crate) acr: Vec<String>,
    /// The accepted authentication contexts (claim `acrs` of Entra ID); any when empty.
    pub(crate) acrs: Vec<String>,
}

/// Why an authentication does not meet the requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnmetRequirement {
    /// The time of the authentication is unknown.
    #[error("the provider does not report when the person signed in")]
    NoTime,
    /// The authentication is too long ago.
    #[error("the person signed in too long ago")]
    TooOld,
    /// The level is not an accepted one, or is unknown.
    #[error("the person did not sign in at a required level")]
    Level,
}

impl AuthnRequirement {
    /// Checks the authentication that `claims` describe, as of `moment`.
    pub(crate) fn check_claims(&self, claims: &Map<String, Value>, moment: Timestamp) -> Result<(), UnmetRequirement> {
        if let Some(max_age) = self.max_age {
            let time = claims.get("auth_time").and_then(Value::as_u64).ok_or(UnmetRequirement::NoTime)?;
            if moment.since(Timestamp::from_seconds(time)) > max_age + LEEWAY {
                return Err(UnmetRequirement::TooOld);
            }
        }
        // Core §2: `acr` is a single text. Entra ID's `acrs` may be a list.
        let has_level = is_one_of(claims.get("acr"), &self.acr);
        let contexts = match claims.get("acrs") {
            Some(Value::Array(contexts)) => contexts.as_slice(),
            one => one.map_or(&[][..], std::slice::from_ref),
        };
        let has_context = self.acrs.is_empty() || contexts.iter().any(|context| is_one_of(Some(context), &self.acrs));
        if has_level && has_context { Ok(()) } else { Err(UnmetRequirement::Level) }
    }
}

/// Whether `claim` is one of `accepted`; true when `accepted` is empty.
fn is_one_of(claim: Option<&Value>, accepted: &[String]) -> bool {
    let text = claim.and_then(Value::as_str);
    accepted.is_empty() || text.is_some_and(|text| accepted.iter().any(|value| value == text))
}

/// The accepted difference between the provider's clock and the gateway's.
const LEEWAY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{AuthnRequirement, UnmetRequirement};
    use crate::base::Timestamp;

    #[test]
    fn each_requirement_is_checked() {
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        for (max_age, acr, acrs, claims, expected) in [
            (None, &[][..], &[][..], json!({}), Ok(())),
            (minutes(15), &[], &[], json!({"auth_time": 10_000}), Ok(())),
            (minutes(15), &[], &[], json!({"auth_time": 9_040}), Ok(())),
            (minutes(15), &[], &[], json!({"auth_time": 9_039}), Err(UnmetRequirement::TooOld)),
            (minutes(15), &[], &[], json!({"auth_time": 10_030}), Ok(())),
            (minutes(15), &[], &[], json!({}), Err(UnmetRequirement::NoTime)),
            (minutes(15), &[], &[], json!({"auth_time": "10000"}), Err(UnmetRequirement::NoTime)),
            (None, &["mfa", "hwk"], &[], json!({"acr": "hwk"}), Ok(())),
            (None, &["mfa"], &[], json!({"acr": "MFA"}), Err(UnmetRequirement::Level)),
            (None, &["mfa"], &[], json!({"acr": 1}), Err(UnmetRequirement::Level)),
            (None, &["mfa"], &[], json!({"acr": ["mfa"]}), Err(UnmetRequirement::Level)),
            (None, &[], &["c1"], json!({"acrs": "c1"}), Ok(())),
            (None, &[], &["c1"], json!({}), Err(UnmetRequirement::Level)),
            (None, &["mfa"], &[], json!({"acrs": ["mfa"]}), Err(UnmetRequirement::Level)),
            (None, &[], &["c1"], json!({"acrs": ["c3", "c1"]}), Ok(())),
            (None, &[], &["c1"], json!({"acrs": ["c3"]}), Err(UnmetRequirement::Level)),
            (minutes(15), &["mfa"], &["c1"], json!({"auth_time": 1, "acr": "no"}), Err(UnmetRequirement::TooOld)),
        ] {
            let Value::Object(claims) = claims else { unreachable!("an object") };
            let requirement = AuthnRequirement { max_age, acr: strings(acr), acrs: strings(acrs) };
            assert_eq!(
                requirement.check_claims(&claims, Timestamp::from_seconds(10_000)),
                expected,
                "{requirement:?} {claims:?}"
            );
        }
    }
}
