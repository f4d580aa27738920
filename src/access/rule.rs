//! Access rules, their decisions, and the [`Pass`] that proves a decision.
//!
//! Only [`Rule::decide`] creates a [`Pass`], and sending a request to an application consumes one. Code that skips the
//! rule therefore does not compile.

use std::sync::Arc;

use crate::{
    base::Timestamp,
    identity::{AuthnRequirement, Identity},
};

/// An access rule.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    /// Everyone has access. A person who is signed in is still identified to the application.
    Anyone,
    /// Every person who is signed in has access.
    SignedIn,
    /// Persons who are signed in and meet the requirement have access.
    Meets(Requirement),
}

/// Required claims. Every kind that is not empty must be met; one value of a kind is enough.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requirement {
    /// Accepted groups (claim `groups`).
    pub(crate) groups: Vec<String>,
    /// Accepted roles (claim `roles`).
    pub(crate) roles: Vec<String>,
    /// Accepted values of other claims, by the name of the claim.
    pub(crate) claims: Vec<(String, Vec<String>)>,
    /// The required authentication.
    pub(crate) sign_in: AuthnRequirement,
}

/// The result of [`Rule::decide`]. There is no default.
#[derive(Debug)]
#[must_use]
pub(crate) enum Decision {
    /// The request may be sent to the application.
    Allow(Pass),
    /// A sign-in is required.
    SignIn,
    /// The person is signed in, but the rule requires a more recent or stronger authentication.
    StepUp,
    /// A person is signed in who does not meet the rule; another sign-in of this person would not help.
    Forbid(Denial),
}

/// Why a signed-in person is forbidden a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The person lacks what the rule requires.
    NotAllowed,
    /// The rule requires a group, and the provider left out the person's groups (OpenID Connect Core §5.6.2, or Entra ID's
    /// overage).
    GroupsUnknown,
}

/// The permission to send one request to the application.
#[derive(Debug)]
#[must_use]
pub(crate) struct Pass {
    identity: Option<Arc<Identity>>,
}

impl Rule {
    /// The authentication that the rule requires, if it sets a requirement.
    #[must_use]
    pub(crate) fn authn_requirement(&self) -> Option<&AuthnRequirement> {
        match self {
            Self::Anyone | Self::SignedIn => None,
            Self::Meets(requirement) => Some(&requirement.sign_in),
        }
    }

    /// Decides about one request of `identity` at `now`; `identity` is `None` without a session.
    pub(crate) fn decide(&self, identity: Option<Arc<Identity>>, now: Timestamp) -> Decision {
        match (self, identity) {
            (Self::SignedIn | Self::Meets(_), None) => Decision::SignIn,
            (Self::Meets(requirement), Some(identity)) if !requirement.is_met_by(&identity) => {
                Decision::Forbid(requirement.denial(&identity))
            }
            (Self::Meets(requirement), Some(identity)) if !requirement.is_signed_in_for(&identity, now) => {
                Decision::StepUp
            }
            (Self::Anyone | Self::SignedIn | Self::Meets(_), identity) => Decision::Allow(Pass { identity }),
        }
    }
}

impl Requirement {
    /// Whether the requirement restricts the authentication only, so that every account can meet it.
    #[must_use]
    pub(crate) fn is_for_everybody(&self) -> bool {
        self.groups.is_empty() && self.roles.is_empty() && self.claims.is_empty()
    }

    /// Why `identity`, which does not meet this requirement, is denied.
    fn denial(&self, identity: &Identity) -> Denial {
        let requires_groups = !self.groups.is_empty() || self.claims.iter().any(|(name, _)| name == "groups");
        if requires_groups && identity.groups_unknown() { Denial::GroupsUnknown } else { Denial::NotAllowed }
    }

    fn is_signed_in_for(&self, identity: &Identity, now: Timestamp) -> bool {
        self.sign_in.check_claims(identity.claims().all(), now).is_ok()
    }

    fn is_met_by(&self, identity: &Identity) -> bool {
        let one_of =
            |claim: &str, accepted: &[String]| accepted.iter().any(|value| identity.claims().holds(claim, value));
        (self.groups.is_empty() || one_of("groups", &self.groups))
            && (self.roles.is_empty() || one_of("roles", &self.roles))
            && self.claims.iter().all(|(claim, accepted)| match claim.as_str() {
                // An unverified address proves nothing about the person.
                "email" => identity.email().is_some_and(|email| accepted.iter().any(|value| value == email)),
                other => one_of(other, accepted),
            })
    }
}

