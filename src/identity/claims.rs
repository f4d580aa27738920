//! Claims about a person, from verified tokens.

use serde_json::{Map, Value};

/// Verified claims: those of RFC 7519 §4 and OpenID Connect Core §5.1, and claims that the provider defines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// The claims of a verified token.
    #[must_use]
    pub(crate) fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// These claims, replaced and supplemented by those of `newer`. Related claims are never mixed: an address and
    /// whether it is verified, groups and whether they are complete.
    #[must_use]
    pub(crate) fn merged_with(mut self, newer: &Map<String, Value>) -> Self {
        remove_related(newer, &mut self.0);
        self.0.extend(newer.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// These claims, and those of `further` that are missing here. Related claims are never mixed: an address and
    /// whether it is verified, groups and whether they are complete.
    #[must_use]
    pub(crate) fn completed_with(mut self, mut further: Map<String, Value>) -> Self {
        remove_related(&self.0, &mut further);
        // Also by path: a claim named `realm_access.roles` would hide the roles in `realm_access`.
        further.retain(|name, _| self.value(name).is_none());
        self.0.extend(further);
        self
    }

    /// These claims after a refresh that returned `newer`. Claims that decide about access (groups, roles and any
    /// other that a rule may require) come only from `newer`, so a claim that is missing there is removed. Claims
    /// about who the person is, and how and when the person signed in, carry over, because a provider need not repeat
    /// them (OpenID Connect Core §12.2).
    #[must_use]
    pub(crate) fn refreshed(&self, newer: &Map<String, Value>) -> Self {
        let mut claims = newer.clone();
        let address = if newer.contains_key("email") { &[][..] } else { ADDRESS };
        for name in CARRIED_OVER.iter().chain(address) {
            if let Some(value) = self.0.get(*name).filter(|_| !newer.contains_key(*name)) {
                claims.insert((*name).to_owned(), value.clone());
            }
        }
        Self(claims)
    }

    /// All claims.
    #[must_use]
    pub(crate) fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Removes groups that may be incomplete, and returns whether they were. A provider that does not list all groups
    /// of a person indicates it (distributed claims of OpenID Connect Core §5.6.2; Entra ID's `hasgroups`).
    pub(super) fn drop_partial_groups(&mut self) -> bool {
        let is_distributed = self.0.get("_claim_names").is_some_and(|names| names.get("groups").is_some());
        let is_omitted = self.0.get("hasgroups").is_some_and(|has| !matches!(has, Value::Null | Value::Bool(false)));
        if is_distributed || is_omitted {
            self.0.remove("groups");
        }
        is_distributed || is_omitted
    }

    /// The value of the claim `name`. If there is no such claim, the dots of `name` separate the names of nested
    /// objects (`realm_access.roles`).
    #[must_use]
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut steps = name.split('.');
            let first = self.0.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        })
    }

    /// The claim `name`, if it is a text that is not empty.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The texts of the claim `name`: the elements of a list, or a single text.
    pub(crate) fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let values = match self.value(name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values.iter().filter_map(Value::as_str)
    }

    /// Whether the claim `name` is `expected`, or is a list with that element. Numbers and booleans are compared in
    /// their JSON notation.
    #[must_use]
    pub(crate) fn holds(&self, name: &str, expected: &str) -> bool {
        match self.value(name) {
            Some(Value::Array(values)) => values.iter().any(|value| equals_text(value, expected)),
            Some(value) => equals_text(value, expected),
            None => false,
        }
    }
}

/// Removes from `claims` every claim that is related to a claim of `others`.
fn remove_related(others: &Map<String, Value>, claims: &mut Map<String, Value>) {
    for group in RELATED {
        if group.iter().any(|name| others.contains_key(*name)) {
            claims.retain(|name, _| !group.contains(&name.as_str()));
        }
    }
}

const CARRIED_OVER: &[&str] = &[
    "acr",
    "acrs",
    "amr",
    "auth_time",
    "family_name",
    "given_name",
    "locale",
    "login_hint",
    "name",
    "nickname",
    "nonce",
    "oid",
    "picture",
    "preferred_username",
    "sid",
    "tid",
];

/// An address, and whether it is verified (OpenID Connect Core §5.1); `xms_edov` is Entra ID's `email_verified`.
const ADDRESS: &[&str] = &["email", "email_verified", "xms_edov"];

/// Related claims, which come from one source: addresses and whether they are verified, groups and whether they are
/// complete.
const RELATED: [&[&str]; 3] =
    [ADDRESS, &["phone_number", "phone_number_verified"], &["groups", "hasgroups", "_claim_names", "_claim_sources"]];

