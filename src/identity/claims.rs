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

    /// These claims, with those of `newer` instead of or beside them.
    #[must_use]
    pub fn overlaid_with(mut self, newer: &Map<String, Value>) -> Self {
        self.0.extend(newer.iter().map(|(name, value)| (name.clone(), value.clone())));
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
