//! The claims about a person, from tokens that were verified.

use serde_json::{Map, Value};

/// Verified claims: names of RFC 7519 §4, OpenID Connect Core §5.1, and the provider's own.
#[derive(Clone, Debug, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// The claims of one verified token.
    #[must_use]
    pub fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// These claims, with those of `newer` instead of or beside them. What vouches for an address belongs to that address:
    /// where `newer` speaks of either, all that is said here about it is gone.
    #[must_use]
    pub fn overlaid_with(mut self, newer: &Map<String, Value>) -> Self {
        leave_addresses_to(newer, &mut self.0);
        self.0.extend(newer.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    /// These claims, and those of `further` about which they say nothing; an address and its voucher are one thing here,
    /// too.
    #[must_use]
    pub fn completed_by(mut self, mut further: Map<String, Value>) -> Self {
        leave_addresses_to(&self.0, &mut further);
        // By its path, too: a claim called `realm_access.roles` would hide the roles in `realm_access`.
        further.retain(|name, _| self.value(name).is_none());
        self.0.extend(further);
        self
    }

    /// These claims after a renewal that says `newer`. What decides over access (groups, roles, whatever a rule asks for)
    /// is only what is said now: a claim that went missing is gone. Who the person is, and how and when they signed in, a
    /// provider need not say again (OpenID Connect Core §12.2).
    #[must_use]
    pub fn renewed(&self, newer: &Map<String, Value>) -> Self {
        let mut claims = newer.clone();
        let address = if newer.contains_key("email") { &[][..] } else { KEPT_ADDRESS };
        for name in KEPT.iter().chain(address) {
            if let Some(value) = self.0.get(*name).filter(|_| !newer.contains_key(*name)) {
                claims.insert((*name).to_owned(), value.clone());
            }
        }
        Self(claims)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The value called `name`; a name with dots leads into objects (`realm_access.roles`), unless a claim is called so.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut steps = name.split('.');
            let first = self.0.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        })
    }

    /// The text called `name`, when it is text and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The texts called `name`: a list of them, or one alone.
    pub fn texts<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let values = match self.value(name) {
            Some(Value::Array(values)) => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values.iter().filter_map(Value::as_str)
    }

    /// Whether `name` is, or lists, `wanted`. Numbers and truth values are compared as they are written.
    #[must_use]
    pub fn holds(&self, name: &str, wanted: &str) -> bool {
        match self.value(name) {
            Some(Value::Array(values)) => values.iter().any(|value| is(value, wanted)),
            Some(value) => is(value, wanted),
            None => false,
        }
    }
}

/// Takes from `claims` all that they say about an address of which `others` say anything.
fn leave_addresses_to(others: &Map<String, Value>, claims: &mut Map<String, Value>) {
    for together in VOUCHED {
        if together.iter().any(|name| others.contains_key(*name)) {
            claims.retain(|name, _| !together.contains(&name.as_str()));
        }
    }
}

const KEPT: &[&str] = &[
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

/// An address and what is said of it stay or go together.
const KEPT_ADDRESS: &[&str] = &["email", "email_verified", "xms_edov"];
/// Addresses, and what says that they are the person's (OpenID Connect Core §5.1; `xms_edov` is Entra ID's word for it).
const VOUCHED: [&[&str]; 2] = [KEPT_ADDRESS, &["phone_number", "phone_number_verified"]];

fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Number(number) => number.to_string() == wanted,
        Value::Bool(truth) => truth.to_string() == wanted,
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

    #[test]
    fn g11_what_was_signed_wins_and_takes_no_voucher_from_elsewhere() {
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
            assert_eq!(Value::Object(claims(signed).completed_by(further).0), both);
        }
    }

    #[test]
    fn d27_the_later_token_s_address_has_no_voucher_from_the_earlier() {
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
            assert_eq!(Value::Object(claims(front).overlaid_with(&back).0), both);
        }
    }

    #[test]
    fn values_are_found_by_name_and_by_path() {
        let claims = claims(json!({
            "groups": ["staff", 5, "admin"], "one": "alone", "realm": {"roles": ["r"]}, "https://x.example/a.b": "dotted", "n": 7, "yes": true, "empty": ""
        }));
        assert_eq!(claims.texts("groups").collect::<Vec<_>>(), ["staff", "admin"]);
        assert_eq!(claims.texts("one").collect::<Vec<_>>(), ["alone"]);
        assert_eq!(claims.texts("realm.roles").collect::<Vec<_>>(), ["r"]);
        assert_eq!(claims.text("https://x.example/a.b"), Some("dotted"));
        assert_eq!(claims.text("empty"), None);
        for (name, wanted, held) in [
            ("groups", "admin", true),
            ("groups", "5", true),
            ("groups", "adm", false),
            ("one", "alone", true),
            ("n", "7", true),
            ("yes", "true", true),
            ("realm", "roles", false),
            ("none", "", false),
        ] {
            assert_eq!(claims.holds(name, wanted), held, "{name} {wanted}");
        }
    }
}
