//! Access rules, their decisions, and the [`Pass`] that proves a decision.
//!
//! Only [`Rule::decide`] creates a [`Pass`], and sending a request to an application consumes one. Code that skips the
//! rule therefore does not compile.

use std::sync::Arc;

use crate::{
    base::Timestamp,
    identity::{AuthnRequirement, Identity},
};

/// Who may access a route.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// The persons who have access.
    pub(crate) allow: Allow,
    /// The name of the provider whose sessions count; those of every provider when `None`. Claims are believed only from
    /// their own provider: the groups of one provider mean nothing at another.
    pub(crate) provider: Option<Arc<str>>,
}

/// The persons who have access.
#[derive(Clone, Debug)]
pub(crate) enum Allow {
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The person is signed in at another provider than the rule requires.
    OtherProvider {
        /// The provider of the session.
        signed_in_at: Box<str>,
        /// The provider that the rule requires.
        required: Arc<str>,
    },
    /// The person lacks what the rule requires.
    NotAllowed,
    /// The rule requires a group, and the provider left out the person's groups (OpenID Connect Core §5.6.2, or Entra ID's
    /// overage).
    GroupsUnknown,
}

/// The permission to send one request to the application, as the person that it holds. A person of another provider than
/// the rule requires is in no pass.
#[derive(Debug)]
#[must_use]
pub(crate) struct Pass {
    identity: Option<Arc<Identity>>,
}

impl Rule {
    /// The authentication that the rule requires, if it sets a requirement.
    #[must_use]
    pub(crate) fn authn_requirement(&self) -> Option<&AuthnRequirement> {
        match &self.allow {
            Allow::Anyone | Allow::SignedIn => None,
            Allow::Meets(requirement) => Some(&requirement.sign_in),
        }
    }

    /// Whether the route needs no sign-in.
    #[must_use]
    pub(crate) fn allows_anyone(&self) -> bool {
        matches!(self.allow, Allow::Anyone)
    }

    /// Decides about one request of `identity` at `now`; `identity` is `None` without a session.
    pub(crate) fn decide(&self, identity: Option<Arc<Identity>>, now: Timestamp) -> Decision {
        let identity = match (identity, &self.provider) {
            (Some(identity), Some(provider)) if identity.provider() != &**provider => {
                if self.allows_anyone() {
                    // To this route the person is a stranger.
                    return Decision::Allow(Pass { identity: None });
                }
                let (signed_in_at, required) = (identity.provider().into(), Arc::clone(provider));
                return Decision::Forbid(Denial::OtherProvider { signed_in_at, required });
            }
            (identity, _) => identity,
        };
        match (&self.allow, identity) {
            (Allow::SignedIn | Allow::Meets(_), None) => Decision::SignIn,
            (Allow::Meets(requirement), Some(identity)) if !requirement.is_met_by(&identity) => {
                Decision::Forbid(requirement.denial(&identity))
            }
            (Allow::Meets(requirement), Some(identity)) if !requirement.is_signed_in_for(&identity, now) => {
                Decision::StepUp
            }
            (Allow::Anyone | Allow::SignedIn | Allow::Meets(_), identity) => Decision::Allow(Pass { identity }),
        }
    }
}

impl From<Allow> for Rule {
    /// The rule for sessions of every provider.
    fn from(allow: Allow) -> Self {
        Self { allow, provider: None }
    }
}

impl Requirement {
    /// Whether the requirement restricts the authentication only, so that every account can meet it.
    #[must_use]
    pub(crate) fn is_for_everybody(&self) -> bool {
        self.groups.is_empty() && self.roles.is_empty() && self.claims.is_empty()
    }

    /// Whether the requirement rests on claims whose meaning their provider defines.
    #[must_use]
    pub(crate) fn rests_on_claims(&self) -> bool {
        !self.is_for_everybody() || !self.sign_in.acr.is_empty() || !self.sign_in.acrs.is_empty()
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
                // The subject as the application receives it.
                "sub" => accepted.iter().any(|value| value == identity.subject()),
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
mod tests;
