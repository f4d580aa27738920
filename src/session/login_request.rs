//! What a sign-in asks the provider for. The login cookie carries it, so that the response is held to it.

use serde_json::{Map, Value};

use crate::{base::sha256, identity::Identity, oidc::Parameters};

/// What one sign-in asks the provider for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginRequest {
    /// Parameters of the authorization request; they take precedence over the provider's own.
    pub(crate) parameters: Parameters,
    /// The only person who may come back, when the sign-in confirms a person who is signed in already.
    pub(crate) subject: Option<SubjectHash>,
    /// Whether this is the first try.
    pub(crate) attempt: Try,
}

/// Whether a sign-in is the first try, or the retry that began by itself after the first was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Try {
    /// A person began the sign-in, or a request for a page did.
    #[default]
    First,
    /// The gateway began the sign-in. A refusal is final: there is no third try.
    Second,
}

/// A person, as a hash of issuer and subject: the first 16 bytes of SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SubjectHash([u8; SUBJECT_HASH]);

impl SubjectHash {
    /// The person that `issuer` calls `subject`.
    #[must_use]
    pub(crate) fn of(issuer: &str, subject: &str) -> Self {
        // Neither can hold a line break: the one is a URL, the other printable ASCII.
        let hash = sha256(format!("{issuer}\n{subject}").as_bytes());
        let mut short = [0; SUBJECT_HASH];
        short.copy_from_slice(&hash[..SUBJECT_HASH]);
        Self(short)
    }

    /// The person of a session, by the `sub` that the provider gave, not by the name that this gateway made of it.
    #[must_use]
    pub(crate) fn of_identity(identity: &Identity) -> Option<Self> {
        identity.claims().text("sub").map(|subject| Self::of(identity.issuer(), subject))
    }
}

impl LoginRequest {
    /// A sign-in of any person, with these parameters.
    #[must_use]
    pub(crate) fn with(parameters: Parameters) -> Self {
        Self { parameters, ..Self::default() }
    }

    /// All parameters that are sent to a provider with `configured` parameters, and that the response is held to. A retry
    /// is never silent (`prompt=none`): the first try showed that the person is needed.
    #[must_use]
    pub(crate) fn merged_over(&self, configured: &Parameters) -> Parameters {
        let merged = self.parameters.merged_over(configured);
        if self.attempt == Try::Second { merged.without_prompt_none() } else { merged }
    }

    /// The retry after a refusal. It also asks for the claims that the provider demanded.
    #[must_use]
    pub(crate) fn after_refusal(&self, demanded: Option<&Map<String, Value>>) -> Self {
        let mut parameters = self.parameters.clone();
        if let Some(demanded) = demanded {
            parameters.request_claims(demanded);
        }
        Self { parameters, attempt: Try::Second, ..self.clone() }
    }

    /// The retry after an authentication that was too old: `prompt=login` makes the provider authenticate the person.
    #[must_use]
    pub(crate) fn after_old_sign_in(&self) -> Self {
        let mut parameters = self.parameters.clone();
        // A prompt value of the specification is always accepted.
        let _accepted = parameters.set("prompt", "login");
        Self { parameters, attempt: Try::Second, ..self.clone() }
    }

    /// The bytes that the login cookie holds.
    #[must_use]
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.attempt == Try::Second), u8::from(self.subject.is_some())];
        bytes.extend(self.subject.iter().flat_map(|subject| subject.0));
        bytes.extend(self.parameters.text().bytes());
        bytes
    }

    /// Reads the bytes of [`LoginRequest::encode`].
    #[must_use]
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let ([second, has_subject], rest) = bytes.split_first_chunk::<2>()?;
        let (subject, rest) = if *has_subject == 1 {
            let (subject, rest) = rest.split_first_chunk::<SUBJECT_HASH>()?;
            (Some(SubjectHash(*subject)), rest)
        } else {
            (None, rest)
        };
        let parameters = Parameters::parse(std::str::from_utf8(rest).ok()?)?;
        let attempt = if *second == 1 { Try::Second } else { Try::First };
        Some(Self { parameters, subject, attempt })
    }
}

const SUBJECT_HASH: usize = 16;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{LoginRequest, SubjectHash, Try};
    use crate::oidc::Parameters;

    #[test]
    fn a_login_request_survives_encoding() {
        let parameters = Parameters::parse("prompt=consent&login_hint=b%26c%2B").expect("parameters");
        let whole =
            LoginRequest { parameters, subject: Some(SubjectHash::of("https://i.example", "s")), attempt: Try::Second };
        for request in [
            LoginRequest::default(),
            whole.clone(),
            LoginRequest::with(whole.parameters.clone()),
            whole.after_old_sign_in(),
        ] {
            assert_eq!(LoginRequest::decode(&request.encode()), Some(request));
        }
        assert_eq!(whole.after_old_sign_in().parameters.value("prompt"), Some("login"));
        assert_eq!(LoginRequest::decode(&[0]), None);
        assert_eq!(LoginRequest::decode(b"\x00\x01short"), None);
        assert_eq!(LoginRequest::decode(b"\x00\x00prompt=whatever"), None);
    }

    #[test]
    fn issuer_and_subject_distinguish_people() {
        let one = SubjectHash::of("https://i.example", "s");
        assert_ne!(one, SubjectHash::of("https://i.example", "t"));
        assert_ne!(one, SubjectHash::of("https://j.example", "s"));
    }
    // Covers: C23, S0-25.
    #[test]
    fn a_retry_is_interactive_with_the_required_claims() {
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
            // What is no claims request, or too long for a cookie, is not request for.
            ("", "", json!({"id_token": "a"}), None, json!(null)),
            ("", "", json!({"id_token": {"x".repeat(2000): null}}), None, json!(null)),
        ] {
            let read = |text: &str| Parameters::parse(text).expect("parameters");
            let request = LoginRequest::with(read(own)).after_refusal(demanded.as_object());
            let whole = request.merged_over(&read(configured));
            let text = whole.value("claims").map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
            assert_eq!((whole.value("prompt"), text.unwrap_or_default()), (prompt, claims), "{configured} {own}");
            assert_eq!(request.attempt, Try::Second);
        }
    }
}
