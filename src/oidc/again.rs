//! How a sign-in that begins anew differs from the one that the provider refused.
//!
//! OpenID Connect Core §3.1.2.1 (`prompt`) and §5.5 (`claims`).

use serde_json::{Map, Value};

use super::settings::ProviderSettings;
use crate::jose::strict_object;

/// What the sign-in asks for instead of, or beside, what is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Parameters that come before the configured ones of the same name.
    pub extra: Vec<(String, String)>,
    /// Configured parameters that are left out.
    pub without: Vec<&'static str>,
}

impl Changes {
    /// For a sign-in after one that was refused: no longer silent (`prompt=none`), and asking for the claims that the
    /// provider demanded.
    #[must_use]
    pub fn after_refusal(settings: &ProviderSettings, demanded: Option<&Map<String, Value>>) -> Self {
        let configured = |name: &str| settings.authorize.iter().find(|(its, _)| its == name).map(|(_, value)| value);
        let is_silent = configured("prompt").is_some_and(|prompt| prompt == "none");
        let claims = demanded.map(|demanded| merged(configured("claims").map(String::as_str), demanded));
        Self {
            extra: claims.map(|claims| ("claims".to_owned(), claims)).into_iter().collect(),
            without: if is_silent { vec!["prompt"] } else { Vec::new() },
        }
    }

    /// For a person who wants to sign in with another account than the provider would take. Entra ID refuses a picker
    /// together with the name of an account.
    #[must_use]
    pub fn for_another_account() -> Self {
        Self { extra: vec![("prompt".to_owned(), "select_account".to_owned())], without: vec!["login_hint"] }
    }
}

/// The configured `claims` with those that the provider demands: member by member, so that neither takes away what the
/// other asks of a token.
fn merged(configured: Option<&str>, demanded: &Map<String, Value>) -> String {
    let mut claims = configured.and_then(|text| strict_object(text.as_bytes()).ok()).unwrap_or_default();
    for (place, wanted) in demanded {
        match (claims.get_mut(place), wanted) {
            (Some(Value::Object(asked)), Value::Object(wanted)) => asked.extend(wanted.clone()),
            _ => drop(claims.insert(place.clone(), wanted.clone())),
        }
    }
    Value::Object(claims).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Changes;
    use crate::oidc::testing::settings;

    #[test]
    fn c23_s0_25_a_sign_in_after_a_refusal_is_not_silent_and_asks_for_what_was_demanded() {
        for (configured, demanded, extra, without) in [
            (&[][..], json!(null), None, &[][..]),
            (&[("prompt", "none")], json!(null), None, &["prompt"]),
            (&[("prompt", "login")], json!(null), None, &[]),
            (&[], json!({"id_token": {"a": null}}), Some(json!({"id_token": {"a": null}})), &[]),
            (
                &[("claims", r#"{"id_token":{"acr":{"value":"2"}},"userinfo":{"b":null}}"#)],
                json!({"id_token": {"a": null}, "access_token": {"c": null}}),
                Some(json!({
                    "id_token": {"acr": {"value": "2"}, "a": null}, "userinfo": {"b": null}, "access_token": {"c": null}
                })),
                &[],
            ),
        ] {
            let mut settings = settings();
            settings.authorize = configured.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            let changes = Changes::after_refusal(&settings, demanded.as_object());
            let claims = changes.extra.iter().find(|(name, _)| name == "claims");
            let claims = claims.map(|(_, text)| serde_json::from_str::<Value>(text).expect("JSON"));
            assert_eq!((claims, &*changes.without), (extra, without), "{configured:?}");
        }
    }
}
