//! How somebody must have signed in: how lately, and how strongly.
//!
//! OpenID Connect Core §2 (`auth_time`, `acr`) and §3.1.3.7 steps 12 and 13.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::base::Timestamp;

/// What is demanded of a sign-in. The default demands nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthnRequirement {
    /// At most so long ago (claim `auth_time`).
    pub max_age: Option<Duration>,
    /// At one of these levels (claim `acr`); at any when empty.
    pub acr: Vec<String>,
    /// In one of these authentication contexts (claim `acrs`, Entra ID's); in any when empty.
    pub acrs: Vec<String>,
}

/// What a sign-in lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnmetRequirement {
    /// It does not say when it was.
    #[error("the provider does not say when the person signed in")]
    NoTime,
    /// It was too long ago.
    #[error("the person signed in too long ago")]
    TooOld,
    /// It was at another level, or at none that it names.
    #[error("the person did not sign in at the level that was demanded")]
    Level,
}

impl AuthnRequirement {
    /// Whether nothing is demanded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a sign-in that `claims` speak of is enough at `moment`.
    pub fn check_claims(&self, claims: &Map<String, Value>, moment: Timestamp) -> Result<(), UnmetRequirement> {
        if let Some(max_age) = self.max_age {
            let time = claims.get("auth_time").and_then(Value::as_u64).ok_or(UnmetRequirement::NoTime)?;
            if moment.since(Timestamp::from_seconds(time)) > max_age + LEEWAY {
                return Err(UnmetRequirement::TooOld);
            }
        }
        // Core §2: `acr` is one text. Of `acrs`, a session may have several.
        let has_level = is_one_of(claims.get("acr"), &self.acr);
        let contexts = match claims.get("acrs") {
            Some(Value::Array(contexts)) => contexts.as_slice(),
            one => one.map_or(&[][..], std::slice::from_ref),
        };
        let has_context = self.acrs.is_empty() || contexts.iter().any(|context| is_one_of(Some(context), &self.acrs));
        if has_level && has_context { Ok(()) } else { Err(UnmetRequirement::Level) }
    }
}

/// Whether `claim` is one of `wanted`, if any is.
fn is_one_of(claim: Option<&Value>, wanted: &[String]) -> bool {
    let text = claim.and_then(Value::as_str);
    wanted.is_empty() || text.is_some_and(|text| wanted.iter().any(|wanted| wanted == text))
}

/// How far the provider's clock may be from ours.
const LEEWAY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::{AuthnRequirement, UnmetRequirement};
    use crate::base::Timestamp;

    #[test]
    fn every_part_of_a_demand_is_met_or_named() {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
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
            let demand = AuthnRequirement { max_age, acr: own(acr), acrs: own(acrs) };
            assert_eq!(
                demand.check_claims(&claims, Timestamp::from_seconds(10_000)),
                expected,
                "{demand:?} {claims:?}"
            );
        }
    }
}
