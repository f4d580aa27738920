//! Names and values of identity headers. Values are encoded so that a claim cannot add a header or a group.
//!
//! RFC 9110 §5.5.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

use super::plain_text::{is_blank, is_plain_text};

/// Header fields to send for one person.
pub(super) type Fields = Vec<(HeaderName, HeaderValue)>;

/// The standard header fields; `values` in the order of [`STANDARD_NAMES`]. An absent value sets no header.
pub(super) fn standard(values: [Option<HeaderValue>; STANDARD_NAMES.len()]) -> Fields {
    let pairs = STANDARD_NAMES.into_iter().zip(values);
    pairs.filter_map(|(name, value)| Some((HeaderName::from_static(name), value?))).collect()
}

/// A single value in UTF-8. A value that would not arrive as it is sets no header.
pub(super) fn text(value: &str) -> Option<HeaderValue> {
    is_plain_text(value).then(|| HeaderValue::from_bytes(value.as_bytes()).ok()).flatten()
}

/// A list of values, joined by commas. Commas, percent signs, control characters, and blanks at the ends of a value are
/// percent-encoded, so that a value cannot become two, or another one.
pub(super) fn list<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> Option<HeaderValue> {
    let mut all = String::new();
    for value in values {
        if !all.is_empty() {
            all.push(',');
        }
        let start = value.len() - value.trim_start_matches(is_blank).len();
        let end = value.trim_end_matches(is_blank).len();
        for (at, letter) in value.char_indices() {
            if matches!(letter, ',' | '%') || letter.is_control() || at < start || at >= end {
                percent_encode(letter, &mut all);
            } else {
                all.push(letter);
            }
        }
    }
    // A truncated list would remove rights, or grant them where a rule excludes a group. A list that is too long
    // therefore sets no header.
    text(&all)
}

fn percent_encode(letter: char, to: &mut String) {
    for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
        to.push('%');
        to.extend([byte >> 4, byte & 15].map(hex));
    }
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()
}

/// The names of the standard identity headers.
pub(super) const STANDARD_NAMES: [&str; 5] = [
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-preferred-username",
    "x-forwarded-name",
    "x-forwarded-groups",
];
