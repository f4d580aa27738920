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
        // A single group is encoded as in a list: an application splits it at commas.
        other if is_list(other) || identity.claims().value(other)?.is_array() => list(identity.claims().texts(other)),
        other => identity.claims().single_text(other).and_then(|value| text(&value)),
    }
}

/// Whether `claim`, or the last name of its path, is one whose values are a list (RFC 9068 §2.2.3.1).
fn is_list(claim: &str) -> bool {
    claim.rsplit('.').next().is_some_and(|last| matches!(last, "groups" | "roles" | "entitlements"))
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

    // Covers: L45, CVE-B19.
    #[test]
    fn a_value_arrives_as_it_is_or_not_at_all() {
        let chosen: Vec<_> = ["a", "n", "groups", "realm.roles", "list"]
            .map(|claim| {
                (HeaderName::try_from(format!("x-{}", claim.replace('.', "-"))).expect("a name"), claim.to_owned())
            })
            .into();
        let set = HeaderSet::Chosen(chosen.into());
        let value_of = |claims: Value, name: &str| {
            let headers = written(&set, claims);
            headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        for value in [
            " alice",
            "alice ",
            "\talice",
            "a\tb",
            "a\nb",
            "a\0",
            "a\x7f",
            "a\u{85}",
            "\u{a0}alice",
            "alice\u{feff}",
            "",
        ] {
            assert_eq!(value_of(json!({"a": value}), "x-a"), None, "{value:?}");
        }
        assert_eq!(value_of(json!({"a": "a, b"}), "x-a").as_deref(), Some("a, b"));
        assert_eq!(value_of(json!({"n": 7}), "x-n").as_deref(), Some("7"));
        for (groups, expected) in [
            (json!([" admin", "b"]), "%20admin,b"),
            (json!(["admin\t", "b"]), "admin%09,b"),
            (json!(["\u{a0}admin", "ad\u{85}min", "admin\u{feff}"]), "%C2%A0admin,ad%C2%85min,admin%EF%BB%BF"),
            (json!(["a", "", 5, true, null, ["x"], "b"]), "a,5,true,b"),
            (json!(["  "]), "%20%20"),
            (json!("a,admin"), "a%2Cadmin"),
            (json!("Domain Users"), "Domain Users"),
        ] {
            assert_eq!(value_of(json!({"groups": groups}), "x-groups").as_deref(), Some(expected));
            assert_eq!(value_of(json!({"realm": {"roles": groups}}), "x-realm-roles").as_deref(), Some(expected));
            let standard = written(&HeaderSet::Standard, json!({"groups": groups}));
            assert_eq!(String::from_utf8_lossy(standard["x-forwarded-groups"].as_bytes()), expected);
        }
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
