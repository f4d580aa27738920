//! Small encodings: base64url, HTML text, forms, random names.

use aws_lc_rs::digest;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

/// base64url without padding (RFC 7515, section 2).
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url, if the text is valid.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Standard base64 with padding.
pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// Decodes standard base64, if the text is valid.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Compresses so many spaces with gzip (RFC 1952) into one block with the fixed code (RFC 1951, section 3.2.6): a space, then
/// repeated copies of 258 bytes. The checksum at the end is zero: no reader should get that far.
pub(crate) fn gzip_of_spaces(count: usize) -> Vec<u8> {
    // The last block, with the fixed code.
    let mut bits = vec![1, 1, 0];
    let mut code = |value: u16, length: u32| bits.extend((0..length).rev().map(|at| (value >> at & 1) as u8));
    code(0x30 + u16::from(b' '), 8);
    for _ in 0..count / 258 {
        // Length 258 is symbol 285; distance 1 is symbol 0.
        code(0b1100_0101, 8);
        code(0, 5);
    }
    code(0, 7);
    let packed = bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | bit));
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    head.into_iter().chain(packed).chain([0; 8]).collect()
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// SHA-1, used only for certificate thumbprints.
pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// 16 random bytes as base64url text.
#[expect(clippy::disallowed_methods, reason = "the one place where the harness asks the system for randomness")]
pub(crate) fn random_name() -> String {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).expect("random bytes of the system");
    base64url(bytes)
}

/// Escapes text for HTML text or a double-quoted attribute.
pub(crate) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Decodes HTML character references: the five named ones, decimal and hexadecimal.
pub(crate) fn unescape_html(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference = rest.find(';').and_then(|end| Some((decode_reference(&rest[1..end])?, end + 1)));
        let (decoded, length) = reference.unwrap_or(('&', 1));
        plain.push(decoded);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

fn decode_reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// The pairs of an `application/x-www-form-urlencoded` text, in order.
pub(crate) fn form_pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// Pairs as `application/x-www-form-urlencoded` text.
pub(crate) fn form_text<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The first value with that name.
pub(crate) fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_escapes_decode_to_the_original() {
        let text = "a<b>&\"c' &amp; ü";
        assert_eq!(unescape_html(&escape_html(text)), text);
        assert_eq!(unescape_html("&#x41;&#66;&unknown; & &"), "AB&unknown; & &");
    }
}