fn equals_text(value: &Value, expected: &str) -> bool {
    match value {
        Value::String(text) => text == expected,
        Value::Number(number) => number.to_string() == expected,
        Value::Bool(boolean) => boolean.to_string() == expected,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Claims;
    use serde_json::{Map, Value, json};

    fn claims(value: Value) -> Claims {
        let Value::Object(map) = value else { return Claims::new(Map::new()) };
        Claims::new(map)
    }

    // Covers: S1-2, B47.
    #[test]
    fn related_claims_are_never_mixed() {
        let old =
            json!({"email": "old@x.example", "email_verified": true, "groups": ["a"], "hasgroups": true, "name": "n"});
        for (newer, mixed) in [
            (json!({}), old.clone()),
            (json!({"name": "m", "roles": []}), {
                let mut same = old.clone();
                same["name"] = json!("m");
                same["roles"] = json!([]);
                same
            }),
            (
                json!({"email": "new@x.example"}),
                json!({"email": "new@x.example", "groups": ["a"], "hasgroups": true, "name": "n"}),
            ),
            (
                json!({"groups": ["b"]}),
                json!({"email": "old@x.example", "email_verified": true, "groups": ["b"], "name": "n"}),
            ),
            (
                json!({"_claim_names": {"groups": "src1"}}),
                json!({"email": "old@x.example", "email_verified": true, "_claim_names": {"groups": "src1"}, "name": "n"}),
            ),
        ] {
            let Value::Object(map) = &newer else { continue };
            assert_eq!(Value::Object(claims(old.clone()).merged_with(map).0), mixed, "{newer}");
        }
    }

    // Covers: G11.
    #[test]
    fn signed_claims_take_precedence() {
        for (signed, further, both) in [
            (json!({"name": "A"}), json!({"name": "B", "title": "T"}), json!({"name": "A", "title": "T"})),
            (json!({"groups": []}), json!({"groups": ["admin"]}), json!({"groups": []})),
            (json!({}), json!({"groups": ["staff"]}), json!({"groups": ["staff"]})),
            (json!({"realm": {"roles": []}}), json!({"realm.roles": ["admin"]}), json!({"realm": {"roles": []}})),
            (json!({"email": "a@x.example"}), json!({"email_verified": true}), json!({"email": "a@x.example"})),
            (json!({"xms_edov": true}), json!({"email": "b@x.example"}), json!({"xms_edov": true})),
            (
                json!({"phone_number": "1"}),
                json!({"phone_number_verified": true, "email": "b@x.example", "email_verified": true}),
                json!({"phone_number": "1", "email": "b@x.example", "email_verified": true}),
            ),
        ] {
            let Value::Object(further) = further else { continue };
            assert_eq!(Value::Object(claims(signed).completed_with(further).0), both);
        }
    }

    // Covers: B47.
    #[test]
    fn incomplete_groups_are_dropped() {
        for (input, partial) in [
            (json!({"groups": ["a"]}), false),
            (json!({}), false),
            (json!({"groups": ["a"], "hasgroups": false}), false),
            (json!({"groups": ["a"], "hasgroups": true}), true),
            (json!({"groups": ["a"], "hasgroups": "true"}), true),
            (json!({"hasgroups": true}), true),
            (json!({"groups": ["a"], "_claim_names": {"address": "src1"}}), false),
            (json!({"groups": ["a"], "_claim_names": {"groups": "src1"}}), true),
        ] {
            let mut claims = claims(input.clone());
            assert_eq!(claims.drop_partial_groups(), partial, "{input}");
            assert_eq!(claims.value("groups").is_none(), partial || input.get("groups").is_none(), "{input}");
        }
    }

    // Covers: D27.
    #[test]
    fn email_verification_does_not_carry_over_between_tokens() {
        for (front, back, both) in [
            (
                json!({"email": "a@x.example", "email_verified": true, "name": "A"}),
                json!({"email": "b@x.example"}),
                json!({"email": "b@x.example", "name": "A"}),
            ),
            (json!({"email": "a@x.example"}), json!({"email_verified": true}), json!({"email_verified": true})),
            (json!({"email": "a@x.example"}), json!({"name": "B"}), json!({"email": "a@x.example", "name": "B"})),
        ] {
            let Value::Object(back) = back else { continue };
            assert_eq!(Value::Object(claims(front).merged_with(&back).0), both);
        }
    }

    #[test]
    fn values_are_found_by_name_or_path() {
        let claims = claims(json!({
            "groups": ["staff", 5, "admin"], "one": "alone", "realm": {"roles": ["r"]}, "https://x.example/a.b": "dotted", "n": 7, "yes": true, "empty": ""
        }));
        assert_eq!(claims.texts("groups").collect::<Vec<_>>(), ["staff", "admin"]);
        assert_eq!(claims.texts("one").collect::<Vec<_>>(), ["alone"]);
        assert_eq!(claims.texts("realm.roles").collect::<Vec<_>>(), ["r"]);
        assert_eq!(claims.text("https://x.example/a.b"), Some("dotted"));
        assert_eq!(claims.text("empty"), None);
        for (name, value, expected) in [
            ("groups", "admin", true),
            ("groups", "5", true),
            ("groups", "adm", false),
            ("one", "alone", true),
            ("n", "7", true),
            ("yes", "true", true),
            ("realm", "roles", false),
            ("none", "", false),
        ] {
            assert_eq!(claims.holds(name, value), expected, "{name} {value}");
        }
    }
}
