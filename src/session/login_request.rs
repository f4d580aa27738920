//! What a sign-in asks the provider for. The login cookie carries it, so that the response can be checked against it.

use serde_json::{Map, Value};

use crate::{base::sha256, identity::Identity, oidc::Parameters};

/// What one sign-in asks the provider for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginRequest {
    /// Parameters of the authorization request; they take precedence over those of the provider.
    pub(crate) parameters: Parameters,
    /// The only person who may complete the sign-in, when a person who is signed in already must authenticate again.
    pub(crate) subject: Option<SubjectHash>,
    /// Whether this is the first try.
    pub(crate) attempt: Try,
}

/// Whether a sign-in is the first try, or the automatic retry after the first was refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Try {
    /// The sign-in was started by a person or by a request for a page.
    #[default]
    First,
    /// The gateway started the sign-in as a retry. A refusal is final: there is no third try.
    Second,
}

/// A person, as a hash of issuer and subject: the first 16 bytes of SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SubjectHash([u8; SUBJECT_HASH]);

impl SubjectHash {
    /// The person with the subject identifier `subject` at `issuer`.
    #[must_use]
    pub(crate) fn of(issuer: &str, subject: &str) -> Self {
        // The line break separates unambiguously: an issuer is a URL and a subject is printable ASCII.
        let hash = sha256(format!("{issuer}\n{subject}").as_bytes());
        let mut short = [0; SUBJECT_HASH];
        short.copy_from_slice(&hash[..SUBJECT_HASH]);
        Self(short)
    }

    /// The person of a session, by the `sub` claim of the provider, not by the subject that applications get.
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

    /// The parameters of the authorization request: these take precedence over the `configured` ones of the provider. The
    /// response is checked against the result. A retry never has `prompt=none`: the first try showed that the person must
    /// interact.
    #[must_use]
    pub(crate) fn merged_over(&self, configured: &Parameters) -> Parameters {
        let merged = self.parameters.merged_over(configured);
        if self.attempt == Try::Second { merged.without_prompt_none() } else { merged }
    }

    /// The retry after a refusal. It also requests the claims that the provider `demanded`.
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
        let full =
            LoginRequest { parameters, subject: Some(SubjectHash::of("https://i.example", "s")), attempt: Try::Second };
        for request in [
            LoginRequest::default(),
            full.clone(),
            LoginRequest::with(full.parameters.clone()),
            full.after_old_sign_in(),
        ] {
            assert_eq!(LoginRequest::decode(&request.encode()), Some(request));
        }
        assert_eq!(full.after_old_sign_in().parameters.value("prompt"), Some("login"));
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
        for (configured, requested, demanded, prompt, claims) in [
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
            // A value that is not a claims request, or is too long for a cookie, is not sent.
            ("", "", json!({"id_token": "a"}), None, json!(null)),
            ("", "", json!({"id_token": {"x".repeat(2000): null}}), None, json!(null)),
        ] {
            let read = |text: &str| Parameters::parse(text).expect("parameters");
            let request = LoginRequest::with(read(requested)).after_refusal(demanded.as_object());
            let merged = request.merged_over(&read(configured));
            let text = merged.value("claims").map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
            assert_eq!(
                (merged.value("prompt"), text.unwrap_or_default()),
                (prompt, claims),
                "{configured} {requested}"
            );
            assert_eq!(request.attempt, Try::Second);
        }
    }
}
