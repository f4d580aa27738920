//! The headers that tell an application who is signed in.
//!
//! The names are compared with `base::fold_header_name`, because servers read several spellings as one name.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{
    header_field::{STANDARD_NAMES, list, text},
    identity::Identity,
};

/// The identity headers that an application receives.
#[derive(Clone, Debug, Default)]
pub(crate) enum HeaderSet {
    /// `X-Forwarded-User`, `-Email`, `-Preferred-Username`, `-Name`, `-Groups`.
    #[default]
    Standard,
    /// Configured headers, each with the name of a claim. `sub` is the stable subject.
    Chosen(Arc<[(HeaderName, String)]>),
}

impl HeaderSet {
    /// The names of the headers in this set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let (standard, chosen) = match self {
            Self::Standard => (&STANDARD_NAMES[..], &[][..]),
            Self::Chosen(pairs) => (&[][..], &**pairs),
        };
        standard.iter().copied().chain(chosen.iter().map(|(name, _)| name.as_str()))
    }

    /// Adds the headers about `identity`. The caller has removed headers of these names from the request; a missing
    /// claim sets no header.
    pub(crate) fn write(&self, identity: &Identity, headers: &mut HeaderMap) {
        match self {
            Self::Standard => {
                for (name, value) in identity.standard_fields() {
                    headers.insert(name.clone(), value.clone());
                }
            }
            Self::Chosen(pairs) => {
                for (name, claim) in pairs.iter() {
                    if let Some(value) = chosen_value(identity, claim) {
                        headers.insert(name.clone(), value);
                    }
                }
            }
        }
    }
}

fn chosen_value(identity: &Identity, claim: &str) -> Option<HeaderValue> {
    match claim {
        "sub" => text(identity.subject()),
        "email" => identity.email().and_then(text),
        other => match identity.claims().value(other)? {
            serde_json::Value::String(value) => text(value),
            serde_json::Value::Array(_) => list(identity.claims().texts(other)),
            value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => text(&value.to_string()),
            serde_json::Value::Object(_) | serde_json::Value::Null => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::HeaderSet;
    use crate::identity::{Account, Claims, Identity};
    use http::{HeaderMap, HeaderName};
    use serde_json::{Value, json};

    fn written(set: &HeaderSet, claims: Value) -> HeaderMap {
        let Value::Object(map) = claims else { return HeaderMap::new() };
        let mut headers = HeaderMap::new();
        let account = Account { provider: "idp", issuer: "https://i.example", subject: "subject-1" };
        set.write(&Identity::new(account, Claims::new(map)), &mut headers);
        headers
    }

    #[test]
    fn standard_headers_are_set_for_known_values_only() {
        let headers = written(
            &HeaderSet::Standard,
            json!({"name": "Zoë Ω", "email": "z@x.example", "email_verified": true, "groups": ["staff", "admin"]}),
        );
        let value = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        assert_eq!(value("x-forwarded-user").as_deref(), Some("subject-1"));
        assert_eq!(value("x-forwarded-name").as_deref(), Some("Zoë Ω"));
        assert_eq!(value("x-forwarded-email").as_deref(), Some("z@x.example"));
        assert_eq!(value("x-forwarded-groups").as_deref(), Some("staff,admin"));
        assert_eq!(value("x-forwarded-preferred-username"), None);
    }

    // Covers: B45, CVE-B18, CVE-B19.
    #[test]
    fn a_claim_cannot_add_a_header_or_a_group() {
        let headers = written(
            &HeaderSet::Standard,
            json!({"name": "a\r\nX-Admin: 1", "preferred_username": "nul\0", "groups": ["a,admin", "b\r\n", "100%", ""]}),
        );
        assert!(headers.get("x-forwarded-name").is_none() && headers.get("x-forwarded-preferred-username").is_none());
        assert_eq!(headers["x-forwarded-groups"], "a%2Cadmin,b%0D%0A,100%25");
    }

    // Covers: B47.
    #[test]
    fn too_many_groups_set_no_header() {
        let groups: Vec<String> = (0..5000).map(|n| format!("group-{n}")).collect();
        assert!(written(&HeaderSet::Standard, json!({ "groups": groups })).get("x-forwarded-groups").is_none());
    }

    #[test]
    fn an_operator_chooses_names_and_claims() {
        let set = HeaderSet::Chosen(
            [
                ("remote-user", "sub"),
                ("x-dept", "org.department"),
                ("x-level", "level"),
                ("x-roles", "roles"),
                ("x-mail", "email"),
            ]
            .map(|(name, claim)| (HeaderName::from_static(name), claim.to_owned()))
            .into(),
        );
        let headers = written(
            &set,
            json!({"org": {"department": "sales"}, "level": 3, "roles": ["a", "b"], "email": "unverified@x.example"}),
        );
        assert_eq!(headers["remote-user"], "subject-1");
        assert_eq!(headers["x-dept"], "sales");
        assert_eq!(headers["x-level"], "3");
        assert_eq!(headers["x-roles"], "a,b");
        assert!(headers.get("x-mail").is_none());
        assert_eq!(set.names().count(), 5);
    }
}
