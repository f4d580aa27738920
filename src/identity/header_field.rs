//! Names and values of identity headers, so encoded that no claim can add a header or a group.
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

/// One value as UTF-8. A value with control characters is no name of anybody: it sets nothing.
pub(super) fn text(value: &str) -> Option<HeaderValue> {
    let clean = !value.is_empty() && value.len() <= LONGEST && !value.chars().any(char::is_control);
    clean.then(|| HeaderValue::from_bytes(value.as_bytes()).ok()).flatten()
}

/// Several values, joined by commas; a comma, percent sign or control character within one is percent-encoded, so that
/// one group never becomes two.
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
    // A list that was cut would take rights away, or give some where a rule says "not in": too long sets nothing.
    text(&all)
}

fn hex(digit: u32) -> char {
    char::from_digit(digit, 16).unwrap_or('0').to_ascii_uppercase()
}

/// Applications commonly refuse a request head of more than 8 KB.
const LONGEST: usize = 6 * 1024;

/// The names of the standard identity headers.
pub(super) const STANDARD_NAMES: [&str; 5] = [
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-preferred-username",
    "x-forwarded-name",
    "x-forwarded-groups",
];
