//! What a sign-in asks for beyond who somebody is. It travels in the login cookie, so that the answer is held to it.

use serde_json::{Map, Value};

use crate::{base::sha256, identity::Identity, oidc::Parameters};

/// What one sign-in asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginRequest {
    /// Its own parameters of the authorization request, over those of the provider.
    pub parameters: Parameters,
    /// Who alone may come back, when it is about somebody who is signed in already.
    pub person: Option<SubjectHash>,
    /// Whether it is the first.
    pub round: Try,
}

/// Whether a sign-in is the first, or the one that began by itself after the first was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Try {
    /// A person, or their way to a page, began it.
    #[default]
    First,
    /// What is refused now is not tried again by itself.
    Second,
}

/// Somebody, by the hash of issuer and subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectHash([u8; PERSON]);

impl SubjectHash {
    /// Whom `issuer` calls `subject`.
    #[must_use]
    pub fn of(issuer: &str, subject: &str) -> Self {
        // Neither can hold a line break: the one is a URL, the other printable ASCII.
        let hash = sha256(format!("{issuer}\n{subject}").as_bytes());
        let mut short = [0; PERSON];
        short.copy_from_slice(&hash[..PERSON]);
        Self(short)
    }

    /// The person of a session: by the name that its provider, not this gateway, gave them.
    #[must_use]
    pub fn of_identity(identity: &Identity) -> Option<Self> {
        identity.claims().text("sub").map(|subject| Self::of(identity.issuer(), subject))
    }
}

impl LoginRequest {
    /// A sign-in with these parameters, of whoever it will be.
    #[must_use]
    pub fn with(parameters: Parameters) -> Self {
        Self { parameters, ..Self::default() }
    }

    /// All that is sent to a provider with these parameters of its own, and held to. A second round is never silent: the
    /// first showed that the person is needed.
    #[must_use]
    pub fn over(&self, configured: &Parameters) -> Parameters {
        let whole = self.parameters.merged_over(configured);
        if self.round == Try::Second { whole.without_prompt_none() } else { whole }
    }

    /// The second round after a refusal: it also asks for the claims that the provider demanded.
    #[must_use]
    pub fn after_refusal(&self, demanded: Option<&Map<String, Value>>) -> Self {
        let mut parameters = self.parameters.clone();
        if let Some(demanded) = demanded {
            parameters.request_claims(demanded);
        }
        Self { parameters, round: Try::Second, ..self.clone() }
    }

    /// The second round after a sign-in that was too long ago: now nobody is believed to be there still.
    #[must_use]
    pub fn after_old_sign_in(&self) -> Self {
        let mut parameters = self.parameters.clone();
        // A prompt that is known is always taken.
        let _taken = parameters.set("prompt", "login");
        Self { parameters, round: Try::Second, ..self.clone() }
    }

    /// As bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.round == Try::Second), u8::from(self.person.is_some())];
        bytes.extend(self.person.iter().flat_map(|person| person.0));
        bytes.extend(self.parameters.text().bytes());
        bytes
    }

    /// Reads what [`LoginRequest::encode`] wrote.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let ([second, has_person], rest) = bytes.split_first_chunk::<2>()?;
        let (person, rest) = if *has_person == 1 {
            let (person, rest) = rest.split_first_chunk::<PERSON>()?;
            (Some(SubjectHash(*person)), rest)
        } else {
            (None, rest)
        };
        let parameters = Parameters::parse(std::str::from_utf8(rest).ok()?)?;
        let round = if *second == 1 { Try::Second } else { Try::First };
        Some(Self { parameters, person, round })
    }
}

const PERSON: usize = 16;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{LoginRequest, SubjectHash, Try};
    use crate::oidc::Parameters;

    #[test]
    fn what_is_written_is_read() {
        let parameters = Parameters::parse("prompt=consent&login_hint=b%26c%2B").expect("parameters");
        let whole =
            LoginRequest { parameters, person: Some(SubjectHash::of("https://i.example", "s")), round: Try::Second };
        for asked in [
            LoginRequest::default(),
            whole.clone(),
            LoginRequest::with(whole.parameters.clone()),
            whole.after_old_sign_in(),
        ] {
            assert_eq!(LoginRequest::decode(&asked.encode()), Some(asked));
        }
        assert_eq!(whole.after_old_sign_in().parameters.value("prompt"), Some("login"));
        assert_eq!(LoginRequest::decode(&[0]), None);
        assert_eq!(LoginRequest::decode(b"\x00\x01short"), None);
        assert_eq!(LoginRequest::decode(b"\x00\x00prompt=whatever"), None);
    }

    #[test]
    fn people_differ_by_issuer_and_subject() {
        let one = SubjectHash::of("https://i.example", "s");
        assert_ne!(one, SubjectHash::of("https://i.example", "t"));
        assert_ne!(one, SubjectHash::of("https://j.example", "s"));
    }
    #[test]
    fn c23_s0_25_a_sign_in_after_a_refusal_is_not_silent_and_asks_for_what_was_demanded() {
        for (configured, own, demanded, prompt, claims) in [
            ("", "", json!(null), None, json!(null)),
            ("prompt=none", "", json!(null), None, json!(null)),
            ("", "prompt=none", json!(null), None, json!(null)),
            ("prompt=login", "", json!(null), Some("login"), json!(null)),
            ("", "", json!({"id_token": {"a": null}}), None, json!({"id_token": {"a": null}})),
            (
                r#"claims={"id_token":{"acr":{"value":"2"}},"userinfo":{"b":null}}"#,
                r#"claims={"id_token":{"x":null}}"#,
                json!({"id_token": {"a": null}, "access_token": {"c": null}}),
                None,
                json!({"id_token": {"acr": {"value": "2"}, "a": null, "x": null}, "userinfo": {"b": null}, "access_token": {"c": null}}),
            ),
            // What is no claims request, or too long for a cookie, is not asked for.
            ("", "", json!({"id_token": "a"}), None, json!(null)),
            ("", "", json!({"id_token": {"x".repeat(2000): null}}), None, json!(null)),
        ] {
            let read = |text: &str| Parameters::parse(text).expect("parameters");
            let asked = LoginRequest::with(read(own)).after_refusal(demanded.as_object());
            let whole = asked.over(&read(configured));
            let text = whole.value("claims").map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
            assert_eq!((whole.value("prompt"), text.unwrap_or_default()), (prompt, claims), "{configured} {own}");
            assert_eq!(asked.round, Try::Second);
        }
    }
}
