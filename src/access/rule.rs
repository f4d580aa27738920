//! The decision, and the one value that proves it.
//!
//! Only [`Rule::decide`] makes a [`Pass`], and nothing is sent to an application without one, which sending uses up:
//! a request that skipped its rule does not compile.

use std::sync::Arc;

use crate::{
    base::Timestamp,
    identity::{AuthnRequirement, Identity},
};

/// Who may pass.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Everybody; who is signed in is named to the application.
    Anyone,
    /// Who is signed in.
    SignedIn,
    /// Who is signed in and meets the requirement.
    Meets(Requirement),
}

/// What a person must have. Each kind that is asked for must be met; of the values of one kind, one suffices.
#[derive(Clone, Debug, Default)]
pub struct Requirement {
    /// Groups (claim `groups`).
    pub groups: Vec<String>,
    /// Roles (claim `roles`).
    pub roles: Vec<String>,
    /// Claims by name.
    pub claims: Vec<(String, Vec<String>)>,
    /// How they must have signed in.
    pub sign_in: AuthnRequirement,
}

/// What [`Rule::decide`] says. There is no default.
#[derive(Debug)]
#[must_use]
pub enum Decision {
    /// Go on.
    Allow(Pass),
    /// Nobody is signed in, and somebody must be.
    SignIn,
    /// Somebody is signed in, and has to sign in once more, lately or more strongly.
    StepUp,
    /// A person is signed in who does not meet the rule; another sign-in of this person would not help.
    Forbid(Denial),
}

/// Why a signed-in person is forbidden a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The person lacks what the rule requires.
    NotAllowed,
    /// The rule requires a group, and the provider left out the person's groups (OpenID Connect Core §5.6.2, or Entra ID's
    /// overage).
    GroupsUnknown,
}

/// The permission for one request.
#[derive(Debug)]
#[must_use]
pub struct Pass {
    identity: Option<Arc<Identity>>,
}

impl Rule {
    /// How somebody must have signed in, where the rule says.
    #[must_use]
    pub fn authn_requirement(&self) -> Option<&AuthnRequirement> {
        match self {
            Self::Anyone | Self::SignedIn => None,
            Self::Meets(requirement) => Some(&requirement.sign_in),
        }
    }

    /// Decides about one request of `who` at `now`.
    pub fn decide(&self, who: Option<Arc<Identity>>, now: Timestamp) -> Decision {
        match (self, who) {
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
    /// Whether whoever signs in meets it, if they only do it the right way.
    #[must_use]
    pub fn is_for_everybody(&self) -> bool {
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
        let one_of = |claim: &str, wanted: &[String]| wanted.iter().any(|value| identity.claims().holds(claim, value));
        (self.groups.is_empty() || one_of("groups", &self.groups))
            && (self.roles.is_empty() || one_of("roles", &self.roles))
            && self.claims.iter().all(|(claim, wanted)| match claim.as_str() {
                // Anybody may claim an address; only a verified one is theirs.
                "email" => identity.email().is_some_and(|email| wanted.iter().any(|value| value == email)),
                other => one_of(other, wanted),
            })
    }
}

impl Pass {
    /// Who passes; nobody where everybody may.
    #[must_use]
    pub fn identity(&self) -> Option<&Arc<Identity>> {
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
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Rule::Meets(Requirement {
            groups: own(groups),
            roles: own(roles),
            claims: claims.iter().map(|(name, wanted)| ((*name).to_owned(), own(wanted))).collect(),
            sign_in: AuthnRequirement::default(),
        })
    }

    fn level(groups: &[&str], acr: &str) -> Rule {
        let Rule::Meets(mut met) = requirement(groups, &[], &[]) else { unreachable!("a requirement") };
        met.sign_in.acr = vec![acr.to_owned()];
        Rule::Meets(met)
    }

    #[test]
    fn every_rule_decides_for_everybody() {
        for (rule, nobody, somebody) in [
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
            // Whom no sign-in would let pass is not asked for one.
            (level(&["admin"], "hardware"), "sign in", "forbid"),
        ] {
            for (who, expected) in [(None, nobody), (Some(person()), somebody)] {
                let said = match rule.decide(who, NOW) {
                    Decision::Allow(_) => "allow",
                    Decision::StepUp => "step up",
                    Decision::SignIn => "sign in",
                    Decision::Forbid(denial) => {
                        assert_eq!(denial, Denial::NotAllowed, "{rule:?}");
                        "forbid"
                    }
                };
                assert_eq!(said, expected, "{rule:?}");
            }
        }
    }

    #[test]
    fn groups_that_the_provider_left_out_are_named_where_they_decide() {
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
    fn a_pass_names_who_it_is_for() {
        let Decision::Allow(pass) = Rule::Anyone.decide(None, NOW) else { unreachable!("everybody may pass") };
        assert!(pass.identity().is_none());
        let Decision::Allow(pass) = Rule::SignedIn.decide(Some(person()), NOW) else { unreachable!("signed in") };
        assert_eq!(pass.identity().map(|identity| identity.subject()), Some("s"));
    }
}
