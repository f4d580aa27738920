//! What a provider says when it says no.
//!
//! RFC 6749 §4.1.2.1 and §5.2. It comes from outside, through the browser even, so it is trimmed before anyone sees it.

/// A refusal in the provider's words, made harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    error: String,
    description: Option<String>,
}

impl ProviderError {
    /// From `error`, which must be 1 to 64 of the characters that RFC 6749 allows, else it is `unknown`; and `description`,
    /// cut to 256 characters, with whatever is no plain letter, digit, sign or blank escaped.
    #[must_use]
    pub fn new(error: &str, description: Option<&str>) -> Self {
        let plain = (1..=64).contains(&error.len()) && error.bytes().all(is_error_character);
        Self {
            error: if plain { error } else { "unknown" }.to_owned(),
            description: description.filter(|text| !text.is_empty()).map(harmless),
        }
    }

    /// The stable reason code of a sign-in that the provider refused.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        "provider-refused"
    }

    /// The error code, such as `access_denied`.
    #[must_use]
    pub fn error(&self) -> &str {
        &self.error
    }

    /// The provider's explanation: for the log only, never for a page.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }
}

/// RFC 6749 §4.1.2.1: %x20-21 / %x23-5B / %x5D-7E.
const fn is_error_character(byte: u8) -> bool {
    matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

/// Control characters end lines and move cursors, invisible ones reorder text.
fn harmless(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars().take(MAX_DESCRIPTION) {
        if character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric() {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

const MAX_DESCRIPTION: usize = 256;

#[cfg(test)]
mod tests {
    use super::ProviderError;

    #[test]
    fn c27_c28_a_provider_s_words_are_made_harmless() {
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
            assert_eq!(ProviderError::new(error, None).error(), read, "{error}");
        }
        for (description, read) in [
            ("AADSTS65004: no consent.", "AADSTS65004: no consent."),
            ("a\r\nb\x1b[31m", "a\\u{d}\\u{a}b\\u{1b}[31m"),
            ("<script>", "<script>"),
            ("Größe \u{202e}x", "Größe \\u{202e}x"),
        ] {
            assert_eq!(ProviderError::new("e", Some(description)).description(), Some(read));
        }
        assert_eq!(ProviderError::new("e", Some("")).description(), None);
        let long = ProviderError::new("e", Some(&"é".repeat(9000)));
        assert_eq!(long.description().map(|text| text.chars().count()), Some(256));
    }
}
