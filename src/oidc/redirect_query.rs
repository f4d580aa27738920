//! The static query of a redirect URI.
//!
//! RFC 6749 §3.1.2: a redirect URI may have a query, which is preserved when parameters are added. The query is
//! part of the registration, so the provider must return it unchanged. It is not part of the authorization response.

use crate::web::Form;

/// A validated static query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectQuery {
    text: Box<str>,
    pairs: Vec<(String, String)>,
}

/// Why a text is not a static query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RedirectQueryError {
    /// The text is not a query in canonical form with each name once.
    #[error("is not a plain query, such as \"tenant=a&site=b\", with each name once")]
    Malformed,
    /// A name is also the name of an authorization response parameter.
    #[error("uses the name \"{0}\", which is also a parameter of the provider's response")]
    Reserved(String),
}

impl RedirectQuery {
    /// Reads a query without its `?`. The text is stored as written, because the provider compares it byte for byte.
    pub(crate) fn parse(text: &str) -> Result<Self, RedirectQueryError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%=&+".contains(&byte);
        let is_plain = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(plain);
        let form = Form::parse(text.as_bytes()).ok().filter(|_| is_plain && text.split('&').all(is_pair));
        let pairs: Vec<_> = form
            .ok_or(RedirectQueryError::Malformed)?
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        match pairs.iter().find(|(name, _)| RESPONSE_PARAMETERS.contains(&name.as_str()) || name.starts_with("error")) {
            Some((name, _)) => Err(RedirectQueryError::Reserved(name.clone())),
            None => Ok(Self { text: text.into(), pairs }),
        }
    }

    /// The query as written.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Removes this query from `form`, the parameters of a callback; what remains is the authorization response. `None`
    /// when a parameter is missing or has another value than was registered.
    pub(super) fn strip_from(&self, mut form: Form) -> Option<Form> {
        for (name, value) in &self.pairs {
            if form.take(name).as_deref() != Some(value) {
                return None;
            }
        }
        Some(form)
    }
}

fn is_pair(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| !name.is_empty())
}

/// RFC 6749 §4.1.2 and §4.2.2, OpenID Connect Core §3.3.2.5, Session Management §2, RFC 9207 §2, Entra ID's `client_info`.
const RESPONSE_PARAMETERS: &[&str] = &[
    "access_token",
    "client_info",
    "code",
    "expires_in",
    "id_token",
    "iss",
    "response",
    "scope",
    "session_state",
    "state",
    "token_type",
];
const MAX_LENGTH: usize = 256;

#[cfg(test)]
mod tests {
    use super::{RedirectQuery, RedirectQueryError};
    use crate::web::Form;

    // Covers: S1-16.
    #[test]
    fn only_a_plain_query_without_response_parameters_is_accepted() {
        for text in ["tenant=a", "tenant=a&site=b%20c", "x="] {
            assert_eq!(RedirectQuery::parse(text).map(|query| query.text.into_string()), Ok(text.to_owned()));
        }
        for text in ["", "x", "=x", "x=1&", "x=1&x=2", "x=1&%78=2", "x=%zz", "x=1#", "?x=1", "x=\u{e9}", "x=a b"] {
            assert_eq!(RedirectQuery::parse(text), Err(RedirectQueryError::Malformed), "{text}");
        }
        for name in ["state", "code", "%69ss", "error", "error_uri", "id_token"] {
            let result = RedirectQuery::parse(&format!("x=1&{name}=2"));
            assert!(matches!(result, Err(RedirectQueryError::Reserved(_))), "{name}: {result:?}");
        }
    }

    // Covers: S1-16.
    #[test]
    fn the_redirect_query_must_be_returned_unchanged() {
        let query = RedirectQuery::parse("tenant=a&site=b%20c").expect("a query");
        let strip = |text: &str| query.strip_from(Form::parse(text.as_bytes()).expect("a form"));
        let response = strip("site=b+c&tenant=a&code=x&state=y").expect("both are present");
        assert_eq!(response.pairs().collect::<Vec<_>>(), [("code", "x"), ("state", "y")]);
        for text in ["code=x&state=y", "tenant=a&code=x", "tenant=b&site=b+c&code=x"] {
            assert!(strip(text).is_none(), "{text}");
        }
    }
}
