//! The static query of a redirect URI.
//!
//! RFC 6749 §3.1.2: the URI may have a query, which stays when parameters are added. It is part of what is registered, so
//! it must come back as it was; it is no part of the answer.

use crate::web::Form;

/// A query that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectQuery {
    text: Box<str>,
    pairs: Vec<(String, String)>,
}

/// Why a text is no static query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectQueryError {
    /// It is no query in its canonical form, with each name once.
    #[error("is no plain query, such as \"tenant=a&site=b\", with each name once")]
    Malformed,
    /// A name is one that an answer may have.
    #[error("names \"{0}\", which the provider's answer may hold too")]
    Reserved(String),
}

impl RedirectQuery {
    /// Reads a query without its `?`. The provider compares it letter by letter, so it is kept as it is written.
    pub fn parse(text: &str) -> Result<Self, RedirectQueryError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%=&+".contains(&byte);
        let is_plain = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(plain);
        let form = Form::parse(text.as_bytes()).ok().filter(|_| is_plain && text.split('&').all(is_pair));
        let pairs: Vec<_> = form
            .ok_or(RedirectQueryError::Malformed)?
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        match pairs.iter().find(|(name, _)| OF_ANSWERS.contains(&name.as_str()) || name.starts_with("error")) {
            Some((name, _)) => Err(RedirectQueryError::Reserved(name.clone())),
            None => Ok(Self { text: text.into(), pairs }),
        }
    }

    /// The query, as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
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
const OF_ANSWERS: &[&str] = &[
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

    #[test]
    fn s1_16_only_a_plain_query_beside_every_answer_is_taken() {
        for good in ["tenant=a", "tenant=a&site=b%20c", "x="] {
            assert_eq!(RedirectQuery::parse(good).map(|query| query.text.into_string()), Ok(good.to_owned()));
        }
        for odd in ["", "x", "=x", "x=1&", "x=1&x=2", "x=1&%78=2", "x=%zz", "x=1#", "?x=1", "x=\u{e9}", "x=a b"] {
            assert_eq!(RedirectQuery::parse(odd), Err(RedirectQueryError::Malformed), "{odd}");
        }
        for name in ["state", "code", "%69ss", "error", "error_uri", "id_token"] {
            let read = RedirectQuery::parse(&format!("x=1&{name}=2"));
            assert!(matches!(read, Err(RedirectQueryError::Reserved(_))), "{name}: {read:?}");
        }
    }

    #[test]
    fn s1_16_the_query_comes_back_as_it_was_or_the_answer_is_refused() {
        let query = RedirectQuery::parse("tenant=a&site=b%20c").expect("a query");
        let taken = |text: &str| query.strip_from(Form::parse(text.as_bytes()).expect("a form"));
        let answer = taken("site=b+c&tenant=a&code=x&state=y").expect("both were there");
        assert_eq!(answer.pairs().collect::<Vec<_>>(), [("code", "x"), ("state", "y")]);
        for odd in ["code=x&state=y", "tenant=a&code=x", "tenant=b&site=b+c&code=x"] {
            assert!(taken(odd).is_none(), "{odd}");
        }
    }
}
