//! Parameters of a form body or a query string, parsed strictly.
//!
//! `application/x-www-form-urlencoded` (WHATWG URL §5.1), except that invalid percent-encoding, bytes that are not UTF-8
//! and repeated names are errors (RFC 6749 §3.1: parameters must not be included more than once).

use std::{borrow::Cow, fmt};

/// The parameters of one message, with unique names, in the order of the message.
#[derive(Default)]
pub struct Form(Vec<(String, String)>);

/// Why parameters cannot be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A name or value has a percent sign without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("a parameter is not percent-encoded UTF-8")]
    Encoding,
    /// A name occurs twice.
    #[error("a parameter is repeated")]
    Duplicate,
    /// There are more than 64 parameters.
    #[error("there are too many parameters")]
    TooMany,
}

impl Form {
    /// Parses `text`, a form body or a query string without its `?`.
    pub fn parse(text: &[u8]) -> Result<Self, FormError> {
        let mut form = Self::default();
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let equals = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = equals.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            let (name, value) = (decode(name)?, decode(value)?);
            if form.value(&name).is_some() {
                return Err(FormError::Duplicate);
            }
            if form.0.len() == MAX_PARAMETERS {
                return Err(FormError::TooMany);
            }
            form.0.push((name, value));
        }
        Ok(form)
    }

    /// Names and values, in the order of the message.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Removes the parameter `name` and returns its value.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(candidate, _)| candidate == name)?;
        Some(self.0.remove(at).1)
    }

    /// The value of the parameter `name`.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }
}

/// Shows names only: values can be codes and tokens.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next())? << 4 | hex(rest.next())?,
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::Encoding)
}

fn hex(digit: Option<&u8>) -> Result<u8, FormError> {
    digit
        .and_then(|digit| char::from(*digit).to_digit(16))
        .and_then(|value| u8::try_from(value).ok())
        .ok_or(FormError::Encoding)
}

/// `text` percent-encoded as a form value or query parameter (WHATWG URL §5.2).
#[must_use]
pub fn encode(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(url::form_urlencoded::byte_serialize(text.as_bytes()).collect())
}

/// More than any message of OpenID Connect has.
const MAX_PARAMETERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::{Form, FormError, MAX_PARAMETERS, encode};
    use proptest::prelude::proptest;

    #[test]
    fn values_are_decoded_once() {
        let form = Form::parse(b"state=a%2Bb+c&empty=&flag&x=%E3%81%82%2525").expect("a valid form");
        assert_eq!(form.value("state"), Some("a+b c"));
        assert_eq!((form.value("empty"), form.value("flag")), (Some(""), Some("")));
        assert_eq!(form.value("x"), Some("あ%25"));
        assert_eq!(form.value("none"), None);
    }

    // Covers: C10, C17, C32.
    #[test]
    fn ambiguous_forms_are_refused() {
        for (text, error) in [
            ("state=a&state=a", FormError::Duplicate),
            ("state=a&st%61te=b", FormError::Duplicate),
            ("a=%", FormError::Encoding),
            ("a=%2", FormError::Encoding),
            ("a=%zz", FormError::Encoding),
            ("a=%+1", FormError::Encoding),
            ("a=%FF", FormError::Encoding),
        ] {
            assert_eq!(Form::parse(text.as_bytes()).err(), Some(error), "{text}");
        }
        let many: Vec<String> = (0..=MAX_PARAMETERS).map(|n| format!("p{n}=")).collect();
        assert_eq!(Form::parse(many.join("&").as_bytes()).err(), Some(FormError::TooMany));
    }

    // Covers: CVE-H5.
    #[test]
    fn debug_shows_names_only() {
        let form = Form::parse(b"code=secret-code").expect("a valid form");
        assert_eq!(format!("{form:?}"), r#"{"code"}"#);
    }

    proptest! {
        #[test]
        fn encoded_parameters_are_parsed_back(name in ".{1,8}", value in ".*") {
            let text = format!("{}={}", encode(&name), encode(&value));
            let form = Form::parse(text.as_bytes()).expect("a valid form");
            assert_eq!(form.value(&name), Some(value.as_str()));
        }

        #[test]
        fn parsing_never_panics(bytes: Vec<u8>) {
            let _result = Form::parse(&bytes);
        }
    }
}
