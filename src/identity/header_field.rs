//! Names and values of identity headers. Values are encoded so that a claim cannot add a header or a group.
//!
//! RFC 9110 §5.5.

use http::{HeaderName, HeaderValue};

/// Header fields to send for one person.
pub(super) type Fields = Vec<(HeaderName, HeaderValue)>;

/// The standard header fields; `values` in the order of [`STANDARD_NAMES`]. An absent value sets no header.
pub(super) fn standard(values: [Option<HeaderValue>; STANDARD_NAMES.len()]) -> Fields {
    let pairs = STANDARD_NAMES.into_iter().zip(values);
    pairs.filter_map(|(name, value)| Some((HeaderName::from_static(name), value?))).collect()
}

/// A single value in UTF-8. An empty value, one with control characters, or one longer than 6 KiB sets no header.
pub(super) fn text(value: &str) -> Option<HeaderValue> {
    let is_valid = !value.is_empty() && value.len() <= MAX_BYTES && !value.chars().any(char::is_control);
    is_valid.then(|| HeaderValue::from_bytes(value.as_bytes()).ok()).flatten()
}

/// A list of values, joined by commas. Commas, percent signs and control characters within a value are
/// percent-encoded, so that a value cannot become two.
pub(super) fn list<'a>(values: impl Iterator<Item = &'a str>) -> Option<HeaderValue> {
    let mut all = String::new();
    for value in values.filter(|value| !value.is_empty()) {
        if !all.is_empty() {
            all.push(',');
        }
        for letter in value.chars() {
            match letter {
                ',' | '%' | '\0'..='\x1f' | '\x7f' => {
                    all.push('%');
                    all.extend([u32::from(letter) >> 4, u32::from(letter) & 15].map(hex));
                }
                control if control.is_control() => {}
                plain => all.push(plain),
            }
        }
    }
    // A truncated list would remove rights, or grant them where a rule excludes a group. A list that is too long
    // therefore sets no header.
    text(&all)
}

fn hex(digit: u32) -> char {
    char::from_digit(digit, 16).unwrap_or('0').to_ascii_uppercase()
}

/// Application servers commonly limit a request head to 8 KB.
const MAX_BYTES: usize = 6 * 1024;

/// The names of the standard identity headers.
pub(super) const STANDARD_NAMES: [&str; 5] = [
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-preferred-username",
    "x-forwarded-name",
    "x-forwarded-groups",
];
