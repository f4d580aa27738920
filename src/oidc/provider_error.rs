//! Error responses of the authorization endpoint and of the token endpoint.
//!
//! RFC 6749 §4.1.2.1 and §5.2. The texts are untrusted, and the browser can change some of them, so they are truncated
//! and escaped.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error_code::{self, Endpoint};
use crate::{jose::strict_object, reason::ReasonCode, web::Form};

/// An error response, with truncated and escaped texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    endpoint: Endpoint,
    error: String,
    suberror: Option<String>,
    claims: Option<Map<String, Value>>,
    details: Vec<(&'static str, String)>,
}

impl ProviderError {
    /// Reads the error response of the authorization endpoint, whose `error` parameter is `error`.
    #[must_use]
    pub(super) fn from_authorization_response(error: &str, response: &Form) -> Self {
        Self::read(Endpoint::Authorization, error, |name| response.value(name).map(Cow::from))
    }

    /// Reads the error response of the token endpoint; `None` when it has no `error`.
    #[must_use]
    pub(super) fn from_token_response(response: &Map<String, Value>) -> Option<Self> {
        let error = response.get("error")?.as_str()?;
        let refusal = Self::read(Endpoint::Token, error, |name| match response.get(name)? {
            Value::String(text) => Some(Cow::from(text)),
            other => Some(other.to_string().into()),
        });
        Some(Self { claims: claims_challenge(response), ..refusal })
    }

    /// `error` and Entra ID's `suberror` must be 1 to 64 of the characters that RFC 6749 allows; otherwise they are
    /// replaced by `unknown`.
    fn read<'a>(endpoint: Endpoint, error: &str, member: impl Fn(&str) -> Option<Cow<'a, str>>) -> Self {
        let detail = |name: &'static str| {
            let text = member(name).filter(|text| !text.is_empty())?;
            Some((name, escape(&text)))
        };
        Self {
            endpoint,
            error: code(error),
            suberror: member("suberror").or_else(|| member("error_subcode")).map(|suberror| code(&suberror)),
            claims: None,
            details: DETAILS.into_iter().filter_map(detail).collect(),
        }
    }

    /// The stable reason code.
    #[must_use]
    pub fn reason(&self) -> ReasonCode {
        error_code::reason(self.endpoint, &self.error, self.suberror.as_deref())
    }

    /// Whether a session that failed to refresh with this error requires a new sign-in.
    #[must_use]
    pub(crate) fn requires_sign_in(&self) -> bool {
        error_code::requires_sign_in(&self.error)
    }

    /// The claims challenge: claims that the next authorization request must request (OpenID Connect Core §5.5). Only
    /// a response of the token endpoint can set it, never a response through the browser.
    #[must_use]
    pub(crate) fn claims_challenge(&self) -> Option<&Map<String, Value>> {
        self.claims.as_ref()
    }

    /// All parts of the error response, for the log only: descriptions are not meant for the person (RFC 6749
    /// §4.1.2.1), and a URL from the browser can point to any site.
    #[must_use]
    pub fn explanation(&self) -> String {
        let mut text = self.error.clone();
        if let Some(suberror) = &self.suberror {
            text.extend([" (", suberror, ")"]);
        }
        for (name, value) in &self.details {
            text.extend(["; ", name, ": ", value]);
        }
        text
    }
}

/// `text` if it is a valid error code, otherwise `unknown`.
fn code(text: &str) -> String {
    let is_valid = (1..=64).contains(&text.len()) && text.bytes().all(is_error_character);
    if is_valid { text } else { "unknown" }.to_owned()
}

