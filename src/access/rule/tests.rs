//! Every rule decides with and without a session, and for sessions of each provider.

use std::sync::Arc;

use super::{Allow, Decision, Denial, Requirement, Rule};
use crate::{
    base::Timestamp,
    identity::{Account, AuthnRequirement, Claims, Identity},
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

const ACCOUNT: Account<'_> = Account { provider: "staff", issuer: "https://i.example", subject: "s" };

fn person() -> Arc<Identity> {
    let Value::Object(claims) = json!({"groups": ["staff"], "roles": ["reader"], "department": "sales", "acr": "mfa"})
    else {
        unreachable!("an object")
    };
    Arc::new(Identity::new(ACCOUNT, Claims::new(claims)))
}

fn requirement(groups: &[&str], roles: &[&str], claims: &[(&str, &[&str])]) -> Rule {
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Rule::from(Allow::Meets(Requirement {
        groups: strings(groups),
        roles: strings(roles),
        claims: claims.iter().map(|(name, accepted)| ((*name).to_owned(), strings(accepted))).collect(),
        sign_in: AuthnRequirement::default(),
    }))
}

fn level(groups: &[&str], acr: &str) -> Rule {
    let Allow::Meets(mut required) = requirement(groups, &[], &[]).allow else { unreachable!("a requirement") };
    required.sign_in.acr = vec![acr.to_owned()];
    Rule::from(Allow::Meets(required))
}

#[test]
fn every_rule_decides_with_and_without_a_session() {
    for (rule, without_session, signed_in) in [
        (Rule::from(Allow::Anyone), "allow", "allow"),
        (Rule::from(Allow::SignedIn), "sign in", "allow"),
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
    let overage = Arc::new(Identity::new(ACCOUNT, Claims::new(claims)));
    for (rule, expected) in [
        (requirement(&["staff"], &[], &[]), Denial::GroupsUnknown),
        (requirement(&["staff"], &["writer"], &[]), Denial::GroupsUnknown),
        (requirement(&[], &[], &[("groups", &["staff"])]), Denial::GroupsUnknown),
        (requirement(&[], &["writer"], &[]), Denial::NotAllowed),
    ] {
        let decision = rule.decide(Some(Arc::clone(&overage)), NOW);
        assert!(matches!(decision, Decision::Forbid(ref denial) if *denial == expected), "{rule:?} {decision:?}");
    }
}

// Covers: L41.
#[test]
fn only_sessions_of_the_required_provider_count() {
    let level = level(&["staff"], "hardware");
    for (rule, same, other) in [
        (Rule::from(Allow::Anyone), "as s", "as a stranger"),
        (Rule::from(Allow::SignedIn), "as s", "refused"),
        (requirement(&["staff"], &[], &[]), "as s", "refused"),
        (level, "step up", "refused"),
    ] {
        for (provider, expected) in [("staff", same), ("partners", other), ("Staff", other), ("", other)] {
            let rule = Rule { provider: Some(provider.into()), ..rule.clone() };
            let decided = match rule.decide(Some(person()), NOW) {
                Decision::Allow(pass) if pass.identity().is_some() => "as s",
                Decision::Allow(_) => "as a stranger",
                Decision::StepUp => "step up",
                Decision::SignIn => "sign in",
                Decision::Forbid(Denial::OtherProvider { signed_in_at, required }) => {
                    assert_eq!((&*signed_in_at, &*required), ("staff", provider));
                    "refused"
                }
                Decision::Forbid(denial) => unreachable!("{denial:?}"),
            };
            assert_eq!(decided, expected, "{rule:?}");
        }
    }
}

#[test]
fn a_pass_has_the_identity() {
    let Decision::Allow(pass) = Rule::from(Allow::Anyone).decide(None, NOW) else {
        unreachable!("everyone has access")
    };
    assert!(pass.identity().is_none());
    let Decision::Allow(pass) = Rule::from(Allow::SignedIn).decide(Some(person()), NOW) else {
        unreachable!("signed in")
    };
    assert_eq!(pass.identity().map(|identity| identity.subject()), Some("s"));
}