impl Pass {
    /// The person who is signed in; `None` if the rule allows everyone and there is no session.
    #[must_use]
    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        self.identity.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Decision, Denial, Requirement, Rule};
    use crate::{
        base::Timestamp,
        identity::{AuthnRequirement, Claims, Identity},
    };
    use serde_json::{Value, json};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn person() -> Arc<Identity> {
        let Value::Object(claims) =
            json!({"groups": ["staff"], "roles": ["reader"], "department": "sales", "acr": "mfa"})
        else {
            unreachable!("an object")
        };
        Arc::new(Identity::new("https://i.example", "s", Claims::new(claims)))
    }

    fn requirement(groups: &[&str], roles: &[&str], claims: &[(&str, &[&str])]) -> Rule {
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Rule::Meets(Requirement {
            groups: strings(groups),
            roles: strings(roles),
            claims: claims.iter().map(|(name, accepted)| ((*name).to_owned(), strings(accepted))).collect(),
            sign_in: AuthnRequirement::default(),
        })
    }

    fn level(groups: &[&str], acr: &str) -> Rule {
        let Rule::Meets(mut required) = requirement(groups, &[], &[]) else { unreachable!("a requirement") };
        required.sign_in.acr = vec![acr.to_owned()];
        Rule::Meets(required)
    }

    #[test]
    fn every_rule_decides_with_and_without_a_session() {
        for (rule, without_session, signed_in) in [
            (Rule::Anyone, "allow", "allow"),
            (Rule::SignedIn, "sign in", "allow"),
            (requirement(&["staff", "admin"], &[], &[]), "sign in", "allow"),
            (requirement(&["admin"], &[], &[]), "sign in", "forbid"),
            (requirement(&["staff"], &["writer"], &[]), "sign in", "forbid"),
            (requirement(&["staff"], &["reader"], &[("department", &["sales", "it"])]), "sign in", "allow"),
            (requirement(&[], &[], &[("department", &["it"])]), "sign in", "forbid"),
            (requirement(&[], &[], &[("department", &[])]), "sign in", "forbid"),
            (level(&[], "mfa"), "sign in", "allow"),
            (level(&["staff"], "hardware"), "sign in", "step up"),
            // No step-up is requested from a person whom the rule forbids anyway.
            (level(&["admin"], "hardware"), "sign in", "forbid"),
        ] {
            for (identity, expected) in [(None, without_session), (Some(person()), signed_in)] {
                let decision = match rule.decide(identity, NOW) {
                    Decision::Allow(_) => "allow",
                    Decision::StepUp => "step up",
                    Decision::SignIn => "sign in",
                    Decision::Forbid(denial) => {
                        assert_eq!(denial, Denial::NotAllowed, "{rule:?}");
                        "forbid"
                    }
                };
                assert_eq!(decision, expected, "{rule:?}");
            }
        }
    }

    #[test]
    fn omitted_groups_are_reported_if_the_rule_needs_them() {
        let Value::Object(claims) = json!({"hasgroups": true, "roles": ["reader"]}) else { unreachable!("an object") };
        let overage = Arc::new(Identity::new("https://i.example", "s", Claims::new(claims)));
        for (rule, expected) in [
            (requirement(&["staff"], &[], &[]), Denial::GroupsUnknown),
            (requirement(&["staff"], &["writer"], &[]), Denial::GroupsUnknown),
            (requirement(&[], &[], &[("groups", &["staff"])]), Denial::GroupsUnknown),
            (requirement(&[], &["writer"], &[]), Denial::NotAllowed),
        ] {
            let decision = rule.decide(Some(Arc::clone(&overage)), NOW);
            assert!(matches!(decision, Decision::Forbid(denial) if denial == expected), "{rule:?} {decision:?}");
        }
    }

    #[test]
    fn a_pass_has_the_identity() {
        let Decision::Allow(pass) = Rule::Anyone.decide(None, NOW) else { unreachable!("everyone has access") };
        assert!(pass.identity().is_none());
        let Decision::Allow(pass) = Rule::SignedIn.decide(Some(person()), NOW) else { unreachable!("signed in") };
        assert_eq!(pass.identity().map(|identity| identity.subject()), Some("s"));
    }
}