/// RFC 6749 §4.1.2.1: %x20-21 / %x23-5B / %x5D-7E.
const fn is_error_character(byte: u8) -> bool {
    matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// Entra ID sends the claims challenge as a string with a JSON object, if a policy requires more than this sign-in
/// provided.
fn claims_challenge(response: &Map<String, Value>) -> Option<Map<String, Value>> {
    let text = response.get("claims")?.as_str().filter(|text| text.len() <= MAX_CLAIMS)?;
    strict_object(text.as_bytes()).ok().filter(|claims| !claims.is_empty())
}

/// Truncates `text` and escapes control characters and invisible characters, which could forge log lines or reorder
/// text.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars().take(MAX_TEXT) {
        if character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric() {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

/// The members with which the operator can find the request at the provider.
const DETAILS: [&str; 5] = ["error_description", "error_uri", "error_codes", "trace_id", "correlation_id"];

/// In characters. The end of Entra ID's description has the identifiers of the request.
const MAX_TEXT: usize = 512;

const MAX_CLAIMS: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::ProviderError;
    use crate::web::{Form, encode_form};
    use serde_json::{Value, json};

    fn authorization_error(error: &str, description: &str) -> ProviderError {
        let form = format!("error_description={}", encode_form(description));
        ProviderError::from_authorization_response(error, &Form::parse(form.as_bytes()).expect("a form"))
    }

    fn token_error(response: Value) -> Option<ProviderError> {
        let Value::Object(response) = response else { return None };
        ProviderError::from_token_response(&response)
    }

    // Covers: C27, C28.
    #[test]
    fn texts_of_the_provider_are_escaped() {
        for (error, read) in [
            ("access_denied", "access_denied"),
            ("", "unknown"),
            ("a\"b", "unknown"),
            ("a\\b", "unknown"),
            ("a\nb", "unknown"),
            ("é", "unknown"),
            (&"x".repeat(64), &"x".repeat(64)),
            (&"x".repeat(65), "unknown"),
        ] {
            assert_eq!(authorization_error(error, "").explanation(), read, "{error}");
        }
        for (description, read) in [
            ("AADSTS65004: no consent.", "e; error_description: AADSTS65004: no consent."),
            ("a\r\nb\x1b[31m", "e; error_description: a\\u{d}\\u{a}b\\u{1b}[31m"),
            ("<script>", "e; error_description: <script>"),
            ("Größe \u{202e}x", "e; error_description: Größe \\u{202e}x"),
        ] {
            assert_eq!(authorization_error("e", description).explanation(), read);
        }
        let long = authorization_error("e", &"é".repeat(9000)).explanation();
        assert_eq!(long.chars().filter(|letter| *letter == 'é').count(), 512);
    }

    // Covers: S1-6.
    #[test]
    fn provider_request_ids_are_logged() {
        let refusal = token_error(json!({
            "error": "invalid_grant", "suberror": "bad_token", "error_codes": [70008], "trace_id": "t-1",
            "correlation_id": "c-1", "error_uri": "https://login.example/error?code=70008", "timestamp": "now",
        }));
        assert_eq!(
            refusal.expect("a refusal").explanation(),
            "invalid_grant (bad_token); error_uri: https://login.example/error?code=70008; error_codes: [70008]; \
             trace_id: t-1; correlation_id: c-1"
        );
        assert_eq!(token_error(json!({"error": 7})), None);
    }

    #[test]
    fn claims_challenges_are_short_objects() {
        let long = json!({ "a": "x".repeat(5000) }).to_string();
        for (claims, is_read) in [
            (json!(r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#), true),
            (json!("{}"), false),
            (json!("[1]"), false),
            (json!(r#"{"a":1,"a":2}"#), false),
            (json!({"access_token": {}}), false),
            (json!(long), false),
        ] {
            let refusal = token_error(json!({"error": "invalid_grant", "claims": claims})).expect("a refusal");
            assert_eq!(refusal.claims_challenge().is_some(), is_read, "{claims}");
        }
        let form = Form::parse(b"claims=%7B%22a%22%3A1%7D").expect("a form");
        assert_eq!(ProviderError::from_authorization_response("interaction_required", &form).claims_challenge(), None);
    }
}
